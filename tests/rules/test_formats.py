"""Findings in every form: complete, escaped, valid."""

from __future__ import annotations

import importlib
import json
from xml.etree import ElementTree

import click
import jsonschema
import pytest

from mermaid_flow.errors import Location
from mermaid_flow.rules.formats.json import SCHEMA
from mermaid_flow.rules.formats.report import Report
from mermaid_flow.rules.rule import Diagnostic, Fix, Severity
from mermaid_flow.syntax.source import Span

WHERE = Location("a,b:c.mmd", 3, 5, 3, 8, "    <x> \x1b[31m& \u202e")
FINDINGS = [
    Diagnostic("MF301", "single-branch", Severity.WARNING, "one <b>&\x1b[2J branch", WHERE, "draw\nthe other 100%"),
    Diagnostic("MF603", "old-header", Severity.INFO, "old", None, fix=Fix(((Span(0, 5), "x"),))),
    Diagnostic("MF101", "syntax-error", Severity.ERROR, "broken", WHERE),
]
REPORT = Report(FINDINGS, files=2, diagrams=3)
EMPTY = Report([], files=1, diagrams=1)


def render(name: str, report: Report = REPORT) -> str:
    return str(importlib.import_module(f"mermaid_flow.rules.formats.{name}").render(report))


def test_json_follows_its_schema() -> None:
    schema = json.loads(SCHEMA.read_text())
    for report in (REPORT, EMPTY):
        jsonschema.validate(json.loads(render("json", report)), schema)
    first = json.loads(render("json"))["diagnostics"][0]
    assert (first["rule"], first["where"]["line"], first["fixable"]) == ("MF301", 3, False)


def test_text_shows_place_caret_and_hint_and_no_terminal_codes_from_outside() -> None:
    text = click.unstyle(render("text"))
    assert text.startswith("a,b:c.mmd:3:5: warning MF301 one <b>&")
    assert "        ^^^" in text
    assert "hint: draw" in text
    assert "--fix mends this" in text
    assert "\x1b" not in text and "\u202e" not in text
    assert text.endswith("3 diagrams in 2 files: 1 error, 1 warning, 1 info\n")
    assert render("text", EMPTY) == "1 diagram in 1 file: no findings\n"


def test_github_commands_are_escaped() -> None:
    lines = render("github").splitlines()
    assert lines[0].startswith("::warning title=MF301 single-branch,file=a%2Cb%3Ac.mmd,line=3,endLine=3,col=5")
    assert lines[0].endswith("draw%0Athe other 100%25")
    assert lines[1] == "::notice title=MF603 old-header::old"
    assert lines[2].startswith("::error ")


def test_sarif_names_rules_and_places() -> None:
    log = json.loads(render("sarif"))
    [run] = log["runs"]
    assert log["version"] == "2.1.0"
    assert "MF301" in [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert [result["level"] for result in run["results"]] == ["warning", "note", "error"]
    region = run["results"][0]["locations"][0]["physicalLocation"]["region"]
    assert region == {"startLine": 3, "startColumn": 5, "endLine": 3, "endColumn": 8}


@pytest.mark.parametrize(("report", "cases", "failures"), [(REPORT, 3, 2), (EMPTY, 1, 0)])
def test_junit_is_well_formed(report: Report, cases: int, failures: int) -> None:
    suite = ElementTree.fromstring(render("junit", report).encode())  # noqa: S314 - our own output
    assert (int(suite.attrib["tests"]), int(suite.attrib["failures"])) == (cases, failures)
    assert len(suite.findall("testcase")) == cases
    assert len(suite.findall("testcase/failure")) == failures
