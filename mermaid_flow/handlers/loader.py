"""Finds handlers: the project's `handlers/` folder and the entry points of installed plug-ins.

A project's modules are imported under a package name of their own, so that two projects in one process do not meet
and no project can shadow an installed package. Inside it, relative imports work (`from . import _network`).
"""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import inspect
import sys
import traceback
from collections.abc import Iterator
from importlib.metadata import entry_points
from pathlib import Path
from types import ModuleType

from mermaid_flow.errors import Location, MflowError
from mermaid_flow.handlers.declare import MARKS, SET_UP, TEAR_DOWN, Kind, Mark
from mermaid_flow.handlers.registry import Handler, Registry

ENTRY_POINT_GROUP = "mermaid_flow.handlers"


def load_registry(folder: Path | None, *, plugins: bool = True) -> Registry:
    """All handlers below `folder` (not required to exist) and of the installed plug-ins.

    Raises MflowError when a module cannot be imported, with the place in the user's file.
    """
    found: list[Handler] = []
    if folder is not None and folder.is_dir():
        package = _project_package(folder)
        for file in sorted(folder.rglob("*.py")):
            if not any(part.startswith("_") for part in file.relative_to(folder).parts):
                found.extend(handlers_of(_import_file(package, folder, file)))
    if plugins:
        for point in entry_points(group=ENTRY_POINT_GROUP):
            found.extend(handlers_of(point.load()))
    return Registry(dict.fromkeys(found))


def handlers_of(module: ModuleType) -> list[Handler]:
    """The handlers that a module defines or imports, in order of definition."""
    found: list[Handler] = []
    for value in vars(module).values():
        if not callable(value) or isinstance(value, ModuleType):
            continue
        for mark in _marks(value):
            found.append(Handler(mark, value))
            if mark.kind is Kind.PARTICIPANT:
                found.extend(_methods(value, mark))
    return found


def _marks(value: object) -> tuple[Mark, ...]:
    marks = vars(value).get(MARKS, ()) if hasattr(value, "__dict__") else ()
    return tuple(mark for mark in marks if isinstance(mark, Mark))


def _methods(cls: type, owner: Mark) -> Iterator[Handler]:
    instance = cls()
    for _, method in inspect.getmembers(instance, inspect.ismethod):
        for mark in _marks(method.__func__):
            yield Handler(
                Mark(
                    Kind.MESSAGE,
                    mark.bindings,
                    mark.diagram or owner.diagram,
                    owner.participant,
                    mark.retry,
                    mark.timeout,
                    mark.on_interrupted,
                ),
                method,
            )
    for name in (SET_UP, TEAR_DOWN):
        if callable(life := getattr(instance, name, None)):
            yield Handler(Mark(Kind.LIFETIME, (name,), owner.diagram, owner.participant), life)


def _project_package(folder: Path) -> str:
    name = "_mflow_project_" + hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:12]
    if name not in sys.modules:
        package = ModuleType(name)
        package.__path__ = [str(folder)]
        sys.modules[name] = package
    return name


def _import_file(package: str, folder: Path, file: Path) -> ModuleType:
    parts = file.relative_to(folder).with_suffix("").parts
    try:
        return importlib.import_module(".".join((package, *parts)))
    except MflowError:
        raise
    except Exception as error:
        raise MflowError(
            f"cannot import the handlers of {file.name}: {type(error).__name__}: {error}",
            code="handlers.import",
            where=_place(error, file),
        ) from error


def _place(error: Exception, file: Path) -> Location:
    """The last line of the user's own files that the error passed through."""
    if isinstance(error, SyntaxError) and error.filename:
        return Location(
            error.filename, error.lineno or 1, error.offset or 1, error.lineno or 1, (error.offset or 1) + 1
        )
    frames = [f for f in traceback.extract_tb(error.__traceback__) if Path(f.filename).parent == file.parent]
    line = frames[-1].lineno if frames else 1
    return Location(str(file), line or 1, 1, line or 1, 1)
