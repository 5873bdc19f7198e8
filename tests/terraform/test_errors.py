from __future__ import annotations

from mermaid_flow.errors import MflowError, Problems
from mermaid_flow.terraform.errors import TerraformFailed


def test_a_node_is_told_its_own_errors_and_those_that_nobody_is_to_blame_for() -> None:
    first, second, nobody = MflowError("one"), MflowError("two"), MflowError("crash")
    failed = TerraformFailed("terraform apply failed", [("A", first), ("", nobody), ("B", second)], changed=True)
    assert {node: error.problems for node, error in failed.errors.items() if isinstance(error, Problems)} == {
        "A": (first, nobody),
        "B": (nobody, second),
    }
    assert str(failed) == "terraform apply failed\none\ncrash\ntwo"


def test_no_node_is_blamed_for_what_belongs_to_none() -> None:
    failed = TerraformFailed("terraform init failed", [("", MflowError("no network"))], changed=False)
    assert failed.errors == {}
    assert failed.exit_code == 1


def test_a_mistake_that_changed_nothing_is_told_apart_by_the_exit_code() -> None:
    pair = ("A", MflowError("bad"))
    assert TerraformFailed("x", [pair], changed=False, mistake=True).exit_code == 2
    assert TerraformFailed("x", [pair], changed=True, mistake=True).exit_code == 1
