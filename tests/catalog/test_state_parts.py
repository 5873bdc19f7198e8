"""The pieces of the state diagram, in cases that no example comes to. Nothing is built by Terraform."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import boto3
import pytest

from handlers import _aws, _state, state, state_component
from handlers._state import Storage
from mermaid_flow import Context, ModuleCall, RunFailed, Skipped
from mermaid_flow.handlers.context import RunInfo
from mermaid_flow.terraform.targets import LocalTarget
from mermaid_flow.testing import StandInComponent, call, make_context

KEY = "a/terraform.tfstate"


@pytest.fixture
def run(local_target: LocalTarget, tmp_path: Path) -> RunInfo:
    return RunInfo("run", "state", tmp_path, tmp_path, environment=local_target.environment())


def kept(run: RunInfo) -> Storage:
    """A backend of the test's own: all accounts share the names of buckets."""
    return Storage(f"bucket-{run.environment['AWS_ACCESS_KEY_ID']}", "some-table", "us-east-1")


def context(run: RunInfo, folder: Path, **changes: Any) -> Context:
    """As the boxes from *Configure Backend Block* on see it."""
    said = {"Init": {"bucket": kept(run).bucket, "table": kept(run).table}, "Path": {"key": KEY, "folder": ""}}
    return make_context(run=run, folder=folder, diagram="state", **{"values": said, **changes})


def client(target: LocalTarget, service: str) -> Any:
    environment = target.environment()
    return boto3.Session(environment["AWS_ACCESS_KEY_ID"], "local", region_name=target.region).client(
        service, endpoint_url=environment["AWS_ENDPOINT_URL"]
    )


def make_table(target: LocalTarget) -> None:
    client(target, "dynamodb").create_table(
        TableName="some-table",
        KeySchema=[{"AttributeName": "LockID", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "LockID", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )


def test_a_backend_is_there_when_both_parts_are(run: RunInfo, local_target: LocalTarget, tmp_path: Path) -> None:
    asking = context(run, tmp_path)
    assert not _state.exists(asking, kept(run))
    client(local_target, "s3").create_bucket(Bucket=kept(run).bucket)
    assert not _state.exists(asking, kept(run))
    make_table(local_target)
    assert _state.exists(asking, kept(run))


@pytest.mark.parametrize(("code", "said"), [("403", "this account may not see it"), ("500", "does not answer")])
def test_a_bucket_that_cannot_be_looked_at_is_not_taken_for_absent(code: str, said: str) -> None:
    # The emulated S3 shows every bucket to everyone.
    with pytest.raises(RunFailed, match=said), _aws.client(RunInfo("r", "d", Path(), Path()), "s3") as s3:
        refusal = s3.exceptions.ClientError({"Error": {"Code": code, "Message": "No"}}, "HeadBucket")
        _state._is_there(s3, lambda: _raise(refusal))


def _raise(error: Exception) -> None:
    raise error


def test_the_vars_can_say_what_would_be_looked_up() -> None:
    for answer in (True, False):
        assert state.backend_exists(make_context(vars={"backend_exists": answer})) is answer
        assert state_component.import_needed(make_context(vars={"import_needed": answer})) is answer


def test_nothing_to_import_needs_no_look() -> None:
    assert state_component.import_needed(make_context()) is False


def test_names_follow_the_environment(run: RunInfo, local_target: LocalTarget, tmp_path: Path) -> None:
    named = context(run, tmp_path, vars={"namespace": "Acme", "environment": "dev"})
    assert _state.names(named) == Storage(f"acme-dev-state-{local_target.account}", "acme-dev-state-locks", "us-east-1")


def test_a_lock_that_is_held_is_refused_and_given_back(run: RunInfo, local_target: LocalTarget, tmp_path: Path) -> None:
    make_table(local_target)
    asking = context(run, tmp_path)
    with _state.held_lock(asking, kept(run), "a"):
        with pytest.raises(RunFailed, match="is locked"), _state.held_lock(asking, kept(run), "a"):
            pass
        with _state.held_lock(asking, kept(run), "b"):
            pass
    assert client(local_target, "dynamodb").scan(TableName="some-table")["Items"] == []
    assert state.configure_locking(asking) == {"dynamodb_table": "some-table", "second_holder": "refused"}


def test_a_table_that_lets_two_hold_a_lock_is_no_table_for_locks(
    run: RunInfo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # No real table does this; the diagram must notice all the same.
    monkeypatch.setattr(_state, "is_locked", lambda *_, **__: False)
    monkeypatch.setattr(_aws, "client", _NoClient)
    with pytest.raises(RunFailed, match="lets two hold the same lock"):
        state.configure_locking(context(run, tmp_path))


class _NoClient:
    def __init__(self, *_: object) -> None: ...
    def __enter__(self) -> _NoClient:
        return self

    def __exit__(self, *_: object) -> None: ...
    def delete_item(self, **_: object) -> None: ...


def test_a_key_that_is_not_renewed_is_no_key_for_state(run: RunInfo, local_target: LocalTarget, tmp_path: Path) -> None:
    key = client(local_target, "kms").create_key()["KeyMetadata"]["Arn"]
    with pytest.raises(RunFailed, match="is not renewed"):
        state.enable_key_rotation(context(run, tmp_path, outputs={"state-backend": {"kms_key_arn": key}}))


@pytest.mark.parametrize(("lineage", "taken"), [("ours", False), ("theirs", True)])
def test_a_state_is_never_moved_over_another_one(
    run: RunInfo, local_target: LocalTarget, tmp_path: Path, lineage: str, taken: bool
) -> None:
    s3 = client(local_target, "s3")
    s3.create_bucket(Bucket=kept(run).bucket)
    there = {"lineage": lineage, "resources": [{"type": "t"}]}
    s3.put_object(Bucket=kept(run).bucket, Key=KEY, Body=json.dumps(there))
    moving = context(run, tmp_path, vars={"migrate_backend_state": False})
    moving.component.folder.mkdir()
    (moving.component.folder / "terraform.tfstate").write_text(json.dumps({"lineage": "ours"}))
    if taken:
        with pytest.raises(RunFailed, match="holds the state of something else"):
            state_component.configure_backend_block(moving)
    else:
        assert state_component.configure_backend_block(moving)["key"] == KEY
        assert isinstance(moving.component, StandInComponent) and moving.component.backend is not None
        assert moving.component.backend.settings["bucket"] == kept(run).bucket


def test_a_place_where_no_state_is_yet_is_free(run: RunInfo, local_target: LocalTarget, tmp_path: Path) -> None:
    client(local_target, "s3").create_bucket(Bucket=kept(run).bucket)
    moving = context(run, tmp_path)
    moving.component.folder.mkdir()
    (moving.component.folder / "terraform.tfstate").write_text(json.dumps({"lineage": "ours"}))
    assert state_component.configure_backend_block(moving)["backend"] == "s3"
    storage = moving.components.open("state-backend")
    assert isinstance(storage, StandInComponent) and storage.backend is not None
    assert (storage.backend.own_storage, storage.commands) == (False, [])


@pytest.mark.parametrize(
    ("vars", "path", "said"),
    [
        ({}, "c/state", {"key": "c/state/terraform.tfstate", "folder": "c"}),
        ({"state_file_key": "c/x.tfstate"}, "", {"key": "c/x.tfstate", "folder": "c"}),
        ({"state_file_key": "d/e/x.tfstate"}, "", {"key": "d/e/x.tfstate", "folder": "d/e"}),
    ],
)
def test_the_role_covers_the_environment_where_the_state_lies_in_it(
    vars: Mapping[str, object],  # noqa: A002 - what contexts call them
    path: str,
    said: Mapping[str, object],
) -> None:
    placed = make_context(vars=vars)
    placed.components.open("state-backend").name = "c/state-backend"  # type: ignore[misc]  # a stand-in's can be set
    assert state_component._organized(placed, path) == said


def test_roles_and_trust_are_left_out_where_nobody_asks_for_them() -> None:
    assert call(state_component.use_roles, vars={"use_iam_role": False}).skipped == "use_iam_role is false"
    assert state_component.set_up_cross_account_access(make_context()) == Skipped("no trusted_account_ids")


def test_a_role_that_can_never_be_assumed_is_a_failure(
    run: RunInfo, local_target: LocalTarget, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(state_component, "PATIENCE", 1)
    with pytest.raises(RunFailed, match="AWS \\(sts"):
        state_component._assume(context(run, tmp_path), "not an ARN")
    monkeypatch.setattr(state_component, "PATIENCE", 2)
    stopped = context(run, tmp_path)
    stopped.cancellation.request()
    with pytest.raises(RunFailed):
        state_component._assume(stopped, "not an ARN")


def test_terraform_that_does_not_mind_a_lock_is_a_failure(
    run: RunInfo, local_target: LocalTarget, tmp_path: Path
) -> None:
    make_table(local_target)
    with pytest.raises(RunFailed, match="while another held its lock"):
        state_component.run_init(context(run, tmp_path))


def test_addresses_of_a_state() -> None:
    found = _state.addresses(
        {
            "resources": [
                {"mode": "managed", "type": "t", "name": "n", "instances": [{}]},
                {"mode": "managed", "module": "module.m", "type": "t", "name": "n", "instances": [{"index_key": "a"}]},
                {"mode": "managed", "module": "module.m", "type": "t", "name": "c", "instances": [{"index_key": 0}]},
                {"mode": "data", "type": "t", "name": "d", "instances": [{}]},
            ]
        }
    )
    assert found == {"t.n", 'module.m.t.n["a"]', "module.m.t.c[0]"}
    assert _state.addresses({}) == frozenset()


def test_modules_of_the_vars_become_calls() -> None:
    variables = make_context(vars={"modules": {"a": {"module": "m"}, "b": {"module": "n", "inputs": {"x": 1}}}}).vars
    assert _state.modules(variables) == [ModuleCall("m", "a", {}), ModuleCall("n", "b", {"x": 1})]
