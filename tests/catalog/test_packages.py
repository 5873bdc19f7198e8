"""Archives of code: the same for the same files, and with nothing in them that does not belong there."""

from __future__ import annotations

import base64
import hashlib
import io
import os
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers import _packages
from handlers._packages import Entry
from mermaid_flow import MflowError

names = st.text("abcdef_/.", min_size=1, max_size=12).filter(lambda name: not name.startswith(("/", ".")))
entries = st.dictionaries(names, st.builds(Entry, st.binary(max_size=50), st.booleans()), min_size=1)


def unpacked(content: bytes) -> dict[str, Entry]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {
            information.filename: Entry(archive.read(information), bool(information.external_attr >> 16 & 0o100))
            for information in archive.infolist()
        }


@given(entries)
def test_an_archive_holds_its_files_and_does_not_depend_on_their_order(files: dict[str, Entry]) -> None:
    content = _packages.archive(files)
    assert unpacked(content) == files
    assert _packages.archive(dict(reversed(files.items()))) == content


def test_an_archive_does_not_depend_on_the_machine(tmp_path: Path) -> None:
    (tmp_path / "code" / "inner").mkdir(parents=True)
    (tmp_path / "code" / "main.py").write_text("x = 1\n")
    (tmp_path / "code" / "inner" / "run").write_text("#!/bin/sh\n")
    (tmp_path / "code" / "inner" / "run").chmod(0o700)
    first = _packages.folder_archive(tmp_path / "code")
    os.utime(tmp_path / "code" / "main.py", (0, 0))
    (tmp_path / "code" / "main.py").chmod(0o600)
    for left_out in ("__pycache__/main.pyc", ".git/HEAD", ".DS_Store"):
        (tmp_path / "code" / left_out).parent.mkdir(exist_ok=True)
        (tmp_path / "code" / left_out).write_text("x")
    assert _packages.folder_archive(tmp_path / "code") == first
    assert unpacked(first) == {"main.py": Entry(b"x = 1\n"), "inner/run": Entry(b"#!/bin/sh\n", executable=True)}
    # The very bytes: when they change, every function in the world is deployed again.
    digest = "10wNl2BgctJ8LUmjSfz+C2hF0l7dJMusSweeKbZa9F8="
    assert _packages.digest(_packages.archive({"main.py": Entry(b"x = 1\n")})) == digest


@pytest.mark.parametrize(
    ("runtime", "handler", "file"),
    [
        ("python3.13", "index.handler", "index.py"),
        ("nodejs22.x", "app.main", "app.js"),
        ("ruby3.3", "lambda_function.call", "lambda_function.rb"),
    ],
)
def test_inline_code_is_found_by_its_handler(runtime: str, handler: str, file: str) -> None:
    assert unpacked(_packages.inline_archive("code ✓", handler, runtime)) == {file: Entry("code ✓".encode())}


def test_a_link_that_leads_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("x")
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "link").symlink_to(tmp_path / "secret")
    with pytest.raises(MflowError, match="leads out of"):
        _packages.folder_archive(tmp_path / "code")


def test_an_empty_folder_is_no_code(tmp_path: Path) -> None:
    with pytest.raises(MflowError, match="has no files"):
        _packages.folder_archive(tmp_path)


def test_an_archive_of_a_build_is_taken_as_it_is(tmp_path: Path) -> None:
    content = _packages.archive({"a": Entry(b"1")})
    (tmp_path / "a.zip").write_bytes(content)
    assert _packages.made_archive(tmp_path / "a.zip") == content


def test_what_lambda_would_not_take_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_packages, "LARGEST", 10)
    with pytest.raises(MflowError, match="Lambda takes 50 MB at most") as caught:
        _packages.archive({"a": Entry(b"1")})
    assert "s3_bucket" in caught.value.hint


def test_the_digest_is_the_one_that_lambda_tells() -> None:
    assert _packages.digest(b"x") == base64.b64encode(hashlib.sha256(b"x").digest()).decode()
