"""Terraform itself: where it is, whether it is new enough, and how to get it.

mflow works with what the machine has. Where there is nothing, `install` fetches one official release into
mflow's own cache and nowhere else.
"""

from __future__ import annotations

import functools
import hashlib
import http.client
import json
import os
import platform
import re
import shutil
import subprocess
import tempfile
import urllib.error
import urllib.parse
import urllib.request
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Literal

from mermaid_flow.errors import MflowError
from mermaid_flow.terraform.cache import cache_folder, private_folder

MINIMUM = (1, 5, 0)
RELEASES = "https://releases.hashicorp.com"
PINNED_VERSION = "1.11.4"
PINNED_SHA256 = {
    "darwin_amd64": "a56d5002b9f7647291faccc3dd1a70350e60fb61e4c45037629508b8fdc2575b",
    "darwin_arm64": "867e0808fa971217043e25b7a792b10720c79b1546f8a68479b74f138be73e18",
    "linux_amd64": "1ce994251c00281d6845f0f268637ba50c0005657eb3cf096b92f753b42ef4dc",
    "linux_arm64": "a43d1d0da9b9bab214a8305a39db0e40869572594ccf50c416a7756499143633",
}
"""HashiCorp's digests of the pinned release's zip files. Several packagings that publish them agree (docs)."""
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_SECONDS = 60.0
"""How long a download may stand still."""


class ToolchainMissing(MflowError):
    """No usable Terraform or OpenTofu on this machine; the message says in one line how to get one."""

    def __init__(self, reason: str) -> None:
        super().__init__(
            f"{reason}: run `mflow toolchain install`, or set MFLOW_TERRAFORM to one", code="toolchain.missing"
        )


class ToolchainInstallError(MflowError):
    """The release could not be fetched, is not what it should be, or cannot be stored. Nothing was installed."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message, code="toolchain.install", hint=hint)


@dataclass(frozen=True, slots=True)
class Toolchain:
    """An executable that speaks Terraform."""

    path: Path
    flavour: Literal["terraform", "tofu"]
    version: tuple[int, int, int]

    def __str__(self) -> str:
        name = "OpenTofu" if self.flavour == "tofu" else "Terraform"
        return f"{name} {'.'.join(map(str, self.version))} ({self.path})"


@dataclass(frozen=True, slots=True)
class Installed:
    """What `install` did: the executable, where it came from, its zip's digest and what that was held to."""

    toolchain: Toolchain
    url: str
    sha256: str
    checked_against: str

    def __str__(self) -> str:
        return (
            f"installed {self.toolchain}\n  from {self.url}\n  SHA-256 {self.sha256} agrees with {self.checked_against}"
        )


def find_toolchain(environment: Mapping[str, str] | None = None) -> Toolchain:
    """Terraform or OpenTofu, at least 1.5: `$MFLOW_TERRAFORM`, else the first on PATH, else in mflow's own cache.

    Raises ToolchainMissing when there is none that can be used.
    """
    environment = os.environ if environment is None else environment
    if chosen := environment.get("MFLOW_TERRAFORM"):
        path = shutil.which(chosen, path=environment.get("PATH", ""))
        if path is None:
            raise ToolchainMissing(f"MFLOW_TERRAFORM names {chosen}, which is not an executable file")
        return _usable(path)
    unusable = ""
    for path in _candidates(environment):
        try:
            return _usable(path)
        except ToolchainMissing as error:
            unusable = unusable or error.message
    if unusable:
        raise ToolchainMissing(unusable.partition(": run")[0])
    raise ToolchainMissing("there is no terraform (1.5 or later) on PATH")


def _candidates(environment: Mapping[str, str]) -> Iterator[str]:
    for folders in (environment.get("PATH", ""), str(cache_folder(environment) / "toolchain")):
        for name in ("terraform", "tofu"):
            if path := shutil.which(name, path=folders):
                yield path


def _usable(path: str) -> Toolchain:
    found = _version(path, Path(path).stat().st_mtime_ns)
    match = re.match(r"(\d+)\.(\d+)\.(\d+)", found)
    if not match:
        raise ToolchainMissing(f"{path} does not work as terraform")
    version = (int(match[1]), int(match[2]), int(match[3]))
    if version < MINIMUM:
        raise ToolchainMissing(f"{path} is version {found}, mflow needs 1.5 or later")
    return Toolchain(Path(path), "tofu" if Path(path).name.startswith("tofu") else "terraform", version)


@functools.cache
def _version(path: str, changed: int) -> str:  # noqa: ARG001  # part of the key: a new file is asked again
    """What the executable says its version is; empty when it does not answer as Terraform does."""
    environment = {**os.environ, "CHECKPOINT_DISABLE": "1", "TF_CLI_CONFIG_FILE": os.devnull}
    try:
        done = subprocess.run(
            [path, "version", "-json"], capture_output=True, text=True, timeout=30, check=False, env=environment
        )
        return str(json.loads(done.stdout)["terraform_version"])
    except (OSError, subprocess.SubprocessError, ValueError, LookupError, TypeError):
        return ""


def platform_name() -> str:
    """This machine as Terraform names it, for instance `linux_amd64`."""
    machine = platform.machine().lower()
    return f"{platform.system().lower()}_{ {'x86_64': 'amd64', 'aarch64': 'arm64'}.get(machine, machine) }"


def install(
    version: str = PINNED_VERSION,
    *,
    releases: str = RELEASES,
    pinned: Mapping[str, str] = PINNED_SHA256,
    cache: Path | None = None,
) -> Installed:
    """Fetch an official Terraform release into mflow's cache.

    The pinned version's zip is held to the digest in this file; another version's only to the SHA256SUMS file that
    the same server gives out over TLS (`Installed.checked_against` says which).
    Raises ToolchainInstallError, and leaves an earlier installation as it was.
    """
    if not re.fullmatch(r"\d+\.\d+\.\d+(-[a-z]+\d+)?", version):
        raise ToolchainInstallError(f"{version!r} is not a version of Terraform", "for instance 1.11.4")
    name = f"terraform_{version}_{platform_name()}.zip"
    folder = f"{releases}/terraform/{version}"
    target = private_folder((cache or cache_folder()) / "toolchain")
    if version == PINNED_VERSION and platform_name() in pinned:
        expected, source = pinned[platform_name()], "the digest pinned in mflow"
    else:
        expected = _published_digest(f"{folder}/terraform_{version}_SHA256SUMS", name)
        source = "the SHA256SUMS of the same server (mflow knows no digest of this version)"
    with tempfile.TemporaryDirectory(dir=target, prefix=".download-") as temporary:
        archive = Path(temporary) / name
        digest = _download(f"{folder}/{name}", archive)
        if digest != expected:
            raise ToolchainInstallError(
                f"{folder}/{name} is not what it should be: its SHA-256 is {digest}, {source} says {expected}"
            )
        executable = _unpack(archive, target / "terraform")
    return Installed(_usable(str(executable)), f"{folder}/{name}", digest, source)


def _published_digest(url: str, name: str) -> str:
    with _open(url) as answer:
        text = answer.read(1_000_000).decode("ascii", errors="replace")
    for line in text.splitlines():
        digest, _, file = line.partition("  ")
        if file == name:
            return digest
    raise ToolchainInstallError(f"there is no Terraform for {platform_name()} in {url}")


def _download(url: str, path: Path) -> str:
    """Store what the URL holds and return its SHA-256. A download that breaks off is an error."""
    digest = hashlib.sha256()
    try:
        with _open(url) as answer, path.open("wb") as file:
            length = answer.headers.get("Content-Length")
            while block := answer.read(1 << 16):
                digest.update(block)
                file.write(block)
            if length is not None and file.tell() != int(length):
                raise ToolchainInstallError(f"the download of {url} broke off after {file.tell()} of {length} bytes")
    except (OSError, http.client.HTTPException) as error:
        raise ToolchainInstallError(f"the download of {url} failed: {error}") from error
    return digest.hexdigest()


def _open(url: str) -> http.client.HTTPResponse:
    """An answer with status 200. Only HTTPS leaves this machine, redirections included."""
    _check_scheme(url)
    opener = urllib.request.build_opener(_SecureRedirects)
    try:
        answer: http.client.HTTPResponse = opener.open(url, timeout=_SECONDS)
    except urllib.error.HTTPError as error:
        raise ToolchainInstallError(f"{url} is not there: HTTP {error.code}", "is the version right?") from error
    except (OSError, http.client.HTTPException) as error:
        reason = error.reason if isinstance(error, urllib.error.URLError) else error
        raise ToolchainInstallError(f"{url} cannot be reached: {reason}", "is this machine online?") from error
    return answer


class _SecureRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: http.client.HTTPMessage,
        newurl: str,
    ) -> urllib.request.Request | None:
        _check_scheme(newurl)
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _check_scheme(url: str) -> None:
    parts = urllib.parse.urlsplit(url)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOOPBACK):
        raise ToolchainInstallError(f"{url} is not an https address")


def _unpack(archive: Path, executable: Path) -> Path:
    """Put the zip's `terraform` in place in one step."""
    try:
        with zipfile.ZipFile(archive) as contents, contents.open("terraform") as packed:
            fresh = archive.with_name("terraform")
            with fresh.open("wb") as file:
                shutil.copyfileobj(packed, file)
        fresh.chmod(0o755)
        return fresh.replace(executable)
    except (OSError, KeyError, zipfile.BadZipFile) as error:
        raise ToolchainInstallError(f"{archive.name} cannot be unpacked: {error}") from error
