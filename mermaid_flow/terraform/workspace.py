"""All components of a project on one target: where their folders are, and that each exists once in a run."""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import quote, unquote

from mermaid_flow.errors import MflowError
from mermaid_flow.terraform import provenance
from mermaid_flow.terraform.component import TerraformComponent
from mermaid_flow.terraform.declared import DECLARATIONS
from mermaid_flow.terraform.deployment import Deployment
from mermaid_flow.terraform.settings import Settings
from mermaid_flow.terraform.warm_providers import WarmProviders

_LONGEST_NAME = 200


@dataclass(slots=True)
class _Opened:
    """What all diagrams of a run share."""

    deployments: dict[Path, Deployment] = field(default_factory=dict)
    providers: WarmProviders = field(default_factory=WarmProviders)
    interrupted: bool = False
    guard: threading.Lock = field(default_factory=threading.Lock)


class TerraformComponents:
    """Implements `mermaid_flow.handlers.context.Components`. Thread-safe.

    `environment` names where the run works, outermost first: usually `tenant`, `account`, `environment`; each value
    that is not empty is a folder. `diagram` and `labels` belong to the diagram whose nodes use the components.
    """

    def __init__(
        self, settings: Settings, *, diagram: str, labels: Mapping[str, str], environment: Mapping[str, str]
    ) -> None:
        self._settings = settings
        self._diagram = diagram
        self._labels = labels
        self._environment = dict(environment)
        self._opened = _Opened()

    def for_diagram(self, diagram: str, labels: Mapping[str, str]) -> TerraformComponents:
        """The same components for a sub-workflow: both see the same declarations, and neither locks the other out."""
        other = TerraformComponents(self._settings, diagram=diagram, labels=labels, environment=self._environment)
        other._opened = self._opened
        return other

    def open(self, name: str, *, environment: Mapping[str, str] | None = None) -> TerraformComponent:
        """The component of that short name (`vpc`, `vpc/main`) in the run's environment or in another one.

        Opening touches nothing; the component is locked for the run by the first call that writes.
        """
        where = self._environment if environment is None else environment
        order = dict.fromkeys([*self._environment, *where])  # the run's order, however the other one is written
        return self._component([*(where[key] for key in order if where.get(key)), name])

    def opened(self) -> tuple[TerraformComponent, ...]:
        """Every component that was opened so far."""
        return tuple(TerraformComponent(found, self._diagram, self._labels) for found in self._deployments())

    def existing(self) -> tuple[TerraformComponent, ...]:
        """Every component of the target that has been declared and not been destroyed, in all environments.

        Each is worked on in the region that it lies in, whatever the run's is.
        """
        folder = self._settings.top / self._settings.target.name
        found = []
        for path, below, files in os.walk(folder):
            if DECLARATIONS in files:
                found.append(Path(path).relative_to(folder).parts)
                below.clear()
        return tuple(
            self._component([unquote(part) for part in parts], self._where_it_lies(folder.joinpath(*parts)))
            for parts in sorted(found)
        )

    def _where_it_lies(self, folder: Path) -> Settings:
        known, target = provenance.read(folder), self._settings.target
        if known is None or known.region in ("", target.region):
            return self._settings
        return replace(self._settings, target=target.in_region(known.region))

    def interrupt(self, *, again: bool = False) -> None:
        """Interrupt Terraform in every component and start it no more; `again` makes it give up at once."""
        self._opened.interrupted = True
        for deployment in self._deployments():
            deployment.interrupt(again=again)

    def close(self) -> None:
        """Give all components free for other runs."""
        for deployment in self._deployments():
            deployment.close()
        self._opened.providers.close()

    def _component(self, parts: Sequence[str], settings: Settings | None = None) -> TerraformComponent:
        folder = self._settings.top / component_folder(self._settings.target.name, parts)
        with self._opened.guard:
            deployment = self._opened.deployments.get(folder)
            if deployment is None:
                deployment = Deployment("/".join(parts), folder, settings or self._settings, self._opened.providers)
                self._opened.deployments[folder] = deployment
            if self._opened.interrupted:
                deployment.interrupt()
        return TerraformComponent(deployment, self._diagram, self._labels)

    def _deployments(self) -> list[Deployment]:
        with self._opened.guard:
            return list(self._opened.deployments.values())


def component_folder(target: str, parts: Sequence[str]) -> Path:
    """The folder of a component below the folder of all components. Different names never share a folder.

    Raises MflowError (code `terraform.component`) for an empty name and for one that no file system would take.
    """
    return Path(target, *(_file_name(part) for part in parts))


def _file_name(part: str) -> str:
    """One part of a component's path as a file name: percent-encoded, so that it stays in its folder and is unique."""
    try:
        name = quote(part, safe="")
    except UnicodeEncodeError:
        name = ""
    if not 0 < len(name) <= _LONGEST_NAME:
        raise MflowError(f"{part!r} is not a name for a component or an environment", code="terraform.component")
    return f"%2E{name[1:]}" if name.startswith(".") else name
