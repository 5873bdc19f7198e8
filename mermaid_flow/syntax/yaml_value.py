"""The YAML inside a diagram: its front matter and the `@{…}` of a node.

Mermaid reads both with YAML's JSON schema: `yes` and `2026-01-01` are strings, `true`, `null` and numbers are not. This
reader does the same for a text that nobody trusts: nesting, aliases and equal keys are bounded or refused.
"""

from __future__ import annotations

import json
import re

import yaml
from yaml.nodes import Node, ScalarNode, SequenceNode

_DEEPEST = 50
_MOST_VALUES = 20_000
_NUMBER = re.compile(
    r"(?P<int>[-+]?(?:0b[01]+|0x[0-9a-fA-F]+|0o[0-7]+|[0-9]+))"
    r"|(?P<float>(?:\.[0-9]+|[-+]?[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))"
)
_CONSTANTS: dict[str, bool | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_TAGS = frozenset(f"tag:yaml.org,2002:{name}" for name in ("str", "seq", "map", "null", "bool", "int", "float"))

_ENDS_KEY = r":(?=[\s,\[\]{}]|\Z)"
_WORD = rf"(?:(?!{_ENDS_KEY})[^\s,\[\]{{}}])++"
_FLOW_PIECE = re.compile(
    rf"""(?P<colon>{_ENDS_KEY})|"(?:[^"\\]|\\.)*+"|'(?:[^']|'')*+'|(?P<plain>{_WORD}(?:\s++(?!\#){_WORD})*+)|\s++|."""
)
"""A piece of a flow mapping."""


class YamlProblem(Exception):
    """What is wrong, and where in the YAML text: 0-based line and column."""

    def __init__(self, message: str, line: int, column: int) -> None:
        super().__init__(message)
        self.message = message
        self.line = line
        self.column = column


def read_yaml(text: str) -> object:
    """The value of a YAML text by the JSON schema; None for an empty one. Raises `YamlProblem`."""
    try:
        root = yaml.compose(text, Loader=yaml.CBaseLoader if yaml.__with_libyaml__ else yaml.BaseLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line, mark.column) if mark else (0, 0)
        raise YamlProblem(error.problem or "it cannot be read", line, column) from None
    except yaml.YAMLError as error:
        raise YamlProblem(str(error).splitlines()[0], 0, 0) from None
    except UnicodeEncodeError:
        raise YamlProblem("it holds half of a character", 0, 0) from None
    return None if root is None else _Reader().value(root, 0)


def read_data(text: str) -> object:
    """The value of what stands in `@{…}`: on one line the inside of a flow mapping, on several a block mapping.

    Raises `YamlProblem`, with places in the block mapping or, one line further down, in the flow mapping.
    """
    if "\n" in text:
        return read_yaml(text + "\n")
    try:
        return read_yaml(f"{{\n{text}\n}}")
    except YamlProblem:
        try:
            return read_yaml(f"{{\n{_as_older_yaml(text)}\n}}")
        except YamlProblem:
            pass
        raise


def _as_older_yaml(text: str) -> str:
    """A flow mapping for libyaml. It reads YAML 1.1, which has neither `: value` without a key nor words like `:x`."""
    pieces: list[str] = []
    before = ","
    for piece in _FLOW_PIECE.finditer(text):
        written = piece[0]
        if piece["colon"]:
            written = "null: " if before in ",[" else ": "
        elif piece["plain"] and written[0] in ":?" and written[1:2].strip():
            written = json.dumps(written, ensure_ascii=False)
        pieces.append(written)
        if not written.isspace():
            before = written
    return "".join(pieces)


class _Reader:
    def __init__(self) -> None:
        self.values = 0

    def value(self, node: Node, depth: int) -> object:
        self.values += 1
        if self.values > _MOST_VALUES or depth > _DEEPEST:
            raise _problem("it holds too much", node)
        _check_tag(node)
        if isinstance(node, ScalarNode):
            return _scalar(node)
        if isinstance(node, SequenceNode):
            return [self.value(item, depth + 1) for item in node.value]
        result: dict[object, object] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, ScalarNode):
                raise _problem("a key must be a plain word", key_node)
            _check_tag(key_node)
            key = key_node.value
            if key in result:
                raise _problem(f"the key {key!r} is there twice", key_node)
            result[key] = self.value(value_node, depth + 1)
        return result


def _check_tag(node: Node) -> None:
    if node.tag not in _TAGS:
        raise _problem(f"the tag {node.tag} is not known", node)


def _scalar(node: ScalarNode) -> object:
    text = str(node.value)
    if node.style or not node.tag.endswith(":str"):
        return text
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    number = _NUMBER.fullmatch(text)
    if number is None or len(text) > 100:
        return text
    if number["int"]:
        digits = text.lstrip("+-")
        base = {"0b": 2, "0x": 16, "0o": 8}.get(digits[:2], 10)
        return int(digits[2:] if base != 10 else digits, base) * (-1 if text[0] == "-" else 1)
    return float(text.lower().replace(".inf", "inf").replace(".nan", "nan"))


def _problem(message: str, node: Node) -> YamlProblem:
    return YamlProblem(message, node.start_mark.line, node.start_mark.column)
