"""What moto answers differently from AWS, put right where Terraform's provider notices.

A correction wraps one function of moto and says why. The files of this package hold the corrections of one service
family each; a service is corrected when it is first used, so that starting the emulator stays quick. The tests run
each one's behaviour with and without it: the day moto gets it right by itself, the test fails and the correction goes.
"""

from __future__ import annotations

import contextlib
import functools
import importlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

Original: TypeAlias = Callable[..., Any]
"""The function of moto that a correction wraps. moto's inside is untyped in the places that matter here."""

FILES: Mapping[str, tuple[str, ...]] = {
    "ec2": ("ec2_instances", "ec2_network"),
    "autoscaling": ("ec2_instances", "ec2_network"),
}
"""The files with corrections by moto's name of a service; they are applied before it answers its first request."""

_ABSENT = object()


@dataclass(frozen=True, slots=True, eq=False)
class Correction:
    """One changed function: `owner.name` calls `replacement(original, …)` while the correction is applied."""

    owner: type
    name: str
    reason: str
    replacement: Callable[..., Any]

    def apply(self) -> Callable[[], None]:
        """Put the correction in place; the result takes it out again."""
        before = vars(self.owner).get(self.name, _ABSENT)
        original: Original | None = getattr(self.owner, self.name, None)
        replacement = self.replacement

        def corrected(*arguments: Any, **named: Any) -> Any:
            return replacement(original, *arguments, **named)

        setattr(self.owner, self.name, functools.wraps(original or replacement)(corrected))

        def undo() -> None:
            if before is _ABSENT:
                delattr(self.owner, self.name)
            else:
                setattr(self.owner, self.name, before)

        return undo


def corrects(owner: type, name: str, reason: str) -> Callable[[Callable[..., Any]], Correction]:
    """Make a function the correction of `owner.name`. Its first argument is the original function."""
    return lambda replacement: Correction(owner, name, reason, replacement)


def replaces(owner: type, name: str, reason: str) -> Callable[[Callable[..., Any]], Correction]:
    """Like `corrects`, for what moto does not have or does not implement: the function does not get the original."""
    return lambda replacement: Correction(owner, name, reason, lambda _, *args, **named: replacement(*args, **named))


def corrections_of(file: str) -> tuple[Correction, ...]:
    """All corrections that a file of this package defines, in the order of their definition."""
    module = importlib.import_module(f"{__name__}.{file}")
    return tuple(value for value in vars(module).values() if isinstance(value, Correction))


_applied: set[str] = set()


def correct(service: str) -> None:
    """Apply the corrections of a service, once in this process. The caller serialises the calls."""
    for file in FILES.get(service, ()):
        if file not in _applied:
            _applied.add(file)
            for correction in corrections_of(file):
                correction.apply()


@contextlib.contextmanager
def corrected(service: str) -> Iterator[None]:
    """Apply the corrections of a service for a while: what tests use to look at the difference."""
    with contextlib.ExitStack() as undo:
        for file in FILES[service]:
            for correction in corrections_of(file):
                undo.callback(correction.apply())
        yield
