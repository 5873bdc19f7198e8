"""What a flowchart's author probably meant where the parser had to stop."""

from __future__ import annotations

from lark.exceptions import UnexpectedInput

from mermaid_flow.syntax.preprocess import Prepared
from mermaid_flow.syntax.problems import SyntaxProblem, problem_from_lark

_WORDS = {
    "HEADER": "`flowchart` and a direction",
    "NODE": "a node",
    "LINK": "a link",
    "AMPERSAND": "`&`",
    "SEPARATOR": "the end of the statement",
    "END": "`end`",
}


def diagnose(prepared: Prepared, error: UnexpectedInput) -> SyntaxProblem:
    """The problem for a failure of the flowchart parser."""
    return problem_from_lark(error, prepared, _WORDS, ())
