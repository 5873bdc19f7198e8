"""The decorators by which Python functions offer to do a diagram's work.

A decorator only marks its function; nothing is registered globally. The loader collects the marks of a project's
`handlers/` folder and of installed plug-ins into a `Registry`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal, TypeAlias, TypeVar

from mermaid_flow.errors import MflowError
from mermaid_flow.handlers.calls import HandlerResult
from mermaid_flow.handlers.context import Context

Pattern: TypeAlias = "str | re.Pattern[str]"
"""A node id, a label, a label with `*` wildcards, or a compiled regular expression on the label."""

ActionFunction = TypeVar("ActionFunction", bound=Callable[[Context], HandlerResult])
DecisionFunction = TypeVar("DecisionFunction", bound=Callable[[Context], object])
CheckFunction = TypeVar("CheckFunction", bound=Callable[[Context], Iterable[MflowError]])
AnyFunction = TypeVar("AnyFunction", bound=Callable[..., object])
AnyClass = TypeVar("AnyClass", bound=type)


class Kind(StrEnum):
    """What a handler does."""

    ACTION = "action"
    CONFIGURE = "configure"
    DECISION = "decision"
    CHECK = "check"
    MESSAGE = "message"
    PARTICIPANT = "participant"
    LIFETIME = "lifetime"


@dataclass(frozen=True, slots=True)
class Mark:
    """What a decorator leaves on its function."""

    kind: Kind
    bindings: tuple[Pattern, ...] = ()
    diagram: str | None = None
    participant: str | None = None
    retry: Mapping[str, object] | None = field(default=None, hash=False)
    timeout: float | None = None
    on_interrupted: Literal["rerun", "reconcile", "fail"] | None = None
    aliases: Mapping[str, object] = field(default_factory=dict, hash=False)
    probe: bool = False


SET_UP, TEAR_DOWN = "set_up", "tear_down"
"""The methods of a participant's class that run on `create` and `destroy`."""

MARKS = "__mflow_marks__"


def _marked(function: AnyFunction, mark: Mark) -> AnyFunction:
    setattr(function, MARKS, (*getattr(function, MARKS, ()), mark))
    return function


def action(
    *bindings: Pattern,
    diagram: str | None = None,
    retry: Mapping[str, object] | None = None,
    timeout: float | None = None,
    on_interrupted: Literal["rerun", "reconcile", "fail"] | None = None,
) -> Callable[[ActionFunction], ActionFunction]:
    """Bind a function with effects to nodes by id, label or pattern; `diagram` limits it to one diagram's name.

    `retry` is a policy as in mflow.yaml (`{"attempts": 3, "delay": 2}`), `timeout` seconds for one attempt, and
    `on_interrupted` what happens to a visit that was in flight when the process died.
    """
    mark = Mark(Kind.ACTION, bindings, diagram, None, retry, timeout, on_interrupted)
    return lambda function: _marked(function, mark)


def configure(*bindings: Pattern, diagram: str | None = None) -> Callable[[ActionFunction], ActionFunction]:
    """Bind a pure function that declares module calls, their arguments and outputs.

    It reads only `context.vars` and `context.values` and has no effect, so that it can be called before the run to
    check every input, and by `mflow plan`.
    """
    return lambda function: _marked(function, Mark(Kind.CONFIGURE, bindings, diagram))


def decision(
    *bindings: Pattern,
    diagram: str | None = None,
    aliases: Mapping[str, object] | None = None,
    probe: bool = False,
) -> Callable[[DecisionFunction], DecisionFunction]:
    """Bind a function that answers a decision; it returns a value (or a list) that is matched with the edge labels.

    `aliases` maps further values to labels (`{"postgres": "PostgreSQL"}`). `probe` marks a function that looks at
    the world: it is called only when the run comes to the decision, never before.
    """
    mark = Mark(Kind.DECISION, bindings, diagram, aliases=dict(aliases or {}), probe=probe)
    return lambda function: _marked(function, mark)


def check(*, diagram: str) -> Callable[[CheckFunction], CheckFunction]:
    """Bind a function that yields what is wrong with the vars of a diagram, before anything runs."""
    return lambda function: _marked(function, Mark(Kind.CHECK, (), diagram))


def message(
    participant: Pattern | None,
    *texts: Pattern,
    diagram: str | None = None,
    retry: Mapping[str, object] | None = None,
    timeout: float | None = None,
    on_interrupted: Literal["rerun", "reconcile", "fail"] | None = None,
) -> Callable[[AnyFunction], AnyFunction]:
    """Bind a function to messages that a participant of a sequence diagram receives.

    `@message("Terraform", "Run terraform plan")` on a function, or `@message(None, "Run terraform plan")` on a method
    of a class that `participant` names.
    """
    receiver = participant.pattern if isinstance(participant, re.Pattern) else participant
    mark = Mark(Kind.MESSAGE, texts, diagram, receiver, retry, timeout, on_interrupted)
    return lambda function: _marked(function, mark)


def participant(name: str, *, diagram: str | None = None) -> Callable[[AnyClass], AnyClass]:
    """Bind a class to a participant: its `message` methods are the handlers.

    Methods named `set_up` and `tear_down` run on `create` and `destroy`.
    """

    def mark_class(cls: AnyClass) -> AnyClass:
        setattr(cls, MARKS, (Mark(Kind.PARTICIPANT, (name,), diagram, name),))
        return cls

    return mark_class
