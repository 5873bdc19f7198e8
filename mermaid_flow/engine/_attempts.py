"""One attempt at a node: call the worker on a thread and turn whatever comes out into data for the executor."""

from __future__ import annotations

import json
import time
import traceback
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

from mermaid_flow.engine.events import Event, EventType
from mermaid_flow.engine.journal import encode
from mermaid_flow.engine.masking import masked, masked_mapping
from mermaid_flow.engine.ports import ApprovalNeeded, HandedHome, NodesFailed, Visit, Worker
from mermaid_flow.errors import MflowError, Problems
from mermaid_flow.graph.model import Role
from mermaid_flow.handlers.context import Cancellation

EMITTED = frozenset(
    {EventType.RESOURCE, EventType.PLAN, EventType.APPLIED, EventType.OUTPUTS, EventType.NOTICE},
)
"""What a handler may record beside its result. Everything else is the engine's to say."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an attempt ended: with the event of its success, or with an error. `seconds` is monotonic.

    `timed_out` says that whoever ran it elsewhere stopped it at its time limit.
    """

    node: str
    visit: int
    attempt: int
    seconds: float
    result: Event | BaseException
    timed_out: bool = False


class Elsewhere(Protocol):
    """Runs attempts in other processes. One owner calls it; it reports from any thread."""

    def note(self, event: Event) -> None:
        """Take note of an event of the journal, in its order."""

    def start(self, visit: Visit, report: Callable[[Outcome], None]) -> None:
        """Have the visit run, or go on to wait for it when it was started before this process took the run over.

        The outcome may be `HandedHome`: then it has to run here.
        """

    def has(self, node: str, visit: int) -> bool:
        """Whether the visit's last attempt is still elsewhere, or its outcome is there to be collected."""

    def close(self) -> None:
        """Report no more."""


class FailedElsewhere(MflowError):
    """The error of an attempt in another process. `text` is what retry policies look at."""

    def __init__(self, message: str, *, code: str, hint: str, text: str) -> None:
        super().__init__(message, code=code, hint=hint)
        self.text = text


@dataclass(frozen=True, slots=True)
class Settled:
    """How a settlement ended: the errors of nodes whose declared work failed, or one that hit all of it."""

    stage: str | None
    nodes: frozenset[str]
    errors: Mapping[str, BaseException] = field(default_factory=dict)


def attempt(worker: Worker, visit: Visit, hidden: Collection[str] = ()) -> Outcome:
    """Run or decide the visit's node. Never raises, whatever the handler does. `hidden` are secrets."""
    began = time.monotonic()
    result: Event | BaseException
    try:
        result = _decide(worker, visit) if visit.node.role is Role.DECISION else _execute(worker, visit)
    except BaseException as error:  # sys.exit() in a handler must not take the engine's thread with it
        result = error
        if not isinstance(error, MflowError | ApprovalNeeded | HandedHome):
            _keep_traceback(visit.folder, error, hidden)
    return Outcome(visit.node.id, visit.number, visit.attempt, round(time.monotonic() - began, 6), result)


def settle(
    worker: Worker,
    stage: str | None,
    nodes: frozenset[str],
    emit: Callable[[Event], None],
    cancellation: Cancellation,
) -> Settled:
    """Have the worker apply what these nodes declared. Never raises."""
    try:
        worker.settle(nodes, emit, cancellation)
    except NodesFailed as failed:
        return Settled(stage, nodes, failed.errors)
    except BaseException as error:
        return Settled(stage, nodes, dict.fromkeys(nodes, error))
    return Settled(stage, nodes)


def checked(event: Event, hidden: Collection[str] = ()) -> Event:
    """An event that a handler wants recorded, without secrets.

    Raises MflowError when handlers may not record such events, or it is not JSON.
    """
    if event.type not in EMITTED:
        raise MflowError(f"a handler cannot record {event.type.value}", code="handler.event")
    encode(event)
    return replace(event, data=masked_mapping(event.data, hidden)) if hidden else event


def error_data(error: BaseException, hidden: Collection[str] = ()) -> dict[str, object]:
    """The error as it stands in the record, without secrets."""
    return masked_mapping(_told(error), hidden)


def _told(error: BaseException) -> dict[str, str]:
    if not isinstance(error, MflowError):
        message = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
        return {"code": "handler", "message": message, "hint": "the traceback is in the node's log"}
    data = {"code": error.code, "message": str(error) if isinstance(error, Problems) else error.message}
    if error.hint:
        data["hint"] = error.hint
    if error.where:
        data["where"] = str(error.where)
    return data


def error_text(error: BaseException) -> str:
    """What the patterns of a retry policy are looked for in."""
    if isinstance(error, FailedElsewhere):
        return error.text
    return f"{getattr(error, 'code', '')} {type(error).__name__}: {error}"


def _execute(worker: Worker, visit: Visit) -> Event:
    result = worker.execute(visit)
    data: dict[str, object] = {"values": dict(result.values)}
    if result.skipped is not None:
        data["skipped"] = result.skipped
    if result.declarations:
        data["declared"] = True
    return _success(EventType.NODE_SUCCEEDED, worker, visit, data)


def _decide(worker: Worker, visit: Visit) -> Event:
    answer = worker.decide(visit)
    data: dict[str, object] = {
        "value": answer.value,
        "labels": list(answer.labels),
        "edges": list(answer.edges),
        "source": answer.source,
        "where": answer.where,
    }
    return _success(EventType.DECISION_ANSWERED, worker, visit, data)


def _success(kind: EventType, worker: Worker, visit: Visit, data: dict[str, object]) -> Event:
    """The event that ends the visit. Its values go through JSON here, so that they are the same after a resume."""
    if digest := worker.inputs_digest(visit.node):
        data["inputs"] = digest
    event = Event(kind, visit.node.id, visit.number, data)
    plain: dict[str, object] = json.loads(encode(event))["data"]
    return Event(kind, visit.node.id, visit.number, plain)


def _keep_traceback(folder: Path, error: BaseException, hidden: Collection[str]) -> None:
    """Handler authors need it; the terminal does not."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / "log.txt").open("a", encoding="utf-8", errors="backslashreplace") as log:
            log.write(str(masked("".join(traceback.format_exception(error)), hidden)))
    except OSError:
        pass  # The error itself is recorded in the journal.
