"""Plans and applies one component within what the run allows: nothing at all, only what was reviewed, or everything."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from mermaid_flow.errors import MflowError
from mermaid_flow.terraform import provenance, unchanged
from mermaid_flow.terraform.commands import TerraformCommands
from mermaid_flow.terraform.declared import Declared
from mermaid_flow.terraform.plan import ComponentPlan, PlannedOutputs, differences, read_plan
from mermaid_flow.terraform.progress import ApplySummary, TerraformWarning
from mermaid_flow.terraform.reconcile import reconcile
from mermaid_flow.terraform.running import RunningCommands
from mermaid_flow.terraform.settings import Settings


class Applier:
    """Works in the component's prepared folder. Not for two threads at once.

    `limits` are `-target` options: none for the whole component.
    """

    def __init__(
        self,
        name: str,
        folder: Path,
        settings: Settings,
        terraform: TerraformCommands,
        running: RunningCommands,
        declared: Declared,
    ) -> None:
        self.planned: PlannedOutputs | None = None
        """The outputs as the last plan has them."""
        self._name = name
        self._folder = folder
        self._settings = settings
        self._terraform = terraform
        self._running = running
        self._declared = declared
        reviewed = (settings.reviewed or {}).get(name)
        self._reviewed = reviewed.changes if reviewed is not None else ()

    def plan(self, *options: str, keep: bool = False) -> ComponentPlan:
        """Plan; `keep` leaves the file for an apply."""
        shown = self._terraform.plan(*options, keep=keep)
        self.planned = PlannedOutputs.read(shown)
        return read_plan(self._name, shown, self._terraform.attribution)

    def apply(self, limits: Sequence[str], *, partial: bool, elsewhere: bool) -> bool:
        """Apply, unless an apply would find nothing to do as far as can be told without Terraform; whether it did.

        `elsewhere` says that the state is kept in a backend, where nobody can tell. Raises MflowError (code
        `terraform.review`) when the plan is not the reviewed one.
        """
        self.put_right(limits)
        asked = self._settings.skip_unchanged and self._settings.reviewed is None and not limits
        if asked and not elsewhere and unchanged.is_unchanged(self._folder):
            self._settings.observe(ApplySummary(self._name, 0, 0, 0, 0.0))
            return False
        unchanged.forget(self._folder)
        region = self._settings.target.region
        provenance.begin(self._folder, self._settings.owners, self._deployed_for(), region=region)
        try:
            if self._settings.reviewed is None:
                self._terraform.apply(limits)
            else:
                self._apply_reviewed(limits, partial=partial)
        finally:
            provenance.end(self._folder)
        if not limits:
            unchanged.remember(self._folder)
        return True

    def put_right(self, limits: Sequence[str] = ()) -> None:
        """Put right what a run left behind in which Terraform was killed."""

        def tell(address: str, message: str) -> None:
            node = self._terraform.attribution.node(address)
            self._settings.observe(TerraformWarning(self._name, node, message))

        reconcile(self._terraform, self._running, self._folder, tell, limits)

    def _deployed_for(self) -> Sequence[str]:
        """The nodes of the outermost diagram for whose work this is."""
        if self._settings.node:
            return (self._settings.node,)
        return sorted({entry.node for entry in self._declared.renewed()})

    def _apply_reviewed(self, limits: Sequence[str], *, partial: bool) -> None:
        fresh = self.plan(*limits, keep=True)
        if lines := differences(self._reviewed, fresh, partial=partial):
            raise MflowError(
                f"the plan of {self._name} is no longer the reviewed one:\n  " + "\n  ".join(lines),
                code="terraform.review",
                hint="review a new plan",
            )
        self._terraform.apply_plan()
        done = {change.address for change in fresh.changes}
        self._reviewed = tuple(change for change in self._reviewed if change.address not in done)
