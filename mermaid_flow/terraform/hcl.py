"""Values to HCL text that `terraform fmt` would leave alone and that Terraform reads back as the same values.

Values come from vars files and handlers and are not trusted: a string is always written as a literal, so `${` and `%{`
in it never become a template, and whatever cannot be seen in a review (control characters, bidirectional overrides)
is written as an escape. A `Reference` is the only value that becomes an expression, and only with validated names.
Terraform normalises strings to Unicode NFC; that is the one change it makes.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from mermaid_flow.errors import MflowError
from mermaid_flow.handlers.calls import Reference, Value

_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_KEYWORDS = frozenset({"for", "in", "if", "else", "endif", "endfor", "for_each", "null", "true", "false"})
_ESCAPES = {"\n": "\\n", "\r": "\\r", "\t": "\\t", '"': '\\"', "\\": "\\\\"}
_INVISIBLE = frozenset({"Cc", "Cf", "Co", "Cn", "Zl", "Zp"})
_LINE = 100
_DEPTH = 64
_PRECISION_BITS = 512  # of the numbers in Terraform; a longer integer would be rounded


@dataclass(frozen=True, slots=True)
class Expression:
    """Text that already is HCL. Only for what this package wrote itself, never for anything that a user did."""

    text: str


Argument: TypeAlias = "Value | Expression | Sequence[Argument] | Mapping[str, Argument]"


def is_identifier(name: str) -> bool:
    """Whether Terraform takes `name` as the name of a module call, a variable or an output."""
    return _IDENTIFIER.fullmatch(name) is not None


def string(text: str, *, ascii_only: bool = False) -> str:
    """A quoted HCL string. Raises MflowError for half a surrogate pair, which no encoding can carry."""
    return f'"{"".join(_escaped(text, ascii_only))}"'


def _escaped(text: str, ascii_only: bool) -> Iterable[str]:
    for position, character in enumerate(text):
        if character in _ESCAPES:
            yield _ESCAPES[character]
        elif character in "$%" and text[position + 1 : position + 2] == "{":
            yield character * 2
        elif " " <= character <= "~":
            yield character
        elif "\ud800" <= character <= "\udfff":
            raise MflowError(
                f"a text holds {character!a}, half of a surrogate pair, which cannot be written as UTF-8",
                code="terraform.value",
            )
        elif ascii_only or unicodedata.category(character) in _INVISIBLE:
            yield f"\\u{ord(character):04x}" if ord(character) <= 0xFFFF else f"\\U{ord(character):08x}"
        else:
            yield character


def key(name: str) -> str:
    """A key of an object: bare where HCL allows it, else quoted. In ASCII, because alignment counts columns."""
    return name if is_identifier(name) and name not in _KEYWORDS else string(name, ascii_only=True)


def traversal(reference: Reference) -> str:
    """`module.<call>.<output>` and further steps. Raises MflowError for names that Terraform would not take."""
    for name in (reference.call, reference.output):
        if not is_identifier(name):
            raise MflowError(f"{name!r} in a reference is not a Terraform name", code="terraform.reference")
    return f"module.{reference.call}.{reference.output}" + "".join(_step(step) for step in reference.path)


def _step(step: str | int) -> str:
    if isinstance(step, int):
        if isinstance(step, bool) or step < 0:
            raise MflowError(f"{step!r} is not an index that Terraform would take", code="terraform.reference")
        return f"[{step}]"
    if step == "*":
        return "[*]"
    return f".{step}" if is_identifier(step) else f"[{string(step)}]"


def expression(value: Argument, indent: int = 0, _depth: int = 0) -> str:
    """The value as an HCL expression whose further lines are indented for a line that starts at column `indent`.

    Raises MflowError for what HCL cannot hold: NaN, infinities, integers beyond 512 bits, keys that are not text,
    any other Python type, and nesting deeper than 64.
    """
    if _depth > _DEPTH:
        raise MflowError(f"a value is nested deeper than {_DEPTH} levels", code="terraform.value")
    match value:
        case Mapping():
            return _object(value, indent, _depth)
        case str() | bytes() | bytearray():
            return _scalar(value)
        case Sequence():
            return _list(value, indent, _depth)
    return _scalar(value)


def _scalar(value: object) -> str:
    match value:
        case Expression(text):
            written = text
        case Reference():
            written = traversal(value)
        case None:
            written = "null"
        case bool():
            written = "true" if value else "false"
        case int() | float():
            written = _number(value)
        case str():
            written = string(value)
        case _:
            raise MflowError(f"Terraform has no values of the type {type(value).__name__}", code="terraform.value")
    return written


def _number(value: int | float) -> str:
    if isinstance(value, int):
        if value.bit_length() > _PRECISION_BITS:
            raise MflowError("a number is too large for Terraform", code="terraform.value")
        return str(int(value))
    if not math.isfinite(value):
        raise MflowError(f"Terraform has no number {value}", code="terraform.value")
    return repr(float(value))


def _list(items: Sequence[Argument], indent: int, depth: int) -> str:
    inner = indent + 2
    parts = [expression(item, inner, depth + 1) for item in items]
    line = f"[{', '.join(parts)}]"
    if not any(isinstance(item, Mapping) for item in items) and "\n" not in line and indent + len(line) <= _LINE:
        return line
    return "\n".join(["[", *(f"{' ' * inner}{part}," for part in parts), " " * indent + "]"])


def _object(items: Mapping[str, Argument], indent: int, depth: int) -> str:
    if not items:
        return "{}"
    pairs = []
    for name, value in items.items():
        if not isinstance(name, str):
            raise MflowError(
                f"the key {name!r} of a map is not text", code="terraform.value", hint="put the key in quotes"
            )
        pairs.append((key(name), expression(value, indent + 2, depth + 1)))
    return "\n".join(["{", *aligned(pairs, indent + 2), " " * indent + "}"])


def function(name: str, arguments: Sequence[Argument], indent: int = 0) -> Expression:
    """A call of a Terraform function, one argument a line."""
    inner = indent + 2
    lines = [f"{' ' * inner}{expression(argument, inner)}," for argument in arguments]
    return Expression("\n".join([f"{name}(", *lines, " " * indent + ")"]))


def aligned(pairs: Sequence[tuple[str, str]], indent: int) -> list[str]:
    """`name = text` lines with the equals signs where `terraform fmt` puts them.

    Neighbouring one-line arguments are aligned; one that spans lines stands alone and divides its neighbours.
    """
    lines: list[str] = []
    group: list[tuple[str, str]] = []

    def close_group() -> None:
        width = max((len(name) for name, _ in group), default=0)
        lines.extend(f"{' ' * indent}{name.ljust(width)} = {text}" for name, text in group)
        group.clear()

    for name, text in pairs:
        if "\n" in text:
            close_group()
            lines.append(f"{' ' * indent}{name} = {text}")
        else:
            group.append((name, text))
    close_group()
    return lines


def block(kind: str, labels: Sequence[str], *groups: Sequence[tuple[str, Argument]]) -> str:
    """A block with arguments only, such as `module "vpc" { … }`, ending in a newline. Names must be identifiers.

    Groups of arguments are divided by an empty line.
    """
    header = " ".join([kind, *(string(label) for label in labels)])
    parts = [aligned([(name, expression(value, 2)) for name, value in group], 2) for group in groups if group]
    return f"{header} {{\n" + "\n\n".join("\n".join(lines) for lines in parts) + "\n}\n"


def comment(text: str) -> str:
    """A one-line comment. Whatever could end the line or hide text in it becomes a space."""
    hidden = _INVISIBLE | {"Cs"}
    visible = "".join(" " if unicodedata.category(character) in hidden else character for character in text)
    return f"# {' '.join(visible.split())}".rstrip() + "\n"
