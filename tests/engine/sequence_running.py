"""A worker for sequences in a few lines, and runs of them in a test's folder."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from mermaid_flow.engine.events import Event
from mermaid_flow.engine.executor import Executor
from mermaid_flow.engine.folder import RunFolder
from mermaid_flow.engine.options import Options
from mermaid_flow.engine.ports import Answer, Policy, Visit
from mermaid_flow.engine.record import RunRecord
from mermaid_flow.errors import MflowError
from mermaid_flow.graph.model import Node
from mermaid_flow.graph.sequence import SequenceTree, step_of
from mermaid_flow.handlers.calls import Result
from mermaid_flow.handlers.context import Cancellation
from tests.engine.sequences import tree_of

QUICK = Options(grace=0.2, poll=0.02, parallel=8)
Action = Callable[[Visit], object]


@dataclass
class Worker:
    """The engine's port. `actions` and `answers` are by a node's id, its step's id, or its text."""

    actions: Mapping[str, Action] = field(default_factory=dict)
    answers: Mapping[str, object] = field(default_factory=dict)
    policies: Mapping[str, Policy] = field(default_factory=dict)
    digests: Mapping[str, str] = field(default_factory=dict)
    handled: frozenset[str] = frozenset()
    on_settle: Callable[[frozenset[str]], None] | None = None
    visits: list[Visit] = field(default_factory=list)

    @property
    def ran(self) -> list[str]:
        return [visit.node.id for visit in self.visits]

    def policy(self, node: Node) -> Policy:
        return self.policies.get(node.label, Policy())

    def handles(self, node: Node) -> bool:
        return node.label in self.handled

    def inputs_digest(self, node: Node) -> str:
        return self.digests.get(step_of(node.id), "same")

    def execute(self, visit: Visit) -> Result:
        self.visits.append(visit)
        names = (visit.node.id, step_of(visit.node.id), visit.node.label)
        returned = next((self.actions[name](visit) for name in names if name in self.actions), None)
        return (
            returned if isinstance(returned, Result) else Result(dict(returned) if isinstance(returned, dict) else {})
        )

    def decide(self, visit: Visit) -> Answer:
        self.visits.append(visit)
        given = self.answers[step_of(visit.node.id)]
        value = given(visit) if callable(given) else given
        edges = (value,) if isinstance(value, int) and not isinstance(value, bool) else (0,) if value is True else ()
        return Answer(value, edges, ("yes",), "test", "here")

    def settle(self, nodes: frozenset[str], emit: Callable[[Event], None], cancellation: Cancellation) -> None:
        if self.on_settle is not None:
            self.on_settle(nodes)


@dataclass
class Play:
    """A run of a sequence in a test: `run` as often as there are processes."""

    tree: SequenceTree
    folder: RunFolder

    @classmethod
    def of(cls, runs: Path, text: str) -> Play:
        tree = tree_of(text)
        return cls(tree, RunFolder.create(runs, tree.diagram.source, diagram=tree.name, graph=tree))

    def executor(
        self, worker: Worker, options: Options = QUICK, start_from: str | None = None, **more: object
    ) -> Executor:
        return Executor(self.tree, self.folder, worker, options=options, start_from=start_from, **more)  # type: ignore[arg-type]  # tests pass what fits

    def run(self, worker: Worker, options: Options = QUICK, start_from: str | None = None) -> RunRecord:
        self.executor(worker, options, start_from).run()
        return self.record()

    def record(self) -> RunRecord:
        return RunRecord.open(self.folder)


def statuses(record: RunRecord) -> dict[str, str]:
    return {node.id: node.status.value for node in record.nodes.values()}


def fails(_: Visit) -> object:
    raise MflowError("no such host", code="network")


NESTED = """A->>B: list
loop For each env
  A->>B: components
  B->>A: Return components
  loop For each part
    A->>B: check
    alt drifted
      A->>A: log
    else
      A->>A: fine
    end
  end
end
A->>B: report"""


def nested_worker(**more: object) -> Worker:
    answers = {
        "loop1": ["dev", "prod"],
        "loop2": ["a", "b"],
        "alt1": lambda visit: 0 if visit.items["part"] == "a" else 1,
    }
    return Worker({"check": lambda visit: {"at": f"{visit.items['env']}/{visit.items['part']}"}}, answers, **more)  # type: ignore[arg-type]
