"""What a dead command had done, read from its log."""

from __future__ import annotations

import json
from pathlib import Path

from mermaid_flow.terraform.running import Abandoned
from mermaid_flow.terraform.traces import Traces, read_traces

VERSION = {"type": "version", "terraform": "1.11.4"}


def hook(kind: str, action: str, address: str, shown: str = "") -> dict[str, object]:
    known = {"id_key": "id", "id_value": shown} if shown else {}
    return {"type": kind, "hook": {"resource": {"addr": address}, "action": action, **known}}


def traces(folder: Path, *lines: object, offset: int = 0) -> Traces:
    log = folder / "log"
    log.write_text("".join(f"{line if isinstance(line, str) else json.dumps(line)}\n" for line in lines))
    return read_traces([Abandoned(folder / "note", "a@b", 0, 0, log, offset)])


def test_what_was_created_has_its_id_and_what_was_begun_has_none(tmp_path: Path) -> None:
    found = traces(
        tmp_path,
        VERSION,
        hook("apply_start", "create", "aws_vpc.a"),
        hook("apply_start", "create", "aws_vpc.b"),
        hook("provision_start", "", "aws_vpc.b"),
        "panic: no JSON",
        "17",
        hook("apply_complete", "create", "aws_vpc.a", "vpc-1"),
        hook("apply_complete", "update", "aws_vpc.c", "vpc-3"),
        '{"type":"apply_comp',
    )
    assert found == Traces(made={"aws_vpc.a": "vpc-1"}, begun={"aws_vpc.b"})


def test_what_was_destroyed_again_was_not_made(tmp_path: Path) -> None:
    found = traces(
        tmp_path,
        hook("apply_complete", "create", "aws_vpc.a", "vpc-1"),
        hook("apply_start", "delete", "aws_vpc.a", "vpc-1"),
        hook("apply_complete", "delete", "aws_vpc.a"),
    )
    assert found == Traces()


def test_a_replacement_was_made_in_whatever_order(tmp_path: Path) -> None:
    gone = (hook("apply_start", "delete", "aws_vpc.a", "old"), hook("apply_complete", "delete", "aws_vpc.a"))
    made = (hook("apply_start", "create", "aws_vpc.a"), hook("apply_complete", "create", "aws_vpc.a", "new"))
    for lines in ((*gone, *made), (*made, *gone)):
        assert traces(tmp_path, *lines) == Traces(made={"aws_vpc.a": "new"}, replaced={"aws_vpc.a"})


def test_other_commands_in_the_same_log_are_not_read(tmp_path: Path) -> None:
    first = hook("apply_complete", "create", "aws_vpc.a", "vpc-1")
    before = len(json.dumps(first)) + 1
    found = traces(
        tmp_path,
        first,
        VERSION,
        hook("apply_complete", "create", "aws_vpc.b", "vpc-2"),
        VERSION,
        hook("apply_complete", "create", "aws_vpc.c", "vpc-3"),
        offset=before,
    )
    assert found.made == {"aws_vpc.b": "vpc-2"}


def test_a_log_that_is_gone_tells_nothing(tmp_path: Path) -> None:
    gone = [Abandoned(tmp_path, "a@b", 0, 0, log, 0) for log in (None, tmp_path / "gone")]
    assert read_traces(gone) == Traces()
