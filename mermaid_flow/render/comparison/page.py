"""A comparison as one HTML file that needs nothing else; it looks as the report of a run does."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from mermaid_flow.errors import MflowError
from mermaid_flow.render.comparison.model import Comparison
from mermaid_flow.render.comparison.text import SIGNS
from mermaid_flow.render.drawing import inline_svg
from mermaid_flow.render.report import environment, source_hash, style

_FOLDER = Path(str(files("mermaid_flow.render.comparison")))


def as_page(found: Comparison, drawing: str) -> str:
    """The HTML. `drawing` is both as Mermaid text, which is shown as it is when it cannot be drawn.

    Raises MflowError when the extra `render` is missing.
    """
    try:
        picture, note = inline_svg(drawing, f"{found.before} and {found.after} as one diagram"), ""
    except MflowError as error:
        if error.code == "render.missing":
            raise
        picture, note = "", error.message
    css = style() + (_FOLDER / "page.css").read_text(encoding="utf-8")
    return (
        environment(_FOLDER)
        .get_template("comparison.html")
        .render(
            found=found,
            drawing=picture,
            note=note,
            mermaid=drawing,
            signs=SIGNS,
            parts=[("Nodes", found.nodes), ("Participants", found.participants), ("Steps", found.steps)],
            style=css,
            style_hash=source_hash(css),
        )
    )
