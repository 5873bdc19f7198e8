"""Random sequence diagrams, a reference interpreter for them, and ways to play sequences without threads.

A plan is drawn as Mermaid text for the engine and followed by `Reference` directly: the two share nothing but the plan.
What every step comes to stands in its text: `ok`, `fail`, `yes`, `no`, `2 times`, `while 3` (true for three laps).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from random import Random

from mermaid_flow.engine.sequence import Interpreter
from mermaid_flow.engine.sequence_flow import Due, Outcome
from mermaid_flow.graph.sequence import Attempt, Call, Choice, Loop, SequenceTree
from mermaid_flow.graph.sequence_builder import build_sequence
from mermaid_flow.syntax import parse
from mermaid_flow.syntax.sequence import SequenceDiagram
from mermaid_flow.syntax.source import Source

MAX_LAPS = 3


def tree_of(text: str, name: str = "talk", **more: object) -> SequenceTree:
    """The tree of a sequence diagram; every message has a handler and every participant a life."""
    if "sequenceDiagram" not in text:
        text = "sequenceDiagram\n" + text
    diagram = parse(Source(text, "diagrams/talk.mmd"))
    assert isinstance(diagram, SequenceDiagram)
    return build_sequence(
        diagram,
        name,
        has_handler=lambda _receiver, text: not text.startswith("Return"),
        has_life=lambda _participant, _creates: True,
        **more,  # type: ignore[arg-type]  # tests pass what fits
    )


@dataclass
class Statement:
    """One statement of a plan. `kind` as in Mermaid; `text` says what it comes to."""

    kind: str
    text: str = ""
    blocks: list[tuple[str, list[Statement]]] = field(default_factory=list)
    parallel: int = 1
    id: str = ""


def random_plan(random: Random, depth: int = 3) -> list[Statement]:
    """A block of statements, numbered as the engine numbers them."""
    plan = _block(random, depth)
    _number(plan, {})
    return plan


def _block(random: Random, depth: int) -> list[Statement]:
    return [_statement(random, depth) for _ in range(random.randint(1, 3))]


def _statement(random: Random, depth: int) -> Statement:  # noqa: PLR0911 - one for each kind
    if depth == 0 or random.random() < 0.35:
        return Statement("call", random.choices(["ok", "fail"], [9, 1])[0])
    kind = random.choice(["each", "times", "while", "until", "alt", "opt", "par", "critical", "break", "rect"])
    inner = depth - 1
    match kind:
        case "each":
            body = _block(random, inner)
            return Statement(kind, str(random.randint(0, 3)), [("", body)], random.randint(1, 3))
        case "times" | "while" | "until":
            return Statement(kind, str(random.randint(0, MAX_LAPS + 1)), [("", _block(random, inner))])
        case "alt":
            texts = [random.choice(["yes", "no"]) for _ in range(random.randint(1, 3))]
            blocks = [(text, _block(random, inner)) for text in texts]
            if len(blocks) > 1 and random.random() < 0.5:
                blocks[-1] = ("", blocks[-1][1])
            return Statement(kind, "", blocks)
        case "par":
            return Statement(kind, "", [("", _block(random, inner)) for _ in range(random.randint(1, 3))])
        case "critical":
            options = [(random.choice(["yes", "no"]), _block(random, inner)) for _ in range(random.randint(0, 2))]
            body = [*_block(random, inner), Statement("call", random.choice(["ok", "fail"]))]
            return Statement(kind, "", [("", body), *options])
        case "rect":
            return Statement(kind, "", [("", _block(random, inner))])
        case _:
            return Statement(kind, random.choice(["yes", "no"]), [("", _block(random, inner))])


def _number(plan: Sequence[Statement], counts: dict[str, int]) -> None:
    for statement in plan:
        kind = "loop" if statement.kind in {"each", "times", "while", "until"} else statement.kind
        kind = "" if kind == "call" else kind
        if kind != "rect":
            counts[kind] = counts.get(kind, 0) + 1
            statement.id = f"{kind}{counts[kind]}"
        for _, block in statement.blocks:
            _number(block, counts)


def drawn(plan: Sequence[Statement]) -> str:
    """The plan as a diagram."""
    loops = {s.id: s.parallel for s in _all(plan) if s.kind == "each"}
    front = "".join(f"\n    {name}: {number}" for name, number in loops.items())
    head = f"---\nmflow:\n  max_laps: {MAX_LAPS}\n" + (f"  parallel:{front}\n" if front else "") + "---\n"
    return head + "sequenceDiagram\n" + "\n".join(_lines(plan, "  ")) + "\n"


def _all(plan: Sequence[Statement]) -> list[Statement]:
    return [s for statement in plan for s in [statement, *(i for _, b in statement.blocks for i in _all(b))]]


_JOINTS = {"alt": "else", "par": "and", "critical": "option"}


def _lines(plan: Sequence[Statement], indent: str) -> list[str]:
    lines: list[str] = []
    for s in plan:
        if s.kind == "call":
            lines.append(f"{indent}A->>B: {s.text}")
            continue
        texts = {"each": f"For each {s.text} thing", "times": f"{s.text} times"}
        head = {"while": f"while {s.text} laps", "until": f"until {s.text} laps", "rect": "rgb(1,2,3)"}
        keyword = "loop" if s.kind in {"each", "times", "while", "until"} else s.kind
        for number, (condition, block) in enumerate(s.blocks):
            text = {**texts, **head}.get(s.kind) or condition or s.text or ("work" if s.kind in _JOINTS else "")
            if number and not condition:
                text = "" if s.kind == "alt" else "work"
            lines.append(f"{indent}{_JOINTS[s.kind] if number else keyword} {text}".rstrip())
            lines += _lines(block, indent + "  ")
        lines.append(f"{indent}end")
    return lines


class Failed(Exception):
    """The reference's own failure: the nodes that failed."""


class Left(Exception):
    """The reference's own `break`."""


@dataclass
class Reference:
    """Follows a plan one step after the other, in the order of the diagram."""

    trace: list[str] = field(default_factory=list)
    caught: set[str] = field(default_factory=set)
    failed: tuple[str, ...] = ()

    def follow(self, plan: Sequence[Statement]) -> Reference:
        try:
            self._block(plan, ())
        except Left:
            pass
        except Failed as failure:
            self.failed = failure.args
        return self

    def _note(self, s: Statement, laps: tuple[int, ...]) -> str:
        self.trace.append("-".join([s.id, *map(str, laps)]))
        return self.trace[-1]

    def _block(self, plan: Sequence[Statement], laps: tuple[int, ...]) -> None:
        for statement in plan:
            getattr(self, f"_{statement.kind}")(statement, laps)

    def _leavable(self, plan: Sequence[Statement], laps: tuple[int, ...]) -> None:
        with suppress(Left):
            self._block(plan, laps)

    def _call(self, s: Statement, laps: tuple[int, ...]) -> None:
        node = self._note(s, laps)
        if s.text == "fail":
            raise Failed(node)

    def _rect(self, s: Statement, laps: tuple[int, ...]) -> None:
        self._block(s.blocks[0][1], laps)

    def _each(self, s: Statement, laps: tuple[int, ...]) -> None:
        self._note(s, laps)
        body = s.blocks[0][1]
        one_by_one = s.parallel == 1 or any(self._breaks(inner) for inner in body)
        failures: list[str] = []
        try:
            for lap in range(1, int(s.text) + 1):
                try:
                    self._block(body, (*laps, lap))
                except Failed as failure:
                    if one_by_one:
                        raise
                    failures += failure.args
        except Left:
            return
        if failures:
            raise Failed(*failures)

    def _breaks(self, s: Statement) -> bool:
        return s.kind == "break" or (s.kind == "rect" and any(self._breaks(inner) for inner in s.blocks[0][1]))

    def _times(self, s: Statement, laps: tuple[int, ...]) -> None:
        self._note(s, laps)
        try:
            for lap in range(1, int(s.text) + 1):
                self._block(s.blocks[0][1], (*laps, lap))
        except Left:
            pass

    def _while(self, s: Statement, laps: tuple[int, ...]) -> None:
        try:
            for lap in range(1, MAX_LAPS + 2):
                self._note(s, (*laps, lap))
                if lap > int(s.text):
                    return
                if lap <= MAX_LAPS:
                    self._block(s.blocks[0][1], (*laps, lap))
        except Left:
            return
        raise Failed(self._note(s, laps))

    def _until(self, s: Statement, laps: tuple[int, ...]) -> None:
        try:
            for lap in range(1, MAX_LAPS + 1):
                self._block(s.blocks[0][1], (*laps, lap))
                self._note(s, (*laps, lap))
                if lap >= int(s.text):
                    return
        except Left:
            return
        raise Failed(self._note(s, laps))

    def _alt(self, s: Statement, laps: tuple[int, ...]) -> None:
        self._note(s, laps)
        for condition, block in s.blocks:
            if condition != "no":
                self._leavable(block, laps)
                return

    def _opt(self, s: Statement, laps: tuple[int, ...]) -> None:
        self._note(s, laps)
        if s.text == "yes":
            self._leavable(s.blocks[0][1], laps)

    def _break(self, s: Statement, laps: tuple[int, ...]) -> None:
        self._note(s, laps)
        if s.text == "yes":
            self._leavable(s.blocks[0][1], laps)
            raise Left

    def _par(self, s: Statement, laps: tuple[int, ...]) -> None:
        failures: list[str] = []
        for _, block in s.blocks:
            try:
                self._leavable(block, laps)
            except Failed as failure:
                failures += failure.args
        if failures:
            raise Failed(*failures)

    def _critical(self, s: Statement, laps: tuple[int, ...]) -> None:
        (_, body), *options = s.blocks
        try:
            self._leavable(body, laps)
        except Failed as failure:
            if not options:
                raise
            self._note(s, laps)
            for condition, block in options:
                if condition == "yes":
                    self.caught.update(failure.args)
                    self._leavable(block, laps)
                    return
            raise


def comes_to(due: Due) -> Outcome:  # noqa: PLR0911 - one for each kind of step
    """What a step of a plan comes to, by its text."""
    step = due.step
    lap = int(due.node.id.rpartition("-")[2]) if "-" in due.node.id else 0
    if due.exhausted is not None:
        return Outcome(error={"code": "laps"})
    match step:
        case Call():
            return Outcome(error={"code": "no"}) if step.text == "fail" else Outcome({"lap": lap})
        case Loop(kind="each"):
            return Outcome(value=list(range(int(step.subject.split()[0]))))
        case Loop(kind="times"):
            return Outcome(value=int(step.subject))
        case Loop():
            limit = int(step.subject.split()[0])
            return Outcome(picked=0 if (lap <= limit if step.kind == "while" else lap >= limit) else None)
        case Choice():
            return Outcome(picked=next((i for i, branch in enumerate(step.branches) if branch.text != "no"), None))
        case Attempt():
            return Outcome(picked=next((i for i, option in enumerate(step.options) if option.text == "yes"), None))
        case _:
            return Outcome(picked=0 if due.node.label == "yes" else None)


@dataclass
class Played:
    """A finished pass: outcomes in the order in which they came."""

    outcomes: dict[str, Outcome]
    interpreter: Interpreter

    def in_order(self, tree: SequenceTree) -> list[str]:
        """What ran, in the order of the diagram."""
        drawn_order = Interpreter(tree, self.outcomes, as_drawn=True).asked
        return [node for node in drawn_order if node in self.outcomes]


def play(
    tree: SequenceTree,
    random: Random,
    known: Mapping[str, Outcome] | None = None,
    behaviour: Callable[[Due], Outcome] = comes_to,
) -> Played:
    """Play a tree to its end: of what is due, any step may end first."""
    outcomes = dict(known or {})
    interpreter = Interpreter(tree, dict(outcomes))
    while interpreter.due:
        node = random.choice(list(interpreter.due))
        assert node not in outcomes, "nothing that is finished runs again"
        outcomes[node] = behaviour(interpreter.due[node])
        interpreter.take(node, outcomes[node])
    return Played(outcomes, interpreter)
