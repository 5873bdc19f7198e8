"""A run as Markdown: a summary with the executed diagram in a fence, short enough for a comment on a pull request."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from mermaid_flow.engine.nested_runs import run_name
from mermaid_flow.engine.record import RunRecord
from mermaid_flow.render.escaping import fenced, markdown, shortened, visible
from mermaid_flow.render.looks import APPEARANCES, SIGNS, WORDS, node_look
from mermaid_flow.render.mermaid import executed_diagram
from mermaid_flow.render.summary import (
    answers,
    counts_line,
    failures,
    look_counts,
    next_commands,
    shown,
    status_word,
    total_changes,
    visit_notes,
)
from mermaid_flow.render.words import clock, duration

LONGEST = 60_000
"""Characters. GitHub and GitLab refuse comments of a little more than this."""
_LONGEST_DIAGRAM = 40_000
_MOST_ROWS = 60


def summary(record: RunRecord) -> str:
    """The whole text, at most `LONGEST` characters. What was left out is said."""
    parts = [_head(record), *_failures(record), _diagram(record), *_nodes(record), *_decisions(record)]
    parts += _outputs(record)
    text = ""
    for part in parts:
        if len(text) + len(part) > LONGEST - 100:
            return f"{text}\n_The rest is left out; see `mflow show {_name(record)}`._\n"
        text += f"{part}\n"
    return text


def _name(record: RunRecord) -> str:
    return run_name(record.metadata, record.path)


def _head(record: RunRecord) -> str:
    metadata = record.metadata
    facts = [
        f"**Run** {markdown(_name(record))}",
        f"**target** {markdown(metadata.target)}",
        f"**component** {markdown(metadata.component)}" if metadata.component else "",
        f"**started** {clock(record.started)}" if record.started else "",
        f"**took** {duration(record.seconds)}",
    ]
    changes = total_changes(record)
    resources = f" Resources: {changes.add} added, {changes.change} changed, {changes.destroy} destroyed."
    return (
        f"## {markdown(metadata.diagram)}: {status_word(record.status)}\n\n"
        f"{' · '.join(fact for fact in facts if fact)}\n\n"
        f"{counts_line(record)}.{resources if record.components else ''}\n"
    )


def _failures(record: RunRecord) -> Iterable[str]:
    for failure in failures(record):
        caught = ", and the diagram caught it" if failure.caught else ""
        yield f"### {markdown(failure.node.label or failure.node.id)} failed{caught}\n"
        yield fenced(shortened(visible(failure.error.message), 2_000), "text")
        if failure.error.hint:
            yield f"Hint: {markdown(failure.error.hint, 500)}\n"
    commands = next_commands(record)
    if commands:
        yield "Next:\n\n" + "".join(f"* {markdown(command)}\n" for command in commands)


def _diagram(record: RunRecord) -> str:
    text = executed_diagram(record)
    if len(text) > _LONGEST_DIAGRAM:
        return f"_The diagram is too long to be shown here; see `mflow render {_name(record)}`._\n"
    legend = "; ".join(f"{APPEARANCES[look]}: {WORDS[look]}" for look in look_counts(record))
    return f"{fenced(text, 'mermaid')}\n_{legend}_\n"


def _nodes(record: RunRecord) -> Iterable[str]:
    rows = []
    for node in record.nodes.values():
        look = node_look(node)
        notes = visit_notes(node.last) if node.last else []
        if len(node.visits) > 1:
            notes.append(f"{len(node.visits)} visits")
        took = duration(node.seconds) if node.last and node.last.started is not None else ""
        rows.append((markdown(node.label or node.id), f"{SIGNS[look]} {WORDS[look]}", took, markdown("; ".join(notes))))
    yield from _table("Nodes", ("Node", "", "Took", "Notes"), rows)


def _decisions(record: RunRecord) -> Iterable[str]:
    rows = [
        (markdown(found.question), markdown(found.answer), markdown(found.value), markdown(found.origin))
        for found in answers(record)
    ]
    yield from _table("Decisions", ("Decision", "Answer", "Value", "From"), rows)


def _outputs(record: RunRecord) -> Iterable[str]:
    rows = [
        (markdown(component.name), markdown(name), markdown(shown(value)))
        for component in record.components.values()
        for name, value in component.outputs.items()
    ]
    yield from _table("Outputs", ("Component", "Output", "Value"), rows)


def _table(title: str, headings: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterable[str]:
    if not rows:
        return
    lines = [f"| {' | '.join(headings)} |", "|---" * len(headings) + "|"]
    lines += [f"| {' | '.join(row)} |" for row in rows[:_MOST_ROWS]]
    more = f"\n_… and {len(rows) - _MOST_ROWS} more._\n" if len(rows) > _MOST_ROWS else ""
    table = "\n".join(lines)
    yield f"<details><summary>{title} ({len(rows)})</summary>\n\n{table}\n{more}\n</details>\n"
