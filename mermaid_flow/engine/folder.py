"""A run is a folder: what ran, with which inputs, what happened, and what each visit of a node left behind.

<id>/run.json         metadata, versioned
<id>/diagram.mmd      the diagram's text as it was run
<id>/inputs.json      the merged inputs, secrets masked
<id>/journal.jsonl    the events
<id>/lock             held by the one process that works on the run
<id>/nodes/<node>/<visit>/log.txt, plans, artefacts, runs/<id> of sub-workflows
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import secrets
import shutil
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from mermaid_flow import __version__
from mermaid_flow.engine.journal import FileJournal, OpenJournal
from mermaid_flow.engine.masking import masked_mapping
from mermaid_flow.engine.recorded_graph import GraphRecord, describe
from mermaid_flow.errors import MflowError
from mermaid_flow.graph.model import FlowGraph
from mermaid_flow.graph.sequence import SequenceTree
from mermaid_flow.syntax.source import Source

FORMAT = 1
"""Version of the folder's layout and of the events. Readers refuse newer ones."""

_SAFE = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")
_LONGEST_NAME = 120
_LOCK_PATIENCE = 1.0


@dataclass(frozen=True, slots=True)
class RunMetadata:
    """What is known of a run before it starts. Times are seconds since the epoch."""

    id: str
    diagram: str
    """The diagram's name."""
    path: str | None
    """The file it came from, as the user named it; for a fence, `first_line` and `indent` say where in it."""
    sha256: str
    """Digest of the diagram's text."""
    target: str = "local"
    component: str = ""
    """The component that the diagram describes, for instance `acme/dev/vpc`."""
    mflow: str = __version__
    created: float = 0.0
    settings: Mapping[str, object] = field(default_factory=dict)
    """What `mflow resume` needs to start again: vars files, `--set` values, parallelism, …"""
    first_line: int = 1
    indent: int = 0
    parent: str | None = None
    """The run that this one is nested in (a sub-workflow)."""
    reused: str | None = None
    """The run whose results this one took over (`--from-run`)."""
    graph: GraphRecord = field(default_factory=GraphRecord)
    """What the executable model had beyond the diagram."""
    format: int = FORMAT


@dataclass(frozen=True, slots=True)
class RunFolder:
    """A run's folder. Make one with `create`, find one with `open`."""

    path: Path
    metadata: RunMetadata
    clock: Callable[[], float] = field(default=time.time, repr=False, compare=False)

    @classmethod
    def create(
        cls,
        runs: Path,
        source: Source,
        *,
        diagram: str,
        graph: FlowGraph | SequenceTree | None = None,
        target: str = "local",
        component: str = "",
        inputs: Mapping[str, object] | None = None,
        settings: Mapping[str, object] | None = None,
        hidden: Collection[str] = (),
        parent: str | None = None,
        reused: str | None = None,
        clock: Callable[[], float] = time.time,
    ) -> RunFolder:
        """Lay down a new run in the folder `runs`.

        `diagram` is its name, `graph` its executable model. `hidden` are secrets that
        must not reach the record; `clock` is the wall clock.
        Raises MflowError when the folder cannot be written.
        """
        metadata = new_metadata(
            source,
            diagram=diagram,
            graph=graph,
            target=target,
            component=component,
            settings=settings,
            hidden=hidden,
            parent=parent,
            reused=reused,
            now=clock(),
        )
        folder = cls(runs / metadata.id, metadata, clock)
        try:
            folder.path.mkdir(parents=True, mode=0o700)
            _write(folder.path / "diagram.mmd", source.text)
            _write(folder.path / "inputs.json", as_json(masked_mapping(inputs or {}, hidden)))
            folder.journal().close()
            _write(folder.path / "run.json", as_json(asdict(metadata)))
            _synchronize_folder(folder.path)
            _synchronize_folder(runs)
        except OSError as error:
            raise _unwritable(f"cannot create a run in {runs}", error) from error
        return folder

    @classmethod
    def open(cls, path: Path, *, clock: Callable[[], float] = time.time) -> RunFolder:
        """The run in the folder `path`. Raises MflowError when there is none or its format is newer than this mflow."""
        try:
            stored = json.loads((path / "run.json").read_text(encoding="utf-8"))
            metadata = read_metadata(stored, path.name)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise MflowError(f"{path} is not a run: {error}", code="run.unreadable") from error
        return cls(path, metadata, clock)

    @property
    def id(self) -> str:
        return self.metadata.id

    @property
    def source(self) -> Source:
        """The diagram's text as it was run; places in it lead to the file it came from."""
        text = _read(self.path / "diagram.mmd")
        return Source(text, self.metadata.path, self.metadata.first_line, self.metadata.indent)

    @property
    def inputs(self) -> Mapping[str, object]:
        """The inputs as recorded, secrets masked."""
        loaded: dict[str, object] = json.loads(_read(self.path / "inputs.json"))
        return loaded

    def journal(self, *, readonly: bool = False) -> OpenJournal:
        """Open the run's journal; the caller closes it."""
        return FileJournal(self.path / "journal.jsonl", clock=self.clock, readonly=readonly)

    def visit_folder(self, node: str, visit: int) -> Path:
        """Where a visit's log and artefacts are. It is not created here."""
        return self.path / "nodes" / safe_name(node) / str(visit)

    def replace_diagram(self, source: Source, graph: FlowGraph | SequenceTree) -> RunFolder:
        """Take over a changed diagram. Its text decides: it is on the disk, complete, after the metadata.

        Raises MflowError when it cannot be written.
        """
        metadata = replace(
            self.metadata,
            sha256=digest(source.text),
            graph=describe(graph),
            path=source.path,
            first_line=source.first_line,
            indent=source.indent,
        )
        try:
            _write(self.path / "run.json", as_json(asdict(metadata)))
            _write(self.path / "diagram.mmd", source.text)
            _synchronize_folder(self.path)
        except OSError as error:
            raise _unwritable(f"cannot change run {self.id}", error) from error
        return replace(self, metadata=metadata)

    def discard(self) -> None:
        """Remove the run with all that it holds."""
        shutil.rmtree(self.path)

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Be the one process that works on this run; the system frees the lock when the process dies.

        Raises MflowError when another process holds it, or the folder cannot be written.
        """
        try:
            descriptor = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise _unwritable(f"cannot lock run {self.id}", error) from error
        try:
            _take(descriptor, self.id)
            yield
        finally:
            os.close(descriptor)

    def is_locked(self) -> bool:
        """Whether a process works on this run at this moment."""
        try:
            descriptor = os.open(self.path / "lock", os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            return False
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            return True
        finally:
            os.close(descriptor)
        return False


def new_metadata(
    source: Source,
    *,
    diagram: str,
    graph: FlowGraph | SequenceTree | None,
    target: str,
    component: str,
    settings: Mapping[str, object] | None,
    hidden: Collection[str],
    parent: str | None,
    reused: str | None,
    now: float,
) -> RunMetadata:
    """The metadata of a new run; the arguments are those of `RunFolder.create`."""
    return RunMetadata(
        id=new_id(now),
        diagram=diagram,
        path=source.path,
        sha256=digest(source.text),
        target=target,
        component=component,
        created=round(now, 3),
        settings=masked_mapping(settings or {}, hidden),
        first_line=source.first_line,
        indent=source.indent,
        parent=parent,
        reused=reused,
        graph=describe(graph) if graph else GraphRecord(),
    )


def read_metadata(stored: Mapping[str, Any], run: str) -> RunMetadata:
    """Stored metadata. Raises MflowError for a newer format; KeyError and TypeError for what is no metadata."""
    version = stored["format"]
    known = {name.name for name in fields(RunMetadata)}
    metadata = RunMetadata(**{key: value for key, value in stored.items() if key in known})
    metadata = replace(metadata, graph=GraphRecord(**stored["graph"]))
    if not isinstance(version, int) or version > FORMAT:
        raise MflowError(
            f"run {run} was recorded in format {version}; this mflow reads up to {FORMAT}",
            code="run.format",
            hint=f"use mflow {metadata.mflow} or newer",
        )
    return metadata


def new_id(now: float) -> str:
    """A run id that sorts by time and is short enough to type: `20260314-153012-k3x9`."""
    tail = "".join(secrets.choice("abcdefghjkmnpqrstuvwxyz23456789") for _ in range(4))
    return f"{datetime.fromtimestamp(now, UTC):%Y%m%d-%H%M%S}-{tail}"


def digest(text: str) -> str:
    """SHA-256 of a text, in hex."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def safe_name(node: str) -> str:
    """A file name for an untrusted node id: other characters than letters, digits, `_` and `-` become `%` and hex."""
    octets = node.encode("utf-8", "surrogatepass")
    name = "".join(chr(octet) if octet in _SAFE else f"%{octet:02X}" for octet in octets)
    if not name or len(name) > _LONGEST_NAME:
        return f"{name[:_LONGEST_NAME]}%-{digest(node)[:16]}"
    return name


def _take(descriptor: int, run: str) -> None:
    """Take the lock. A reader may hold it for an instant to see whether it is free, so a refusal is tried again."""
    pause = threading.Event()
    give_up = time.monotonic() + _LOCK_PATIENCE
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if time.monotonic() < give_up:
                pause.wait(0.02)
                continue
            raise MflowError(
                f"another process is working on run {run}",
                code="run.locked",
                hint=f"follow it with `mflow show {run} --follow`, or stop it first",
            ) from error
        return


def _unwritable(what: str, error: OSError) -> MflowError:
    return MflowError(
        f"{what}: {error.strerror}",
        code="run.unwritable",
        hint="make room on the disk or mend the folder's permissions, then try again",
    )


def _read(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8", "surrogatepass")
    except (OSError, ValueError) as error:
        raise MflowError(f"cannot read {path}: {error}", code="run.unreadable") from error


def as_json(value: object) -> str:
    """The value as the record writes it."""
    return json.dumps(value, indent=2, ensure_ascii=True, default=_plain) + "\n"


def _plain(value: object) -> object:
    return dict(value) if isinstance(value, Mapping) else str(value)


def _write(path: Path, text: str) -> None:
    """Replace the file as a whole: a crash leaves the old or the new text, never half of one."""
    draft = path.with_name(path.name + ".new")
    with draft.open("w", encoding="utf-8", errors="surrogatepass", newline="") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def _synchronize_folder(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
