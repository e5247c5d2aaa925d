"""Extracting the features of a whole data set: begun, watched and stopped here; it goes on without the page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import streamlit as st

from mgc.extraction import job as extraction
from mgc.settings import settings
from mgc.ui import background
from mgc.ui.text import plain

if TYPE_CHECKING:
    from collections.abc import Callable

    from mgc.extraction.job import Status
    from mgc.jobs import Job
    from mgc.ui.explore.selection import Selection

__all__ = ["banner", "begin", "invite", "work"]

POLL: Final = 1.0  # s between two looks at a job under way
MOST_FAILURES: Final = 50  # listed; the rest is counted

WORDS: Final = {"queued": "Waiting for a free processor", "running": "Extracting features"}


def banner(id: str) -> None:
    """Say above all views how far the extraction is; nothing when there is nothing to say."""
    background.say_refused()
    status = extraction.status(id)
    if status.state in WORDS:
        with st.container(border=True, key="explore_extraction"):
            _progress(id)
    elif status.state == "failed":
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            why = plain(status.why) or "See the server log for details."
            st.markdown(f":material/error: The features could not be extracted. {why}", width="stretch")
            _start(id, "Try again", key="explore_extract_again")
    if status.failed and status.state not in WORDS:
        _failures(status)


def work(job: Job | None, start: Callable[[], Job], words: str, *, key: str) -> None:
    """Have a result computed in the background: draw its job, and start one where none is active.

    Parameters
    ----------
    job : Job or None
        the last one; when it failed or was stopped, that is said, and another begins at a click only
    start : function
        starts a job
    words : str
        Markdown above the progress
    key : str
        of the buttons, without ``_stop`` and ``_again``
    """
    if job is not None and job.state in ("failed", "cancelled"):
        background.settled(job, key=f"{key}_again")
        return
    with st.container(border=True):
        st.markdown(words, anchors=False)
        background.watch(job if job is not None and job.is_active else start(), key=f"{key}_stop")


def invite(selection: Selection, what: str) -> bool:
    """Return whether features have been extracted; if not, say so of ``what`` ("the map") and offer it."""
    if selection.collected is not None and len(selection.collected.ids):
        return True
    status = extraction.status(selection.id)
    if status.state in WORDS:
        st.info(f"You can see {what} once the features have been extracted.", icon=":material/hourglass_top:")
        return False
    with st.container(border=True):
        st.markdown(f"Extract the features of every track to see {what}.")
        done = f"{status.done:,} of {status.total:,} tracks are done. " if status.done else ""
        st.caption(
            f"{done}This takes about a quarter of a second per track. You can leave the page or stop at any time."
        )
        _start(selection.id, "Resume" if status.done else "Extract features")
    return False


@st.fragment(run_every=POLL)
def _progress(id: str) -> None:
    status = extraction.status(id)
    if status.state not in WORDS:
        st.rerun()
    words, done, total, which = [WORDS[status.state]], status.done, status.total, "tracks"
    if 0 < status.sounding < total:  # the others take no time
        done, total, which = status.heard, status.sounding, "tracks with audio"
    if total:
        words.append(f"{done:,} of {total:,} {which}")
    if status.seconds_left is not None and status.state == "running":
        words.append(f"{background.roughly(status.seconds_left)} left")
    if status.failed:
        words.append(f"{len(status.failed):,} could not be read")
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.progress(min(done / max(total, 1), 1.0), text=" \N{MIDDLE DOT} ".join(words), width="stretch")
        if settings().registry == "open":
            st.button("Stop", key="explore_stop", icon=":material/stop:", on_click=_stop, args=(id,))


def _start(id: str, label: str, key: str = "explore_extract") -> None:
    st.button(label, key=key, type="primary", icon=":material/play_arrow:", on_click=begin, args=(id,))


def _stop(id: str) -> None:
    background.attempt(extraction.cancel, id)


def begin(id: str, kinds: tuple[str, ...] = ("descriptors", "mel")) -> None:
    """Begin or resume the extraction; a callback."""
    background.attempt(extraction.start, id, kinds)


def _failures(status: Status) -> None:
    count = len(status.failed)
    with st.expander(f"{count:,} track{'s' * (count != 1)} could not be analysed", icon=":material/music_off:"):
        for track, sentence in status.failed[:MOST_FAILURES]:
            st.markdown(f"- {plain(track)}: {plain(sentence)}")
        if count > MOST_FAILURES:
            st.caption(f"and {count - MOST_FAILURES:,} more")
