"""Where mflow keeps what it can fetch or rebuild: downloaded tools, the unpacked provider, the local cloud's snapshots.

The folder belongs to the user, not to a project: a project that was cloned from elsewhere must not be able to plant
an executable or a snapshot that mflow would then run or load.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import platformdirs

from mermaid_flow.errors import MflowError


def cache_folder(environment: Mapping[str, str] | None = None) -> Path:
    """mflow's cache: `$MFLOW_CACHE` if set, else the platform's user cache. The folder need not exist yet."""
    override = (os.environ if environment is None else environment).get("MFLOW_CACHE")
    return Path(override).expanduser().absolute() if override else platformdirs.user_cache_path("mflow")


def private_folder(path: Path) -> Path:
    """Create `path` for this user only (mode 0700) and return it. Raises MflowError when it cannot be written."""
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        writable = os.access(path, os.W_OK | os.X_OK)
    except OSError as error:
        raise _unwritable(path, error.strerror or str(error)) from error
    if not writable:
        raise _unwritable(path, "permission denied")
    return path


def _unwritable(path: Path, reason: str) -> MflowError:
    return MflowError(
        f"mflow cannot write to its cache {path}: {reason}",
        code="cache.unwritable",
        hint="set MFLOW_CACHE to a folder that you can write to",
    )
