"""What differs between two diagrams or two runs, and every form in which that is told.

`compare_diagrams` and `compare_runs` find it; `as_text`, `as_markdown` and `as_page` tell it in words, `as_mermaid`
draws both as one diagram.
"""

from mermaid_flow.render.comparison.compare import Diagram, as_mermaid, compare_diagrams, compare_runs
from mermaid_flow.render.comparison.markdown import as_markdown
from mermaid_flow.render.comparison.model import (
    ArrowDifference,
    Change,
    Comparison,
    Fate,
    NodeDifference,
    StepDifference,
)
from mermaid_flow.render.comparison.page import as_page
from mermaid_flow.render.comparison.text import as_text

__all__ = [
    "ArrowDifference",
    "Change",
    "Comparison",
    "Diagram",
    "Fate",
    "NodeDifference",
    "StepDifference",
    "as_markdown",
    "as_mermaid",
    "as_page",
    "as_text",
    "compare_diagrams",
    "compare_runs",
]
