"""The words of sequence diagrams: Mermaid's names of the arrows, colours of boxes, texts as people read them."""

from __future__ import annotations

import re
from functools import lru_cache

from mermaid_flow.syntax.entities import unescape

ENTITY_START, ENTITY_END = "\ufdd0", "\ufdd1"
"""Stand for the `#` and `;` of an entity such as `#quot;`, which would otherwise start a comment and end a statement.
Unicode keeps these two characters for such inner uses."""

ARROWS = {
    "->": "SOLID_OPEN",
    "-->": "DOTTED_OPEN",
    "->>": "SOLID",
    "-->>": "DOTTED",
    "<<->>": "BIDIRECTIONAL_SOLID",
    "<<-->>": "BIDIRECTIONAL_DOTTED",
    "-x": "SOLID_CROSS",
    "--x": "DOTTED_CROSS",
    "-)": "SOLID_POINT",
    "--)": "DOTTED_POINT",
    "-|\\": "SOLID_TOP",
    "-|/": "SOLID_BOTTOM",
    "-\\\\": "STICK_TOP",
    "-//": "STICK_BOTTOM",
    "/|-": "SOLID_ARROW_TOP_REVERSE",
    "\\|-": "SOLID_ARROW_BOTTOM_REVERSE",
    "//-": "STICK_ARROW_TOP_REVERSE",
    "\\\\-": "STICK_ARROW_BOTTOM_REVERSE",
}
ARROWS |= {
    arrow.replace("-", "--"): f"{name}_DOTTED" for arrow, name in ARROWS.items() if "TOP" in name or "BOTTOM" in name
}
ARROWS |= {"-X": "SOLID_CROSS", "--X": "DOTTED_CROSS"}

CENTRAL = {
    (False, False): "",
    (False, True): "CENTRAL_CONNECTION",
    (True, False): "CENTRAL_CONNECTION_REVERSE",
    (True, True): "CENTRAL_CONNECTION_DUAL",
}
"""By whether `()` stands at the source's and at the target's end."""

_ENTITY = re.compile(r"#([A-Za-z0-9_]+);")
_HIDDEN_ENTITY = re.compile(rf"{ENTITY_START}([A-Za-z0-9_]+){ENTITY_END}")
_BREAK = re.compile(r"</?br\s*/?>", re.IGNORECASE)
_TAG = re.compile(r"</?[A-Za-z][^<>]*>")
_WRAP = re.compile(r":?(no)?wrap:\s*")
_BOX_COLOUR = re.compile(r"((?:rgba?|hsla?)\s*\([^()]*\)|[A-Za-z0-9_]*)(.*)", re.DOTALL)

_COLOUR_NAMES = frozenset(
    """
    aliceblue antiquewhite aqua aquamarine azure beige bisque black blanchedalmond blue blueviolet brown burlywood
    cadetblue chartreuse chocolate coral cornflowerblue cornsilk crimson currentcolor cyan darkblue darkcyan
    darkgoldenrod darkgray darkgreen darkgrey darkkhaki darkmagenta darkolivegreen darkorange darkorchid darkred
    darksalmon darkseagreen darkslateblue darkslategray darkslategrey darkturquoise darkviolet deeppink deepskyblue
    dimgray dimgrey dodgerblue firebrick floralwhite forestgreen fuchsia gainsboro ghostwhite gold goldenrod gray green
    greenyellow grey honeydew hotpink indianred indigo ivory khaki lavender lavenderblush lawngreen lemonchiffon
    lightblue lightcoral lightcyan lightgoldenrodyellow lightgray lightgreen lightgrey lightpink lightsalmon
    lightseagreen lightskyblue lightslategray lightslategrey lightsteelblue lightyellow lime limegreen linen magenta
    maroon mediumaquamarine mediumblue mediumorchid mediumpurple mediumseagreen mediumslateblue mediumspringgreen
    mediumturquoise mediumvioletred midnightblue mintcream mistyrose moccasin navajowhite navy oldlace olive olivedrab
    orange orangered orchid palegoldenrod palegreen paleturquoise palevioletred papayawhip peachpuff peru pink plum
    powderblue purple rebeccapurple red rosybrown royalblue saddlebrown salmon sandybrown seagreen seashell sienna
    silver skyblue slateblue slategray slategrey snow springgreen steelblue tan teal thistle tomato transparent
    turquoise violet wheat white whitesmoke yellow yellowgreen
    """.split()  # noqa: SIM905 - a list of 150 words reads better as text
)


def hide_entities(text: str) -> str:
    """The text with its entities marked by other characters, each at its old place."""
    return _ENTITY.sub(rf"{ENTITY_START}\1{ENTITY_END}", text) if "#" in text else text


def show_entities(text: str) -> str:
    """The text with its entities as they were written."""
    return text.replace(ENTITY_START, "#").replace(ENTITY_END, ";")


def decode(text: str) -> str:
    """A name or a piece of JSON with its entities decoded."""
    return _HIDDEN_ENTITY.sub(lambda entity: _decoded(entity[1]), text) if ENTITY_START in text else text


@lru_cache(maxsize=512)
def _decoded(name: str) -> str:
    return unescape(f"&#{name};" if name.isdigit() else f"&{name};")


def readable(text: str) -> str:
    """A text as people see it: `<br>` is a line break, other tags are gone, entities decoded, each line trimmed."""
    if "<" in text:
        # Tags first: `#lt;br#gt;` is how one writes about tags.
        text = _TAG.sub("", _BREAK.sub("\n", text))
    text = decode(unescape(text))
    if "\n" in text:
        text = "\n".join(line.strip() for line in text.split("\n"))
    return text.strip()


def split_wrap(text: str) -> tuple[bool | None, str]:
    """What `wrap:` or `nowrap:` before a text asks for (None without one), and the text after it."""
    found = _WRAP.match(text) if "wrap:" in text else None
    return (found[1] is None, text[found.end() :]) if found else (None, text)


def box_colour(text: str) -> tuple[str, str]:
    """The colour that a box's line begins with, `transparent` when it begins with none, and its title."""
    found = _BOX_COLOUR.match(text)
    colour = found[1] if found else ""
    if colour.endswith(")") or colour.lower() in _COLOUR_NAMES:
        return colour, text[len(colour) :].strip()
    return "transparent", text.strip()
