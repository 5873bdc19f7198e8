"""Prepares the run of a sequence diagram, or of whichever kind of diagram the user names."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeAlias

from mermaid_flow.engine.masking import errors_masked, mask_error
from mermaid_flow.errors import MflowError, Problems
from mermaid_flow.graph.sequence import SequenceTree
from mermaid_flow.graph.sequence_builder import build_sequence
from mermaid_flow.graph.sequence_settings import sequence_settings
from mermaid_flow.handlers.loader import load_registry
from mermaid_flow.inputs.layers import unknown_settings
from mermaid_flow.session.bindings import bind
from mermaid_flow.session.diagrams import load_diagram
from mermaid_flow.session.lap_bounds import with_lap_bounds
from mermaid_flow.session.prepare import Gathered, Prepared, Request, check, gather, prepare
from mermaid_flow.session.project import Project
from mermaid_flow.session.sequence_answers import answering_variables, question_names
from mermaid_flow.session.sequence_bindings import SequenceBindings, has_handler, has_life
from mermaid_flow.session.sequence_preflight import look_through
from mermaid_flow.session.unread import readable_names, unread_variables
from mermaid_flow.syntax.sequence import SequenceDiagram


@dataclass(frozen=True, kw_only=True)
class PreparedSequence(Gathered):
    """A sequence diagram with all that its run needs."""

    diagram: SequenceDiagram
    tree: SequenceTree

    @property
    def steps(self) -> SequenceBindings:
        """What does the work of each step."""
        return SequenceBindings(self.tree, self.bindings)


AnyPrepared: TypeAlias = Prepared | PreparedSequence


def prepare_diagram(project: Project, request: Request, *, region: str = "", parallel: int = 0) -> AnyPrepared:
    """Read and bind everything for a diagram of either kind. Raises MflowError or Problems; starts nothing.

    `parallel` is how many laps of each loop over items run at once, instead of what the diagram and mflow.yaml say.
    """
    name, source, diagram = load_diagram(project, request.diagram)
    if not isinstance(diagram, SequenceDiagram):
        return prepare(project, request, region=region)
    if request.only:
        raise MflowError(f"{name} is a sequence diagram: there is nothing to select in it", code="selection.sequence")
    registry = load_registry(project.handlers)
    settings = sequence_settings(diagram)
    bound, living = has_handler(registry, diagram, name), has_life(registry, diagram, name)
    tree = build_sequence(diagram, name, settings, has_handler=bound, has_life=living)
    limits = dict.fromkeys(tree.loops(), parallel) if parallel else {}
    if not limits:
        policies = bind(project, registry, name, diagram).policies
        limits = dict(policies.parallelism_by_name({key: (loop.text, key) for key, loop in tree.loops().items()}))
    if limits:
        settings = replace(settings, parallelism={**settings.parallelism, **limits})
        tree = build_sequence(diagram, name, settings, has_handler=bound, has_life=living)
    gathered = gather(project, request, name, source, diagram, registry, question_names(tree), region)
    loops = tree.loops()
    bounded = with_lap_bounds(settings, gathered.inputs.options, [*loops, *(loop.text for loop in loops.values())])
    if bounded != settings:
        tree = build_sequence(diagram, name, bounded, has_handler=bound, has_life=living)
    return PreparedSequence(**vars(gathered), diagram=diagram, tree=tree)


def check_diagram(prepared: AnyPrepared) -> tuple[MflowError, ...]:
    """Look through a diagram before it runs. Returns warnings; raises Problems with everything that is wrong."""
    if isinstance(prepared, Prepared):
        return check(prepared).warnings
    with errors_masked(prepared.secrets):
        warnings = _check_sequence(prepared)
    for warning in warnings:
        mask_error(warning, prepared.secrets)
    return warnings


def _check_sequence(prepared: PreparedSequence) -> tuple[MflowError, ...]:
    variables = prepared.inputs.variables
    problems = look_through(prepared.steps, prepared.inputs, prepared.run_info("preflight", prepared.project.state))
    answering = answering_variables(prepared.tree)
    readable = {*readable_names(prepared.project.handlers), *prepared.project.context, *answering, "region"}
    read = {*readable, *(path.partition(".")[0] for path in variables.used())}
    problems = [*unknown_settings(prepared.inputs, question_names(prepared.tree), read), *problems]
    if problems:
        raise problems[0] if len(problems) == 1 else Problems(problems)
    return (*prepared.warnings, *unread_variables(variables, readable))
