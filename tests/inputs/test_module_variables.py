"""Vars of stacks against the variables of modules."""

from pathlib import Path

import pytest

from mermaid_flow.inputs.module_variables import check_module_variables, closest_name
from mermaid_flow.inputs.stacks import component_inputs, load_stack
from mermaid_flow.inputs.variables import Variables

MODULE = {"vpc_cidr": True, "azs": True, "enable_flow_logs": False, "flow_logs_retention": False, "tags": False}


@pytest.mark.parametrize(
    ("name", "candidates", "closest"),
    [
        ("vpc_flow_logs_enabled", MODULE, "enable_flow_logs"),
        ("name", ["zone_id", "api_name"], "api_name"),
        ("route53_zone_id", ["api_name", "zone_id"], "zone_id"),
        ("subnet_id", ["subnet_ids", "vpc_id"], "subnet_ids"),
        ("publicSubnets", ["public_subnets"], "public_subnets"),
    ],
)
def test_the_closest_name_has_the_same_words_or_nearly_the_same_letters(
    name: str, candidates: list[str], closest: str
) -> None:
    assert closest_name(name, candidates) == f"did you mean {closest!r}?"


@pytest.mark.parametrize("candidates", [[], ["database_engine"], ["_"]])
def test_a_name_that_is_like_none_has_no_hint(candidates: list[str]) -> None:
    assert closest_name("vpc_cidr", candidates) == ""
    assert closest_name("_", candidates[:1]) == ("did you mean '_'?" if candidates == ["_"] else "")


def test_unknown_and_missing_variables_of_a_component_are_told_and_the_stacks_own_are_not(tmp_path: Path) -> None:
    (tmp_path / "dev.yaml").write_text(
        """\
vars: {tenant: acme, region: eu-west-1}
terraform: {vars: {enabled: true}}
components:
  terraform:
    base: {metadata: {type: abstract}, vars: {vpc_flow_logs_enabled: true}}
    vpc/main:
      metadata: {component: vpc, inherits: [base]}
      vars: {vpc_cidr: 10.0.0.0/16, availability_azs: [a], azs: null, tags: {}}
"""
    )
    variables = component_inputs(load_stack(tmp_path, "dev"), "vpc/main", sets=["enabld=1"]).variables
    problems = check_module_variables(variables, "vpc", MODULE)
    assert [(each.code, each.hint, each.where and each.where.line) for each in problems] == [
        ("inputs.unknown_variable", "did you mean 'enable_flow_logs'?", 5),
        ("inputs.unknown_variable", "", 8),
        ("inputs.unknown_variable", "", None),
        ("inputs.missing_variable", "", None),
    ]
    assert "'azs'" in problems[-1].message
    assert variables.used() == frozenset()


def test_a_missing_variable_is_hinted_at_the_unknown_one_that_was_meant() -> None:
    variables = Variables.of({"cidr_vpc": "10.0.0.0/16", "azs": []})
    unknown, missing = check_module_variables(variables, "vpc", {"vpc_cidr": True, "azs": True})
    assert unknown.hint == "did you mean 'vpc_cidr'?"
    assert missing.hint == "did you mean 'cidr_vpc'?"
