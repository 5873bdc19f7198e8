"""How a node is run: what is tried again, how long an attempt may take, what happens after a crash.

Policies are written for nodes, subgraphs or patterns in `mflow.yaml` and in a diagram's front matter; a handler's
decorator gives the default. Also here: which errors of AWS and of the network are worth another attempt.
"""

from __future__ import annotations

import fnmatch
import random
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, cast

from mermaid_flow.engine.durations import read_duration
from mermaid_flow.engine.ports import Policy, RetryPolicy
from mermaid_flow.errors import MflowError, did_you_mean
from mermaid_flow.graph.model import FlowGraph, Node

TRANSIENT = (
    # Throttling: the list of the AWS SDKs, without LimitExceeded, which is also the answer to a quota that is used up.
    r"Throttl(?:ing|ed)",
    r"RequestThrottled",
    r"TooManyRequests",
    r"RequestLimitExceeded",
    r"ProvisionedThroughputExceeded",
    r"BandwidthLimitExceeded",
    r"SlowDown",
    r"PriorRequestNotComplete",
    r"TransactionInProgress",
    r"TooManyUpdates",
    r"Rate exceeded",
    # AWS at its busiest.
    r"RequestTimeout",
    r"InternalFailure|InternalServerError|InternalServiceError",
    r"ServiceUnavailable",
    r"OperationAborted: A conflicting conditional operation",
    r"request to update this alarm is in progress",
    r"\b429 Too Many Requests",
    r"\b(?:500 Internal Server Error|502 Bad Gateway|503 Service Unavailable|504 Gateway Time-?out)",
    # Terraform, its registry and its state behind a network.
    r"TLS handshake timeout",
    r"i/o timeout",
    r"connection (?:reset by peer|refused|timed out)",
    r"Client\.Timeout exceeded",
    r"context deadline exceeded",
    r"Temporary failure in name resolution|no such host",
    r"unexpected EOF",
    r"The requested URL returned error: (?:429|5\d\d)",
)
"""Regular expressions on the text of errors that pass by themselves."""

NAMED_PATTERNS: Mapping[str, tuple[str, ...]] = {"transient": TRANSIENT}
_TRANSIENT_RETRY = RetryPolicy(attempts=5, delay=2.0, patterns=TRANSIENT)
_LONGEST_ERROR = 20_000
_ON_INTERRUPTED = ("rerun", "reconcile", "fail")
_KEYS = ("retry", "timeout", "on_interrupted", "parallelism")
_RETRY_KEYS = ("attempts", "delay", "factor", "longest", "jitter", "patterns")


def is_retried(policy: RetryPolicy, attempt: int, error: str) -> bool:
    """Whether another attempt follows after `attempt` (from 1) failed with this error text."""
    if attempt >= policy.attempts:
        return False
    text = error[:_LONGEST_ERROR]
    return not policy.patterns or any(re.search(pattern, text, re.IGNORECASE) for pattern in policy.patterns)


def retry_delay(policy: RetryPolicy, attempt: int, chance: Callable[[], float] = random.random) -> float:
    """Seconds between `attempt` and the next one: exponential, capped, with full jitter when the policy asks for it.

    `chance` gives a number from 0 up to 1.
    """
    try:
        longest = min(policy.longest, policy.delay * policy.factor ** (attempt - 1))
    except OverflowError:
        longest = policy.longest
    return longest * chance() if policy.jitter else longest


@dataclass(frozen=True, slots=True)
class Policies:
    """The `policies:` of a project and of a diagram, weakest layer first: each maps a name or pattern to settings."""

    layers: tuple[Mapping[str, Mapping[str, object]], ...] = ()

    def of(self, node: Node, graph: FlowGraph | None, default: Mapping[str, object] | None = None) -> Policy:
        """The policy of a node, in a flowchart also by its subgraphs. `default` are those of its handler's decorator.

        Within a layer a node's id or label beats a pattern, and a pattern beats a subgraph.
        """
        settings = dict(default or {})
        names = {node.id, node.label}
        stages = graph.stages if graph else {}
        groups = [stages[stage] for stage in reversed(node.stages) if stage in stages]
        for layer in self.layers:
            for group in groups:
                for name in (group.title, group.id):
                    settings.update(layer.get(name, {}))
            for pattern, values in layer.items():
                if pattern not in names and any(fnmatch.fnmatchcase(name, pattern) for name in names):
                    settings.update(values)
            for name in (node.label, node.id):
                settings.update(layer.get(name, {}))
        return _policy(settings, node.label)

    def parallelism(self, graph: FlowGraph) -> Mapping[str, int]:
        """How many nodes of a subgraph may run at once, by the subgraph's id; only those that have a limit."""
        return self.parallelism_by_name({stage.id: (stage.title, stage.id) for stage in graph.stages.values()})

    def parallelism_by_name(self, names: Mapping[str, tuple[str, ...]]) -> Mapping[str, int]:
        """The limits of what is known by several names, the strongest last; only of those that have one."""
        limits: dict[str, int] = {}
        for layer in self.layers:
            for key, known_as in names.items():
                for name in known_as:
                    if "parallelism" in layer.get(name, {}):
                        limits[key] = _whole(layer[name]["parallelism"], f"parallelism of {name}")
        return limits


def read_policies(*layers: object) -> Policies:
    """Check `policies:` sections, weakest first (`mflow.yaml`, then the front matter). None is an empty section.

    Raises MflowError for unknown keys and values of the wrong kind.
    """
    checked: list[Mapping[str, Mapping[str, object]]] = []
    for layer in layers:
        section = _mapping({} if layer is None else layer, "policies")
        for name, settings in section.items():
            values = _mapping(settings, f"the policy of {name}")
            _refuse_unknown(values, _KEYS, f"the policy of {name}")
            if "parallelism" in values:
                _whole(values["parallelism"], f"parallelism of {name}")
            _policy(values, name)
        checked.append(cast("Mapping[str, Mapping[str, object]]", section))
    return Policies(tuple(checked))


def _policy(settings: Mapping[str, object], name: str) -> Policy:
    policy = Policy()
    if settings.get("retry") is not None:
        policy = replace(policy, retry=_retry(settings["retry"], name))
    if settings.get("timeout") is not None:
        policy = replace(policy, timeout=read_duration(settings["timeout"], f"the timeout of {name}"))
    choice = settings.get("on_interrupted")
    if choice is None:
        return policy
    if choice not in _ON_INTERRUPTED:
        hint = did_you_mean(str(choice), _ON_INTERRUPTED) or f"one of {', '.join(_ON_INTERRUPTED)}"
        raise MflowError(f"on_interrupted of {name} is {choice!r}", code="policy.value", hint=hint)
    return replace(policy, on_interrupted=cast('Literal["rerun", "reconcile", "fail"]', choice))


def _retry(value: object, name: str) -> RetryPolicy:
    """`3`, `transient`, or a mapping of `RetryPolicy`'s fields."""
    what = f"the retry of {name}"
    if value == "transient":
        return _TRANSIENT_RETRY
    if isinstance(value, int):
        return RetryPolicy(attempts=_whole(value, what))
    settings = _mapping(value, what)
    _refuse_unknown(settings, _RETRY_KEYS, what)
    policy = RetryPolicy(attempts=3)
    if "attempts" in settings:
        policy = replace(policy, attempts=_whole(settings["attempts"], f"attempts in {what}"))
    if "delay" in settings:
        policy = replace(policy, delay=read_duration(settings["delay"], f"delay in {what}"))
    if "longest" in settings:
        policy = replace(policy, longest=read_duration(settings["longest"], f"longest in {what}"))
    factor = settings.get("factor", policy.factor)
    if isinstance(factor, bool) or not isinstance(factor, int | float) or not 1 <= factor < float("inf"):
        raise MflowError(f"factor in {what} is {factor!r}", code="policy.value", hint="write a number from 1 up")
    jitter = settings.get("jitter", policy.jitter)
    if not isinstance(jitter, bool):
        raise MflowError(f"jitter in {what} is {jitter!r}", code="policy.value", hint="write true or false")
    return replace(policy, factor=float(factor), jitter=jitter, patterns=_patterns(settings.get("patterns"), what))


def _patterns(value: object, what: str) -> tuple[str, ...]:
    listed = [value] if isinstance(value, str) else value if isinstance(value, list | tuple) else []
    if value is not None and (not listed or not all(isinstance(item, str) for item in listed)):
        raise MflowError(f"patterns in {what}: {value!r}", code="policy.value", hint="write a list of texts")
    patterns = [pattern for item in listed for pattern in NAMED_PATTERNS.get(item, (item,))]
    for pattern in patterns:
        try:
            re.compile(pattern)
        except re.error as error:
            raise MflowError(
                f"pattern {pattern!r} in {what}: {error}", code="policy.pattern", hint="it is a regular expression"
            ) from error
    return tuple(patterns)


def _mapping(value: object, what: str) -> Mapping[str, object]:
    if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
        raise MflowError(f"{what} is no mapping: {value!r}", code="policy.value")
    return value


def _whole(value: object, what: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise MflowError(f"{what} is {value!r}", code="policy.value", hint="write a whole number from 1 up")
    return value


def _refuse_unknown(settings: Mapping[str, object], known: Sequence[str], what: str) -> None:
    for key in settings:
        if key not in known:
            hint = did_you_mean(key, known) or f"known are {', '.join(known)}"
            raise MflowError(f"unknown key {key!r} in {what}", code="policy.key", hint=hint)
