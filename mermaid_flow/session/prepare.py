"""From what the user names (a diagram, vars, a target) to everything a run needs, with every mistake found first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from mermaid_flow.engine.folder import RunMetadata
from mermaid_flow.engine.masking import errors_masked, mask_error
from mermaid_flow.errors import MflowError, Problems
from mermaid_flow.graph.builder import Bound, build
from mermaid_flow.graph.model import FlowGraph, Role
from mermaid_flow.graph.selection import Selection, left_out
from mermaid_flow.graph.settings import settings_of
from mermaid_flow.handlers.context import RunInfo
from mermaid_flow.handlers.loader import load_registry
from mermaid_flow.handlers.registry import Registry, normalise
from mermaid_flow.inputs.layers import Inputs, load_inputs, unknown_settings
from mermaid_flow.inputs.module_variables import check_module_variables
from mermaid_flow.session.bindings import Bindings, bind
from mermaid_flow.session.diagrams import load_diagram
from mermaid_flow.session.lap_bounds import with_lap_bounds
from mermaid_flow.session.preflight import Walk, walk
from mermaid_flow.session.project import Project, near
from mermaid_flow.session.stacks import environment_of, stack_inputs, with_outputs
from mermaid_flow.session.unread import readable_names, unread_variables
from mermaid_flow.syntax.flowchart import Flowchart
from mermaid_flow.syntax.sequence import SequenceDiagram
from mermaid_flow.syntax.source import Source
from mermaid_flow.terraform.assembly import assemble, check_alone
from mermaid_flow.terraform.declarations import NodeDeclarations
from mermaid_flow.terraform.errors import DeclarationProblem, DeclarationsInvalid
from mermaid_flow.terraform.library import ModuleLibrary
from mermaid_flow.terraform.progress import ComponentEvent
from mermaid_flow.terraform.settings import Settings
from mermaid_flow.terraform.targets import AwsTarget, LocalTarget, Target
from mermaid_flow.terraform.toolchain import Toolchain, find_toolchain

DEFAULT_REGION = "us-east-1"


@dataclass(frozen=True)
class Request:
    """What the user asked for, as the record keeps it for `resume`."""

    diagram: str
    vars: tuple[str, ...] = ()
    sets: tuple[str, ...] = ()
    target: str = ""
    component: str = ""
    """Name of the component; with a stack, the stack's component (`vpc/main`)."""
    stack: str = ""
    only: tuple[str, ...] = ()
    """Nodes, classes and subgraphs of a flowchart that the run is limited to; none for all of it."""
    with_dependencies: bool = False
    with_dependents: bool = False
    skip_unchanged: bool | None = None
    """Whether components are left alone of which nothing has changed; None for what the project says."""

    @property
    def selection(self) -> Selection:
        """The part of the diagram that is asked for."""
        return Selection(self.only, self.with_dependencies, self.with_dependents)


@dataclass(frozen=True, kw_only=True)
class Gathered:
    """What the run of any diagram needs. Nothing has been started or changed yet."""

    project: Project
    request: Request
    name: str
    source: Source
    inputs: Inputs
    registry: Registry
    bindings: Bindings
    target: Target
    toolchain: Toolchain
    library: ModuleLibrary
    environment: Mapping[str, str] = field(default_factory=dict)
    """The context vars that make up component paths."""
    warnings: tuple[MflowError, ...] = ()
    """What the inputs' own files are warned of."""

    @property
    def component(self) -> str:
        """Short name of the diagram's own component."""
        return self.request.component or self.name

    @property
    def component_path(self) -> str:
        """Path of the diagram's own component, for instance `acme/dev/vpc`."""
        return "/".join([*(value for value in self.environment.values() if value), self.component])

    @property
    def secrets(self) -> frozenset[str]:
        """The texts among the vars that nothing may show."""
        return self.inputs.variables.secrets(self.project.secrets)

    @property
    def skips_unchanged(self) -> bool:
        """Whether components are left alone of which nothing has changed since their last apply."""
        asked = self.request.skip_unchanged
        return self.name in self.project.skip_unchanged if asked is None else asked

    def run_info(self, run: str, folder: Path, environment: Mapping[str, str] | None = None) -> RunInfo:
        """What handlers are told about the run that works in `folder`."""
        return RunInfo(
            id=run,
            diagram=self.name,
            folder=folder,
            project=self.project.folder,
            target=self.target.name,
            region=self.target.region,
            environment=environment or {},
        )


@dataclass(frozen=True, kw_only=True)
class Prepared(Gathered):
    """A flowchart with all that its run needs."""

    diagram: Flowchart
    graph: FlowGraph
    left_out: frozenset[str] = frozenset()
    """Nodes that the request leaves out."""


def prepare(project: Project, request: Request, *, region: str = "") -> Prepared:
    """Read and bind everything for a flowchart. Raises MflowError or Problems; starts and changes nothing."""
    name, source, diagram = load_diagram(project, request.diagram)
    if isinstance(diagram, SequenceDiagram):
        raise not_a_flowchart(name)
    registry = load_registry(project.handlers)
    graph = build(diagram, name, bound=role_of(registry, name))
    without = left_out(graph, request.selection)
    gathered = gather(project, request, name, source, diagram, registry, decision_names(graph), region)
    settings = settings_of(diagram)
    bounded = with_lap_bounds(settings, gathered.inputs.options, diagram.vertices)
    if bounded != settings:
        graph = build(diagram, name, bounded, role_of(registry, name))
    return Prepared(**vars(gathered), diagram=diagram, graph=graph, left_out=without)


def not_a_flowchart(name: str) -> MflowError:
    """The error for a sequence diagram where only a flowchart will do."""
    message = f"{name} is a sequence diagram, and this is for flowcharts"
    return MflowError(message, code="diagram.kind", hint="`mflow run` runs it")


def gather(
    project: Project,
    request: Request,
    name: str,
    source: Source,
    diagram: Flowchart | SequenceDiagram,
    registry: Registry,
    names: Sequence[str],
    region: str,
) -> Gathered:
    """What a diagram whose decisions have these names needs beside its own model."""
    files = [near(Path(file)) for file in request.vars]
    warnings: tuple[MflowError, ...] = ()
    if request.stack:
        inputs, warnings = stack_inputs(project, request.stack, request.component, files, request.sets, names)
    else:
        inputs = load_inputs(files, request.sets, decision_names=names)
    target = make_target(project, request.target, region or str(inputs.variables.get("region") or ""))
    toolchain, library = find_toolchain(), module_library(project, target.provider_versions())
    environment = environment_of(inputs.variables, project.context)
    reading = Settings(
        toolchain.path, library, target, "read", project.components, project.logs, _unheard, plan_only=True
    )
    return Gathered(
        project=project,
        request=request,
        name=name,
        source=source,
        inputs=with_outputs(inputs, project, reading, environment),
        registry=registry,
        bindings=bind(project, registry, name, diagram),
        target=target,
        toolchain=toolchain,
        library=library,
        environment=environment,
        warnings=warnings,
    )


def check(prepared: Prepared) -> Walk:
    """Walk the diagram and check what it would declare. Raises Problems with everything that is wrong."""
    with errors_masked(prepared.secrets):
        found = _check(prepared)
    for warning in found.warnings:
        mask_error(warning, prepared.secrets)
    return found


def _check(prepared: Prepared) -> Walk:
    run = prepared.run_info("preflight", prepared.project.state)
    found = walk(prepared.graph, prepared.bindings, prepared.inputs, run, prepared.left_out)
    variables = prepared.inputs.variables
    readable = {*readable_names(prepared.project.handlers), *prepared.project.context, "region"}
    read = {*readable, *(path.partition(".")[0] for path in variables.used())}
    problems = [*unknown_settings(prepared.inputs, decision_names(prepared.graph), read), *found.problems]
    problems += _declaration_problems(prepared, found)
    if problems:
        raise problems[0] if len(problems) == 1 else Problems(problems)
    if prepared.request.stack:
        names = {**dict.fromkeys(readable, False), **dict.fromkeys(read, False)}
        unread = check_module_variables(variables, prepared.request.component, names)
    else:
        unread = unread_variables(variables, readable)
    return replace(found, warnings=(*prepared.warnings, *unread))


def _declaration_problems(prepared: Prepared, found: Walk) -> list[MflowError]:
    """What modules say of the declarations. What refers to calls that are not known (yet) cannot be judged."""
    entries = [
        NodeDeclarations(prepared.name, step.node.id, step.node.label, "preflight", step.declarations)
        for step in found.steps
        if step.declarations
    ]
    problems: list[DeclarationProblem] = []
    unknown = bool(prepared.left_out) or any(step.failed or step.declares_later for step in found.steps)
    for each in ([entry] for entry in entries) if unknown else [entries]:
        try:
            if unknown:
                check_alone(each[0], prepared.library)
            else:
                assemble(each, prepared.library)
        except DeclarationsInvalid as invalid:
            problems.extend(invalid.problems)
    uncertain = {step.node.id for step in found.steps if not step.certain}
    return [problem for problem in problems if uncertain.isdisjoint(problem.nodes)]


def decision_names(graph: FlowGraph) -> list[str]:
    """Ids and labels of all decisions, as `--set` and `decisions:` may name them."""
    decisions = [node for node in graph.nodes.values() if node.role is Role.DECISION]
    return list(dict.fromkeys(name for node in decisions for name in (node.id, normalise(node.label))))


def module_library(project: Project, provider_versions: Mapping[str, str] | None = None) -> ModuleLibrary:
    """The project's modules, in the variants for these provider versions (the newest ones when not given)."""
    folders = [folder for folder in project.modules if folder.is_dir()]
    return ModuleLibrary(folders, cache=project.state / "cache", provider_versions=provider_versions)


def make_target(project: Project, name: str, region: str) -> Target:
    """The target by name (the project's default when empty). `aws` is never taken without being asked for."""
    chosen = name or project.target
    if chosen == "aws":
        return AwsTarget(region=region or None)
    return LocalTarget(project.folder, region=region or DEFAULT_REGION)


def role_of(registry: Registry, diagram: str) -> Bound:
    """Tells the graph which nodes a handler makes decisions or actions, whatever their shape."""

    def role(node: str, label: str) -> Role | None:
        # Two handlers for one node are told with its place later: by the walk before a run, and by a rule.
        with suppress(MflowError):
            if registry.decision(node, normalise(label), diagram):
                return Role.DECISION
            if registry.action(node, normalise(label), diagram):
                return Role.ACTION
        return None

    return role


def recorded_request(metadata: RunMetadata, files: tuple[str, ...], sets: tuple[str, ...]) -> Request:
    """The request of a recorded run, with other vars files where some are given and further settings over its own."""
    kept = metadata.settings
    return Request(
        diagram=str(kept.get("diagram", metadata.path or metadata.diagram)),
        vars=files or _texts(kept.get("vars")),
        sets=(*_texts(kept.get("sets")), *sets),
        target=metadata.target,
        component=str(kept.get("component", "")),
        stack=str(kept.get("stack", "")),
        only=_texts(kept.get("only")),
        with_dependencies=kept.get("with_dependencies") is True,
        with_dependents=kept.get("with_dependents") is True,
        skip_unchanged=asked if isinstance(asked := kept.get("skip_unchanged"), bool) else None,
    )


def _texts(value: object) -> tuple[str, ...]:
    return tuple(str(item) for item in value) if isinstance(value, list | tuple) else ()


def _unheard(_report: ComponentEvent) -> None:
    """Reading outputs reports nothing."""


def files_of(sequence: Sequence[Path]) -> tuple[str, ...]:
    """Paths as the record keeps them: absolute, so that a resume from another folder finds them."""
    return tuple(str(path.resolve()) for path in sequence)
