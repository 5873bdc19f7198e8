"""What every account of a run says, whatever its form: how many nodes came to what, what failed, what was decided."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from mermaid_flow.engine.events import NodeStatus, RunStatus
from mermaid_flow.engine.nested_runs import run_name
from mermaid_flow.engine.record import NodeRecord, RunRecord
from mermaid_flow.engine.visits import Changes, ErrorRecord, VisitRecord
from mermaid_flow.render.looks import WORDS, Look, node_look


@dataclass(frozen=True, slots=True)
class Failure:
    """A node that failed, and why."""

    node: NodeRecord
    error: ErrorRecord
    caught: bool
    """Whether the diagram says what to do about it."""


@dataclass(frozen=True, slots=True)
class Answered:
    """A decision as it was made. `origin` is where the answer stands: a place in a file, a function, the default."""

    question: str
    visit: int
    answer: str
    value: str
    origin: str


def look_counts(record: RunRecord) -> Mapping[Look, int]:
    """How many nodes came to what, in the order of `Look`; only what there is."""
    counts = Counter(node_look(node) for node in record.nodes.values())
    return {look: counts[look] for look in Look if counts[look]}


def counts_line(record: RunRecord) -> str:
    """`17 succeeded, 2 not chosen, 1 failed`."""
    return ", ".join(f"{count} {WORDS[look]}" for look, count in look_counts(record).items())


def failures(record: RunRecord) -> list[Failure]:
    """The failed nodes in source order, those that nothing caught first."""
    found = [
        Failure(node, node.last.error, node.id not in record.failures)
        for node in record.nodes.values()
        if node.status is NodeStatus.FAILED and node.last and node.last.error
    ]
    return sorted(found, key=lambda failure: failure.caught)


def answers(record: RunRecord) -> list[Answered]:
    """The decisions that count."""
    return [
        Answered(
            question=record.nodes[decision.node].label or decision.node,
            visit=decision.visit,
            answer=", ".join(label or "default" for label in decision.labels) or "default",
            value=shown(decision.value),
            origin=decision.where or decision.source,
        )
        for decision in record.decisions
    ]


def total_changes(record: RunRecord) -> Changes:
    """What Terraform did to all components together."""
    applied = [component.applied for component in record.components.values() if component.applied]
    return Changes(
        sum(change.add for change in applied),
        sum(change.change for change in applied),
        sum(change.destroy for change in applied),
    )


def changes_text(changes: Changes) -> str:
    """`+3 ~1`: numbers of resources added, changed, destroyed, without those that are zero."""
    signed = {"+": changes.add, "~": changes.change, "-": changes.destroy}
    return " ".join(f"{sign}{number}" for sign, number in signed.items() if number)


def status_word(status: RunStatus) -> str:
    """The status in a sentence."""
    return "interrupted: its process died" if status is RunStatus.INTERRUPTED else status.value


def next_commands(record: RunRecord) -> list[str]:
    """What one would type next after a run that did not succeed. A nested run is resumed with the one around it."""
    name = run_name(record.metadata, record.path)
    commands = [f"mflow show {name} --log {quoted(failure.node.id)}" for failure in failures(record)[:3]]
    if record.status is RunStatus.WAITING and record.metadata.parent is None:
        commands += [f"mflow approve {name} {quoted(visit.node)}" for visit in record.waiting]
    if record.status not in {RunStatus.SUCCEEDED, RunStatus.RUNNING}:
        commands.append(f"mflow resume {name.partition('.')[0]}")
    return commands


def quoted(word: str) -> str:
    """A word as a shell takes it. Ids come from diagrams."""
    import shlex  # noqa: PLC0415 - only for runs that failed

    return shlex.quote(word)


def shown(value: object) -> str:
    """A value as JSON on one line; a bare string without its quotes."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def visit_notes(visit: VisitRecord) -> list[str]:
    """What is particular about a visit, in words."""
    notes = []
    if visit.decision:
        labels = ", ".join(label or "default" for label in visit.decision.labels) or "default"
        notes.append(f"{labels} ({visit.decision.where or visit.decision.source})")
    if visit.skipped:
        notes.append(visit.skipped)
    if visit.reused:
        run = f" of run {visit.reused['run']}" if "run" in visit.reused else ""
        notes.append(f"unchanged: result of visit {visit.reused.get('visit', 1)}{run}")
    if visit.changes:
        notes.append(changes_text(visit.changes))
    if visit.attempts > 1:
        notes.append(f"{visit.attempts} attempts")
    if visit.approval:
        notes.append(f"{'approved' if visit.approval.approved else 'rejected'} by {visit.approval.by}")
    if visit.blocked_by:
        notes.append(f"blocked by {', '.join(visit.blocked_by)}")
    return notes
