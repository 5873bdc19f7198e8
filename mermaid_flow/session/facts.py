"""What a project knows of a diagram, for the rules of `mflow validate`."""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from mermaid_flow.errors import MflowError, Problems
from mermaid_flow.graph.model import Node, Role
from mermaid_flow.handlers.registry import Registry, normalise
from mermaid_flow.inputs.decisions import variable_names
from mermaid_flow.rules.rule import Subject
from mermaid_flow.session.bindings import Bindings, bind
from mermaid_flow.session.nested import diagram_name
from mermaid_flow.session.prepare import Request
from mermaid_flow.session.project import Project
from mermaid_flow.session.sequence import check_diagram, prepare_diagram
from mermaid_flow.session.unread import string_constants
from mermaid_flow.terraform.library import ModuleLibrary
from mermaid_flow.terraform.validation import allowed_values


@dataclass(frozen=True)
class ProjectFacts:
    """Implements `mermaid_flow.rules.rule.Facts` for one diagram. `request` names vars to check, or is None."""

    project: Project
    bindings: Bindings
    library: ModuleLibrary
    request: Request | None = None

    def is_bound(self, node: Node) -> bool:
        """Whether a handler or an expression does the node's work."""
        try:
            handler = self.bindings.handler(node)
        except MflowError:
            return True  # more than one: another rule tells
        return handler is not None or node.id in self.bindings.expressions or node.label in self.bindings.expressions

    def binding_problem(self, node: Node) -> MflowError | None:
        """Why no single handler can be found for the node."""
        try:
            self.bindings.handler(node)
        except MflowError as problem:
            return problem
        return None

    def has_diagram(self, name: str) -> bool:
        """Whether a sub-workflow of that name can be run."""
        return diagram_name(self.project, name) is not None

    def is_message_bound(self, participant: tuple[str, ...], text: str) -> bool:
        """Whether a handler takes this message."""
        return self.bindings.registry.message(participant, text, self.bindings.diagram) is not None

    def suggestion(self, label: str) -> str:
        """A did-you-mean among the labels that handlers are bound to."""
        return self.bindings.registry.suggestion(label)

    def answers(self, node: Node) -> tuple[str, ...]:
        """The values that a module's validation allows for the variable that answers the decision.

        The variable is one named like the node, or one that the decision's handler names. Values that the handler
        gives a label for are left out.
        """
        if node.role is not Role.DECISION:
            return ()
        handler = self.bindings.registry.decision(node.id, normalise(node.label), self.bindings.diagram)
        names = [*variable_names(node.id, node.label), *(_constants(handler.function) if handler else ())]
        aliases = {str(value).casefold() for value in handler.mark.aliases} if handler else set()
        for name in names:
            if values := self._enumerations.get(name):
                return tuple(value for value in values if value.casefold() not in aliases)
        return ()

    def input_problems(self) -> Sequence[MflowError]:
        """What a run with the given vars would refuse, and what it would warn of."""
        if self.request is None:
            return ()
        try:
            return check_diagram(prepare_diagram(self.project, self.request))
        except Problems as problems:
            return problems.problems
        except MflowError as problem:
            return (problem,)

    @cached_property
    def _enumerations(self) -> dict[str, tuple[str, ...]]:
        found: dict[str, tuple[str, ...]] = {}
        for name in self.library.names():
            for variable in self.library.module(name).variables.values():
                if values := allowed_values(variable):
                    found.setdefault(variable.name, values)
        return found


def _constants(function: object) -> tuple[str, ...]:
    """The names of variables that a decision's handler mentions."""
    try:
        constants = string_constants(textwrap.dedent(inspect.getsource(function)))  # type: ignore[arg-type]  # a function
    except (OSError, TypeError, SyntaxError):
        return ()
    return tuple(constant for constant in constants if constant.isidentifier())


def facts_of(
    project: Project, registry: Registry, library: ModuleLibrary, subject: Subject, name: str, request: Request | None
) -> ProjectFacts:
    """The facts for one parsed diagram. Raises MflowError for expressions and policies that cannot be read."""
    assert subject.diagram is not None  # noqa: S101 - rules ask only for what could be parsed
    return ProjectFacts(project, bind(project, registry, name, subject.diagram), library, request)
