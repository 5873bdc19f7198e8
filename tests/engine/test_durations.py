from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mermaid_flow.engine.durations import duration_in, read_duration
from mermaid_flow.errors import MflowError


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("Wait 30s", 30),
        ("5 minutes", 300),
        ("1h 30m", 5400),
        ("1h30m", 5400),
        ("2 hours and 5 min", 7500),
        ("500ms", 0.5),
        ("90-second pause", 90),
        ("3 Days", 259200),
        ("1.5h", 5400),
        ("30seconds.", 30),
        ("wait\n10 sec", 10),
        ("v2 deploy", None),
        ("Stage 2", None),
        ("T3.medium", None),
        ("2 months", None),
        ("", None),
    ],
)
def test_durations_in_labels(text: str, seconds: float | None) -> None:
    assert duration_in(text) == seconds


@given(st.integers(0, 99), st.integers(0, 59), st.integers(0, 59), st.sampled_from(["", " ", " and "]))
def test_parts_add_up(hours: int, minutes: int, seconds: int, between: str) -> None:
    text = between.join([f"{hours}h", f"{minutes}m", f"{seconds}s"])
    assert duration_in(text) == hours * 3600 + minutes * 60 + seconds


@pytest.mark.parametrize(("value", "seconds"), [(5, 5), (0, 0), (2.5, 2.5), ("7", 7), ("0.5", 0.5), ("2 min", 120)])
def test_settings_are_numbers_or_texts(value: object, seconds: float) -> None:
    assert read_duration(value, "timeout") == seconds


@pytest.mark.parametrize("value", [-1, True, None, "soon", "", "1.2.3", float("inf"), float("nan"), []])
def test_other_settings_are_refused(value: object) -> None:
    with pytest.raises(MflowError, match="the timeout is no duration") as caught:
        read_duration(value, "the timeout")
    assert caught.value.code == "policy.duration"
