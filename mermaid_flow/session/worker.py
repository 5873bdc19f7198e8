"""Does the work of nodes for the engine: calls handlers, answers decisions, applies what was declared."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Protocol, cast

from mermaid_flow.engine.events import Event
from mermaid_flow.engine.ports import Answer, NodesFailed, Policy, Visit
from mermaid_flow.graph.model import FlowGraph, Node, Role
from mermaid_flow.graph.selection import LEFT_OUT
from mermaid_flow.handlers.calls import HandlerResult, Result
from mermaid_flow.handlers.context import Cancellation, Component, Components, Context, RunInfo
from mermaid_flow.handlers.declare import Kind
from mermaid_flow.handlers.registry import sort_out
from mermaid_flow.inputs.layers import Inputs
from mermaid_flow.session.bindings import NEEDS_HANDLER, Bindings
from mermaid_flow.session.contexts import node_info, visit_log
from mermaid_flow.session.progress import Channel
from mermaid_flow.terraform.errors import DeclarationsInvalid, TerraformFailed


class Deployed(Component, Protocol):
    """A component as the end of a flow needs it. `mermaid_flow.testing` has one without Terraform."""

    @property
    def pending(self) -> bool:
        """Whether something was declared and is not applied yet."""

    def apply(self, *, prune: bool = False) -> None:
        """Apply what is declared; `prune` drops what earlier runs declared and this one did not."""


class OpenedComponents(Components, Protocol):
    """Components that remember which of them were opened."""

    def opened(self) -> Sequence[Deployed]:
        """Every component that was opened so far."""


class RunDiagram(Protocol):
    """Runs another diagram inside a visit. See `mermaid_flow.session.nested`."""

    def __call__(self, visit: Visit, name: str, vars: Mapping[str, object] | None = None) -> Mapping[str, object]:  # noqa: A002
        """The values of the finished sub-workflow. Raises MflowError when it fails."""


def apply_declared(components: OpenedComponents, own: Deployed, cancellation: Cancellation, *, prune: bool) -> None:
    """Apply what is declared in any component; with `prune`, drop what the run left out of its `own`.

    Raises NodesFailed with the errors by node, and what belongs to none as it is.
    """
    errors: dict[str, Exception] = {}
    for component in components.opened():
        pruned = prune and component.name == own.name
        if component.pending or pruned:
            cancellation.raise_if_requested()
            try:
                component.apply(prune=pruned)
            except (TerraformFailed, DeclarationsInvalid) as failure:
                errors.update(failure.errors)
                if not failure.errors:
                    raise
    if errors:
        raise NodesFailed(errors)


@dataclass
class SessionWorker:
    """The engine's worker for one run of a flowchart. Called from several threads at once."""

    graph: FlowGraph
    bindings: Bindings
    inputs: Inputs
    run: RunInfo
    component: Deployed
    components: OpenedComponents
    run_diagram: RunDiagram
    hide: Callable[[str], str]
    channel: Channel
    left_out: frozenset[str] = frozenset()
    """Nodes that do nothing in this run and count as done."""
    failed: bool = field(default=False, init=False)

    def policy(self, node: Node) -> Policy:
        """Retry, timeout and interruption policy of the node."""
        return self.bindings.policy(node, self.graph)

    def handles(self, node: Node) -> bool:
        """Whether a handler is bound to the node: it beats the shape. Nobody waits for a node that is left out."""
        return node.id in self.left_out or self.bindings.handler(node) is not None

    def inputs_digest(self, node: Node) -> str:
        """Digest of the vars and of the handler's own source: when it changes, the node has to run again."""
        if node.id in self.left_out:
            return LEFT_OUT  # no run that does not leave it out takes this for its result
        return hashlib.sha256(f"{self._variables_text}\n{self.bindings.digest(node)}".encode()).hexdigest()[:16]

    def execute(self, visit: Visit) -> Result:
        """Run the node's handler; without one, a sub-workflow runs its diagram and other shapes do nothing."""
        self.channel.emit = visit.emit
        try:
            return self._execute(visit)
        except BaseException:
            self.failed = True
            raise

    def decide(self, visit: Visit) -> Answer:
        """Answer a decision by the sources of docs/semantics.md, 1.4."""
        self.channel.emit = visit.emit
        with visit_log(visit.folder, self.hide) as log:
            return self.bindings.decide(visit.node, self.graph, self.inputs, self._context(visit, log), probing=True)

    def settle(self, nodes: frozenset[str], emit: Callable[[Event], None], cancellation: Cancellation) -> None:  # noqa: ARG002
        """Apply what is declared and not applied yet; after a whole flow without failure, prune what it left out."""
        self.channel.emit = emit
        prune = not self.failed and not self.graph.barriers and not self.left_out
        apply_declared(self.components, self.component, cancellation, prune=prune)

    def _execute(self, visit: Visit) -> Result:
        node = visit.node
        if node.id in self.left_out:
            return Result(skipped=LEFT_OUT)
        handler = self.bindings.handler(node)
        if handler is None:
            if node.role is Role.SUBWORKFLOW:
                return Result(self.run_diagram(visit, node.label))
            if node.role in NEEDS_HANDLER:
                raise self.bindings.missing(node)
            return Result()
        with visit_log(visit.folder, self.hide) as log:
            returned = handler.function(self._context(visit, log))
        result = sort_out(cast("HandlerResult", returned), handler.name)
        if result.declarations or handler.mark.kind is Kind.CONFIGURE:
            self.component.declare(node.id, result.declarations)
        return result

    def _context(self, visit: Visit, log: logging.Logger) -> Context:
        return Context(
            run=self.run,
            node=node_info(visit.node, self.graph, visit.number, visit.attempt),
            vars=self.inputs.variables,
            values=visit.values,
            log=log,
            cancellation=visit.cancellation,
            folder=visit.folder,
            component=self.component,
            components=self.components,
            run_diagram=partial(self.run_diagram, visit),
        )

    @cached_property
    def _variables_text(self) -> str:
        return json.dumps(self.inputs.variables.to_plain(), sort_keys=True, default=str)
