import json

import pytest
from markdown_it import MarkdownIt

from mermaid_flow.render.drift import FORMS, drifts_of, html_report, json_report, markdown_report, summary_line, text
from mermaid_flow.render.escaping import one_line
from mermaid_flow.render.report import report
from mermaid_flow.terraform.drift import (
    ComponentDrift,
    Difference,
    DriftReport,
    EnvironmentDrift,
    ResourceDrift,
    drift_as_plain,
)
from tests.render.payloads import PAYLOADS
from tests.render.recorded import recorded
from tests.render.test_safety import STEERING, Page

PLAIN_TAGS = {
    *("html", "head", "meta", "title", "style", "body", "h1", "h2", "p", "code"),
    *("table", "thead", "tbody", "tr", "th", "td"),
}

CHANGED = ComponentDrift(
    "core/dev/vpc",
    (
        ResourceDrift(
            "module.vpc.aws_vpc.this",
            "aws_vpc",
            "Create VPC",
            outside_action="update",
            outside=(Difference("tags.Owner", "platform", "somebody else"), Difference("count", 1, 2)),
            unapplied_action="replace",
            unapplied=(Difference("cidr_block", "10.0.0.0/16", ""),),
        ),
        ResourceDrift("aws_sqs_queue.gone", "aws_sqs_queue", outside_action="delete"),
    ),
    outputs=("vpc_id",),
)
FOUND = DriftReport(
    (
        EnvironmentDrift("dev", (CHANGED, ComponentDrift("core/dev/rds"))),
        EnvironmentDrift("prod", (ComponentDrift("core/prod/vpc", missing=True), ComponentDrift("x", error="no\nway"))),
    )
)


def test_the_summary_counts_what_differs():
    assert summary_line(FOUND) == (
        "4 components in 2 environments: 1 not yet applied, 1 changed outside and not yet applied, 1 not checked"
    )
    assert summary_line(DriftReport(())) == "0 components in 0 environments: no drift"


def test_text_has_a_table_and_the_details_of_what_differs():
    lines = text(FOUND).splitlines()
    assert lines[:3] == [
        "ENVIRONMENT  COMPONENT      STATUS",
        "dev          core/dev/vpc   changed outside and not yet applied",
        "dev          core/dev/rds   in sync",
    ]
    assert "  module.vpc.aws_vpc.this  (Create VPC)" in lines
    assert "    ~ changed outside" in lines
    assert "        tags.Owner: platform -> somebody else" in lines
    assert '        cidr_block: 10.0.0.0/16 -> ""' in lines
    assert "    - changed outside: delete" in lines
    assert "  outputs that an apply would change: vpc_id" in lines
    assert "  declared, and never deployed" in lines
    assert "  no way" in lines


def test_markdown_and_html_have_a_row_for_each_attribute():
    row = "| `module.vpc.aws_vpc.this` | changed outside | `tags.Owner` | `platform` | `somebody else` |"
    assert row in markdown_report(FOUND).splitlines()
    cells = "".join(
        f"<td><code>{cell}</code></td>"
        for cell in ("module.vpc.aws_vpc.this", "changed outside", "tags.Owner", "platform", "somebody else")
    )
    assert cells in html_report(FOUND)
    assert "<p>declared, and never deployed</p>" in html_report(FOUND)


def test_json_counts_and_lists():
    found = json.loads(json_report(FOUND))
    assert found["counts"]["in sync"] == 1
    assert [environment["name"] for environment in found["environments"]] == ["dev", "prod"]


def of_run(drift, folder):
    return recorded(
        "A --> B --> C",
        {"A": {"values": {"component": 1, "resources": 2, "outputs": 3}}, "B": {"values": drift_as_plain(drift)}},
        path=folder,
    )


def test_the_report_of_a_run_shows_the_drift_that_it_found(tmp_path):
    record = of_run(CHANGED, tmp_path)
    assert drifts_of(record) == [CHANGED]
    shown = "".join(Page(report(record, {})).text)
    assert "core/dev/vpc: changed outside and not yet applied" in shown
    assert "somebody else" in shown
    assert 'id="drift-title"' not in report(recorded("A", path=tmp_path), {})


@pytest.mark.parametrize("payload", PAYLOADS, ids=range(len(PAYLOADS)))
def test_nothing_in_it_is_trusted(payload, tmp_path):
    drift = ComponentDrift(
        payload,
        (ResourceDrift(payload, payload, payload, "update", (Difference(payload, payload, payload),)),),
        (payload,),
        error=payload,
    )
    found = DriftReport((EnvironmentDrift(payload, (drift,)),))
    for form in FORMS.values():
        assert not STEERING.search(form(found))
    page = Page(html_report(found))
    assert {tag for tag, _ in page.tags} <= PLAIN_TAGS
    assert one_line(payload) in "".join(page.text)
    inline = [child for token in MarkdownIt().parse(markdown_report(found)) for child in token.children or ()]
    assert not [token for token in inline if token.type in ("link_open", "image")]
    record = of_run(drift, tmp_path)
    whole = report(record, {})
    assert not STEERING.search(whole)
    assert [tag for tag, _ in Page(whole).tags].count("script") == 1
