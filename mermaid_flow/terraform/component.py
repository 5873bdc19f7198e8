"""A component as handlers and the session see it: the deployment, seen from one diagram."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from mermaid_flow.handlers.calls import Backend, Declaration
from mermaid_flow.terraform.deployment import Deployment
from mermaid_flow.terraform.drift import drift_as_plain
from mermaid_flow.terraform.plan import ComponentPlan
from mermaid_flow.terraform.provenance import Provenance


class TerraformComponent:
    """Implements `mermaid_flow.handlers.context.Component`. `labels` are the labels of the diagram's nodes by id."""

    def __init__(self, deployment: Deployment, diagram: str, labels: Mapping[str, str]) -> None:
        self._deployment = deployment
        self._diagram = diagram
        self._labels = labels

    @property
    def name(self) -> str:
        """The component's path, for instance `acme/dev/vpc`."""
        return self._deployment.name

    @property
    def folder(self) -> Path:
        """Where the root module is generated."""
        return self._deployment.folder

    @property
    def pending(self) -> bool:
        """Whether something was declared and is not applied yet."""
        return self._deployment.pending

    def declare(self, node: str, declarations: Sequence[Declaration]) -> None:
        """Replace what `node` declares. Raises DeclarationsInvalid for what can be judged at once, ComponentBusy."""
        self._deployment.declare(self._diagram, node, self._labels.get(node, node), declarations)

    def reserve(self) -> None:
        """Take the component for this run before anything else happens. Raises ComponentBusy."""
        self._deployment.reserve()

    def check(self) -> None:
        """Check everything that this run has declared, without Terraform. Raises DeclarationsInvalid."""
        self._deployment.check()

    def validate(self) -> None:
        """Let Terraform check everything declared, without planning. Raises TerraformFailed, DeclarationsInvalid."""
        self._deployment.validate(self._diagram)

    def apply(self, *, prune: bool = False) -> None:
        """Write, initialise, apply what is declared; a no-op when nothing has changed since the last apply of this run.

        `prune` is for the end of a run that has settled every node without failure: what earlier runs declared for
        nodes of the diagram, and this run did not, is destroyed. Raises DeclarationsInvalid and TerraformFailed, whose
        `errors` are by node, ComponentBusy and Cancelled.
        """
        self._deployment.apply(self._diagram, prune=prune)

    def plan(self, *options: str, prune: bool = False) -> ComponentPlan:
        """What `apply` would do; with `-refresh-only` what was changed outside, with `-destroy` what would go."""
        return self._deployment.plan(self._diagram, *options, prune=prune)

    def drift(self) -> Mapping[str, object]:
        """What differs between the state, what is really there and what is declared, as `drift_as_plain` has it."""
        return drift_as_plain(self._deployment.drift())

    def outputs(self) -> Mapping[str, object]:
        """The component's outputs; applies first if something is declared and not applied yet."""
        return self._deployment.outputs(self._diagram)

    def call_outputs(self, call: str) -> Mapping[str, object]:
        """All outputs of one module call; applies first like `outputs`."""
        return self._deployment.call_outputs(self._diagram, call)

    def destroy(self) -> None:
        """Destroy everything in the component's state and remove its folder."""
        self._deployment.destroy(self._diagram)

    def keep_state_in(self, backend: Backend | None) -> None:
        """Keep the state there from the next use on, moving it; None brings it home. Remembered from run to run."""
        self._deployment.keep_state_in(backend)

    @property
    def provenance(self) -> Provenance | None:
        """For whom and when it was deployed; None when it was not."""
        return self._deployment.provenance

    def terraform(self, *arguments: str) -> str:
        """What another Terraform command (`state list`, `import`, …) prints in the component's initialised folder."""
        return self._deployment.terraform(*arguments)
