"""From a parsed sequence diagram to its step tree: which messages are calls, which are replies, what loops repeat over.

Whatever could not be executed is refused here, all at once.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from mermaid_flow.errors import MflowError, Problems
from mermaid_flow.graph.model import Role
from mermaid_flow.graph.sequence import (
    Attempt,
    Branch,
    Break,
    Call,
    Choice,
    Lifetime,
    Loop,
    Parallel,
    Reply,
    SequenceTree,
    Step,
)
from mermaid_flow.graph.sequence_settings import SequenceSettings, sequence_settings
from mermaid_flow.syntax import sequence as ast
from mermaid_flow.syntax.sequence import SequenceDiagram

HasHandler = Callable[[str, str], bool]
"""Whether something is bound to a message, by the id of its receiver and its text."""
HasLife = Callable[[str, bool], bool]
"""Whether a participant has something to do when it is created (True) or destroyed (False)."""

_REPLY = re.compile(r"(?:returns?|responds?)\b", re.IGNORECASE)
_EACH = re.compile(r"(?:for\s+(?:each|every|all)|each)\s+(?:of\s+)?(?:the\s+)?(?P<subject>.+)", re.IGNORECASE)
_QUALIFIED = re.compile(r"\s+(?:in|of|from|on|with|by)\s+.*", re.IGNORECASE)
_TIMES = re.compile(r"(?P<subject>.+?)\s+times?", re.IGNORECASE)
_CONDITION = re.compile(r"(?:repeat\s+)?(?P<kind>while|until)\s+(?P<subject>.+)", re.IGNORECASE)


def build_sequence(
    diagram: SequenceDiagram,
    name: str,
    settings: SequenceSettings | None = None,
    *,
    has_handler: HasHandler = lambda _receiver, _text: False,
    has_life: HasLife = lambda _participant, _creates: False,
) -> SequenceTree:
    """The executable model of a sequence diagram. `settings` replaces what the front matter says.

    Raises Problems with one MflowError, with its place, for each statement that cannot be executed.
    """
    builder = _Builder(diagram, settings or sequence_settings(diagram), has_handler, has_life)
    body = builder.block(diagram.body, [])
    problems = [*builder.problems, *builder.settings.unknown(builder.loops, diagram.source)]
    if problems:
        raise Problems(problems)
    return SequenceTree(name, diagram, body)


@dataclass(frozen=True, slots=True)
class _Open:
    """A call that has not been answered yet."""

    caller: str
    receiver: str
    call: str


@dataclass
class _Builder:
    diagram: SequenceDiagram
    settings: SequenceSettings
    has_handler: HasHandler
    has_life: HasLife
    problems: list[MflowError] = field(default_factory=list)
    loops: dict[str, str] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)

    def block(self, statements: Iterable[ast.Statement], open_calls: list[_Open]) -> tuple[Step, ...]:
        """The steps of one block. Calls that it opens and nobody answers are over with it."""
        steps: list[Step] = []
        doomed: list[Lifetime] = []
        for statement in statements:
            match statement:
                case ast.Message():
                    steps.append(self._message(statement, open_calls))
                    over = [life for life in doomed if life.participant in (statement.source, statement.target)]
                    steps += over
                    doomed = [life for life in doomed if life not in over]
                case ast.Lifecycle():
                    life = self._life(statement)
                    if self.has_life(statement.actor, statement.creates):
                        # The message after `destroy` is the participant's last one, and it has to live for that.
                        (steps if statement.creates else doomed).append(life)
                case ast.Fragment(kind="rect"):
                    steps += self.block(statement.branches[0].body, open_calls)
                case ast.Fragment():
                    steps.append(self._fragment(statement, open_calls))
                case _:
                    pass  # notes, activations and numbers do nothing
        return (*steps, *doomed)

    def _id(self, kind: str) -> str:
        self.counts[kind] += 1
        return f"{kind}{self.counts[kind]}"

    def _message(self, message: ast.Message, open_calls: list[_Open]) -> Step:
        step = self._id("")
        source, target = message.source, message.target
        if "REVERSE" in message.arrow:
            source, target = target, source
        answered = next(
            (call for call in reversed(open_calls) if (call.receiver, call.caller) == (source, target)), None
        )
        bound = self.has_handler(target, message.text)
        says_so = answered is not None and source != target and _REPLY.match(message.text) is not None and not bound
        if "DOTTED" in message.arrow or says_so:
            if answered is not None:
                del open_calls[open_calls.index(answered) :]
            call = answered.call if answered else None
            return Reply(step, source, target, message.text, message.span, call)
        if source != target:
            open_calls.append(_Open(source, target, step))
        person = self.diagram.participants[target].type == "actor" and not bound
        role = Role.MANUAL if person else Role.ACTION
        return Call(step, source, target, message.text, message.span, role)

    def _life(self, statement: ast.Lifecycle) -> Lifetime:
        step = self._id("create" if statement.creates else "destroy")
        return Lifetime(step, statement.actor, statement.creates, statement.span)

    def _fragment(self, fragment: ast.Fragment, open_calls: list[_Open]) -> Step:
        kind = "par" if fragment.kind == "par_over" else fragment.kind
        step, first = self._id(kind), fragment.branches[0]
        if kind == "loop":
            return self._loop(step, first, fragment, open_calls)
        branches = tuple(self._branch(branch, open_calls) for branch in fragment.branches)
        body = branches[0].body
        match kind:
            case "alt" | "opt":
                self._check_conditions(branches, alternatives=kind == "alt")
                return Choice(step, branches, fragment.span, default=len(branches) > 1)
            case "par":
                return Parallel(step, branches, fragment.span)
            case "critical":
                return Attempt(step, first.text, body, branches[1:], fragment.span)
            case _:
                self._check_conditions(branches, alternatives=False)
                return Break(step, first.text, body, fragment.span)

    def _branch(self, branch: ast.Branch, open_calls: list[_Open]) -> Branch:
        return Branch(branch.text, self.block(branch.body, list(open_calls)), branch.span)

    def _loop(self, step: str, branch: ast.Branch, fragment: ast.Fragment, open_calls: list[_Open]) -> Loop:
        text = " ".join(branch.text.split())
        self.loops[step] = text
        kind, subject = repetition(text) or ("while", "")
        if not subject:
            self._problem(
                f"it is not clear what the loop {text!r} repeats over",
                "write `For each NAME`, `N times`, `while CONDITION` or `until CONDITION`",
                branch,
            )
        body = self.block(branch.body, list(open_calls))
        bound, parallel = self.settings.max_laps_of(step, text), self.settings.parallel_of(step, text)
        return Loop(step, text, kind, subject, body, fragment.span, bound, parallel)

    def _check_conditions(self, branches: tuple[Branch, ...], *, alternatives: bool) -> None:
        last = len(branches) - 1
        for index, branch in enumerate(branches):
            if not branch.text and not (alternatives and 0 < index == last):
                self._problem("a condition is missing", "only the last `else` of an `alt` needs none", branch)

    def _problem(self, message: str, hint: str, branch: Branch | ast.Branch) -> None:
        where = self.diagram.source.location(branch.span)
        self.problems.append(MflowError(message, code="sequence.statement", hint=hint, where=where))


def repetition(text: str) -> tuple[Literal["each", "times", "while", "until"], str] | None:
    """What a loop's text says: the kind of repetition and what it is over; None when it says neither."""
    if found := _CONDITION.fullmatch(text):
        return ("while" if found["kind"].casefold() == "while" else "until"), found["subject"]
    if found := _EACH.fullmatch(text):
        return "each", _QUALIFIED.sub("", found["subject"])
    if found := _TIMES.fullmatch(text):
        return "times", found["subject"]
    return None


@dataclass(frozen=True, slots=True)
class Deviations:
    """What a tree had beyond its diagram: kinds of steps that handlers decided, bounds and parallelism of loops."""

    kinds: Mapping[str, str]
    laps: Mapping[str, int]
    parallel: Mapping[str, int]


def deviations(tree: SequenceTree) -> Deviations:
    """What has to be kept of a tree to build it again from its diagram."""
    kinds = {step.id: _kind(step) for step in tree.steps() if isinstance(step, Call | Reply | Lifetime)}
    loops = tree.loops().values()
    return Deviations(kinds, {loop.id: loop.max_laps for loop in loops}, {loop.id: loop.parallel for loop in loops})


def rebuild_sequence(diagram: SequenceDiagram, name: str, kept: Deviations) -> SequenceTree:
    """The tree as it was."""
    tree = build_sequence(
        diagram,
        name,
        SequenceSettings(laps=kept.laps, parallelism=kept.parallel),
        has_life=lambda _participant, _creates: True,
    )
    return replace(tree, body=_restored(tree.body, kept.kinds))


def _kind(step: Call | Reply | Lifetime) -> str:
    return step.role.value if isinstance(step, Call) else "reply" if isinstance(step, Reply) else "life"


def _restored(block: tuple[Step, ...], kinds: Mapping[str, str]) -> tuple[Step, ...]:
    return tuple(_restored_step(step, kinds) for step in block if not isinstance(step, Lifetime) or step.id in kinds)


def _restored_step(step: Step, kinds: Mapping[str, str]) -> Step:
    match step:
        case Call() | Reply() if kinds.get(step.id, "reply") != "reply":
            return Call(step.id, step.source, step.target, step.text, step.span, Role(kinds[step.id]))
        case Loop() | Break():
            return replace(step, body=_restored(step.body, kinds))
        case Choice() | Parallel():
            branches = tuple(replace(branch, body=_restored(branch.body, kinds)) for branch in step.branches)
            return replace(step, branches=branches)
        case Attempt():
            options = tuple(replace(option, body=_restored(option.body, kinds)) for option in step.options)
            return replace(step, body=_restored(step.body, kinds), options=options)
        case _:
            return step
