"""What does the work of each node: handlers, expressions and policies, wherever they are written."""

from __future__ import annotations

import hashlib
import inspect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from mermaid_flow.engine.policies import Policies, read_policies
from mermaid_flow.engine.ports import Answer, Policy
from mermaid_flow.errors import MflowError
from mermaid_flow.graph.model import Edge, EdgeKind, FlowGraph, Node, Role
from mermaid_flow.handlers.context import Context
from mermaid_flow.handlers.registry import Handler, Registry, normalise
from mermaid_flow.inputs.decisions import FUNCTION, Bound, Question, answer
from mermaid_flow.inputs.expressions import Expression, Scope
from mermaid_flow.inputs.layers import Inputs
from mermaid_flow.inputs.variables import Variables
from mermaid_flow.session.project import Project
from mermaid_flow.syntax.flowchart import Flowchart
from mermaid_flow.syntax.sequence import SequenceDiagram

NEEDS_HANDLER = frozenset({Role.ACTION})
"""Roles that mean nothing without a handler."""


class KnownLater(MflowError):
    """The answer depends on something that only the run will show: a probe, or what an earlier node returns."""


@dataclass(frozen=True)
class Bindings:
    """The handlers, expressions and policies of one diagram in one project."""

    project: Project
    registry: Registry
    diagram: str
    expressions: Mapping[str, Expression]
    policies: Policies

    def handler(self, node: Node) -> Handler | None:
        """The function that does the node's work, or None."""
        if node.role is Role.DECISION:
            return self.registry.decision(node.id, normalise(node.label), self.diagram)
        return self.registry.action(node.id, normalise(node.label), self.diagram)

    def missing(self, node: Node) -> MflowError:
        """What to say of an action that nothing is bound to."""
        write = f"write one in {self.project.handlers.name}/: @action({node.label!r})"
        if self.project.file is None:
            write = (
                f"handlers are looked for in {self.project.handlers}, since there is no mflow.yaml in the diagram's "
                f"folder or above: put one (it may be empty) beside your {self.project.handlers.name}/"
            )
        return MflowError(
            f"no handler is bound to {node.id} ({node.label!r})",
            code="binding.missing",
            hint=self.registry.suggestion(node.label) or write,
        )

    def policy(self, node: Node, graph: FlowGraph) -> Policy:
        """Retry, timeout and interruption policy of a node."""
        handler = self.handler(node)
        default: dict[str, object] = {}
        if handler is not None:
            mark = handler.mark
            default = {"retry": mark.retry, "timeout": mark.timeout, "on_interrupted": mark.on_interrupted}
        return self.policies.of(node, graph, default)

    def decide(
        self,
        node: Node,
        graph: FlowGraph,
        inputs: Inputs,
        context: Context,
        *,
        probing: bool,
    ) -> Answer:
        """Answer a decision. With `probing` False, a probe raises KnownLater instead of looking at the world."""
        handler = self.handler(node)
        edges = decision_edges(node, graph)
        seen = Variables(context.vars.layers)
        expression = self.expressions.get(node.id) or self.expressions.get(normalise(node.label))
        found = answer(
            question(node, edges, handler, graph),
            answers=inputs.answers,
            decisions=inputs.decisions,
            variables=context.vars,
            expression=bound_expression(expression, context) if expression else None,
            function=bound_function(handler, replace(context, vars=seen), probing) if handler else None,
        )
        where = found.where
        if found.source == FUNCTION and (read := _deciding_variables(seen, context.vars)):
            where = f"{where}, {read}"
        return Answer(found.value, tuple(edges[i].index for i in found.indexes), found.labels, found.source, where)

    def digest(self, node: Node) -> str:
        """A digest of the handler's source, so that a changed handler is noticed on resume."""
        handler = self.handler(node)
        if handler is None:
            return ""
        try:
            text = inspect.getsource(handler.function)
        except (OSError, TypeError):
            return ""
        return hashlib.sha256(text.encode()).hexdigest()[:16]


def bind(project: Project, registry: Registry, name: str, diagram: Flowchart | SequenceDiagram) -> Bindings:
    """Collect what is bound to a diagram. Raises MflowError for expressions and policies that cannot be read."""
    own = _section(diagram.front_matter.get("mflow"))
    texts = {**project.decisions.get(name, {}), **_section(own.get("decisions"))}
    expressions = {str(key): Expression(str(text)) for key, text in texts.items()}
    return Bindings(project, registry, name, expressions, read_policies(project.policies, own.get("policies")))


def _section(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}


def bound_expression(expression: Expression, context: Context) -> Bound:
    """An expression as a source of answers."""
    scope = Scope(context.vars, context.values, context.inputs)
    return Bound(lambda: expression.evaluate(scope), f"expression {expression.text}", expression.where)


def bound_function(handler: Handler, context: Context, probing: bool) -> Bound:
    """A `decision` function as a source of answers; without `probing` it does not look at the world."""

    def evaluate() -> object:
        if handler.mark.probe and not probing:
            raise KnownLater("known when the run comes to it", code="decision.later")
        return handler.function(context)

    return Bound(evaluate, f"{handler.name}()", None)


def _deciding_variables(seen: Variables, variables: Variables) -> str:
    """The variables that a function read, each with its place: in truth they decided."""
    places: list[str] = []
    for path in sorted(seen.used()):
        variables.get(path)  # what the function read counts as read by the run
        places.append(f"{path} at {variables.origin(path)}")
    return ", ".join(places)


def decision_edges(node: Node, graph: FlowGraph) -> tuple[Edge, ...]:
    """The out-edges that a decision picks from; catch edges are not among them."""
    return tuple(edge for edge in graph.outgoing[node.id] if edge.kind is not EdgeKind.CATCH)


def question(node: Node, edges: Sequence[Edge], handler: Handler | None, graph: FlowGraph) -> Question:
    """The decision as it is put to its sources."""
    aliases = handler.mark.aliases if handler else {}
    where = graph.diagram.source.location(node.span)
    return Question(node.id, node.label, tuple(edge.label for edge in edges), aliases, where)
