"""Why a sequence diagram cannot be read, for a human: what stands where it must not, and what was probably meant.

The parser stops at whole statements. This module looks into the statement for the first part that does not fit, and
remembers what it has said, so that one mistake does not come back as three.
"""

from __future__ import annotations

import difflib
import re
from typing import cast

from lark.exceptions import UnexpectedInput, UnexpectedToken
from lark.parsers.lalr_interactive_parser import InteractiveParser

from mermaid_flow.errors import MflowError, did_you_mean
from mermaid_flow.syntax._sequence_lexer import Run
from mermaid_flow.syntax._sequence_texts import ARROWS
from mermaid_flow.syntax.preprocess import Prepared
from mermaid_flow.syntax.problems import SyntaxProblem

_OPENING = ("loop", "opt", "break", "rect", "alt", "par", "par_over", "critical", "box")
_BRANCH_WORDS = {"alt": "else", "par": "and", "par_over": "and", "critical": "option"}
_STATEMENTS = (
    *_OPENING,
    *("else", "and", "option", "end", "note", "participant", "actor", "create", "destroy", "activate", "deactivate"),
    *("autonumber", "title", "accTitle", "accDescr", "link", "links", "properties", "details"),
)
_HINTS = {
    "note": "write `Note over A: text`, `Note over A,B: text`, `Note left of A: text` or `Note right of A: text`",
    "create": "write `create participant A` or `create actor A`",
    "autonumber": "write `autonumber`, `autonumber 10`, `autonumber 10 5` or `autonumber off`, and no blanks behind it",
    "links": 'write `links A: {"text": "https://…"}`',
    "link": "write `link A: text @ https://…`",
    "properties": 'write `properties A: {"class": "…"}`',
    "details": "write `details A: element-id`",
    "title": "write the title behind it: `title Orders`",
}

_MOST_UNCLOSED = 10
_EXAMPLE = "a message is written `A->>B: text`"

_KEYWORD = re.compile(
    r"(?:box|participant|actor|create|destroy|loop|rect|opt|alt|else|par|par_over|and|critical|option|break|end|over|note"
    r"|activate|deactivate|sequencediagram|autonumber|off|left of|right of)(?![A-Za-z0-9_])",
    re.IGNORECASE,
)
_WORD = re.compile(r"[A-Za-z_]+")
_LAST_WORD = re.compile(r"[A-Za-z_]+[^\S\n]*\Z")
_STATEMENT = re.compile(r"([^\n;]*+)[\s;]*+")
_MARK = re.compile(r"\s*(?:\(\)|[+-])?")
_ARROW = re.compile("|".join(re.escape(arrow) for arrow in sorted(ARROWS, key=len, reverse=True)))
# Longer than any arrow, so that `--->` is seen whole.
_LIKE_AN_ARROW = re.compile(r"[-<>=~/\\|]{2,}[)xX]?|-[)xX]|→")
_NO_NAME = re.compile(r"[<>+\-;,]|\(\)")


class Diagnosis:
    """Collects the problems of one text as its parser meets them."""

    def __init__(self, prepared: Prepared, text: str) -> None:
        self.problems: list[MflowError] = []
        self._prepared = prepared
        self._text = text
        # Lines that were meant to open a block: each leaves an `end` over.
        self._lost_openings = 0
        self._misused_boxes: set[int] = set()

    def add(self, error: UnexpectedInput, parser: InteractiveParser) -> bool:
        """Say why the parser stopped, and lead it past the place. Returns whether there is a point in going on."""
        stack = parser.parser_state.value_stack
        if not stack:
            self._missing_header()
            return False
        opened = [value for value in stack if isinstance(value, Run) and value.type.lower() in _OPENING]
        lexer = parser.lexer_thread.state
        assert lexer is not None  # noqa: S101 - there is one once a text is given
        if not isinstance(error, UnexpectedToken):
            lexer.line_ctr.char_pos = self._statement(lexer.line_ctr.char_pos)
            return True
        token = cast(Run, error.token)
        if token.type != "$END":
            self._misplaced(token, opened)
            if not token.is_plain:
                # What follows it may stand where it does.
                lexer.line_ctr.char_pos = token.match.end()
            return True
        for opening in opened[-_MOST_UNCLOSED:]:
            self._unclosed(opening)
        return False

    # ------------------------------------------------------------------------------------------------- structure

    def _missing_header(self) -> None:
        start = len(self._text) - len(self._text.lstrip())
        end = self._end_of_line(start)
        word = self._text[start:end].split(maxsplit=1)[:1]
        hint = did_you_mean(word[0].rstrip(";"), ["sequenceDiagram"]) if word else ""
        self._say("a sequence diagram begins with `sequenceDiagram`", hint, start, end)

    def _misplaced(self, token: Run, opened: list[Run]) -> None:
        start, word = token.start_pos, token.type.lower()
        innermost = opened[-1].type.lower() if opened else ""
        if token.type == "HEADER":
            hint = "give each diagram a file or a fence of its own"
            self._say("a second `sequenceDiagram` cannot stand here", hint, start, start + len("sequenceDiagram"))
        elif innermost == "box":
            # Where a box is not closed, everything behind it is in the wrong place: once is enough.
            if opened[-1].start_pos not in self._misused_boxes:
                self._misused_boxes.add(opened[-1].start_pos)
                hint = "close the box with `end` before this line"
                self._say("a box holds only participants", hint, start, self._end_of_line(start))
        elif _ARROW.match(self._text, token.match.end()) and token.type == "END":
            pass  # `end->>B: x`: the arrow is met next, and explained there.
        elif not opened and self._lost_openings:
            self._lost_openings -= token.type == "END"
        elif token.type == "END":
            self._say("this `end` closes nothing", "remove it, or open a block before it", start, start + len(word))
        elif innermost in _BRANCH_WORDS:
            hint = f"the branches of `{innermost}` begin with `{_BRANCH_WORDS[innermost]}`"
            self._say(f"`{word}` cannot stand in `{innermost}`", hint, start, start + len(word))
        else:
            home = next(block for block, branch in _BRANCH_WORDS.items() if branch == word)
            hint = f"open it with `{home} …` before, and close it with `end` behind"
            self._say(f"`{word}` stands outside of `{home}`", hint, start, start + len(word))

    def _unclosed(self, opening: Run) -> None:
        start, word = opening.start_pos, opening.type.lower()
        if _ARROW.match(self._text, start + len(word)):
            self._keyword(start, start + len(word))
        else:
            self._say(f"this `{word}` is never closed", "end it with a line `end`", start, self._end_of_line(start))

    # ------------------------------------------------------------------------------------------------ statements

    def _statement(self, start: int) -> int:
        """Explain the statement that begins here. Returns where the next one begins."""
        found = _STATEMENT.match(self._text, start)
        assert found is not None  # noqa: S101 - it matches everywhere
        end = start + len(found[1].rstrip())
        colon = self._text.find(":", start, end)
        head_end = colon if colon >= 0 else end
        arrow = _LIKE_AN_ARROW.search(self._text, start, head_end)
        word = _WORD.match(self._text, start, end)
        if arrow and arrow.start() == start:
            before = _LAST_WORD.search(self._text, self._text.rfind("\n", 0, start) + 1, start)
            if before and _KEYWORD.fullmatch(before[0].strip()):
                self._keyword(before.start(), before.start() + len(before[0].strip()))
            else:
                self._say("a participant's name is missing before this arrow", _EXAMPLE, start, arrow.end())
        elif word and word[0].lower() in _HINTS and not (arrow and arrow.start() == word.end()):
            self._say(f"this `{word[0]}` cannot be read", _HINTS[word[0].lower()], start, end)
        elif arrow:
            self._message(start, arrow, head_end, end, has_text=colon >= 0)
        else:
            self._unknown(start, word, end)
        return found.end()

    def _message(self, start: int, arrow: re.Match[str], head_end: int, end: int, *, has_text: bool) -> None:
        known = _ARROW.match(arrow[0])
        if known is None or arrow[0][known.end() :] not in ("", "-"):
            close = difflib.get_close_matches(arrow[0], list(ARROWS), n=1, cutoff=0.4)
            hint = f"did you mean `{close[0]}`?" if close else "the common arrows are `->>` and `-->>`"
            self._say(f"`{arrow[0]}` is not an arrow", hint, arrow.start(), arrow.end())
            return
        if self._named_badly(start, arrow.start()):
            return
        target = arrow.start() + known.end()
        mark = _MARK.match(self._text, target, head_end)
        if not has_text:
            self._say("this message has no text", "add `:` and a text, which may be empty", start, end)
        elif not self._named_badly(mark.end() if mark else target, head_end):
            self._say("this message cannot be read", _EXAMPLE, start, end)

    def _named_badly(self, start: int, end: int) -> bool:
        """Say what is wrong with the participant's name between two offsets, if anything is."""
        name = self._text[start:end]
        start += len(name) - len(name.lstrip())
        name = name.strip()
        keyword = _KEYWORD.match(name)
        wrong = _LIKE_AN_ARROW.search(name) or _NO_NAME.search(name.removesuffix("()"))
        if not name:
            self._say("a participant's name is missing here", _EXAMPLE, start - 1, start)
        elif keyword:
            self._keyword(start, start + keyword.end())
        elif wrong:
            message = f"a participant's name cannot hold `{wrong[0]}` in a message"
            hint = "give it a short name and the text to show: `participant A as …`"
            self._say(message, hint, start + wrong.start(), start + wrong.end())
        return not name or bool(keyword or wrong)

    def _keyword(self, start: int, end: int) -> None:
        word = self._text[start:end]
        message = f"`{word}` is a keyword, and a participant's name cannot begin with it in a message"
        self._say(
            message, f"give it another name and the text to show: `participant the_{word.split()[0]} as …`", start, end
        )

    def _unknown(self, start: int, word: re.Match[str] | None, end: int) -> None:
        hint = did_you_mean(word[0], _STATEMENTS) if word else ""
        if hint and hint.split("'")[1] in _OPENING:
            self._lost_openings += 1
        line_start = self._text.rfind("\n", 0, start) + 1
        if self._text[line_start:start].rstrip().endswith(";"):
            hint = "a `;` ends a statement: write `#59;` for the sign in a text"
        self._say("this is no statement of a sequence diagram", hint or _EXAMPLE, start, end)

    # ------------------------------------------------------------------------------------------------- reporting

    def _end_of_line(self, start: int) -> int:
        end = self._text.find("\n", start)
        return start + len(self._text[start : end if end >= 0 else len(self._text)].rstrip())

    def _say(self, message: str, hint: str, start: int, end: int) -> None:
        where = self._prepared.source.location(self._prepared.span(start, end))
        self.problems.append(SyntaxProblem(message, hint=hint, where=where))
