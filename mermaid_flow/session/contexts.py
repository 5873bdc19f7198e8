"""Makes the contexts that handlers get: the real one during a run, and a dry one that can change nothing before it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from mermaid_flow.graph.model import FlowGraph, Node
from mermaid_flow.handlers.calls import Backend, Declaration
from mermaid_flow.handlers.context import Cancellation, Component, Components, Context, NodeInfo, RunInfo
from mermaid_flow.inputs.variables import Variables
from mermaid_flow.session.bindings import KnownLater


def node_info(node: Node, graph: FlowGraph, visit: int = 1, attempt: int = 1) -> NodeInfo:
    """What a handler is told about its node."""
    return NodeInfo(node.id, node.label, visit, attempt, tuple(edge.label for edge in graph.outgoing[node.id]))


@contextmanager
def visit_log(folder: Path, hide: Callable[[str], str]) -> Iterator[logging.Logger]:
    """A logger that writes to `log.txt` in the visit's folder, with secrets hidden."""
    folder.mkdir(parents=True, exist_ok=True)
    logger = logging.Logger("mflow.visit", logging.DEBUG)
    handler = logging.FileHandler(folder / "log.txt", encoding="utf-8", delay=True)
    handler.setFormatter(_Hiding("%(asctime)s %(levelname)s %(message)s", hide))
    logger.addHandler(handler)
    try:
        yield logger
    finally:
        handler.close()


class _Hiding(logging.Formatter):
    """Hides secrets in the finished line, whatever part of it they came in by."""

    def __init__(self, form: str, hide: Callable[[str], str]) -> None:
        super().__init__(form)
        self._hide = hide

    def format(self, record: logging.LogRecord) -> str:
        return self._hide(super().format(record))


class _LaterValues(Mapping[str, Mapping[str, object]]):
    """The values of earlier nodes before the run: what pure nodes returned is known, the rest is not."""

    def __init__(self, known: Mapping[str, Mapping[str, object]], nodes: Mapping[str, object]) -> None:
        self._known = known
        self._nodes = nodes

    def __getitem__(self, node: str) -> Mapping[str, object]:
        if node not in self._known and node in self._nodes:
            raise KnownLater(f"what {node} returns is known when it has run", code="value.later")
        return self._known[node]

    def __iter__(self) -> Iterator[str]:
        return iter(self._known)

    def __len__(self) -> int:
        return len(self._known)


@dataclass(frozen=True, slots=True)
class _DryComponent:
    """Stands for a component before the run: everything that would touch the world is known later."""

    name: str
    folder: Path

    def declare(self, node: str, declarations: Sequence[Declaration]) -> None:
        _later(f"what {node} declares in {self.name}: {len(declarations)} things")

    def apply(self) -> None:
        _later("an apply")

    def outputs(self) -> Mapping[str, object]:
        _later(f"the outputs of {self.name}")

    def call_outputs(self, call: str) -> Mapping[str, object]:
        _later(f"the outputs of module {call}")

    def drift(self) -> Mapping[str, object]:
        _later(f"the drift of {self.name}")

    def destroy(self) -> None:
        _later("a destroy")

    def keep_state_in(self, backend: Backend | None) -> None:
        _later(f"where the state is kept: {backend.type if backend else 'here'}")

    def terraform(self, *arguments: str) -> str:
        _later(f"terraform {arguments[0]}")


@dataclass(frozen=True, slots=True)
class _DryComponents:
    folder: Path

    def open(self, name: str, *, environment: Mapping[str, str] | None = None) -> Component:  # noqa: ARG002
        return _DryComponent(name, self.folder / name)

    def existing(self) -> Sequence[Component]:
        _later("which components exist")


def _later(what: str) -> NoReturn:
    raise KnownLater(f"{what}: known during the run", code="value.later")


def _no_diagram(name: str, **_: object) -> Mapping[str, object]:
    _later(f"what the diagram {name} returns")


def dry_context(
    run: RunInfo,
    node: Node,
    graph: FlowGraph,
    variables: Variables,
    values: Mapping[str, Mapping[str, object]],
) -> Context:
    """The context of a pure handler before the run: reading vars works, everything else is `KnownLater`."""
    return bare_context(run, node_info(node, graph), variables, _LaterValues(values, graph.nodes), graph.name)


def bare_context(
    run: RunInfo,
    node: NodeInfo,
    variables: Variables,
    values: Mapping[str, Mapping[str, object]],
    component: str,
) -> Context:
    """A dry context with these values, and no others."""
    logger = logging.Logger("mflow.dry")
    logger.addHandler(logging.NullHandler())
    components: Components = _DryComponents(run.folder)
    return Context(
        run=run,
        node=node,
        vars=variables,
        values=values,
        log=logger,
        cancellation=Cancellation(),
        folder=run.folder,
        component=components.open(component),
        components=components,
        run_diagram=_no_diagram,
    )
