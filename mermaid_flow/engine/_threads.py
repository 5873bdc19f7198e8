"""Threads for handlers. Unlike those of `concurrent.futures` they never keep a process alive that gave up on them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from queue import SimpleQueue

Task = Callable[[], None]


class Threads:
    """Runs tasks at once: on an idle thread when there is one, else on a new one. The caller limits how many."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._tasks: SimpleQueue[Task | None] = SimpleQueue()
        self._idle = threading.Semaphore(0)
        self._started = 0

    def submit(self, task: Task) -> None:
        """Run the task, which must not raise."""
        self._tasks.put(task)
        if self._idle.acquire(blocking=False):
            return
        self._started += 1
        threading.Thread(target=self._work, name=f"{self._name}-{self._started}", daemon=True).start()

    def close(self) -> None:
        """Let every thread end after its task. Does not wait for them."""
        for _ in range(self._started):
            self._tasks.put(None)

    def _work(self) -> None:
        while (task := self._tasks.get()) is not None:
            task()
            self._idle.release()
