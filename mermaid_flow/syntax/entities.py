"""What people see of a label: character codes resolved, `<br>` as a line end, other tags gone."""

from __future__ import annotations

import html
import re

_CODE = re.compile(r"#(\w+);", re.ASCII)
_BREAK = re.compile(r"</?br(?:[\s/][^>]*)?>", re.IGNORECASE)
# A browser takes a tag that is never closed for one that goes on to the end.
_TAG = re.compile(r"<[A-Za-z/!?][^>]*(?:>|\Z)")
_HTML_CODE = re.compile(
    r"&(?:#(?P<decimal>\d{1,7})(?!\d)|#[xX](?P<hexadecimal>[0-9a-fA-F]{1,6})(?![0-9a-fA-F])|\w{2,31});?"
)
_HIDDEN = re.compile(r"<(script|style|iframe|noscript|template|title|xmp)[\s>]", re.IGNORECASE)


def decode_label(text: str) -> str:
    """The words of a label as a browser shows them.

    `#quot;` and `#9829;` are Mermaid's codes, `&quot;` HTML's; `<br>` becomes a newline and each line is trimmed.
    """
    if "<" in text:
        text = _TAG.sub("", _BREAK.sub("\n", _without_hidden(text)))
    if "#" in text:
        text = _CODE.sub(lambda code: f"&#{code[1]};" if code[1].isdigit() else f"&{code[1]};", text)
    text = unescape(text)
    if "\n" in text:
        return "\n".join([line.strip() for line in text.strip().split("\n")])
    return text.strip()


def unescape(text: str) -> str:
    """The text with its HTML codes resolved as a browser resolves them, which for some it does without a `;`."""
    return _HTML_CODE.sub(_character, text) if "&" in text else text


def _character(code: re.Match[str]) -> str:
    # Python drops codes of control characters, a browser keeps the characters.
    resolved = html.unescape(code[0])
    return resolved or chr(int(code["decimal"] or code["hexadecimal"], 10 if code["decimal"] else 16))


def _without_hidden(text: str) -> str:
    """The text without the tags whose contents no browser shows, such as scripts."""
    kept: list[str] = []
    position = 0
    while opening := _HIDDEN.search(text, position):
        kept.append(text[position : opening.start()])
        closing = re.compile(f"</{opening[1]}", re.IGNORECASE).search(text, opening.end())
        position = closing.start() if closing else len(text)
    kept.append(text[position:])
    return "".join(kept)
