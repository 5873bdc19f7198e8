"""Findings as JUnit XML, which every CI server shows: a test case for each file that has findings."""

from __future__ import annotations

from xml.sax.saxutils import escape, quoteattr

from mermaid_flow.rules.formats.report import Report
from mermaid_flow.rules.rule import Diagnostic, Severity


def render(report: Report) -> str:
    """One test suite; errors and warnings are failures, infos are passed cases with their text as output."""
    failed = [diagnostic for diagnostic in report.diagnostics if diagnostic.severity is not Severity.INFO]
    count = max(len(report.diagnostics), 1)
    head = f'<testsuite name="mflow validate" tests="{count}" failures="{len(failed)}" errors="0">'
    cases = [_case(diagnostic) for diagnostic in report.diagnostics]
    if not cases:
        cases = [f"  <testcase name={_attribute(report.summary)}/>"]
    return "\n".join(['<?xml version="1.0" encoding="utf-8"?>', head, *cases, "</testsuite>", ""])


def _case(diagnostic: Diagnostic) -> str:
    where = str(diagnostic.where) if diagnostic.where else ""
    text = diagnostic.message + (f"\n{diagnostic.hint}" if diagnostic.hint else "")
    name = _attribute(f"{diagnostic.rule} {diagnostic.name} {where}".strip())
    group = _attribute(diagnostic.where.path or "" if diagnostic.where else "")
    if diagnostic.severity is Severity.INFO:
        body = f"<system-out>{_text(text)}</system-out>"
    else:
        kind = _attribute(diagnostic.severity.value)
        body = f"<failure type={kind} message={_attribute(diagnostic.message)}>{_text(text)}</failure>"
    return f"  <testcase classname={group} name={name}>{body}</testcase>"


def _attribute(text: str) -> str:
    return quoteattr(_allowed(text), {"\n": "&#10;"})


def _text(text: str) -> str:
    return escape(_allowed(text))


def _allowed(text: str) -> str:
    """XML has no way to write most control characters."""
    return "".join(c if c in "\t\n" or (ord(c) >= 32 and not 0xD800 <= ord(c) < 0xE000) else "�" for c in text)
