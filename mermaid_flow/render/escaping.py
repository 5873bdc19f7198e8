"""Text from outside, made fit for the place where it is shown. Nothing in labels, logs, vars or errors is trusted.

HTML is escaped by the template engine, SVG by the XML serializer; the rest is here.
"""

from __future__ import annotations

import json
import re

# C0 and C1 controls but for tab and newline, soft and bidirectional controls, separators of lines and paragraphs,
# invisible tags, and halves of surrogate pairs, which cannot even be encoded.
_CONTROLS = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\U000e0000-\U000e007f"
    "\ud800-\udfff]"
)
_CONTROLS_BUT_LINE_ENDS = re.compile(rf"(?!\r\n){_CONTROLS.pattern}")
_NOT_PLAIN = re.compile(r"[^A-Za-z0-9 \x80-\U0010ffff]")


def visible(text: object) -> str:
    """The text with every character that could steer what shows it written as its code: `\\x1b`, `\\u202e`.

    Tabs and newlines stay.
    """
    return _CONTROLS.sub(_code, str(text))


def visible_source(text: str) -> str:
    """`visible` for the text of a diagram, which keeps its line ends."""
    return _CONTROLS_BUT_LINE_ENDS.sub(_code, text)


def one_line(text: object) -> str:
    """`visible` on one line, all white space as single blanks."""
    return " ".join(visible(text).split())


def shortened(text: str, most: int) -> str:
    """At most `most` characters, with an ellipsis where something is left out."""
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def json_text(value: object, indent: int | None = None) -> str:
    """The value as JSON that can be shown anywhere: its strings hold no character that could steer what shows it."""
    text = json.dumps(value, indent=indent, ensure_ascii=False, default=str)
    return _CONTROLS.sub(lambda found: json.dumps(found[0])[1:-1], text)


def markdown(text: object, most: int = 200) -> str:
    """The text as inline code for Markdown and the cells of its tables, shortened to `most` characters.

    Code, since hosts look for mentions, references and links in anything else. Where a code span could not hold the
    text in every Markdown, a `<code>` element does, with everything but letters and digits as entities.
    """
    line = shortened(one_line(text), most)
    if not line:
        return ""
    if any(character in line for character in "`|\\"):
        return f"<code>{_NOT_PLAIN.sub(lambda found: f'&#{ord(found[0])};', line)}</code>"
    return f"`{line}`"


def fenced(text: str, language: str) -> str:
    """The text as a fenced block of Markdown that nothing in it can close. `language` is ours."""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{text.rstrip()}\n{fence}\n"


def _code(found: re.Match[str]) -> str:
    number = ord(found[0])
    if number < 256:
        return f"\\x{number:02x}"
    return f"\\u{number:04x}" if number < 65536 else f"\\U{number:08x}"
