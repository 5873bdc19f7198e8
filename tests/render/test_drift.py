"""The drift report in its four forms, with hostile names in it."""

from __future__ import annotations

import json
from html.parser import HTMLParser

import pytest

from mermaid_flow.render.drift import FORMS, html_report, json_report, markdown_report, summary_line, text
from mermaid_flow.terraform.drift import ComponentDrift, Difference, DriftReport, EnvironmentDrift, ResourceDrift

EVIL = "<script>alert(1)</script>|\x1b[31m\n`x`"


def resource(**more: object) -> ResourceDrift:
    return ResourceDrift("module.q.aws_sqs_queue.this", "aws_sqs_queue", "Create Queue", **more)  # type: ignore[arg-type]


REPORT = DriftReport(
    (
        EnvironmentDrift(
            "dev",
            (
                ComponentDrift("dev/fine"),
                ComponentDrift(
                    "dev/queue",
                    (
                        resource(
                            outside_action="update",
                            outside=(Difference("tags.Owner", "platform", EVIL),),
                            unapplied_action="update",
                            unapplied=(Difference("size", 1, ""),),
                        ),
                        resource(outside_action="delete"),
                    ),
                ),
            ),
        ),
        EnvironmentDrift(
            "prod",
            (
                ComponentDrift("prod/broken", error=f"terraform plan failed {EVIL}"),
                ComponentDrift("prod/new", missing=True),
                ComponentDrift("prod/out", outputs=("url",)),
            ),
        ),
    )
)


def test_a_long_error_is_cut_in_the_terminal_only() -> None:
    error = "\n".join(f"line {number}" for number in range(9))
    report = DriftReport((EnvironmentDrift("prod", (ComponentDrift("prod/vpc", error=error),)),))
    lines = text(report).splitlines()
    assert "  line 5" in lines and "  line 6" not in lines
    assert "  … and 3 more lines; the run's record has all" in lines
    assert "line 8" in markdown_report(report)


def test_the_summary_counts_kinds() -> None:
    assert summary_line(REPORT) == (
        "5 components in 2 environments: 2 not yet applied, 1 changed outside and not yet applied, 1 not checked"
    )
    assert summary_line(DriftReport(())) == "0 components in 0 environments: no drift"


def test_the_table_shows_every_component_and_the_details_of_those_that_differ() -> None:
    shown = text(REPORT)
    for line in (
        "dev          dev/fine     in sync",
        "prod         prod/broken  not checked",
        "  module.q.aws_sqs_queue.this  (Create Queue)",
        "        tags.Owner: platform -> <script>alert(1)</script>|\\x1b[31m `x`",
        '        size: 1 -> ""',
        "    - changed outside: delete",
        "  declared, and never deployed",
        "  outputs that an apply would change: url",
    ):
        assert line in shown.splitlines()
    assert "\x1b" not in shown


def test_markdown_holds_nothing_that_its_host_would_interpret() -> None:
    shown = markdown_report(REPORT)
    assert "<script" not in shown
    assert "| `dev` | `dev/fine` | in sync |" in shown
    rows = [line for line in shown.splitlines() if "tags.Owner" in line]
    assert rows and rows[0].count(" | ") == 4


class Tags(HTMLParser):
    """Collects the elements of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)


def test_html_is_escaped_and_whole() -> None:
    page = html_report(REPORT)
    tags = Tags()
    tags.feed(page)
    assert "script" not in tags.seen
    assert {"h1", "h2", "table", "style"} <= tags.seen
    assert "default-src &#x27;none&#x27;" in page or "default-src 'none'" in page


def test_json_is_for_programs() -> None:
    report = json.loads(json_report(REPORT))
    assert report["version"] == 1
    assert report["counts"]["not yet applied"] == 2
    assert report["environments"][0]["components"][1]["resources"][1]["outside"] == {
        "action": "delete",
        "attributes": [],
    }


@pytest.mark.parametrize("name", FORMS)
def test_every_form_takes_an_empty_report(name: str) -> None:
    assert FORMS[name](DriftReport(()))
