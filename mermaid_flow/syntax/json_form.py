"""A diagram as plain data for JSON: what `mflow parse` prints, and what formatting must not change.

The keys are the names of the AST's fields, which `flowchart.py` and `sequence.py` explain, with these additions:

* the whole has `format` (1; it grows when a key changes its meaning) and `kind`, `flowchart` or `sequence`;
* statements of a sequence diagram have `kind`: `message`, `activation`, `note`, `autonumber`, `lifecycle`, `fragment`;
  a fragment's own kind (`loop`, `alt`, …) is its `fragment`;
* vertices and participants are lists in the order of first mention, not objects by id;
* a place is `{"line", "column", "end_line", "end_column"}`: 1-based in the file, the end exclusive;
* `source` is `{"path", "first_line"}`; a warning is `{"message", "span"}`.

Every key is always there; what a diagram does not say is null, false, or empty.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from math import isfinite
from typing import TypeAlias, cast

from mermaid_flow.syntax.flowchart import Flowchart
from mermaid_flow.syntax.sequence import (
    Activation,
    Autonumber,
    Fragment,
    Lifecycle,
    Message,
    Note,
    SequenceDiagram,
)
from mermaid_flow.syntax.source import Source, Span

Json: TypeAlias = "None | bool | int | float | str | list[Json] | dict[str, Json]"

FORMAT = 1

_STATEMENTS = (Message, Activation, Note, Autonumber, Lifecycle, Fragment)


def to_json(diagram: Flowchart | SequenceDiagram) -> dict[str, Json]:
    """The whole diagram with places."""
    kind = "flowchart" if isinstance(diagram, Flowchart) else "sequence"
    return {"format": FORMAT, "kind": kind, **_fields(diagram, diagram.source, with_places=True)}


def meaning(diagram: Flowchart | SequenceDiagram) -> dict[str, Json]:
    """What a diagram says, wherever in the text it says it: without places, source and warnings."""
    return _fields(diagram, diagram.source, with_places=False)


def _fields(value: object, source: Source, *, with_places: bool) -> dict[str, Json]:
    assert is_dataclass(value)  # noqa: S101 - the AST is made of nothing else
    form: dict[str, Json] = {}
    if isinstance(value, _STATEMENTS):
        form["kind"] = type(value).__name__.lower()
    for field in fields(value):
        name, item = field.name, getattr(value, field.name)
        if name == "kind":
            name = "fragment"
        if name in ("source", "warnings") and isinstance(value, Flowchart | SequenceDiagram):
            if not with_places:
                continue
            form[name] = _source(item) if name == "source" else [_warning(text, place, source) for text, place in item]
        elif name in ("vertices", "participants"):
            form[name] = [_json(part, source, with_places) for part in item.values()]
        elif with_places or not (name == "span" or name.endswith("_span")):
            form[name] = _json(item, source, with_places)
    return form


def _json(value: object, source: Source, with_places: bool) -> Json:
    if isinstance(value, Span):
        return _place(value, source)
    if is_dataclass(value):
        return _fields(value, source, with_places=with_places)
    if isinstance(value, Mapping):
        return {str(key): _json(item, source, with_places) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [_json(item, source, with_places) for item in value]
    # JSON knows no infinity, and the front matter may hold one.
    is_plain = value is None or isinstance(value, bool | int | str) or (isinstance(value, float) and isfinite(value))
    return cast(Json, value) if is_plain else str(value)


def _place(span: Span, source: Source) -> dict[str, Json]:
    line, column = source.position(span.start)
    end_line, end_column = source.position(span.end)
    return {"line": line, "column": column, "end_line": end_line, "end_column": end_column}


def _source(source: Source) -> dict[str, Json]:
    return {"path": source.path, "first_line": source.first_line}


def _warning(message: str, span: Span, source: Source) -> dict[str, Json]:
    return {"message": message, "span": _place(span, source)}
