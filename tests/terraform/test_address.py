"""Addresses are read strictly: they come from vars and end in HCL."""

from __future__ import annotations

import pytest

from mermaid_flow.errors import MflowError
from mermaid_flow.terraform.address import ResourceAddress, resource_address


@pytest.mark.parametrize(
    ("text", "call", "expression"),
    [
        ("module.logs.aws_cloudwatch_log_group.this", "logs", "module.logs.aws_cloudwatch_log_group.this"),
        ("module.a[0].module.b-c.aws_vpc.x[2]", "a", "module.a[0].module.b-c.aws_vpc.x[2]"),
        ('module.a.aws_vpc.x["b/c.d"]', "a", 'module.a.aws_vpc.x["b/c.d"]'),
        ('module.a["k"].aws_vpc.x["${var.y}"]', "a", 'module.a["k"].aws_vpc.x["$${var.y}"]'),
        (r'module.a.aws_vpc.x["say \"hi\""]', "a", r'module.a.aws_vpc.x["say \"hi\""]'),
    ],
)
def test_an_address_is_written_back_as_it_is_meant(text: str, call: str, expression: str) -> None:
    assert resource_address(text) == ResourceAddress(call, expression)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "aws_vpc.this",
        "module.a",
        "module.a.aws_vpc",
        "module.a.aws_vpc.this\n}",
        "module.a.aws_vpc.this[var.x]",
        'module.a.aws_vpc.this["x"]}',
        r'module.a.aws_vpc.this["\q"]',
        "module.a.data.aws_vpc.this",
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(MflowError, match="no address of a resource") as caught:
        resource_address(text)
    assert caught.value.code == "terraform.address"
