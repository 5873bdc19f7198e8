"""Files to diagram texts: Mermaid files whole, Markdown files fence by fence, with the file's own line numbers.

People keep diagrams in many states: saved as UTF-16, with a byte order mark, with CRLF, in fences inside lists and
quotes, in fences that never close. Each of these becomes a `Source` or an `MflowError` that says what is wrong; nothing
here raises anything else. The Markdown library is imported only when a file needs it.
"""

from __future__ import annotations

import codecs
import os
import re
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mermaid_flow.errors import Location, MflowError, Problems, did_you_mean
from mermaid_flow.syntax.source import Source

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

DIAGRAM_SUFFIXES = (".mmd", ".mermaid")
MARKDOWN_SUFFIXES = (".md", ".markdown")

_LARGEST = 64 * 1024 * 1024
"""Bytes. No diagram comes near it; a disk image that was named by mistake does."""

_BYTE_ORDER_MARKS = (
    # UTF-32 first: its little-endian mark begins with that of UTF-16.
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (codecs.BOM_UTF8, "utf-8"),
)

_LINE = re.compile(r"[^\r\n]*(?:\r\n?|\n|\Z)")
_MAY_HOLD_FENCE = re.compile(r"(?:`{3}|~{3}|:{3})[^\n]*mermaid", re.IGNORECASE)
_MERMAID_INFO = re.compile(r"\{?\.?mermaid(?![\w-])", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Passage:
    """One diagram's place in its file: characters `start` to `end` of the document's text, each line after `prefix`.

    The prefix is the fence's indentation or quote marks, empty for a file that is one diagram.
    """

    source: Source
    start: int
    end: int
    prefix: str = ""

    def placed(self, text: str) -> str:
        """A new text for the diagram as it stands in the file: every line after the prefix."""
        prefixes = {True: self.prefix, False: self.prefix.rstrip()}
        return "".join(prefixes[bool(line.strip())] + line for line in text.splitlines(keepends=True))


@dataclass(frozen=True, slots=True)
class Document:
    """A file's text, the diagrams in it, and what kept others from being read."""

    path: Path
    text: str = ""
    passages: tuple[Passage, ...] = ()
    problems: tuple[MflowError, ...] = ()
    encoding: str = "utf-8"
    byte_order_mark: bytes = b""

    @property
    def sources(self) -> list[Source]:
        """The diagrams' texts in the order of the file."""
        return [passage.source for passage in self.passages]

    def encode(self, text: str) -> bytes:
        """The bytes of a new text in the file's own encoding, for writing it back."""
        return self.byte_order_mark + text.encode(self.encoding)


def find_diagrams(paths: Iterable[Path]) -> list[Path]:
    """The files to look at: named files as they are, folders searched for Mermaid and Markdown files, sorted.

    Hidden folders and `node_modules` are passed over. A folder that cannot be listed is returned itself, so that
    reading it reports why. Raises `MflowError` for a path that does not exist.
    """
    found: dict[Path, None] = {}
    for path in paths:
        if path.is_dir():
            found.update(dict.fromkeys(_walk(path)))
        elif os.path.lexists(path):
            found[path] = None
        else:
            raise _missing(path)
    return list(found)


def read_document(path: Path) -> Document:
    """Read one file. Never raises: what is wrong with the file is in the document's problems."""
    try:
        content = _read_bytes(path)
        encoding, mark = _encoding_of(content)
        text = _decode(path, content[len(mark) :], encoding)
    except MflowError as error:
        return Document(path, problems=(error,))
    if path.suffix.lower() in MARKDOWN_SUFFIXES:
        passages, problems = _markdown_passages(text, str(path))
    else:
        passages, problems = [Passage(Source(text, str(path)), 0, len(text))], []
    return Document(path, text, tuple(passages), tuple(problems), encoding, mark)


def read_sources(path: Path) -> list[Source]:
    """The diagrams of one file. Raises `MflowError` (several as `Problems`) when any part cannot be read."""
    document = read_document(path)
    if len(document.problems) == 1:
        raise document.problems[0]
    if document.problems:
        raise Problems(document.problems)
    return document.sources


def _walk(folder: Path) -> Iterator[Path]:
    unlisted: list[Path] = []

    def note(error: OSError) -> None:
        unlisted.append(Path(error.filename))

    for place, folders, files in os.walk(folder, onerror=note):
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name != "node_modules")
        for name in sorted(files):
            if name.lower().endswith(DIAGRAM_SUFFIXES + MARKDOWN_SUFFIXES):
                yield Path(place, name)
    yield from unlisted


def _missing(path: Path) -> MflowError:
    try:
        neighbours = [entry.name for entry in path.parent.iterdir()]
    except OSError:
        neighbours = []
    return MflowError(
        f"{path} does not exist",
        code="source.missing",
        hint=did_you_mean(path.name, neighbours),
    )


def _read_bytes(path: Path) -> bytes:
    try:
        status = path.stat()
        # A pipe or a device would block or never end; a folder gets its own reason from the system.
        if not stat.S_ISREG(status.st_mode) and not stat.S_ISDIR(status.st_mode):
            raise MflowError(f"{path} is not a regular file", code="source.unreadable")
        if status.st_size > _LARGEST:
            size = status.st_size // (1024 * 1024)
            raise MflowError(
                f"{path} has {size} MB; diagrams of more than {_LARGEST // (1024 * 1024)} MB are not read",
                code="source.unreadable",
            )
        return path.read_bytes()
    except OSError as error:
        reason = error.strerror or str(error)
        raise MflowError(f"{path} cannot be read: {reason}", code="source.unreadable") from None


def _encoding_of(content: bytes) -> tuple[str, bytes]:
    for mark, encoding in _BYTE_ORDER_MARKS:
        if content.startswith(mark):
            return encoding, mark
    return "utf-8", b""


def _decode(path: Path, content: bytes, encoding: str) -> str:
    # Text in UTF-16 without a mark decodes as UTF-8 full of NULs, which no text has.
    if encoding == "utf-8" and b"\0" in content[:1024]:
        raise MflowError(
            f"{path} is not UTF-8 text",
            code="source.encoding",
            hint="save it as UTF-8, or as UTF-16 with a byte order mark",
        )
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        before = content[: error.start].decode(encoding, "replace")
        line = before.count("\n") + 1
        column = len(before) - before.rfind("\n")
        raise MflowError(
            f"not {encoding.upper()} text: byte 0x{content[error.start]:02X}",
            code="source.encoding",
            hint="save the file as UTF-8",
            where=Location(str(path), line, column, line, column + 1),
        ) from None


def _markdown_passages(text: str, path: str) -> tuple[list[Passage], list[MflowError]]:
    passages: list[Passage] = []
    problems: list[MflowError] = []
    if not _MAY_HOLD_FENCE.search(text):
        return passages, problems
    lines = _LINE.findall(text)
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line))
    for token in _markdown().parse(text):
        if token.type not in ("fence", "colon_fence") or not _MERMAID_INFO.match(token.info.strip()):
            continue
        assert token.map is not None  # noqa: S101 - the library gives every fence its lines
        first, last = token.map[0] + 1, token.map[1] - 1
        if _is_unclosed(token):
            problems.append(_unclosed(token, lines[first - 1], path, first))
            continue
        prefix, content = _unwrap(lines[first:last], token.content)
        source = Source(content, path, first_line=first + 1, indent=len(prefix))
        passages.append(Passage(source, starts[first], starts[last], prefix))
    return passages, problems


def _markdown() -> MarkdownIt:
    from markdown_it import MarkdownIt  # noqa: PLC0415 - most runs read no Markdown
    from mdit_py_plugins.colon_fence import colon_fence_plugin  # noqa: PLC0415

    markdown = MarkdownIt("commonmark").use(colon_fence_plugin)
    # Blocks are all we need; inline parsing is most of the work.
    markdown.core.ruler.enableOnly(["normalize", "block"])
    return markdown


def _is_unclosed(token: Token) -> bool:
    assert token.map is not None  # noqa: S101
    content_lines = len(token.content.split("\n")) - (1 if token.content.endswith("\n") or not token.content else 0)
    return token.map[1] - token.map[0] < content_lines + 2


def _unclosed(token: Token, line: str, path: str, number: int) -> MflowError:
    excerpt = line.rstrip("\r\n")
    column = excerpt.find(token.markup) + 1
    return MflowError(
        "this Mermaid fence is never closed",
        code="source.fence",
        hint=f"end the diagram with a line {token.markup} of the same indentation",
        where=Location(path, number, column, number, len(excerpt) + 1, excerpt),
    )


def _unwrap(lines: list[str], content: str) -> tuple[str, str]:
    """Take from each line what the Markdown around it takes (indentation, quote marks), keeping its line ending."""
    prefix: str | None = None
    unwrapped = []
    for line, bare in zip(lines, content.split("\n"), strict=False):
        body = line.rstrip("\r\n")
        # A tab that is only partly indentation comes back as spaces: then the whole blank start is indentation.
        kept = bare if body.endswith(bare) else bare.lstrip()
        if prefix is None and kept.strip():
            prefix = body[: len(body) - len(kept)]
        unwrapped.append(line[len(body) - len(kept) :])
    return prefix or "", "".join(unwrapped)
