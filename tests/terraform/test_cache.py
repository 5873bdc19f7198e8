from __future__ import annotations

import os
from pathlib import Path

import pytest

from mermaid_flow.errors import MflowError
from mermaid_flow.terraform.cache import cache_folder, private_folder


def test_the_cache_is_where_the_environment_says(tmp_path: Path) -> None:
    assert cache_folder({"MFLOW_CACHE": str(tmp_path)}) == tmp_path


def test_a_relative_cache_is_made_absolute() -> None:
    assert cache_folder({"MFLOW_CACHE": "here"}) == Path.cwd() / "here"


def test_the_cache_is_the_users_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MFLOW_CACHE", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", "/somewhere")
    assert cache_folder() == Path("/somewhere/mflow")


def test_a_private_folder_is_nobody_elses(tmp_path: Path) -> None:
    folder = private_folder(tmp_path / "a" / "b")
    assert folder.stat().st_mode & 0o777 == 0o700
    assert private_folder(folder) == folder


def test_a_cache_that_cannot_be_made_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(MflowError, match="cannot write to its cache") as caught:
        private_folder(tmp_path / "file" / "cache")
    assert "MFLOW_CACHE" in caught.value.hint


def test_a_cache_that_cannot_be_written_is_a_clear_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Permissions do not stop root, who runs the tests in containers: only the system's answer is replaced.
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(MflowError, match="permission denied"):
        private_folder(tmp_path)
