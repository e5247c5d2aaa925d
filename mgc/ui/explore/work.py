"""Long work that outlives a rerun and a closed tab: a thread, what it has done so far, how it ended.

There is one piece of work of each name on a server: who opens an unmade studio second watches the first one's. Work
that has ended is kept for a while, so that each of them learns how.
"""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING, Final

import streamlit as st

from mgc.errors import MgcError
from mgc.ui.text import plain

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Work", "find", "finish", "running", "start", "watch", "words"]

POLL: Final = 0.7  # s between two looks at work under way
KEPT: Final = 32  # pieces of work that have ended: a few words each

_log: Final = logging.getLogger("mgc.ui")
_lock: Final = threading.Lock()


class Work:
    """One piece of work. The thread writes, pages read; each field is written in one step.

    Parameters
    ----------
    job : callable
        is given this object, to tell how far it is; returns the id of the data set that it made or changed
    """

    def __init__(self, job: Callable[[Work], str]) -> None:
        self.step = "Beginning"
        self.share: float | None = None  # 0..1 of the step, None when nobody knows
        self.detail = ""
        self.made: str | None = None  # id of a data set that is there already, while it is still looked over
        self.result: str | None = None
        self.sentence = ""
        # Held by nothing but the thread, which lets go of it at its end: it holds what a visitor has uploaded.
        self._thread = threading.Thread(target=self._run, args=(job,), name="mgc-explore-work", daemon=True)
        self._thread.start()

    @property
    def is_running(self) -> bool:
        """Whether the thread lives."""
        return self._thread.is_alive()

    def begin(self, step: str) -> None:
        """Say which step begins."""
        self.step, self.share, self.detail = step, None, ""

    def tell(self, done: int, total: int) -> None:
        """Say how far the step is; what the data sets' own functions call."""
        self.share = min(max(done / total, 0.0), 1.0) if total > 0 else None
        self.detail = f"{done:,} of {total:,}" if 0 < total < 10_000_000 else ""  # more than that are bytes

    def say(self, step: str, done: int, total: int) -> None:
        """Say what is being done and how far it is, without counting it out in numbers."""
        self.step, self.share, self.detail = step, (min(max(done / total, 0.0), 1.0) if total > 0 else None), ""

    def _run(self, job: Callable[[Work], str]) -> None:
        try:
            self.result = job(self)
        except MgcError as error:
            _log.warning("%s: %s (%s)", type(error).__name__, error.user_message, error.details)
            self.sentence = error.user_message
        except OSError as error:  # a disk that is full, a folder that went away
            _log.exception("Work on a data set failed")
            self.sentence = f"The files could not be written or read: {error.strerror or 'the disk refuses'}."
        finally:
            if self.result is None and not self.sentence:  # any other failure: threading's hook logs its stack
                self.sentence = "That was not supposed to happen; the log of the server says more."


@st.cache_resource(show_spinner=False)
def _all() -> dict[str, Work]:
    return {}


def start(name: str, job: Callable[[Work], str]) -> Work:
    """Begin a piece of work, or return the one of that name that is under way; of ended ones the oldest are dropped."""
    with _lock:
        held = _all()
        current = held.get(name)
        if current is None or not current.is_running:
            held.pop(name, None)
            current = held[name] = Work(job)
        ended = [other for other, one in held.items() if not one.is_running]  # oldest first
        for other in ended[: max(len(ended) - KEPT, 0)]:
            del held[other]
        return current


def find(name: str) -> Work | None:
    """Return the work of that name, running or ended, or None."""
    return _all().get(name)


def running(prefix: str) -> str | None:
    """Return the name of some work under way that begins with ``prefix``, None when there is none."""
    return next((name for name, one in list(_all().items()) if name.startswith(prefix) and one.is_running), None)


def finish(name: str) -> None:
    """Forget work that has ended; what is under way goes on."""
    with _lock:
        current = _all().get(name)
        if current is not None and not current.is_running:
            del _all()[name]


@st.fragment(run_every=POLL)
def watch(name: str) -> None:
    """Draw how far the work is, and run the page again when it has ended."""
    current = find(name)
    if current is None or not current.is_running:
        st.rerun()
    st.progress(current.share or 0.0, text=words(current))


def words(current: Work) -> str:
    """Return in Markdown what is being done."""
    return plain(current.step) + (f" \N{MIDDLE DOT} {current.detail}" if current.detail else "")
