"""Durations, times and numbers as people read them."""

from __future__ import annotations

from datetime import UTC, datetime


def duration(seconds: float | None) -> str:
    """Seconds as people read them: `0.3s`, `12s`, `4m05s`, `1h02m`; an empty text for None."""
    if seconds is None:
        return ""
    if seconds < 9.95:
        return f"{seconds:.1f}s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole}s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes}m{rest:02d}s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours}h{minutes:02d}m"


def clock(at: float | None) -> str:
    """Seconds since the epoch as local date and time; an empty text for None."""
    return "" if at is None else datetime.fromtimestamp(at, UTC).astimezone().strftime("%Y-%m-%d %H:%M:%S")


def counted(number: int, noun: str, plural: str = "") -> str:
    """`1 node`, `3 nodes`, `2 retries`."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"
