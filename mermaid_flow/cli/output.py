"""What commands share when they print: JSON for scripts, aligned text for people, nothing that moves in CI."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

import click

from mermaid_flow.render.escaping import json_text
from mermaid_flow.render.escaping import visible as safe
from mermaid_flow.render.words import clock, duration

__all__ = ["clock", "detail_option", "duration", "format_option", "print_json", "print_table", "safe"]

Command = TypeVar("Command", bound=Callable[..., object])


def print_json(value: object) -> None:
    """Print a value as JSON with stable key order as given."""
    click.echo(json_text(value, indent=2))


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


def detail_option(function: Command) -> Command:
    """The options `--quiet` and `--verbose`, as the parameter `detail`: the name of a `Detail`."""
    quiet = click.option("-q", "--quiet", "detail", flag_value="quiet", help="Say only how the run ended.")
    verbose = click.option("-v", "--verbose", "detail", flag_value="verbose", help="Say everything that happens.")
    return quiet(verbose(function))
