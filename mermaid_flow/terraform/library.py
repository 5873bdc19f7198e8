"""The modules that a project's handlers can call: folders of plain HCL, found by name.

A module is a folder with `.tf` files. A module that must differ between provider versions has variants instead:
subfolders named after a provider and a version (`aws-3`, `aws-6`), each with its own `required_providers`; the one
whose constraints the target's providers meet is used. Reading HCL is slow, so what was read is kept by the digest of
the text.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import re
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from mermaid_flow.errors import MflowError, did_you_mean
from mermaid_flow.terraform.module import (
    Definition,
    Module,
    ModuleOutput,
    Place,
    Requirement,
    Validation,
    Variable,
)
from mermaid_flow.terraform.versions import satisfies

_FORMAT = b"1\n"  # of the kept definitions: a change makes old ones unknown
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*(/[A-Za-z0-9_][A-Za-z0-9_.-]*)*")
_VARIANT = re.compile(r"[a-z0-9_]+-(\d+(?:\.\d+)*)")
_DEPTH = 3


class ModuleLibrary:
    """Modules by name, from one or several folders; the first folder that has a name wins. Thread-safe.

    `provider_versions` are the target's, by source address; without them the newest variant of a module is used.
    `cache` is a folder for what was read; without it every process reads the HCL again.
    """

    def __init__(
        self,
        folders: Sequence[Path],
        *,
        provider_versions: Mapping[str, str] | None = None,
        cache: Path | None = None,
    ) -> None:
        self.folders = tuple(folder.resolve() for folder in folders)
        self.provider_versions: Mapping[str, str] = {
            address.removeprefix("registry.terraform.io/"): version
            for address, version in (provider_versions or {}).items()
        }
        self._cache = cache
        self._modules: dict[str, Module] = {}
        self._by_folder: dict[Path, Module] = {}
        self._lock = threading.Lock()

    def names(self) -> tuple[str, ...]:
        """The names of all modules, sorted."""
        return tuple(sorted({name for root in self.folders for name in _names(root, root, _DEPTH)}))

    def module(self, name: str) -> Module:
        """The module of that name. Raises MflowError for an unknown one, an unreadable one, or no variant that fits."""
        with self._lock:
            if name not in self._modules:
                self._modules[name] = self._find(name)
            return self._modules[name]

    def called_by(self, module: Module) -> tuple[Module, ...]:
        """The modules that the module itself calls by a local path. They must lie in the same library folder."""
        return tuple(self._called(module, source) for source in module.definition.calls)

    def _called(self, module: Module, source: str) -> Module:
        folder = (module.folder / source).resolve()
        if not folder.is_relative_to(module.root) or not _has_hcl(folder):
            raise MflowError(
                f"the module {module.name!r} calls {source!r}, which is no module of its library {module.root}",
                code="terraform.module",
            )
        with self._lock:
            return self._read(folder.relative_to(module.root).as_posix(), folder, module.root)

    def _find(self, name: str) -> Module:
        for root in self.folders if _NAME.fullmatch(name) else ():
            folder = root / name
            if _has_hcl(folder):
                return self._fitting(name, [self._read(name, folder, root)])
            if variants := _variants(folder):
                return self._fitting(name, [self._read(name, variant, root) for variant in variants])
        names = self.names()
        known = f"the modules are {', '.join(names)}" if names else f"no modules in {', '.join(map(str, self.folders))}"
        raise MflowError(
            f"there is no module {name!r}", code="terraform.module", hint=did_you_mean(name, names) or known
        )

    def _fitting(self, name: str, variants: Sequence[Module]) -> Module:
        """The newest variant whose provider constraints the target meets."""
        versions = self.provider_versions
        for module in reversed(variants):
            needs = [need for need in module.required_providers.values() if need.source in versions]
            if all(satisfies(versions[need.source], need.version) for need in needs):
                return module
        have = ", ".join(f"{source} {version}" for source, version in sorted(versions.items()))
        wants = "; ".join(f"{module.folder.name} wants {_requirements(module)}" for module in variants)
        raise MflowError(f"the module {name!r} does not work with {have}", code="terraform.module", hint=wants)

    def _read(self, name: str, folder: Path, root: Path) -> Module:
        if folder not in self._by_folder:
            self._by_folder[folder] = Module(name, folder, root, digest(folder), self._definition(folder))
        return self._by_folder[folder]

    def _definition(self, folder: Path) -> Definition:
        texts = {path.name: _hcl_text(path) for path in sorted(folder.glob("*.tf"))}
        key = hashlib.sha256(_FORMAT)
        for file, text in texts.items():
            key.update(f"{file}\0{len(text)}\0{text}".encode())
        definition = self._kept(key.hexdigest())
        if definition is None:
            # Loads an HCL parser, which a run whose modules are all known does without.
            from mermaid_flow.terraform.module_source import read_definition  # noqa: PLC0415

            definition = read_definition(folder, texts)
            self._keep(key.hexdigest(), definition)
        return definition

    def _kept(self, key: str) -> Definition | None:
        if self._cache is None:
            return None
        try:
            return _definition(json.loads((self._cache / f"{key}.json").read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError, KeyError, AttributeError):
            return None  # not there, or damaged: read again

    def _keep(self, key: str, definition: Definition) -> None:
        if self._cache is None:
            return
        partial = self._cache / f"{key}.{os.getpid()}.part"
        try:
            self._cache.mkdir(parents=True, exist_ok=True)
            partial.write_text(json.dumps(dataclasses.asdict(definition)), encoding="utf-8")
            partial.replace(self._cache / f"{key}.json")
        except OSError:  # a read-only project still works, only slower
            with suppress(OSError):
                partial.unlink()


def _requirements(module: Module) -> str:
    return ", ".join(f"{need.source} {need.version}" for need in module.required_providers.values())


def module_files(folder: Path) -> Iterator[Path]:
    """Every file of a module, sorted, without hidden ones (`.terraform`, `.git`) and state."""
    for path in sorted(folder.rglob("*")):
        parts = path.relative_to(folder).parts
        hidden = any(part.startswith(".") for part in parts)
        if path.is_file() and not hidden and ".tfstate" not in path.name:
            yield path


def digest(folder: Path) -> str:
    """A digest of every file of a module and of its name."""
    total = hashlib.sha256()
    for path in module_files(folder):
        content = path.read_bytes()
        total.update(f"{path.relative_to(folder).as_posix()}\0{len(content)}\0".encode())
        total.update(content)
    return total.hexdigest()


def _hcl_text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise MflowError(f"cannot read the module file {path}: {error}", code="terraform.module") from error


def _has_hcl(folder: Path) -> bool:
    return any(folder.glob("*.tf"))


def _variants(folder: Path) -> list[Path]:
    """The variant folders of a module from the oldest provider version to the newest; none for any other folder."""
    candidates = [entry for entry in folder.iterdir() if entry.is_dir()] if folder.is_dir() else []
    found = [(match[1], entry) for entry in candidates if (match := _VARIANT.fullmatch(entry.name)) and _has_hcl(entry)]
    return [entry for version, entry in sorted(found, key=lambda pair: [int(part) for part in pair[0].split(".")])]


def _names(folder: Path, root: Path, depth: int) -> Iterator[str]:
    if not folder.is_dir():
        return
    for entry in sorted(folder.iterdir()):
        if not entry.is_dir() or entry.name.startswith("."):
            continue
        if _has_hcl(entry) or _variants(entry):
            yield entry.relative_to(root).as_posix()
        elif depth > 1:
            yield from _names(entry, root, depth - 1)


def _definition(kept: dict[str, Any]) -> Definition:
    """A definition from its JSON. Any damage shows as one of the errors that `_kept` catches."""
    return Definition(
        variables={name: _variable(entry) for name, entry in kept["variables"].items()},
        outputs={
            name: ModuleOutput(**{**entry, "place": Place(**entry["place"])}) for name, entry in kept["outputs"].items()
        },
        required_providers={name: Requirement(**entry) for name, entry in kept["required_providers"].items()},
        calls=tuple(kept["calls"]),
    )


def _variable(entry: dict[str, Any]) -> Variable:
    validations = tuple(Validation(**validation) for validation in entry["validations"])
    return Variable(**{**entry, "place": Place(**entry["place"]), "validations": validations})
