"""`mflow fmt`: one layout for all diagrams."""

from __future__ import annotations

import difflib
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from mermaid_flow.syntax.documents import Document


@click.command("fmt")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path, allow_dash=True))
@click.option("--check", is_flag=True, help="Change nothing; exit code 1 when a file is not formatted.")
@click.option("--diff", is_flag=True, help="Change nothing; print what would change.")
def command(paths: tuple[Path, ...], check: bool, diff: bool) -> int:
    """Format the diagrams in PATHS: files, folders, and fences in Markdown. `-` formats standard input.

    The meaning never changes, and comments stay. A diagram with a mistake stays as it is.
    """
    from mermaid_flow.syntax.documents import find_diagrams, read_document
    from mermaid_flow.syntax.writer import format_document

    if str(paths[0]) == "-":
        return _standard_input()
    changed = failed = 0
    for file in find_diagrams(paths):
        document = read_document(file)
        text, problems = format_document(document)
        failed += len(problems)
        for problem in problems:
            click.echo(str(problem), err=True)
        if text == document.text:
            continue
        changed += 1
        if diff:
            _print_difference(document, text)
        if check:
            click.echo(f"would format {file}")
        elif not diff:
            _write(document, text)
            click.echo(f"formatted {file}")
    return 1 if failed or (changed and (check or diff)) else 0


def _standard_input() -> int:
    from mermaid_flow.syntax.source import Source
    from mermaid_flow.syntax.writer import format_source

    click.echo(format_source(Source(sys.stdin.read(), "<stdin>")), nl=False)
    return 0


def _print_difference(document: Document, text: str) -> None:
    lines = difflib.unified_diff(
        document.text.splitlines(keepends=True),
        text.splitlines(keepends=True),
        str(document.path),
        str(document.path),
    )
    for line in lines:
        click.echo(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n", nl=False)


def _write(document: Document, text: str) -> None:
    """Replace the file as a whole: an interruption leaves the old text or the new one."""
    draft = document.path.with_name(f".{document.path.name}.mflow")
    draft.write_bytes(document.encode(text))
    draft.chmod(document.path.stat().st_mode)
    draft.replace(document.path)
