"""Provider processes that several Terraform commands use, so that not each of them starts one of its own.

Starting the AWS provider costs more than a small plan. A provider that runs in debug mode can be used by several
commands, also at the same time, but it has one configuration: the last one that it was given. So components share one
only if they have the same version of it and the very same provider configuration, without aliases, and nothing in
their folder that mflow did not write. Everything else gets none, which is slower and always right.
"""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path

from mermaid_flow.terraform.root_module import GENERATED

SOURCE = "registry.terraform.io/hashicorp/aws"
"""The one provider that is worth it."""

_LEISURE = {"GOGC": "400"}
"""Go collects garbage less often: these commands live for a second, and a quarter of it went into that."""

_PATIENCE = 30.0
"""Seconds in which a provider has to say how to attach to it."""

_KEEPER = Path(__file__).with_name("_provider_keeper.py")
_ATTACH = re.compile(rb"TF_REATTACH_PROVIDERS='(?P<how>.*)'")
_ALIAS = re.compile(r"^\s*(?:alias|configuration_aliases)\s*=", re.MULTILINE)
_PROVIDER = re.compile(r"^provider\s", re.MULTILINE)


class WarmProviders:
    """Provider processes of one run, started when they are first wanted. Thread-safe; close it."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._keepers: dict[str, tuple[subprocess.Popen[bytes], str]] = {}

    def environment(self, folder: Path, environment: Mapping[str, str]) -> Mapping[str, str]:
        """What to add to the environment of a command in an initialised folder: nothing where sharing is not sound."""
        provider = _provider_of(folder)
        configuration = _configuration(folder)
        if provider is None or configuration is None:
            return {}
        version = provider.parent.parent.name
        key = hashlib.sha256(f"{version}\0{configuration}".encode()).hexdigest()
        with self._guard:
            if key not in self._keepers:
                self._keepers[key] = _start(provider, environment)
            keeper, how = self._keepers[key]
            return {**_LEISURE, "TF_REATTACH_PROVIDERS": how} if how and keeper.poll() is None else {}

    def close(self) -> None:
        """Stop the providers."""
        with self._guard:
            for keeper, _ in self._keepers.values():
                if keeper.stdin is not None and not keeper.stdin.closed:
                    keeper.stdin.close()
                keeper.wait()
                if keeper.stdout is not None:
                    keeper.stdout.close()
            self._keepers.clear()


def _start(provider: Path, environment: Mapping[str, str]) -> tuple[subprocess.Popen[bytes], str]:
    """Start a provider and read how to attach to it; an empty text when it does not say."""
    keeper = subprocess.Popen(
        [sys.executable, "-I", "-S", str(_KEEPER), str(provider)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**environment, **_LEISURE},
        start_new_session=True,
    )
    assert keeper.stdin is not None and keeper.stdout is not None  # noqa: S101 - both are pipes
    patience = threading.Timer(_PATIENCE, keeper.stdin.close)  # stops the provider, so that the lines below end
    patience.daemon = True
    patience.start()
    try:
        for line in keeper.stdout:
            if found := _ATTACH.search(line):
                return keeper, found["how"].decode()
        return keeper, ""
    finally:
        patience.cancel()


def _provider_of(folder: Path) -> Path | None:
    """The provider that `init` chose for the folder, when there is one and only this one."""
    found = list((folder / ".terraform/providers" / SOURCE).glob("*/*/terraform-provider-aws_*"))
    return found[0] if len(found) == 1 else None


def _configuration(folder: Path) -> str | None:
    """Everything that configures providers in the folder; None when it cannot be known or has aliases."""
    files = sorted(folder.glob("*.tf"))
    texts = [file.read_text(encoding="utf-8", errors="replace") for file in files]
    modules = [
        file.read_text(encoding="utf-8", errors="replace")
        for file in sorted(folder.rglob("*.tf"))
        if file.parent != folder
    ]
    foreign = any(not text.startswith(GENERATED) for text in texts) or any(folder.glob("*.tf.json"))
    if foreign or any(_ALIAS.search(text) for text in [*texts, *modules]) or any(map(_PROVIDER.search, modules)):
        return None
    return "\0".join(text for text in texts if _PROVIDER.search(text))
