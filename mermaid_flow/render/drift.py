"""The drift report as a table for terminals, as Markdown, HTML and JSON. Nothing of what it shows is trusted."""

from __future__ import annotations

import html
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress

from mermaid_flow.engine.record import RunRecord
from mermaid_flow.render.escaping import json_text, markdown, one_line, shortened
from mermaid_flow.render.words import counted
from mermaid_flow.terraform.drift import (
    ComponentDrift,
    Difference,
    DriftKind,
    DriftReport,
    ResourceDrift,
    drift_as_plain,
    drift_from_plain,
)

_LONGEST_VALUE = 120
_LONGEST_NOTE = 6
_SIGNS = {"create": "+", "update": "~", "delete": "-", "replace": "±"}
_PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Drift report</title>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<style>
:root {{ color-scheme: light dark }}
body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 75rem; margin: 2rem auto; padding: 0 1rem }}
table {{ border-collapse: collapse; width: 100%; margin: 1rem 0 }}
th, td {{ text-align: left; vertical-align: top; padding: .3rem .6rem; border-bottom: 1px solid #8886 }}
code {{ overflow-wrap: anywhere }}
</style></head><body>
<h1>Drift report</h1>
<p>{summary}</p>
{body}
</body></html>
"""


def summary_line(report: DriftReport) -> str:
    """How many components are in which state, in one line."""
    total = len(report.components())
    kinds = [(kind, len(report.components(kind))) for kind in DriftKind if kind is not DriftKind.NONE]
    parts = [f"{count} {kind.value}" for kind, count in kinds if count]
    checked = f"{counted(total, 'component')} in {counted(len(report.environments), 'environment')}"
    return f"{checked}: {', '.join(parts) if parts else 'no drift'}"


def text(report: DriftReport) -> str:
    """A table of the components, and what differs in those that drifted."""
    rows = [("ENVIRONMENT", "COMPONENT", "STATUS")]
    rows += [
        (one_line(environment.name), one_line(component.component), component.kind.value)
        for environment in report.environments
        for component in environment.components
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(2)]
    lines = [f"{row[0]:<{widths[0]}}  {row[1]:<{widths[1]}}  {row[2]}" for row in rows]
    for component in (*report.drifted, *report.failed):
        lines += ["", f"{one_line(component.component)}: {component.kind.value}", *_details(component)]
    return "\n".join([*lines, "", summary_line(report)]) + "\n"


def markdown_report(report: DriftReport) -> str:
    """The report for a pull request or an issue."""
    lines = ["## Drift report", "", summary_line(report), "", "| environment | component | status |", "|---|---|---|"]
    lines += [
        f"| {markdown(environment.name)} | {markdown(component.component)} | {component.kind.value} |"
        for environment in report.environments
        for component in environment.components
    ]
    for component in (*report.drifted, *report.failed):
        lines += ["", f"### {markdown(component.component)}: {component.kind.value}", ""]
        lines += [f"* {markdown(note, 1000)}" for note in notes(component)]
        found = list(rows(component))
        if found:
            lines += ["| resource | who | what | before | after |", "|---|---|---|---|---|"]
            lines += ["| " + " | ".join([markdown(row[0]), row[1], *map(markdown, row[2:])]) + " |" for row in found]
    return "\n".join(lines) + "\n"


def html_report(report: DriftReport) -> str:
    """The report as a page that needs nothing else."""
    everything = [
        (environment.name, component.component, component.kind.value)
        for environment in report.environments
        for component in environment.components
    ]
    parts = [_html_table(("environment", "component", "status"), everything)]
    for component in (*report.drifted, *report.failed):
        parts.append(f"<h2>{_escaped(component.component)}: {_escaped(component.kind.value)}</h2>")
        parts += [f"<p>{_escaped(note)}</p>" for note in notes(component)]
        if found := list(rows(component)):
            parts.append(_html_table(("resource", "who", "what", "before", "after"), found))
    return _PAGE.format(summary=_escaped(summary_line(report)), body="\n".join(parts))


def json_report(report: DriftReport) -> str:
    """The report for programs: docs/drift.md has the form."""
    counts = {kind.value: len(report.components(kind)) for kind in DriftKind}
    environments = [
        {"name": environment.name, "components": [drift_as_plain(component) for component in environment.components]}
        for environment in report.environments
    ]
    return json_text({"version": 1, "counts": counts, "environments": environments}, indent=2) + "\n"


FORMS: Mapping[str, Callable[[DriftReport], str]] = {
    "drift.txt": text,
    "drift.md": markdown_report,
    "drift.html": html_report,
    "drift.json": json_report,
}
"""The forms of a report by file name."""


def drifts_of(record: RunRecord) -> list[ComponentDrift]:
    """What the nodes of a run found out about components, in the order in which they did."""
    found: dict[str, ComponentDrift] = {}
    for values in record.values.values():
        if "component" in values and "resources" in values and "outputs" in values:
            with suppress(KeyError, TypeError, ValueError):  # somebody else's values of the same names
                drift = drift_from_plain(values)
                found[drift.component] = drift
    return list(found.values())


def _details(component: ComponentDrift) -> Iterator[str]:
    for note in notes(component):
        lines = note.splitlines()
        yield from (f"  {one_line(line)}" for line in lines[:_LONGEST_NOTE])
        if len(lines) > _LONGEST_NOTE:
            yield f"  … and {counted(len(lines) - _LONGEST_NOTE, 'more line')}; the run's record has all"
    for resource in component.resources:
        box = f"  ({one_line(resource.box)})" if resource.box else ""
        yield f"  {one_line(resource.address)}{box}"
        for who, action, differences in _sides(resource):
            yield f"    {_SIGNS.get(action, action)} {who}" + ("" if differences else f": {action}")
            for each in differences:
                yield f"        {one_line(each.path)}: {_value(each.before)} -> {_value(each.after)}"


def notes(component: ComponentDrift) -> Iterator[str]:
    """What is to be said of the component as a whole."""
    if component.error:
        yield component.error
    if component.missing:
        yield "declared, and never deployed"
    if component.outputs:
        yield f"outputs that an apply would change: {', '.join(component.outputs)}"


def rows(component: ComponentDrift) -> Iterator[tuple[str, str, str, str, str]]:
    """One row for each attribute: resource, who, what, before, after."""
    for resource in component.resources:
        for who, action, differences in _sides(resource):
            if not differences:
                yield resource.address, who, action, "", ""
            for each in differences:
                yield resource.address, who, each.path, _value(each.before), _value(each.after)


def _sides(resource: ResourceDrift) -> Iterator[tuple[str, str, Sequence[Difference]]]:
    if resource.outside_action:
        yield DriftKind.OUTSIDE.value, resource.outside_action, resource.outside
    if resource.unapplied_action:
        yield DriftKind.UNAPPLIED.value, resource.unapplied_action, resource.unapplied


def _value(value: object) -> str:
    return shortened(one_line(value if isinstance(value, str) and value else json.dumps(value)), _LONGEST_VALUE)


def _html_table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    head = "".join(f"<th>{_escaped(heading)}</th>" for heading in headings)
    body = "\n".join(
        "<tr>" + "".join(f"<td><code>{_escaped(cell)}</code></td>" for cell in row) + "</tr>" for row in rows
    )
    return f"<table><thead><tr>{head}</tr></thead>\n<tbody>{body}</tbody></table>"


def _escaped(text: object) -> str:
    return html.escape(one_line(text))
