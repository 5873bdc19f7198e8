"""A run's record as JSON for other programs, in a versioned form: `run-record.schema.json` says what it holds."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from importlib.resources import files

from mermaid_flow.engine.record import ComponentRecord, NodeRecord, RunRecord
from mermaid_flow.engine.visits import Changes, VisitRecord

VERSION = 1
"""Raised when something is taken away or changes its meaning; additions leave it alone."""


def schema() -> Mapping[str, object]:
    """The JSON Schema (draft 2020-12) of `to_json`'s result."""
    text = files("mermaid_flow.engine").joinpath("run-record.schema.json").read_text(encoding="utf-8")
    loaded: dict[str, object] = json.loads(text)
    return loaded


def to_json(record: RunRecord) -> dict[str, object]:
    """Everything but the events. Times are seconds since the epoch, durations seconds, paths absolute."""
    metadata = record.metadata
    return {
        "version": VERSION,
        "id": record.id,
        "status": record.status.value,
        "diagram": {"name": metadata.diagram, "path": metadata.path, "sha256": metadata.sha256},
        "target": metadata.target,
        "component": metadata.component,
        "mflow": metadata.mflow,
        "parent": metadata.parent,
        "reused": metadata.reused,
        "folder": str(record.path),
        "created": metadata.created,
        "started": record.started,
        "ended": record.ended,
        "seconds": record.seconds,
        "cancelled": record.cancelled.name.lower(),
        "failures": list(record.failures),
        "nodes": [_node(node) for node in record.nodes.values()],
        "edges": _edges(record),
        "components": [_component(component) for component in record.components.values()],
    }


def _node(node: NodeRecord) -> dict[str, object]:
    return {
        "id": node.id,
        "label": node.label,
        "role": node.role,
        "status": node.status.value,
        "seconds": node.seconds,
        "visits": [_visit(visit) for visit in node.visits],
    }


def _visit(visit: VisitRecord) -> dict[str, object]:
    return {
        "number": visit.number,
        "status": visit.status.value,
        "started": visit.started,
        "ended": visit.ended,
        "seconds": visit.seconds,
        "attempts": visit.attempts,
        "values": dict(visit.values),
        "skipped": visit.skipped,
        "reused": None if visit.reused is None else dict(visit.reused),
        "error": None if visit.error is None else asdict(visit.error),
        "retries": [asdict(error) for error in visit.retries],
        "decision": _decision(visit),
        "resources": [asdict(resource) for resource in visit.resources],
        "blocked_by": list(visit.blocked_by),
        "prompt": visit.prompt,
        "choices": list(visit.choices),
        "approval": None if visit.approval is None else asdict(visit.approval),
        "interrupted": visit.interrupted,
        "reset": visit.reset,
        "notices": list(visit.notices),
        "log": str(visit.log) if visit.log.is_file() else None,
        "runs": [str(folder) for folder in visit.runs],
    }


def _decision(visit: VisitRecord) -> dict[str, object] | None:
    decision = visit.decision
    if decision is None:
        return None
    return {
        "value": decision.value,
        "labels": list(decision.labels),
        "edges": list(decision.edges),
        "source": decision.source,
        "where": decision.where,
    }


def _edges(record: RunRecord) -> list[dict[str, object]]:
    if record.graph is None:
        return []
    return [
        {
            "index": edge.index,
            "source": edge.source,
            "target": edge.target,
            "label": edge.label,
            "kind": edge.kind.value,
            "status": record.edges[edge.index].value,
        }
        for edge in record.graph.edges
    ]


def _component(component: ComponentRecord) -> dict[str, object]:
    return {
        "name": component.name,
        "planned": _changes(component.planned),
        "applied": _changes(component.applied),
        "seconds": component.seconds,
        "outputs": dict(component.outputs),
    }


def _changes(changes: Changes | None) -> dict[str, int] | None:
    return None if changes is None else asdict(changes)
