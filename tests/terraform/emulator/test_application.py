"""The emulator's web application, without its process."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from moto import mock_aws
from werkzeug.test import Client

from mermaid_flow.terraform.emulator.application import Application, Gate

SIGNED = "AWS4-HMAC-SHA256 Credential={key}/20260101/us-east-1/sts/aws4_request, SignedHeaders=host, Signature=0"


@pytest.fixture
def application() -> Iterator[Application]:
    with mock_aws():
        yield Application("first", "project", lambda: {"pid": 1})


@pytest.fixture
def client(application: Application) -> Client:
    return Client(application)


def caller(client: Client, key: str) -> str:
    answer = client.post(
        "/",
        base_url="http://127.0.0.1:4000",
        data={"Action": "GetCallerIdentity", "Version": "2011-06-15"},
        headers={"Authorization": SIGNED.format(key=key)},
    )
    assert answer.status_code == 200, answer.text
    return answer.text


def test_it_says_which_cloud_it_is(client: Client) -> None:
    assert client.get("/mflow/instance").json == {"instance": "first", "project": "project"}
    assert client.get("/mflow/status").json == {"instance": "first", "project": "project", "pid": 1}


def test_twelve_digits_for_a_key_are_the_account(client: Client) -> None:
    assert "<Account>222222222222</Account>" in caller(client, "222222222222")
    assert "<Account>123456789012</Account>" in caller(client, "AKIAIOSFODNN7EXAMPLE")


def test_emptying_the_cloud_makes_it_another_one(client: Client) -> None:
    assert client.post("/moto-api/reset").status_code == 200
    assert client.get("/mflow/instance").json["instance"] != "first"  # type: ignore[index]  # it is a mapping


def test_looking_at_the_cloud_is_no_change_and_asking_a_service_may_be_one(
    application: Application, client: Client
) -> None:
    client.get("/mflow/status")
    assert not application.gate.dirty
    caller(client, "222222222222")
    assert application.gate.dirty


@pytest.mark.parametrize("host", ["127.0.0.1:4000", "localhost:4000", "localhost", "bucket.localhost:4000"])
def test_programs_of_this_machine_are_answered(client: Client, host: str) -> None:
    assert client.get("/mflow/instance", base_url=f"http://{host}").status_code == 200


@pytest.mark.parametrize("host", ["evil.example:4000", "127.0.0.1.evil.example", "[::1", ""])
def test_names_that_lead_here_from_elsewhere_are_refused(client: Client, host: str) -> None:
    assert client.get("/mflow/instance", headers={"Host": host}).status_code == 403


def test_web_pages_from_elsewhere_are_refused(client: Client) -> None:
    page = {"Origin": "https://evil.example", "Host": "127.0.0.1:4000"}
    assert client.post("/moto-api/reset", headers=page).status_code == 403
    own = {"Origin": "http://127.0.0.1:4000", "Host": "127.0.0.1:4000"}
    assert client.post("/moto-api/reset", headers=own).status_code == 200


def test_a_snapshot_waits_for_requests_and_requests_for_it() -> None:
    gate, order = Gate(), list[str]()
    inside, go_on = threading.Event(), threading.Event()

    def request() -> None:
        with gate.request():
            inside.set()
            go_on.wait()
            order.append("request")

    def snapshot() -> None:
        with gate.alone(patience=60):
            order.append("snapshot")

    threads = [threading.Thread(target=request), threading.Thread(target=snapshot)]
    threads[0].start()
    inside.wait()
    threads[1].start()
    go_on.set()
    for thread in threads:
        thread.join()
    assert order == ["request", "snapshot"]
    assert not gate.dirty
    with gate.request():
        assert gate.dirty


def test_a_snapshot_does_not_wait_for_ever() -> None:
    gate = Gate()
    with gate.request(), gate.alone(patience=0):
        assert gate.running == 1
