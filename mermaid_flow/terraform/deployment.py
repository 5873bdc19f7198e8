"""One component on this machine: its folder, its lock, its declarations, and Terraform at work in it.

Threads declare and apply at will: declaring never waits for an apply, and applies come one after the other. The folder
is derived from the declarations every time, so that it never matters who wrote it last.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from mermaid_flow.errors import MflowError, did_you_mean
from mermaid_flow.handlers.calls import Backend, Declaration
from mermaid_flow.terraform import backend_file, provenance
from mermaid_flow.terraform.applying import Applier
from mermaid_flow.terraform.assembly import CALLS_OUTPUT, assemble
from mermaid_flow.terraform.commands import STATE_FILE, OutputValue, TerraformCommands
from mermaid_flow.terraform.declared import Declared
from mermaid_flow.terraform.drift import ComponentDrift
from mermaid_flow.terraform.drift_reading import read_drift
from mermaid_flow.terraform.errors import TerraformFailed
from mermaid_flow.terraform.folder import (
    override_files,
    remember_instance,
    remove_folder,
    set_stale_state_aside,
    write_folder,
)
from mermaid_flow.terraform.lock import ComponentLock
from mermaid_flow.terraform.plan import SENSITIVE, ComponentPlan, PlannedOutputs
from mermaid_flow.terraform.process import TerraformProcess
from mermaid_flow.terraform.progress import Attribution, OutputsRead, TerraformWarning
from mermaid_flow.terraform.provenance import Provenance
from mermaid_flow.terraform.root_module import write_root_module
from mermaid_flow.terraform.settings import Settings
from mermaid_flow.terraform.warm_providers import WarmProviders


class Deployment:
    """One component, shared by all diagrams of a run that open it. Thread-safe.

    `diagram` is the diagram whose nodes ask: progress and errors are led back to its nodes, and only its own entries
    are ever dropped for it.
    """

    def __init__(self, name: str, folder: Path, settings: Settings, providers: WarmProviders | None = None) -> None:
        self.name = name
        self.folder = folder
        self._settings = settings
        place = folder.relative_to(settings.top)
        self._lock = ComponentLock(settings.top / ".locks" / f"{place}.lock", name, settings.run)
        log = settings.logs / f"{place}.log"
        self._providers = providers or WarmProviders()
        self._warmth: Mapping[str, str] = {}
        """What the environment of commands has besides, while they use a provider that is running already."""
        self._process = TerraformProcess(settings.binary, folder, log, self._environment, self._lock, settings.timeout)
        self._terraform = TerraformCommands(name, folder, self._process, settings.observe, settings.parallelism)
        self._working = threading.RLock()  # held while Terraform works or the folder is written
        self._guard = threading.RLock()  # held for moments: it keeps lock and declarations together
        self._declared = Declared(folder, settings.library, settings.run, keeps=not settings.plan_only)
        self._applied = 0
        self._outputs: Mapping[str, OutputValue] | None = None
        self._applier = Applier(name, folder, settings, self._terraform, self._process.running, self._declared)

    def _environment(self) -> Mapping[str, str]:
        return {**self._settings.target.environment(), **self._warmth}

    @property
    def pending(self) -> bool:
        """Whether something was declared since the last apply of this run."""
        return self._declared.version != self._applied

    def declare(self, diagram: str, node: str, label: str, declarations: Sequence[Declaration]) -> None:
        """Replace what the node declares. Raises DeclarationsInvalid, and ComponentBusy on the first use."""
        with self._guard:
            self.reserve()
            self._declared.replace(diagram, node, label, declarations)

    def check(self) -> None:
        """Check all that this run has declared as a whole, without Terraform. Raises DeclarationsInvalid."""
        assemble(self._declared.renewed(), self._settings.library)

    def apply(self, diagram: str, *, prune: bool = False) -> None:
        """Apply what is declared, unless this run has done so already.

        Nodes that this run has not renewed (yet) keep what an earlier run declared. `prune` ends that for the nodes of
        `diagram`: what they declared is dropped and its resources are destroyed. It is for the end of a run that has
        settled every node without failure. Raises DeclarationsInvalid, TerraformFailed, ComponentBusy, Cancelled, and
        MflowError (code `terraform.review`) when the plan is not the reviewed one.
        """
        with self._working:
            with self._guard:
                unrenewed = self._declared.unrenewed(diagram) if prune else frozenset()
                version = self._declared.version
            if version == self._applied and not unrenewed:
                if prune:  # nobody is left to declare what a node has waited for
                    assemble(self._declared.entries(), self._settings.library)
                return
            limits = self._prepare(diagram, unrenewed, partial=not prune)
            if limits is not None:
                self._change(limits, partial=not prune)
            self._declared.drop(unrenewed)
            self._applied = version

    def plan(self, diagram: str, *options: str, prune: bool = False) -> ComponentPlan:
        """What an apply would do, or with `-refresh-only` what was changed behind Terraform's back, or `-destroy`.

        Raises as `apply` does. Nothing is changed.
        """
        with self._working:
            unrenewed = self._declared.unrenewed(diagram) if prune else frozenset()
            limits = self._prepare(diagram, unrenewed, partial=not prune)
            if limits is None:
                return ComponentPlan(self.name, (), (), {})
            return self._applier.plan(*options, *limits)

    def drift(self) -> ComponentDrift:
        """What differs between the state, what is really there and what is declared. Nothing is changed.

        Raises as `apply` does.
        """
        with self._working:
            limits = self._prepare("", frozenset(), partial=True)
            if limits is None:
                return ComponentDrift(self.name)
            boxes = {call.name: entry.label for entry in self._declared.entries() for call in entry.calls}
            shown = self._compare(limits)
            return ComponentDrift(self.name) if shown is None else read_drift(self.name, shown, boxes)

    def _compare(self, limits: Sequence[str]) -> Mapping[str, Any] | None:
        """Compare with a provider process that others use, too; on any failure once more by the ordinary way."""
        self._warmth = self._providers.environment(self.folder, self._settings.target.environment())
        try:
            return self._terraform.compare(*limits)
        except TerraformFailed:
            if not self._warmth:
                raise
        finally:
            self._warmth = {}
        return self._terraform.compare(*limits)

    def validate(self, diagram: str) -> None:
        """Let Terraform check the configuration of everything declared, without planning. Raises TerraformFailed."""
        with self._working:
            if self._prepare(diagram, frozenset(), partial=True) is not None:
                self._terraform.validate()

    def outputs(self, diagram: str) -> Mapping[str, object]:
        """The outputs of the component; applies first if something is pending.

        Where nothing may be changed, asking for an output that only an apply would find out raises UnknownOutput.
        """
        if (planned := self._settle(diagram)) is not None:
            return planned.without(CALLS_OUTPUT)
        return {name: output.value for name, output in self._read_outputs().items() if name != CALLS_OUTPUT}

    def call_outputs(self, diagram: str, call: str) -> Mapping[str, object]:
        """All outputs of one module call, like `outputs`. Raises MflowError for a call that does not exist."""
        planned = self._settle(diagram)
        calls: Mapping[str, Mapping[str, object]]
        if planned is not None:
            within = planned.within(CALLS_OUTPUT)
            calls = {name: within.within(name) for name in within}
        else:
            everything = self._read_outputs().get(CALLS_OUTPUT)
            calls = cast("dict[str, dict[str, object]]", everything.value) if everything is not None else {}
        if call not in calls:
            raise MflowError(
                f"the component {self.name} has no module call {call!r}",
                code="terraform.reference",
                hint=did_you_mean(call, calls),
            )
        return calls[call]

    def destroy(self, diagram: str) -> None:
        """Destroy everything in the state, then remove the folder. A component that does not exist is no error.

        What no longer fits the modules does not keep it from being destroyed. Where nothing may be changed it only
        plans. Raises TerraformFailed, ComponentBusy, Cancelled.
        """
        with self._working:
            self.reserve()
            if not self.folder.is_dir():
                return
            backend = self._backend()
            if backend is not None and backend.own_storage and not self._settings.plan_only:
                backend_file.write(self.folder, None)  # nothing can keep its state in what is being destroyed
            prepared = self._prepare(diagram, frozenset(), partial=True, forgiving=True) is not None
            if self._settings.plan_only:
                self._applier.plan("-destroy")
                return
            if prepared:
                self._applier.put_right()
            if self._has_state():
                self._terraform.destroy()
            remove_folder(self.folder, self._settings.top)
            self._declared.forget_all()
            self._outputs, self._applied = None, self._declared.version

    def interrupt(self, *, again: bool = False) -> None:
        """Interrupt Terraform, see `TerraformProcess.interrupt`. From any thread."""
        self._process.interrupt(again=again)

    def reserve(self) -> None:
        """Lock the component for this run, if this run does not hold it yet. Raises ComponentBusy."""
        with self._guard:
            if self._lock.descriptor is None:
                self._lock.acquire()
                self._declared.read_again()  # the run that had it may have changed them

    def close(self) -> None:
        """Give the component free for other runs. Waits for Terraform to end."""
        with self._working:
            self._lock.release()

    def terraform(self, *arguments: str) -> str:
        """What another Terraform command prints, in the folder of everything declared. Raises TerraformFailed."""
        with self._working:
            self._prepare("", frozenset(), partial=True)
            return self._terraform.text(*arguments)

    def keep_state_in(self, backend: Backend | None) -> None:
        """Keep the state there from the next use on; None for the component's folder.

        The component is locked only for the moment: a sub-workflow may be the one to deploy it. Raises ComponentBusy.
        """
        with self._guard:
            held = self._lock.descriptor is not None
            self.reserve()
            try:
                if backend != self._backend():
                    backend_file.write(self.folder, backend)
                    if held:  # else it is for whoever works on it next to move the state
                        self._declared.touch()
            finally:
                if not held:
                    self._lock.release()

    @property
    def provenance(self) -> Provenance | None:
        """For whom and when it was deployed; None when it was not."""
        return provenance.read(self.folder)

    def _backend(self) -> Backend | None:
        return backend_file.read(self.folder) or self._settings.backend

    def _prepare(
        self, diagram: str, without: frozenset[tuple[str, str]], *, partial: bool, forgiving: bool = False
    ) -> Sequence[str] | None:
        """Write and initialise the folder for all entries but those `without`.

        Returns None when there is nothing to do, else the options that an apply must be limited by: none usually.
        """
        self.reserve()
        self._settings.target.ensure()
        known, entries = self._declared.entries(), self._declared.entries(without)
        if set_stale_state_aside(self.folder, self._settings.target.instance_id()):
            message = "the target was emptied since the last run: the state of what it held is set aside"
            self._settings.observe(TerraformWarning(self.name, "", message))
            self._process.running.forget()
        if self._has_state():
            provenance.stay_in_region(self.folder, self.name, self._settings.target.region)
        assembly, incomplete = self._declared.assembled(entries, partial=partial, forgiving=forgiving)
        node_by_call = {call.name: entry.node for entry in known if entry.diagram == diagram for call in entry.calls}
        self._terraform.attribution = Attribution(self.folder, node_by_call)
        if not assembly.calls and (incomplete or not (assembly.outputs or self._has_state())):
            return None
        backend = self._backend()
        root = write_root_module(assembly, self._settings.library, backend=backend)
        requirements = write_folder(self.folder, root, override_files(self._settings.target, backend))
        remember_instance(self.folder, self._settings.target.instance_id())
        self._terraform.attribution = root.attribution(self.folder, diagram, node_by_call)
        self._terraform.initialise(requirements)
        return [f"-target=module.{call}" for call in sorted(assembly.calls)] if incomplete else ()

    def _has_state(self) -> bool:
        return self._backend() is not None or (self.folder / STATE_FILE).is_file()

    def _change(self, limits: Sequence[str], *, partial: bool) -> None:
        if self._settings.plan_only:
            self._applier.plan(*limits)
            return
        if self._applier.apply(limits, partial=partial, elsewhere=self._backend() is not None):
            self._outputs = None
        outputs = {name: output for name, output in self._read_outputs().items() if name != CALLS_OUTPUT}
        shown = {name: SENSITIVE if output.sensitive else output.value for name, output in outputs.items()}
        self._settings.observe(OutputsRead(self.name, shown))

    def _settle(self, diagram: str) -> PlannedOutputs | None:
        """Apply what is pending; the planned outputs where nothing may be changed."""
        self.apply(diagram)
        return self._applier.planned if self._settings.plan_only else None

    def _read_outputs(self) -> Mapping[str, OutputValue]:
        with self._working:
            if self._outputs is None:
                self._outputs = self._terraform.outputs() if self.folder.is_dir() else {}
            return self._outputs
