"""Background jobs on a page: progress, a button that stops a job, how it ended, and the popover that lists them.

A page keeps nothing but a job's number and reads the job anew at each run. On a server for everybody
(``MGC_REGISTRY=fixed``) the jobs serve all visitors: they see them and may start what is missing, but only the owner
can stop one, by ``mgc cancel``.
"""

from __future__ import annotations

import contextlib
import logging
import time
from typing import TYPE_CHECKING, Final

import streamlit as st

import mgc.jobs.store  # noqa: F401 - imports SQLAlchemy as the server starts, not in several visitors' threads at once
from mgc import jobs
from mgc.errors import MgcError
from mgc.settings import settings
from mgc.ui.text import plain, shorten

if TYPE_CHECKING:
    from collections.abc import Callable

    from mgc.jobs import Job

__all__ = [
    "attempt",
    "follow",
    "known",
    "popover",
    "progress",
    "roughly",
    "say_refused",
    "settled",
    "share",
    "watch",
    "words",
]

EVERY: Final = 1.0  # s between two reads of a running job
ENDED: Final = 5  # jobs that have ended, in the popover
LOOKED_AT: Final = 50  # newest jobs, of which those that ended last are shown
BYTES: Final = 10_000_000  # a total above this counts bytes, which are not shown
POPOVER: Final = "background_work"  # key of the popover
_UNITS: Final = {"extract": " tracks"}  # of kinds whose count is not plain from the title
_REFUSED: Final = "background_refused"  # in the session: why something could not be done, for one run
_log: Final = logging.getLogger("mgc.ui")

_ICONS: Final = {
    "finished": ":material/check_circle:",
    "failed": ":material/error:",
    "cancelled": ":material/stop_circle:",
}


def known(id: int | None) -> Job | None:
    """Return a job by its number; None when there is no such job any more."""
    if id is None:
        return None
    try:
        return jobs.job(id)
    except MgcError:
        return None


def attempt(do: Callable[..., object], *given: object) -> None:
    """Do something in a callback, where nothing can be drawn: an error is kept for :func:`say_refused`."""
    try:
        do(*given)
    except MgcError as error:
        _log.warning("%s: %s (%s)", type(error).__name__, error.user_message, error.details)
        st.session_state[_REFUSED] = error.user_message


def say_refused() -> None:
    """Show once the error of a callback."""
    if sentence := st.session_state.pop(_REFUSED, ""):
        st.error(plain(sentence), icon=":material/error:")


def words(job: Job) -> str:
    """Return the present step of a job, its progress and the time left, as Markdown."""
    if job.state != "running":
        return "Waiting for a free processor"
    said = [plain(job.step) or "Working"]
    if 0 < job.total < BYTES:
        said.append(f"{job.done:,} of {job.total:,}{_UNITS.get(job.kind, '')}")
    if job.seconds_left is not None:
        said.append(f"{roughly(job.seconds_left)} left")
    return " \N{MIDDLE DOT} ".join(said)


def roughly(seconds: float) -> str:
    """Return a time as a whole number of its unit, at least a second: ``"3 minutes"``, ``"2 days"``."""
    for unit, size in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if seconds >= 1.5 * size:
            return f"{round(seconds / size)} {unit}s"
    whole = max(round(seconds), 1)
    return f"{whole} second{'s' * (whole != 1)}"


def share(job: Job) -> float:
    """Return how much of a job is done, 0..1."""
    return min(max(job.done / job.total, 0.0), 1.0) if job.total else 0.0


@st.fragment(run_every=EVERY)
def _live(id: int, draw: Callable[[Job], None]) -> None:
    """Draw an active job, again every second, and run the page again when it has ended or was deleted."""
    with contextlib.suppress(MgcError):  # the job shows it, too
        jobs.reconcile()
    now = known(id)
    if now is None or not now.is_active:
        st.rerun()
    try:
        draw(now)
    except MgcError as error:  # the page's fence is not around what is drawn again
        _log.warning("%s: %s (%s)", type(error).__name__, error.user_message, error.details)
        st.error(plain(error.user_message), icon=":material/error:")


def watch(job: Job, *, key: str) -> None:
    """Draw the progress of an active job; ``key`` is that of its button."""
    _live(job.id, lambda now: progress(now, key=key))


def follow(id: int, draw: Callable[[int], None]) -> None:
    """Draw by ``draw(id)`` what belongs to a job, again every second while it is at work.

    What belongs to one that has ended is no fragment: its buttons lead to other views, which are outside of one.
    """
    if jobs.job(id).is_active:
        _live(id, lambda now: draw(now.id))
    else:
        with st.container():  # as a fragment is one: what is drawn stays in its place when the job ends
            draw(id)


def progress(job: Job, *, key: str) -> None:
    """Draw how far an active job is, and where visitors may stop one, a button for it; ``key`` is the button's."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.progress(share(job), text=words(job), width="stretch")
        if settings().registry == "open":
            st.button("Stop", key=key, icon=":material/stop:", on_click=attempt, args=(jobs.cancel, job.id))


def settled(job: Job, *, key: str, again: Callable[[], object] | None = None) -> None:
    """Show how a job has ended that failed or was stopped, and a button to go on; ``again`` instead of resuming it."""
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        if job.state == "failed":
            st.error(plain(job.why), icon=":material/error:", width="stretch")
        else:
            st.markdown(f":material/stop_circle: {plain(job.title)}: stopped.", width="stretch")
        label, icon = ("Try again", ":material/refresh:") if job.state == "failed" else ("Resume", ":material/resume:")
        do, given = (jobs.resume, (job.id,)) if again is None else (again, ())
        st.button(label, key=key, icon=icon, on_click=attempt, args=(do, *given))


@st.fragment
def popover() -> None:
    """Draw the popover "Background work"; opening it runs only this fragment, and while closed it reads nothing."""
    icon = ":material/manufacturing:"
    held = st.popover("Background work", key=POPOVER, icon=icon, type="tertiary", on_change="rerun")
    if held.open:
        with held:
            _list_jobs()


@st.fragment(run_every=EVERY)
def _list_jobs() -> None:
    """List the running jobs and the last that have ended; read again every second while the popover is open."""
    try:
        running, newest = jobs.jobs(active=True), jobs.jobs(LOOKED_AT)
    except MgcError as error:
        st.error(plain(error.user_message), icon=":material/error:")
        return
    say_refused()
    if not running:
        st.markdown("Nothing is running.")
    for job in running:
        st.markdown(f"**{_title(job)}**")
        progress(job, key=f"background_stop_{job.id}")
    ended = sorted((job for job in newest if not job.is_active), key=lambda job: job.ended or 0.0, reverse=True)
    if ended:
        st.caption("Recent jobs")
    replaced = _replaced(newest)
    for job in ended[:ENDED]:
        _ended(job, may_resume=job.id not in replaced)


def _replaced(newest: tuple[Job, ...]) -> set[int]:
    """Return the numbers of the jobs after which the same was started again."""
    last: dict[tuple[str, str], int] = {}
    for job in reversed(newest):  # the newest come first
        last[job.kind, job.subject] = job.id
    return {job.id for job in newest} - set(last.values())


def _ended(job: Job, *, may_resume: bool) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        said = {"failed": plain(job.why), "cancelled": "stopped.", "finished": "done."}.get(job.state, job.state)
        ago = f"{roughly(time.time() - (job.ended or job.created))} ago"
        st.markdown(f"{_ICONS.get(job.state, '')} **{_title(job)}:** {said} :small[{ago}]", width="stretch")
        can = job.state in ("failed", "cancelled") and job.where == "engine" and may_resume
        label = "Try again" if job.state == "failed" else "Resume"
        if can and settings().registry == "open" and st.button(label, key=f"background_resume_{job.id}"):
            attempt(jobs.resume, job.id)
            st.rerun()  # the page shows the progress of this job again


def _title(job: Job) -> str:
    return plain(shorten(job.title, 80))
