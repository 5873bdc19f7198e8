"""When RDS may work on a database: what is a window, and which two get in each other's way."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers import _windows
from mermaid_flow import Variables

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
HALF_HOURS = 7 * 48


def said(**given: str) -> list[str]:
    return [problem.message for problem in _windows.problems(Variables.of(given))]


def test_the_usual_windows_are_fine() -> None:
    assert said() == []
    assert _windows.maintenance(Variables.of({"maintenance_window": "Sun:00:00-Sun:01:00"})) == "sun:00:00-sun:01:00"


@pytest.mark.parametrize(
    ("backup", "maintenance", "about"),
    [
        ("3:00-4:00", "sun:05:00-sun:06:00", "a window looks like 03:00-04:00"),
        ("03:00", "sun:05:00-sun:06:00", "a window looks like 03:00-04:00"),
        ("03:00-24:00", "sun:05:00-sun:06:00", "a window looks like 03:00-04:00"),
        ("03:00-04:00", "sunday:05:00-sunday:06:00", "a window looks like sun:05:00-sun:06:00"),
        ("03:00-04:00", "05:00-06:00", "a window looks like sun:05:00-sun:06:00"),
        ("03:00-03:20", "sun:05:00-sun:06:00", "backup_window must last"),
        ("03:00-03:00", "sun:05:00-sun:06:00", "backup_window must last"),
        ("03:00-04:00", "sun:05:00-sun:05:29", "maintenance_window must last"),
        ("03:00-04:00", "sun:05:00-mon:06:00", "maintenance_window must last"),
        ("03:00-06:00", "sun:05:30-sun:06:30", "overlaps the backup window 03:00-06:00"),
        ("23:30-00:30", "mon:00:00-mon:01:00", "overlaps the backup window"),
        ("00:00-01:00", "sun:23:30-mon:00:30", "overlaps the backup window"),
    ],
)
def test_windows_that_cannot_work(backup: str, maintenance: str, about: str) -> None:
    assert any(about in message for message in said(backup_window=backup, maintenance_window=maintenance))


@pytest.mark.parametrize(
    ("backup", "maintenance"),
    [
        ("03:00-04:00", "sun:04:00-sun:05:00"),
        ("03:00-04:00", "sun:02:00-sun:03:00"),
        ("23:30-00:30", "mon:00:30-mon:01:00"),
        ("01:00-02:00", "sun:23:30-mon:00:30"),
    ],
)
def test_windows_that_only_touch_are_fine(backup: str, maintenance: str) -> None:
    assert said(backup_window=backup, maintenance_window=maintenance) == []


@given(st.integers(0, 47), st.integers(1, 47), st.integers(0, HALF_HOURS - 1), st.integers(1, 48))
def test_an_overlap_is_a_half_hour_that_both_have(backup: int, long: int, work: int, working: int) -> None:
    daily = {(backup + step) % 48 for step in range(long)}
    weekly = {(work + step) % HALF_HOURS for step in range(working)}
    shared = any(half_hour % 48 in daily for half_hour in weekly)
    messages = said(
        backup_window=f"{clock(backup)}-{clock(backup + long)}",
        maintenance_window=f"{weekday(work)}:{clock(work)}-{weekday(work + working)}:{clock(work + working)}",
    )
    assert any("overlaps" in message for message in messages) is shared
    assert len(messages) == shared


def clock(half_hour: int) -> str:
    return f"{half_hour % 48 // 2:02}:{half_hour % 2 * 30:02}"


def weekday(half_hour: int) -> str:
    return DAYS[half_hour % HALF_HOURS // 48]
