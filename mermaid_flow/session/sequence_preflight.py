"""Looks through a sequence diagram before it runs: every message has its handler, what can be known is right.

Handlers of messages have effects and are not called. What they return is not known yet, so that a question which an
earlier message may answer is left to the run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import cast

from mermaid_flow.errors import MflowError, Problems
from mermaid_flow.graph.model import Role
from mermaid_flow.graph.sequence import Break, Call, Choice, Loop, Step, bodies
from mermaid_flow.handlers.context import Context, NodeInfo, RunInfo
from mermaid_flow.inputs.layers import Inputs
from mermaid_flow.session.bindings import KnownLater
from mermaid_flow.session.contexts import bare_context
from mermaid_flow.session.sequence_answers import Answers
from mermaid_flow.session.sequence_bindings import SequenceBindings


@dataclass
class _Look:
    bindings: SequenceBindings
    inputs: Inputs
    run: RunInfo
    problems: list[MflowError] = field(default_factory=list)
    called: bool = False
    """Whether a message has been sent by then that may return something."""

    def look(self) -> list[MflowError]:
        for handler in self.bindings.common.registry.checks(self.bindings.tree.name):
            self._check(cast("Callable[[Context], Iterable[MflowError]]", handler.function))
        self._block(self.bindings.tree.body)
        unique = {(problem.code, problem.message): problem for problem in reversed(self.problems)}
        return list(unique.values())[::-1]

    def _block(self, steps: Iterable[Step]) -> None:
        for step in steps:
            match step:
                case Call():
                    self._call(step)
                case Loop(kind="until"):
                    pass  # its condition is asked after the body
                case Loop() | Choice() | Break():
                    self._question(step)
                case _:
                    pass  # an option is asked for when something has failed; the others ask nothing
            for body in bodies(step):
                self._block(body)
            if isinstance(step, Loop) and step.kind == "until":
                self._question(step)

    def _call(self, call: Call) -> None:
        self.called = True
        if self.bindings.handler(call) is None and call.role is not Role.MANUAL:
            self.problems.append(self.bindings.missing(call))

    def _question(self, step: Loop | Choice | Break) -> None:
        answers = Answers(self.bindings.tree, self.bindings.common, self.inputs, probing=False)
        try:
            answers.answer(step, self._context(step.id, step.text))
        except KnownLater:
            return
        except MflowError as problem:
            if not (problem.code == "decision.unanswered" and self.called):
                self.problems.append(problem)

    def _check(self, function: Callable[[Context], Iterable[MflowError]]) -> None:
        try:
            self.problems += function(self._context("", ""))
        except MflowError as problem:
            self.problems += problem.problems if isinstance(problem, Problems) else (problem,)

    def _context(self, node: str, text: str) -> Context:
        info = NodeInfo(node, text)
        return bare_context(self.run, info, self.inputs.variables, {}, self.bindings.tree.name)


def look_through(bindings: SequenceBindings, inputs: Inputs, run: RunInfo) -> list[MflowError]:
    """Everything that is wrong with a run of this diagram with these inputs."""
    return _Look(bindings, inputs, run).look()
