"""What the characters of an arrow say: its ends, its stroke and its length, as `destructLink` in Mermaid's
`flowDb.ts` reads them."""

from __future__ import annotations

import functools
from dataclasses import dataclass

from mermaid_flow.syntax.flowchart import Stroke

_ENDS = {"x": "arrow_cross", "o": "arrow_circle", ">": "arrow_point", "<": "arrow_point"}
_LONGEST = 10


@dataclass(frozen=True, slots=True)
class Arrow:
    """`type` and `length` as in `Edge`; `mistake` says in words why the arrow cannot be meant as it is written."""

    type: str
    stroke: Stroke
    length: int
    mistake: str = ""


@functools.cache
def read_arrow(opening: str, closing: str) -> Arrow:
    """The arrow that ends in `closing`. `opening` is the `x`, `o` or `<` before its text, if there is one.

    For an arrow without a text in it, `closing` is all of it.
    """
    mistake = ""
    shaft, end = closing[:-1], _ENDS.get(closing[-1], "")
    if shaft[0] in _ENDS:
        mistake = "this arrow has two beginnings" if opening else ""
        opening, shaft = shaft[0], shaft[1:]
    if opening and _ENDS[opening] != end:
        mistake = mistake or "the two ends of this arrow differ"
    stroke: Stroke = "normal"
    length = len(shaft) - 1
    if "." in shaft:
        stroke, length = "dotted", shaft.count(".")
    elif shaft[0] == "=":
        stroke = "thick"
    elif shaft[0] == "~":
        stroke = "invisible"
    kind = f"double_{end}" if opening else end or "arrow_open"
    return Arrow(kind, stroke, min(length, _LONGEST), mistake)
