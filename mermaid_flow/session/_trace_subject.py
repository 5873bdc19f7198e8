"""What a trace tells of a run beside its events: what the nodes are called, and what does their work."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from mermaid_flow.engine._edge_outcomes import catch_outcome
from mermaid_flow.engine._flow_tables import FlowTables
from mermaid_flow.engine.events import EdgeStatus, Event, NodeStatus
from mermaid_flow.engine.folder import RunFolder
from mermaid_flow.engine.record import RunRecord
from mermaid_flow.errors import MflowError
from mermaid_flow.graph.model import Edge, FlowGraph, Node
from mermaid_flow.graph.sequence import SequenceTree, node_of, step_of
from mermaid_flow.session.bindings import Bindings, bind
from mermaid_flow.session.run import Run, model_of
from mermaid_flow.session.sequence_bindings import SequenceBindings

if TYPE_CHECKING:
    from mermaid_flow.session.distributed import DistributedRun


@dataclass(frozen=True)
class TraceSubject:
    """A run that is traced. Make one with `of`, for a sub-workflow's run with `nested`."""

    folder: RunFolder
    model: FlowGraph | SequenceTree
    bindings: Bindings
    engine: str
    hidden: frozenset[str] = field(repr=False)
    """Secrets that must not get into the trace."""

    @classmethod
    def of(cls, run: Run | DistributedRun) -> TraceSubject:
        """A run that is about to be carried out."""
        prepared = run.prepared
        hidden = prepared.secrets
        engine = "embedded" if isinstance(run, Run) else "dbos"
        return cls(run.folder, model_of(prepared), prepared.bindings, engine, hidden)

    def nested(self, record: RunRecord, folder: RunFolder) -> TraceSubject:
        """A finished run of a sub-workflow of this one."""
        model = record.graph or record.tree
        assert model is not None  # noqa: S101 - a diagram is one of the two kinds
        bindings = bind(self.bindings.project, self.bindings.registry, folder.metadata.diagram, record.diagram)
        return TraceSubject(folder, model, bindings, "embedded", self.hidden)

    def run_attributes(self) -> dict[str, object]:
        """What is known of the run as a whole before it begins."""
        metadata = self.folder.metadata
        tags = self.folder.inputs.get("tags")
        return {
            "mflow.run.id": metadata.id,
            "mflow.diagram": metadata.diagram,
            "mflow.diagram.path": metadata.path,
            "mflow.engine": self.engine,
            "mflow.target": metadata.target,
            "mflow.component": metadata.component,
            "mflow.run.parent": metadata.parent,
            "mflow.run.reused": metadata.reused,
            **{f"mflow.tag.{key}": value for key, value in (tags.items() if isinstance(tags, Mapping) else ())},
        }

    def node_attributes(self, node: Node) -> dict[str, object]:
        """What is known of a node before it runs."""
        return {
            "mflow.node.id": node.id,
            "mflow.node.label": node.label,
            "mflow.node.role": node.role.value,
            "mflow.node.subgraph": self._subgraph(node),
            "mflow.handler": self._handler(node),
        }

    def node(self, event: Event) -> Node | None:
        """The node of an event, under the label that it has there; None when the diagram knows it no more."""
        name = event.node or ""
        if isinstance(self.model, FlowGraph):
            return self.model.nodes.get(name)
        step = next((step for step in self.model.steps() if step.id == step_of(name)), None)
        return node_of(step, [int(lap) for lap in name.split("-")[1:]]) if step else None

    def is_in(self, node: str, stage: object) -> bool:
        """Whether a node belongs to a stage; None is the whole diagram, a stage that it knows no more too."""
        stages = self.model.stages if isinstance(self.model, FlowGraph) else {}
        return stage not in stages or node in stages[str(stage)].nodes

    def catches(self, node: str, failure: str) -> tuple[Edge, ...]:
        """The catch edges that the failure of a node takes; `failure` is its kind, as the record has it."""
        tables = self._tables
        if tables is None or node not in tables.index:
            return ()
        return tuple(
            tables.edges[edge]
            for edge in tables.out[tables.index[node]]
            if tables.edges[edge].catch not in (None, "rollback")
            and catch_outcome(tables, edge, NodeStatus.FAILED, failure) is EdgeStatus.TAKEN
        )

    @cached_property
    def _tables(self) -> FlowTables | None:
        return FlowTables(self.model) if isinstance(self.model, FlowGraph) else None

    def _subgraph(self, node: Node) -> str:
        if not isinstance(self.model, FlowGraph):
            return ""
        stages = self.model.stages
        return " / ".join(stages[stage].title or stage for stage in reversed(node.stages) if stage in stages)

    def _handler(self, node: Node) -> str:
        with suppress(MflowError):  # two handlers for one node: the run tells
            if isinstance(self.model, FlowGraph):
                handler = self.bindings.handler(node)
            else:
                steps = SequenceBindings(self.model, self.bindings)
                handler = steps.handler(steps.step(node))
            return handler.name if handler else ""
        return "several"
