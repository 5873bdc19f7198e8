"""The one way a diagram is laid out: what `mflow fmt` writes.

Four blanks for each subgraph or block, one statement a line, one blank line where there were several, the same blanks
around every arrow. Statements keep their order, chains stay chains, and labels, comments and front matter are not
touched.

What a diagram says must not change. Blanks mean something at a few places in Mermaid's language, so the result is
parsed and compared; a statement that would come to mean something else keeps the text it had.
"""

from __future__ import annotations

from collections.abc import Callable

from mermaid_flow.errors import MflowError
from mermaid_flow.syntax._flowchart_writer import flowchart_units
from mermaid_flow.syntax._layout import lay_out
from mermaid_flow.syntax._sequence_writer import sequence_units
from mermaid_flow.syntax.documents import Document
from mermaid_flow.syntax.flowchart import Flowchart
from mermaid_flow.syntax.json_form import Json, meaning
from mermaid_flow.syntax.parse import parse
from mermaid_flow.syntax.preprocess import prepare
from mermaid_flow.syntax.sequence import SequenceDiagram
from mermaid_flow.syntax.source import Source

_MOST_TRIALS = 40
"""How often a diagram is parsed to find the statements that must stay as they are. Then the rest stays, too."""


def format_source(source: Source) -> str:
    """A diagram's text in its canonical layout, with line ends as in the source.

    Raises `MflowError` for a text that does not parse: what is not understood cannot be laid out.
    """
    diagram = parse(source)
    prepared = prepare(source)
    units = list(flowchart_units(prepared) if isinstance(diagram, Flowchart) else sequence_units(prepared))

    def is_safe(as_written: frozenset[int]) -> bool:
        try:
            return same_meaning(diagram, parse(lay_out(prepared, units, as_written)))
        except MflowError:
            return False

    starts = [unit.start for unit in units]
    everything = frozenset(starts)
    if is_safe(frozenset()):
        text = lay_out(prepared, units)
    elif is_safe(everything):
        text = lay_out(prepared, units, everything - _safe_to_format(starts, everything, is_safe))
    else:
        return source.text
    has_returns = source.text.partition("\n")[0].endswith("\r")
    return text.replace("\n", "\r\n") if has_returns else text


def same_meaning(one: Flowchart | SequenceDiagram, other: Flowchart | SequenceDiagram) -> bool:
    """Whether two diagrams say the same, wherever in their texts.

    Blanks around lines of text do not count: a style such as `stroke:#333 ` keeps them, and nobody sees them.
    """
    return _trimmed(dict(meaning(one))) == _trimmed(dict(meaning(other)))


def format_document(document: Document) -> tuple[str, list[MflowError]]:
    """A file's text with all its diagrams formatted, and what is wrong with those that had to stay as they are.

    In Markdown only what stands inside the fences changes; their indentation and quote marks stay.
    """
    pieces: list[str] = []
    problems = list(document.problems)
    end = 0
    for passage in document.passages:
        pieces.append(document.text[end : passage.start])
        end = passage.end
        try:
            pieces.append(passage.placed(format_source(passage.source)))
        except MflowError as error:
            problems.append(error)
            pieces.append(document.text[passage.start : passage.end])
    pieces.append(document.text[end:])
    return "".join(pieces), problems


def _safe_to_format(
    group: list[int], everything: frozenset[int], is_safe: Callable[[frozenset[int]], bool]
) -> frozenset[int]:
    """Which of the statements can be formatted without a change of meaning, by halving the groups that cannot."""
    safe: set[int] = set()
    groups, trials = [group], 0
    while groups and trials < _MOST_TRIALS:
        group = groups.pop(0)
        trials += 1
        if is_safe(everything.difference(safe, group)):
            safe.update(group)
        elif len(group) > 1:
            middle = len(group) // 2
            groups += [group[:middle], group[middle:]]
    return frozenset(safe)


def _trimmed(value: Json) -> Json:
    if isinstance(value, str):
        return "\n".join(line.strip() for line in value.strip().split("\n"))
    if isinstance(value, list):
        return [_trimmed(item) for item in value]
    return {key: _trimmed(item) for key, item in value.items()} if isinstance(value, dict) else value
