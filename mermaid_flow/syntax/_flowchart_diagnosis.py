"""What the author of a flowchart probably meant where the parser had to stop, and which lines Mermaid would drop."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lark.exceptions import UnexpectedInput, UnexpectedToken

from mermaid_flow.syntax._flowchart_lexer import Lexeme, Statement
from mermaid_flow.syntax.preprocess import Prepared
from mermaid_flow.syntax.problems import Malformed, SyntaxProblem, problem_at, problem_from_lark

_WORDS = {
    "HEADER": "`flowchart` with a direction",
    "NODE": "a node",
    "LINK": "a link",
    "AMPERSAND": "`&`",
    "SEPARATOR": "the end of the statement",
    "END": "`end`",
}
_DIRECTION = re.compile(r"direction\s++(?:TB|BT|RL|LR|TD)")
_BEFORE_DIRECTION = re.compile(r"(?:end)?\s*")
"""What can stand before a `direction` on its line. Mermaid drops anything else."""
_KEYWORD = (
    r"(?:style|linkStyle|interpolate|classDef|class|graph|flowchart|subgraph|end|_self|_blank|_parent|_top|href|click|call)"
    r"(?![A-Za-z0-9_])"
)
_WHOLE_LINE = "put `direction` and the direction on a line of their own; elsewhere write Direction"


def _mistake(hint: str, after: str, before: str = "", message: str = "") -> Malformed:
    return Malformed(hint, re.compile(after), re.compile(before) if before else None, message)


_AFTER_LINK = r"(?:[-=.~][-=.~>xo]|[|&])\s*$"
_AT_START = r"(?:^|;)\s*$"
_QUOTE_IT = 'put it in quotes: ["…"]; a quote within them is written #quot;'
_MALFORMED = (
    _mistake(_WHOLE_LINE, r".*direction\s+(?:TB|BT|RL|LR|TD)", message="Mermaid drops the rest of this line"),
    _mistake(_WHOLE_LINE, r"\s*(?:TB|BT|RL|LR|TD)", r"direction$", "Mermaid drops the rest of this line"),
    _mistake("write something after the two signs", r"%%\s*$", _AT_START, "Mermaid draws a bare `%%` as a node"),
    _mistake("a comment needs a line of its own", r"\s*%%"),
    _mistake("upper case only: TB, TD, BT, LR or RL", r"\s*(?i:tb|td|bt|lr|rl)\b", r"(?<![\w-])direction$"),
    # Links
    _mistake("after `&` stands another node", r"(?!\w)", r"&\s*$"),
    _mistake("after a link stands a node", r"\s*$", _AFTER_LINK),
    _mistake("an arrow has no blanks in it: `-->`", r"\s*(?:--+|==+|-\.+-?)\s+>"),
    _mistake("an arrow has no blanks in it: `-->`", r"\s*-\s+-+>"),
    _mistake("`->>` belongs to sequence diagrams; here it is `-->`", r"\s*-+>>"),
    _mistake("an arrow ends in one `>`: `-->`", r">", r"[-=.]>$"),
    _mistake("an arrow has at least two strokes: `-->`", r"\s*->|>", r"(?:^|[^-])-?$"),
    _mistake("an arrow has at least two strokes: `==>`", r"\s*=>"),
    _mistake("an arrow is written `-->`", r"\s*[→⟶—–]"),
    _mistake(
        "the text of a link needs an arrow behind it: `-- text -->`; put a text with `--` in it in quotes",
        r"\s*[xo<]?--",
    ),
    _mistake('put a text with `=` in it in quotes: `== "a=b" ==>`', r"\s*[xo<]?=="),
    _mistake('put a text with a full stop in it in quotes: `-. "v1.2" .->`', r"\s*[xo<]?-\."),
    _mistake('put a label with brackets or quotes in it in quotes: |"…"|', r"\|.*\|", _AFTER_LINK),
    _mistake("close the label of the link with `|`", r"\|", _AFTER_LINK),
    # Nodes
    _mistake(
        "write it with a capital letter, or only in the label: e1[end]",
        _KEYWORD,
        _AFTER_LINK,
        "{0} is a keyword, no id",
    ),
    _mistake("there is no subgraph open here", r"end(?![A-Za-z0-9_])", _AT_START),
    _mistake('an empty label is written [" "]', r'\[(?:"")?\]|\((?:"")?\)|\{(?:"")?\}', message="this label is empty"),
    _mistake(
        "a label in quotes begins right after the bracket", r"[\[({]+\s+\"", message="there is a blank before the quote"
    ),
    _mistake(
        _QUOTE_IT, r"[\[({].*[\])}]", message="this label holds a bracket, a quote or another sign that it cannot"
    ),
    _mistake("close it with the same kind of bracket", r"[\[({]", message="this bracket is not closed"),
    _mistake("close it with `}`; `^` and single quotes around a quote are not possible in it", r"@\{"),
    _mistake("no blank before `@{`", r"\s*@\s*\{"),
    _mistake("no blank before `:::`", r"\s+:::"),
    _mistake("after `:::` stands the name of a class", r":::"),
    _mistake("`=` cannot stand in an id; put it in the label: A[a=b]", r"="),
    _mistake("an id cannot hold {0}; put it in the label: A[…]", r"[^\x00-\x7f]"),
    # Statements
    _mistake(
        "end the description with `}`; Mermaid would drop all that follows",
        r"accDescr\s*\{",
        message="this `{` is never closed",
    ),
    _mistake("give it a title", r"subgraph\s*$", message="this subgraph has neither id nor title"),
    _mistake(
        "remove the blanks at the end of the line", r"subgraph\b.*\]\s+$", message="there is a blank after the title"
    ),
    *(
        _mistake(hint, rf"{keyword}\b", message="this `{0}` cannot be read")
        for keyword, hint in {
            "subgraph": 'put a title with special signs in it in quotes: subgraph S["…"]',
            "style": "write `style A fill:#f9f,stroke:#333`, without brackets and quotes",
            "classDef": "write `classDef name fill:#f9f,stroke:#333`, without brackets and quotes",
            "class": "write `class A,B name`, without blanks after the comma and at the end",
            "linkStyle": "write `linkStyle 0,1 stroke:#333`, without brackets, quotes and blanks after the comma",
            "click": 'write `click A "https://…" "tooltip"` or `click A call name()`',
        }.items()
    ),
    _mistake("{0} is a keyword and cannot be an id", _KEYWORD),
    _mistake("two statements on a line need a `;` between them", r"\s+(?=[\w\"])"),
)
_HEADER = re.compile(
    r"\s*(?:graph|flowchart(?:-elk)?)(?![\w-])[^\S\n]*(?:(?:TB|TD|BT|LR|RL|BR|[<>^v])(?![A-Za-z0-9_])\s*)?"
)
_HEADERS = (
    _mistake("upper case only: TB, TD, BT, LR or RL", r"(?i:tb|td|bt|lr|rl)\b", r"(?:graph|flowchart(?:-elk)?)\s+$"),
    _mistake("the directions are TB, TD, BT, LR and RL", r"", r"(?:graph|flowchart(?:-elk)?)\s*$"),
    _mistake("the statements begin on a new line or after a `;`", r"", r"(?:graph|flowchart(?:-elk)?)\s+\S+\s*$"),
    _mistake("begin with `flowchart TD` on a line of its own", r""),
)


def diagnose(prepared: Prepared, error: UnexpectedInput) -> SyntaxProblem:
    """The problem for a failure of the flowchart parser."""
    state = error.interactive_parser.parser_state
    values = state.value_stack
    if not values:
        header = _HEADER.match(prepared.text)
        return problem_at(prepared, header.end() if header else 0, malformed=_HEADERS)
    opening = next(
        (value for value in reversed(values) if isinstance(value, Lexeme) and value.type == "SUBGRAPH"), None
    )
    if isinstance(error, UnexpectedToken) and error.token.type == "$END" and opening is not None:
        where = prepared.source.location(prepared.span(*opening.match.span()))
        return SyntaxProblem(
            "this subgraph is not closed", hint="close it with `end`", where=where, expected=("`end`",)
        )
    words = _WORDS if opening is not None else {**_WORDS, "END": ""}
    return problem_from_lark(error, prepared, words, _MALFORMED)


def swallowed_lines(prepared: Prepared, statements: list[Statement]) -> Iterator[SyntaxProblem]:
    """Statements, one by one, that Mermaid takes for a `direction` because it stands somewhere in their lines."""
    places = [match.start() for match in _DIRECTION.finditer(prepared.text)]
    lexemes = _lexemes(statements)
    lexeme = next(lexemes)
    for place in places:
        while lexeme.match.end() <= place:
            lexeme = next(lexemes)
        line_start = prepared.text.rfind("\n", 0, place) + 1
        if lexeme.type == "DIRECTION":
            swallowed = not _BEFORE_DIRECTION.fullmatch(prepared.text, line_start, place)
        else:
            # Within a label of several lines Mermaid does not look for other statements.
            swallowed = lexeme.type != "ACCESSIBILITY" and lexeme.start_pos >= line_start
        if swallowed:
            yield problem_at(prepared, place, malformed=_MALFORMED)


def _lexemes(statements: list[Statement]) -> Iterator[Lexeme]:
    for statement in statements:
        if isinstance(statement, Lexeme):
            yield statement
        elif isinstance(statement, list):
            yield from statement
        elif isinstance(statement, tuple):
            yield statement[0]
            yield from _lexemes(statement[1])
