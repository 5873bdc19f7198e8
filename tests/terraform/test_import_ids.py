"""The id by which an existing resource is imported."""

from __future__ import annotations

import json
from pathlib import Path
from string import Formatter

import pytest

from mermaid_flow.terraform import import_ids
from mermaid_flow.terraform.import_ids import import_id

SCHEMA = Path(__file__).parents[3] / "shared/data/aws_6_62_schema.json"


@pytest.mark.parametrize(
    ("resource_type", "arguments", "expected"),
    [
        ("aws_vpc", {"cidr_block": "10.0.0.0/16"}, "x-1"),
        ("aws_route_table_association", {"subnet_id": "subnet-1", "route_table_id": "rtb-1"}, "subnet-1/rtb-1"),
        ("aws_route_table_association", {"subnet_id": "subnet-1"}, None),
        ("aws_route_table_association", {"subnet_id": None, "route_table_id": "rtb-1"}, None),
        ("aws_apigatewayv2_route", {"api_id": "api"}, "api/x-1"),
        (
            "aws_network_acl_rule",
            {"network_acl_id": "acl-1", "rule_number": 100, "protocol": "tcp", "egress": True},
            "acl-1:100:tcp:true",
        ),
    ],
)
def test_it_is_the_shown_id_or_made_of_arguments(
    resource_type: str, arguments: dict[str, object], expected: str | None
) -> None:
    assert import_id(resource_type, "x-1", arguments) == expected


def test_every_form_is_made_of_arguments_that_there_are() -> None:
    if not SCHEMA.is_file():
        pytest.skip(f"the provider's schema is not there: {SCHEMA}")
    schema = json.loads(SCHEMA.read_text())
    for resource_type, form in import_ids._FORMS.items():
        names = {name for _, name, _, _ in Formatter().parse(form) if name}
        assert names <= set(schema.get(resource_type, names)) | {"id"}, resource_type


def test_without_a_shown_id_nothing_is_known() -> None:
    assert import_id("aws_vpc", "", {}) is None
