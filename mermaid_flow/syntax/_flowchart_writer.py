"""The statements of a flowchart as they should look."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mermaid_flow.syntax._flowchart_lexer import Lexeme, Statement
from mermaid_flow.syntax._layout import STATEMENT_END, Unit
from mermaid_flow.syntax.flowchart_parser import read_statements
from mermaid_flow.syntax.preprocess import Prepared

_ACCESSIBILITY_LINE = re.compile(r"(acc(?:Title|Descr))\s*:\s*([^\n]*)")
_ENTITY = re.compile(r"#\w+")
_BLANKS = re.compile(r"[^\S\n]+")
_AFTER_KEYWORD = re.compile(r"(?<=\w)[^\S\n]+")
_BEFORE_BAR = re.compile(r"\A((?:[^\s@]+@)?[xo<]?[\-=.~]+[>xo]?)\s+\|")
_AFTER_OPENING = re.compile(r"\A((?:[^\s@]+@)?[xo<]?(?:--|==|-\.))\s+")
_BEFORE_CLOSING = re.compile(r"\s+([xo<]?[\-=.]+[\->=xo]?)\Z")


def flowchart_units(prepared: Prepared) -> Iterator[Unit]:
    """The statements of a text that is known to be good."""
    for statement in read_statements(prepared):
        yield from _units(prepared, statement)


def _units(prepared: Prepared, statement: Statement) -> Iterator[Unit]:
    if isinstance(statement, list):
        yield _unit(prepared, statement, " ".join(_piece(lexeme) for lexeme in statement))
    elif isinstance(statement, Lexeme):
        text = _text(statement)
        if statement.type == "HEADER":
            yield _unit(prepared, [statement], _BLANKS.sub(" ", text), after=1)
        elif statement.type == "ACCESSIBILITY":
            yield _unit(prepared, [statement], _accessibility(text), is_block=True)
        else:
            yield _unit(prepared, [statement], _AFTER_KEYWORD.sub(" ", text, count=1))
    else:
        opening, body, end = statement
        # Blanks at its end count: `subgraph S ` is not `subgraph S`.
        text = _with_blanks(opening.match[0].lstrip())
        yield _unit(prepared, [opening], _AFTER_KEYWORD.sub(" ", text, count=1), after=1)
        for inner in body:
            yield from _units(prepared, inner)
        yield _unit(prepared, [end], "end", before=-1)


def _unit(
    prepared: Prepared, lexemes: list[Lexeme], text: str, *, before: int = 0, after: int = 0, is_block: bool = False
) -> Unit:
    whole = prepared.text[lexemes[0].start_pos : lexemes[-1].match.end()]
    written = whole.lstrip()
    start = lexemes[0].start_pos + len(whole) - len(written)
    place = prepared.span(start, start + len(_without_end(written)))
    return Unit(*place, text, _with_blanks(written), before, after, is_block)


def _text(lexeme: Lexeme) -> str:
    return _without_end(lexeme.match[0].lstrip())


def _without_end(text: str) -> str:
    """A statement without the blanks and semicolons behind it, of which the first may be the end of `#quot;`."""
    rest = text.rstrip(STATEMENT_END)
    is_entity = text.startswith(";", len(rest)) and _ENTITY.fullmatch(rest, max(0, rest.rfind("#")))
    return f"{rest};" if is_entity else rest


def _piece(lexeme: Lexeme) -> str:
    """A node, an arrow or an `&`. Only the blanks between an arrow and its text are ours to change."""
    text = _text(lexeme)
    if lexeme.type == "LINK":
        text = _BEFORE_CLOSING.sub(r" \1", _AFTER_OPENING.sub(r"\1 ", _BEFORE_BAR.sub(r"\1|", text)))
    return text


def _accessibility(text: str) -> str:
    line = _ACCESSIBILITY_LINE.fullmatch(text)
    if line:
        return f"{line[1]}: {line[2]}".rstrip()
    block = text[text.index("{") + 1 :].removesuffix("}")
    return "\n".join(["accDescr {", *(f"    {part.strip()}".rstrip() for part in block.strip().split("\n")), "}"])


def _with_blanks(text: str) -> str:
    """A statement without its line end, but with the blanks before it."""
    rest = _without_end(text)
    blanks = _BLANKS.match(text, len(rest))
    return f"{rest}{blanks[0]}" if blanks else rest
