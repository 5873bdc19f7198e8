"""JSON with places. Python's decoder finds the mistakes; a walk over the text, now known to be right, finds places."""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from dataclasses import dataclass, field
from typing import NoReturn

from mermaid_flow.errors import MflowError
from mermaid_flow.inputs.documents import Mark, Marks, YamlDocument, location
from mermaid_flow.inputs.paths import Keys

_SPACE = re.compile(r"[ \t\n\r]*")
_DECODER = json.JSONDecoder()
_DEEPEST = 100


def load_json(text: str, path: str | None = None) -> YamlDocument:
    """One JSON document. Raises MflowError (`inputs.json`) with the place: bad syntax, equal keys, deep nesting."""
    lines = tuple(re.split("\r\n|\n", text))
    try:
        value = json.loads(text, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        mark = Mark(error.lineno - 1, error.colno - 1, error.lineno - 1, error.colno)
        message = f"not valid JSON: {error.msg[0].lower()}{error.msg[1:]}"
        raise MflowError(message, code="inputs.json", where=location(path, lines, mark)) from None
    except (RecursionError, ValueError) as error:
        reason = "it is nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise MflowError(f"cannot read {path or 'the JSON text'}: {reason}", code="inputs.json") from None
    walk = _Walk(text, path, lines, [0, *(match.end() for match in re.finditer("\n", text))])
    walk.value(0, ())
    return YamlDocument(value, path, lines, walk.marks)


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


@dataclass(slots=True)
class _Walk:
    text: str
    path: str | None
    lines: tuple[str, ...]
    starts: list[int]
    marks: dict[Keys, Marks] = field(default_factory=dict)

    def value(self, start: int, keys: Keys, key: Mark | None = None) -> int:
        """Note the value that begins at or after `start`; the offset behind it."""
        start = self.skip(start)
        if len(keys) > _DEEPEST:
            raise MflowError(
                f"nested more than {_DEEPEST} levels deep",
                code="inputs.json",
                where=location(self.path, self.lines, self.mark(start, start + 1)),
            )
        match self.text[start]:
            case "{":
                end = self.entries(start, keys)
            case "[":
                end = self.items(start, keys)
            case _:
                end = _DECODER.raw_decode(self.text, start)[1]
        self.marks[keys] = Marks(self.mark(start, end), key)
        return end

    def entries(self, start: int, keys: Keys) -> int:
        position = self.skip(start + 1)
        while self.text[position] != "}":
            name, end = _DECODER.raw_decode(self.text, position)
            key = self.mark(position, end)
            if (*keys, name) in self.marks:
                where = location(self.path, self.lines, key)
                raise MflowError(f"{name!r} is given twice", code="inputs.json", where=where)
            position = self.skip(self.value(self.skip(end) + 1, (*keys, name), key))
            if self.text[position] == ",":
                position = self.skip(position + 1)
        return position + 1

    def items(self, start: int, keys: Keys) -> int:
        position, index = self.skip(start + 1), 0
        while self.text[position] != "]":
            position = self.skip(self.value(position, (*keys, index)))
            if self.text[position] == ",":
                position = self.skip(position + 1)
            index += 1
        return position + 1

    def skip(self, start: int) -> int:
        match = _SPACE.match(self.text, start)
        return match.end() if match else start

    def mark(self, start: int, end: int) -> Mark:
        return Mark(*self.position(start), *self.position(end))

    def position(self, offset: int) -> tuple[int, int]:
        line = bisect_right(self.starts, offset) - 1
        return line, offset - self.starts[line]
