"""Answers what a sequence diagram asks: conditions, collections, counts, and which option handles a failure.

The sources are those of docs/semantics.md, 1.4, and before the variables what earlier messages returned.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from mermaid_flow.engine.ports import Answer
from mermaid_flow.engine.sequence_items import collection_names
from mermaid_flow.errors import Location, MflowError, did_you_mean
from mermaid_flow.graph.sequence import Asking, Attempt, Branch, Break, Choice, Loop, SequenceTree
from mermaid_flow.handlers.context import Context
from mermaid_flow.handlers.registry import normalise
from mermaid_flow.inputs.decisions import DEFAULT, VARIABLE, Bound, Found, find_value, match_value, snake_case
from mermaid_flow.inputs.kinds import describe_value
from mermaid_flow.inputs.layers import Inputs
from mermaid_flow.inputs.variables import Variables
from mermaid_flow.session.bindings import Bindings, KnownLater, bound_expression, bound_function

DIAGRAM = "diagram"
RETURNED = "returned value"
FAILURE = "failure"

_NOTHING = Variables()
_ANY_FAILURE = frozenset(
    {"", "else", "otherwise", "default", "error", "failure", "on error", "on failure", "any error", "any failure"}
)


@dataclass(frozen=True)
class Answers:
    """What answers the questions of one sequence diagram. With `probing` False, only what is known before the run."""

    tree: SequenceTree
    bindings: Bindings
    inputs: Inputs
    probing: bool = True

    def answer(self, step: Asking, context: Context) -> Answer:
        """The answer to a step. Picks a branch by its index, as `edges`; none when no condition is true.

        Raises MflowError when nothing answers or the value cannot be one, KnownLater for what only the run will show.
        """
        match step:
            case Loop(kind="each"):
                return self._collection(step, context)
            case Loop(kind="times"):
                return self._count(step, context)
            case Loop():
                return self._condition(step.id, (step.text, step.subject), context)
            case Choice():
                return self._choice(step, context)
            case Attempt():
                return self._option(step, context)
            case Break():
                return self._condition(step.id, (step.text,), context)

    def find(self, step: str, texts: Sequence[str], names: Sequence[str], context: Context) -> Found | None:
        """The first value that a source gives for a question with this id or one of these texts.

        `names` are what a returned value or a variable that answers it is called.
        """
        for text in texts:
            given = self._explicit(step, normalise(text), context)
            if given is not None:
                return given
        for key in reversed(list(context.values)):
            for name in names:
                if name in context.values[key]:
                    return Found(context.values[key][name], RETURNED, f"{name}, returned by {key}")
        for name in names:
            if name in context.vars:
                return Found(context.vars[name], VARIABLE, context.vars.origin(name), context.vars.where(name))
        return None

    def _explicit(self, step: str, text: str, context: Context) -> Found | None:
        """What the command line, `decisions:`, an expression or a function says."""
        expression = self.bindings.expressions.get(step) or self.bindings.expressions.get(text)
        handler = self.bindings.registry.decision(step, text, self.bindings.diagram)
        bound: Bound | None = None
        if not self.probing and (expression or handler):
            bound = Bound(_later, "")
        elif expression:
            bound = bound_expression(expression, context)
        return find_value(
            step,
            text,
            answers=self.inputs.answers,
            decisions=self.inputs.decisions,
            variables=_NOTHING,
            expression=bound,
            function=bound_function(handler, context, self.probing) if handler else None,
        )

    def _condition(self, step: str, texts: Sequence[str], context: Context) -> Answer:
        found = self.find(step, texts, [snake_case(text) for text in reversed(texts)], context)
        if found is None:
            raise self._unanswered(texts[0], snake_case(texts[-1]), "true or false", step, context)
        true = self._truth(found, texts[0])
        return Answer(found.value, (0,) if true else (), ("yes" if true else "no",), found.source, found.origin)

    def _choice(self, step: Choice, context: Context) -> Answer:
        labels = [branch.text for branch in step.branches]
        whole = self._explicit(step.id, "", context) if len(labels) > 1 else None
        if whole is not None:
            try:
                picked = match_value(whole.value, labels)[0]
            except MflowError as error:
                raise MflowError(
                    f"{step.id}: {error.message}", code=error.code, hint=error.hint, where=whole.where
                ) from None
            return Answer(whole.value, (picked,), (labels[picked],), whole.source, whole.origin)
        last: Answer | None = None
        for index, branch in enumerate(step.branches):
            found = self._of_branch(step, branch, context)
            if found is None:
                if not (step.default and index == len(labels) - 1):
                    raise self._unanswered(branch.text, snake_case(branch.text), "true or false", step.id, context)
                return Answer(None, (index,), (branch.text,), DEFAULT, str(self._where(step.id) or ""))
            last = Answer(found.value, (), ("no",), found.source, found.origin)
            if self._truth(found, branch.text):
                return replace(last, edges=(index,), labels=(branch.text,))
        assert last is not None  # noqa: S101 - there is at least one branch
        return last

    def _of_branch(self, step: Choice | Attempt, branch: Branch, context: Context) -> Found | None:
        own = step.id if len(step.branches if isinstance(step, Choice) else step.options) == 1 else ""
        return self.find(own, [branch.text], [snake_case(branch.text)], context) if branch.text else None

    def _option(self, step: Attempt, context: Context) -> Answer:
        error = context.inputs.get("error")
        failure: Mapping[str, object] = error if isinstance(error, Mapping) else {}
        said = " ".join(str(failure.get(key, "")) for key in ("kind", "code", "message"))
        for index, option in enumerate(step.options):
            found = self._of_branch(step, option, context)
            if found is not None and self._truth(found, option.text):
                return Answer(found.value, (index,), (option.text,), found.source, found.origin)
            if found is None and names_failure(option.text, said):
                return Answer(failure.get("message"), (index,), (option.text,), FAILURE, str(failure.get("code", "")))
        return Answer(failure.get("message"), (), ("no option",), FAILURE, str(failure.get("code", "")))

    def _collection(self, step: Loop, context: Context) -> Answer:
        names = collection_names(step.subject)
        found = self.find(step.id, (step.text,), names, context)
        if found is None:
            raise self._unanswered(step.text, names[0], "a list", step.id, context)
        if not isinstance(found.value, list):
            raise self._unfit(found, step.text, "a list of items")
        count = len(found.value)
        return Answer(found.value, (), (f"{count} item{'s' * (count != 1)}",), found.source, found.origin)

    def _count(self, step: Loop, context: Context) -> Answer:
        if step.subject.isdecimal():
            return Answer(int(step.subject), (), (step.text,), DIAGRAM, str(self._where(step.id) or ""))
        name = snake_case(step.subject)
        found = self.find(step.id, (step.text,), (name,), context)
        if found is None:
            raise self._unanswered(step.text, name, "a whole number", step.id, context)
        if isinstance(found.value, bool) or not isinstance(found.value, int) or found.value < 0:
            raise self._unfit(found, step.text, "a whole number from 0")
        return Answer(found.value, (), (f"{found.value} times",), found.source, found.origin)

    def _truth(self, found: Found, text: str) -> bool:
        """Whether a value means yes: by the words that pick Yes and No of a decision; a full list or map is a yes."""
        value = found.value
        if isinstance(value, bool) or value is None:
            return bool(value)
        if isinstance(value, list | Mapping):
            return bool(value)
        try:
            return match_value(value, ("Yes", "No")) == (0,)
        except MflowError:
            raise self._unfit(found, text, "true or false") from None

    def _unfit(self, found: Found, text: str, wanted: str) -> MflowError:
        return MflowError(
            f"{text!r} needs {wanted}, but {found.origin} is {describe_value(found.value)}",
            code="sequence.value",
            where=found.where,
        )

    def _unanswered(self, text: str, name: str, wanted: str, step: str, context: Context) -> MflowError:
        close = did_you_mean(name, context.vars)
        ways = f"set the variable {name} ({wanted}), return {name!r} from a message before, or --set {step}=…"
        return MflowError(
            f"{text!r} has no answer",
            code="decision.unanswered",
            hint="; ".join(filter(None, (ways, close))),
            where=self._where(step),
        )

    def _where(self, step: str) -> Location | None:
        span = next((each.span for each in self.tree.steps() if each.id == step), None)
        return self.tree.diagram.source.location(span) if span is not None else None


def names_failure(option: str, said: str) -> bool:
    """Whether an option names a failure: all its words occur in what the failure says. *Otherwise* names any."""
    if normalise(option).casefold() in _ANY_FAILURE:
        return True
    words = re.findall(r"\w+", option.casefold())
    return bool(words) and all(word in said.casefold() for word in words)


def question_names(tree: SequenceTree) -> list[str]:
    """Ids and texts of everything that is asked, as `--set` and `decisions:` may name them."""
    names: list[str] = []
    for step in tree.steps():
        match step:
            case Loop() | Break():
                names += [step.id, normalise(step.text)]
            case Choice():
                names += [step.id, *(normalise(branch.text) for branch in step.branches)]
            case Attempt():
                names += [step.id, *(normalise(option.text) for option in step.options)]
            case _:
                pass
    return [name for name in dict.fromkeys(names) if name]


def answering_variables(tree: SequenceTree) -> set[str]:
    """The variables that answer a question by their name."""
    names = {snake_case(name) for name in question_names(tree)}
    for loop in tree.loops().values():
        names.update(collection_names(loop.subject) if loop.kind == "each" else [snake_case(loop.subject)])
    return names


def _later() -> object:
    raise KnownLater("known when the run comes to it", code="decision.later")
