"""Findings as workflow commands of GitHub Actions: annotations in the pull request."""

from __future__ import annotations

from mermaid_flow.rules.formats.report import Report
from mermaid_flow.rules.rule import Diagnostic, Severity

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}


def render(report: Report) -> str:
    """One command a line."""
    return "".join(_command(diagnostic) + "\n" for diagnostic in report.diagnostics)


def _command(diagnostic: Diagnostic) -> str:
    properties = {"title": f"{diagnostic.rule} {diagnostic.name}"}
    if where := diagnostic.where:
        properties |= {
            "file": where.path or "",
            "line": str(where.line),
            "endLine": str(where.end_line),
            "col": str(where.column),
            "endColumn": str(where.end_column),
        }
    listed = ",".join(f"{key}={_escaped(value, inside=True)}" for key, value in properties.items())
    text = diagnostic.message + (f"\n{diagnostic.hint}" if diagnostic.hint else "")
    return f"::{_COMMANDS[diagnostic.severity]} {listed}::{_escaped(text)}"


def _escaped(text: str, *, inside: bool = False) -> str:
    """As the runner unescapes; properties escape their separators, too."""
    text = text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return text.replace(":", "%3A").replace(",", "%2C") if inside else text
