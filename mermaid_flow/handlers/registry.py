"""Which handler does which node's work.

The closest binding wins: bound to this diagram before bound to any, by id before by label before by pattern. Two
handlers that are equally close are a mistake of the project, and are named.
"""

from __future__ import annotations

import fnmatch
import inspect
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from mermaid_flow.errors import Location, MflowError, did_you_mean
from mermaid_flow.handlers.calls import Declaration, HandlerResult, Result, Skipped
from mermaid_flow.handlers.declare import Kind, Mark, Pattern


@dataclass(frozen=True, slots=True)
class Handler:
    """A function and what it is bound to."""

    mark: Mark
    function: Callable[..., object]

    @property
    def name(self) -> str:
        return f"{self.function.__module__.rpartition('.')[2]}.{getattr(self.function, '__qualname__', '?')}"

    @property
    def where(self) -> Location | None:
        """Where the function is defined."""
        code = getattr(inspect.unwrap(self.function), "__code__", None)
        return Location(code.co_filename, code.co_firstlineno, 1, code.co_firstlineno, 1) if code else None


def normalise(label: str) -> str:
    """A label as bindings see it: line breaks and runs of spaces are single spaces."""
    return " ".join(label.split())


def closeness(pattern: Pattern, node: str, label: str) -> int:
    """How closely a binding names a node: 3 by id, 2 by label, 1 by pattern, 0 not at all."""
    if isinstance(pattern, re.Pattern):
        return 1 if pattern.fullmatch(label) else 0
    if pattern == node:
        return 3
    if normalise(pattern) == label:
        return 2
    return 1 if "*" in pattern and fnmatch.fnmatchcase(label, normalise(pattern)) else 0


class Registry:
    """All handlers of a project."""

    def __init__(self, handlers: Iterable[Handler] = ()) -> None:
        self.handlers = tuple(handlers)
        self._found: dict[tuple[str, ...], Handler | None] = {}

    def action(self, node: str, label: str, diagram: str) -> Handler | None:
        """The `action` or `configure` handler of a node, or None."""
        return self._closest("action", (Kind.ACTION, Kind.CONFIGURE), node, label, diagram)

    def decision(self, node: str, label: str, diagram: str) -> Handler | None:
        """The `decision` handler of a node, or None."""
        return self._closest("decision", (Kind.DECISION,), node, label, diagram)

    def checks(self, diagram: str) -> tuple[Handler, ...]:
        """All `check` handlers of a diagram."""
        return tuple(h for h in self.handlers if h.mark.kind is Kind.CHECK and h.mark.diagram == diagram)

    def message(self, participants: tuple[str, ...], text: str, diagram: str) -> Handler | None:
        """The handler for a message that the participant (known by its id and its description) receives, or None."""
        key = ("message", *participants, text, diagram)
        if key not in self._found:
            pool = [h for h in self.handlers if h.mark.kind is Kind.MESSAGE and h.mark.participant in participants]
            self._found[key] = _choose(pool, "", normalise(text), diagram)
        return self._found[key]

    def participant(self, participants: tuple[str, ...], diagram: str) -> Handler | None:
        """The class bound to a participant (known by its id and its description), or None."""
        pool = [h for h in self.handlers if h.mark.kind is Kind.PARTICIPANT and h.mark.participant in participants]
        scoped = [h for h in pool if h.mark.diagram == diagram] or [h for h in pool if h.mark.diagram is None]
        return scoped[0] if scoped else None

    def lifetime(self, participants: tuple[str, ...], method: str, diagram: str) -> Handler | None:
        """The method (`set_up`, `tear_down`) of the class that is bound to a participant, or None."""
        pool = [h for h in self.handlers if h.mark.kind is Kind.LIFETIME and h.mark.participant in participants]
        return _choose(pool, method, method, diagram)

    def suggestion(self, label: str) -> str:
        """What to say of a label that nothing is bound to: another diagram's handler for it, else a did-you-mean."""
        for handler in self.handlers:
            if handler.mark.diagram and any(closeness(b, "", normalise(label)) == 2 for b in handler.mark.bindings):
                return f"{handler.name} does this for the diagram {handler.mark.diagram} only"
        names = [b for h in self.handlers for b in h.mark.bindings if isinstance(b, str)]
        # Labels share many words: only a typo is worth a suggestion.
        return did_you_mean(label, names, closeness=0.8)

    def _closest(self, family: str, kinds: tuple[Kind, ...], node: str, label: str, diagram: str) -> Handler | None:
        key = (family, node, label, diagram)
        if key not in self._found:
            pool = [handler for handler in self.handlers if handler.mark.kind in kinds]
            self._found[key] = _choose(pool, node, normalise(label), diagram)
        return self._found[key]


def _choose(pool: Iterable[Handler], node: str, label: str, diagram: str) -> Handler | None:
    best: list[Handler] = []
    best_rank = (0, 0)
    for handler in pool:
        if handler.mark.diagram not in (None, diagram):
            continue
        near = max((closeness(binding, node, label) for binding in handler.mark.bindings), default=0)
        rank = (1 if handler.mark.diagram else 0, near)
        if near and rank > best_rank:
            best, best_rank = [handler], rank
        elif near and rank == best_rank:
            best.append(handler)
    if len(best) > 1:
        names = " and ".join(sorted(f"{h.name} ({h.where})" for h in best))
        raise MflowError(
            f"two handlers are bound equally closely to {label or node!r}: {names}",
            code="binding.ambiguous",
            hint="bind one of them by the node's id, or to this diagram only: @action(…, diagram=…)",
        )
    return best[0] if best else None


def sort_out(returned: HandlerResult | object, handler: str) -> Result:
    """A handler's return value as a `Result`. Raises MflowError when it is of no known kind."""
    if returned is None:
        return Result()
    if isinstance(returned, Result):
        return returned
    if isinstance(returned, Skipped):
        return Result(skipped=returned.reason)
    items = returned if isinstance(returned, list | tuple) else [returned]
    values: dict[str, object] = {}
    declarations: list[Declaration] = []
    skipped: str | None = None
    for item in items:
        if isinstance(item, Declaration):
            declarations.append(item)
        elif isinstance(item, Skipped):
            skipped = item.reason
        elif isinstance(item, dict):
            values.update(item)
        else:
            raise MflowError(
                f"the handler {handler} returned {type(item).__name__}, which is nothing a handler can return",
                code="handler.result",
                hint="return None, a dict of values, ModuleCall, Configure, Output, File, Import, Skipped, or a list of"
                " those",
            )
    return Result(values, tuple(declarations), skipped)
