from __future__ import annotations

import os
import sys
from pathlib import Path

import hcl2
import pytest

from mermaid_flow.errors import MflowError
from mermaid_flow.terraform import targets
from mermaid_flow.terraform.local_cloud import LocalCloud
from mermaid_flow.terraform.targets import ENDPOINTS, OVERRIDE_FILE, AwsTarget, LocalTarget


def test_another_region_is_another_address_of_the_same_cloud(local_target: LocalTarget) -> None:
    other = local_target.in_region("eu-west-3")
    assert (other.region, other.account, other.cloud) == ("eu-west-3", local_target.account, local_target.cloud)
    assert other.environment()["AWS_REGION"] == "eu-west-3"
    real = AwsTarget(region="eu-west-1")
    real.account = "123456789012"
    assert (real.in_region("eu-west-3").region, real.in_region("eu-west-3").account) == ("eu-west-3", "123456789012")


def test_the_local_target_says_what_it_is(local_target: LocalTarget) -> None:
    assert local_target.name == "local"
    assert local_target.describe() == (
        f"local: emulated AWS on this machine, account {local_target.account}, region us-east-1"
    )
    assert local_target.provider_versions() == {"hashicorp/aws": "3.39.0"}
    assert local_target.instance_id() == local_target.cloud.instance_id()


def test_every_service_of_the_provider_stays_on_this_machine(local_target: LocalTarget) -> None:
    [(name, text)] = local_target.override_files().items()
    assert name == OVERRIDE_FILE
    assert name.endswith("_override.tf")
    [provider] = hcl2.loads(text)["provider"]
    [endpoints] = provider['"aws"']["endpoints"]
    urls = {key: value for key, value in endpoints.items() if not key.startswith("__")}
    assert set(urls) == set(ENDPOINTS)
    assert set(urls.values()) == {f'"{local_target.cloud.endpoint}"'}


def test_nothing_of_the_users_account_reaches_the_local_target(
    local_target: LocalTarget, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_SECRET_ACCESS_KEY", "TF_PLUGIN_CACHE_DIR"):
        monkeypatch.setenv(name, "mine")
    monkeypatch.setenv("NO_PROXY", "example.com")
    monkeypatch.delenv("no_proxy", raising=False)
    environment = local_target.environment()
    assert "mine" not in environment.values()
    assert environment["PATH"] == os.environ["PATH"]
    assert environment["AWS_ACCESS_KEY_ID"] == local_target.account
    assert environment["AWS_ENDPOINT_URL"] == local_target.cloud.endpoint
    assert environment["NO_PROXY"] == "example.com,127.0.0.1,localhost"
    assert environment["no_proxy"] == "127.0.0.1,localhost"
    assert Path(environment["TF_CLI_CONFIG_FILE"]).is_file()


def test_a_reset_cloud_is_noticed_and_said_once(tmp_path: Path) -> None:
    cloud = LocalCloud(tmp_path, cache=tmp_path / "cache", parent=os.getpid(), idle_exit=300)
    target = LocalTarget(tmp_path, cloud=cloud)
    target.ensure()
    target.ensure()
    assert target.notices() == ()
    first = target.instance_id()
    cloud.reset()
    assert target.instance_id() is None
    again = LocalTarget(tmp_path, cloud=cloud)
    again.ensure()
    assert again.instance_id() not in (None, first)
    assert again.notices() == ("the local cloud was reset: what was created in it before is gone",)
    later = LocalTarget(tmp_path, cloud=cloud)
    later.ensure()
    assert later.notices() == ()
    cloud.stop()


@pytest.mark.parametrize("region", ["", "Virginia", 'us-east-1"\n}', "us-east-1 "])
def test_what_is_not_a_region_is_refused(tmp_path: Path, region: str) -> None:
    with pytest.raises(MflowError, match="is not an AWS region"):
        LocalTarget(tmp_path, region=region)


@pytest.mark.parametrize("account", ["", "12345", "${var.account}"])
def test_what_is_not_an_account_is_refused(tmp_path: Path, account: str) -> None:
    with pytest.raises(MflowError, match="is not an AWS account"):
        LocalTarget(tmp_path, account=account)


def test_a_target_of_its_own_uses_the_cloud_of_the_project(tmp_path: Path) -> None:
    target = LocalTarget(tmp_path, region="eu-central-1", account="222222222222")
    assert target.cloud.project == tmp_path.resolve()
    assert target.describe().endswith("account 222222222222, region eu-central-1")


@pytest.fixture
def signed_in(local_cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch) -> None:
    """Credentials that the emulated AWS accepts, in the environment as a user has them."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_ENDPOINT_URL", local_cloud.endpoint)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "333333333333")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("AWS_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


@pytest.mark.usefixtures("signed_in")
def test_the_aws_target_names_account_and_region(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TF_PLUGIN_CACHE_DIR", "/shared")
    target = AwsTarget(region="eu-west-1")
    assert (target.name, target.account) == ("aws", "")
    assert target.describe() == "aws: account 333333333333, region eu-west-1"
    target.ensure()
    environment = target.environment()
    assert environment["AWS_REGION"] == environment["AWS_DEFAULT_REGION"] == "eu-west-1"
    assert environment["AWS_ACCESS_KEY_ID"] == "333333333333"
    assert "TF_PLUGIN_CACHE_DIR" not in environment
    assert (target.override_files(), target.provider_versions()) == ({}, {})
    assert (target.notices(), target.instance_id()) == ((), None)


@pytest.mark.usefixtures("signed_in")
@pytest.mark.parametrize("name", ["AWS_REGION", "AWS_DEFAULT_REGION"])
def test_the_region_comes_from_the_environment_where_none_is_given(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "eu-north-1")
    assert AwsTarget().describe() == "aws: account 333333333333, region eu-north-1"


@pytest.mark.usefixtures("signed_in")
def test_without_a_region_the_aws_target_is_an_error() -> None:
    with pytest.raises(MflowError, match="no AWS region"):
        AwsTarget().ensure()


@pytest.mark.usefixtures("signed_in")
def test_without_credentials_the_aws_target_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    with pytest.raises(MflowError, match="does not accept the credentials") as caught:
        AwsTarget(region="eu-west-1").ensure()
    assert caught.value.exit_code == 2
    assert "--target local" in caught.value.hint


def test_without_boto3_the_aws_target_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "boto3", None)
    with pytest.raises(MflowError, match="needs boto3"):
        targets.AwsTarget(region="eu-west-1").ensure()


def test_a_backend_reaches_the_emulator_by_what_the_target_adds(local_target: LocalTarget) -> None:
    settings = local_target.backend_settings("s3")
    assert settings["access_key"] == local_target.account
    assert settings["endpoints"] == dict.fromkeys(("dynamodb", "iam", "s3", "sts"), local_target.cloud.endpoint)
    assert local_target.backend_settings("local") == {}
    assert AwsTarget().backend_settings("s3") == {}
