"""Findings for people: place, message, the line with a caret, what to do."""

from __future__ import annotations

import re

import click

from mermaid_flow.rules.formats.report import Report
from mermaid_flow.rules.rule import Diagnostic, Severity

_COLOURS = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.INFO: "blue"}
# What could steer a terminal or turn the direction of its text.
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def render(report: Report) -> str:
    """All findings, then one line that sums them up. Coloured; the printer strips colours where they do not belong."""
    return "".join(_finding(diagnostic) for diagnostic in report.diagnostics) + report.summary + "\n"


def _finding(diagnostic: Diagnostic) -> str:
    colour = _COLOURS[diagnostic.severity]
    kind = click.style(f"{diagnostic.severity.value} {diagnostic.rule}", fg=colour, bold=True)
    place = f"{_shown(str(diagnostic.where))}: " if diagnostic.where else ""
    lines = [f"{place}{kind} {_shown(diagnostic.message)} [{diagnostic.name}]"]
    caret = diagnostic.where.caret() if diagnostic.where else ""
    if caret:
        excerpt, marks = caret.split("\n", 1)
        lines += [f"    {_shown(excerpt)}", "    " + click.style(marks, fg=colour)]
    if diagnostic.hint:
        lines.append(f"  hint: {_shown(diagnostic.hint)}")
    if diagnostic.fix:
        lines.append("  --fix mends this")
    return "\n".join(lines) + "\n"


def _shown(text: str) -> str:
    return _CONTROLS.sub("�", text)
