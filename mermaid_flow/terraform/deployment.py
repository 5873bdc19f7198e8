"""One component on this machine: its folder, its lock, its declarations, and Terraform at work in it.

Threads declare and apply at will: declaring never waits for an apply, and applies come one after the other. The folder
is derived from the declarations every time, so that it never matters who wrote it last.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from mermaid_flow.errors import MflowError, did_you_mean
from mermaid_flow.handlers.calls import Backend, Declaration
from mermaid_flow.terraform import backend_file, provenance, unchanged
from mermaid_flow.terraform import declarations as kept
from mermaid_flow.terraform.assembly import CALLS_OUTPUT, Assembly, assemble, check_alone
from mermaid_flow.terraform.commands import STATE_FILE, OutputValue, TerraformCommands
from mermaid_flow.terraform.declarations import NodeDeclarations
from mermaid_flow.terraform.drift import ComponentDrift
from mermaid_flow.terraform.drift_reading import read_drift
from mermaid_flow.terraform.errors import DeclarationsInvalid, TerraformFailed
from mermaid_flow.terraform.folder import (
    BACKEND,
    remember_instance,
    remove_folder,
    set_stale_state_aside,
    write_folder,
)
from mermaid_flow.terraform.lock import ComponentLock
from mermaid_flow.terraform.plan import ComponentPlan, PlannedOutputs, differences, read_plan
from mermaid_flow.terraform.process import TerraformProcess
from mermaid_flow.terraform.progress import ApplySummary, Attribution, OutputsRead, TerraformWarning
from mermaid_flow.terraform.provenance import Provenance
from mermaid_flow.terraform.root_module import RootModule, backend_block, write_root_module
from mermaid_flow.terraform.settings import Settings
from mermaid_flow.terraform.warm_providers import WarmProviders

DECLARATIONS = "declarations.json"
MASK = "(sensitive)"


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
        self._guard = threading.RLock()  # held for moments: it keeps the fields below together
        self._known: dict[tuple[str, str], NodeDeclarations] | None = None
        self._version = 0
        self._applied = 0
        self._outputs: Mapping[str, OutputValue] | None = None
        self._planned: PlannedOutputs | None = None
        reviewed = (settings.reviewed or {}).get(name)
        self._reviewed = reviewed.changes if reviewed is not None else ()

    def _environment(self) -> Mapping[str, str]:
        return {**self._settings.target.environment(), **self._warmth}

    @property
    def pending(self) -> bool:
        """Whether something was declared since the last apply of this run."""
        with self._guard:
            self._entries()
            return self._version != self._applied

    def declare(self, diagram: str, node: str, label: str, declarations: Sequence[Declaration]) -> None:
        """Replace what the node declares. Raises DeclarationsInvalid, and ComponentBusy on the first use."""
        entry = NodeDeclarations(diagram, node, label, self._settings.run, kept.detached(declarations))
        with self._guard:
            self._hold()
            entries = self._entries()
            if entries.get(entry.key) == entry:
                return
            others = [other for other in entries.values() if other.key != entry.key and self._is_current(other)]
            check_alone(entry, self._settings.library, others)
            self._keep({**entries, entry.key: entry})
            self._version += 1

    def check(self) -> None:
        """Check all that this run has declared as a whole, without Terraform. Raises DeclarationsInvalid."""
        with self._guard:
            entries = [entry for entry in self._entries().values() if self._is_current(entry)]
        assemble(entries, self._settings.library)

    def apply(self, diagram: str, *, prune: bool = False) -> None:
        """Apply what is declared, unless this run has done so already.

        Nodes that this run has not renewed (yet) keep what an earlier run declared. `prune` ends that for the nodes of
        `diagram`: what they declared is dropped and its resources are destroyed. It is for the end of a run that has
        settled every node without failure. Raises DeclarationsInvalid, TerraformFailed, ComponentBusy, Cancelled, and
        MflowError (code `terraform.review`) when the plan is not the reviewed one.
        """
        with self._working:
            with self._guard:
                unrenewed = self._unrenewed(diagram) if prune else frozenset()
                if not self.pending and not unrenewed:
                    if prune:  # nobody is left to declare what a node has waited for
                        assemble(list(self._entries().values()), self._settings.library)
                    return
                version = self._version
            targets = self._prepare(diagram, unrenewed, partial=not prune)
            if targets is not None:
                self._change(targets, partial=not prune)
            with self._guard:
                if unrenewed:
                    self._keep({key: entry for key, entry in self._entries().items() if key not in unrenewed})
                self._applied = version

    def plan(self, diagram: str, *options: str, prune: bool = False) -> ComponentPlan:
        """What an apply would do, or with `-refresh-only` what was changed behind Terraform's back, or `-destroy`.

        Raises as `apply` does. Nothing is changed.
        """
        with self._working:
            with self._guard:
                unrenewed = self._unrenewed(diagram) if prune else frozenset()
            targets = self._prepare(diagram, unrenewed, partial=not prune)
            if targets is None:
                return ComponentPlan(self.name, (), (), {})
            return self._plan(*options, *(f"-target=module.{call}" for call in targets))

    def drift(self) -> ComponentDrift:
        """What differs between the state, what is really there and what is declared. Nothing is changed.

        Raises as `apply` does.
        """
        with self._working:
            targets = self._prepare("", frozenset(), partial=True)
            if targets is None:
                return ComponentDrift(self.name)
            with self._guard:
                boxes = {call.name: entry.label for entry in self._entries().values() for call in entry.calls}
            shown = self._compare([f"-target=module.{call}" for call in targets])
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
            self._hold()
            if not self.folder.is_dir():
                return
            backend = self._backend()
            if backend is not None and backend.own_storage and not self._settings.plan_only:
                backend_file.write(self.folder, None)  # nothing can keep its state in what is being destroyed
            self._prepare(diagram, frozenset(), partial=True, forgiving=True)
            if self._settings.plan_only:
                self._plan("-destroy")
                return
            if self._has_state():
                self._terraform.destroy()
            remove_folder(self.folder, self._settings.top)
            with self._guard:
                self._known, self._outputs = {}, None
                self._applied = self._version

    def interrupt(self, *, again: bool = False) -> None:
        """Interrupt Terraform, see `TerraformProcess.interrupt`. From any thread."""
        self._process.interrupt(again=again)

    def reserve(self) -> None:
        """Take the component for this run before anything else happens. Raises ComponentBusy."""
        self._hold()

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
            self._hold()
            try:
                if backend != self._backend():
                    backend_file.write(self.folder, backend)
                    self._version += held  # else it is for whoever works on it next to move the state
            finally:
                if not held:
                    self._lock.release()

    @property
    def provenance(self) -> Provenance | None:
        """For whom and when it was deployed; None when it was not."""
        return provenance.read(self.folder)

    def _backend(self) -> Backend | None:
        return backend_file.read(self.folder) or self._settings.backend

    def _hold(self) -> None:
        """Lock the component for this run; what was read before may have been changed by the run that had it."""
        with self._guard:
            if self._lock.descriptor is None:
                self._lock.acquire()
                self._known = None

    def _is_current(self, entry: NodeDeclarations) -> bool:
        return entry.run == self._settings.run

    def _entries(self) -> dict[tuple[str, str], NodeDeclarations]:
        if self._known is None:
            self._known = {entry.key: entry for entry in kept.read(self.folder / DECLARATIONS)}
            if any(self._is_current(entry) for entry in self._known.values()):
                self._version += 1  # a resumed run: nobody knows whether they were applied
        return self._known

    def _keep(self, entries: dict[tuple[str, str], NodeDeclarations]) -> None:
        if not self._settings.plan_only:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            kept.write(self.folder / DECLARATIONS, list(entries.values()))
        self._known = entries

    def _unrenewed(self, diagram: str) -> frozenset[tuple[str, str]]:
        """The nodes of the diagram for which an earlier run declared something, but this run has not."""
        entries = self._entries().values()
        return frozenset(entry.key for entry in entries if entry.diagram == diagram and not self._is_current(entry))

    def _prepare(
        self, diagram: str, without: frozenset[tuple[str, str]], *, partial: bool, forgiving: bool = False
    ) -> Sequence[str] | None:
        """Write and initialise the folder for all entries but those `without`.

        Returns None when there is nothing to do, else the module calls that an apply must be limited to: none usually.
        """
        self._hold()
        self._settings.target.ensure()
        with self._guard:
            known = list(self._entries().values())
        entries = [entry for entry in known if entry.key not in without]
        if set_stale_state_aside(self.folder, self._settings.target.instance_id()):
            message = "the target was emptied since the last run: the state of what it held is set aside"
            self._settings.observe(TerraformWarning(self.name, "", message))
        assembly, incomplete = self._assembly(entries, partial, forgiving)
        node_by_call = {call.name: entry.node for entry in known if entry.diagram == diagram for call in entry.calls}
        self._terraform.attribution = Attribution(self.folder, node_by_call)
        if not assembly.calls and (incomplete or not (assembly.outputs or self._has_state())):
            return None
        backend = self._backend()
        root = write_root_module(assembly, self._settings.library, backend=backend)
        requirements = write_folder(self.folder, root, self._overrides(backend))
        remember_instance(self.folder, self._settings.target.instance_id())
        self._terraform.attribution = self._attribution(diagram, root, node_by_call)
        self._terraform.initialise(requirements)
        return sorted(assembly.calls) if incomplete else ()

    def _assembly(self, entries: Sequence[NodeDeclarations], partial: bool, forgiving: bool) -> tuple[Assembly, bool]:
        """The assembly, and whether something is missing from it.

        In the middle of a run, what an earlier run declared gives way where it no longer fits (`forgiving`: what this
        run declared as well). Its resources must not be taken for unwanted, so an apply is then limited to the calls
        that are there.
        """
        incomplete = False
        while True:
            try:
                return assemble(entries, self._settings.library, partial=partial), incomplete
            except DeclarationsInvalid as error:
                blamed = {node for problem in error.problems for node in problem.nodes}
                fitting = [
                    entry
                    for entry in entries
                    if entry.node not in blamed or (self._is_current(entry) and not forgiving)
                ]
                if not partial or len(fitting) == len(entries):
                    raise
                entries, incomplete = fitting, True

    def _overrides(self, backend: Backend | None) -> Mapping[str, str]:
        target = self._settings.target
        settings = target.backend_settings(backend.type) if backend is not None else {}
        if backend is None or not settings:
            return target.override_files()
        whole = replace(backend, settings={**backend.settings, **settings})
        return {**target.override_files(), BACKEND: backend_block(whole)}

    def _attribution(self, diagram: str, root: RootModule, node_by_call: Mapping[str, str]) -> Attribution:
        by_call = {
            **node_by_call,
            **{call: entry.node for call, entry in root.entry_by_call.items() if entry.diagram == diagram},
        }
        by_file = {file: entry.node for file, entry in root.entry_by_file.items() if entry.diagram == diagram}
        return Attribution(self.folder, by_call, by_file, root.only_caller(by_call))

    def _has_state(self) -> bool:
        return self._backend() is not None or (self.folder / STATE_FILE).is_file()

    def _change(self, targets: Sequence[str], *, partial: bool) -> None:
        limits = [f"-target=module.{call}" for call in targets]
        if self._settings.plan_only:
            self._plan(*limits)
            return
        if self._may_be_left_alone(limits):
            self._settings.observe(ApplySummary(self.name, 0, 0, 0, 0.0))
        else:
            self._apply(limits, partial=partial)
        shown = {name: MASK if output.sensitive else output.value for name, output in self._read_outputs().items()}
        shown.pop(CALLS_OUTPUT, None)
        self._settings.observe(OutputsRead(self.name, shown))

    def _may_be_left_alone(self, limits: Sequence[str]) -> bool:
        """Whether an apply would find nothing to do, as far as can be told without Terraform."""
        asked = self._settings.skip_unchanged and self._settings.reviewed is None and not limits
        return asked and self._backend() is None and unchanged.is_unchanged(self.folder)

    def _apply(self, limits: Sequence[str], *, partial: bool) -> None:
        unchanged.forget(self.folder)
        provenance.begin(self.folder, self._settings.owners, self._deployed_for())
        try:
            if self._settings.reviewed is None:
                self._terraform.apply(limits)
            else:
                self._apply_reviewed(limits, partial=partial)
        finally:
            provenance.end(self.folder)
        if not limits:
            unchanged.remember(self.folder)
        self._outputs = None

    def _deployed_for(self) -> Sequence[str]:
        """The nodes of the outermost diagram for whose work this is."""
        with self._guard:
            declaring = {entry.node for entry in self._entries().values() if self._is_current(entry)}
        return (self._settings.node,) if self._settings.node else sorted(declaring)

    def _apply_reviewed(self, limits: Sequence[str], *, partial: bool) -> None:
        fresh = self._plan(*limits, keep=True)
        if lines := differences(self._reviewed, fresh, partial=partial):
            raise MflowError(
                f"the plan of {self.name} is no longer the reviewed one:\n  " + "\n  ".join(lines),
                code="terraform.review",
                hint="review a new plan",
            )
        self._terraform.apply_plan()
        done = {change.address for change in fresh.changes}
        self._reviewed = tuple(change for change in self._reviewed if change.address not in done)

    def _plan(self, *options: str, keep: bool = False) -> ComponentPlan:
        shown = self._terraform.plan(*options, keep=keep)
        self._planned = PlannedOutputs.read(shown)
        return read_plan(self.name, shown, self._terraform.attribution)

    def _settle(self, diagram: str) -> PlannedOutputs | None:
        """Apply what is pending; the planned outputs where nothing may be changed."""
        self.apply(diagram)
        return self._planned if self._settings.plan_only else None

    def _read_outputs(self) -> Mapping[str, OutputValue]:
        with self._working:
            if self._outputs is None:
                self._outputs = self._terraform.outputs() if self.folder.is_dir() else {}
            return self._outputs
