"""What stands after `participant`, `actor`, `destroy`, `activate`: a name, perhaps `@{…}`, perhaps `as` a text.

Names are free here as nowhere else (`participant end-user #1` is one name), and where a name ends depends on what
follows. The rules are those of Mermaid's lexer. Mistakes are raised with their place in the given text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from mermaid_flow.syntax.yaml_value import YamlProblem, read_data

_NAME = re.compile(r"[^<>:,;@\n]+")
_BEFORE_AS = re.compile(r"([^<>:,;@\s]+)\s+as(?:\s+|\Z)", re.IGNORECASE)
_BEFORE_CONFIGURATION = re.compile(r"([^<>:,;@\s]+)\s*@\{([^}]*)(\}?)")
_AS = re.compile(r"\s+as(?:\s+|\Z)", re.IGNORECASE)


class Mistake(Exception):
    """What is wrong between two offsets of the text that was read."""

    def __init__(self, message: str, hint: str, start: int, end: int) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.start = start
        self.end = end


@dataclass(frozen=True, slots=True)
class Declared:
    """A name, where it stands, and what `as` and `@{…}` say."""

    name: str
    start: int
    end: int
    alias: str | None = None
    configuration: str | None = None


def read_declaration(text: str, *, line_ends: bool, is_last: bool = False) -> Declared:
    """Take apart what stands between a keyword and the end of its statement, which is a line end or a `;`.

    `is_last` says that nothing but blanks follows in the diagram.
    """
    start = len(text) - len(text.lstrip())
    if start == len(text) or text[start] == "#":
        raise Mistake("a name is missing here", "write it after the keyword: `participant A`", 0, len(text))
    if found := _BEFORE_CONFIGURATION.match(text, start):
        return _configured(text, found, line_ends, is_last)
    found = _BEFORE_AS.match(text, start)
    # `as` needs a blank after it, and a line end is one.
    if found and (line_ends or found[0][-1].isspace()):
        return Declared(found[1], found.start(1), found.end(1), text[found.end() :].partition("#")[0])
    return _plain(text, start)


def read_name(text: str) -> Declared:
    """A name alone, after `destroy`, `activate` and `deactivate`."""
    declared = read_declaration(text, line_ends=True)
    if declared.alias is not None or declared.configuration is not None:
        raise Mistake("only a name can stand here", "", declared.end, len(text.rstrip()))
    return declared


def read_configuration(text: str) -> tuple[str | None, str | None]:
    """The type and the alias of a participant's `@{…}`, None where it has none. Raises `YamlProblem`."""
    value = read_data(text)
    if not isinstance(value, dict):
        return None, None
    kind, alias = value.get("type"), value.get("alias")
    return None if kind is None else str(kind), str(alias) if alias else None


def configuration_mistake(problem: YamlProblem, text: str, start: int) -> Mistake:
    """A mistake in `@{…}` at its place: the text that was read began at `start`."""
    line = problem.line if "\n" in text else problem.line - 1
    lines = text.split("\n")
    place = start + sum(len(before) + 1 for before in lines[:line]) + problem.column
    place = max(start, min(place, start + len(text)))
    hint = "on one line write `@{ type: database, alias: Name }`; on several, one key a line without commas"
    return Mistake(f"this is not valid YAML: {problem.message}", hint, place, place + 1)


def _configured(text: str, found: re.Match[str], line_ends: bool, is_last: bool) -> Declared:
    name, configuration, closed = found.groups()
    if not closed:
        raise Mistake("this `@{` is never closed", "end it with `}`", found.end(1), found.end(1) + 2)
    if not configuration:
        hint = 'write a type, `@{ "type": "database" }`, or leave it out'
        raise Mistake("`@{}` is empty", hint, found.end(1), found.end())
    rest = text[found.end() :]
    alias = _AS.match(rest)
    if alias and (line_ends or alias[0][-1].isspace()):
        return Declared(name, found.start(1), found.end(1), rest[alias.end() :].partition("#")[0], configuration)
    if rest.strip() and rest.lstrip()[0] not in "#%":
        raise Mistake("only `as` and a text can follow here", "", found.end(), len(text.rstrip()))
    if rest and not rest.strip() and line_ends and not is_last:
        raise Mistake("Mermaid refuses blanks between `}` and the line end", "remove them", found.end(), len(text))
    return Declared(name, found.start(1), found.end(1), None, configuration)


def _plain(text: str, start: int) -> Declared:
    found = _NAME.match(text, start)
    end = found.end() if found else start
    if end < len(text):
        # A `#` belongs to a name, unless the line holds something behind it that cannot.
        end = text.rfind("#", start, end)
        if end < 0:
            stop = found.end() if found else start
            hint = "give a short name, and the text to show after `as`: `participant A as …`"
            raise Mistake(f"a participant's name cannot hold `{text[stop]}`", hint, stop, stop + 1)
    name = text[start:end].strip()
    return Declared(name, start, start + len(name))
