"""What makes many objects cheap must not show in them, nor in the collector afterwards."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from dataclasses import FrozenInstanceError

import pytest

from mermaid_flow.syntax._allocation import CollectorPause, maker_of
from mermaid_flow.syntax.sequence import Note
from mermaid_flow.syntax.source import Span


@pytest.fixture
def collector() -> Iterator[None]:
    was_enabled = gc.isenabled()
    yield
    (gc.enable if was_enabled else gc.disable)()


def test_what_a_maker_makes_is_what_the_class_makes() -> None:
    made = maker_of(Note)("over", ("A",), "text", Span(0, 1))
    assert type(made) is Note
    assert made == Note("over", ("A",), "text", Span(0, 1), None, None)
    assert hash(made) == hash(Note("over", ("A",), "text", Span(0, 1)))
    with pytest.raises(FrozenInstanceError):
        made.text = "other"  # type: ignore[misc] # that is the point


@pytest.mark.usefixtures("collector")
def test_the_collector_goes_on_after_a_pause_that_fails() -> None:
    gc.enable()

    def failing() -> None:
        with CollectorPause():
            assert not gc.isenabled()
            raise KeyError

    with pytest.raises(KeyError):
        failing()
    assert gc.isenabled()


@pytest.mark.usefixtures("collector")
def test_a_collector_that_was_off_stays_off() -> None:
    gc.disable()
    with CollectorPause():
        assert not gc.isenabled()
    assert not gc.isenabled()


@pytest.mark.usefixtures("collector")
def test_pauses_that_overlap_leave_the_collector_on() -> None:
    gc.enable()
    first, second = CollectorPause(), CollectorPause()
    with first:
        second.__enter__()
    second.__exit__(None, None, None)
    assert gc.isenabled()
