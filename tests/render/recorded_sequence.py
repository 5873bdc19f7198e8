"""Records of runs of sequence diagrams: the test answers what the interpreter asks, nothing is executed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from mermaid_flow.engine.events import Event, EventType
from mermaid_flow.engine.folder import RunMetadata, digest
from mermaid_flow.engine.record import RunRecord
from mermaid_flow.engine.recorded_graph import describe
from mermaid_flow.engine.sequence import Interpreter
from mermaid_flow.engine.sequence_flow import Due, Outcome
from mermaid_flow.graph.sequence import Asking, Loop, SequenceTree, step_of
from mermaid_flow.graph.sequence_builder import build_sequence
from mermaid_flow.syntax import parse
from mermaid_flow.syntax.sequence import SequenceDiagram
from mermaid_flow.syntax.source import Source
from tests.render.recorded import BEGIN

Answer = object
"""A list of items or a number for a loop, the index of a branch or None for others; `fail` or `hang` for a message."""


def recorded_sequence(
    text: str,
    answers: Mapping[str, Answer] | None = None,
    *,
    path: Path = Path("runs/none"),
    name: str = "talk",
    lives: bool = False,
) -> RunRecord:
    """The record of a run. `answers` by the node's id (`8-2`), else by its step's (`8`); messages succeed by default.

    With `lives`, participants are set up and torn down by handlers.
    """
    source = Source(text, f"diagrams/{name}.mmd")
    diagram = parse(source)
    assert isinstance(diagram, SequenceDiagram)
    tree = build_sequence(diagram, name, has_life=lambda _participant, _creates: lives)
    events = [Event(EventType.RUN_STARTED, data={"diagram": name, "target": "local"}, seq=1, at=BEGIN)]
    failed = _play(tree, answers or {}, events)
    if failed is not None:
        _add(events, EventType.RUN_FINISHED, status="failed" if failed else "succeeded", seconds=len(events) * 0.5)
    metadata = RunMetadata(
        id="20260314-153012-k3x9",
        diagram=name,
        path=source.path,
        sha256=digest(text),
        component="acme/dev/it",
        created=BEGIN,
        graph=describe(tree),
    )
    return RunRecord.of(metadata, source, events, path, working=failed is None)


def _play(tree: SequenceTree, answers: Mapping[str, Answer], events: list[Event]) -> bool | None:
    """Whether the sequence failed; None when it hangs."""
    interpreter = Interpreter(tree, {})
    while interpreter.due:
        for node, due in list(interpreter.due.items()):
            answer = answers.get(node, answers.get(step_of(node)))
            if answer == "hang":
                _add(events, EventType.NODE_STARTED, node, attempt=1, label=due.label)
                return None
            interpreter.take(node, _answered(due, answer, events))
    return interpreter.failure is not None


def _answered(due: Due, answer: Answer, events: list[Event]) -> Outcome:
    node = due.node.id
    _add(events, EventType.NODE_STARTED, node, attempt=1, label=due.label)
    if answer == "fail":
        error = {"code": "boom", "message": "it broke", "hint": ""}
        _add(events, EventType.NODE_FAILED, node, error=error, kind="error", seconds=0.5)
        return Outcome(error=error)
    if not isinstance(due.step, Asking):
        _add(events, EventType.NODE_SUCCEEDED, node, values={}, seconds=0.5)
        return Outcome()
    repeats = isinstance(due.step, Loop) and due.step.kind in ("each", "times")
    picked = answer if isinstance(answer, int) and not repeats else None
    edges = [] if picked is None else [picked]
    where = "vars/dev.yaml:3:7"
    _add(events, EventType.DECISION_ANSWERED, node, value=answer, labels=[], edges=edges, source="vars", where=where)
    return Outcome(value=answer, picked=picked)


def _add(events: list[Event], kind: EventType, node: str | None = None, /, **data: object) -> None:
    events.append(Event(kind, node, 1, data, len(events) + 1, BEGIN + len(events) * 0.5))
