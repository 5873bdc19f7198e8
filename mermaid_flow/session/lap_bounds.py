"""How often loops may go round: the `mflow:` section of vars files over what the diagram's front matter says."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from typing import TypeVar

from mermaid_flow.errors import MflowError, Problems, did_you_mean
from mermaid_flow.graph.sequence_settings import SequenceSettings
from mermaid_flow.graph.settings import GraphSettings
from mermaid_flow.inputs.paths import Keys, format_path
from mermaid_flow.inputs.variables import Variables

BOUND = "max_laps"

AnySettings = TypeVar("AnySettings", GraphSettings, SequenceSettings)


def with_lap_bounds(settings: AnySettings, options: Variables, names: Collection[str]) -> AnySettings:
    """The settings with the bounds that `options` give: one number for all loops, or one for each by one of `names`.

    `names` are ids of nodes, or ids and texts of a sequence's loops. Raises Problems with the places of other settings,
    of names of nothing, and of what is no number of laps.
    """
    problems = list(_problems(options, names))
    if problems:
        raise Problems(problems)
    given = options.to_plain().get(BOUND)
    if isinstance(given, Mapping):
        return replace(settings, laps={**settings.laps, **given})
    return replace(settings, max_laps=given, laps={}) if isinstance(given, int) else settings


def _problems(options: Variables, names: Collection[str]) -> Iterator[MflowError]:
    for key, value in options.to_plain().items():
        if key != BOUND:
            hint = did_you_mean(key, [BOUND]) or f"vars set {BOUND}; other settings belong in the front matter"
            yield _problem(options, (key,), f"`mflow` in vars has no setting {key!r}", hint)
        elif not isinstance(value, Mapping):
            yield from _no_number(options, (key,), value)
        else:
            for name, number in value.items():
                if name not in names:
                    hint = did_you_mean(name, names) or "name a loop as the front matter does"
                    yield _problem(options, (key, name), f"`mflow.{key}` names {name!r}, which is no loop", hint)
                yield from _no_number(options, (key, name), number)


def _no_number(options: Variables, keys: Keys, value: object) -> Iterator[MflowError]:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        hint = "it is a whole number from 1, or one for each loop"
        yield _problem(options, keys, f"`mflow.{format_path(keys)}` is {value!r}", hint)


def _problem(options: Variables, keys: Keys, message: str, hint: str) -> MflowError:
    return MflowError(message, code="inputs.options", hint=hint, where=options.where(format_path(keys)))
