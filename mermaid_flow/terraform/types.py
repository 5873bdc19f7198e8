"""Type constraints of module variables, and whether a value fits one.

Terraform would find a misfit itself, but only after the providers have started and without naming the box that the
value came from. The rules are those of Terraform's own conversions, with one exception: an attribute that an object
type does not have is an error here, where Terraform drops it silently, because it is nearly always a spelling mistake.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from mermaid_flow.errors import MflowError, did_you_mean
from mermaid_flow.handlers.calls import Reference, Value


@dataclass(frozen=True, slots=True)
class Anything:
    """`any`: Terraform infers the type."""

    def __str__(self) -> str:
        return "any"


@dataclass(frozen=True, slots=True)
class Primitive:
    """`string`, `number` or `bool`."""

    name: Literal["string", "number", "bool"]

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class Collection:
    """`list(element)`, `set(element)` or `map(element)`."""

    kind: Literal["list", "set", "map"]
    element: Type

    def __str__(self) -> str:
        return f"{self.kind}({self.element})"


@dataclass(frozen=True, slots=True)
class Tuple:
    """`tuple([…])`: a fixed number of elements, each with its own type."""

    elements: tuple[Type, ...]

    def __str__(self) -> str:
        return f"tuple([{', '.join(map(str, self.elements))}])"


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute of an object type. An optional one may be left out."""

    type: Type
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Object:
    """`object({…})`."""

    attributes: Mapping[str, Attribute]

    def __str__(self) -> str:
        return f"object({{{', '.join(self.attributes)}}})"


Type: TypeAlias = "Anything | Primitive | Collection | Tuple | Object"

_TOKEN = re.compile(
    r"""(?P<space>\s+|\#[^\n]*|//[^\n]*|/\*.*?\*/)
      | (?P<name>[A-Za-z_][A-Za-z0-9_-]*)
      | (?P<text>"(?:[^"\\]|\\.)*")
      | (?P<mark>[()\[\]{},=:])
      | (?P<other>.)""",
    re.VERBOSE | re.DOTALL,
)
_PAIRS = {"(": ")", "[": "]", "{": "}"}


def parse_type(text: str) -> Type:
    """The type that a variable's `type = …` names. Raises MflowError (code `terraform.type`) for anything else."""
    tokens = [match[0] for match in _TOKEN.finditer(text) if match.lastgroup != "space"]
    reader = _Reader(text, tokens)
    parsed = reader.type()
    reader.expect("")
    return parsed


class _Reader:
    """Recursive descent over the tokens of one type expression."""

    def __init__(self, text: str, tokens: Sequence[str]) -> None:
        self._text = text
        self._tokens = [*tokens, ""]
        self._position = 0

    def _next(self) -> str:
        token = self._tokens[self._position]
        self._position = min(self._position + 1, len(self._tokens) - 1)
        return token

    def _peek(self) -> str:
        return self._tokens[self._position]

    def expect(self, *tokens: str) -> str:
        """The next token, which must be one of `tokens`; an empty one is the end."""
        token = self._next()
        if token not in tokens:
            wanted = " or ".join(repr(choice) if choice else "the end" for choice in tokens)
            raise self._error(f"expected {wanted} but found {token!r}" if token else f"expected {wanted}")
        return token

    def _error(self, problem: str) -> MflowError:
        return MflowError(f"{self._text!r} is not a Terraform type: {problem}", code="terraform.type")

    def type(self) -> Type:
        """One type."""
        match self._next():
            case "any":
                return Anything()
            case "string" | "number" | "bool" as name:
                return Primitive(name)
            case "list" | "set" | "map" as kind:
                return Collection(kind, self._element())
            case "tuple":
                return self._tuple()
            case "object":
                return self._object()
            case token:
                raise self._error(f"there is no type {token!r}")

    def _element(self) -> Type:
        if self._peek() != "(":
            return Anything()  # the old spelling `list` means `list(any)`
        self.expect("(")
        element = self.type()
        self.expect(")")
        return element

    def _tuple(self) -> Tuple:
        self.expect("(")
        self.expect("[")
        elements: list[Type] = []
        while self._peek() != "]":
            elements.append(self.type())
            if self._peek() != "]":
                self.expect(",")
        self.expect("]")
        self.expect(")")
        return Tuple(tuple(elements))

    def _object(self) -> Object:
        self.expect("(")
        self.expect("{")
        attributes: dict[str, Attribute] = {}
        while self._peek() != "}":
            name = self._next().strip('"')
            self.expect("=", ":")
            attributes[name] = self._attribute()
            if self._peek() == ",":
                self._next()  # a line end divides as well
        self.expect("}")
        self.expect(")")
        return Object(attributes)

    def _attribute(self) -> Attribute:
        if self._peek() != "optional":
            return Attribute(self.type())
        self._next()
        self.expect("(")
        kind = self.type()
        if self.expect(",", ")") == ",":
            self._skip_default()
        return Attribute(kind, optional=True)

    def _skip_default(self) -> None:
        """Everything up to the parenthesis that closes `optional(`: Terraform applies the default."""
        closers = [")"]
        while closers:
            token = self._next()
            if not token:
                raise self._error("a parenthesis is not closed")
            if token in _PAIRS:
                closers.append(_PAIRS[token])
            elif token == closers[-1]:
                closers.pop()


@dataclass(frozen=True, slots=True)
class Misfit:
    """Where in a value something does not fit (`subnets["a"].cidr`, relative to the value) and why."""

    path: str
    problem: str
    hint: str = ""


def misfits(value: Value, wanted: Type) -> Iterator[Misfit]:
    """Everything in `value` that does not fit. References and null fit anywhere: only Terraform can tell."""
    return _misfits(value, wanted, "")


def _misfits(value: Value, wanted: Type, path: str) -> Iterator[Misfit]:
    if value is None or isinstance(value, Reference):
        return
    match wanted:
        case Primitive(name):
            if not _converts(value, name):
                yield Misfit(path, f"expected {name}, got {_kind(value)}")
        case Collection("map", element):
            yield from _map(value, wanted, element, path)
        case Collection() | Tuple():
            yield from _sequence(value, wanted, path)
        case Object(attributes):
            yield from _object(value, wanted, attributes, path)


def _sequence(value: Value, wanted: Collection | Tuple, path: str) -> Iterator[Misfit]:
    items = value if isinstance(value, Sequence) and not isinstance(value, (str, bytes, bytearray)) else None
    if items is None or (isinstance(wanted, Tuple) and len(items) != len(wanted.elements)):
        yield Misfit(path, f"expected {wanted}, got {_kind(value)}")
        return
    elements = wanted.elements if isinstance(wanted, Tuple) else [wanted.element] * len(items)
    for position, (item, element) in enumerate(zip(items, elements, strict=True)):
        yield from _misfits(item, element, f"{path}[{position}]")


def _map(value: Value, wanted: Type, element: Type, path: str) -> Iterator[Misfit]:
    if not isinstance(value, Mapping):
        yield Misfit(path, f"expected {wanted}, got {_kind(value)}")
        return
    for name, item in value.items():
        yield from _misfits(item, element, f'{path}["{name}"]')


def _object(value: Value, wanted: Type, attributes: Mapping[str, Attribute], path: str) -> Iterator[Misfit]:
    if not isinstance(value, Mapping):
        yield Misfit(path, f"expected {wanted}, got {_kind(value)}")
        return
    for name, attribute in attributes.items():
        if name in value:
            yield from _misfits(value[name], attribute.type, f"{path}.{name}")
        elif not attribute.optional:
            yield Misfit(path, f"the attribute {name!r} ({attribute.type}) is missing")
    for name in value:
        if name not in attributes:
            yield Misfit(path, f"there is no attribute {name!r}", did_you_mean(str(name), attributes))


_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?")


def _converts(value: Value, name: str) -> bool:
    """Whether Terraform converts the value to that primitive type."""
    if isinstance(value, bool):
        return name in ("bool", "string")
    if isinstance(value, (int, float)):
        return name in ("number", "string")
    if isinstance(value, str):
        return name == "string" or (
            _NUMBER.fullmatch(value) is not None if name == "number" else value in ("true", "false", "1", "0")
        )
    return False


def _kind(value: Value) -> str:
    """What a value is, without showing it: it may be a secret."""
    match value:
        case bool():
            kind = "a bool"
        case int() | float():
            kind = "a number"
        case str():
            kind = "a text"
        case Mapping():
            kind = "a map"
        case list() | tuple():
            kind = f"a list of {len(value)}"
        case _:
            kind = f"something of the type {type(value).__name__}"
    return kind
