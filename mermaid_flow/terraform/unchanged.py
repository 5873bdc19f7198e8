"""Tells whether a component is as its last apply has left it, without asking Terraform.

A digest is kept of everything that an apply reads: the generated root module with its values, copies of the modules,
declared files, the target's provider block, the locked provider versions, and the state. It says nothing about what
somebody has changed behind Terraform's back: only a plan finds that.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

from mermaid_flow.terraform.commands import STATE_FILE

APPLIED_FILE = "applied.sha256"

_READ = ("*.tf", "*.tf.json", "*.tfvars", ".terraform.lock.hcl", STATE_FILE, "files/*", "modules*/**/*")


def is_unchanged(folder: Path) -> bool:
    """Whether nothing that an apply of the component in that folder reads has changed since the last one."""
    remembered = folder / APPLIED_FILE
    return remembered.is_file() and remembered.read_text(encoding="utf-8") == _digest(folder)


def remember(folder: Path) -> None:
    """Remember that an apply has succeeded, from what is in the folder now."""
    (folder / APPLIED_FILE).write_text(_digest(folder), encoding="utf-8")


def forget(folder: Path) -> None:
    """An apply begins: until it has succeeded, nothing is known."""
    (folder / APPLIED_FILE).unlink(missing_ok=True)


def _digest(folder: Path) -> str:
    whole = hashlib.sha256()
    for file in sorted(set(_files(folder))):
        whole.update(f"{file.relative_to(folder)}\0".encode())
        whole.update(hashlib.sha256(file.read_bytes()).digest())
    return whole.hexdigest()


def _files(folder: Path) -> Iterator[Path]:
    for pattern in _READ:
        yield from (path for path in folder.glob(pattern) if path.is_file())
