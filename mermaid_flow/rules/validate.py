"""Looks at one diagram with all chosen rules."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence

from mermaid_flow.errors import Location, MflowError, Problems
from mermaid_flow.graph.builder import Bound, build
from mermaid_flow.rules.catalog import all_rules
from mermaid_flow.rules.rule import Diagnostic, Facts, Rule, Severity, Subject
from mermaid_flow.rules.selection import Selection, without_ignored
from mermaid_flow.syntax.flowchart import Flowchart
from mermaid_flow.syntax.parse import parse_all_problems
from mermaid_flow.syntax.sequence import SequenceDiagram
from mermaid_flow.syntax.source import Source

FactsOf = Callable[["Subject"], Facts | None]
"""Gives what the project knows of a diagram that could be parsed and, for flowcharts, built."""

UNREADABLE = "MF100"


def look_at(source: Source, name: str, *, bound: Bound | None = None, facts: FactsOf | None = None) -> Subject:
    """Parse and build, keeping everything that goes wrong."""
    diagram, problems = parse_all_problems(source)
    subject = Subject(source, diagram, syntax_problems=tuple(problems))
    if isinstance(diagram, Flowchart):
        subject = _built(subject, diagram, name, bound)
    if facts is None or not (subject.graph or isinstance(diagram, SequenceDiagram)):
        return subject
    known = facts(subject)
    return Subject(source, diagram, subject.syntax_problems, subject.graph, subject.graph_problems, known)


def validate_source(
    source: Source,
    *,
    name: str = "diagram",
    selection: Selection | None = None,
    bound: Bound | None = None,
    facts: FactsOf | None = None,
) -> list[Diagnostic]:
    """The findings in one diagram, in the order of its text."""
    subject = look_at(source, name, bound=bound, facts=facts)
    found = [diagnostic for rule in _chosen(selection or Selection()) for diagnostic in rule.check(subject)]
    return sorted(without_ignored(source, found), key=_place)


@functools.cache
def _chosen(selection: Selection) -> tuple[Rule, ...]:
    return tuple(rule for rule in all_rules() if selection.takes(rule))


def unreadable(problem: MflowError, path: str) -> Diagnostic:
    """A finding for a file, or a fence in it, that could not be read at all."""
    where = problem.where or Location(path, 1, 1, 1, 1)
    return Diagnostic(UNREADABLE, "unreadable", Severity.ERROR, problem.message, where, problem.hint)


def _built(subject: Subject, diagram: Flowchart, name: str, bound: Bound | None) -> Subject:
    try:
        graph = build(diagram, name, bound=bound)
    except Problems as problems:
        return Subject(subject.source, diagram, graph_problems=problems.problems)
    except MflowError as problem:
        return Subject(subject.source, diagram, graph_problems=(problem,))
    return Subject(subject.source, diagram, graph=graph)


def _place(diagnostic: Diagnostic) -> tuple[int, int, str]:
    where = diagnostic.where
    return (where.line, where.column, diagnostic.rule) if where else (0, 0, diagnostic.rule)


def worst(diagnostics: Sequence[Diagnostic]) -> Severity | None:
    """The gravest severity among the findings."""
    severities = {diagnostic.severity for diagnostic in diagnostics}
    return next((severity for severity in Severity if severity in severities), None)
