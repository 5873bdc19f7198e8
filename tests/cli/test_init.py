"""`mflow init` gives a project that validates."""

from __future__ import annotations

from pathlib import Path

import pytest

from mermaid_flow.errors import MflowError
from mermaid_flow.session import template
from tests.cli.conftest import Mflow


def test_the_catalog_is_copied_and_validates(mflow: Mflow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    done = mflow("init", "mine")
    assert done.code == 0
    assert "cd mine && mflow run diagrams/vpc.mmd" in done.out
    assert not list(Path("mine").rglob("__pycache__"))
    monkeypatch.chdir(tmp_path / "mine")
    validated = mflow("validate", "diagrams/vpc.mmd", "--vars", "vars/dev.yaml")
    assert validated.code == 0, validated.out


def test_nothing_is_overwritten(mflow: Mflow, tmp_path: Path) -> None:
    (tmp_path / "mflow.yaml").write_text("name: mine\n")
    done = mflow("init", tmp_path)
    assert (done.code, "is there already" in done.err) == (2, True)
    assert not (tmp_path / "diagrams").exists()
    (tmp_path / "mflow.yaml").unlink()
    assert mflow("init", tmp_path).code == 0
    assert mflow("init", tmp_path).out.startswith("0 files")


def test_an_installation_without_the_catalog_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(template, "__file__", str(tmp_path / "a" / "b" / "c.py"))
    with pytest.raises(MflowError, match="without the catalog"):
        template.template_folder()
