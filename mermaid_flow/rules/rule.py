"""What a rule is: one class, one file, one thing that can be wrong with a diagram."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import ClassVar, Protocol

from mermaid_flow.errors import Location, MflowError
from mermaid_flow.graph.model import FlowGraph, Node
from mermaid_flow.syntax.flowchart import Flowchart
from mermaid_flow.syntax.sequence import SequenceDiagram
from mermaid_flow.syntax.source import Source, Span


class Severity(StrEnum):
    """How much a finding matters: errors keep a diagram from running, infos are matters of taste."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Fix:
    """A safe repair: texts to put in place of spans of the source. Spans do not overlap."""

    edits: tuple[tuple[Span, str], ...]


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding. `where` is the place in the file; `span` the same in the diagram's own text."""

    rule: str
    name: str
    severity: Severity
    message: str
    where: Location | None
    hint: str = ""
    fix: Fix | None = None


class Facts(Protocol):
    """What the project around a diagram knows. Implemented by `mermaid_flow.session.facts`."""

    def is_bound(self, node: Node) -> bool:
        """Whether a handler or an expression does the node's work."""

    def binding_problem(self, node: Node) -> MflowError | None:
        """Why no single handler can be found for the node."""

    def has_diagram(self, name: str) -> bool:
        """Whether the project has a diagram of that name or label."""

    def is_message_bound(self, participant: tuple[str, ...], text: str) -> bool:
        """Whether a handler takes this message to the participant (id, description)."""

    def suggestion(self, label: str) -> str:
        """A did-you-mean for a label that nothing is bound to."""

    def answers(self, node: Node) -> tuple[str, ...]:
        """All values that a decision can have, as its module's variable lists them; empty when that is not known."""

    def input_problems(self) -> Sequence[MflowError]:
        """What is wrong with the vars that were given for this diagram; empty when none were given."""


@dataclass(frozen=True)
class Subject:
    """What rules look at. `diagram` is None when the text could not be parsed, `graph` when it could not be built."""

    source: Source
    diagram: Flowchart | SequenceDiagram | None
    syntax_problems: Sequence[MflowError] = ()
    graph: FlowGraph | None = None
    graph_problems: Sequence[MflowError] = ()
    facts: Facts | None = None
    settings: Mapping[str, object] = field(default_factory=dict)

    @cached_property
    def flowchart(self) -> Flowchart | None:
        return self.diagram if isinstance(self.diagram, Flowchart) else None

    @cached_property
    def sequence(self) -> SequenceDiagram | None:
        return self.diagram if isinstance(self.diagram, SequenceDiagram) else None


class Rule:
    """Base of all rules. A rule yields its findings; which ones are shown is decided elsewhere."""

    id: ClassVar[str]
    """`MF` and a number: 1xx syntax, 2xx structure, 3xx flow, 4xx binding, 5xx inputs, 6xx style."""
    name: ClassVar[str]
    """The rule in two or three words."""
    severity: ClassVar[Severity]
    summary: ClassVar[str]
    """One sentence: what is wrong."""
    why: ClassVar[str]
    """What it leads to, and what to do."""
    bad: ClassVar[str]
    """A diagram that the rule finds fault with."""
    good: ClassVar[str]
    """The same, mended."""
    needs: ClassVar[str] = ""
    """`project` for rules that look at handlers, `vars` for rules that look at inputs; they have no plain examples."""

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        """The findings in one diagram."""
        raise NotImplementedError

    @classmethod
    def family(cls) -> str:
        """The family's name, by the first digit of the id."""
        return FAMILIES[cls.id[2]]

    def found(
        self, subject: Subject, span: Span | None, message: str, *, hint: str = "", fix: Fix | None = None
    ) -> Diagnostic:
        """A finding at a span of the diagram's text."""
        where = subject.source.location(span if span is not None else Span(0, 0))
        return Diagnostic(self.id, self.name, self.severity, message, where, hint, fix)

    def passed_on(self, problem: MflowError) -> Diagnostic:
        """A finding made of an error that another part of the program found."""
        return Diagnostic(self.id, self.name, self.severity, problem.message, problem.where, problem.hint)


FAMILIES = {"1": "syntax", "2": "structure", "3": "flow", "4": "binding", "5": "inputs", "6": "style"}
