"""Documents that people write, YAML or JSON: plain values, and the place of each of them for messages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal, NamedTuple

from mermaid_flow.errors import Location, MflowError
from mermaid_flow.inputs.masking import MASK, is_secret_name
from mermaid_flow.inputs.paths import Keys

_LONGEST_EXCERPT = 400


class Mark(NamedTuple):
    """0-based line and column of the start and of the (exclusive) end of a piece of text."""

    line: int
    column: int
    end_line: int
    end_column: int


class Marks(NamedTuple):
    """Where an entry's value stands, and its name when it is one of a map."""

    value: Mark
    key: Mark | None = None


@dataclass(frozen=True, slots=True)
class YamlDocument:
    """One document: `value` is None, bool, int, float, str, list, dict, or what a tag's reader made."""

    value: object
    path: str | None
    lines: tuple[str, ...] = field(repr=False)
    marks: Mapping[Keys, Marks] = field(repr=False)

    def where(self, keys: Keys, part: Literal["entry", "key", "value"] = "entry") -> Location | None:
        """The place of the entry at `keys`, or None when there is none.

        An `entry` is shown by its value when that is a scalar, and by its name when it is a map or a list.
        """
        marks = self.marks.get(keys)
        if marks is None:
            return None
        one_line = marks.value.line == marks.value.end_line
        use_key = part == "key" or (part == "entry" and not one_line)
        mark = marks.key if use_key and marks.key else marks.value
        found = location(self.path, self.lines, mark)
        return self._without_secrets(found, mark)

    def _without_secrets(self, found: Location, mark: Mark) -> Location:
        """The place with its line up to the first value on it that is called a secret: the line may be logged."""
        secret = [
            marks.value.column
            for keys, marks in self.marks.items()
            if marks.value.line == mark.line and any(is_secret_name(str(key)) for key in keys)
        ]
        if not secret or not found.excerpt:
            return found
        begin = min(secret)
        if begin < mark.column:
            return replace(found, excerpt="")
        excerpt = f"{found.excerpt[:begin]}{MASK}"
        return replace(found, excerpt=excerpt, end_column=min(found.end_column, len(excerpt) + 1))


def location(path: str | None, lines: tuple[str, ...], mark: Mark) -> Location:
    """`mark` as a Location with its source line, unless that is too long to be shown."""
    excerpt = lines[mark.line] if mark.line < len(lines) else ""
    # What a file holds must not be able to steer the terminal that shows it.
    excerpt = "".join(c if c.isprintable() or c == "\t" else "\ufffd" for c in excerpt[: _LONGEST_EXCERPT + 1])
    excerpt = excerpt if len(excerpt) <= _LONGEST_EXCERPT else ""
    return Location(path, mark.line + 1, mark.column + 1, mark.end_line + 1, mark.end_column + 1, excerpt)


def read_text(path: Path, shown: str | None = None) -> str:
    """The text of a file of the user's. Raises MflowError (`inputs.file`) when it cannot be read or is not UTF-8."""
    shown = shown or str(path)
    try:
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise MflowError(f"{shown} is not a text in UTF-8 (byte {error.start})", code="inputs.file") from None
    except OSError as error:
        raise MflowError(f"cannot read {shown}: {(error.strerror or str(error)).lower()}", code="inputs.file") from None
