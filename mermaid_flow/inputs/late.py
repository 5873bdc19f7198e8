"""Values that are not there: outputs of other components, until those are applied, and what only Atmos can read."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from mermaid_flow.errors import Location, MflowError
from mermaid_flow.inputs.paths import Keys, format_path
from mermaid_flow.inputs.variables import Variables

_OUTPUT = re.compile(r"\.?[\w-]+(?:\.[\w-]+|\[\d{1,9}\])*")
_STEP = re.compile(r"\[(\d+)\]|([\w-]+)")
_WORD = re.compile(r'"((?:[^"]|"")*)"|(\S+)')


@dataclass(frozen=True, slots=True)
class LateBound:
    """A reference to an output of another component, as `!terraform.output vpc/main vpc_id` writes it.

    It stands in the vars as a value. Who runs components replaces it by the output; at plan time it is unknown. `stack`
    is None for the component's own stack; `path` leads into an output that is a map or a list.
    """

    component: str
    output: str
    path: tuple[str | int, ...] = ()
    stack: str | None = None
    where: Location | None = None

    def __str__(self) -> str:
        return f"(known after apply: {self.component} {format_path((self.output, *self.path))})"


@dataclass(frozen=True, slots=True)
class Unread:
    """A value that only Atmos can work out. It may stand in a stack, but is an error where somebody needs it."""

    reason: str
    where: Location


def read_output(value: object, where: Location) -> LateBound | Unread:
    """The value of `!terraform.output` and `!terraform.state`: `component [stack] output`.

    The output is a name, or a path such as `.subnet_ids[0]`; YQ's other expressions are Atmos' business.
    """
    words = [quoted or plain for quoted, plain in _WORD.findall(value)] if isinstance(value, str) else []
    if len(words) not in (2, 3) or not _OUTPUT.fullmatch(words[-1]):
        return Unread("an output is named by a component, maybe a stack, and an output's name or path", where)
    output, *path = [int(index) if index else name for index, name in _STEP.findall(words[-1])]
    return LateBound(words[0], str(output), tuple(path), words[1] if len(words) == 3 else None, where)


def late_values(variables: Variables) -> dict[str, LateBound]:
    """The values that are known only after apply, by path. Marks nothing as used."""
    return {format_path(keys): value for keys, value in leaves(variables.to_plain()) if isinstance(value, LateBound)}


def bind(variables: Variables, find: Callable[[LateBound], object]) -> Variables:
    """The variables with each late-bound value replaced by what `find` returns for it: the output, or itself again."""

    def bound(value: object) -> object:
        if isinstance(value, LateBound):
            return find(value)
        if isinstance(value, Mapping):
            return {key: bound(item) for key, item in value.items()}
        return [bound(item) for item in value] if isinstance(value, list) else value

    return variables.with_layers(
        [
            replace(layer, values={key: bound(value) for key, value in layer.values.items()})
            for layer in variables.layers
        ]
    )


def unread_values(variables: Variables) -> list[MflowError]:
    """What nobody can read: tags of Atmos' own and Go templates in names and values. One error each, with its place."""
    problems: list[MflowError] = []
    for keys, value in leaves(variables.to_plain()):
        if isinstance(value, Unread):
            problems.append(_unread(f"{format_path(keys)!r}: {value.reason}", value.where))
        elif (isinstance(value, str) and "{{" in value) or any("{{" in str(key) for key in keys):
            path = format_path(keys)
            problems.append(_unread(f"{path!r} still holds a Go template", variables.where(path)))
    return problems


def _unread(message: str, where: Location | None) -> MflowError:
    return MflowError(
        message,
        code="stacks.unread",
        hint="let Atmos resolve it: give the output of atmos describe component NAME -s STACK --format json as --vars",
        where=where,
    )


def leaves(value: object, keys: Keys = ()) -> Iterator[tuple[Keys, object]]:
    """The values in a tree that are no maps and no lists, and empty ones, with their keys."""
    children = value.items() if isinstance(value, Mapping) else enumerate(value) if isinstance(value, list) else ()
    if not children or not value:
        yield keys, value
    for key, item in children:
        yield from leaves(item, (*keys, key))
