"""One run from beginning to end: the record, the target, the components, the engine."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from pathlib import Path

from mermaid_flow.engine._attempts import Elsewhere
from mermaid_flow.engine._memory import Remembered
from mermaid_flow.engine.cancellation import CancelLevel, requested_level
from mermaid_flow.engine.diagram_change import take_over, translated
from mermaid_flow.engine.events import Event, EventType, Observer, RunStatus
from mermaid_flow.engine.executor import Executor
from mermaid_flow.engine.folder import RunFolder, digest
from mermaid_flow.engine.masking import masked
from mermaid_flow.engine.options import Options
from mermaid_flow.engine.record import RunRecord
from mermaid_flow.engine.resume import reusable
from mermaid_flow.engine.sequence_change import take_over_sequence
from mermaid_flow.engine.sequence_memory import reusable_replies
from mermaid_flow.errors import MflowError
from mermaid_flow.graph.model import FlowGraph
from mermaid_flow.graph.sequence import Call, SequenceTree
from mermaid_flow.session.nested import run_nested
from mermaid_flow.session.prepare import Gathered, Prepared
from mermaid_flow.session.progress import Channel
from mermaid_flow.session.sequence import AnyPrepared, PreparedSequence
from mermaid_flow.session.sequence_worker import SequenceWorker
from mermaid_flow.session.worker import SessionWorker
from mermaid_flow.terraform.plan import ComponentPlan
from mermaid_flow.terraform.progress import Observe
from mermaid_flow.terraform.settings import Settings
from mermaid_flow.terraform.workspace import TerraformComponents


@dataclass
class Run:
    """A run that can be carried out once. Make one with `start` or `resume`; `cancel` may be called from anywhere."""

    prepared: AnyPrepared
    folder: RunFolder
    components: TerraformComponents
    channel: Channel
    options: Options
    start_from: str | None = None
    observers: list[Observer] = field(default_factory=list)
    nested: list[Run] = field(default_factory=list)
    """Sub-workflows that run at this moment."""
    taken_over: RunFolder | None = None
    """An earlier run whose results are used where they are still valid."""
    owners: tuple[str, ...] = ()
    """The components of the diagrams that it is nested in, and its own: whom what it deploys belongs to."""
    node: str = ""
    """The node of the outermost run's diagram that it works for; empty in the outermost run itself."""
    elsewhere: Elsewhere | None = None
    """Where its visits run, when not in this process."""
    _executor: Executor | None = None

    def carry_out(self) -> RunStatus:
        """Start the target and run the diagram to its end. Raises MflowError for what keeps it from running."""
        self._begin()
        worker = self._worker()
        if self.elsewhere is not None:
            self._watch_failures(worker)
        self._executor = Executor(
            model_of(self.prepared),
            self.folder,
            worker,
            options=self.options,
            observers=[self._interrupt_terraform, *self.observers],
            start_from=self.start_from,
            reusable=_still_valid(self.taken_over, self.prepared) if self.taken_over else {},
            hidden=self.prepared.secrets,
            elsewhere=self.elsewhere,
        )
        try:
            return self._executor.run()
        finally:
            self.components.close()

    def _watch_failures(self, worker: SessionWorker | SequenceWorker) -> None:
        """Let the worker know of what fails elsewhere, or failed before this process took the run over."""

        def watch(event: Event) -> None:
            if event.type in {EventType.NODE_FAILED, EventType.NODE_RETRIED, EventType.NODE_CANCELLED}:
                worker.failed = True
            elif event.type is EventType.RUN_STARTED:
                worker.failed = False

        with self.folder.journal(readonly=True) as journal:
            for event in journal.read():
                watch(event)
        self.observers.append(watch)

    def _begin(self) -> None:
        """Start the target and take the component. A run that cannot begin leaves no record."""
        try:
            self.prepared.target.ensure()
            self.components.open(self.prepared.component).reserve()
        except MflowError:
            self.components.close()
            with self.folder.journal(readonly=True) as journal:
                begun = bool(journal.read())
            if not begun:
                self.folder.discard()
            raise

    def cancel(self, level: CancelLevel | None = None) -> CancelLevel:
        """Ask the run to stop; each call without a level asks more urgently."""
        if self._executor is None:
            return CancelLevel.NONE
        return self._executor.cancel(level)

    def _interrupt_terraform(self, event: Event) -> None:
        if event.type is EventType.CANCEL_REQUESTED:
            level = requested_level(event)
            for inner in tuple(self.nested):
                inner.cancel(level)
            if level >= CancelLevel.INTERRUPT:
                self.components.interrupt(again=level >= CancelLevel.KILL)

    def _worker(self) -> SessionWorker | SequenceWorker:
        prepared = self.prepared
        secrets = prepared.secrets
        return worker_of(prepared)(
            inputs=prepared.inputs,
            run=prepared.run_info(self.folder.id, self.folder.path, prepared.target.environment()),
            component=self.components.open(prepared.component),
            components=self.components,
            run_diagram=lambda visit, name, vars=None: run_nested(self, start, visit, name, vars),  # noqa: A006
            hide=lambda text: str(masked(text, secrets)),
            channel=self.channel,
        )


def _still_valid(folder: RunFolder, prepared: AnyPrepared) -> Mapping[str, Remembered]:
    """The results of an earlier run that a new one may take over."""
    earlier = RunRecord.open(folder)
    events = translated(earlier.events, digest(folder.source.text))
    if isinstance(prepared, Prepared):
        return {} if earlier.graph is None else reusable(earlier.graph, events, earlier.id, prepared.graph)
    return {} if earlier.tree is None else reusable_replies(earlier.tree, events, earlier.id, prepared.tree)


def worker_of(prepared: AnyPrepared) -> Callable[..., SessionWorker] | Callable[..., SequenceWorker]:
    """Makes what does the work of a diagram's nodes."""
    if isinstance(prepared, Prepared):
        return partial(SessionWorker, prepared.graph, prepared.bindings, left_out=prepared.left_out)
    return partial(SequenceWorker, prepared.steps)


def model_of(prepared: AnyPrepared) -> FlowGraph | SequenceTree:
    """The executable model."""
    return prepared.graph if isinstance(prepared, Prepared) else prepared.tree


def start(
    prepared: AnyPrepared,
    *,
    options: Options,
    observers: Sequence[Observer] = (),
    runs: Path | None = None,
    parent: str | None = None,
    reviewed: Mapping[str, ComponentPlan] | None = None,
    taken_over: RunFolder | None = None,
    owners: tuple[str, ...] = (),
    node: str = "",
) -> Run:
    """Lay down a new run of a prepared diagram. `runs` is the folder of runs, the project's when not given.

    `reviewed` holds reviewed plans by component: an apply that would do anything else fails. `taken_over` is an earlier
    run whose results are used where nothing that went into them has changed. `owners` are those of an outer run, and
    `node` is the node of the outermost one.
    """
    folder = RunFolder.create(
        runs or prepared.project.runs,
        prepared.source,
        diagram=prepared.name,
        graph=model_of(prepared),
        target=prepared.target.name,
        component=prepared.component_path,
        inputs=prepared.inputs.variables.mask(prepared.project.secrets),
        settings=asdict(prepared.request),
        hidden=prepared.secrets,
        parent=parent,
        reused=taken_over.id if taken_over else None,
    )
    return replace(_run(prepared, folder, options, observers, reviewed, owners, node), taken_over=taken_over)


def resume(
    prepared: AnyPrepared,
    folder: RunFolder,
    *,
    options: Options,
    observers: Sequence[Observer] = (),
    start_from: str | None = None,
    reviewed: Mapping[str, ComponentPlan] | None = None,
) -> Run:
    """Go on with a recorded run; `start_from` runs that node and everything after it again.

    `reviewed` holds reviewed plans, as for `start`.
    A changed diagram is taken over. Raises Problems for changes inside the part of it that has run, and MflowError
    when it is of another kind by now.
    """
    recorded = RunRecord.open(folder)
    if isinstance(prepared, Prepared) and recorded.graph is not None:
        folder = take_over(folder, recorded.graph, prepared.graph)
    elif isinstance(prepared, PreparedSequence) and recorded.tree is not None:
        folder = take_over_sequence(folder, recorded.tree, prepared.tree)
    else:
        kind = "sequence diagram" if recorded.graph is None else "flowchart"
        message = f"{prepared.name} was a {kind} when the run began and is none any more"
        raise MflowError(message, code="resume.diagram", hint="start a new run")
    run = _run(prepared, folder, options, observers, reviewed)
    return replace(run, start_from=start_from)


def _run(
    prepared: AnyPrepared,
    folder: RunFolder,
    options: Options,
    observers: Sequence[Observer],
    reviewed: Mapping[str, ComponentPlan] | None = None,
    outer: tuple[str, ...] = (),
    node: str = "",
) -> Run:
    channel = Channel()
    owners = (*outer, prepared.component_path)
    settings = component_settings(
        prepared, folder.id, folder.path / "terraform", channel, reviewed=reviewed, owners=owners, node=node
    )
    components = TerraformComponents(
        settings,
        diagram=prepared.name,
        labels=labels_of(prepared),
        environment=prepared.environment,
    )
    if isinstance(prepared, Prepared):
        options = replace(options, limits=prepared.bindings.policies.parallelism(prepared.graph))
    return Run(prepared, folder, components, channel, options, observers=list(observers), owners=owners, node=node)


def labels_of(prepared: AnyPrepared) -> dict[str, str]:
    """What the nodes of a flowchart, or the messages of a sequence, are called."""
    if isinstance(prepared, Prepared):
        return {node.id: node.label for node in prepared.graph.nodes.values()}
    return {step.id: step.text for step in prepared.tree.steps() if isinstance(step, Call)}


def component_settings(
    prepared: Gathered,
    run: str,
    logs: Path,
    observe: Observe,
    *,
    plan_only: bool = False,
    reviewed: Mapping[str, ComponentPlan] | None = None,
    owners: tuple[str, ...] = (),
    node: str = "",
) -> Settings:
    """How the components of one run, or of one other command named by `run`, are worked on."""
    return Settings(
        binary=prepared.toolchain.path,
        library=prepared.library,
        target=prepared.target,
        run=run,
        top=prepared.project.components,
        logs=logs,
        observe=observe,
        plan_only=plan_only,
        reviewed=reviewed,
        owners=owners,
        node=node,
        skip_unchanged=prepared.skips_unchanged,
    )
