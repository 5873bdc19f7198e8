"""Terraform itself: where it is, whether it is new enough, and how to get it."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from mermaid_flow.errors import MflowError
from mermaid_flow.terraform.cache import cache_folder

MINIMUM = (1, 5, 0)


class ToolchainMissing(MflowError):
    """No usable Terraform or OpenTofu on this machine; the message says in one line how to get one."""

    def __init__(self, message: str) -> None:
        super().__init__(
            message, code="toolchain.missing", hint="run `mflow toolchain install`, or set MFLOW_TERRAFORM"
        )


@dataclass(frozen=True, slots=True)
class Toolchain:
    """An executable that speaks Terraform."""

    path: Path
    flavour: Literal["terraform", "tofu"]
    version: tuple[int, int, int]

    def __str__(self) -> str:
        name = "OpenTofu" if self.flavour == "tofu" else "Terraform"
        return f"{name} {'.'.join(map(str, self.version))} ({self.path})"


def find_toolchain(environment: Mapping[str, str] | None = None) -> Toolchain:
    """Terraform or OpenTofu, at least 1.5: `$MFLOW_TERRAFORM`, then PATH, then mflow's own cache.

    Raises ToolchainMissing when there is none that can be used.
    """
    environment = os.environ if environment is None else environment
    if chosen := environment.get("MFLOW_TERRAFORM"):
        path = shutil.which(chosen, path=environment.get("PATH"))
        if path is None:
            raise ToolchainMissing(f"MFLOW_TERRAFORM names {chosen}, which is not an executable file")
        return _inspect(Path(path))
    for name in ("terraform", "tofu"):
        if path := shutil.which(name, path=environment.get("PATH", "")):
            return _inspect(Path(path))
        if (installed := cache_folder(environment) / "toolchain" / name).is_file():
            return _inspect(installed)
    raise ToolchainMissing("there is no terraform (1.5 or later) on PATH")


def _inspect(path: Path) -> Toolchain:
    output = subprocess.run(
        [path, "version", "-json"],
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
        env={**os.environ, "CHECKPOINT_DISABLE": "1"},
    ).stdout
    found = json.loads(output)["terraform_version"]
    match = re.match(r"(\d+)\.(\d+)\.(\d+)", found)
    version = (int(match[1]), int(match[2]), int(match[3])) if match else (0, 0, 0)
    if version < MINIMUM:
        raise ToolchainMissing(f"{path} is version {found}; mflow needs 1.5 or later")
    return Toolchain(path, "tofu" if path.name.startswith("tofu") else "terraform", version)
