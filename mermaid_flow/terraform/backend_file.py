"""Remembers, in a component's folder, where its state is kept, so that every later run and `destroy` find it."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

from mermaid_flow.errors import MflowError
from mermaid_flow.handlers.calls import Backend

BACKEND_FILE = "backend.json"


def read(folder: Path) -> Backend | None:
    """The backend of the component in that folder; None for a state in the folder. Raises MflowError for a damaged one.

    Nobody may guess here: without its state everything would be created a second time.
    """
    path = folder / BACKEND_FILE
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
        return Backend(str(kept["type"]), dict(kept["settings"]), bool(kept["own_storage"]))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise MflowError(
            f"cannot read where the state is kept, {path}: {error}",
            code="terraform.backend",
            hint="the file belongs to mflow; if it was edited, bring it back",
        ) from error


def write(folder: Path, backend: Backend | None) -> None:
    """Remember the backend, all or nothing; None forgets it."""
    path = folder / BACKEND_FILE
    if backend is None:
        path.unlink(missing_ok=True)
        return
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    partial = path.with_suffix(".part")
    partial.write_text(json.dumps(asdict(backend), indent=1), encoding="utf-8")
    partial.replace(path)
