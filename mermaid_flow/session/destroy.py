"""Takes down what a diagram's runs have built: its own component, and every other one that was deployed for it.

The components go backwards: one is destroyed when nothing is left that may need it. Of two that were deployed for
nodes of a flowchart, its arrows say which needs which; of others, the one that came when the other was there already.
What does not need each other goes side by side.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait

from mermaid_flow.errors import MflowError, Problems
from mermaid_flow.graph.model import FlowGraph
from mermaid_flow.graph.zones import reachable
from mermaid_flow.session.prepare import Prepared
from mermaid_flow.session.run import component_settings, labels_of
from mermaid_flow.session.sequence import AnyPrepared
from mermaid_flow.terraform.component import TerraformComponent
from mermaid_flow.terraform.progress import ComponentEvent
from mermaid_flow.terraform.workspace import TerraformComponents


def destroy(prepared: AnyPrepared, observe: Callable[[ComponentEvent], None]) -> tuple[str, ...]:
    """Destroy the diagram's component and those deployed for it; returns their names in the order in which they went.

    Of a diagram that is limited to a part, only those go that were deployed for nodes of that part alone.
    What was deployed for another diagram before stays. A component that cannot be destroyed keeps those that it may
    need; the others go. `observe` is called from several threads. Raises TerraformFailed, ComponentBusy, or Problems
    with several of them.
    """
    components = _components(prepared, observe)
    try:
        prepared.target.ensure()
        graph = prepared.graph if isinstance(prepared, Prepared) else None
        teardown = _Teardown(_belonging(components, prepared), graph)
        for component in teardown.ahead.values():
            component.reserve()  # one that another run works on is found before anything is gone
        teardown.carry_out(prepared.project.parallel)
    finally:
        components.close()
    failures = tuple(teardown.failures.values())
    if failures:
        raise failures[0] if len(failures) == 1 else Problems(failures)
    return tuple(teardown.gone)


def destroyed_with(prepared: AnyPrepared) -> tuple[str, ...]:
    """The names of the components that `destroy` would take down, without touching any."""
    return tuple(component.name for component in _belonging(_components(prepared, lambda _: None), prepared))


def _components(prepared: AnyPrepared, observe: Callable[[ComponentEvent], None]) -> TerraformComponents:
    settings = component_settings(prepared, "destroy", prepared.project.logs, observe)
    return TerraformComponents(
        settings, diagram=prepared.name, labels=labels_of(prepared), environment=prepared.environment
    )


def _belonging(components: TerraformComponents, prepared: AnyPrepared) -> list[TerraformComponent]:
    own = components.open(prepared.component)
    others = [
        component
        for component in components.existing()
        if component.name != own.name and (known := component.provenance) is not None and own.name in known.owners
    ]
    without = prepared.left_out if isinstance(prepared, Prepared) else frozenset()
    if not without:
        return [own, *others]
    return [
        component
        for component in (own, *others)
        if (known := component.provenance) is not None and known.nodes and without.isdisjoint(known.nodes)
    ]


class _Teardown:
    """What is still there of a diagram's components, and what has become of the others."""

    def __init__(self, components: Sequence[TerraformComponent], graph: FlowGraph | None) -> None:
        self.ahead = {component.name: component for component in components}
        self.gone: list[str] = []
        self.failures: dict[str, MflowError] = {}
        self._known = {component.name: component.provenance for component in components}
        self._graph = graph

    def carry_out(self, parallel: int) -> None:
        """Destroy until nothing is left that can be, up to `parallel` at a time."""
        running: dict[Future[None], str] = {}
        with ThreadPoolExecutor(parallel) as pool:
            while True:
                for name in self._free(running.values()):
                    running[pool.submit(self.ahead[name].destroy)] = name
                if not running:
                    return
                for future in wait(running, return_when=FIRST_COMPLETED).done:
                    self._settle(running.pop(future), future)

    def _free(self, running: Collection[str]) -> list[str]:
        """What nothing that is left may need."""
        waiting = [name for name in self.ahead if name not in running and name not in self.failures]
        return [name for name in waiting if not any(self._may_need(other, name) for other in self.ahead)]

    def _may_need(self, one: str, other: str) -> bool:
        first, second = self._known[one], self._known[other]
        if first is None or second is None:
            return False
        if self._graph is not None and (drawn := _leads(self._graph, second.nodes, first.nodes)) is not None:
            return drawn
        return first.may_need(second)

    def _settle(self, name: str, future: Future[None]) -> None:
        try:
            future.result()
        except MflowError as error:
            self.failures[name] = error
        else:
            self.gone.append(name)
            del self.ahead[name]


def _leads(graph: FlowGraph, sources: Collection[str], targets: Collection[str]) -> bool | None:
    """Whether arrows lead from one of these nodes to one of those; None when that cannot be told by the arrows.

    Nodes that the diagram does not have any more tell nothing, and neither does work of the same nodes. Stages wait for
    each other where no arrow leads from node to node.
    """
    told = sources and targets and graph.nodes.keys() >= {*sources, *targets} and set(sources).isdisjoint(targets)
    told = told and not graph.barriers
    return not reachable(graph, sources).isdisjoint(targets) if told else None
