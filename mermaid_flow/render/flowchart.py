"""Flowcharts painted over: the text as its author wrote it, and after it only `classDef`, `class` and `linkStyle`.

That way a picture of a run is ordinary Mermaid, which every host that draws Mermaid can show.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from typing import TypeVar

from mermaid_flow.engine.record import RunRecord
from mermaid_flow.render.looks import BOXES, LINES, Look, arrow_statuses, node_look
from mermaid_flow.syntax.flowchart import Flowchart

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value", bound=Hashable)


def executed_flowchart(record: RunRecord, diagram: Flowchart) -> str:
    """A run drawn on its diagram."""
    looks = {node.id: node_look(node).value for node in record.nodes.values()}
    arrows = arrow_statuses(record)
    return painted(
        diagram,
        boxes=looks,
        box_styles={look.value: BOXES[look].css for look in Look},
        arrows={index: status.value for index, status in arrows.items()},
        arrow_styles={status.value: style.css for status, style in LINES.items()},
    )


def painted(
    diagram: Flowchart,
    *,
    boxes: Mapping[str, str],
    box_styles: Mapping[str, str],
    arrows: Mapping[int, str],
    arrow_styles: Mapping[str, str],
) -> str:
    """The diagram's own text with a style for each node in `boxes` and each arrow in `arrows`.

    The values of `boxes` and `arrows` are names of styles. A node whose id has a comma in it cannot be given a class
    in Mermaid and keeps its looks.
    """
    prefix = _free_prefix(diagram)
    members = _grouped({node: style for node, style in boxes.items() if "," not in node})
    lines = [f"classDef {prefix}_{style} {box_styles[style]}" for style in box_styles if style in members]
    lines += [f"class {','.join(members[style])} {prefix}_{style}" for style in box_styles if style in members]
    drawn = _grouped(arrows)
    lines += [f"linkStyle {_joined(drawn[style])} {arrow_styles[style]}" for style in arrow_styles if style in drawn]
    text = diagram.source.text
    return text + ("" if text.endswith("\n") else "\n") + "".join(f"{line}\n" for line in lines)


def _free_prefix(diagram: Flowchart) -> str:
    """What begins the names of our classes: something that no class of the author's begins with."""
    taken = {*diagram.class_defs, *(use.name for use in diagram.class_uses)}
    taken.update(name for vertex in diagram.vertices.values() for name in vertex.classes)
    number, prefix = 1, "mflow"
    while any(name.startswith(f"{prefix}_") for name in taken):
        number += 1
        prefix = f"mflow{number}"
    return prefix


def _grouped(styles: Mapping[Key, Value]) -> dict[Value, list[Key]]:
    groups: dict[Value, list[Key]] = {}
    for key, style in styles.items():
        groups.setdefault(style, []).append(key)
    return groups


def _joined(indexes: Iterable[int]) -> str:
    return ",".join(map(str, indexes))
