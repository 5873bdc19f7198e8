"""Findings as JSON, after `validate.schema.json`."""

from __future__ import annotations

import json
from pathlib import Path

from mermaid_flow.errors import Location
from mermaid_flow.rules.formats.report import Report
from mermaid_flow.rules.rule import Diagnostic

FORMAT = 1
SCHEMA = Path(__file__).with_name("validate.schema.json")


def render(report: Report) -> str:
    """The whole report as one JSON object."""
    findings = [_diagnostic(diagnostic) for diagnostic in report.diagnostics]
    whole = {"format": FORMAT, "files": report.files, "diagrams": report.diagrams, "diagnostics": findings}
    return json.dumps(whole, indent=2, ensure_ascii=False) + "\n"


def _diagnostic(diagnostic: Diagnostic) -> dict[str, object]:
    return {
        "rule": diagnostic.rule,
        "name": diagnostic.name,
        "severity": diagnostic.severity.value,
        "message": diagnostic.message,
        "hint": diagnostic.hint,
        "fixable": diagnostic.fix is not None,
        "where": _place(diagnostic.where) if diagnostic.where else None,
    }


def _place(where: Location) -> dict[str, object]:
    return {
        "path": where.path,
        "line": where.line,
        "column": where.column,
        "end_line": where.end_line,
        "end_column": where.end_column,
    }
