"""The catalog's own questions to AWS, against the emulated one."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from handlers import _aws
from mermaid_flow import MflowError, RunFailed
from mermaid_flow.handlers.context import RunInfo
from mermaid_flow.terraform.targets import LocalTarget


def run_on(environment: dict[str, str], target: str = "local") -> RunInfo:
    return RunInfo("run", "vpc", Path(), Path(), target=target, region="eu-west-1", environment=environment)


def test_the_account_and_the_zones_are_those_of_the_target(local_target: LocalTarget) -> None:
    run = run_on(dict(local_target.environment()))
    assert _aws.account(run) == local_target.account
    assert _aws.availability_zones(run) == ["eu-west-1a", "eu-west-1b", "eu-west-1c"]


@pytest.mark.parametrize(("target", "hint"), [("local", "mflow local status"), ("aws", "credentials")])
def test_a_target_that_does_not_answer_is_a_failure_with_a_way_out(target: str, hint: str) -> None:
    nobody = {"AWS_ENDPOINT_URL": "http://127.0.0.1:1", "AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"}
    with pytest.raises(RunFailed, match="does not answer") as caught:
        _aws.account(run_on(nobody, target))
    assert hint in caught.value.hint


def test_without_boto3_the_way_to_get_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "boto3", None)
    with pytest.raises(MflowError) as caught:
        _aws.availability_zones(run_on({}))
    assert "mermaid-flow[local]" in caught.value.hint
