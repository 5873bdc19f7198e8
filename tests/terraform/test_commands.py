from __future__ import annotations

import os
from pathlib import Path

import pytest

from mermaid_flow.terraform.commands import Requirements, TerraformCommands
from mermaid_flow.terraform.errors import TerraformFailed
from mermaid_flow.terraform.process import TerraformProcess
from mermaid_flow.terraform.progress import Attribution, ComponentEvent
from mermaid_flow.terraform.toolchain import find_toolchain
from tests.terraform.sandbox import BareTarget

REQUIREMENTS = Requirements("p", "m", "")


def commands(folder: Path, binary: Path | None = None) -> TerraformCommands:
    process = TerraformProcess(binary or find_toolchain().path, folder, folder / "log", BareTarget().environment)
    made = TerraformCommands("web", folder, process, list[ComponentEvent]().append, 10)
    made.attribution = Attribution(folder, node_by_file={"A.tf": "A"})
    return made


def stand_in(folder: Path, script: str) -> Path:
    """A program in terraform's place, for what terraform only does when a provider crashes."""
    path = folder / "terraform"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


@pytest.mark.terraform
def test_validate_leads_mistakes_to_their_node(tmp_path: Path) -> None:
    (tmp_path / "A.tf").write_text('output "x" {\n  value = local.missing\n}\n')
    (tmp_path / "B.tf").write_text('output "y" {\n  value = 1\n}\n')
    terraform = commands(tmp_path)
    terraform.initialise(REQUIREMENTS)
    with pytest.raises(TerraformFailed, match="undeclared local value") as caught:
        terraform.validate()
    assert list(caught.value.errors) == ["A"]
    assert caught.value.exit_code == 2
    (tmp_path / "A.tf").unlink()
    terraform.validate()


def test_a_crash_shows_the_last_words(tmp_path: Path) -> None:
    script = "echo 'panic: runtime error'; echo '{\"type\": \"version\"}'; echo goroutine 1; exit 11"
    with pytest.raises(TerraformFailed, match="panic: runtime error\ngoroutine 1") as caught:
        commands(tmp_path, stand_in(tmp_path, script)).apply()
    assert caught.value.errors == {}
    assert caught.value.exit_code == 1


def test_silence_is_said_to_be_silence(tmp_path: Path) -> None:
    with pytest.raises(TerraformFailed, match="ended without a word"):
        commands(tmp_path, stand_in(tmp_path, "exit 1")).destroy()


def test_errors_in_text_lose_their_frame_and_colour(tmp_path: Path) -> None:
    framed = "\\033[31m╷\\033[0m\\n\\033[31m│\\033[0m \\033[1mError: No such thing\\033[0m\\n│ \\n│ Really.\\n╵\\n"
    text = f"printf '{framed}' >&2; exit 1"
    with pytest.raises(TerraformFailed) as caught:
        commands(tmp_path, stand_in(tmp_path, text)).outputs()
    assert str(caught.value.all[0]) == "Error: No such thing\n\nReally."


def test_a_damaged_marker_means_init(tmp_path: Path) -> None:
    terraform = commands(tmp_path, stand_in(tmp_path, 'echo "$@" >> calls'))
    terraform.initialise(REQUIREMENTS)
    terraform.initialise(REQUIREMENTS)
    (tmp_path / ".terraform" / "mflow.json").write_text("{")
    terraform.initialise(REQUIREMENTS)
    assert (tmp_path / "calls").read_text().splitlines() == ["init -input=false -no-color"] * 2


def test_init_is_told_what_has_changed(tmp_path: Path) -> None:
    terraform = commands(tmp_path, stand_in(tmp_path, 'echo "$@" >> calls'))
    remote = Requirements("p", "m", "s3", "one")
    elsewhere, otherwise = Requirements("q", "m", "gcs", "two"), Requirements("q", "m", "gcs by another role", "two")
    for wanted in (remote, Requirements("q", "m", "s3", "one"), elsewhere, otherwise, REQUIREMENTS):
        terraform.initialise(wanted)
    options = [
        call.removeprefix("init -input=false -no-color").strip()
        for call in (tmp_path / "calls").read_text().splitlines()
    ]
    assert options == ["-reconfigure", "-upgrade -reconfigure", "-force-copy", "-reconfigure", "-upgrade -force-copy"]


def test_a_local_state_moves_into_a_new_backend(tmp_path: Path) -> None:
    (tmp_path / "terraform.tfstate").write_text("{}")
    terraform = commands(tmp_path, stand_in(tmp_path, 'echo "$@" >> calls'))
    terraform.initialise(Requirements("p", "m", "s3"))
    assert "-force-copy" in (tmp_path / "calls").read_text()
    assert os.listdir(tmp_path / ".terraform") == ["mflow.json"]  # noqa: PTH208 - names are enough
