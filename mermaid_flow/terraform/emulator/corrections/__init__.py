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

EVERY_SERVICE = "core"
"""The key of what is corrected for all services, when the emulator starts."""
FILES: Mapping[str, tuple[str, ...]] = {
    EVERY_SERVICE: ("core",),
    "apigateway": ("api_gateway",),
    "autoscaling": ("ec2_instances", "ec2_network"),
    "awslambda": ("lambda_functions",),
    "cloudwatch": ("cloudwatch",),
    "cognitoidp": ("cognito",),
    "dynamodb": ("dynamodb",),
    "ec2": ("ec2_instances", "ec2_network"),
    "eks": ("eks", "eks_addons"),
    "elasticache": ("elasticache", "elasticache_groups"),
    "rds": ("rds",),
    "route53": ("route53",),
    "s3": ("s3",),
    "sqs": ("sqs",),
}
"""The files with corrections, by what moto calls the service that answers at an endpoint
kinds of load balancers, `apigateway` for both versions); they are applied before its first request."""

_ABSENT = object()


@dataclass(frozen=True, slots=True, eq=False)
class Correction:
    """One changed function or property: `owner.name` calls `replacement(original, …)` while it is applied."""

    owner: type
    name: str
    reason: str
    replacement: Callable[..., Any]

    def apply(self) -> Callable[[], None]:
        """Put the correction in place; the result takes it out again."""
        before = vars(self.owner).get(self.name, _ABSENT)
        setattr(self.owner, self.name, self._corrected(getattr(self.owner, self.name, None)))

        def undo() -> None:
            if before is _ABSENT:
                delattr(self.owner, self.name)
            else:
                setattr(self.owner, self.name, before)

        return undo

    def _corrected(self, original: object) -> object:
        if isinstance(original, property):
            return property(functools.partial(self.replacement, original.fget), original.fset)

        def corrected(*arguments: Any, **named: Any) -> Any:
            return self.replacement(original, *arguments, **named)

        return corrected


def corrects(owner: type, name: str, reason: str) -> Callable[[Callable[..., Any]], Correction]:
    """Make a function the correction of `owner.name`. Its first argument is the original function or getter."""
    return lambda replacement: Correction(owner, name, reason, replacement)


def replaces(owner: type, name: str, reason: str) -> Callable[[Callable[..., Any]], Correction]:
    """Like `corrects`, for what moto does not have or does not implement: the function does not get the original."""
    return lambda replacement: Correction(owner, name, reason, lambda _, *args, **named: replacement(*args, **named))


@dataclass(frozen=True, slots=True, eq=False)
class Paths:
    """Further URL paths of a service whose API is REST: without them the operation is not found at all."""

    url_paths: dict[str, Any]
    dispatch: Callable[..., Any]
    paths: tuple[str, ...]
    reason: str

    def apply(self) -> Callable[[], None]:
        """Add the paths; the result takes them out again."""
        added = {path: self.dispatch for path in self.paths if path not in self.url_paths}
        self.url_paths.update(added)

        def undo() -> None:
            for path in added:
                del self.url_paths[path]

        return undo


def corrections_of(file: str) -> Mapping[str, Correction | Paths]:
    """All corrections that a file of this package defines, by their names in it, in the order of their definition."""
    module = importlib.import_module(f"{__name__}.{file}")
    return {name: value for name, value in vars(module).items() if isinstance(value, Correction | Paths)}


_applied: set[str] = set()


def correct(service: str) -> None:
    """Apply the corrections of a service, once in this process. The caller serialises the calls."""
    for file in FILES.get(service, ()):
        if file not in _applied:
            _applied.add(file)
            for correction in corrections_of(file).values():
                correction.apply()


@contextlib.contextmanager
def corrected(file: str, without: str | None = None) -> Iterator[None]:
    """Apply the corrections of one file for a while, all or all but one: what tests use to look at the difference."""
    with contextlib.ExitStack() as undo:
        for name, correction in corrections_of(file).items():
            if name != without:
                undo.callback(correction.apply())
        yield
