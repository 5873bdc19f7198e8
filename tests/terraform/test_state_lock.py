"""Whose lock it is: only what was taken here while a command of ours was at work, which is dead now, is ours."""

from __future__ import annotations

from pathlib import Path

import pytest

from mermaid_flow.terraform import state_lock
from mermaid_flow.terraform.running import Abandoned
from mermaid_flow.terraform.state_lock import StateLock, lock_hint, lock_in, was_ours

REFUSED = """Error acquiring the state lock: Error message: operation error S3: PutObject, StatusCode: 412
Lock Info:
  ID:        03795839-c054-7ed2-e85d-6ddad230580d
  Path:      states/a/b.tfstate
  Operation: OperationTypeApply
  Who:       root@vm
  Version:   1.11.4
  Created:   2026-11-24 21:28:06.157306781 +0000 UTC


Terraform acquires a state lock to protect the state."""
TAKEN = 1795555686.157306781
LOCK = StateLock("03795839-c054-7ed2-e85d-6ddad230580d", "states/a/b.tfstate", "root@vm", TAKEN)


def abandoned(who: str = "root@vm", began: float = TAKEN - 2, alive: float = TAKEN + 60) -> Abandoned:
    return Abandoned(Path("note"), who, began, alive, None, 0)


def test_terraform_says_whose_the_lock_is() -> None:
    assert lock_in(REFUSED) == LOCK
    assert lock_in(REFUSED.replace(".157306781", "")) == StateLock(LOCK.id, LOCK.path, LOCK.who, int(TAKEN))
    assert LOCK.since == "2026-11-24 21:28:06 UTC"


@pytest.mark.parametrize("message", ["", "Error: Invalid value", REFUSED.replace("ID:        0", "ID:        --force")])
def test_other_errors_tell_of_no_lock(message: str) -> None:
    assert lock_in(message) is None
    assert lock_hint(message, Path()) == ""


@pytest.mark.parametrize(
    ("command", "ours"),
    [
        (abandoned(), True),
        (abandoned(alive=TAKEN - 1), True),  # the sign of life was a little late
        (abandoned(who="root@elsewhere"), False),
        (abandoned(who="alice@vm"), False),
        (abandoned(began=TAKEN + 1), False),
        (abandoned(alive=TAKEN - 30), False),
    ],
)
def test_only_what_a_command_of_ours_took_is_ours(
    command: Abandoned, ours: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(state_lock, "signature", lambda: "root@vm")
    assert was_ours(LOCK, [command]) is ours
    assert not was_ours(LOCK, [])


def test_what_another_machine_left_behind_is_not_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(state_lock, "signature", lambda: "root@elsewhere")
    assert not was_ours(LOCK, [abandoned()])


def test_the_hint_names_who_has_it_and_the_command_that_frees_it() -> None:
    hint = lock_hint(REFUSED, Path("/project/web"))
    assert hint.startswith("root@vm has had it since 2026-11-24 21:28:06 UTC")
    assert hint.endswith("run `terraform force-unlock 03795839-c054-7ed2-e85d-6ddad230580d` in /project/web")
