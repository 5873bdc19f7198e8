"""The local cloud's process, started and stopped for real."""

from __future__ import annotations

import functools
import json
import os
import select
import shutil
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any, TypeAlias

import boto3
import pytest

from mermaid_flow.errors import MflowError
from mermaid_flow.terraform import local_cloud
from mermaid_flow.terraform.local_cloud import HOST, LocalCloud, ask

Make: TypeAlias = Callable[..., LocalCloud]


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    """Clouds of this test, which end with it."""
    made: list[LocalCloud] = []

    def cloud(name: str = "project", **options: Any) -> LocalCloud:
        folder = tmp_path / name
        folder.mkdir(exist_ok=True)
        options = {"idle_exit": 300, "parent": os.getpid(), **options}
        made.append(LocalCloud(folder, cache=tmp_path / "cache", **options))
        return made[-1]

    yield cloud
    for cloud_made in made:
        cloud_made.stop()


def client(cloud: LocalCloud, service: str, account: str = "123456789012") -> Any:
    return _session(account).client(service, endpoint_url=cloud.endpoint)


@functools.cache
def _session(account: str) -> boto3.Session:
    return boto3.Session(account, "secret", region_name="us-east-1")


def _unused_port() -> int:
    with socket.create_server((HOST, 0)) as probe:
        return int(probe.getsockname()[1])


def ended(pid: int, seconds: float = 60) -> bool:
    """True once the process has ended."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    try:
        return bool(poll.poll(seconds * 1000))
    finally:
        os.close(descriptor)


def test_a_cloud_is_started_once_and_says_what_it_is(make: Make) -> None:
    cloud = make()
    assert cloud.status() is None
    assert cloud.instance_id() is None
    first = cloud.start()
    assert cloud.start().pid == first.pid
    assert make().start().pid == first.pid
    assert cloud.instance_id() == first.instance
    client(cloud, "ec2").create_vpc(
        CidrBlock="10.0.0.0/16",
        TagSpecifications=[{"ResourceType": "vpc", "Tags": [{"Key": "Name", "Value": "mine"}]}],
    )
    status = cloud.status()
    assert status is not None
    assert status.resources == {"ec2:vpc": 1}
    assert status.memory > 10_000_000
    assert 0 <= status.uptime < 600
    assert cloud.endpoint == f"http://127.0.0.1:{status.port}"


def test_a_cloud_that_was_never_started_has_no_endpoint(make: Make) -> None:
    with pytest.raises(MflowError, match="never started") as caught:
        _ = make().endpoint
    assert "mflow local start" in caught.value.hint


def test_what_is_in_the_cloud_and_its_port_outlive_its_process(make: Make) -> None:
    cloud = make()
    before = cloud.start()
    url = client(cloud, "sqs").create_queue(QueueName="kept")["QueueUrl"]
    assert cloud.stop()
    assert cloud.status() is None
    assert cloud.state_file.stat().st_mode & 0o777 == 0o600
    after = cloud.start()
    assert (after.port, after.instance) == (before.port, before.instance)
    assert after.pid != before.pid
    assert client(cloud, "sqs").list_queues()["QueueUrls"] == [url]


def test_a_reset_cloud_is_empty_and_another_one(make: Make) -> None:
    cloud = make()
    before = cloud.start()
    client(cloud, "sqs").create_queue(QueueName="gone")
    assert cloud.reset()
    after = cloud.start()
    assert after.instance != before.instance
    assert "QueueUrls" not in client(cloud, "sqs").list_queues()
    assert cloud.reset()
    assert not cloud.reset()
    assert not cloud.stop()


def test_a_cloud_that_keeps_nothing_is_another_one_each_time(make: Make) -> None:
    cloud = make(keep=False)
    first = cloud.start().instance
    client(cloud, "sqs").create_queue(QueueName="gone")
    cloud.stop()
    assert not cloud.state_file.exists()
    assert cloud.start().instance != first


def test_changes_are_saved_before_anyone_stops_the_cloud(make: Make) -> None:
    cloud = make()
    before = cloud.start()
    client(cloud, "sqs").create_queue(QueueName="kept")
    saved = threading.Event()
    # The emulator writes its snapshot some seconds after the last request; nothing here can be woken by it.
    for _ in range(300):
        if cloud.state_file.exists() or saved.wait(0.1):
            break
    os.kill(before.pid, signal.SIGKILL)
    assert ended(before.pid)
    assert cloud.start().instance == before.instance
    assert client(cloud, "sqs").list_queues()["QueueUrls"]


def test_many_can_start_the_same_cloud_at_once(make: Make) -> None:
    with ThreadPoolExecutor(6) as pool:
        started = list(pool.map(lambda _: make().start().pid, range(6)))
    assert len(set(started)) == 1


def test_every_account_is_one_of_its_own(make: Make) -> None:
    cloud = make(keep=False)
    cloud.start()
    client(cloud, "sqs", "111111111111").create_queue(QueueName="mine")
    assert "QueueUrls" not in client(cloud, "sqs", "222222222222").list_queues()
    identity = client(cloud, "sts", "222222222222").get_caller_identity()
    assert identity["Account"] == "222222222222"


def test_a_port_that_another_program_took_is_a_clear_error(make: Make) -> None:
    cloud = make()
    port = cloud.start().port
    client(cloud, "sqs").create_queue(QueueName="kept")
    cloud.stop()
    with socket.create_server((HOST, port)):
        with pytest.raises(MflowError, match=f"port {port} .* taken by another program") as caught:
            cloud.start()
        assert caught.value.exit_code == 2
        assert "mflow local start --port" in caught.value.hint
        with pytest.raises(MflowError, match=f"port {port} "):
            cloud.start(port)
        moved = cloud.start(_unused_port())
    assert moved.port != port
    assert cloud.port == moved.port


def test_as_long_as_nothing_was_made_a_taken_port_is_no_problem(make: Make) -> None:
    cloud = make()
    port = cloud.start().port
    cloud.reset()
    with socket.create_server((HOST, port)):
        assert cloud.start().port != port


def test_a_running_cloud_can_be_moved_to_another_port(make: Make) -> None:
    cloud = make()
    before = cloud.start()
    client(cloud, "sqs").create_queue(QueueName="kept")
    port = _unused_port()
    after = cloud.start(port)
    assert (after.port, after.instance) == (port, before.instance)
    assert ended(before.pid)


def test_the_cloud_of_another_project_is_not_taken_for_ones_own(make: Make) -> None:
    cloud, other = make(), make("other")
    port = cloud.start().port
    other.folder.mkdir(parents=True)
    (other.folder / "port.json").write_text(json.dumps({"port": port}))
    assert other.status() is None
    assert other.instance_id() is None
    assert other.start().port != port


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"port": "80"}', '{"port": 0}', '{"port": 70000}'])
def test_a_damaged_note_of_the_port_is_as_good_as_none(make: Make, text: str) -> None:
    cloud = make()
    cloud.folder.mkdir(parents=True)
    (cloud.folder / "port.json").write_text(text)
    assert cloud.port is None


def test_a_process_that_ends_at_once_is_an_error_with_its_last_words(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    cloud = make()
    monkeypatch.setattr(local_cloud.sys, "executable", "/bin/ls")  # does not know our options and says so
    with pytest.raises(MflowError, match="its process ended at once") as caught:
        cloud.start()
    assert "ls: " in caught.value.message
    assert str(cloud.log_file) in caught.value.hint


def test_a_process_that_does_not_answer_in_time_is_an_error(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local_cloud, "START_SECONDS", 0.0)
    cloud = make()
    with pytest.raises(MflowError, match="did not answer in 0 s"):
        cloud.start()


def test_a_process_that_stops_answering_is_an_error(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    cloud = make()
    monkeypatch.setattr(cloud, "status", lambda: None)
    with pytest.raises(MflowError, match="stopped answering"):
        cloud.start()
    monkeypatch.undo()


def test_a_process_that_does_not_end_is_an_error(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    cloud = make()
    pid = cloud.start().pid
    os.kill(pid, signal.SIGSTOP)
    monkeypatch.setattr(local_cloud, "STOP_SECONDS", 0.0)
    monkeypatch.setattr(cloud, "status", lambda: local_cloud.CloudStatus(pid, 1, "", 0, 0))
    with pytest.raises(MflowError, match="does not end"):
        cloud.stop()
    os.kill(pid, signal.SIGCONT)
    assert ended(pid)
    monkeypatch.undo()


def test_a_process_that_is_gone_already_need_not_be_ended(make: Make) -> None:
    cloud = make()
    pid = cloud.start().pid
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    cloud._end(pid)
    assert cloud.status() is None


def test_an_idle_cloud_ends_by_itself(make: Make) -> None:
    assert ended(make(idle_exit=0).start().pid)


def test_a_cloud_ends_with_the_process_that_it_was_started_for(make: Make) -> None:
    read_end, write_end = os.pipe()
    parent = os.fork()
    if parent == 0:
        os.read(read_end, 1)
        os._exit(0)
    pid = make(parent=parent).start().pid
    os.write(write_end, b".")
    os.waitpid(parent, 0)
    assert ended(pid)
    with pytest.raises(MflowError, match="did not start"):
        make("other", parent=parent).start()


def test_the_log_of_the_process_before_is_kept(make: Make) -> None:
    cloud = make()
    first = cloud.start().instance
    cloud.stop()
    cloud.start()
    assert first in (cloud.folder / "emulator.previous.log").read_text()


class SomethingElse(BaseHTTPRequestHandler):
    answers: Iterator[bytes]

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(next(self.answers))

    def log_message(self, *_: object) -> None:
        """Silence."""


def test_something_else_on_the_port_does_not_answer() -> None:
    SomethingElse.answers = iter([b"hello", b"[]", b"{}", b'{"instance": "x"}'])
    with HTTPServer((HOST, 0), SomethingElse) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        answers = [ask(server.server_port, "/mflow/instance") for _ in range(4)]
        server.shutdown()
    assert answers == [None, None, None, {"instance": "x"}]


def test_an_installed_package_needs_no_path_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", "/mine")
    root = Path(local_cloud.__file__).parents[2]
    assert local_cloud._environment()["PYTHONPATH"] == f"{root}:/mine"
    monkeypatch.setattr(local_cloud.mermaid_flow, "__file__", "/usr/lib/site-packages/mermaid_flow/__init__.py")
    assert local_cloud._environment()["PYTHONPATH"] == "/mine"


def test_on_other_systems_than_linux_the_local_cloud_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local_cloud.platform, "system", lambda: "Darwin")
    with pytest.raises(MflowError, match="needs Linux, this is Darwin"):
        LocalCloud(tmp_path)


@pytest.mark.parametrize("runs", [False, True])
def test_a_folder_that_takes_a_removed_ones_path_begins_empty(make: Make, runs: bool) -> None:
    former = make()
    old = former.start()
    client(former, "s3").create_bucket(Bucket="of-the-former")
    if not runs:
        former.stop()
    shutil.rmtree(former.project)
    later = make()
    new = later.start()
    assert (new.instance != old.instance, ended(old.pid)) == (True, True)
    assert client(later, "s3").list_buckets()["Buckets"] == []
