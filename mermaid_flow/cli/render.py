"""`mflow render`: draw the executed path of a run, or report on it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mermaid_flow.cli.database import database_option, records_here

if TYPE_CHECKING:
    from mermaid_flow.engine.folder import RunFolder
    from mermaid_flow.engine.record import RunRecord

SUFFIXES = {
    ".mmd": "mermaid",
    ".mermaid": "mermaid",
    ".svg": "svg",
    ".png": "png",
    ".html": "html",
    ".htm": "html",
    ".json": "json",
    ".md": "md",
}


@click.command("render")
@click.argument("run", default="latest")
@click.option(
    "--format",
    "form",
    type=click.Choice(("mermaid", "svg", "png", "html", "json", "md")),
    help="What to make. The default is what the name of the output file says, else mermaid.",
)
@click.option("-o", "--output", metavar="FILE", help="Where to write it; `-` is the standard output.")
@click.option(
    "--scale", type=click.FloatRange(0.1, 4), default=2.0, show_default=True, help="Pixels of a PNG for one of the SVG."
)
@database_option
def command(run: str, form: str | None, output: str | None, scale: float, database: str) -> int:
    """Draw what RUN (an id, the beginning of one, or `latest`) did on its diagram.

    RUN.INNER is a run nested in it: of a sub-workflow, by its id or by the name of its diagram. html is a report in one
    file, md a summary for a pull request.
    """
    from mermaid_flow.engine.record import RunRecord

    chosen = form or SUFFIXES.get(Path(output or "").suffix.lower(), "mermaid")
    if chosen == "png" and output is None:
        raise click.UsageError("a PNG needs a file: -o FILE, or -o - for the standard output")
    folder = records_here(database).find(run)
    record = RunRecord.open(folder)
    content = _made(chosen, record, folder, scale)
    if output is None or output == "-":
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
    else:
        _write(Path(output), content)
        click.echo(f"{chosen} of run {record.id}: {output}", err=True)
    return 0


def _made(form: str, record: RunRecord, folder: RunFolder, scale: float) -> bytes:
    text: str
    if form == "json":
        from mermaid_flow.engine.record_json import to_json
        from mermaid_flow.render.escaping import json_text

        text = json_text(to_json(record), indent=2) + "\n"
    elif form == "md":
        from mermaid_flow.render.markdown import summary

        text = summary(record)
    elif form == "html":
        from mermaid_flow.render.report import report

        text = report(record, folder.inputs)
    elif form == "mermaid":
        from mermaid_flow.render.mermaid import executed_diagram

        text = executed_diagram(record)
    else:
        return _drawn(form, record, scale)
    return text.encode("utf-8")


def _drawn(form: str, record: RunRecord, scale: float) -> bytes:
    from mermaid_flow.render.drawing import png, svg
    from mermaid_flow.render.overview import drawn_within_limits

    def draw(text: str) -> bytes:
        return png(text, scale) if form == "png" else svg(text).encode("utf-8")

    content, note = drawn_within_limits(record, draw)
    if note:
        click.echo(note, err=True)
    return content


def _write(path: Path, content: bytes) -> None:
    from mermaid_flow.errors import MflowError

    try:
        path.write_bytes(content)
    except OSError as error:
        raise MflowError(f"cannot write {path}: {error.strerror}", code="render.unwritable") from error
