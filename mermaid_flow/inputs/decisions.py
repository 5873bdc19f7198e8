"""How a decision gets its value, and which out-edges that value picks. docs/semantics.md, section 1.4.

Everything here is pure: a Python function that looks at the world comes in as a callable and is called only when the
sources above it gave no answer.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from mermaid_flow.errors import Location, MflowError, did_you_mean
from mermaid_flow.inputs.kinds import describe_value
from mermaid_flow.inputs.layers import Setting
from mermaid_flow.inputs.variables import Variables

COMMAND_LINE: Final = "command line"
DECISIONS: Final = "decisions"
EXPRESSION: Final = "expression"
FUNCTION: Final = "function"
VARIABLE: Final = "variable"
DEFAULT: Final = "default"

_DEFAULT_LABELS = frozenset({"", "else", "default", "otherwise"})
_BOOLEANS = {True: frozenset({"yes", "true", "enabled"}), False: frozenset({"no", "false", "disabled"})}
_NOTHING = frozenset({"no", "none", "skip"})
_CAMEL_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


@dataclass(frozen=True, slots=True)
class Question:
    """A decision as it is asked: a node's id, its label, and the labels of its out-edges in order."""

    id: str
    label: str
    labels: tuple[str, ...]
    aliases: Mapping[str, object] = field(default_factory=dict)
    """Further values by the label, or list of labels, that they mean: `{"postgres": "PostgreSQL"}`."""
    where: Location | None = None


@dataclass(frozen=True, slots=True)
class Bound:
    """An expression or a Python function bound to a decision. `origin` says in words where it was written."""

    evaluate: Callable[[], object]
    origin: str
    where: Location | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """A value for a question: `source` is one of the constants above, `origin` the place in words."""

    value: object
    source: str
    origin: str
    where: Location | None = None


@dataclass(frozen=True, slots=True)
class DecisionAnswer:
    """What was decided: the value, the indexes and texts of the labels that it picks, who said so and where."""

    value: object
    indexes: tuple[int, ...]
    labels: tuple[str, ...]
    source: str
    where: str


def answer(
    question: Question,
    *,
    answers: Mapping[str, Setting],
    decisions: Mapping[str, Setting],
    variables: Variables,
    expression: Bound | None = None,
    function: Bound | None = None,
) -> DecisionAnswer:
    """Ask the sources in the order of 1.4 and pick the out-edges.

    Raises MflowError: `decision.unanswered` when nothing answers and there is no default edge, else what `match_value`
    raises, with the place where the value was written.
    """
    found = find_value(
        question.id,
        question.label,
        answers=answers,
        decisions=decisions,
        variables=variables,
        expression=expression,
        function=function,
    )
    if found is None:
        default = _default_indexes(question.labels)
        if not default:
            raise unanswered(question, variables)
        return DecisionAnswer(None, default, _texts(question.labels, default), DEFAULT, str(question.where or ""))
    try:
        indexes = match_value(found.value, question.labels, question.aliases)
    except MflowError as error:
        raise MflowError(
            f"decision {question.id}: {error.message} (from {found.source}: {found.origin})",
            code=error.code,
            hint=error.hint,
            where=found.where or question.where,
        ) from None
    return DecisionAnswer(found.value, indexes, _texts(question.labels, indexes), found.source, found.origin)


def find_value(
    id: str,  # noqa: A002  # what a node's identifier is called everywhere
    label: str,
    *,
    answers: Mapping[str, Setting],
    decisions: Mapping[str, Setting],
    variables: Variables,
    expression: Bound | None = None,
    function: Bound | None = None,
) -> Found | None:
    """The first value that a source gives, without matching it to labels; None when none does.

    Conditions and collections of sequence diagrams are answered by this too.
    """
    for source, given in ((COMMAND_LINE, answers), (DECISIONS, decisions)):
        for name in (id, label):
            if name in given:
                setting = given[name]
                return Found(setting.value, source, setting.origin, setting.where)
    for source, bound in ((EXPRESSION, expression), (FUNCTION, function)):
        if bound is not None:
            return Found(bound.evaluate(), source, bound.origin, bound.where)
    for name in variable_names(id, label):
        if name in variables:
            return Found(variables[name], VARIABLE, variables.origin(name), variables.where(name))
    return None


def variable_names(id: str, label: str) -> tuple[str, ...]:  # noqa: A002
    """The variables that answer a decision by their name: snake_case of the id, then of the label without its "?"."""
    return tuple(dict.fromkeys(name for name in (snake_case(id), snake_case(label)) if name))


def snake_case(text: str) -> str:
    """`NATGatewayNeeded` and *NAT Gateway Needed?* as `nat_gateway_needed`."""
    spaced = "".join(character if character.isalnum() else " " for character in _CAMEL_HUMP.sub(" ", text))
    return "_".join(spaced.casefold().split())


def match_value(value: object, labels: Sequence[str], aliases: Mapping[str, object] | None = None) -> tuple[int, ...]:
    """The indexes of the labels that `value` picks: those of one label for a scalar, of every item's label for a list.

    Compared exactly; then by letters and digits without case; true and false with Yes/True/Enabled and
    No/False/Disabled; null, "" and [] with No/None/Skip; then by `aliases` (value to label or labels). What matches
    nothing takes the default (an empty label, else, default, otherwise). Edges with the very same label go together.

    Raises MflowError: `decision.unknown_label`, `decision.ambiguous` (two labels match, or two defaults),
    `decision.alias` (an alias names no label), `decision.form` (a map, or a list in a list).
    """
    items = value if isinstance(value, list) and value else [value]
    picked: set[int] = set()
    for item in items:
        if not _is_scalar(item):
            raise MflowError(f"{describe_value(item)} cannot pick a label", code="decision.form", hint=_allowed(labels))
        indexes = _match_scalar(item, labels, aliases or {}) or _default_indexes(labels)
        if not indexes:
            hint = did_you_mean(str(item), _named(labels)) if isinstance(item, str) else ""
            raise MflowError(
                f"{describe_value(item)} matches no label",
                code="decision.unknown_label",
                hint="; ".join(part for part in (hint, _allowed(labels)) if part),
            )
        picked.update(indexes)
    return tuple(sorted(picked))


def _match_scalar(item: object, labels: Sequence[str], aliases: Mapping[str, object]) -> tuple[int, ...]:
    for matches in _comparisons(item):
        texts = dict.fromkeys(label for label in _named(labels) if matches(label))
        if len(texts) > 1:
            raise MflowError(
                f"{describe_value(item)} matches several labels: {', '.join(texts)}",
                code="decision.ambiguous",
                hint="write the label exactly as it is drawn",
            )
        if texts:
            return _indexes(labels, texts)
    return _match_alias(item, labels, aliases)


def _comparisons(item: object) -> Iterable[Callable[[str], bool]]:
    """The ways in which a label can match, the strictest first."""
    if isinstance(item, bool):
        yield lambda label: _letters(label) in _BOOLEANS[item]
    elif item is None or item in ("", []):
        yield lambda label: _letters(label) in _NOTHING
    else:
        text = str(item)
        letters = _letters(text)
        yield lambda label: label.strip() == text
        yield lambda label: bool(letters) and _letters(label) == letters


def _match_alias(item: object, labels: Sequence[str], aliases: Mapping[str, object]) -> tuple[int, ...]:
    text = (
        {None: "null", True: "true", False: "false"}.get(item) if item is None or isinstance(item, bool) else str(item)
    )
    for same in (lambda alias: alias == text, lambda alias: _letters(alias) == _letters(text or "") != ""):
        meant = next((label for alias, label in aliases.items() if same(alias)), None)
        if meant is None:
            continue
        texts = [str(label) for label in (meant if isinstance(meant, list | tuple) else [meant])]
        for label in texts:
            if label not in labels:
                raise MflowError(
                    f"the alias {text!r} means {label!r}, which is no label here",
                    code="decision.alias",
                    hint="; ".join(part for part in (did_you_mean(label, labels), _allowed(labels)) if part),
                )
        return _indexes(labels, texts)
    return ()


def unanswered(question: Question, variables: Variables) -> MflowError:
    """The error for a decision that nothing answers."""
    names = variable_names(question.id, question.label)
    close = next((hint for name in names if (hint := did_you_mean(name, variables))), "")
    ways = f"set the variable {' or '.join(names)}, or --set {question.id}=…"
    return MflowError(
        f"decision {question.id} ({question.label!r}) has no answer",
        code="decision.unanswered",
        hint="; ".join(part for part in (_allowed(question.labels), ways, close) if part),
        where=question.where,
    )


def _is_scalar(item: object) -> bool:
    return item is None or isinstance(item, bool | int | float | str) or item == []


def _letters(text: str) -> str:
    return "".join(character for character in text.casefold() if character.isalnum())


def _named(labels: Sequence[str]) -> list[str]:
    return [label for label in labels if label.strip()]


def _default_indexes(labels: Sequence[str]) -> tuple[int, ...]:
    defaults = tuple(index for index, label in enumerate(labels) if label.strip().casefold() in _DEFAULT_LABELS)
    texts = dict.fromkeys(labels[index] for index in defaults)
    if len(texts) > 1:
        raise MflowError(
            f"several default edges: {', '.join(text or 'one without a label' for text in texts)}",
            code="decision.ambiguous",
        )
    return defaults


def _indexes(labels: Sequence[str], texts: Iterable[str]) -> tuple[int, ...]:
    wanted = set(texts)
    return tuple(index for index, label in enumerate(labels) if label in wanted)


def _texts(labels: Sequence[str], indexes: Sequence[int]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(labels[index] for index in indexes))


def _allowed(labels: Sequence[str]) -> str:
    named = dict.fromkeys(_named(labels))
    return f"labels: {', '.join(named)}" if named else ""
