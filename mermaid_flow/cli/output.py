"""What commands share when they print: JSON for scripts, aligned text for people, nothing that moves in CI."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import TypeVar

import click

Command = TypeVar("Command", bound=Callable[..., object])

# C0, C1, line and paragraph separators, bidirectional controls: none of them may reach a terminal from outside.
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def safe(text: object) -> str:
    """Text from outside, with everything that could steer a terminal shown as its code."""
    return _CONTROLS.sub(
        lambda found: f"\\x{ord(found[0]):02x}" if ord(found[0]) < 256 else f"\\u{ord(found[0]):04x}", str(text)
    )


def print_json(value: object) -> None:
    """Print a value as JSON with stable key order as given."""
    click.echo(json.dumps(value, indent=2, ensure_ascii=False, default=str))


def print_table(rows: Sequence[Sequence[object]], headings: Sequence[str]) -> None:
    """Print rows in aligned columns; the last column is never padded."""
    texts = [[safe(cell).replace("\n", " ").replace("\t", " ") for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(headings, *texts, strict=True)]
    for index, row in enumerate([list(headings), *texts]):
        line = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        click.secho(line, dim=index == 0)


def format_option(*choices: str) -> Callable[[Command], Command]:
    """The option `--format`; the first choice is the default."""
    return click.option(
        "--format",
        "form",
        type=click.Choice(choices),
        default=choices[0],
        show_default=True,
        help="Form of the output.",
    )


def duration(seconds: float | None) -> str:
    """Seconds as people read them: `0.3s`, `12s`, `4m05s`, `1h02m`."""
    if seconds is None:
        return ""
    if seconds < 10:
        return f"{seconds:.1f}s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole}s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes}m{rest:02d}s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours}h{minutes:02d}m"


def clock(at: float | None) -> str:
    """A time of the epoch as local date and time."""
    return "" if at is None else datetime.fromtimestamp(at, UTC).astimezone().strftime("%Y-%m-%d %H:%M:%S")
