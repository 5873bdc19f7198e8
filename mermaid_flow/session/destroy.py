"""Takes down what a diagram's runs have built: its own component, and every other one that was deployed for it.

The components go in the reverse of the order in which they came: one is destroyed when nothing is left that was
deployed after it was there. What was deployed side by side goes side by side.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait

from mermaid_flow.errors import MflowError, Problems
from mermaid_flow.session.run import component_settings, labels_of
from mermaid_flow.session.sequence import AnyPrepared
from mermaid_flow.terraform.component import TerraformComponent
from mermaid_flow.terraform.progress import ComponentEvent
from mermaid_flow.terraform.workspace import TerraformComponents

SIDE_BY_SIDE = 4
"""Components that are destroyed at a time."""


def destroy(prepared: AnyPrepared, observe: Callable[[ComponentEvent], None]) -> tuple[str, ...]:
    """Destroy the diagram's component and those deployed for it; returns their names in the order in which they went.

    What was deployed for another diagram before stays. A component that cannot be destroyed keeps those that it may
    need; the others go. `observe` is called from several threads. Raises TerraformFailed, ComponentBusy, or Problems
    with several of them.
    """
    components = _components(prepared, observe)
    try:
        prepared.target.ensure()
        teardown = _Teardown(_belonging(components, prepared))
        for component in teardown.ahead.values():
            component.reserve()  # one that another run works on is found before anything is gone
        teardown.carry_out()
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
    return [own, *others]


class _Teardown:
    """What is still there of a diagram's components, and what has become of the others."""

    def __init__(self, components: Sequence[TerraformComponent]) -> None:
        self.ahead = {component.name: component for component in components}
        self.gone: list[str] = []
        self.failures: dict[str, MflowError] = {}
        self._known = {component.name: component.provenance for component in components}

    def carry_out(self) -> None:
        """Destroy until nothing is left that can be."""
        running: dict[Future[None], str] = {}
        with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
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
        return first is not None and second is not None and first.may_need(second)

    def _settle(self, name: str, future: Future[None]) -> None:
        try:
            future.result()
        except MflowError as error:
            self.failures[name] = error
        else:
            self.gone.append(name)
            del self.ahead[name]
