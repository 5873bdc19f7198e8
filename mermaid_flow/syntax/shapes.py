"""The names of node shapes: what may be written in `@{ shape: … }`, what the brackets stand for, and the one short name
that each of them comes down to. From Mermaid 12.3.0 (`shapes.ts`)."""

from __future__ import annotations

from types import MappingProxyType

_ALIASES = """
    rect: proc process rectangle
    rounded: event
    stadium: terminal pill
    fr-rect: subprocess subproc framed-rectangle subroutine
    cyl: db database cylinder
    datastore: data-store
    folder: directory
    circle: circ
    diam: decision diamond question
    hex: hexagon prepare
    lean-r: lean-right in-out
    lean-l: lean-left out-in
    trap-b: priority trapezoid-bottom trapezoid
    trap-t: manual trapezoid-top inv-trapezoid
    dbl-circ: double-circle doublecircle
    notch-rect: card notched-rectangle
    lin-rect: lined-rectangle lined-process lin-proc shaded-process
    sm-circ: start small-circle
    fr-circ: stop framed-circle
    fork: join
    hourglass: collate
    brace: comment brace-l
    bolt: com-link lightning-bolt
    doc: document
    delay: half-rounded-rectangle
    h-cyl: das horizontal-cylinder
    lin-cyl: disk lined-cylinder
    curv-trap: curved-trapezoid display
    div-rect: div-proc divided-rectangle divided-process
    tri: extract triangle
    win-pane: internal-storage window-pane
    f-circ: junction filled-circle
    notch-pent: loop-limit notched-pentagon
    flip-tri: manual-file flipped-triangle
    sl-rect: manual-input sloped-rectangle
    docs: documents st-doc stacked-document
    st-rect: procs processes stacked-rectangle
    bow-rect: stored-data bow-tie-rectangle
    cross-circ: summary crossed-circle
    tag-doc: tagged-document
    tag-rect: tagged-rectangle tag-proc tagged-process
    flag: paper-tape
    lin-doc: lined-document
"""
_WITHOUT_ALIAS = """
    bucket console browser person bang cloud text brace-r braces odd
    state choice note composite icon anchor bpmn-start bpmn-intermediate bpmn-boundary bpmn-end bpmn-gateway
    bpmn-activity bpmn-data bpmn-data-store bpmn-annotation
"""


def _named_shapes() -> dict[str, str]:
    shapes = {name: name for name in _WITHOUT_ALIAS.split()}
    for line in _ALIASES.strip().splitlines():
        short, _, aliases = line.strip().partition(": ")
        shapes.update(dict.fromkeys([short, *aliases.split()], short))
    return shapes


SHAPES = MappingProxyType(_named_shapes())
"""Every name that `@{ shape: … }` takes, with its short name."""

BRACKET_SHAPES = MappingProxyType(
    {
        "square": "rect",
        "round": "rounded",
        "stadium": "stadium",
        "subroutine": "fr-rect",
        "cylinder": "cyl",
        "circle": "circle",
        "doublecircle": "dbl-circ",
        "ellipse": "ellipse",
        "odd": "odd",
        "diamond": "diam",
        "hexagon": "hex",
        "lean_right": "lean-r",
        "lean_left": "lean-l",
        "trapezoid": "trap-b",
        "inv_trapezoid": "trap-t",
        "rect": "rect",
    }
)
"""Mermaid's names for the bracket forms, with the short names of their shapes. `rect` is the form with properties."""


def short_name(written: str | None) -> str:
    """The short name of a shape or bracket form; a node without either is a `rect`."""
    if written is None:
        return "rect"
    return BRACKET_SHAPES.get(written) or SHAPES[written]
