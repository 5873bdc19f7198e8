"""A whole life of plain HCL on a target: what module and catalog tests run."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from mermaid_flow.terraform.targets import Target
from mermaid_flow.terraform.toolchain import find_toolchain


@dataclass(frozen=True)
class Terraform:
    """Terraform in one folder, on one target."""

    folder: Path
    target: Target

    def run(self, *arguments: str, expect: tuple[int, ...] = (0,)) -> str:
        """One command; its output. Fails the test, showing the output, when the exit code is not an expected one."""
        done = subprocess.run(
            [find_toolchain().path, *arguments],
            cwd=self.folder,
            env=dict(self.target.environment()),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode in expect, f"terraform {' '.join(arguments)}:\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def init(self) -> None:
        """Write the target's provider block and initialise."""
        for name, text in self.target.override_files().items():
            (self.folder / name).write_text(text)
        self.run("init", "-input=false", "-no-color")

    def apply(self, *arguments: str) -> None:
        self.run("apply", "-auto-approve", "-no-color", "-parallelism=50", *arguments)

    def plan_is_clean(self) -> None:
        """A second plan sees no difference; the difference is shown otherwise."""
        self.run("plan", "-detailed-exitcode", "-no-color", "-parallelism=50")

    def destroy(self) -> None:
        """Destroy everything and see that nothing stays in the state."""
        self.run("destroy", "-auto-approve", "-no-color", "-parallelism=50")
        assert self.run("state", "list").split() == []

    def outputs(self) -> dict[str, object]:
        return {name: output["value"] for name, output in json.loads(self.run("output", "-json")).items()}


def terraform_cycle(folder: Path, target: Target, files: Mapping[str, str] | None = None) -> None:
    """init, apply, a second plan that is clean, destroy that leaves nothing; `files` are written to `folder` first."""
    for name, text in (files or {}).items():
        (folder / name).write_text(text)
    terraform = Terraform(folder, target)
    terraform.init()
    terraform.apply()
    terraform.plan_is_clean()
    terraform.destroy()
