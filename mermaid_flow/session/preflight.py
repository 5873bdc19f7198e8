"""Walks a diagram before it runs: the same scheduler, pure handlers for real, everything with effects left out.

It finds every mistake that can be known beforehand, all at once, and it knows the path that will be taken: `mflow run`
checks with it, `mflow plan` shows it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import cast

from mermaid_flow.engine.events import Event, EventType
from mermaid_flow.engine.ports import Answer
from mermaid_flow.engine.scheduler import Decide, Finish, Record, Scheduler, Settle, Start
from mermaid_flow.errors import MflowError, Problems
from mermaid_flow.graph.model import EdgeKind, FlowGraph, Node
from mermaid_flow.graph.selection import LEFT_OUT
from mermaid_flow.graph.zones import reachable
from mermaid_flow.handlers.calls import Declaration, HandlerResult
from mermaid_flow.handlers.context import Context, RunInfo
from mermaid_flow.handlers.declare import Kind
from mermaid_flow.handlers.registry import Handler, sort_out
from mermaid_flow.inputs.layers import Inputs
from mermaid_flow.session.bindings import NEEDS_HANDLER, Bindings, KnownLater, decision_edges
from mermaid_flow.session.contexts import dry_context


@dataclass(frozen=True, slots=True)
class Step:
    """One node of the expected path. Nodes of the same `wave` could run side by side."""

    node: Node
    wave: int
    handler: str = ""
    answer: Answer | None = None
    declarations: tuple[Declaration, ...] = ()
    later: str = ""
    """Why it is not known yet what the node does or answers; empty when it is known."""
    certain: bool = True
    """False for a node that only some answer of a decision that is not known yet leads to."""
    failed: bool = False
    """True when the node's handler found its inputs wrong, or there is none: what it declares is not known."""
    declares_later: bool = False
    """True when the handler could not be asked yet what it declares: it needs what another component puts out."""


@dataclass(frozen=True, slots=True)
class Walk:
    """What is known before the run: the expected path in order, and everything that is wrong."""

    steps: tuple[Step, ...]
    problems: tuple[MflowError, ...]
    warnings: tuple[MflowError, ...] = ()
    values: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    """What pure handlers returned, by node."""


@dataclass
class _Walker:
    graph: FlowGraph
    bindings: Bindings
    inputs: Inputs
    run: RunInfo
    left_out: frozenset[str] = frozenset()
    steps: list[Step] = field(default_factory=list)
    problems: list[MflowError] = field(default_factory=list)
    values: dict[str, Mapping[str, object]] = field(default_factory=dict)
    waves: dict[str, int] = field(default_factory=dict)
    uncertain: set[str] = field(default_factory=set)
    reported: set[tuple[str, str]] = field(default_factory=set)

    def walk(self) -> Walk:
        for handler in self.bindings.registry.checks(self.graph.name):
            self._check(cast("Callable[[Context], Iterable[MflowError]]", handler.function))
        scheduler = Scheduler(self.graph)
        while not scheduler.finished:
            for command in scheduler.commands():
                match command:
                    case Record(event):
                        scheduler.apply(event)
                    case Start(name, visit):
                        scheduler.apply(Event(EventType.NODE_STARTED, name, visit))
                        self._start(self.graph.nodes[name])
                        scheduler.apply(Event(EventType.NODE_SUCCEEDED, name, visit))
                    case Decide(name, visit):
                        edges = self._decide(self.graph.nodes[name])
                        scheduler.apply(Event(EventType.NODE_STARTED, name, visit))
                        scheduler.apply(Event(EventType.DECISION_ANSWERED, name, visit, {"edges": edges}))
                    case Settle(stage):
                        scheduler.apply(Event(EventType.SETTLED, data={"stage": stage}))
                    case Finish(status):
                        scheduler.apply(Event(EventType.RUN_FINISHED, data={"status": status}))
                    case _:
                        raise AssertionError(f"nothing is cancelled before the run: {command}")
        self._look_behind_catches()
        return Walk(tuple(self.steps), tuple(self.problems), values=self.values)

    def _check(self, function: Callable[[Context], Iterable[MflowError]]) -> None:
        node = next(iter(self.graph.nodes.values()))
        context = dry_context(self.run, node, self.graph, self.inputs.variables, {})
        try:
            for problem in function(context):
                self._problem(node, problem, located=True)
        except MflowError as problem:
            self._problem(node, problem, located=True)

    def _start(self, node: Node) -> None:
        if node.id in self.left_out:
            self._step(node, later=LEFT_OUT)
            return
        handler = self.bindings.handler(node)
        if handler is None:
            self._missing(node)
            self._step(node, failed=node.role in NEEDS_HANDLER)
            return
        if handler.mark.kind is not Kind.CONFIGURE:
            self._step(node, handler=handler.name, later="runs a handler with effects")
            return
        context = dry_context(self.run, node, self.graph, self.inputs.variables, self.values)
        try:
            result = sort_out(cast("HandlerResult", handler.function(context)), handler.name)
        except KnownLater as later:
            self._step(node, handler=handler.name, later=later.message, declares_later=True)
            return
        except MflowError as problem:
            self._problem(node, problem)
            self._step(node, handler=handler.name, failed=True)
            return
        except Exception as error:
            # Inputs that are known to be wrong may well upset a handler: then they are what has to be told.
            if not self.problems:
                self._problem(node, _upset(handler, error))
            self._step(node, handler=handler.name, failed=True)
            return
        self.values[node.id] = result.values
        self._step(node, handler=handler.name, declarations=result.declarations)

    def _missing(self, node: Node) -> None:
        if node.role in NEEDS_HANDLER:
            missing = self.bindings.missing(node)
            where = self.graph.diagram.source.location(node.span)
            self.problems.append(MflowError(missing.message, code=missing.code, hint=missing.hint, where=where))

    def _look_behind_catches(self) -> None:
        """Failures are not walked, but a failure is the wrong time to learn that nobody wrote the way out of it."""
        walked = {step.node.id for step in self.steps} | self.left_out
        caught = [
            edge.target
            for name in walked - self.left_out
            for edge in self.graph.outgoing[name]
            if edge.kind is EdgeKind.CATCH
        ]
        behind = reachable(self.graph, caught) - walked
        for node in sorted((self.graph.nodes[name] for name in behind), key=lambda node: node.order):
            if self.bindings.handler(node) is None:
                self._missing(node)

    def _decide(self, node: Node) -> list[int]:
        context = dry_context(self.run, node, self.graph, self.inputs.variables, self.values)
        edges = decision_edges(node, self.graph)
        forward = [edge.index for edge in edges if not edge.back]
        try:
            answer = self.bindings.decide(node, self.graph, self.inputs, context, probing=False)
        except KnownLater as later:
            self._step(node, later=later.message)
        except MflowError as problem:
            if (problem.code, problem.message) not in self.reported:
                self.reported.add((problem.code, problem.message))
                where = problem.where or self.graph.diagram.source.location(node.span)
                self.problems.append(MflowError(problem.message, code=problem.code, hint=problem.hint, where=where))
            self._step(node, later="not answered", failed=True)
        else:
            self._step(node, answer=answer)
            # A pure answer is the same in every lap: walking the loop once shows all of it.
            return [index for index in answer.edges if not self.graph.edges[index].back] or forward
        self._branch(forward)
        return forward

    def _branch(self, edges: list[int]) -> None:
        """Mark what only some answer of an unknown decision leads to."""
        reached = [self._reachable(self.graph.edges[index].target) for index in edges]
        if reached:
            self.uncertain |= reached[0].union(*reached) - reached[0].intersection(*reached)

    def _reachable(self, start: str) -> set[str]:
        found, ahead = {start}, [start]
        while ahead:
            for edge in self.graph.outgoing[ahead.pop()]:
                if not edge.back and edge.target not in found:
                    found.add(edge.target)
                    ahead.append(edge.target)
        return found

    def _problem(self, node: Node, problem: MflowError, *, located: bool = False) -> None:
        if node.id in self.uncertain:
            return
        for each in problem.problems if isinstance(problem, Problems) else (problem,):
            if (each.code, each.message) in self.reported:
                continue
            self.reported.add((each.code, each.message))
            message = each.message if located else f"{node.label}: {each.message}"
            self.problems.append(MflowError(message, code=each.code, hint=each.hint, where=each.where))

    def _step(
        self,
        node: Node,
        *,
        handler: str = "",
        answer: Answer | None = None,
        declarations: tuple[Declaration, ...] = (),
        later: str = "",
        failed: bool = False,
        declares_later: bool = False,
    ) -> None:
        sources = [self.waves[e.source] for e in self.graph.incoming[node.id] if e.source in self.waves]
        self.waves[node.id] = wave = 1 + max(sources, default=-1)
        certain = node.id not in self.uncertain
        self.steps.append(Step(node, wave, handler, answer, declarations, later, certain, failed, declares_later))


def _upset(handler: Handler, error: Exception) -> MflowError:
    return MflowError(
        f"the handler {handler.name} failed with {type(error).__name__}: {error}",
        code="handler.failed",
        where=handler.where,
        hint="it is called before the run to check its inputs; it should raise MflowError for what it cannot take",
    )


def walk(
    graph: FlowGraph, bindings: Bindings, inputs: Inputs, run: RunInfo, left_out: frozenset[str] = frozenset()
) -> Walk:
    """Walk the diagram with these inputs, changing nothing. Nodes that are `left_out` are passed by."""
    return _Walker(graph, bindings, inputs, run, left_out).walk()
