"""Two flowcharts as one: the second, with what only the first has added to it; boxes and arrows are marked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from mermaid_flow.render.comparison.model import Comparison, Fate
from mermaid_flow.render.flowchart import painted
from mermaid_flow.render.labels import quoted_label
from mermaid_flow.render.looks import BoxStyle, LineStyle
from mermaid_flow.syntax import parse
from mermaid_flow.syntax.flowchart import Flowchart
from mermaid_flow.syntax.source import Source

_BOXES: Mapping[str, BoxStyle] = MappingProxyType(
    {
        Fate.ADDED: BoxStyle("#cfe4fb", "#0b63b8", "#07223f", 3),
        Fate.REMOVED: BoxStyle("#fbdcc9", "#b93a05", "#4a1600", 2, "6 4"),
        Fate.CHANGED: BoxStyle("#fff0b0", "#946f00", "#3a2c00", 4),
        "same": BoxStyle("#ffffff", "#6b7178", "#24292f", 1),
    }
)
_LINES: Mapping[str, LineStyle] = MappingProxyType(
    {
        Fate.ADDED: LineStyle("#2f7fd1", 3),
        Fate.REMOVED: LineStyle("#d9480f", 2, "6 4"),
        "same": LineStyle("#7b828a", 1),
    }
)


def both_flowcharts(found: Comparison, after: Flowchart) -> str:
    """Both diagrams in one, as Mermaid text: added in blue, removed dashed, changed in yellow."""
    text = after.source.text
    text += "" if text.endswith("\n") else "\n"
    text += "".join(f"{line}\n" for line in _removed(found))
    both = parse(Source(text))
    assert isinstance(both, Flowchart)  # noqa: S101 - it begins as a flowchart does
    fates = {node.id: node.fate.value for node in found.nodes}
    added = {arrow.index for arrow in found.arrows if arrow.fate is Fate.ADDED}
    arrows = {
        edge.index: "same" if edge.index < len(after.edges) else Fate.REMOVED.value
        for edge in both.edges
        if edge.stroke != "invisible"
    }
    arrows.update(dict.fromkeys(added, Fate.ADDED.value))
    return painted(
        both,
        boxes={node: fates.get(node, "same") for node in both.vertices},
        box_styles={str(name): style.css for name, style in _BOXES.items()},
        arrows=arrows,
        arrow_styles={str(name): style.css for name, style in _LINES.items()},
    )


def _removed(found: Comparison) -> Iterator[str]:
    """What only the first diagram has, as statements: its ids are free in the second."""
    for node in found.nodes:
        if node.fate is Fate.REMOVED:
            yield f'{node.id}["{quoted_label(node.label or node.id)}"]'
    for arrow in found.arrows:
        if arrow.fate is Fate.REMOVED:
            label = f'|"{quoted_label(arrow.label)}"|' if arrow.label else ""
            yield f"{arrow.start} -->{label} {arrow.end}"
