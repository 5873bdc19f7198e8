"""The statements of a sequence diagram as they should look."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from mermaid_flow.syntax._layout import STATEMENT_END, Unit
from mermaid_flow.syntax._sequence_declarations import read_declaration, read_name
from mermaid_flow.syntax._sequence_texts import box_colour, show_entities
from mermaid_flow.syntax.preprocess import Prepared
from mermaid_flow.syntax.sequence_parser import read_statements

_OPENING = ("BOX", "LOOP", "OPT", "BREAK", "RECT", "ALT", "PAR", "PAR_OVER", "CRITICAL")
_BRANCH = ("ELSE", "AND", "OPTION")
_COMMENT = re.compile(r"[^\S\n]*([#%][^\n]*)")


def sequence_units(prepared: Prepared) -> Iterator[Unit]:
    """The statements of a text that is known to be good."""
    for kind, match in read_statements(prepared):
        text = _WRITERS[kind](match) if kind in _WRITERS else f"{kind.lower()} {match[1].strip()}".rstrip()
        whole = match[0].rstrip(STATEMENT_END)
        # What stands before the header on lines of its own stays there.
        written = whole.lstrip()
        yield Unit(
            *prepared.span(match.start() + len(whole) - len(written), match.start() + len(whole)),
            text=show_entities(text),
            written=show_entities(written),
            before=-1 if kind in (*_BRANCH, "END") else 0,
            after=1 if kind in (*_OPENING, *_BRANCH, "HEADER") else 0,
            is_block=kind == "ACC_DESCR",
            is_comment=kind == "COMMENT",
        )


def _message(match: re.Match[str]) -> str:
    source, source_mark, arrow, mark, target, words = match.groups()
    head = f"{source.rstrip()}{source_mark or ''}{arrow}{mark or ''}{target.rstrip()}"
    return _with_comment(f"{head}: {words}", match, 6)


def _note_beside(match: re.Match[str]) -> str:
    return _with_comment(f"Note {match[1].lower()} of {match[2].rstrip()}: {match[3]}", match, 3)


def _note_over(match: re.Match[str]) -> str:
    actors = ",".join(actor.rstrip() for actor in match.group(1, 2) if actor is not None)
    return _with_comment(f"Note over {actors}: {match[3]}", match, 3)


def _participant(match: re.Match[str]) -> str:
    text = match[2].strip()
    declared = read_declaration(match[2], line_ends=True, is_last=True)
    if declared.alias is not None and declared.configuration is None:
        alias = re.sub(r"\A\s+as\b\s*", "", match[2][declared.end :], flags=re.IGNORECASE)
        text = f"{declared.name} as {alias}".strip()
    return f"{match[1].lower()} {text}"


def _destroy(match: re.Match[str]) -> str:
    return f"destroy {read_name(match[1]).name}"


def _activation(match: re.Match[str]) -> str:
    return f"{match[1].lower()} {read_name(match[2]).name}"


def _autonumber(match: re.Match[str]) -> str:
    words = " ".join(["autonumber", *(word.lower() for word in match.groups() if word is not None)])
    return _with_comment(words, match, match.lastindex or 0)


def _box(match: re.Match[str]) -> str:
    text = match[1].strip()
    colour, title = box_colour(text)
    return f"box {colour} {title}".rstrip() if text.startswith(colour) else f"box {text}".rstrip()


def _links(match: re.Match[str]) -> str:
    return _with_comment(f"{match[1].lower()} {match[2].rstrip()}: {match[3]}", match, 3)


def _title(match: re.Match[str]) -> str:
    colon = ":" if match[0][len("title")] == ":" else ""
    return f"title{colon} {match[1].strip()}"


def _acc_descr(match: re.Match[str]) -> str:
    line, opening, lines, _ = match.groups()
    if not opening:
        return f"accDescr: {line.strip()}"
    inner = [f"    {part.strip()}".rstrip() for part in lines.strip().split("\n")]
    return "\n".join(["accDescr {", *inner, "}"])


def _with_comment(text: str, match: re.Match[str], group: int) -> str:
    """A statement with the comment that may stand behind its last part."""
    end = match.end(group) if group else match.start() + len("autonumber")
    comment = _COMMENT.match(match.string, end, match.end())
    return f"{text.rstrip()} {comment[1].rstrip()}" if comment else text.rstrip()


_WRITERS: dict[str, Callable[[re.Match[str]], str]] = {
    "HEADER": lambda _: "sequenceDiagram",
    "END": lambda _: "end",
    "MESSAGE": _message,
    "NOTE_BESIDE": _note_beside,
    "NOTE_OVER": _note_over,
    "PARTICIPANT": _participant,
    "CREATE": lambda match: f"create {_participant(match)}",
    "DESTROY": _destroy,
    "ACTIVATION": _activation,
    "AUTONUMBER": _autonumber,
    "BOX": _box,
    "LINKS": _links,
    "TITLE": _title,
    "ACC_TITLE": lambda match: f"accTitle: {match[1].strip()}",
    "ACC_DESCR": _acc_descr,
    "COMMENT": lambda match: match[0].partition("\n")[0].rstrip(),
    "STRAY": lambda match: "".join(match[0].replace(";", " ").split()),
}
