"""The course of a sequence diagram's run: the interpreter says what comes next, the journal what it has come to."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from mermaid_flow.engine._course import Course, Launch, Steps, attempts_in
from mermaid_flow.engine._memory import Remembered
from mermaid_flow.engine._sequence_state import SequenceState
from mermaid_flow.engine.cancellation import requested_level
from mermaid_flow.engine.events import Event, EventType, RunStatus
from mermaid_flow.engine.options import Options
from mermaid_flow.engine.ports import Worker
from mermaid_flow.engine.resume import was_pausing
from mermaid_flow.engine.scheduler import Cancel, Settle
from mermaid_flow.engine.sequence import Interpreter
from mermaid_flow.engine.sequence_flow import Due
from mermaid_flow.engine.sequence_memory import Replies
from mermaid_flow.engine.sequence_resume import interruption, what_runs_again
from mermaid_flow.errors import MflowError
from mermaid_flow.graph.model import Node, Role
from mermaid_flow.graph.sequence import SequenceTree, node_of, step_of


class SequenceCourse(Course):
    """Journals what steps came to together with what comes next."""

    def __init__(
        self,
        tree: SequenceTree,
        worker: Worker,
        options: Options,
        reusable: Mapping[str, Remembered] | None = None,
    ) -> None:
        super().__init__(options)
        self.tree = tree
        self.state = SequenceState()
        self._worker = worker
        self._replies = Replies(tree, reusable or {})
        self._steps = {step.id: step for step in tree.steps()}
        self._interpreter: Interpreter | None = None
        self._offered: set[str] = set()
        """Due steps that are queued, running or waiting."""
        self._queue: list[Launch] = []
        self._free = options.parallel
        self._reconciling: set[str] = set()
        self._asked_to_stop: set[str] = set()
        self._settling = False

    @property
    def finished(self) -> bool:
        return self.state.finished is not None

    @property
    def status(self) -> RunStatus:
        if self.state.finished is not None:
            return self.state.finished
        only_waiting = self.state.waiting and not self.state.running and not self._queue
        return RunStatus.WAITING if only_waiting else RunStatus.RUNNING

    def fold(self, event: Event) -> None:
        self.state.apply(event)
        self.level = max(self.level, requested_level(event))
        node = event.node
        if event.type is EventType.NODE_INTERRUPTED and event.data.get("policy") == "reconcile" and node:
            self._reconciling.add(node)
        if event.type is EventType.NODE_RESET:
            self._interpreter = None  # it does not go back
        elif self._interpreter is not None and node in self.state.outcomes:
            self._offered.discard(node)
            self._interpreter.take(node, self.state.outcomes[node])

    def opening(self, past: Sequence[Event], start_from: str | None) -> list[Event]:
        running = list(self.state.running)
        again = what_runs_again(self.tree, self.state, self._worker, self.node, start_from)
        return [
            *(interruption(self.node(node), self.state.visit(node), self._worker, past) for node in running),
            *(
                Event(EventType.NODE_RESET, node, self.state.visit(node), {"reason": reason, "reuse": False})
                for node, reason in again.items()
            ),
        ]

    def take_over(self, past: Sequence[Event], remains: Callable[[str, int], bool]) -> tuple[list[Event], list[Launch]]:
        attempts = attempts_in(past)
        events: list[Event] = []
        launches: list[Launch] = []
        for node in self.state.running:
            visit = self.state.visit(node)
            if was_pausing(past, node) or not remains(node, visit):
                events.append(interruption(self.node(node), visit, self._worker, past))
            else:
                self._free -= 1
                self._offered.add(node)
                launches.append(Launch(node, visit, attempts[node], self._due(node).values.lineage().hex()))
        return events, launches

    def knows(self, node: str) -> bool:
        return node in self.state.begun

    def node(self, node: str) -> Node:
        laps = [int(lap) for lap in node.split("-")[1:]]
        return node_of(self._steps[step_of(node)], laps)

    def visit(self, node: str) -> int:
        return self.state.visit(node)

    def has_succeeded(self, node: str) -> bool:
        outcome = self.state.outcomes.get(node)
        return outcome is not None and outcome.error is None and node not in self.state.undone

    def seen_by(self, node: str) -> Mapping[str, Mapping[str, object]]:
        return self._due(node).values

    def items(self, node: str) -> Mapping[str, object]:
        return self._due(node).items

    def again(self, launch: Launch) -> None:
        self._queue.append(replace(launch, attempt=launch.attempt + 1, reconcile=False))

    def release(self, node: str) -> None:  # noqa: ARG002 - every attempt takes the same room
        self._free += 1

    def waiting(self, node: str, visit: int, prompt: str, choices: tuple[str, ...]) -> list[Event]:
        first, *rest = super().waiting(node, visit, prompt, choices)
        return [replace(first, data={**first.data, "label": self._due(node).label}), *rest]

    def _due(self, node: str) -> Due:
        """A step that is asked for. Raises MflowError when it is not any more: the run has gone on without it."""
        due = self._reached().due.get(node)
        if due is None:
            raise MflowError(f"nobody asks for step {node} any more", code="visit.stale")
        return due

    def _reached(self) -> Interpreter:
        """How far the sequence has come."""
        if self._interpreter is None:
            self._interpreter = Interpreter(self.tree, self.state.outcomes, fail_fast=self.options.fail_fast)
        return self._interpreter

    def _follow(self, record: Callable[[Event], None], steps: Steps) -> None:
        interpreter = self._reached()
        if self.level or interpreter.stopping:
            self._wind_down(record, steps)
        else:
            for due in list(interpreter.due.values()):
                if due.node.id not in self._offered:
                    self._offer(due, record)
            while self._queue and self._free > 0:
                self._start(self._queue.pop(0), record, steps)
        self._end(interpreter, record, steps)

    def _offer(self, due: Due, record: Callable[[Event], None]) -> None:
        """A step is due: its outcome is clear, or it waits for a person or for its turn."""
        node, visit = due.node.id, self.state.visit(due.node.id)
        self._offered.add(node)
        if node in self.state.waiting:
            return  # it was asked by an earlier process
        if due.reply is not None:
            data = {"label": due.label, "values": dict(due.reply), "reply": True}
            record(Event(EventType.NODE_SUCCEEDED, node, visit, data))
        elif due.exhausted is not None:
            record(Event(EventType.NODE_FAILED, node, visit, _exhausted(due, due.exhausted)))
        elif due.node.role is Role.MANUAL and not self._worker.handles(due.node):
            for event in self.waiting(node, visit, due.label, ()):
                record(event)
        elif (reused := self._reused(due, record)) is not None:
            record(reused)
        else:
            self._queue.append(Launch(node, visit, 1, due.values.lineage().hex(), node in self._reconciling))

    def _reused(self, due: Due, record: Callable[[Event], None]) -> Event | None:
        """The reply of an earlier run that still holds; or the reason why the message is sent again."""
        if not self._replies.knows(due.step.id) or due.node.id in self.state.begun:
            return None
        inputs, lineage = self._worker.inputs_digest(due.node), due.values.lineage().hex()
        found, visit = self._replies.find(due.step.id, lineage, inputs), self.state.visit(due.node.id)
        if isinstance(found, str):
            data = {"message": f"not taken over: {found}", "level": "info", "label": due.label}
            record(Event(EventType.NOTICE, due.node.id, visit, data))
            return None
        values = {"label": due.label, "values": found.values, "inputs": inputs, "lineage": lineage}
        skipped = {} if found.skipped is None else {"skipped": found.skipped}
        return Event(EventType.NODE_SUCCEEDED, due.node.id, visit, {**values, **skipped, "reused": found.origin})

    def _start(self, launch: Launch, record: Callable[[Event], None], steps: Steps) -> None:
        self._free -= 1
        self._reconciling.discard(launch.node)
        data = {"attempt": launch.attempt, "label": self._due(launch.node).label}
        record(Event(EventType.NODE_STARTED, launch.node, launch.visit, data))
        steps.launches.append(launch)

    def _wind_down(self, record: Callable[[Event], None], steps: Steps) -> None:
        """Nothing more is started. What was to be tried again is not; after a failure, what runs is asked to stop."""
        for launch in self._queue:
            if launch.attempt > 1:
                record(Event(EventType.NODE_CANCELLED, launch.node, launch.visit))
        self._queue.clear()
        if not self.level:
            for node in self.state.running.keys() - self._asked_to_stop:
                self._asked_to_stop.add(node)
                steps.cancels.append(Cancel(node, self.state.visit(node)))

    def _end(self, interpreter: Interpreter, record: Callable[[Event], None], steps: Steps) -> None:
        if self.state.running or self.finished:
            return
        if interpreter.finished and not self.gave_up:
            if self.state.declared and not self.level:
                if not self._settling:
                    self._settling = True
                    steps.settles.append(Settle(None, frozenset(self.state.declared)))
                return
            record(self.finish(self._final(interpreter)))
        elif self.level or self.gave_up:
            record(self.finish(RunStatus.CANCELLED))
        elif interpreter.stopping:
            record(self.finish(RunStatus.FAILED))
        elif not self.options.wait and self.status is RunStatus.WAITING:
            record(self.finish(RunStatus.WAITING))

    def _final(self, interpreter: Interpreter) -> RunStatus:
        if interpreter.failure is not None and self.level:
            return RunStatus.CANCELLED
        failed = interpreter.failure is not None or self.state.undone
        return RunStatus.FAILED if failed else RunStatus.SUCCEEDED


def _exhausted(due: Due, laps: int) -> dict[str, object]:
    error = {
        "code": "loop.laps",
        "message": f"the loop {due.label!r} was not left within {laps} laps",
        "hint": f"look at why it goes on, or raise `mflow: {{max_laps: {{{due.step.id}: …}}}}` in the front matter",
    }
    return {"error": error, "kind": "laps", "label": due.label}
