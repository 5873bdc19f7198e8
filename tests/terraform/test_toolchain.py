"""Finding and fetching Terraform. Releases come from a server on this machine that behaves well or badly."""

from __future__ import annotations

import contextlib
import hashlib
import io
import threading
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from mermaid_flow.errors import MflowError
from mermaid_flow.terraform import toolchain
from mermaid_flow.terraform.toolchain import (
    PINNED_VERSION,
    ToolchainInstallError,
    ToolchainMissing,
    find_toolchain,
    install,
    platform_name,
)


def executable(path: Path, version: str = "1.9.0", script: str | None = None) -> Path:
    """Something that answers `version -json` as Terraform does."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(script or f'#!/bin/sh\necho \'{{"terraform_version": "{version}"}}\'\n')
    path.chmod(0o755)
    return path


def environment(tmp_path: Path, **more: str) -> dict[str, str]:
    return {"PATH": str(tmp_path / "bin"), "MFLOW_CACHE": str(tmp_path / "cache"), **more}


def test_the_terraform_of_this_machine_is_found() -> None:
    found = find_toolchain()
    assert found.version >= (1, 5, 0)
    assert str(found).startswith(("Terraform 1.", "OpenTofu 1."))


def test_the_chosen_executable_goes_before_the_path(tmp_path: Path) -> None:
    executable(tmp_path / "bin" / "terraform")
    chosen = executable(tmp_path / "mine" / "tofu-1.8", "1.8.2")
    found = find_toolchain(environment(tmp_path, MFLOW_TERRAFORM=str(chosen)))
    assert (found.path, found.flavour, found.version) == (chosen, "tofu", (1, 8, 2))
    assert str(found) == f"OpenTofu 1.8.2 ({chosen})"


def test_the_path_goes_before_the_cache_and_terraform_before_tofu(tmp_path: Path) -> None:
    in_cache = executable(tmp_path / "cache" / "toolchain" / "terraform")
    assert find_toolchain(environment(tmp_path)).path == in_cache
    tofu = executable(tmp_path / "bin" / "tofu")
    assert find_toolchain(environment(tmp_path)).path == tofu
    terraform = executable(tmp_path / "bin" / "terraform")
    assert find_toolchain(environment(tmp_path)).path == terraform


def test_one_that_is_too_old_is_passed_over(tmp_path: Path) -> None:
    executable(tmp_path / "bin" / "terraform", "1.4.6")
    tofu = executable(tmp_path / "bin" / "tofu", "1.6.0-rc1")
    assert find_toolchain(environment(tmp_path)).path == tofu


def test_where_there_is_none_one_line_says_how_to_get_it(tmp_path: Path) -> None:
    with pytest.raises(ToolchainMissing, match="no terraform") as caught:
        find_toolchain(environment(tmp_path))
    assert str(caught.value).count("\n") == 0
    assert "mflow toolchain install" in str(caught.value)
    assert caught.value.exit_code == 2


def test_where_all_are_too_old_the_first_is_named(tmp_path: Path) -> None:
    old = executable(tmp_path / "bin" / "terraform", "1.4.6")
    executable(tmp_path / "cache" / "toolchain" / "terraform", "0.13.0")
    with pytest.raises(ToolchainMissing, match=r"1\.4\.6") as caught:
        find_toolchain(environment(tmp_path))
    assert str(old) in str(caught.value)
    assert str(caught.value).count("mflow toolchain install") == 1


def test_a_chosen_executable_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    executable(tmp_path / "bin" / "terraform")
    with pytest.raises(ToolchainMissing, match="MFLOW_TERRAFORM names"):
        find_toolchain(environment(tmp_path, MFLOW_TERRAFORM=str(tmp_path / "nothing")))


@pytest.mark.parametrize("script", ["#!/bin/sh\nexit 1\n", "#!/bin/sh\necho 'Terraform v1'\n", "\x7fELF nonsense"])
def test_an_executable_that_is_not_terraform_is_an_error(tmp_path: Path, script: str) -> None:
    executable(tmp_path / "bin" / "terraform", script=script)
    with pytest.raises(ToolchainMissing, match="does not work as terraform"):
        find_toolchain(environment(tmp_path))


class Releases(BaseHTTPRequestHandler):
    """What a release server answers: `files` by path, each `cut` bytes short, or a redirection."""

    files: dict[str, bytes]
    cut: int
    redirect: str

    def do_GET(self) -> None:
        if self.redirect:
            self.send_response(302)
            self.send_header("Location", self.redirect)
            self.end_headers()
            return
        body = self.files.get(self.path)
        if body is None:
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: len(body) - self.cut])

    def log_message(self, *_: object) -> None:
        """Silence."""


class Server:
    """A release server on this machine with one release of Terraform."""

    def __init__(self, version: str) -> None:
        self.version = version
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr("LICENSE.txt", "a licence")
            archive.writestr("terraform", f'#!/bin/sh\necho \'{{"terraform_version": "{version}"}}\'\n')
        self.zip = packed.getvalue()
        self.digest = hashlib.sha256(self.zip).hexdigest()
        self.name = f"terraform_{version}_{platform_name()}.zip"
        self.folder = f"/terraform/{version}"
        self.handler = type("Handler", (Releases,), {"files": {}, "cut": 0, "redirect": ""})
        self.handler.files = {f"{self.folder}/{self.name}": self.zip}
        self.sums(f"{'0' * 64}  terraform_{version}_plan9_mips.zip\n{self.digest}  {self.name}\n")
        self.http = ThreadingHTTPServer(("127.0.0.1", 0), self.handler)
        self.url = f"http://127.0.0.1:{self.http.server_port}"

    def sums(self, text: str) -> None:
        self.handler.files[f"{self.folder}/terraform_{self.version}_SHA256SUMS"] = text.encode()


@contextlib.contextmanager
def serving(version: str) -> Iterator[Server]:
    server = Server(version)
    threading.Thread(target=server.http.serve_forever, daemon=True).start()
    yield server
    server.http.shutdown()
    server.http.server_close()


@pytest.fixture
def server() -> Iterator[Server]:
    """A server with the pinned release."""
    with serving(PINNED_VERSION) as server:
        yield server


@pytest.fixture
def newer_server() -> Iterator[Server]:
    """A server with a release that mflow does not know."""
    with serving("1.12.3") as server:
        yield server


def test_the_pinned_release_is_installed_and_found(server: Server, tmp_path: Path) -> None:
    done = install(releases=server.url, pinned={platform_name(): server.digest}, cache=tmp_path / "cache")
    assert done.toolchain.path == tmp_path / "cache" / "toolchain" / "terraform"
    assert done.checked_against == "the digest pinned in mflow"
    assert str(done).splitlines() == [
        f"installed Terraform {PINNED_VERSION} ({done.toolchain.path})",
        f"  from {server.url}{server.folder}/{server.name}",
        f"  SHA-256 {server.digest} agrees with the digest pinned in mflow",
    ]
    assert find_toolchain(environment(tmp_path)) == done.toolchain
    assert [path.name for path in (tmp_path / "cache" / "toolchain").iterdir()] == ["terraform"]


def test_the_digest_that_ships_with_mflow_refuses_another_zip(server: Server, tmp_path: Path) -> None:
    with pytest.raises(ToolchainInstallError, match="is not what it should be"):
        install(releases=server.url, cache=tmp_path)
    assert list((tmp_path / "toolchain").iterdir()) == []


def test_another_version_is_held_to_the_servers_own_digests_and_says_so(newer_server: Server, tmp_path: Path) -> None:
    done = install("1.12.3", releases=newer_server.url, cache=tmp_path)
    assert done.toolchain.version == (1, 12, 3)
    assert "agrees with the SHA256SUMS of the same server (mflow knows no digest" in str(done)


def test_a_zip_that_differs_from_the_servers_digests_is_refused(newer_server: Server, tmp_path: Path) -> None:
    newer_server.sums(f"{'0' * 64}  {newer_server.name}\n")
    with pytest.raises(ToolchainInstallError, match=f"says {'0' * 64}"):
        install("1.12.3", releases=newer_server.url, cache=tmp_path)


def test_a_platform_without_a_release_is_an_error(newer_server: Server, tmp_path: Path) -> None:
    newer_server.sums("")
    with pytest.raises(ToolchainInstallError, match=f"no Terraform for {platform_name()}"):
        install("1.12.3", releases=newer_server.url, cache=tmp_path)


def test_a_release_that_does_not_exist_is_an_error(server: Server, tmp_path: Path) -> None:
    with pytest.raises(ToolchainInstallError, match="HTTP 404") as caught:
        install("9.9.9", releases=server.url, cache=tmp_path)
    assert caught.value.exit_code == 2


def test_what_is_not_a_version_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ToolchainInstallError, match="not a version"):
        install("../../etc", cache=tmp_path)


def test_a_download_that_breaks_off_leaves_the_earlier_installation(server: Server, tmp_path: Path) -> None:
    before = executable(tmp_path / "toolchain" / "terraform", "1.6.0").read_text()
    server.handler.cut = 10
    with pytest.raises(ToolchainInstallError, match="broke off"):
        install(releases=server.url, pinned={platform_name(): server.digest}, cache=tmp_path)
    assert [path.name for path in (tmp_path / "toolchain").iterdir()] == ["terraform"]
    assert (tmp_path / "toolchain" / "terraform").read_text() == before


def test_a_server_that_cannot_be_reached_is_an_error(server: Server, tmp_path: Path) -> None:
    server.http.server_close()
    with pytest.raises(ToolchainInstallError, match="cannot be reached"):
        install(releases="http://127.0.0.1:1", cache=tmp_path)


def test_only_https_leaves_this_machine(server: Server, tmp_path: Path) -> None:
    with pytest.raises(ToolchainInstallError, match="not an https address"):
        install(releases="http://releases.example.com", cache=tmp_path)
    server.handler.redirect = "http://releases.example.com/terraform.zip"
    with pytest.raises(ToolchainInstallError, match=r"example\.com/terraform\.zip is not an https"):
        install(releases=server.url, cache=tmp_path)


def test_a_redirection_is_followed(server: Server, newer_server: Server, tmp_path: Path) -> None:
    server.handler.redirect = f"{newer_server.url}{newer_server.folder}/{newer_server.name}"
    done = install(releases=server.url, pinned={platform_name(): newer_server.digest}, cache=tmp_path)
    assert done.toolchain.version == (1, 12, 3)


@pytest.mark.parametrize("content", [b"not a zip", None])
def test_a_zip_without_terraform_is_an_error(server: Server, tmp_path: Path, content: bytes | None) -> None:
    if content is None:
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr("README", "")
        content = packed.getvalue()
    server.handler.files[f"{server.folder}/{server.name}"] = content
    with pytest.raises(ToolchainInstallError, match="cannot be unpacked"):
        install(releases=server.url, pinned={platform_name(): hashlib.sha256(content).hexdigest()}, cache=tmp_path)


def test_a_cache_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "cache").touch()
    with pytest.raises(MflowError, match="cannot write to its cache"):
        install(cache=tmp_path / "cache")


def test_a_full_disk_is_an_error(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "open", full)
    with pytest.raises(ToolchainInstallError, match="No space left"):
        install(releases=server.url, cache=tmp_path)


def test_machines_are_named_as_terraform_names_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(toolchain.platform, "system", lambda: "Darwin")
    for machine, name in (("arm64", "darwin_arm64"), ("x86_64", "darwin_amd64"), ("aarch64", "darwin_arm64")):
        monkeypatch.setattr(toolchain.platform, "machine", lambda machine=machine: machine)
        assert platform_name() == name
