"""YAML 1.2 with places. PyYAML does the syntax; what its 1.1 schema misreads is read here by the 1.2 core schema.

Why not PyYAML's own constructor: it turns `no` into false, `0755` into 493 and `1:30` into 90, keeps the last of two
equal keys in silence, forgets where values stood, and expands aliases without bound.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, TypeAlias

import yaml
from yaml.composer import Composer, ComposerError
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from yaml.reader import ReaderError

from mermaid_flow.errors import Location, MflowError, did_you_mean
from mermaid_flow.inputs.documents import Mark, Marks, YamlDocument, location
from mermaid_flow.inputs.paths import Keys

TagReader: TypeAlias = "Callable[[object, Location], object]"
"""Makes the value of a tagged node from its plain value (for a scalar: its text) and its place."""
UnknownTag: TypeAlias = "Callable[[str, Location], object]"
"""Makes a value that stands for a node with a tag that nobody reads, from the tag and its place."""

DEEPEST: Final = 100
"""Levels of nesting: far above what people write, far below what exhausts the stack."""
MOST_VALUES: Final = 200_000
"""Values in a document once its aliases are expanded: a few lines of aliases can stand for billions."""

_CORE = "tag:yaml.org,2002:"
_LINE_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
# Which plain scalars are no strings: YAML 1.2.2, 10.3.2, with one exception. A whole number with a leading zero stays a
# string: readers disagree about it (`0755` is 493 to some, 755 to others), and an account number must keep its zero.
_PLAIN = re.compile(
    r"""(?P<null>~|null|Null|NULL|)
      | (?P<bool>true|True|TRUE|false|False|FALSE)
      | (?P<int>[-+]?(?:0|[1-9][0-9]*)|0o[0-7]+|0x[0-9a-fA-F]+)
      | (?P<float>[-+]?(?:\.[0-9]+|[0-9]+\.[0-9]*)(?:[eE][-+]?[0-9]+)?|[-+]?[0-9]+[eE][-+]?[0-9]+
                 |[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))
      | (?P<merge><<)""",
    re.VERBOSE,
)


class _NodeComposer(Composer):
    """Text to nodes, by the core schema and with a bound on nesting."""

    def __init__(self, text: str) -> None:
        # libyaml is four times as fast; PyYAML has no wheel with it for some platforms.
        parser = yaml.CBaseLoader(text) if yaml.__with_libyaml__ else yaml.BaseLoader(text)
        self.check_event, self.peek_event, self.get_event = parser.check_event, parser.peek_event, parser.get_event
        super().__init__()
        self.depth = 0

    def descend_resolver(self, parent: Node | None, index: int) -> None:
        """The composer asks for this; only path resolvers would need it."""

    def ascend_resolver(self) -> None:
        """See `descend_resolver`."""

    def resolve(self, kind: type[Node], value: str | None, implicit: tuple[bool, bool]) -> str:
        """The tag of a node that has none written."""
        if kind is ScalarNode:
            return _plain_tag(value or "") if implicit[0] else _CORE + "str"
        return _CORE + ("map" if kind is MappingNode else "seq")

    def compose_node(self, parent: Node | None, index: int) -> Node | None:
        self.depth += 1
        if self.depth > DEEPEST:
            mark = getattr(self.peek_event(), "start_mark", None)
            raise ComposerError(None, None, f"nested more than {DEEPEST} levels deep", mark)
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node


def load_yaml(
    text: str,
    path: str | None = None,
    tags: Mapping[str, TagReader] | None = None,
    unknown_tag: UnknownTag | None = None,
) -> YamlDocument:
    """One YAML 1.2 document. `path` is how the text is called in messages; `tags` reads local tags such as `!env`.

    A tag that is not read is an error, or what `unknown_tag` makes of it.

    Raises MflowError (`inputs.yaml`) with the place for bad syntax, equal keys, unknown tags, several documents, keys
    that are no scalars, nesting deeper than `DEEPEST` and more than `MOST_VALUES` values.
    """
    lines = tuple(_LINE_BREAK.split(text))
    try:
        root = _NodeComposer(text).get_single_node()
    except ReaderError as error:
        raise _unreadable(text, path, lines, error) from None
    except yaml.MarkedYAMLError as error:
        raise _syntax_error(path, lines, error) from None
    if root is None:
        return YamlDocument(None, path, lines, {})
    constructor = _Constructor(path, lines, tags or {}, unknown_tag)
    return YamlDocument(constructor.value(root, ()), path, lines, constructor.marks)


def parse_scalar(text: str) -> object:
    """The value of a plain scalar by the core schema: `8` is a number, `true` a boolean, `yes` a string.

    Raises ValueError for a number that is too long to be read.
    """
    return _scalar(_plain_tag(text), text)


def _plain_tag(text: str) -> str:
    match = _PLAIN.fullmatch(text)
    return _CORE + (match.lastgroup or "str" if match else "str")


@dataclass(slots=True)
class _Constructor:
    """Nodes to plain values, noting where each one stands."""

    path: str | None
    lines: tuple[str, ...]
    tags: Mapping[str, TagReader]
    stand_in: UnknownTag | None
    marks: dict[Keys, Marks] = field(default_factory=dict)
    visited: int = 0

    def value(self, node: Node, keys: Keys, key_node: Node | None = None) -> object:
        self.spend(node, len(keys))
        self.marks[keys] = Marks(_mark(node), _mark(key_node) if key_node else None)
        tag = str(node.tag)
        plain = self.plain(node, keys)
        if tag in self.tags:
            return self.tags[tag](plain, self.place(node))
        if isinstance(node, ScalarNode):
            try:
                return _scalar(tag, node.value)
            except KeyError:
                return self.unknown_tag(node)
            except ValueError:
                raise self.error(f"{_short(node.value)} is not {_KINDS[tag]}", node) from None
        if tag != _CORE + ("map" if isinstance(node, MappingNode) else "seq"):
            return self.unknown_tag(node)
        return plain

    def plain(self, node: Node, keys: Keys) -> object:
        if isinstance(node, MappingNode):
            return {
                name: self.value(entry, (*keys, name), key)
                for name, (key, entry) in self.entries(node, len(keys)).items()
            }
        if isinstance(node, SequenceNode):
            return [self.value(item, (*keys, index)) for index, item in enumerate(node.value)]
        return node.value

    def entries(self, node: MappingNode, depth: int) -> dict[str, tuple[Node, Node]]:
        """The entries of a map by name, in order, with what its merge key brings in below its own."""
        own: dict[str, tuple[Node, Node]] = {}
        merged: dict[str, tuple[Node, Node]] = {}
        for key, entry in node.value:
            if not isinstance(key, ScalarNode):
                raise self.error("the name of an entry must be a scalar", key)
            if key.value in own:
                first = own[key.value][0].start_mark.line + 1
                raise self.error(f"{_short(key.value)} is given twice, first on line {first}", key)
            own[key.value] = (key, entry)
            if key.tag == _CORE + "merge":
                merged = self.merged(entry, depth + 1)
        if any(key.tag == _CORE + "merge" for key, _ in own.values()):
            del own["<<"]
        return {**merged, **own}

    def merged(self, node: Node, depth: int) -> dict[str, tuple[Node, Node]]:
        """What `<<: *base` or `<<: [*first, *second]` brings in; the first one that has an entry gives it."""
        sources = node.value if isinstance(node, SequenceNode) else [node]
        found: dict[str, tuple[Node, Node]] = {}
        for source in sources:
            self.spend(source, depth)
            if not isinstance(source, MappingNode):
                raise self.error("a merge key takes a map or a list of maps", source)
            found = {**self.entries(source, depth), **found}
        return found

    def spend(self, node: Node, depth: int) -> None:
        """Aliases make a tree of a few lines endless or huge: both are bounded here."""
        self.visited += 1
        if depth > DEEPEST:
            raise self.error(f"aliases nest more than {DEEPEST} levels deep", node)
        if self.visited > MOST_VALUES:
            raise self.error(f"aliases expand to more than {MOST_VALUES:,} values", node)

    def place(self, node: Node) -> Location:
        return location(self.path, self.lines, _mark(node))

    def error(self, message: str, node: Node, hint: str = "") -> MflowError:
        return MflowError(message, code="inputs.yaml", where=self.place(node), hint=hint)

    def unknown_tag(self, node: Node) -> object:
        tag = str(node.tag).replace(_CORE, "!!")
        if self.stand_in:
            return self.stand_in(tag, self.place(node))
        known = ", ".join(self.tags)
        hint = did_you_mean(tag, self.tags) or (f"known here: {known}" if known else "tags are not read here")
        raise self.error(f"unknown tag {_short(tag)}", node, hint)


_KINDS: dict[str, str] = {
    _CORE + "null": "null",
    _CORE + "bool": "true or false",
    _CORE + "int": "a whole number",
    _CORE + "float": "a number",
}


def _scalar(tag: str, text: str) -> object:
    """The value of a scalar. Raises KeyError for an unknown tag, ValueError for a text that does not fit it."""
    if tag == _CORE + "str" or tag == _CORE + "merge":
        return text
    if tag == _CORE + "null" and text in ("", "~", "null", "Null", "NULL"):
        return None
    if tag == _CORE + "bool" and text.lower() in ("true", "false"):
        return text.lower() == "true"
    if tag == _CORE + "int":
        return int(text, {"0o": 8, "0x": 16}.get(text[:2], 10))
    if tag == _CORE + "float":
        return float(re.sub(r"^([-+]?)\.(inf|nan)$", r"\1\2", text.lower()))
    raise ValueError(text) if tag in _KINDS else KeyError(tag)


def _mark(node: Node) -> Mark:
    start, end = node.start_mark, node.end_mark
    return Mark(start.line, start.column, end.line, end.column)


def _short(text: str) -> str:
    return repr(text if len(text) <= 40 else text[:39] + "…")


def _unreadable(text: str, path: str | None, lines: tuple[str, ...], error: ReaderError) -> MflowError:
    before = _LINE_BREAK.split(text[: error.position])
    mark = Mark(len(before) - 1, len(before[-1]), len(before) - 1, len(before[-1]) + 1)
    return MflowError("a character that YAML does not allow", code="inputs.yaml", where=location(path, lines, mark))


_UNCLOSED = re.compile(r"expected ',' or '([\]}])'")
_FRIENDLY: tuple[tuple[str, str, str], ...] = (
    # What PyYAML says, what we say, the hint.
    (
        "mapping values are not allowed",
        "a colon that does not belong here",
        "put a text that holds ': ' in quotes, or check the indentation",
    ),
    (
        "expected ':'|expected key|expected <block end>|expected '-'",
        "not a valid entry here",
        "entries are written 'name: value', each at the indentation of its neighbours",
    ),
    ("but found another document", "a second document, where one is wanted", "remove the line '---'"),
)


def _syntax_error(path: str | None, lines: tuple[str, ...], error: yaml.MarkedYAMLError) -> MflowError:
    problem = error.problem or "not YAML"
    mark, opened = error.problem_mark, error.context_mark
    line, column = (mark.line, mark.column) if mark else (0, 0)
    message, hint = f"not valid YAML: {problem}", ""
    if unclosed := _UNCLOSED.search(problem):
        message, hint = f"expected ',' or '{unclosed[1]}'", f"opened on line {opened.line + 1}" if opened else ""
    elif "unexpected end of stream" in problem and opened:
        message, line, column = "a quote that is not closed", opened.line, opened.column
    elif "cannot start any token" in problem:
        character = lines[line][column]
        if character == "\t":
            message, hint = "a tab where YAML wants spaces", "indent with spaces"
        else:
            message, hint = f"a value cannot start with {character!r}", "put it in quotes"
    else:
        message, hint = next(
            ((said, advice) for pattern, said, advice in _FRIENDLY if re.search(pattern, problem)), (message, hint)
        )
    # An error at the end of the text is shown behind the last line that holds something.
    while line > 0 and (line >= len(lines) or not lines[line].strip()):
        line, column = line - 1, len(lines[line - 1])
    return MflowError(
        message, code="inputs.yaml", hint=hint, where=location(path, lines, Mark(line, column, line, column + 1))
    )
