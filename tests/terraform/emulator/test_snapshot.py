"""The emulated cloud on disk and back, in one process."""

from __future__ import annotations

import io
import logging
import os
import pickle
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from moto import mock_aws
from moto.core.base_backend import BackendDict

from mermaid_flow.terraform.emulator import snapshot
from mermaid_flow.terraform.emulator.snapshot import load, save, tables
from mermaid_flow.terraform.emulator.summary import resources
from tests.terraform.emulator.corrections.behaviours import client


@pytest.fixture(autouse=True)
def emulated() -> Iterator[None]:
    with mock_aws():
        yield


def restart() -> None:
    BackendDict.reset()
    assert tables() == []


def test_what_is_in_the_cloud_comes_back(tmp_path: Path) -> None:
    client("sqs").create_queue(QueueName="this")
    client("s3").create_bucket(Bucket="mflow-objects")
    client("s3").put_object(Bucket="mflow-objects", Key="folder/file", Body=b"kept")
    client("ssm").put_parameter(Name="this", Type="String", Value="kept")
    key = client("kms").create_key(KeyUsage="SIGN_VERIFY", KeySpec="RSA_2048")["KeyMetadata"]["KeyId"]
    public = client("kms").get_public_key(KeyId=key)["PublicKey"]
    certificate = client("acm").request_certificate(DomainName="example.com")["CertificateArn"]

    save(tmp_path / "state", "first")
    restart()
    assert load(tmp_path / "state") == "first"

    assert client("sqs").get_queue_url(QueueName="this")["QueueUrl"]
    assert client("s3").get_object(Bucket="mflow-objects", Key="folder/file")["Body"].read() == b"kept"
    assert client("ssm").get_parameter(Name="this")["Parameter"]["Value"] == "kept"
    assert client("kms").get_public_key(KeyId=key)["PublicKey"] == public
    assert client("acm").describe_certificate(CertificateArn=certificate)["Certificate"]["DomainName"] == "example.com"


def test_what_refers_to_each_other_still_does(tmp_path: Path) -> None:
    vpc = client("ec2").create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnets = [client("ec2").create_subnet(VpcId=vpc, CidrBlock=f"10.0.{n}.0/24")["Subnet"]["SubnetId"] for n in (1, 2)]
    client("elbv2").create_load_balancer(Name="this", Subnets=subnets)
    save(tmp_path / "state", "first")
    restart()
    load(tmp_path / "state")
    [balancer] = client("elbv2").describe_load_balancers()["LoadBalancers"]
    assert balancer["VpcId"] == vpc
    client("ec2").create_tags(Resources=[vpc], Tags=[{"Key": "Name", "Value": "later"}])
    assert resources() == {"ec2:vpc": 1}


def test_nobody_else_can_read_a_snapshot_and_nothing_half_written_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    state = tmp_path / "state"
    save(state, "first")
    assert state.stat().st_mode & 0o777 == 0o600

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with caplog.at_level(logging.ERROR):
        save(state, "second")
    assert "No space left on device" in caplog.text
    assert [path.name for path in tmp_path.iterdir()] == ["state"]
    assert load(state) == "first"


def test_without_a_snapshot_there_is_nothing_to_load(tmp_path: Path) -> None:
    assert load(tmp_path / "state") is None


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not compressed",
        zlib.compress(b"not a pickle"),
        zlib.compress(pickle.dumps({"format": "mflow 0, moto 4.0", "instance": "x", "backends": {}})),
    ],
)
def test_a_snapshot_that_cannot_be_used_is_put_aside(
    tmp_path: Path, content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    state = tmp_path / "state"
    state.write_bytes(content)
    state.chmod(0o600)
    with caplog.at_level(logging.ERROR):
        assert load(state) is None
    assert "the cloud starts empty" in caplog.text
    assert [path.name for path in tmp_path.iterdir()] == ["state.unusable"]


def test_a_snapshot_that_somebody_else_could_have_written_is_not_loaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    state = tmp_path / "state"
    save(state, "first")
    state.chmod(0o620)
    with caplog.at_level(logging.ERROR):
        assert load(state) is None
    assert "somebody else could have written it" in caplog.text
    save(state, "first")
    monkeypatch.setattr(os, "getuid", lambda: 12345)
    assert load(state) is None


def back(value: object) -> object:
    buffer = io.BytesIO()
    snapshot._Pickler(buffer, protocol=5).dump(value)
    return snapshot._Unpickler(io.BytesIO(buffer.getvalue())).load()


@pytest.mark.parametrize(
    "key",
    [
        rsa.generate_private_key(65537, 2048),
        ec.generate_private_key(ec.SECP256R1()),
        ed25519.Ed25519PrivateKey.generate(),
    ],
)
def test_keys_come_back(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey) -> None:
    private, public = back((key, key.public_key()))  # type: ignore[misc]  # a pair goes in, a pair comes out
    assert public == key.public_key()
    assert private.public_key() == key.public_key()


def test_tables_of_backends_are_named_not_copied() -> None:
    client("sqs").list_queues()
    [table] = [table for table in tables() if table.service_name == "sqs"]
    assert back(table) is table
