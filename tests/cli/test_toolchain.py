"""`mflow toolchain` tells which Terraform is used, and fetches one only when asked."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mermaid_flow.terraform import toolchain
from tests.cli.conftest import Mflow


def test_the_one_in_use_is_told(mflow: Mflow) -> None:
    found = json.loads(mflow("toolchain", "status", "--format", "json").out)
    assert found["flavour"] in ("terraform", "tofu")
    assert found["version"] in mflow("toolchain", "status").out
    assert mflow("toolchain", "install", "--if-missing").out.startswith("using ")


def test_an_installation_says_what_it_did(mflow: Mflow, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The download itself is tested in tests/terraform, against a server on this machine."""
    monkeypatch.setattr(toolchain, "install", lambda: "installed Terraform 1.11.4")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("MFLOW_CACHE", str(tmp_path))
    assert mflow("toolchain", "install", "--if-missing").out == "installed Terraform 1.11.4\n"
    assert mflow("toolchain", "install").out == "installed Terraform 1.11.4\n"
    assert mflow("toolchain", "status").code == 2
