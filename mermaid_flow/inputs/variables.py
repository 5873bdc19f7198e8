"""The vars of a run: a merged tree that knows where each value was written, and which ones were read.

Vars come in layers (files in order, `--set`, what a sub-workflow or a loop adds). The layers are kept beside the merged
tree, so that a message can point at the line that won and `mflow explain` can show the ones that lost.
"""

from __future__ import annotations

import copy
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol, TypeVar, overload

from mermaid_flow.errors import Location, MflowError, did_you_mean
from mermaid_flow.inputs.kinds import conforms, describe_kind, describe_value
from mermaid_flow.inputs.masking import MASK, is_secret_name, masked, secrets_in
from mermaid_flow.inputs.paths import MISSING, Keys, format_path, lookup, parse_path, resolve

T = TypeVar("T")


class Places(Protocol):
    """Where the values of a layer were written."""

    def where(self, keys: Keys) -> Location | None:
        """The place of the value at `keys`."""


@dataclass(frozen=True, slots=True)
class Layer:
    """One contribution to the vars. `name` says where it comes from in words: a file, `--set a.b`, `loop item`."""

    name: str
    values: Mapping[str, object]
    places: Places | None = None
    prefix: Keys = ()
    """Where `values` stand in the document that `places` knows."""

    def where(self, keys: Keys) -> Location | None:
        """Where the value at `keys` of this layer was written, if that is a place in a file."""
        return self.places.where((*self.prefix, *keys)) if self.places else None


def merge(lower: object, upper: object) -> object:
    """`upper` laid over `lower`: maps are merged, everything else (lists too) is replaced. Neither is changed."""
    if not isinstance(lower, Mapping) or not isinstance(upper, Mapping):
        return upper
    merged = dict(lower)
    for key, value in upper.items():
        merged[key] = merge(lower[key], value) if key in lower else value
    return merged


@dataclass(slots=True)
class _Reads:
    """The paths that were read, shared by all scopes of one run. Nodes run in threads."""

    paths: set[Keys] = field(default_factory=set)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, keys: Keys) -> None:
        with self.lock:
            self.paths.add(keys)

    def snapshot(self) -> frozenset[Keys]:
        with self.lock:
            return frozenset(self.paths)


class Variables(Mapping[str, object]):
    """Read-only merged variables.

    Paths are dotted (`vpc.cidr`, `subnets.0`, `tags."example.com/owner"`). Reading through `get`, `require`, `[]` or
    `in` marks the path as used, which is how unused variables are found. Values are plain Python: None, bool, int,
    float, str, list, dict; maps and lists are copies. Safe to read from several threads.
    """

    def __init__(self, layers: Sequence[Layer] = ()) -> None:
        self._layers = tuple(layers)
        merged: object = {}
        for layer in self._layers:
            merged = merge(merged, layer.values)
        self._tree: Mapping[str, object] = merged if isinstance(merged, dict) else {}
        self._reads = _Reads()

    @classmethod
    def of(cls, values: Mapping[str, object], name: str = "vars") -> Variables:
        """Variables of one layer without places, as tests and programs make them."""
        return cls([Layer(name, copy.deepcopy(dict(values)))])

    @property
    def layers(self) -> tuple[Layer, ...]:
        """What was merged, the winner last."""
        return self._layers

    # Reading

    def __getitem__(self, path: str) -> object:
        keys = self._keys(path)
        if keys is None:
            raise KeyError(path)
        self._reads.add(keys)
        return copy.deepcopy(lookup(self._tree, keys))

    def __iter__(self) -> Iterator[str]:
        return iter(self._tree)

    def __len__(self) -> int:
        return len(self._tree)

    def __repr__(self) -> str:
        # Values may be secrets, and a repr ends in logs.
        return f"Variables({', '.join(self._tree)})"

    # A plain mapping takes the default second, `get` here takes the type: mypy rightly sees that they differ.
    @overload  # type: ignore[override]
    def get(self, path: str) -> object: ...
    @overload
    def get(self, path: str, type: type[T]) -> T | None: ...
    @overload
    def get(self, path: str, type: type[T], default: T) -> T: ...
    def get(
        self,
        path: str,
        type: type[T] | None = None,  # noqa: A002
        default: T | None = None,
    ) -> object:
        """The value at `path`, or `default` when it is absent or null.

        `type` is what it must be: `str`, `int`, `float` (takes whole numbers), `bool`, `list`, `dict`, `list[str]`,
        `dict[str, int]`, …
        Raises MflowError `inputs.type` for a value of another type.
        """
        keys = self._keys(path)
        if keys is None:
            return default
        self._reads.add(keys)
        value = lookup(self._tree, keys)
        if value is None:
            return default
        return copy.deepcopy(value) if type is None else self._checked(keys, value, type)

    @overload
    def require(self, path: str) -> object: ...
    @overload
    def require(self, path: str, type: type[T]) -> T: ...
    def require(self, path: str, type: type[T] | None = None) -> object:  # noqa: A002
        """The value at `path`, which must be there and not null.

        Raises MflowError `inputs.missing`, or `inputs.type` for a value of another type than `type`.
        """
        value = self.get(path) if type is None else self.get(path, type)
        if value is not None:
            return value
        wanted = f" ({describe_kind(type)})" if type else ""
        if self._keys(path) is not None:
            raise MflowError(
                f"variable {path!r} is null, but a value is needed{wanted}",
                code="inputs.missing",
                where=self.where(path),
            )
        raise MflowError(
            f"variable {path!r} is missing{wanted}",
            code="inputs.missing",
            hint=did_you_mean(path, self.names()) or f"set it in a vars file or with --set {path}=…",
        )

    def _checked(self, keys: Keys, value: object, wanted: type[T]) -> object:
        if conforms(value, wanted):
            return float(value) if wanted is float and isinstance(value, int) else copy.deepcopy(value)
        number = isinstance(value, int | float) and not isinstance(value, bool)
        where = self.where(format_path(keys))
        origin = "" if where else f" (from {self.origin(format_path(keys))})"
        # A message ends in logs: a secret of the wrong type is not shown.
        secret = any(is_secret_name(str(key)) for key in keys)
        shown = MASK if secret else describe_value(value)
        raise MflowError(
            f"variable {format_path(keys)!r} must be {describe_kind(wanted)}, but is {shown}{origin}",
            code="inputs.type",
            hint="put it in quotes, so that it stays as it is written" if wanted is str and number else "",
            where=replace(where, excerpt="") if where and secret else where,
        )

    # Places and layers

    def where(self, path: str) -> Location | None:
        """Where the winning value at `path` was written; None when it is absent or did not come from a file."""
        keys = self._keys(path)
        layer = None if keys is None else self._winner(keys)
        return layer.where(keys) if layer and keys is not None else None

    def origin(self, path: str) -> str:
        """Where the winning value at `path` comes from, in words (`vars/dev.yaml:3:5`, `--set a.b`); "" when absent."""
        keys = self._keys(path)
        layer = None if keys is None else self._winner(keys)
        if keys is None or layer is None:
            return ""
        return str(layer.where(keys) or layer.name)

    def explain(self, path: str) -> list[tuple[object, Location | str]]:
        """Every layer's value at `path` with its place (or the layer's name), in order; the last one won."""
        keys = self._keys(path) or parse_path(path)
        found = [(layer, lookup(layer.values, keys)) for layer in self._layers]
        return [
            (copy.deepcopy(value), layer.where(keys) or layer.name) for layer, value in found if value is not MISSING
        ]

    def _winner(self, keys: Keys) -> Layer | None:
        return next((layer for layer in reversed(self._layers) if lookup(layer.values, keys) is not MISSING), None)

    def _keys(self, path: str) -> Keys | None:
        return (path,) if path in self._tree else resolve(self._tree, parse_path(path))

    def names(self) -> list[str]:
        """The dotted paths of all map entries, parents before children. Reads nothing."""
        return [format_path(keys) for keys in _entries(self._tree)]

    # What was read

    def used(self) -> frozenset[str]:
        """The paths that were read so far, in this scope and in those made from it."""
        return frozenset(format_path(keys) for keys in self._reads.snapshot())

    def unused(self) -> list[str]:
        """The paths that nobody read: a whole branch by its topmost path, in the order of the tree."""
        read = self._reads.snapshot()
        parents = {keys[:length] for keys in read for length in range(len(keys))}
        return [format_path(keys) for keys in _unread(self._tree, (), read, parents)]

    # Other forms

    def scoped(self, values: Mapping[str, object], name: str = "scope") -> Variables:
        """These variables with `values` laid over them, for a sub-workflow or a loop's item. Reads count for both."""
        return self.with_layers([*self._layers, Layer(name, copy.deepcopy(dict(values)))])

    def within(self, path: str) -> Variables:
        """These variables with the map at `path` laid over them; its values keep their places. Marks it as used.

        Raises MflowError `inputs.type` when there is something else than a map.
        """
        self.get(path, dict[str, object])
        keys = self._keys(path) or ()
        inner = [(layer, lookup(layer.values, keys)) for layer in self._layers if keys]
        return self.with_layers(
            [
                *self._layers,
                *(
                    Layer(layer.name, values, layer.places, (*layer.prefix, *keys))
                    for layer, values in inner
                    if isinstance(values, Mapping)
                ),
            ]
        )

    def with_layers(self, layers: Sequence[Layer]) -> Variables:
        """Variables of these `layers` that share what was read with this one."""
        inner = Variables(layers)
        inner._reads = self._reads
        return inner

    def to_plain(self) -> dict[str, object]:
        """A copy of the whole tree. Marks nothing as used."""
        return copy.deepcopy(dict(self._tree))

    def mask(self, paths: Iterable[str] = ()) -> dict[str, object]:
        """A copy of the tree with secrets replaced by `***`: those at `paths`, and those whose names say so."""
        return masked(self._tree, self._secret_paths(paths))

    def secrets(self, paths: Iterable[str] = ()) -> frozenset[str]:
        """The texts that `mask` hides, so that logs can be searched for them."""
        return secrets_in(self._tree, self._secret_paths(paths))

    def _secret_paths(self, paths: Iterable[str]) -> frozenset[Keys]:
        return frozenset(keys for path in paths if (keys := self._keys(path)) is not None)


def _entries(tree: Mapping[str, object], keys: Keys = ()) -> Iterator[Keys]:
    for name, value in tree.items():
        yield (*keys, name)
        if isinstance(value, Mapping):
            yield from _entries(value, (*keys, name))


def _unread(tree: Mapping[str, object], keys: Keys, read: frozenset[Keys], parents: set[Keys]) -> Iterator[Keys]:
    for name, value in tree.items():
        path = (*keys, name)
        if path in read:
            continue
        if path not in parents:
            yield path
        elif isinstance(value, Mapping):
            yield from _unread(value, path, read, parents)
