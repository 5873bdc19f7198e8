"""Work on all cores."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable

import pytest

from mermaid_flow.errors import MflowError, Problems
from mermaid_flow.session.forks import spread


def square(number: int) -> int:
    return number * number


def in_fork(do: Callable[[], None]) -> Callable[[int], int]:
    """Work that does something else when a forked process comes to it. This process leaves some for it to come to."""
    began, begins = os.pipe()
    here = os.getpid()

    def work(number: int) -> int:
        if os.getpid() != here:
            os.write(begins, b"x")
            do()
        elif not os.read(began, 1):
            raise AssertionError
        return number

    return work


@pytest.mark.parametrize("processes", [1, 2, 5])
@pytest.mark.parametrize("count", [0, 1, 3, 100, 1001])
def test_results_come_in_the_order_of_the_items(processes: int, count: int) -> None:
    assert spread(square, range(count), processes) == [number * number for number in range(count)]


def test_a_large_machine_and_many_items_do_not_fill_the_pipe() -> None:
    count = 2 * 50 * 64 - 1
    assert spread(square, range(count), 1_000) == [number * number for number in range(count)]


def test_large_results_come_through() -> None:
    texts = spread(lambda number: str(number) * 100_000, range(40), 3)
    assert [len(text) for text in texts] == [100_000] * 10 + [200_000] * 30


def test_every_process_takes_a_share() -> None:
    assert spread(in_fork(lambda: None), range(2), 2) == [0, 1]


def test_what_the_work_raises_here_is_raised() -> None:
    with pytest.raises(ZeroDivisionError):
        spread(lambda number: 1 // (number - 50), range(100), 1)


def test_what_the_work_raises_in_a_fork_is_raised_with_all_that_it_says() -> None:
    def fail() -> None:
        raise Problems([MflowError("wrong", code="some.code", hint="mend it")])

    with pytest.raises(Problems) as caught:
        spread(in_fork(fail), range(2), 2)
    (problem,) = caught.value.problems
    assert (problem.message, problem.code, problem.hint) == ("wrong", "some.code", "mend it")


def test_the_death_of_a_process_is_an_error_with_a_hint() -> None:
    with pytest.raises(MflowError, match="was killed") as caught:
        spread(in_fork(lambda: os.kill(os.getpid(), signal.SIGKILL)), range(2), 2)
    assert "memory" in caught.value.hint


def test_no_process_is_left_behind() -> None:
    processes = set(spread(lambda _: os.getpid(), range(100), 3)) - {os.getpid()}
    for process in processes:
        with pytest.raises(ProcessLookupError):
            os.kill(process, 0)


def test_under_a_limit_on_processes_those_that_there_are_do_it_all(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> int:
        raise BlockingIOError

    monkeypatch.setattr(os, "fork", refuse)
    assert spread(square, range(20), 4) == [number * number for number in range(20)]


def test_where_the_system_cannot_fork_one_process_does_it_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "fork")
    assert spread(lambda _: os.getpid(), range(20), 4) == [os.getpid()] * 20
