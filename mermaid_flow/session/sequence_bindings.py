"""What does the work of each step of a sequence diagram."""

from __future__ import annotations

import inspect
from dataclasses import dataclass

from mermaid_flow.engine.ports import Policy
from mermaid_flow.errors import MflowError
from mermaid_flow.graph.model import Node
from mermaid_flow.graph.sequence import Call, Lifetime, SequenceTree, Step, node_of, step_of
from mermaid_flow.graph.sequence_builder import HasHandler, HasLife
from mermaid_flow.handlers.declare import SET_UP, TEAR_DOWN
from mermaid_flow.handlers.registry import Handler, Registry, normalise
from mermaid_flow.session.bindings import Bindings
from mermaid_flow.syntax.sequence import SequenceDiagram


@dataclass(frozen=True)
class SequenceBindings:
    """The handlers and policies of one diagram. `common` are the project's bindings of it."""

    tree: SequenceTree
    common: Bindings

    def step(self, node: Node) -> Step:
        """The step that a node of the run belongs to."""
        return self._step(node.id)

    def handler(self, step: Step) -> Handler | None:
        """The function that does a step's work, or None."""
        registry, diagram = self.common.registry, self.common.diagram
        if isinstance(step, Call):
            return registry.message(participant_names(self.tree.diagram, step.target), normalise(step.text), diagram)
        if isinstance(step, Lifetime):
            return _life(registry, self.tree.diagram, diagram, step.participant, step.creates)
        return None

    def has_object(self, node: str) -> bool:
        """Whether an object that stands for a participant does the work of a node, given by its id."""
        handler = self.handler(self._step(node))
        return handler is not None and inspect.ismethod(handler.function)

    def missing(self, step: Call) -> MflowError:
        """What to say of a message that nothing takes."""
        receiver = self.tree.diagram.participants[step.target]
        return MflowError(
            f"nothing takes the message {step.text!r} to {receiver.description}",
            code="binding.missing",
            hint=self.common.registry.suggestion(step.text)
            or f"write a handler in {self.common.project.handlers.name}/: @message({step.target!r}, {step.text!r})",
            where=self.tree.diagram.source.location(step.span),
        )

    def policy(self, node: Node) -> Policy:
        """Retry, timeout and interruption policy of a step, by its text or its id."""
        step = self.step(node)
        handler = self.handler(step)
        default: dict[str, object] = {}
        if handler is not None:
            mark = handler.mark
            default = {"retry": mark.retry, "timeout": mark.timeout, "on_interrupted": mark.on_interrupted}
        return self.common.policies.of(node_of(step), None, default)

    def _step(self, node: str) -> Step:
        wanted = step_of(node)
        return next(step for step in self.tree.steps() if step.id == wanted)


def participant_names(diagram: SequenceDiagram, participant: str) -> tuple[str, ...]:
    """What handlers may call a participant: its id and its description."""
    return (participant, normalise(diagram.participants[participant].description))


def has_handler(registry: Registry, diagram: SequenceDiagram, name: str) -> HasHandler:
    """Tells the builder which messages something is bound to."""
    return lambda target, text: registry.message(participant_names(diagram, target), normalise(text), name) is not None


def has_life(registry: Registry, diagram: SequenceDiagram, name: str) -> HasLife:
    """Tells the builder which participants have something to set up or to tear down."""
    return lambda participant, creates: _life(registry, diagram, name, participant, creates) is not None


def _life(registry: Registry, diagram: SequenceDiagram, name: str, participant: str, creates: bool) -> Handler | None:
    return registry.lifetime(participant_names(diagram, participant), SET_UP if creates else TEAR_DOWN, name)
