"""Mermaid text as a picture. The only module that knows the library which draws: `mermaid-render`, without a browser.

It is an extra, since most machines that run diagrams draw none. Labels, ids and styles come from diagrams that nobody
has vouched for, so only elements and attributes that a drawing needs get through, and no `style` attribute: a page
with a strict content security policy can hold the result.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Literal
from xml.etree import ElementTree as ET

from mermaid_flow.errors import MflowError
from mermaid_flow.render.escaping import one_line, visible_source

LIMIT = 50_000
"""Characters of Mermaid text that the library takes, as Mermaid itself does."""

_NAMESPACE = "http://www.w3.org/2000/svg"
_ELEMENTS = frozenset(
    ("svg", "g", "rect", "path", "circle", "ellipse", "polygon", "polyline", "line", "text", "tspan", "title", "desc")
)
_PRESENTATION = frozenset[str]().union(
    ("fill", "fill-opacity", "stroke", "stroke-width", "stroke-dasharray", "stroke-dashoffset", "stroke-linecap"),
    ("stroke-linejoin", "stroke-opacity", "opacity", "rx", "font-size", "font-weight", "font-style", "font-family"),
    ("text-anchor", "text-decoration"),
)
_ATTRIBUTES = _PRESENTATION.union(
    ("id", "class", "data-id", "d", "points", "x", "y", "x1", "y1", "x2", "y2", "cx", "cy", "r", "ry", "width"),
    ("height", "viewBox", "transform", "role", "aria-label", "aria-labelledby", "aria-describedby"),
    ("aria-roledescription", "{http://www.w3.org/XML/1998/namespace}space"),
)
_HARMLESS = re.compile(r"(?:[^(]|(?<=var)\(|(?<=rgb)\(|(?<=rgba)\(|(?<=hsl)\(|(?<=hsla)\(|(?<=color-mix)\()*")
"""A colour or length; above all no `url(…)`, which would fetch something."""

_PALETTE = {
    "#172D4A": "var(--drawing-text)",
    "#596579": "var(--drawing-muted)",
    "#000000": "var(--drawing-line)",
    "#E5EFFA": "var(--drawing-box)",
    "#F0F4FA": "var(--drawing-group)",
    "#4472C4": "var(--drawing-border)",
    "#FFFFFF": "var(--drawing-paper)",
}
"""The colours of the library's default theme, and the custom properties that stand for them in a page."""
_THEME_COLOUR = re.compile("|".join(_PALETTE))


class DrawingTooLarge(MflowError):
    """The text is longer, or takes longer, than the library allows."""


def svg(text: str) -> str:
    """The diagram as a complete SVG file, on white paper. Boxes and arrows keep their ids (`data-id`) and classes.

    Raises DrawingTooLarge, or another MflowError when the extra is missing or the library cannot read the text.
    """
    root = _drawn(text)
    root.set("xmlns", _NAMESPACE)
    root.set("font-family", "Noto Sans, sans-serif")
    root.set("font-size", "16")
    root.insert(0, ET.Element("rect", {"width": "100%", "height": "100%", "fill": "#FFFFFF"}))
    return ET.tostring(root, encoding="unicode")


def inline_svg(text: str, title: str) -> str:
    """The diagram as an `<svg>` element to stand in a page, which sets the theme's colours by `--drawing-…` properties.

    `title` is what a screen reader says.
    """
    root = _drawn(text, themed=True)
    root.set("role", "img")
    root.set("aria-label", one_line(title))
    return ET.tostring(root, encoding="unicode")


def png(text: str, scale: float = 2.0) -> bytes:
    """The diagram as PNG on white paper, `scale` pixels for each pixel of the SVG. Raises as `svg` does."""
    return _converted(text, "png", scale=scale)


def _drawn(text: str, *, themed: bool = False) -> ET.Element:
    drawn = _converted(text, "svg").decode("utf-8").replace(f' xmlns="{_NAMESPACE}"', "", 1)
    root = ET.fromstring(drawn)  # noqa: S314 - the library has just serialized it
    _clean(root, themed)
    return root


def _clean(element: ET.Element, themed: bool) -> None:
    style = element.attrib.pop("style", "")
    if themed:
        # Before the styles are put in: colours that the author or a state gave are no colours of the theme.
        for name in {"fill", "stroke"} & element.attrib.keys():
            element.set(name, _THEME_COLOUR.sub(lambda found: _PALETTE[found[0]], element.attrib[name]))
    for name, value in _declarations(style):
        element.set(name, value)
    for name in list(element.attrib):
        if name not in _ATTRIBUTES or (name in _PRESENTATION and not _HARMLESS.fullmatch(element.attrib[name])):
            del element.attrib[name]
    for child in list(element):
        if child.tag in _ELEMENTS:
            _clean(child, themed)
        else:
            element.remove(child)


def _declarations(style: str) -> list[tuple[str, str]]:
    pairs = (declaration.partition(":") for declaration in style.split(";"))
    return [(name.strip(), value.strip()) for name, _, value in pairs if name.strip() in _PRESENTATION]


def _converted(text: str, form: Literal["svg", "png"], **options: float) -> bytes:
    convert = _library()
    text = visible_source(text)  # XML has no place for control characters
    if len(text) > LIMIT:
        raise _too_large(f"the diagram has {len(text):,} characters; up to {LIMIT:,} can be drawn")
    try:
        return convert(text, format=form, **options)
    except ValueError as error:
        message = str(error)
        if re.search(r"\blimit\b|interrupted|memory", message):
            raise _too_large(f"the diagram is too large to be drawn: {message}") from error
        raise MflowError(f"the diagram cannot be drawn: {message}", code="render.drawing") from error


def _too_large(message: str) -> DrawingTooLarge:
    return DrawingTooLarge(message, code="render.limit", hint="take it as Mermaid text: `--format mermaid`")


def _library() -> Callable[..., bytes]:
    try:
        from mermaid_render import convert  # noqa: PLC0415 - an extra, and slow to import
    except ImportError:
        raise MflowError(
            "drawing needs the extra `render`, which is not installed",
            code="render.missing",
            hint="pip install 'mermaid-flow[render]'; Mermaid text (`--format mermaid`) needs no extra",
        ) from None
    found: Callable[..., bytes] = convert
    return found
