"""The cache of the grammars: only where nobody else can write, and never in the way."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from lark import Lark

from mermaid_flow.syntax._flowchart_lexer import FlowchartLexer
from mermaid_flow.syntax._grammars import load_grammar
from mermaid_flow.syntax._sequence_lexer import StatementLexer


def load() -> Lark:
    return load_grammar("flowchart", FlowchartLexer)


def test_a_grammar_is_kept_in_the_users_cache_and_read_from_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "cache"
    monkeypatch.setenv("MFLOW_CACHE", str(folder))
    built = load()
    (file,) = folder.iterdir()
    written = file.stat().st_mtime_ns
    read = load()
    assert file.stat().st_mtime_ns == written
    assert [item.name for item in read.terminals] == [item.name for item in built.terminals]
    assert read.parse("graph TD\nA-->B\n") is not None
    assert folder.stat().st_mode & 0o077 == 0


def test_a_damaged_cache_is_built_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MFLOW_CACHE", str(tmp_path))
    load()
    (file,) = tmp_path.iterdir()
    sound = file.read_bytes()
    file.write_bytes(sound[: len(sound) // 2])
    assert load().parse("graph TD\nA\n") is not None
    assert len(file.read_bytes()) > len(sound) // 2


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
def test_a_folder_that_others_can_write_to_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MFLOW_CACHE", str(tmp_path))
    tmp_path.chmod(0o777)
    load()
    assert list(tmp_path.iterdir()) == []


def test_a_cache_that_cannot_be_made_is_done_without(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("MFLOW_CACHE", str(tmp_path / "file" / "cache"))
    assert load().parse("graph TD\nA\n") is not None


def test_without_a_setting_the_cache_is_the_platforms(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MFLOW_CACHE", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    load_grammar("sequence", StatementLexer, keep_all_tokens=True)
    assert [path.name.split("-")[0] for path in tmp_path.rglob("*.grammar")] == ["sequence"]
