"""Puts the report together: what the template shows is made here, how it is shown is in the template.

Jinja2 escapes whatever the template prints. Three texts are printed as they are, and none of them comes from outside:
the style sheet, the script, and the drawing, which `render.drawing` serializes from a list of allowed elements.

Each part of the report has a template of its own, which the live page prints as well.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from mermaid_flow.engine.nested_runs import run_name
from mermaid_flow.engine.record import NodeRecord, RunRecord
from mermaid_flow.engine.visits import VisitRecord
from mermaid_flow.errors import MflowError
from mermaid_flow.render.drawing import inline_svg
from mermaid_flow.render.drift import drifts_of, notes, rows
from mermaid_flow.render.escaping import visible
from mermaid_flow.render.looks import BOXES, WORDS, Look, node_look
from mermaid_flow.render.mermaid import executed_diagram
from mermaid_flow.render.nested import Nested, nested_of
from mermaid_flow.render.overview import drawn_within_limits
from mermaid_flow.render.sequence import drawn_messages
from mermaid_flow.render.summary import (
    Answered,
    Failure,
    answers,
    changes_text,
    failures,
    look_counts,
    next_commands,
    shown,
    status_word,
    total_changes,
    visit_notes,
)
from mermaid_flow.render.timeline import Timeline, timeline
from mermaid_flow.render.words import clock, counted, duration
from mermaid_flow.terraform.drift import ComponentDrift

if TYPE_CHECKING:
    from jinja2 import Environment

_LOG_TAIL = 8_000
"""Bytes of a visit's log that are shown."""
_LONGEST_VALUE = 8_000
_FOLDER = Path(str(files("mermaid_flow.render.report")))


@dataclass(frozen=True, slots=True)
class Section:
    """What the templates show of one node. `key` is its id in the page, which is safe whatever the node is called."""

    key: str
    node: NodeRecord
    look: Look
    notes: list[str] = field(default_factory=list)
    logs: Mapping[int, str] = field(default_factory=dict)
    nested: list[NestedPage] = field(default_factory=list)

    @property
    def opened(self) -> bool:
        return self.look is Look.FAILED


@dataclass(frozen=True, slots=True)
class NestedPage:
    """A nested run, with its whole page where the reader cannot follow a `link` to it. `key` is its id in the page."""

    run: Nested
    key: str = ""
    link: str = ""
    page: Page | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """Everything that the templates show. `links` lead to a node's details, by node id."""

    record: RunRecord
    name: str
    """What commands call the run."""
    drawing: str
    drawing_note: str
    messages: list[str]
    """The nodes of the messages in the drawing, in its order, when it is a sequence."""
    mermaid: str
    sections: list[Section]
    links: Mapping[str, str]
    timeline: Timeline
    decisions: list[Answered]
    failures: list[Failure]
    commands: list[str]
    drifts: list[ComponentDrift]
    inputs: str

    def context(self) -> dict[str, object]:
        """The names that the templates know."""
        return {
            "page": self,
            "record": self.record,
            "metadata": self.record.metadata,
            "status": status_word(self.record.status),
            "looks": look_counts(self.record),
            "changes": total_changes(self.record),
            "counted": counted,
        }


def report(record: RunRecord, inputs: Mapping[str, object]) -> str:
    """The HTML of a run. `inputs` are those of its folder, secrets masked.

    A diagram that cannot be drawn is shown as Mermaid text. Raises MflowError when the extra `render` is missing.
    """
    page = page_of(record, inputs, nested=True)
    css, script = style(), _asset("report.js")
    return (
        environment()
        .get_template("report.html")
        .render(page.context(), style=css, script=script, style_hash=source_hash(css), script_hash=source_hash(script))
    )


def page_of(
    record: RunRecord,
    inputs: Mapping[str, object],
    *,
    link: Callable[[str], str] | None = None,
    logs: bool = True,
    nested: bool = False,
    key: str = "node",
) -> Page:
    """What there is to show of a run.

    `link` gives the address of a node's details by the node's id, in this page by default; without `logs` the files of
    logs are left alone. With `nested`, runs nested in this one are shown in their nodes, without their logs. `key` is
    what the ids of details begin with. Raises MflowError when the extra `render` is missing.
    """
    title = f"The diagram {record.metadata.diagram} as it was run"
    try:
        drawing, note = drawn_within_limits(record, lambda text: inline_svg(text, title))
    except MflowError as error:
        if error.code == "render.missing":
            raise
        drawing, note = "", error.message
    sections = [section_of(node, f"{key}-{number}", logs=logs) for number, node in enumerate(record.nodes.values(), 1)]
    if nested:
        sections = [replace(section, nested=_nested_pages(section)) for section in sections]
    return Page(
        record=record,
        name=run_name(record.metadata, record.path),
        drawing=drawing,
        drawing_note=note,
        messages=drawn_messages(record),
        mermaid=executed_diagram(record),
        sections=sections,
        links={section.node.id: link(section.node.id) if link else f"#{section.key}" for section in sections},
        timeline=timeline(record),
        decisions=answers(record),
        failures=failures(record),
        commands=next_commands(record),
        drifts=drifts_of(record),
        inputs=_value(inputs) if inputs else "",
    )


def section_of(node: NodeRecord, key: str, *, logs: bool = True) -> Section:
    """What there is to show of a node."""
    return Section(key, node, node_look(node), _notes(node), dict(_logs(node)) if logs else {})


def _nested_pages(section: Section) -> list[NestedPage]:
    found = []
    for number, run in enumerate(nested_of(section.node), 1):
        key = f"{section.key}-{number}"
        record = RunRecord.open(run.folder)
        found.append(NestedPage(run, key, page=page_of(record, run.folder.inputs, logs=False, nested=True, key=key)))
    return found


@cache
def environment(*folders: Path) -> Environment:
    """The templates of the report and of further `folders`, with what they can say.

    Raises MflowError when the extra `render` is missing.
    """
    try:
        from jinja2 import Environment, FileSystemLoader, StrictUndefined  # noqa: PLC0415 - an extra, slow to import
    except ImportError:
        raise MflowError(
            "reports need the extra `render`, which is not installed",
            code="render.missing",
            hint="pip install 'mermaid-flow[render]'; `--format md` needs no extra",
        ) from None
    made = Environment(
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        loader=FileSystemLoader([_FOLDER, *folders]),
    )
    made.filters.update(
        visible=visible,
        value=_value,
        clock=clock,
        duration=duration,
        changes=changes_text,
        drift_notes=notes,
        drift_rows=rows,
        word=lambda look: WORDS[look],
        percent=lambda part, whole: f"{100 * part / whole:.3f}" if whole else "0",
    )
    return made


def style() -> str:
    """The style sheet of the report, with the colours of the states."""
    return _asset("report.css") + _look_rules()


def _notes(node: NodeRecord) -> list[str]:
    notes = visit_notes(node.last) if node.last else []
    return [*notes, f"{len(node.visits)} visits"] if len(node.visits) > 1 else notes


def _logs(node: NodeRecord) -> Iterator[tuple[int, str]]:
    for visit in node.visits:
        text = _log_tail(visit)
        if text:
            yield visit.number, text


def _log_tail(visit: VisitRecord) -> str:
    if not visit.log.is_file():
        return ""
    with visit.log.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - _LOG_TAIL))
        text = file.read().decode("utf-8", "replace")
    if size > _LOG_TAIL:
        text = f"… {counted(size - _LOG_TAIL, 'byte')} before this\n{text.partition(chr(10))[2]}"
    return visible(text)


def _value(value: object) -> str:
    """A value as indented JSON; a bare string as it is."""
    text = value if isinstance(value, str) else json.dumps(value, indent=2, ensure_ascii=False, default=str)
    text = visible(text) if len(text) > 60 or "\n" not in text else visible(shown(value))
    more = len(text) - _LONGEST_VALUE
    return text if more <= 0 else f"{text[:_LONGEST_VALUE]}\n… {counted(more, 'more character')}"


def _look_rules() -> str:
    """The colours of the states, for badges and bars."""
    rules = []
    for look, box in BOXES.items():
        border = f"2px {'dashed' if box.dash else 'solid'} {box.stroke}"
        rules.append(f"span.look-{look.value} {{ background: {box.fill}; color: {box.color}; border: {border}; }}\n")
        rules.append(f"rect.bar-{look.value} {{ fill: {box.fill}; stroke: {box.stroke}; }}\n")
    return "".join(rules)


def source_hash(text: str) -> str:
    """What a content security policy knows a style sheet or script by."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")


@cache
def _asset(name: str) -> str:
    return (_FOLDER / name).read_text(encoding="utf-8")
