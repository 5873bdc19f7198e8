"""What Mermaid does to a text before it is parsed, without losing the way back to the original.

Carriage returns, the front matter, `%%{…}%%` directives and comment lines are cut out. The grammars read what is
left, and `Prepared.span` leads from there to the text as the user wrote it, so that every place that is reported is
a place in the user's file. The rules are those of Mermaid 12.3.0 (`preprocess.ts`, `frontmatter.ts`, `comments.ts`).
All passes take time linear in the text.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from mermaid_flow.errors import MflowError
from mermaid_flow.syntax.flowchart import Comment
from mermaid_flow.syntax.source import Source, Span

# A name, then a word or anything that does not begin with one: what else Mermaid cuts out would leave a part behind.
_DIRECTIVE = re.compile(r"%%\{\s*+\w++\s*+:?+\s*+(?:\w++\s*+|(?:(?!\w|\}%%)[\s\S](?:(?!\}%%)[\s\S])*+))?+\}%%")
_OPEN_DIRECTIVE = re.compile(r"%%\{\s*\w")
# Something must follow the two signs: a bare `%%` is no comment to Mermaid.
_COMMENT = re.compile(r"%%(?!\{)[^\n]+\n?")
_TAG = re.compile(r"<\w+[^>]*>")
_ATTRIBUTE = re.compile(r'="([^"]*)"')
_OPENING_FENCE = re.compile(r"([^\S\n]*)---[^\S\n]*\n")


@dataclass(frozen=True, slots=True)
class Prepared:
    """A text ready for a grammar. Offsets into `text` are not offsets into the source: `span` translates."""

    source: Source
    text: str
    """Ends with a newline, as Mermaid adds one."""
    title: str = ""
    front_matter: Mapping[str, object] = field(default_factory=dict)
    comments: tuple[Comment, ...] = ()
    warnings: tuple[tuple[str, Span], ...] = ()
    starts: Sequence[int] = (0,)
    """Where in `text` each kept piece starts."""
    shifts: Sequence[int] = (0,)
    """What to add within the piece of the same index to get the offset into the source."""

    def offset(self, position: int) -> int:
        """The offset into the source of an offset into `text`."""
        if len(self.starts) == 1:
            return position + self.shifts[0]
        return position + self.shifts[bisect_right(self.starts, position) - 1]

    def span(self, start: int, end: int) -> Span:
        """The place in the source of a half-open range of `text`."""
        begin = self.offset(start)
        # The end is taken from the last character, so that a cut right after the range does not count.
        return Span(begin, self.offset(end - 1) + 1 if end > start else begin)

    def spans(self) -> Callable[[int, int], Span]:
        """`span` for one reader that goes through the text and asks for many places."""
        new_tuple = tuple.__new__
        if len(self.starts) == 1 and self.shifts[0] == 0:
            return lambda start, end: new_tuple(Span, (start, end))
        starts, shifts = [*self.starts, len(self.text) + 1], self.shifts
        first, last, shift = 0, 0, 0

        def span(start: int, end: int) -> Span:
            nonlocal first, last, shift
            if not first <= start < end <= last:
                piece = bisect_right(starts, start) - 1
                first, last, shift = starts[piece], starts[piece + 1], shifts[piece]
                if not start < end <= last:
                    return self.span(start, end)
            return new_tuple(Span, (start + shift, end + shift))

        return span


def prepare(source: Source) -> Prepared:
    """Cut out of a diagram's text what no grammar reads.

    Raises an `MflowError` with the place for front matter that is no YAML (code `front_matter`) and for a directive
    that is not closed (code `syntax`).
    """
    cutter = _Cutter(source.text)
    if source.text.startswith("\ufeff"):
        cutter.cut([(0, 1)])
    if "\r" in source.text:
        cutter.cut([found.span() for found in re.finditer(r"\r(?=\n)", cutter.text)])
        cutter.replace(cutter.text.replace("\r", "\n"))
    if '="' in cutter.text:
        cutter.replace(_single_quote_attributes(cutter.text))
    title, front_matter = _cut_front_matter(source, cutter)
    if "%%{" in cutter.text:
        _cut_directives(source, cutter)
    comments = _cut_comments(cutter) if "%%" in cutter.text else ()
    warnings = _cut_semicolons(cutter) if "#" in cutter.text else ()
    return Prepared(
        source, cutter.text + "\n", title, front_matter, comments, warnings, tuple(cutter.starts), tuple(cutter.shifts)
    )


class _Cutter:
    """A text with pieces cut out of it, and where each remaining piece came from."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.starts = [0]
        self.shifts = [0]

    def offset(self, position: int) -> int:
        return position + self.shifts[bisect_right(self.starts, position) - 1]

    def span(self, start: int, end: int) -> Span:
        return Span(self.offset(start), self.offset(end - 1) + 1)

    def replace(self, text: str) -> None:
        """Put characters in the place of others, one for one."""
        self.text = text

    def cut(self, ranges: list[tuple[int, int]]) -> None:
        """Take out ranges of the current text, given in order and without overlap."""
        if not ranges:
            return
        text, old_starts, old_shifts = self.text, self.starts, self.shifts
        kept: list[str] = []
        self.starts, self.shifts = [], []
        length = position = 0
        piece = 0
        for start, end in [*ranges, (len(text), len(text))]:
            while position < start:
                while piece + 1 < len(old_starts) and old_starts[piece + 1] <= position:
                    piece += 1
                stop = min(start, old_starts[piece + 1]) if piece + 1 < len(old_starts) else start
                self.starts.append(length)
                self.shifts.append(position + old_shifts[piece] - length)
                kept.append(text[position:stop])
                length += stop - position
                position = stop
            position = end
        self.text = "".join(kept)
        if not kept:
            self.starts, self.shifts = [0], [len(text) + old_shifts[-1]]


def _single_quote_attributes(text: str) -> str:
    """`<a href="x">` to `<a href='x'>`, since a double quote would open a label."""
    # Nothing after the last `>` can be a tag; without this bound a text full of `<a` would be searched over and over.
    last = text.rfind(">") + 1
    return _TAG.sub(lambda tag: _ATTRIBUTE.sub(r"='\1'", tag[0]), text[:last]) + text[last:]


def _cut_front_matter(source: Source, cutter: _Cutter) -> tuple[str, Mapping[str, object]]:
    text = cutter.text
    opening = _OPENING_FENCE.match(text)
    if opening is None:
        return "", {}
    indent = opening[1]
    closing = re.compile(rf"\n{re.escape(indent)}---[^\S\n]*(?:\n\s*|\Z)").search(text, opening.end())
    if closing is None:
        return "", {}
    begin = opening.end()
    body = text[begin : closing.start() + 1]
    lines = body.splitlines(keepends=True)
    dedented = "".join(line.removeprefix(indent) for line in lines)
    # Few diagrams hold YAML, and a command that reads many files starts faster without it.
    from mermaid_flow.syntax.yaml_value import YamlProblem, read_yaml  # noqa: PLC0415

    try:
        value = read_yaml(dedented)
    except YamlProblem as problem:
        position = begin + sum(len(line) for line in lines[: problem.line])
        if problem.line < len(lines):
            position += problem.column + (len(indent) if lines[problem.line].startswith(indent) else 0)
        place = cutter.span(position, position + 1)
        message = f"the front matter is not valid YAML: {problem.message}"
        raise MflowError(message, code="front_matter", where=source.location(place)) from None
    front_matter = {str(key): item for key, item in value.items()} if isinstance(value, dict) else {}
    cutter.cut([(0, closing.end())])
    title = front_matter.get("title")
    return "" if title is None else str(title), front_matter


def _cut_directives(source: Source, cutter: _Cutter) -> None:
    # Nothing after the last end can be a whole one; without this bound open ones would be searched over and over.
    last = cutter.text.rfind("}%%") + 3
    cutter.cut([found.span() for found in _DIRECTIVE.finditer(cutter.text, 0, last)])
    unclosed = _OPEN_DIRECTIVE.search(cutter.text)
    if unclosed:
        raise MflowError(
            "this directive cannot be read",
            code="syntax",
            hint="write it as `%%{init: {…}}%%`, with `}%%` at its end",
            where=source.location(cutter.span(*unclosed.span())),
        )


def _cut_comments(cutter: _Cutter) -> tuple[Comment, ...]:
    """Take out the lines that are comments from their first sign on."""
    text = cutter.text
    comments: list[Comment] = []
    ranges: list[tuple[int, int]] = []
    for found in _COMMENT.finditer(text):
        start, end = found.span()
        line_start = text.rfind("\n", 0, start) + 1
        if line_start == start or text[line_start:start].isspace():
            words = found[0].removesuffix("\n")
            comments.append(Comment(words[2:], cutter.span(start, start + len(words))))
            ranges.append((line_start, end))
    cutter.cut(ranges)
    return tuple(comments)


def _cut_semicolons(cutter: _Cutter) -> tuple[tuple[str, Span], ...]:
    """Take out the last `;` of a line with `style` or `classDef`, a colon and a `#colour`, as Mermaid does.

    Mermaid needs that for `style A fill:#f9f;`, whose end it would read as an entity. In the middle of a line it glues
    two things together, which is worth a warning.
    """
    text = cutter.text
    ranges: list[tuple[int, int]] = []
    warnings: list[tuple[str, Span]] = []
    seen = 0
    for found in re.finditer("style|classDef", text):
        if found.start() < seen:
            continue
        begin = text.rfind("\n", 0, found.start()) + 1
        seen = text.find("\n", begin)
        seen = seen if seen >= 0 else len(text)
        for place in _dropped_semicolons(text[begin:seen]):
            ranges.append((begin + place, begin + place + 1))
            if text[begin + place + 1 : seen].strip():
                message = "Mermaid drops this `;` and joins what stands before and after it; use a comma or a new line"
                warnings.append((message, cutter.span(begin + place, begin + place + 1)))
    cutter.cut(sorted(ranges))
    return tuple(warnings)


def _dropped_semicolons(line: str) -> Iterator[int]:
    """Places in a line; the last one first."""
    end = len(line)
    for keyword in ("style", "classDef"):
        begin, last = line.find(keyword), line.rfind(";", 0, end)
        if 0 <= begin < last and _has_coloured_value(line[begin + len(keyword) : last]):
            yield last
            end = last


def _has_coloured_value(text: str) -> bool:
    """Whether a `#` follows a `:` without a space between them."""
    return any("#" in word[word.find(":") :] for word in text.split() if ":" in word)
