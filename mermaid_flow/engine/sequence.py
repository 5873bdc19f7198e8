"""What a sequence does next: a pure function of its step tree and of what its steps have come to.

Flows ask for one outcome after the other. An outcome that is known already (from the journal, on resume) is handed over
at once, so that the same outcomes always lead to the same place. No threads, no time, no input or output in here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import cast

from mermaid_flow.engine.sequence_flow import Due, Failure, Flow, Flows, Fork, Outcome
from mermaid_flow.graph.sequence import SequenceTree


@dataclass(eq=False, slots=True)
class _Group:
    """The flows of a fork, and the task that goes on when all of them have ended."""

    fork: Fork
    task: _Task
    begun: int = 0
    running: int = 0
    failures: dict[int, Failure] = field(default_factory=dict)


@dataclass(eq=False, slots=True)
class _Task:
    flow: Flow
    group: _Group | None = None
    number: int = 0


class Interpreter:
    """One pass through a tree. `due` are the steps whose outcome is asked for, by node id; `take` answers one.

    With `fail_fast`, the first failure that nothing can handle sets `stopping`. `as_drawn` is for reading a record:
    laps that run side by side are asked for in the order of the diagram, whatever came first in time.
    """

    def __init__(
        self,
        tree: SequenceTree,
        known: Mapping[str, Outcome],
        *,
        fail_fast: bool = False,
        as_drawn: bool = False,
    ) -> None:
        self.due: dict[str, Due] = {}
        self.asked: dict[str, Due] = {}
        """All steps that were ever asked for."""
        self.finished = False
        self.failure: Failure | None = None
        self.stopping = False
        self.flows = Flows(as_drawn=as_drawn)
        """Says which failures were handled."""
        self._known = known
        self._fail_fast = fail_fast
        self._waiting: dict[str, _Task] = {}
        self._pump([(_Task(self.flows.of(tree)), None)])

    def take(self, node: str, outcome: Outcome) -> None:
        """The outcome of a step that is due. Others are ignored: they tell of a part that was given up."""
        task = self._waiting.pop(node, None)
        if task is not None:
            del self.due[node]
            self._pump([(task, outcome)])

    def _pump(self, work: list[tuple[_Task, Outcome | Failure | None]]) -> None:
        """Drive tasks until all of them wait. The last one first, so that replays follow the order of the diagram."""
        while work:
            task, sent = work.pop()
            try:
                request = task.flow.throw(sent) if isinstance(sent, Failure) else task.flow.send(cast("Outcome", sent))
            except StopIteration:
                work += self._ended(task, None)
                continue
            except Failure as failure:
                work += self._ended(task, failure)
                continue
            if isinstance(request, Fork):
                work += self._begin(_Group(request, task))
                continue
            self.asked[request.node.id] = request
            known = self._known.get(request.node.id)
            if known is None:
                self.due[request.node.id], self._waiting[request.node.id] = request, task
            else:
                work.append((task, known))

    def _begin(self, group: _Group) -> list[tuple[_Task, Outcome | Failure | None]]:
        """Begin as many flows of a fork as may run; when all have ended, its task goes on."""
        begun: list[tuple[_Task, Outcome | Failure | None]] = []
        while not group.fork.limit or group.running < group.fork.limit:
            flow = next(group.fork.flows, None)
            if flow is None:
                break
            begun.append((_Task(flow, group, group.begun), None))
            group.begun += 1
            group.running += 1
        if not group.running:
            return [(group.task, _together(group.failures))]
        return begun[::-1]

    def _ended(self, task: _Task, failure: Failure | None) -> list[tuple[_Task, Outcome | Failure | None]]:
        group = task.group
        if group is None:
            self.finished, self.failure = True, failure
            return []
        group.running -= 1
        if failure is not None:
            group.failures[task.number] = failure
            self.stopping = self.stopping or (self._fail_fast and not group.fork.guarded)
        return [] if self.stopping else self._begin(group)


def _together(failures: Mapping[int, Failure]) -> Failure | None:
    """The failures of a fork as one: the first in the order of the diagram speaks for all."""
    if not failures:
        return None
    ordered = [failures[number] for number in sorted(failures)]
    cancelled = any(failure.outcome.cancelled for failure in ordered)
    nodes = [node for failure in ordered for node in failure.nodes]
    passed = [node for failure in ordered for node in failure.passed]
    return Failure(nodes, replace(ordered[0].outcome, cancelled=cancelled), passed)
