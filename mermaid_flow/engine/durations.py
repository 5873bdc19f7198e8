"""Durations as people write them: `Wait 30s`, `5 minutes`, `1h 30m`. For timer nodes and for policies."""

from __future__ import annotations

import re

from mermaid_flow.errors import MflowError

_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_PART = re.compile(
    r"(?<![\w.])(\d+(?:\.\d+)?)[\s-]*(?:(ms|milliseconds?|msecs?)|(d|days?)|(h|hrs?|hours?)|(m|mins?|minutes?)|(s|secs?|seconds?))"
    r"(?=\d|\W|_|$)",
    re.IGNORECASE,
)
_UNITS = ("ms", "d", "h", "m", "s")


def duration_in(text: str) -> float | None:
    """The seconds that a text names, all its parts added up, or None when it names no duration."""
    # `1h30m` is two parts written together.
    parts = _PART.findall(re.sub(r"(?<=\d[a-zA-Z])(?=\d)", " ", text))
    if not parts:
        return None
    return sum(
        float(amount) * next(_SECONDS[unit] for unit, found in zip(_UNITS, units, strict=True) if found)
        for amount, *units in parts
    )


def read_duration(value: object, what: str) -> float:
    """Seconds from a number or a text of a configuration. `what` names the setting in the error."""
    if isinstance(value, str):
        bare = duration_in(value) if not value.strip().replace(".", "", 1).isdigit() else float(value)
        value = value if bare is None else bare
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < float("inf"):
        raise MflowError(
            f"{what} is no duration: {value!r}",
            code="policy.duration",
            hint="write seconds as a number, or a text such as 30s, 5m, 1h 30m",
        )
    return float(value)
