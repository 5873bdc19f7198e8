"""Declarations of many nodes, put together into module calls and checked against the modules.

Everything that can be known before Terraform starts is found here, all at once, and named by node, module call and
argument: unknown modules, arguments and outputs, missing and mistyped arguments, nodes that contradict each other.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from mermaid_flow.errors import Location, MflowError, did_you_mean
from mermaid_flow.handlers.calls import Configure, File, Import, ModuleCall, Output, Reference, Value
from mermaid_flow.terraform import hcl
from mermaid_flow.terraform.address import ResourceAddress, resource_address
from mermaid_flow.terraform.declarations import NodeDeclarations
from mermaid_flow.terraform.errors import DeclarationProblem, DeclarationsInvalid
from mermaid_flow.terraform.library import ModuleLibrary
from mermaid_flow.terraform.module import Module, Variable
from mermaid_flow.terraform.types import Anything, Collection, Object, misfits
from mermaid_flow.terraform.validation import broken_validation

EVERY_CALL = "*"
CALLS_OUTPUT = "mflow_calls"
"""The output of the root module that holds all outputs of all module calls."""

_FILE_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,199}")


@dataclass(frozen=True, slots=True)
class Contribution:
    """One value for one input: from the call itself, or from the `Configure` of a node."""

    entry: NodeDeclarations
    value: Value
    configure: Configure | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """One module call with everything that nodes set on it. A map can have several contributions, which are merged."""

    entry: NodeDeclarations
    declaration: ModuleCall
    module: Module
    inputs: Mapping[str, tuple[Contribution, ...]]

    @property
    def name(self) -> str:
        """The call's name in the root module."""
        return self.declaration.name


@dataclass(frozen=True, slots=True)
class Assembly:
    """A whole component: calls by name, outputs and imports with the node that declares each, files that calls need."""

    calls: Mapping[str, Call]
    outputs: tuple[tuple[NodeDeclarations, Output], ...]
    files: tuple[File, ...] = ()
    imports: tuple[tuple[NodeDeclarations, ResourceAddress, str], ...] = ()
    """What exists already: the node, the address that it gets, and what the provider knows it by."""

    def is_sensitive(self, value: Value) -> bool:
        """Whether the value refers to an output that its module marks as sensitive."""
        return any(self.calls[ref.call].module.outputs[ref.output].sensitive for ref in references(value))


def references(value: Value) -> Iterator[Reference]:
    """Every reference inside a value."""
    if isinstance(value, Reference):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from references(item)
    elif isinstance(value, Sequence) and not isinstance(value, (str, bytes, bytearray)):
        for item in value:
            yield from references(item)


def assemble(entries: Sequence[NodeDeclarations], library: ModuleLibrary, *, partial: bool = False) -> Assembly:
    """Put the declarations together. Raises DeclarationsInvalid with everything that is wrong.

    `partial` says that further nodes may still declare something: a `Configure` for a call that is not there yet is
    then held back instead of being an error.
    """
    assembler = _Assembler(entries, library, partial)
    assembly = assembler.assemble()
    if assembler.problems:
        raise DeclarationsInvalid(assembler.problems)
    return assembly


def check_alone(entry: NodeDeclarations, library: ModuleLibrary, others: Sequence[NodeDeclarations] = ()) -> None:
    """Check what can be judged before the other nodes have declared anything. Raises DeclarationsInvalid.

    `others` are the declarations known so far: a `Configure` is checked against the calls among them.
    """
    assembler = _Assembler([*others, entry], library, partial=True)
    assembler.collect()
    if problems := [problem for problem in assembler.problems if entry.node in problem.nodes]:
        raise DeclarationsInvalid(problems)


class _Assembler:
    """Collects problems instead of stopping at the first."""

    def __init__(self, entries: Sequence[NodeDeclarations], library: ModuleLibrary, partial: bool) -> None:
        self.problems: list[DeclarationProblem] = []
        self._entries = sorted(entries, key=lambda entry: (entry.diagram, entry.node))
        self._library = library
        self._partial = partial
        self._calls: dict[str, tuple[NodeDeclarations, ModuleCall, Module]] = {}
        self._inputs: dict[str, dict[str, list[Contribution]]] = {}

    def assemble(self) -> Assembly:
        self.collect()
        for name, (entry, declaration, module) in self._calls.items():
            self._check_required(entry, name, module)
            self._check_depends_on(entry, declaration)
        outputs = tuple(self._outputs())
        calls = {
            name: Call(entry, declaration, module, self._combined(name, module))
            for name, (entry, declaration, module) in self._calls.items()
        }
        return Assembly(calls, outputs, tuple(self._files()), tuple(self._imports()))

    def collect(self) -> None:
        """Find the calls, then everything that is set on them."""
        for entry in self._entries:
            for declaration in entry.declarations:
                if isinstance(declaration, ModuleCall):
                    self._add_call(entry, declaration)
        for name, (entry, declaration, module) in self._calls.items():
            for argument, value in declaration.inputs.items():
                self._contribute(name, module, argument, Contribution(entry, value))
        for entry in self._entries:
            for declaration in entry.declarations:
                if isinstance(declaration, Configure):
                    self._configure(entry, declaration)

    def _problem(self, message: str, *entries: NodeDeclarations, hint: str = "", where: Location | None = None) -> None:
        nodes = tuple(dict.fromkeys(entry.node for entry in entries))
        self.problems.append(DeclarationProblem(message, nodes=nodes, hint=hint, where=where))

    def _add_call(self, entry: NodeDeclarations, call: ModuleCall) -> None:
        if not hcl.is_identifier(call.name):
            hint = "letters, digits, - and _, beginning with a letter"
            self._problem(f"{call.name!r} is not a name for a module call", entry, hint=hint)
        elif call.name in self._calls:
            first = self._calls[call.name][0]
            self._problem(f"the module call {call.name!r} is declared twice", first, entry)
        else:
            try:
                self._calls[call.name] = (entry, call, self._library.module(call.module))
                self._inputs[call.name] = {}
            except MflowError as error:
                message = f"module call {call.name!r}: {error.message}"
                self._problem(message, entry, hint=error.hint, where=error.where)

    def _configure(self, entry: NodeDeclarations, configure: Configure) -> None:
        if configure.call == EVERY_CALL:
            for argument, value in configure.inputs.items():
                having = [name for name, (_, _, module) in self._calls.items() if argument in module.variables]
                for name in having:
                    self._contribute(name, self._calls[name][2], argument, Contribution(entry, value, configure))
                if not having and not self._partial:
                    self._problem(f"no module call of the component has the argument {argument!r}", entry)
        elif configure.call in self._calls:
            for argument, value in configure.inputs.items():
                module = self._calls[configure.call][2]
                self._contribute(configure.call, module, argument, Contribution(entry, value, configure))
        elif not self._partial:
            hint = did_you_mean(configure.call, self._calls)
            self._problem(f"it configures the module call {configure.call!r}, which no node declares", entry, hint=hint)

    def _contribute(self, call: str, module: Module, argument: str, contribution: Contribution) -> None:
        if contribution.value is None:
            return
        variable = module.variables.get(argument)
        if variable is None:
            message = f"module call {call!r}: the module {module.name!r} has no argument {argument!r}"
            self._problem(message, contribution.entry, hint=did_you_mean(argument, module.variables))
            return
        self._check_value(call, module, variable, contribution)
        self._inputs[call].setdefault(argument, []).append(contribution)

    def _check_value(self, call: str, module: Module, variable: Variable, contribution: Contribution) -> None:
        about = f"module call {call!r}: argument {variable.name}"
        try:
            found = list(misfits(contribution.value, variable.type))
            hcl.expression(contribution.value)
        except MflowError as error:
            self._problem(f"{about}: {error.message}", contribution.entry, hint=error.hint)
            return
        for misfit in found:
            self._problem(f"{about}{misfit.path}: {misfit.problem}", contribution.entry, hint=misfit.hint)
        if not found and (broken := broken_validation(variable, contribution.value)):
            self._problem(f"{about}: {broken}", contribution.entry, where=module.location(variable.place))

    def _check_required(self, entry: NodeDeclarations, name: str, module: Module) -> None:
        for variable in module.variables.values():
            if not variable.has_default and variable.name not in self._inputs[name]:
                message = f"module call {name!r} lacks the argument {variable.name!r} ({variable.type_text})"
                self._problem(message, entry, hint=variable.description)

    def _check_depends_on(self, entry: NodeDeclarations, call: ModuleCall) -> None:
        for other in call.depends_on:
            if other not in self._calls:
                message = f"module call {call.name!r} depends on {other!r}, which no node declares"
                self._problem(message, entry, hint=did_you_mean(other, self._calls))

    def _check_references(self, entry: NodeDeclarations, about: str, value: Value) -> bool:
        fine = True
        for reference in references(value):
            if reference.call not in self._calls:
                message = f"{about} refers to the module call {reference.call!r}, which no node declares"
                self._problem(message, entry, hint=did_you_mean(reference.call, self._calls))
                fine = False
                continue
            module = self._calls[reference.call][2]
            if reference.output not in module.outputs:
                message = f"{about} refers to {reference.call}.{reference.output}, which the module does not have"
                self._problem(message, entry, hint=did_you_mean(reference.output, module.outputs))
                fine = False
        return fine

    def _combined(self, call: str, module: Module) -> dict[str, tuple[Contribution, ...]]:
        """The call's inputs in the order of the module's variables, each with the contributions that count."""
        combined: dict[str, tuple[Contribution, ...]] = {}
        for variable in module.variables.values():
            contributions: list[Contribution] = []
            for contribution in self._inputs[call].get(variable.name, ()):
                self._check_references(contribution.entry, f"argument {variable.name!r}", contribution.value)
                if all(contribution.value != other.value for other in contributions):
                    self._check_conflict(call, variable, contributions, contribution)
                    contributions.append(contribution)
            if contributions:
                combined[variable.name] = tuple(contributions)
        return combined

    def _check_conflict(
        self, call: str, variable: Variable, earlier: Sequence[Contribution], further: Contribution
    ) -> None:
        about = f"module call {call!r}: argument {variable.name}"
        for other in earlier:
            if isinstance(other.value, Mapping) and isinstance(further.value, Mapping) and _is_map(variable):
                for key in sorted(other.value.keys() & further.value.keys()):
                    if other.value[key] != further.value[key]:
                        self._problem(f'{about}["{key}"] is set to different values', other.entry, further.entry)
            elif not (_is_map(variable) and _may_be_map(other.value) and _may_be_map(further.value)):
                self._problem(f"{about} is set to different values", other.entry, further.entry)

    def _outputs(self) -> Iterator[tuple[NodeDeclarations, Output]]:
        seen: dict[str, NodeDeclarations] = {}
        for entry in self._entries:
            for output in entry.declarations:
                if not isinstance(output, Output):
                    continue
                if not hcl.is_identifier(output.name) or output.name == CALLS_OUTPUT:
                    self._problem(f"{output.name!r} is not a name for an output", entry)
                elif output.name in seen:
                    self._problem(f"the output {output.name!r} is declared twice", seen[output.name], entry)
                elif self._check_writable(entry, output) and self._check_references(
                    entry, f"output {output.name!r}", output.value
                ):
                    seen[output.name] = entry
                    yield entry, output

    def _files(self) -> Iterator[File]:
        seen: dict[str, tuple[NodeDeclarations, File]] = {}
        for entry in self._entries:
            for file in entry.declarations:
                if not isinstance(file, File):
                    continue
                first = seen.setdefault(file.name, (entry, file))
                if not _FILE_NAME.fullmatch(file.name):
                    self._problem(f"{file.name!r} is not a name for a file", entry)
                elif first[1] != file:
                    self._problem(f"the file {file.name!r} is declared with different contents", first[0], entry)
                elif first[0] is entry:
                    yield file

    def _imports(self) -> Iterator[tuple[NodeDeclarations, ResourceAddress, str]]:
        seen: set[str] = set()
        for entry in self._entries:
            for wanted in entry.declarations:
                if not isinstance(wanted, Import):
                    continue
                try:
                    address = resource_address(wanted.to)
                    hcl.string(wanted.id)
                except MflowError as error:
                    self._problem(error.message, entry, hint=error.hint)
                    continue
                if address.call in self._calls and address.expression not in seen:
                    seen.add(address.expression)
                    yield entry, address, wanted.id
                elif address.call in self._calls:
                    self._problem(f"{wanted.to} is imported twice", entry)
                elif not self._partial:
                    message = f"it imports into the module call {address.call!r}, which no node declares"
                    self._problem(message, entry, hint=did_you_mean(address.call, self._calls))

    def _check_writable(self, entry: NodeDeclarations, output: Output) -> bool:
        try:
            hcl.expression(output.value)
        except MflowError as error:
            self._problem(f"output {output.name!r}: {error.message}", entry, hint=error.hint)
            return False
        return True


def _is_map(variable: Variable) -> bool:
    kind = variable.type
    return isinstance(kind, (Anything, Object)) or (isinstance(kind, Collection) and kind.kind == "map")


def _may_be_map(value: Value) -> bool:
    return isinstance(value, (Mapping, Reference))
