"""Does the work of a sequence's steps for the engine: calls the handlers of messages, answers conditions."""

from __future__ import annotations

import hashlib
import inspect
import json
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import cast

from mermaid_flow.engine.events import Event
from mermaid_flow.engine.ports import Answer, Policy, Visit
from mermaid_flow.graph.model import Node
from mermaid_flow.graph.sequence import Asking, Call
from mermaid_flow.handlers.calls import HandlerResult, Result
from mermaid_flow.handlers.context import Cancellation, Context, NodeInfo, RunInfo
from mermaid_flow.handlers.registry import sort_out
from mermaid_flow.inputs.layers import Inputs
from mermaid_flow.session.contexts import visit_log
from mermaid_flow.session.progress import Channel
from mermaid_flow.session.sequence_answers import Answers
from mermaid_flow.session.sequence_bindings import SequenceBindings
from mermaid_flow.session.worker import Deployed, OpenedComponents, RunDiagram, apply_declared


@dataclass
class SequenceWorker:
    """The engine's worker for one run of a sequence diagram. Called from several threads at once."""

    bindings: SequenceBindings
    inputs: Inputs
    run: RunInfo
    component: Deployed
    components: OpenedComponents
    run_diagram: RunDiagram
    hide: Callable[[str], str]
    channel: Channel
    failed: bool = field(default=False, init=False)

    def policy(self, node: Node) -> Policy:
        """Retry, timeout and interruption policy of the step."""
        return self.bindings.policy(node)

    def handles(self, node: Node) -> bool:
        """Whether a handler is bound to the step."""
        return self.bindings.handler(self.bindings.step(node)) is not None

    def inputs_digest(self, node: Node) -> str:
        """Digest of the vars and of the handler's own source: when it changes, the step has to run again."""
        handler = self.bindings.handler(self.bindings.step(node))
        source = ""
        if handler is not None:
            try:
                source = inspect.getsource(handler.function)
            except (OSError, TypeError):
                source = ""
        return hashlib.sha256(f"{self._variables_text}\n{source}".encode()).hexdigest()[:16]

    def execute(self, visit: Visit) -> Result:
        """Run the handler of a message, or of a participant that is created or destroyed."""
        self.channel.emit = visit.emit
        try:
            return self._execute(visit)
        except BaseException:
            self.failed = True
            raise

    def decide(self, visit: Visit) -> Answer:
        """Answer a condition, a collection, a count, or which option handles a failure."""
        self.channel.emit = visit.emit
        step = cast("Asking", self.bindings.step(visit.node))
        with visit_log(visit.folder, self.hide) as log:
            answers = Answers(self.bindings.tree, self.bindings.common, self.inputs)
            return answers.answer(step, self._context(visit, log))

    def settle(self, nodes: frozenset[str], emit: Callable[[Event], None], cancellation: Cancellation) -> None:  # noqa: ARG002
        """Apply what is declared and not applied yet; after a whole run without failure, prune what it left out."""
        self.channel.emit = emit
        apply_declared(self.components, self.component, cancellation, prune=not self.failed)

    def _execute(self, visit: Visit) -> Result:
        step = self.bindings.step(visit.node)
        handler = self.bindings.handler(step)
        if handler is None:
            assert isinstance(step, Call)  # noqa: S101 - other steps are there because of their handlers
            raise self.bindings.missing(step)
        with visit_log(visit.folder, self.hide) as log:
            returned = handler.function(self._context(visit, log))
        result = sort_out(cast("HandlerResult", returned), handler.name)
        if result.declarations:
            self.component.declare(visit.node.id, result.declarations)
        return result

    def _context(self, visit: Visit, log: logging.Logger) -> Context:
        return Context(
            run=self.run,
            node=NodeInfo(visit.node.id, visit.node.label, visit.number, visit.attempt),
            vars=self.inputs.variables,
            values=visit.values,
            log=log,
            cancellation=visit.cancellation,
            folder=visit.folder,
            component=self.component,
            components=self.components,
            run_diagram=partial(self.run_diagram, visit),
            inputs=visit.items,
        )

    @cached_property
    def _variables_text(self) -> str:
        return json.dumps(self.inputs.variables.to_plain(), sort_keys=True, default=str)
