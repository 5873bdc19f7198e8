"""Makes the archive of a function's code, byte for byte the same on every machine and on every day.

Lambda knows code by the digest of its archive: an archive that differs for the same files would be deployed again by
every run. So the files are sorted, have no times, and are stored as they are, because compressors differ in versions.
"""

from __future__ import annotations

import base64
import hashlib
import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from mermaid_flow import MflowError

LARGEST = 50_000_000
"""Bytes of an archive that Lambda takes directly; a larger one has to come from a bucket."""

LEFT_OUT = frozenset({"__pycache__", ".git", ".DS_Store"})

_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest time that an archive can hold
_UNIX = 3
_SUFFIXES = {"python": ".py", "nodejs": ".js", "ruby": ".rb"}


@dataclass(frozen=True, slots=True)
class Entry:
    """A file of an archive."""

    content: bytes
    executable: bool = False


def archive(entries: Mapping[str, Entry]) -> bytes:
    """A zip archive of the entries, by their paths in it. Raises MflowError when Lambda would not take it."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as zipped:
        for path, entry in sorted(entries.items()):
            information = zipfile.ZipInfo(path, _EPOCH)
            information.create_system = _UNIX
            information.external_attr = (0o100755 if entry.executable else 0o100644) << 16
            zipped.writestr(information, entry.content)
    return _taken(buffer.getvalue())


def inline_archive(code: str, handler: str, runtime: str) -> bytes:
    """The archive of one file of code, named so that the handler is found in it. Raises MflowError."""
    module, _, function = handler.partition(".")
    suffix = next((suffix for kind, suffix in _SUFFIXES.items() if runtime.startswith(kind)), None)
    if suffix is None:
        raise MflowError(
            f"code for the runtime {runtime} cannot stand in the vars",
            code="lambda.inline",
            hint=f"that works for {', '.join(_SUFFIXES)}; build it, and name the archive as `filename`",
        )
    if not module.isidentifier() or not function.isidentifier():
        raise MflowError(
            f"the handler of inline code is a module and a function, such as index.handler, not {handler!r}",
            code="lambda.handler",
        )
    return archive({f"{module}{suffix}": Entry(code.encode())})


def folder_archive(folder: Path) -> bytes:
    """The archive of everything in a folder. Links that lead out of it are refused. Raises MflowError."""
    entries = {}
    for path in folder.rglob("*"):
        inside = path.relative_to(folder)
        if LEFT_OUT.intersection(inside.parts) or not path.is_file():
            continue
        if not path.resolve().is_relative_to(folder.resolve()):
            raise MflowError(f"{inside} leads out of {folder}", code="lambda.source", hint="copy the file in")
        entries[inside.as_posix()] = Entry(path.read_bytes(), bool(path.stat().st_mode & 0o100))
    if not entries:
        raise MflowError(f"{folder} has no files", code="lambda.source")
    return archive(entries)


def made_archive(file: Path) -> bytes:
    """An archive that somebody else has made. Raises MflowError when it is none, or too large."""
    if not zipfile.is_zipfile(file):
        raise MflowError(f"{file} is no zip archive", code="lambda.source")
    return _taken(file.read_bytes())


def digest(content: bytes) -> str:
    """The SHA-256 of an archive as Lambda writes it, in base 64."""
    return base64.b64encode(hashlib.sha256(content).digest()).decode()


def _taken(content: bytes) -> bytes:
    if len(content) > LARGEST:
        raise MflowError(
            f"the archive has {len(content) / 1e6:.0f} MB, and Lambda takes 50 MB at most",
            code="lambda.size",
            hint="let your build upload it, and name it as s3_bucket and s3_key",
        )
    return content
