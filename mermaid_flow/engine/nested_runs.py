"""Runs nested in other runs (sub-workflows): where they are, and what they are called.

A nested run is a folder in the folder of the visit that started it. It is called by the run around it and itself:
`OUTER.INNER`, so that one name says where to look, whatever the depth.
"""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote

from mermaid_flow.engine.folder import RunFolder, RunMetadata
from mermaid_flow.engine.history import matching_name
from mermaid_flow.errors import MflowError

_UP = 4
"""Folders from a nested run to the run around it: runs, the visit, the node, nodes, and there."""


def find_nested(outer: RunFolder, name: str) -> RunFolder:
    """The run in `outer` that `name` means: an id as `find_run` takes it, or a diagram, of which the newest run counts.

    Raises MflowError when there is none, or more than one.
    """
    found = {path.parent.name: path.parent for path in sorted(outer.path.glob("nodes/*/*/runs/*/run.json"))}
    folders = {run: RunFolder.open(path) for run, path in found.items()}
    named = [folder for folder in folders.values() if folder.metadata.diagram == name]
    if named:
        return max(named, key=lambda folder: (folder.metadata.created, folder.id))
    return folders[matching_name(name, sorted(folders))]


def run_name(metadata: RunMetadata, path: Path) -> str:
    """What the run with this record in the folder `path` is called: its id, of a nested one `OUTER.INNER`."""
    if metadata.parent is None:
        return metadata.id
    outer = path.parents[_UP]
    try:
        name = run_name(RunFolder.open(outer).metadata, outer)
    except MflowError:
        name = metadata.parent  # recorded in a database
    return f"{name}.{metadata.id}"


def outer_names(name: str) -> list[str]:
    """The names of the runs around the one called `name`, the outermost first."""
    parts = name.split(".")
    return [".".join(parts[:end]) for end in range(1, len(parts))]


def node_around(nested: Path) -> str:
    """The id of the node that the nested run in this folder works for; empty when it is too long to be told."""
    name = nested.parents[_UP - 2].name
    return "" if "%-" in name else unquote(name, errors="surrogatepass")
