"""The files of an Atmos stack: reading each once, following imports, putting them in the order in which they merge."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath

from mermaid_flow.errors import Location, MflowError, did_you_mean
from mermaid_flow.inputs.documents import YamlDocument, read_text
from mermaid_flow.inputs.kinds import describe_value
from mermaid_flow.inputs.late import Unread, read_output
from mermaid_flow.inputs.paths import Keys, lookup
from mermaid_flow.inputs.yaml_reader import load_yaml

SUFFIXES = (".yaml", ".yml", ".yaml.tmpl", ".yml.tmpl")
_DEEPEST = 100
_GLOB = re.compile(r"[*?\[]")
_REMOTE = re.compile(r"\w+::|\w+://|^(?:github|gitlab|bitbucket)\.\w+/")

_TOP_LEVEL = frozenset(
    {
        *("import", "vars", "env", "settings", "terraform", "helmfile", "packer", "ansible", "components", "overrides"),
        *(
            "metadata",
            "hooks",
            "locals",
            "workflows",
            "name",
            "description",
            "dependencies",
            "auth",
            "stores",
            "secrets",
        ),
        *("templates", "vendor", "version", "schemas", "tags", "labels"),
    }
)
_COMPONENT_KINDS = frozenset({"terraform", "helmfile", "packer", "ansible"})
_COMPONENT_LEVEL = frozenset(
    {
        *("metadata", "vars", "env", "settings", "backend", "backend_type", "remote_state_backend"),
        *("remote_state_backend_type", "providers", "required_providers", "required_version", "command", "component"),
        *("hooks", "auth", "locals", "dependencies", "depends_on", "source", "provision", "generate", "secrets"),
    }
)


@dataclass(frozen=True, slots=True)
class Import:
    """One file that an `import:` names, and the place that names it."""

    path: Path
    where: Location | None


@dataclass(frozen=True, slots=True)
class StackFile:
    """One parsed file. `name` is its path below the stacks folder without the suffix, as imports write it."""

    path: Path
    name: str
    document: YamlDocument
    warnings: tuple[MflowError, ...] = ()

    def section(self, *keys: str) -> Mapping[str, object]:
        """The map at `keys`; nothing written there counts as an empty one. Raises MflowError for anything else."""
        value = lookup(self.document.value, keys, None)
        if value is None:
            return {}
        if isinstance(value, Mapping):
            return value
        raise MflowError(
            f"`{'.'.join(keys) or self.name}` must be a map, but is {describe_value(value)}",
            code="stacks.form",
            where=self.document.where(keys, "value"),
        )

    @property
    def components(self) -> Mapping[str, object]:
        """The Terraform components that this file says something about."""
        return self.section("components", "terraform")


@dataclass(slots=True)
class StackFiles:
    """The stacks folder `base`. Each file is read once, however often it is imported. Raises MflowError throughout.

    `environment` is what `!env` reads.
    """

    base: Path
    environment: Mapping[str, str] = field(default_factory=lambda: os.environ)
    _files: dict[Path, StackFile] = field(default_factory=dict)
    _imports: dict[Path, tuple[Import, ...]] = field(default_factory=dict)

    def paths(self) -> list[Path]:
        """All files of stacks below the folder."""
        return [path for path in self.base.rglob("*") if path.name.endswith(SUFFIXES) and self._readable(path)]

    def matching(self, pattern: str) -> list[Path]:
        """The files below the folder that a glob matches, sorted. The pattern may leave out the suffix."""
        pattern += "/*" if pattern.endswith("**") else ""
        patterns = [pattern] if pattern.endswith(SUFFIXES) else [pattern + suffix for suffix in SUFFIXES]
        try:
            return sorted({path for each in patterns for path in self.base.glob(each) if self._readable(path)})
        except ValueError:  # pathlib takes ** as a whole folder only
            return []

    def name(self, path: Path) -> str:
        """How imports write a file: its path below the folder, without the suffix."""
        name = path.relative_to(self.base).as_posix()
        suffix = next((suffix for suffix in sorted(SUFFIXES, key=len, reverse=True) if name.endswith(suffix)), "")
        return name.removesuffix(suffix)

    def find(self, name: str) -> Path | None:
        """The file of that name, which may be written with its suffix."""
        for suffix in ("", *SUFFIXES):
            path = self.base / f"{name}{suffix}"
            if path.name.endswith(SUFFIXES) and self._readable(path):
                return path
        return None

    def read(self, path: Path) -> StackFile:
        """The parsed file at `path`, below the folder."""
        if path not in self._files:
            shown = str(path)
            document = load_yaml(
                read_text(path),
                shown,
                tags={"!env": self._read_env, "!terraform.output": read_output, "!terraform.state": read_output},
                unknown_tag=lambda tag, where: Unread(f"the tag {tag} is not read here", where),
            )
            file = StackFile(path, self.name(path), document)
            self._files[path] = replace(file, warnings=tuple(_wrong_keys(file)))
        return self._files[path]

    def imports(self, file: StackFile) -> tuple[Import, ...]:
        """The files that `file` imports, in order; globs are replaced by what they match, sorted."""
        if file.path not in self._imports:
            self._imports[file.path] = tuple(self._resolve_imports(file))
        return self._imports[file.path]

    def in_merge_order(self, root: StackFile) -> list[StackFile]:
        """`root` and all that it imports, the winner last: imports in their order, the importing file after them.

        A file that comes in several times counts where it comes last: that gives the same result as merging it every
        time, and keeps diamonds of diamonds linear.
        """
        winner_first: list[StackFile] = []
        seen: set[Path] = set()
        chain: list[StackFile] = []

        def visit(file: StackFile, where: Location | None) -> None:
            if file in chain:
                circle = " imports ".join(step.name for step in [*chain[chain.index(file) :], file])
                raise MflowError(f"the imports go in a circle: {circle}", code="stacks.cycle", where=where)
            if file.path in seen:
                return
            if len(chain) == _DEEPEST:
                raise MflowError(f"imports nest more than {_DEEPEST} deep", code="stacks.import", where=where)
            seen.add(file.path)
            winner_first.append(file)
            chain.append(file)
            for entry in reversed(self.imports(file)):
                visit(self.read(entry.path), entry.where)
            chain.pop()

        visit(root, None)
        return winner_first[::-1]

    def _resolve_imports(self, file: StackFile) -> Iterator[Import]:
        value = lookup(file.document.value, ("import",), None)
        if value is None:
            return
        if not isinstance(value, list):
            raise MflowError(
                f"`import` must be a list of files, but is {describe_value(value)}",
                code="stacks.import",
                where=file.document.where(("import",), "value"),
            )
        for index, entry in enumerate(value):
            keys: Keys = ("import", index)
            optional = False
            if isinstance(entry, Mapping):
                _no_context(file, keys, entry)
                optional = entry.get("skip_if_missing") is True
                entry, keys = entry.get("path"), (*keys, "path")  # noqa: PLW2901  # the short form of the same entry
            where = file.document.where(keys) or file.document.where(("import", index))
            if not isinstance(entry, str) or not entry.strip():
                raise MflowError("an import is the name of a file", code="stacks.import", where=where)
            yield from (Import(path, where) for path in self._match(file, entry.strip(), where, optional))

    def _match(self, file: StackFile, entry: str, where: Location | None, optional: bool) -> list[Path]:
        """The files that one import means. Raises MflowError when there is none, unless it is optional."""
        if _REMOTE.search(entry) or "{{" in entry:
            what = "a template" if "{{" in entry else "remote"
            hint = "give the output of `atmos describe component … --format json` as --vars instead"
            raise MflowError(
                f"the import {entry!r} is {what}, which is not read here", code="stacks.import", hint=hint, where=where
            )
        name = self._relative_to_base(file, entry, where)
        if _GLOB.search(name):
            found = self.matching(name)
        else:
            path = self.find(name)
            found = [path] if path else []
        found = [path for path in found if path != file.path or not _GLOB.search(name)]
        if not found and not optional:
            raise MflowError(
                f"the import {entry!r} names no file below {self.base}",
                code="stacks.import",
                hint=did_you_mean(name, map(self.name, self.paths())),
                where=where,
            )
        return found

    def _relative_to_base(self, file: StackFile, entry: str, where: Location | None) -> str:
        """The import's path below the folder. `./` and `../` start at the importing file."""
        relative = entry.partition("/")[0] in (".", "..")
        steps: list[str] = []
        for step in PurePosixPath(str(PurePosixPath(file.name).parent / entry) if relative else entry).parts:
            if step == ".." and steps:
                steps.pop()
            elif step in ("..", "/"):
                raise MflowError(f"the import {entry!r} leads out of {self.base}", code="stacks.import", where=where)
            else:
                steps.append(step)
        return "/".join(steps)

    def _readable(self, path: Path) -> bool:
        """Whether this is a file in the folder, with all links followed."""
        try:
            return path.is_file() and path.resolve().is_relative_to(self.base.resolve())
        except OSError:  # a name too long for the file system
            return False

    def _read_env(self, value: object, where: Location) -> object:
        """`!env NAME [default]`: a string, or null without a default, as Atmos reads it."""
        if not isinstance(value, str) or not value.split():
            return Unread("!env takes the name of an environment variable, and maybe a default", where)
        name, _, default = value.strip().partition(" ")
        return self.environment.get(name, default.strip().strip("'\"") or None)


def _no_context(file: StackFile, keys: Keys, entry: Mapping[str, object]) -> None:
    if entry.get("context"):
        raise MflowError(
            "an import with `context` is a Go template, which is not read here",
            code="stacks.import",
            hint="give the output of `atmos describe component … --format json` as --vars instead",
            where=file.document.where((*keys, "context"), "key"),
        )


def _wrong_keys(file: StackFile) -> Iterator[MflowError]:
    """Names that nobody reads: Atmos ignores them in silence, which is how `imports:` stays unnoticed."""
    yield from _unknown(file, (), file.section(), _TOP_LEVEL)
    yield from _unknown(file, ("components",), file.section("components"), _COMPONENT_KINDS)
    for name, component in file.components.items():
        if isinstance(component, Mapping):
            yield from _unknown(file, ("components", "terraform", name), component, _COMPONENT_LEVEL)


def _unknown(file: StackFile, keys: Keys, section: Mapping[str, object], known: Iterable[str]) -> Iterator[MflowError]:
    known = sorted(known)
    for name in section:
        if name not in known:
            place = f" of {keys[-1]}" if keys else ""
            yield MflowError(
                f"nothing reads {name!r}{place}",
                code="stacks.unknown_key",
                hint=did_you_mean(name, known),
                where=file.document.where((*keys, name), "key"),
            )
