"""A gate before expensive work: few at once, a short queue, and an honest "busy" for the rest."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from mgc.errors import ServiceBusy

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Gate"]

SECONDS_EACH: Final = 1.0  # of one analysis, to say when to come back: 0.3 s for 30 s of music, 2 s for four minutes


class Gate:
    """At most ``slots`` at work and ``queue`` waiting; whoever comes next is told when to come again."""

    def __init__(self, slots: int, queue: int) -> None:
        self._slots, self._queue = slots, queue
        self._semaphore = threading.Semaphore(slots)
        self._lock = threading.Lock()
        self.inside = 0  # at work or waiting

    @contextmanager
    def enter(self) -> Iterator[None]:
        """Wait for a slot and hold it.

        Raises
        ------
        ServiceBusy
            when the queue is full
        """
        with self._lock:
            if self.inside >= self._slots + self._queue:
                wait = max(1, round(SECONDS_EACH * self.inside / self._slots))
                raise ServiceBusy(
                    f"Too many songs are being listened to just now; please try again in {wait} s.",
                    retry_after=wait,
                )
            self.inside += 1
        try:
            with self._semaphore:
                yield
        finally:
            with self._lock:
                self.inside -= 1
