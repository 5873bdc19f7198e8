"""Sequences unrolled: a new sequence diagram that tells what a run did, lap by lap, with only the branches it took.

Mermaid has no classes for messages, so each message carries its outcome and duration in its text, and what failed,
waits or runs lies on a coloured ground.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from mermaid_flow.engine.record import NodeRecord, RunRecord
from mermaid_flow.engine.sequence_items import item_name
from mermaid_flow.graph.sequence import (
    Attempt,
    Branch,
    Break,
    Call,
    Choice,
    Lifetime,
    Loop,
    Parallel,
    Reply,
    SequenceTree,
    Step,
    bodies,
    instance,
)
from mermaid_flow.render.labels import quoted_label
from mermaid_flow.render.looks import WORDS, Look, node_look
from mermaid_flow.render.summary import shown
from mermaid_flow.render.words import counted, duration
from mermaid_flow.syntax.sequence import Autonumber, SequenceDiagram

MOST_LAPS = 20
"""Laps of one loop that are drawn; of the others those in which something did not succeed, and a note."""

_GROUNDS = {
    Look.FAILED: "rgba(185, 58, 5, 0.25)",
    Look.CANCELLED: "rgba(122, 75, 163, 0.25)",
    Look.WAITING: "rgba(200, 160, 0, 0.25)",
    Look.RUNNING: "rgba(11, 99, 184, 0.2)",
}


def executed_sequence(record: RunRecord, diagram: SequenceDiagram, tree: SequenceTree) -> str:
    """The trace of a run as a sequence diagram."""
    return _traced(record, diagram, tree)[0]


def drawn_messages(record: RunRecord) -> list[str]:
    """The nodes of the messages that the trace draws, in its order; none for a flowchart."""
    if record.tree is None or not isinstance(record.diagram, SequenceDiagram):
        return []
    return _traced(record, record.diagram, record.tree)[1]


def _traced(record: RunRecord, diagram: SequenceDiagram, tree: SequenceTree) -> tuple[str, list[str]]:
    names = {actor: f"p{number}" for number, actor in enumerate(diagram.participants, 1)}
    trace = _Trace(record.nodes, _instances(record.nodes), names)
    lines = ["sequenceDiagram"]
    if any(isinstance(statement, Autonumber) and statement.visible for statement in diagram.body):
        lines.append("    autonumber")
    for actor, participant in diagram.participants.items():
        kind = "actor" if participant.type == "actor" else "participant"
        lines.append(f"    {kind} {trace.names[actor]} as {_text(participant.description or actor)}")
    lines += trace.block(tree.body, (), "    ")
    return "\n".join(lines) + "\n", trace.messages


@dataclass(frozen=True, slots=True)
class _Trace:
    """`names` are what participants are called in the trace, whatever their own names hold."""

    nodes: Mapping[str, NodeRecord]
    instances: Mapping[str, list[tuple[tuple[int, ...], NodeRecord]]]
    names: Mapping[str, str]
    messages: list[str] = field(default_factory=list)
    """The nodes of the messages drawn so far."""

    def block(self, steps: Sequence[Step], laps: tuple[int, ...], indent: str) -> Iterator[str]:
        for step in steps:
            match step:
                case Call() | Reply():
                    yield from self._message(step, laps, indent)
                case Lifetime():
                    yield f"{indent}Note over {self.names[step.participant]}: {self._said(step.text, step, laps)}"
                case Loop():
                    yield from self._loop(step, laps, indent)
                case Choice():
                    picked = self._picked(step, laps)
                    if picked is not None:
                        yield from self._fragment("alt", step.branches[picked], laps, indent)
                case Parallel():
                    yield from self._parallel(step, laps, indent)
                case Attempt():
                    yield from self._attempt(step, laps, indent)
                case Break():
                    if self._picked(step, laps) is not None:
                        yield from self._fragment("break", Branch(step.text, step.body, step.span), laps, indent)

    def _message(self, step: Call | Reply, laps: tuple[int, ...], indent: str) -> Iterator[str]:
        self.messages.append(instance(step.id, laps))
        look = self._look(step, laps)
        arrow = "-->" if look is Look.NOT_REACHED else "-->>" if isinstance(step, Reply) else "->>"
        ends = f"{self.names[step.source]}{arrow}{self.names[step.target]}"
        line = f"{ends}: {self._said(step.text, step, laps)}"
        if look in _GROUNDS:
            yield from (f"{indent}rect {_GROUNDS[look]}", f"{indent}    {line}", f"{indent}end")
        else:
            yield f"{indent}{line}"

    def _loop(self, loop: Loop, laps: tuple[int, ...], indent: str) -> Iterator[str]:
        begun = self._inside(loop, laps)
        drawn = [lap for place, lap in enumerate(begun) if place < MOST_LAPS or _troubled(begun[lap])]
        for lap in drawn:
            yield f"{indent}loop {_text(f'{loop.text}: {self._lap_name(loop, laps, lap)}')}"
            yield from self.block(loop.body, (*laps, lap), indent + "    ")
            yield f"{indent}end"
        if len(drawn) < len(begun):
            more = f"{counted(len(begun) - len(drawn), 'more lap')} of {loop.text}, all succeeded"
            yield f"{indent}Note over {','.join(self._outermost())}: {_text(more)}"

    def _inside(self, loop: Loop, laps: tuple[int, ...]) -> Mapping[int, list[NodeRecord]]:
        """What has begun in each lap of the loop, by the lap's number."""
        depth = len(laps)
        found: dict[int, list[NodeRecord]] = {}
        for step in _steps(loop.body):
            for numbers, node in self.instances.get(step.id, ()):
                if len(numbers) > depth and numbers[:depth] == laps:
                    found.setdefault(numbers[depth], []).append(node)
        return dict(sorted(found.items()))

    def _lap_name(self, loop: Loop, laps: tuple[int, ...], lap: int) -> str:
        value = self._value(loop, laps) if loop.kind == "each" else None
        if not isinstance(value, list) or lap > len(value):
            return f"lap {lap}"
        return f"{item_name(value[lap - 1]) or shown(value[lap - 1])} ({lap} of {len(value)})"

    def _parallel(self, step: Parallel, laps: tuple[int, ...], indent: str) -> Iterator[str]:
        for number, branch in enumerate(step.branches):
            yield f"{indent}{'and' if number else 'par'} {_text(branch.text)}".rstrip()
            yield from self.block(branch.body, laps, indent + "    ")
        yield f"{indent}end"

    def _attempt(self, step: Attempt, laps: tuple[int, ...], indent: str) -> Iterator[str]:
        yield f"{indent}critical {_text(step.text)}"
        yield from self.block(step.body, laps, indent + "    ")
        picked = self._picked(step, laps)
        if picked is not None:
            yield f"{indent}option {_text(step.options[picked].text)}"
            yield from self.block(step.options[picked].body, laps, indent + "    ")
        yield f"{indent}end"

    def _fragment(self, kind: str, branch: Branch, laps: tuple[int, ...], indent: str) -> Iterator[str]:
        yield f"{indent}{kind} {_text(branch.text or 'else')}"
        yield from self.block(branch.body, laps, indent + "    ")
        yield f"{indent}end"

    def _picked(self, step: Step, laps: tuple[int, ...]) -> int | None:
        """The index of the branch that was taken."""
        node = self.nodes.get(instance(step.id, laps))
        decision = node.last.decision if node and node.last else None
        return decision.edges[0] if decision and decision.edges else None

    def _value(self, step: Step, laps: tuple[int, ...]) -> object:
        node = self.nodes.get(instance(step.id, laps))
        return node.last.decision.value if node and node.last and node.last.decision else None

    def _look(self, step: Step, laps: tuple[int, ...]) -> Look:
        node = self.nodes.get(instance(step.id, laps))
        return Look.NOT_REACHED if node is None else node_look(node)

    def _said(self, text: str, step: Step, laps: tuple[int, ...]) -> str:
        """A message's text with its outcome; of one that succeeded, how long it took when that is worth telling."""
        look = self._look(step, laps)
        said = WORDS[look]
        if look is Look.SUCCEEDED:
            seconds = self.nodes[instance(step.id, laps)].seconds
            said = duration(seconds) if seconds >= 0.05 else ""
        return f"{_text(text)} · {said}" if said else _text(text)

    def _outermost(self) -> list[str]:
        """The first and the last participant."""
        names = list(self.names.values())
        return names[:1] + names[1:][-1:]


def _steps(body: Iterable[Step]) -> Iterator[Step]:
    for step in body:
        yield step
        for inner in bodies(step):
            yield from _steps(inner)


def _troubled(nodes: Iterable[NodeRecord]) -> bool:
    return any(node_look(node) not in {Look.SUCCEEDED, Look.NOTHING_TO_DO} for node in nodes)


def _instances(nodes: Mapping[str, NodeRecord]) -> Mapping[str, list[tuple[tuple[int, ...], NodeRecord]]]:
    """The nodes by the step that they are instances of, each with its laps."""
    found: dict[str, list[tuple[tuple[int, ...], NodeRecord]]] = {}
    for name, node in nodes.items():
        step, *laps = name.split("-")
        found.setdefault(step, []).append((tuple(map(int, laps)), node))
    return found


def _text(text: str) -> str:
    return quoted_label(text, 120)
