"""Spreads work over the machine's cores: forked processes share all that is loaded already and give back results.

Why not `concurrent.futures`: to import it and to feed its queues takes a tenth of the time in which a thousand diagrams
are validated, and it answers the death of a process with a traceback.
"""

from __future__ import annotations

import os
import pickle
import signal
from collections.abc import Callable, Sequence
from contextlib import suppress
from operator import itemgetter
from typing import TypeVar, cast

from mermaid_flow.errors import MflowError

Item = TypeVar("Item")
Result = TypeVar("Result")

_MOST = 64
"""Processes at most: the beginnings of all shares have to fit into a pipe."""
_SHARES = 50
"""Shares of the work for each process: enough that none waits long for another one's last share."""


def spread(work: Callable[[Item], Result], items: Sequence[Item], processes: int) -> list[Result]:
    """What `work` makes of each item, in their order, done by this process and `processes` - 1 forked ones.

    Raises what `work` raises, and MflowError when the system killed a process. Where the system cannot fork, or not as
    often as that, fewer processes do all of it.
    """
    processes = min(processes, _MOST)
    size = max(1, len(items) // (processes * _SHARES))
    shares, to_shares = os.pipe()  # a process that is free reads from it where the next share begins
    for first in range(0, len(items), size):
        os.write(to_shares, first.to_bytes(4, "little"))
    os.close(to_shares)

    def work_off() -> list[tuple[int, list[Result]]]:
        done = []
        while share := os.read(shares, 4):
            first = int.from_bytes(share, "little")
            done.append((first, [work(item) for item in items[first : first + size]]))
        return done

    forked: list[tuple[int, int]] = []
    try:
        with suppress(OSError):
            for _ in range(processes - 1 if hasattr(os, "fork") else 0):
                forked.append(_fork(work_off))
        done = work_off()
        for _, results in forked:
            done += _read(results)
    finally:
        os.close(shares)
        for process, results in forked:
            os.close(results)
            os.kill(process, signal.SIGKILL)  # one that has given its results has nothing left to do
            os.waitpid(process, 0)
    return [result for _, share in sorted(done, key=itemgetter(0)) for result in share]


def _fork(work_off: Callable[[], list[tuple[int, list[Result]]]]) -> tuple[int, int]:
    """Begin to work shares off in a new process. Its number, and the pipe that its results come from."""
    results, to_parent = os.pipe()
    process = os.fork()
    if process:
        os.close(to_parent)
        return process, results
    try:
        with os.fdopen(to_parent, "wb") as pipe:
            try:
                pickle.dump(work_off(), pipe, pickle.HIGHEST_PROTOCOL)
            except Exception as error:  # for the parent to raise
                pickle.dump(error, pipe)
    finally:
        os._exit(0)


def _read(results: int) -> list[tuple[int, list[Result]]]:
    """Wait for a process's results. Raises what it raised."""
    try:
        with os.fdopen(results, "rb", closefd=False) as pipe:
            outcome = pickle.load(pipe)  # noqa: S301 - a process of our own wrote it
    except (EOFError, pickle.UnpicklingError):
        raise MflowError(
            "a process that did a part of the work was killed",
            code="process.killed",
            hint="the system does that when memory runs out; try fewer files at once",
        ) from None
    if isinstance(outcome, Exception):
        raise outcome
    return cast("list[tuple[int, list[Result]]]", outcome)
