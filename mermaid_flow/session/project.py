"""A project: the folder with an `mflow.yaml`, and what that file says.

name: aws-catalog
diagrams: diagrams            # where `mflow run vpc` looks for vpc.mmd, and what [[sub-workflows]] name
handlers: handlers
modules: [terraform/modules]
target: local
context: [tenant, account, environment]   # vars that make up a component's path, with its name
decisions: {vpc: {EndpointsNeeded: "size(vars.endpoints) > 0"}}       # CEL, by diagram and node
policies: {"Create *": {retry: {attempts: 3, patterns: transient}, timeout: 10m}}
approvals: {"Approve *": [alice, "group:sre"]}
secrets: [database.master_password]
skip_unchanged: [dependencies]            # diagrams whose runs leave components alone of which nothing has changed
validate: {ignore: [MF501]}
telemetry: {endpoint: "http://collector:4318"}           # docs/telemetry.md
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mermaid_flow.errors import Location, MflowError, did_you_mean

if TYPE_CHECKING:
    from mermaid_flow.inputs.documents import YamlDocument

FILE = "mflow.yaml"
DEFAULT_CONTEXT = ("tenant", "account", "environment")
SUFFIXES = (".mmd", ".mermaid")


@dataclass(frozen=True, slots=True)
class Project:
    """Where a project's parts are and its settings. Paths are absolute; `folder` is the project's root."""

    folder: Path
    name: str = ""
    diagrams: Path = Path("diagrams")
    handlers: Path = Path("handlers")
    modules: tuple[Path, ...] = (Path("terraform/modules"),)
    stacks: Path | None = None
    target: str = "local"
    engine: str = "embedded"
    database: str = ""
    parallel: int = 8
    context: tuple[str, ...] = DEFAULT_CONTEXT
    decisions: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    policies: Mapping[str, object] = field(default_factory=dict)
    approvals: Mapping[str, object] = field(default_factory=dict)
    secrets: tuple[str, ...] = ()
    skip_unchanged: tuple[str, ...] = ()
    validate: Mapping[str, object] = field(default_factory=dict)
    telemetry: Mapping[str, object] = field(default_factory=dict)
    file: Path | None = None
    """The mflow.yaml itself; None when there is none and everything is default."""

    @property
    def state(self) -> Path:
        """`.mflow/`: runs, components, caches. Not under version control."""
        return self.folder / ".mflow"

    @property
    def runs(self) -> Path:
        return self.state / "runs"

    @property
    def components(self) -> Path:
        """The root modules and local states of all components."""
        return self.state / "components"

    @property
    def logs(self) -> Path:
        """What Terraform prints for commands that are no run."""
        return self.state / "logs"

    def diagram_file(self, name: str) -> Path:
        """The file of a diagram given as a path or as the name of a file in the project's diagrams folder.

        Raises MflowError with a suggestion when there is none.
        """
        direct = Path(name)
        if direct.is_file():
            return direct
        for suffix in ("", *SUFFIXES):
            inside = self.diagrams / f"{name}{suffix}"
            # A name from a diagram is untrusted: it must not leave the diagrams folder.
            if inside.is_file() and inside.resolve().is_relative_to(self.diagrams.resolve()):
                return inside
        known = [file.stem for file in self.diagram_files()]
        hint = did_you_mean(direct.stem, known) or (f"this project has {', '.join(known)}" if known else "")
        raise MflowError(f"there is no diagram {name!r}", code="diagram.missing", hint=hint)

    def diagram_files(self) -> list[Path]:
        """The diagrams of the project's diagrams folder, by name."""
        if not self.diagrams.is_dir():
            return []
        return sorted(file for file in self.diagrams.rglob("*") if file.suffix in SUFFIXES)


def find_project(start: Path) -> Project:
    """The project whose `mflow.yaml` is in `start` or the nearest folder above; else defaults rooted at `start`.

    Raises MflowError for an mflow.yaml that cannot be read, with the place.
    """
    start = start.resolve()
    if not start.is_dir():
        start = start.parent
    for folder in (start, *start.parents):
        if (folder / FILE).is_file():
            return load_project(folder / FILE)
    return _anchored(Project(start))


def load_project(file: Path) -> Project:
    """Read one `mflow.yaml`."""
    from mermaid_flow.inputs.yaml_reader import load_yaml  # noqa: PLC0415 - a folder of diagrams alone needs no YAML

    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise MflowError(f"cannot read {file}: {error}", code="project.unreadable") from error
    document = load_yaml(text, str(file))
    settings = document.value if document.value is not None else {}
    if not isinstance(settings, dict):
        raise MflowError(f"{FILE} must be a mapping", code="project.form", where=document.where(()))
    checked: Any = _checked(settings, document)  # the forms of all values were checked
    return _anchored(Project(file.parent.resolve(), file=file, **checked))


_PATHS = ("diagrams", "handlers", "stacks")
_FORMS: dict[str, type | tuple[type, ...]] = {
    "name": str,
    "diagrams": str,
    "handlers": str,
    "modules": (str, list),
    "stacks": str,
    "target": str,
    "engine": str,
    "database": str,
    "parallel": int,
    "context": list,
    "decisions": dict,
    "policies": dict,
    "approvals": dict,
    "secrets": list,
    "skip_unchanged": list,
    "validate": dict,
    "telemetry": dict,
}
_TELEMETRY = ("endpoint", "exporter", "service")


def _checked(settings: Mapping[str, object], document: YamlDocument) -> dict[str, object]:
    known = {entry.name for entry in fields(Project)} - {"folder", "file"}
    checked: dict[str, object] = {}
    for key, value in settings.items():
        if key not in known:
            hint = did_you_mean(str(key), known) or f"known settings: {', '.join(sorted(known))}"
            raise MflowError(
                f"{FILE} has no setting {key!r}", code="project.unknown", hint=hint, where=document.where((key,), "key")
            )
        if not isinstance(value, _FORMS[key]) or isinstance(value, bool):
            form = _FORMS[key]
            names = " or ".join(t.__name__ for t in (form if isinstance(form, tuple) else (form,)))
            raise MflowError(f"{key} must be of type {names}", code="project.form", where=document.where((key,)))
        checked[key] = _converted(key, value, document.where((key,)))
    _check_telemetry(checked.get("telemetry"), document)
    return checked


def _check_telemetry(settings: object, document: YamlDocument) -> None:
    for key, value in settings.items() if isinstance(settings, Mapping) else ():
        place = ("telemetry", key)
        if key not in _TELEMETRY:
            hint = did_you_mean(str(key), _TELEMETRY) or f"known settings: {', '.join(_TELEMETRY)}"
            message = f"telemetry has no setting {key!r}"
            raise MflowError(message, code="project.unknown", hint=hint, where=document.where(place, "key"))
        if not isinstance(value, str):
            raise MflowError(f"telemetry.{key} must be text", code="project.form", where=document.where(place))


def _converted(key: str, value: object, where: Location | None) -> object:
    if key in _PATHS:
        return Path(str(value))
    if key == "modules":
        return tuple(Path(str(item)) for item in (value if isinstance(value, list) else [value]))
    if key == "target" and value not in ("local", "aws"):
        raise MflowError(f"target must be local or aws, not {value!r}", code="project.form", where=where)
    if key == "engine" and value not in ("embedded", "dbos"):
        raise MflowError(f"engine must be embedded or dbos, not {value!r}", code="project.form", where=where)
    return tuple(value) if isinstance(value, list) else value


def _anchored(project: Project) -> Project:
    root = project.folder
    return replace(
        project,
        name=project.name or root.name,
        diagrams=root / project.diagrams,
        handlers=root / project.handlers,
        modules=tuple(root / path for path in project.modules),
        stacks=root / project.stacks if project.stacks else None,
    )


def near(file: Path) -> Path:
    """A file below the current folder by its relative path, as messages should name it."""
    here = Path.cwd()
    return file.relative_to(here) if file.is_relative_to(here) else file
