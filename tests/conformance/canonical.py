"""Diagram texts in the canonical form of the conformance rows: `python -m tests.conformance.canonical < rows > out`.

Reads one JSON object `{"id", "text"}` a line and prints `{"id", "ok", "graph", "error", "error_line"}` for each.
"""

from __future__ import annotations

import json
import sys
import traceback
from collections.abc import Iterable, Iterator

from mermaid_flow.errors import MflowError, Problems
from mermaid_flow.syntax import parse
from mermaid_flow.syntax.flowchart import Flowchart
from tests.conformance.canonical_flowchart import canonical_flowchart
from tests.conformance.canonical_sequence import canonical_sequence


def answer(identifier: str, text: str) -> dict[str, object]:
    """What the parser makes of one text. `crash` is there only when something other than an MflowError came out."""
    try:
        diagram = parse(text)
        form = canonical_flowchart(diagram) if isinstance(diagram, Flowchart) else canonical_sequence(diagram)
    except MflowError as error:
        first = error.problems[0] if isinstance(error, Problems) else error
        line = first.where.line if first.where else None
        return {"id": identifier, "ok": False, "error": str(error), "error_line": line}
    except Exception:
        return {"id": identifier, "ok": False, "crash": traceback.format_exc()}
    return {"id": identifier, "ok": True, "graph": form}


def answers(lines: Iterable[str]) -> Iterator[dict[str, object]]:
    """The answers for rows given as JSON lines."""
    for line in lines:
        row = json.loads(line)
        yield answer(row["id"], row["text"])


if __name__ == "__main__":
    for result in answers(sys.stdin):
        print(json.dumps(result))
