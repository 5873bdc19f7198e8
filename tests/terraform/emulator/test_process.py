"""The emulator's command line; its life is tested through the local cloud that starts it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys

import boto3
import pytest

from mermaid_flow.terraform.local_cloud import ask
from mermaid_flow.terraform.targets import LocalTarget


def emulator(*arguments: str, **more: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "mermaid_flow.terraform.emulator", *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **more)  # type: ignore[call-overload, no-any-return]


def test_a_port_that_is_taken_ends_it_with_the_reason() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        process = emulator("--port", str(other.getsockname()[1]))
        output, _ = process.communicate()
    assert process.returncode == 1
    assert "is not to be had" in output


def test_without_a_state_file_and_a_caller_it_serves_until_it_is_told_to_end() -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    process = emulator("--port", str(port), "--parent", str(os.getpid()))
    assert process.stdout
    started = process.stdout.readline()
    assert f"answers on http://127.0.0.1:{port}" in started
    answer = ask(port, "/mflow/status")
    assert answer is not None
    assert answer["pid"] == process.pid
    process.send_signal(signal.SIGINT)
    assert process.wait() == 0
    process.stdout.close()


def test_it_ends_by_itself_when_nobody_asks_anything() -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    process = emulator("--port", str(port), "--idle-exit", "0")
    output, _ = process.communicate()
    assert process.returncode == 0
    assert "idle for" in output


def test_it_explains_its_options() -> None:
    process = emulator("--help")
    output, _ = process.communicate()
    assert process.returncode == 0
    for option in ("--port", "--state", "--idle-exit", "--parent"):
        assert option in output


@pytest.mark.parametrize("arguments", [(), ("--port", "many")])
def test_wrong_options_are_refused(arguments: tuple[str, ...]) -> None:
    process = emulator(*arguments)
    process.communicate()
    assert process.returncode == 2


def test_certificates_are_valid_at_once(local_target: LocalTarget) -> None:
    environment = local_target.environment()
    acm = boto3.client(
        "acm",
        region_name="eu-west-1",
        endpoint_url=environment["AWS_ENDPOINT_URL"],
        aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
    )
    arn = acm.request_certificate(DomainName="example.com", ValidationMethod="DNS")["CertificateArn"]
    # By itself the emulator lets them wait for a minute.
    acm.get_waiter("certificate_validated").wait(CertificateArn=arn, WaiterConfig={"Delay": 2, "MaxAttempts": 5})
    assert acm.describe_certificate(CertificateArn=arn)["Certificate"]["Status"] == "ISSUED"
