"""A sequence diagram in the form that the conformance rows compare."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable, Iterator

from mermaid_flow.syntax.sequence import (
    Activation,
    Autonumber,
    Fragment,
    Lifecycle,
    Message,
    Note,
    SequenceDiagram,
    Statement,
)
from mermaid_flow.syntax.source import Span

_DIRECTIVE = re.compile(r"%%\{\s*(\w+)\s*:?\s*(.*?)\}%%", re.DOTALL)
_BRANCHES = {"alt": "alt_else", "par": "par_and", "par_over": "par_and", "critical": "critical_option"}


def canonical_sequence(diagram: SequenceDiagram) -> dict[str, object]:
    """Keys that are empty or false are left out, as in the rows."""
    graph: dict[str, object] = {
        "participants": [
            without_empty(
                {
                    "id": participant.id,
                    "description": participant.description,
                    "type": participant.type,
                    "links": dict(participant.links),
                    "properties": dict(participant.properties),
                    "box": participant.box,
                },
                keep=("id", "description", "type", *(["box"] if participant.box is not None else [])),
            )
            for participant in diagram.participants.values()
        ],
        "events": _last_destruction_counts(_Events(diagram).of(diagram.body)),
    }
    boxes = [{"title": box.title or None, "fill": box.fill, "actors": list(box.actors)} for box in diagram.boxes]
    texts = {"title": diagram.title, "acc_title": diagram.acc_title, "acc_descr": diagram.acc_descr}
    return graph | without_empty({"boxes": boxes, **texts})


def without_empty(values: dict[str, object], keep: tuple[str, ...] = ()) -> dict[str, object]:
    return {key: value for key, value in values.items() if key in keep or value not in (None, "", False, [], {})}


def _wraps(diagram: SequenceDiagram) -> bool:
    """Whether the front matter or a directive asks for wrapped texts."""
    configuration = diagram.front_matter.get("config")
    settings = [configuration if isinstance(configuration, dict) else {}]
    directives = [(found[1], found[2]) for found in _DIRECTIVE.finditer(diagram.source.text)]
    try:
        inits = [json.loads(arguments.replace("'", '"')) for name, arguments in directives if name.startswith("init")]
    except ValueError:
        inits = []
    settings += inits
    # Mermaid reads `config` only where there is one `init` alone.
    if len(inits) == 1:
        settings.append({"sequence": inits[0].get("config")})
    settings += [place for setting in settings if isinstance(place := setting.get("sequence"), dict)]
    return any(name == "wrap" for name, _ in directives) or any(setting.get("wrap") is True for setting in settings)


def _with_single_quotes(text: str) -> str:
    """As Mermaid writes the attributes of tags."""
    return re.sub(r"<\w+[^>]*>", lambda tag: re.sub(r'="([^"]*)"', r"='\1'", tag[0]), text)


def _last_destruction_counts(events: Iterable[dict[str, object]]) -> list[dict[str, object]]:
    """Mermaid keeps one place of destruction for each participant."""
    kept, destroyed = [], set()
    for event in reversed(list(events)):
        if event["kind"] == "destroy":
            if event["actor"] in destroyed:
                continue
            destroyed.add(event["actor"])
        kept.append(event)
    return kept[::-1]


class _Events:
    def __init__(self, diagram: SequenceDiagram) -> None:
        self.source = diagram.source
        self.wrap = _wraps(diagram)

    def of(self, statements: tuple[Statement, ...]) -> Iterator[dict[str, object]]:
        for statement in statements:
            match statement:
                case Message():
                    yield from self.message(statement)
                case Activation(actor=actor, active=active):
                    yield {"kind": "activate" if active else "deactivate", "actor": actor}
                case Lifecycle(actor=actor, creates=creates):
                    yield {"kind": "create" if creates else "destroy", "actor": actor}
                case Autonumber(start=start, step=step, visible=visible):
                    yield {"kind": "autonumber", "start": start, "step": step, "visible": visible}
                case Note(placement=placement, actors=actors):
                    yield {
                        "kind": "note",
                        "placement": placement if placement == "over" else f"{placement}_of",
                        "actors": list(dict.fromkeys(actors)),
                        **self.text(statement.text, statement.text_span, statement.wrap),
                    }
                case Fragment():
                    yield from self.fragment(statement)

    def message(self, message: Message) -> Iterator[dict[str, object]]:
        # The reference marks a message with a central connection at its target as activating, and activates nothing.
        central_target = message.central in ("CENTRAL_CONNECTION", "CENTRAL_CONNECTION_DUAL")
        event: dict[str, object] = {
            "kind": "message",
            "from": message.source,
            "to": message.target,
            "arrow": message.arrow,
            **self.text(message.text, message.text_span, message.wrap),
        }
        yield event | without_empty({"activate": message.activate or central_target, "central": message.central})
        if message.activate:
            yield {"kind": "activate", "actor": message.target}
        if message.deactivate:
            yield {"kind": "deactivate", "actor": message.source}
        if central_target:
            yield {"kind": "central_connection", "actor": message.target}
        if message.central in ("CENTRAL_CONNECTION_REVERSE", "CENTRAL_CONNECTION_DUAL"):
            yield {"kind": "central_connection_reverse", "actor": message.source}

    def fragment(self, fragment: Fragment) -> Iterator[dict[str, object]]:
        for index, branch in enumerate(fragment.branches):
            kind = _BRANCHES[fragment.kind] if index else f"{fragment.kind}_start"
            yield {"kind": kind, **self.text(branch.text, branch.text_span, branch.wrap)}
            yield from self.of(branch.body)
        yield {"kind": "par_end" if fragment.kind == "par_over" else f"{fragment.kind}_end"}

    def text(self, text: str, span: Span | None, wrap: bool | None) -> dict[str, object]:
        values: dict[str, object] = {"text": text}
        if span is not None:
            written = _with_single_quotes(self.source.text[span.start : span.end])
            raw = re.sub(r"#(\w+);", lambda found: f"&#{found[1]};" if found[1].isdigit() else f"&{found[1]};", written)
            raw = re.sub(r"^:?(?:no)?wrap:\s*", "", raw)
            if raw != text and raw != html.unescape(text):
                values["text_raw"] = raw
        return values | without_empty({"wrap": self.wrap if wrap is None else wrap})
