"""What stands in a node's brackets and in its `@{…}`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TypeAlias

from mermaid_flow.errors import did_you_mean
from mermaid_flow.syntax._flowchart_draft import ChartDraft, VertexDraft, appended
from mermaid_flow.syntax.entities import decode_label
from mermaid_flow.syntax.flowchart import Definition
from mermaid_flow.syntax.shapes import SHAPES
from mermaid_flow.syntax.source import Span

# Opening, closing and Mermaid's name of the form. The first whose opening fits is the one the grammar has matched.
_FORMS = (
    ("(((", ")))", "doublecircle"),
    ("((", "))", "circle"),
    ("([", "])", "stadium"),
    ("(-", "-)", "ellipse"),
    ("[[", "]]", "subroutine"),
    ("[(", ")]", "cylinder"),
    ("{{", "}}", "hexagon"),
    (">", "]", "odd"),
)
_PLAIN_FORMS = {"[": "square", "(": "round", "{": "diamond"}
_SLOPED_FORMS = {"//": "lean_right", "\\\\": "lean_left", "/\\": "trapezoid", "\\/": "inv_trapezoid"}

# Words that YAML reads as something else than a string are left to it, and so is what it escapes or folds.
_SIMPLE_PAIR = re.compile(
    r"""[ ]*+([A-Za-z]++):[ ]++(?:"([^"\\\n]++)"|(?!(?:true|false|null)\b)([a-z][a-z-]*+))[ ]*+(?:,|\Z)"""
)

NODE_KEYS = frozenset(("shape", "label", "labelType", "icon", "form", "pos", "img", "constraint", "w", "h"))
EDGE_KEYS = frozenset(("animate", "animation", "curve", "step"))


# Plain tuples: one of each is made for nearly every node.
Text: TypeAlias = tuple[str, str, int, int]
"""A label: what people read; text, string or markdown; and where it stands, without its quotes: start and end."""
Bracket: TypeAlias = tuple[str, Text, str]
"""The brackets of a node: Mermaid's name of the form, the label, and the `key:value` of `[|key:value|…]`."""


def read_bracket(text: str, start: int, end: int) -> Bracket:
    """The bracket form in a range of the text, as the grammar has matched it."""
    form = _PLAIN_FORMS.get(text[start], "")
    second = text[start + 1]
    if second not in "([{-/\\|" and form:
        return form, read_label(text, start + 1, end - 1), ""
    if form == "square" and second in "/\\":
        return _SLOPED_FORMS[second + text[end - 2]], read_label(text, start + 2, end - 2), ""
    if form == "square" and second == "|":
        bar = text.index("|", start + 2)
        return "rect", read_label(text, bar + 1, end - 1), text[start + 2 : bar]
    for opening, closing, name in _FORMS:
        if text.startswith(opening, start):
            return name, read_label(text, start + len(opening), end - len(closing)), ""
    # A hyphen or a slash that only begins the label, as in `[-1]`.
    return form, read_label(text, start + 1, end - 1), ""


def read_label(text: str, start: int, end: int) -> Text:
    """The label in a range of the text: plain words, `"a string"` or a Markdown string."""
    raw = text[start:end]
    if '"' in raw:
        return _read_quoted(raw, start)
    words = raw.strip()
    if words != raw:
        start += raw.find(words)
    return decode_label(words), "text", start, start + len(words)


def _read_quoted(raw: str, start: int) -> Text:
    # Empty quotes mean nothing to Mermaid wherever they stand: `"a \"b\""` is a string, a word and empty quotes.
    begin = len(raw) - len(raw.lstrip())
    while raw.startswith('""', begin):
        begin += 2
    kind = "markdown" if raw.startswith('"`', begin) else "string" if raw.startswith('"', begin) else "text"
    if kind == "text":
        words, rest = raw[begin:], ""
    else:
        begin += 2 if kind == "markdown" else 1
        words, _, rest = raw[begin:].partition('`"' if kind == "markdown" else '"')
    return decode_label((words + rest).replace('""', "")), kind, start + begin, start + begin + len(words)


def apply_data(chart: ChartDraft, draft: VertexDraft, text: str, start: int, end: int) -> None:
    """Give a node the keys of the `@{…}` in a range of the text."""
    span = chart.span(start, end)
    data = _read_data(chart, text[start:end], span)
    if draft.id in chart.subgraphs:
        subgraph = chart.subgraphs[draft.id]
        subgraph.properties = {**subgraph.properties, **{key: _words(value) for key, value in data.items()}}
        return
    _warn_of_unknown(chart, data, NODE_KEYS, span)
    shape = data.get("shape")
    if shape and not (isinstance(shape, str) and shape in SHAPES):
        place = text.find(str(shape), start, end)
        where = chart.span(place, place + len(str(shape))) if place >= 0 else span
        chart.report(f"there is no shape {str(shape)!r}", where, did_you_mean(str(shape), SHAPES))
        return
    if shape:
        draft.type = str(shape)
    label = data.get("label")
    if label:
        draft.label = decode_label(_words(label))
        kind = data.get("labelType")
        draft.label_type = kind if kind in ("markdown", "string", "text") else "markdown"
        # The words may stand in another key too.
        place = text.find(str(label), max(text.find("label", start, end), start), end)
        draft.label_span = chart.span(place, place + len(str(label))) if place >= 0 else span
    elif label is not None:
        chart.warn("Mermaid ignores an empty label", span)
    if shape or label:
        definition = Definition(draft.label if label else None, draft.type if shape else None, span)
        draft.definitions = appended(draft.definitions, definition)
    kept = {key: _words(data[key]) for key in ("icon", "form", "pos", "img", "constraint", "w", "h") if data.get(key)}
    draft.properties = {**draft.properties, **kept}
    if (data.get("icon") or data.get("img")) and not label and draft.label == draft.id:
        draft.label = ""


def apply_edge_data(chart: ChartDraft, name: str, match: re.Match[str]) -> None:
    """Give an edge, mentioned by its id, the class and the `@{…}` behind it."""
    bracket_end, class_end, node_end = match.end("bracket_end"), match.end("class_end"), match.end("node_end")
    if class_end > bracket_end:
        chart.give_class(name, match.string[bracket_end + 3 : class_end])
    if node_end > class_end:
        span = chart.span(class_end, node_end)
        data = _read_data(chart, match.string[class_end:node_end], span)
        _warn_of_unknown(chart, data, EDGE_KEYS, span)
        edge = chart.edge_ids[name]
        edge.properties = {**edge.properties, **{key: _words(data[key]) for key in sorted(EDGE_KEYS & data.keys())}}


def _read_data(chart: ChartDraft, text: str, span: Span) -> dict[str, object]:
    """The keys of one or more `@{…}` written one after another."""
    from mermaid_flow.syntax.yaml_value import YamlProblem, read_data  # noqa: PLC0415 - as in `preprocess`

    hint = "one line takes `key: value, key: value`; several lines take one `key: value` each, without commas"
    content = _content(text)
    simple = _simple_mapping(content)
    if simple is not None:
        return simple
    try:
        value = read_data(content)
    except YamlProblem as problem:
        chart.report(f"this is not valid YAML: {problem.message}", span, hint)
        return {}
    if isinstance(value, dict):
        return {str(key): item for key, item in value.items()}
    chart.report("there is no `key: value` in this", span, hint)
    return {}


def _content(text: str) -> str:
    """The YAML of `@{…}@{…}`. A line end within quotes is a `<br/>`."""
    parts = text[2:-1].split('"')
    for index, part in enumerate(parts):
        if index % 2:
            parts[index] = re.sub(r"\n\s*", "<br/>", part)
        else:
            parts[index] = part.replace("}@{", "")
    return '"'.join(parts)


def _simple_mapping(content: str) -> dict[str, object] | None:
    """The value of `key: word, key: "a text"`, as most are: YAML takes fifty times as long. None for anything else."""
    result: dict[str, object] = {}
    position = 0
    while position < len(content):
        pair = _SIMPLE_PAIR.match(content, position)
        if pair is None or pair[1] in result:
            return None
        result[pair[1]] = pair[2] or pair[3]
        position = pair.end()
    return result


def _warn_of_unknown(chart: ChartDraft, data: Mapping[str, object], known: Iterable[str], span: Span) -> None:
    for key in data:
        if key not in known:
            close = did_you_mean(key, known)
            chart.warn(f"Mermaid ignores the key {key!r}" + (f"; {close}" if close else ""), span)


def _words(value: object) -> str:
    """A value of YAML in the words that JavaScript has for it."""
    if isinstance(value, list):
        return ",".join(map(_words, value))
    if isinstance(value, float):
        return _decimal(value)
    return str(value).lower() if isinstance(value, bool) else "" if value is None else str(value)


def _decimal(number: float) -> str:
    if number.is_integer() and abs(number) < 1e21:
        return str(int(number))
    return str(number).replace("inf", "Infinity").replace("nan", "NaN").replace("e-0", "e-")
