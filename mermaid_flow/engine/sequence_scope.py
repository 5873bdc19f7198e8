"""What steps of a sequence returned, as later steps see it.

Scopes follow the diagram: a lap of a loop over items and a branch of `par` see what was returned before them, not what
their neighbours return. So nothing depends on which of them is quicker.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from hashlib import blake2b


class Scope(Mapping[str, Mapping[str, object]]):
    """Values by the id and by the text of the step that returned them; of equal texts the last one counts.

    The order is that of returning. Written by one owner, and never while a step that may read it runs. `item` is what a
    lap with a scope of its own is for.
    """

    def __init__(self, outer: Scope | None = None, item: object = None) -> None:
        self._outer = outer
        self._own: dict[str, Mapping[str, object]] = {}
        self._told: list[tuple[str, object]] = [("", item)]
        """What the digest does not know of yet: most scopes are never asked for theirs."""
        self._digest = b""

    @property
    def own(self) -> Mapping[str, Mapping[str, object]]:
        """What was put into this scope itself."""
        return self._own

    def put(self, step: str, text: str, values: Mapping[str, object]) -> None:
        """What a step returned."""
        for name in (step, text):
            if name:
                self._put(name, values)

    def merge(self, inner: Scope) -> None:
        """Take over what was put into an inner scope."""
        for name, values in inner.own.items():
            self._put(name, values)

    def lineage(self) -> bytes:
        """A digest of all that can be seen here, in the order in which it was returned, and of the items."""
        for name, values in self._told:
            said = json.dumps([name, values], sort_keys=True, default=dict)
            self._digest = _digest(self._digest, said.encode("utf-8", "surrogatepass"))
        self._told.clear()
        return _digest(b"" if self._outer is None else self._outer.lineage(), self._digest)

    def _put(self, name: str, values: Mapping[str, object]) -> None:
        self._own.pop(name, None)
        self._own[name] = values
        self._told.append((name, values))

    def __getitem__(self, name: str) -> Mapping[str, object]:
        if name in self._own or self._outer is None:
            return self._own[name]
        return self._outer[name]

    def __iter__(self) -> Iterator[str]:
        if self._outer is not None:
            yield from (name for name in self._outer if name not in self._own)
        yield from self._own

    def __len__(self) -> int:
        return sum(1 for _ in self)


def _digest(first: bytes, second: bytes) -> bytes:
    return blake2b(first + second, digest_size=16).digest()


@dataclass(frozen=True, slots=True)
class Place:
    """Where in the run a block is worked on: the laps around it, their items, and what was returned before."""

    scope: Scope
    laps: tuple[int, ...] = ()
    items: Mapping[str, object] = field(default_factory=dict)
    names: tuple[str, ...] = ()
    """The items as people call them, the outermost first."""
    guarded: bool = False
    """Whether a `critical` around it may handle a failure."""

    def lap(self, number: int, scope: Scope, items: Mapping[str, object] | None = None, name: str = "") -> Place:
        """The same place in a lap of a loop."""
        return replace(
            self,
            scope=scope,
            laps=(*self.laps, number),
            items={**self.items, **(items or {})},
            names=(*self.names, name or f"lap {number}"),
        )

    def label(self, text: str) -> str:
        """A step's text, and for which items."""
        return f"{text} ({', '.join(self.names)})" if self.names else text
