"""The times at which RDS may work on a database: the daily backup window and the weekly maintenance window, in UTC."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mermaid_flow import MflowError, Variables

BACKUP = "03:00-04:00"
MAINTENANCE = "sun:05:00-sun:06:00"
SHORTEST = 30
"""Minutes that AWS wants a window to last at least."""

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY = 24 * 60
_WEEK = 7 * _DAY
_TIME = r"([01]\d|2[0-3]):([0-5]\d)"
_DAILY = re.compile(rf"{_TIME}-{_TIME}")
_WEEKLY = re.compile(rf"({'|'.join(_DAYS)}):{_TIME}-({'|'.join(_DAYS)}):{_TIME}", re.IGNORECASE)


def backup(variables: Variables) -> str:
    """The var `backup_window`, or a time at night."""
    return variables.get("backup_window", str, BACKUP)


def maintenance(variables: Variables) -> str:
    """The var `maintenance_window` in lower case, as RDS keeps it, or a time on Sunday after the backup."""
    return variables.get("maintenance_window", str, MAINTENANCE).lower()


def problems(variables: Variables) -> Iterator[MflowError]:
    """Windows that cannot be read, are too short, or meet each other."""
    daily, weekly = _DAILY.fullmatch(backup(variables)), _WEEKLY.fullmatch(maintenance(variables))
    if daily is None:
        yield _unreadable(variables, "backup_window", BACKUP)
    if weekly is None:
        yield _unreadable(variables, "maintenance_window", MAINTENANCE)
    if daily is None or weekly is None:
        return
    backups, work = _daily(daily), _weekly(weekly)
    if backups[1] < SHORTEST:
        yield _short(variables, "backup_window")
    if work[1] < SHORTEST or work[1] > _DAY:
        yield _short(variables, "maintenance_window")
    if any(_overlap((backups[0] + day * _DAY, backups[1]), work) for day in range(7)):
        yield MflowError(
            f"the maintenance window {maintenance(variables)} overlaps the backup window {backup(variables)}",
            code="rds.windows",
            where=variables.where("maintenance_window") or variables.where("backup_window"),
        )


def _daily(match: re.Match[str]) -> tuple[int, int]:
    """Beginning and length in minutes. A window may go past midnight."""
    first, last = _minutes(match[1], match[2]), _minutes(match[3], match[4])
    return first, (last - first) % _DAY


def _weekly(match: re.Match[str]) -> tuple[int, int]:
    first = _DAYS.index(match[1].lower()) * _DAY + _minutes(match[2], match[3])
    last = _DAYS.index(match[4].lower()) * _DAY + _minutes(match[5], match[6])
    return first, (last - first) % _WEEK


def _minutes(hours: str, minutes: str) -> int:
    return int(hours) * 60 + int(minutes)


def _overlap(one: tuple[int, int], other: tuple[int, int]) -> bool:
    """Whether two windows of a week have a minute in common; Sunday is followed by Monday."""
    return (other[0] - one[0]) % _WEEK < one[1] or (one[0] - other[0]) % _WEEK < other[1]


def _unreadable(variables: Variables, name: str, example: str) -> MflowError:
    written = variables.get(name, str, "")
    return MflowError(
        f"{name} is {written!r}, but a window looks like {example}",
        code="rds.windows",
        where=variables.where(name),
        hint="times are UTC",
    )


def _short(variables: Variables, name: str) -> MflowError:
    return MflowError(
        f"{name} must last at least {SHORTEST} minutes, and at most a day",
        code="rds.windows",
        where=variables.where(name),
    )
