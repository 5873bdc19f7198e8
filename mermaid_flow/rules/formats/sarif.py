"""Findings as SARIF 2.1.0, which code scanning services read."""

from __future__ import annotations

import json

from mermaid_flow import __version__
from mermaid_flow.rules.catalog import all_rules
from mermaid_flow.rules.formats.report import Report
from mermaid_flow.rules.rule import Diagnostic, Severity

_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}


def render(report: Report) -> str:
    """The whole report as one SARIF log."""
    rules: list[dict[str, object]] = [
        {
            "id": rule.id,
            "name": rule.name,
            "shortDescription": {"text": rule.summary},
            "fullDescription": {"text": rule.why},
            "defaultConfiguration": {"level": _LEVELS[rule.severity]},
        }
        for rule in all_rules()
    ]
    driver = {"name": "mflow", "version": __version__, "rules": rules}
    run = {"tool": {"driver": driver}, "results": [_result(diagnostic) for diagnostic in report.diagnostics]}
    log = {"version": "2.1.0", "$schema": "https://json.schemastore.org/sarif-2.1.0.json", "runs": [run]}
    return json.dumps(log, indent=2, ensure_ascii=False) + "\n"


def _result(diagnostic: Diagnostic) -> dict[str, object]:
    text = diagnostic.message + (f" ({diagnostic.hint})" if diagnostic.hint else "")
    result: dict[str, object] = {
        "ruleId": diagnostic.rule,
        "level": _LEVELS[diagnostic.severity],
        "message": {"text": text},
    }
    if where := diagnostic.where:
        region = {
            "startLine": where.line,
            "startColumn": where.column,
            "endLine": where.end_line,
            "endColumn": where.end_column,
        }
        result["locations"] = [
            {"physicalLocation": {"artifactLocation": {"uri": where.path or ""}, "region": region}},
        ]
    return result
