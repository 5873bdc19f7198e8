"""Recorded runs as folders, so that the page finds them, and the diagrams that are large or are sequences."""

from __future__ import annotations

import random
from pathlib import Path

from mermaid_flow.engine.events import Event, EventType
from mermaid_flow.engine.folder import RunFolder
from mermaid_flow.engine.journal import encode
from mermaid_flow.engine.record import RunRecord
from tests.render.recorded import BEGIN, recorded
from tests.render.recorded_sequence import recorded_sequence

TALK = """sequenceDiagram
    actor Operator
    participant Gateway
    participant Orders as Order service
    participant Stock
    Operator->>Gateway: Place the orders
    loop for each order in orders
        Gateway->>Orders: Place {order}
        alt in stock
            Orders->>Stock: Reserve
            Stock-->>Orders: reserved
        else sold out
            Orders-->>Gateway: Say that it is sold out
        end
    end
    Gateway-->>Operator: All orders are placed
"""


def keep(
    record: RunRecord, runs: Path, *, inputs: dict[str, object] | None = None, parent: str | None = None
) -> RunFolder:
    """The record as a run in the folder `runs`, with the logs of its folder where it has one."""
    folder = RunFolder.create(
        runs,
        record.diagram.source,
        diagram=record.metadata.diagram,
        graph=record.graph or record.tree,
        component=record.metadata.component,
        inputs=inputs or {},
        parent=parent,
        clock=lambda: BEGIN,
    )
    (folder.path / "journal.jsonl").write_bytes(b"".join(map(encode, record.events)))
    if (record.path / "nodes").is_dir():
        (record.path / "nodes").rename(folder.path / "nodes")
    return folder


def nest(record: RunRecord, outer: RunFolder, node: str) -> RunFolder:
    """The record as a run nested in the first visit of a node of another run."""
    return keep(record, outer.visit_folder(node, 1) / "runs", parent=outer.id)


def large(nodes: int) -> RunRecord:
    """A run of that many nodes, of which each comes after one of the dozen before it."""
    chance = random.Random(7)
    edges = [
        f"N{chance.randrange(max(0, number - 12), number)} --> N{number}[Step {number}]" for number in range(1, nodes)
    ]
    return recorded("\n".join(edges), {"N99": {"fail": "boom"}}, name="large")


def talk(*, hangs: bool = False) -> RunRecord:
    """A run of a sequence diagram."""
    return recorded_sequence(
        TALK, {"loop1": ["books", "pens"], "alt1-1": 0, "alt1-2": 1, "6": "hang" if hangs else None}, name="orders"
    )


def journal_of(runs: Path, events: int) -> RunFolder:
    """A run with that many events."""
    record = recorded("A[Talk a lot]", {"A": {"hang": True}}, name="long")
    more = [
        Event(EventType.NOTICE, "A", data={"message": f"event {seq}"}, seq=seq, at=BEGIN + seq)
        for seq in range(len(record.events) + 1, events + 1)
    ]
    folder = keep(record, runs)
    with (folder.path / "journal.jsonl").open("ab") as file:
        file.write(b"".join(map(encode, more)))
    return folder
