import re

import pytest

from mermaid_flow.render.words import clock, counted, duration


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, ""),
        (0.04, "0.0s"),
        (9.94, "9.9s"),
        (9.96, "10s"),
        (59.4, "59s"),
        (59.6, "1m00s"),
        (245, "4m05s"),
        (3599.7, "1h00m"),
        (3725, "1h02m"),
    ],
)
def test_durations(seconds, text):
    assert duration(seconds) == text


def test_times_are_local():
    assert clock(None) == ""
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", clock(1_790_000_000.0))


def test_numbers_with_their_nouns():
    assert counted(1, "node") == "1 node"
    assert counted(1_500, "node") == "1,500 nodes"
    assert counted(2, "retry", "retries") == "2 retries"
