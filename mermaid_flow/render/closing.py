"""The last lines of a run on a terminal or in a log: how it ended, what failed and why, and what to type next."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from mermaid_flow.engine.events import RunStatus
from mermaid_flow.engine.record import RunRecord
from mermaid_flow.render.escaping import one_line, visible
from mermaid_flow.render.summary import counts_line, failures, next_commands, status_word, total_changes
from mermaid_flow.render.words import counted, duration

_MOST_LINES = 12
"""Of an error; the rest is in the node's log."""


@dataclass(frozen=True, slots=True)
class ClosingLine:
    """One line, harmless on a terminal. `mood` says how it may stand out."""

    text: str
    mood: Literal["plain", "good", "bad"] = "plain"
    command: bool = False
    """Whether it is there to be copied, and so has to stay in one piece."""


def wrapped(line: ClosingLine, width: int) -> str:
    """The line on a terminal of that many columns: broken between words, and what follows as far in as it began."""
    if line.command or len(line.text) <= width:
        return line.text
    begin = line.text[: len(line.text) - len(line.text.lstrip())]
    return textwrap.fill(
        line.text,
        width,
        subsequent_indent=begin,
        break_long_words=False,
        break_on_hyphens=False,
        replace_whitespace=False,
    )


def closing_lines(record: RunRecord) -> list[ClosingLine]:
    """What is to be said once a run has ended."""
    mood: Literal["good", "bad"] = "good" if record.status is RunStatus.SUCCEEDED else "bad"
    commands = [ClosingLine(command, command=True) for command in _commands(record)]
    return [*_failures(record), ClosingLine(_outcome(record), mood), *commands]


def _failures(record: RunRecord) -> Iterator[ClosingLine]:
    for failure in failures(record):
        caught = " (the diagram caught it)" if failure.caught else ""
        yield ClosingLine(f"✘ {one_line(failure.node.label or failure.node.id)} failed{caught}", "bad")
        lines = visible(failure.error.message).splitlines()
        yield from (ClosingLine(f"    {line}") for line in lines[:_MOST_LINES])
        if len(lines) > _MOST_LINES:
            yield ClosingLine(f"    … {counted(len(lines) - _MOST_LINES, 'more line')} in its log")
        if failure.error.hint:
            yield ClosingLine(f"    hint: {one_line(failure.error.hint)}")


def _outcome(record: RunRecord) -> str:
    parts = [f"{status_word(record.status)} in {duration(record.seconds)}: {counts_line(record)}"]
    if any(component.applied for component in record.components.values()):
        changes = total_changes(record)
        parts.append(f"{changes.add} added, {changes.change} changed, {changes.destroy} destroyed")
    outputs = sum(len(component.outputs) for component in record.components.values())
    if outputs:
        parts.append(counted(outputs, "output"))
    return "; ".join(parts)


def _commands(record: RunRecord) -> Iterator[str]:
    commands = next_commands(record)
    if record.status is RunStatus.SUCCEEDED:
        commands.append(f"mflow show {record.id}")
    commands.append(f"mflow render {record.id} -o {_file(record)}.svg")
    yield from (f"  {visible(command)}" for command in commands)


def _file(record: RunRecord) -> str:
    """A file name that needs no quotes, whatever the diagram is called."""
    name = "".join(found for found in record.metadata.diagram if found.isascii() and (found.isalnum() or found in "-_"))
    return name.lstrip("-") or "run"
