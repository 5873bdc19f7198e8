"""What travels through the queues of DBOS: the names and orders of workflows, and outcomes as JSON.

The ids are the run's (`<run>`, later sessions `<run>:2`) and `<run>:<node>:<visit>` with a number for further starts.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from mermaid_flow.engine._attempts import FailedElsewhere, Outcome, error_data, error_text
from mermaid_flow.engine.distributed.database import Database
from mermaid_flow.engine.events import Event, EventType
from mermaid_flow.engine.ports import ApprovalNeeded, HandedHome, Visit

if TYPE_CHECKING:
    from dbos import DBOSClient

APPLICATION = "mflow"
VERSION = "mflow-2"
"""Workers take only work of their own version: raise it when orders or outcomes change their form."""
HOMES = "mflow-runs"
VISITS = "mflow-visits"
HOME_WORKFLOW = "mflow.run"
VISIT_WORKFLOW = "mflow.visit"

Order = Mapping[str, Any]
"""What a workflow is to do, as JSON."""


def open_client(database: Database) -> DBOSClient:
    """A client of the queues; the caller destroys it."""
    from dbos import DBOSClient, DBOSPortableJSONSerializer  # noqa: PLC0415 - half a second

    return DBOSClient(
        system_database_url=database.for_dbos,
        serializer=DBOSPortableJSONSerializer(),
        application_name=APPLICATION,
    )


def enqueue(client: DBOSClient, queue: str, workflow: str, identity: str, order: Order) -> None:
    """Put a workflow in a queue; one with the same id is left as it is."""
    client.enqueue(
        {"queue_name": queue, "workflow_name": workflow, "workflow_id": identity, "app_version": VERSION}, dict(order)
    )


def outcome_as_json(outcome: Outcome, hidden: tuple[str, ...]) -> dict[str, Any]:
    """The outcome of an attempt, without secrets in its error."""
    data: dict[str, Any] = {"seconds": outcome.seconds, "timed_out": outcome.timed_out}
    result = outcome.result
    if isinstance(result, HandedHome):
        return data | {"home": True}
    if isinstance(result, Event):
        return data | {"type": result.type.value, "data": dict(result.data)}
    if isinstance(result, ApprovalNeeded):
        return data | {"prompt": result.prompt, "choices": list(result.choices)}
    text = error_text(result)
    for secret in hidden:
        text = text.replace(secret, "***")
    return data | {"error": error_data(result, hidden), "text": text}


def outcome_of_json(visit: Visit, data: Mapping[str, Any]) -> Outcome:
    """The outcome of the visit as its owner takes it."""
    node, number = visit.node.id, visit.number
    result: Event | BaseException
    if data.get("home"):
        result = HandedHome()
    elif "type" in data:
        result = Event(EventType(data["type"]), node, number, data["data"])
    elif "prompt" in data:
        result = ApprovalNeeded(data["prompt"], tuple(data["choices"]))
    else:
        error = data["error"]
        result = FailedElsewhere(
            error["message"], code=error["code"], hint=error.get("hint", ""), text=data.get("text", "")
        )
    return Outcome(node, number, visit.attempt, data["seconds"], result, timed_out=bool(data.get("timed_out")))
