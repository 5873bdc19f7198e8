"""The statements that change how a flowchart looks: `classDef`, `class`, `style`, `linkStyle` and `click`."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from types import MappingProxyType

from mermaid_flow.syntax._flowchart_draft import ChartDraft, appended
from mermaid_flow.syntax.flowchart import ClassUse

_UNESCAPED_COMMA = re.compile(r"(?<!\\),")


def _class_def(chart: ChartDraft, match: re.Match[str]) -> None:
    start, end = match.start("defined"), match.start("defined_end")
    names = match.string[start:end]
    styles = [
        style.replace("\\,", ",")
        for style in _UNESCAPED_COMMA.split(match.string[match.start("class_style") : match.end("CLASS_DEF")])
    ]
    for name in names.split(","):
        chart.class_defs.setdefault(name, []).extend(styles)
        chart.class_definitions.append(ClassUse(name, (), chart.span(start, start + len(name))))
        start += len(name) + 1


def _class(chart: ChartDraft, match: re.Match[str]) -> None:
    text = match.string
    start, end = match.start("classed"), match.start("classed_end")
    place = match.start("class_name")
    name, targets = text[place : match.end("CLASS")], text[start:end]
    chart.class_uses.append(ClassUse(name, tuple(targets.split(",")), chart.span(place, match.end("CLASS"))))
    for target in targets.split(","):
        if not chart.give_class(target, name):
            chart.warn(
                f"there is no {target!r} up to here; Mermaid drops its class", chart.span(start, start + len(target))
            )
        start += len(target) + 1


def _style(chart: ChartDraft, match: re.Match[str]) -> None:
    text = match.string
    start, end = match.start("styled"), match.start("styled_end")
    name = text[start:end]
    if name in chart.edge_ids:
        return
    span = chart.span(start, end)
    if name not in chart.vertices and name not in chart.subgraphs:
        chart.warn(f"there is no {name!r} up to here; Mermaid makes a node of it", span)
    draft = chart.mention(name, span)
    draft.styles = appended(draft.styles, *text[match.start("style") : match.end("STYLE")].split(","))


def _link_style(chart: ChartDraft, match: re.Match[str]) -> None:
    text = match.string
    curve = text[match.start("curve") : match.start("curve_end")] if match.start("curve") >= 0 else ""
    begin = max(match.start("curved_style"), match.start("link_style"))
    styles = tuple(text[begin : match.end("LINK_STYLE")].split(",")) if begin >= 0 else ()
    if match["links"] == "default":
        chart.default_edge_curve = curve or chart.default_edge_curve
        chart.default_edge_style = styles or chart.default_edge_style
        return
    start = match.start("links")
    for number in match["links"].split(","):
        span = chart.span(start, start + len(number))
        start += len(number) + 1
        # Mermaid takes a number with a zero before it for a word.
        if len(number) > 9 or int(number) >= len(chart.edges) or str(int(number)) != number:
            if not chart.sound:
                continue
            count = len(chart.edges)
            known = f"the edges up to here are 0 to {count - 1}" if count else "there is no edge up to here"
            chart.report(f"there is no edge {number}", span, f"{known}; put `linkStyle` after them")
            continue
        edge = chart.edges[int(number)]
        edge.style = styles or edge.style
        if curve:
            edge.properties = {**edge.properties, "curve": curve}


def _click(chart: ChartDraft, match: re.Match[str]) -> None:
    text = match.string
    start = match.start("clicked")
    given = {
        "link": _followed(match["link"]),
        "link_target": match["link_target"],
        "tooltip": match["tooltip"] or match["call_tooltip"],
    }
    if match["called"] is not None:
        given["callback"] = match["called"].strip()
    elif match.start("callback") >= 0:
        given["callback"] = text[match.start("callback") : match.start("callback_end")]
    if given["link"] != match["link"]:
        chart.warn("Mermaid does not follow links that run code", chart.span(*match.span("link")))
    properties = {key: value for key, value in given.items() if value}
    for target in match["clicked"].split(","):
        if target in chart.vertices:
            vertex = chart.vertices[target]
            vertex.properties = {**vertex.properties, **properties}
        if not chart.give_class(target, "clickable"):
            chart.warn(
                f"there is no {target!r} up to here; Mermaid drops its click", chart.span(start, start + len(target))
            )
        start += len(target) + 1


def _followed(link: str | None) -> str | None:
    """The link that is followed on a click. Blanks and codes within a scheme do not stop a browser from running it."""
    compact = re.sub(r"[\s\x00-\x1f\u200b-\u200d\ufeff]", "", html.unescape(link or ""))
    return "about:blank" if re.match(r"(?:javascript|data|vbscript):", compact, re.IGNORECASE) else link


STYLERS: MappingProxyType[str, Callable[[ChartDraft, re.Match[str]], None]] = MappingProxyType(
    {"CLASS_DEF": _class_def, "CLASS": _class, "STYLE": _style, "LINK_STYLE": _link_style, "CLICK": _click}
)
"""How each of these statements changes the chart, by the name of its terminal."""
