"""What the store keeps: jobs, their tasks, the attempts at a task, the items inside a task, events, and the pace.

Conventions
-----------
Times are seconds since 1970, for people to read; no decision depends on them, so a clock that is set does no harm.
A job has tasks in stages: a stage begins when all tasks of the stages before have finished. Each try at a task is an
attempt with a number; a write that names an older number is refused, so a worker that was given up cannot do harm.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal, get_args

from mgc.errors import JobError

__all__ = ["ACTIVE", "ARROWS", "DEATHS", "Attempt", "Event", "Item", "Job", "Pace", "State", "Task", "Where", "check"]

State = Literal["queued", "starting", "running", "finished", "failed", "cancelled", "lost"]
Where = Literal["engine", "app", "inline"]  # worker processes, a thread of this process, the calling thread
ItemState = Literal["begun", "done", "failed", "queued"]

ACTIVE: Final[frozenset[State]] = frozenset({"queued", "starting", "running"})

DEATHS: Final = 2  # worker processes that may end over one task or item before it is left alone
WINDOW: Final = 10.0  # s over which the pace is measured
# From each state the states that may follow; the same for jobs, tasks and attempts.
ARROWS: Final[dict[State, frozenset[State]]] = {
    "queued": frozenset({"starting", "failed", "cancelled"}),
    "starting": frozenset({"running", "failed", "cancelled", "lost"}),
    "running": frozenset({"finished", "failed", "cancelled", "lost"}),
    "lost": frozenset({"queued", "failed", "cancelled"}),  # requeued, or given up
    "failed": frozenset({"queued"}),  # resumed
    "cancelled": frozenset({"queued"}),
    "finished": frozenset(),
}


def check(before: State, after: State) -> None:
    """Raise a JobError unless ``after`` may follow ``before``."""
    if after not in ARROWS[before]:
        allowed = ", ".join(state for state in get_args(State) if state in ARROWS[before]) or "nothing"
        raise JobError(f"A job that is {before} cannot become {after}.", details=f"allowed: {allowed}")


@dataclass(frozen=True, slots=True)
class Job:
    """One job; at most one of a (kind, subject) is active. Jobs are numbered in the order of starting."""

    id: int
    kind: str
    subject: str
    title: str  # what it does, in plain words
    config: dict[str, Any]  # JSON that the kind understands
    state: State
    where: Where
    done: int = 0  # progress in the kind's own unit (tracks, bytes, folds)
    total: int = 0  # 0 while it is not known
    step: str = ""  # what is being done now, "" when that is not known
    seconds_left: float | None = None  # None while the pace is not known
    created: float = 0.0
    started: float | None = None
    ended: float | None = None
    why: str = ""  # a sentence when it failed
    result: Any = None  # JSON that the last task returned

    @property
    def is_active(self) -> bool:
        """Whether it is queued, starting or running."""
        return self.state in ACTIVE


@dataclass(frozen=True, slots=True)
class Task:
    """One task of a job, with the slots it takes; ``attempt`` numbers the newest try at it, 0 before the first."""

    id: int
    job: int
    stage: int
    name: str
    config: dict[str, Any]
    state: State
    attempt: int = 0
    done: int = 0
    total: int = 0
    step: str = ""
    why: str = ""
    result: Any = None
    cpu: int = 1
    gpu: int = 0


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try at a task: the process that makes it (host, pid), when it began and how it ended."""

    task: int
    number: int
    state: State
    host: str = ""
    pid: int = 0
    started: float | None = None
    ended: float | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """One item inside a task, e.g. a track: its state, a sentence when it failed, and what the kind noted of it.

    ``deaths`` is how often a worker process ended while it was at this item.
    """

    name: str
    state: ItemState
    why: str = ""
    data: dict[str, Any] = field(default_factory=dict)
    deaths: int = 0


@dataclass(frozen=True, slots=True)
class Event:
    """A change of state of a job (``task`` is None) or of one of its tasks, with the reason if there is one."""

    time: float
    state: State
    why: str = ""
    task: int | None = None
    attempt: int | None = None


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast a job gets on, over the last one or two windows of :data:`WINDOW` seconds."""

    pace: float | None = None  # work per second
    since: float | None = None  # when the window began from which it is measured [s since 1970]
    since_work: float | None = None  # the work that was done then
    next: float | None = None  # the same of the window that follows
    next_work: float | None = None

    def after(self, now: float, work: float) -> Pace:
        """Return the pace at a time [s since 1970] at which so much work is done in all.

        The first piece of work does not count unless it fills a window: a network's first epoch compiles it, and takes
        as long as fifty others. It is measured from the end of that on; the pace is 0 until then.
        """
        if self.since is None or self.next is None or not 0 <= now - self.next <= 60 * WINDOW:
            return Pace(None, now, work, now, work)  # the first report, or the clock was set
        took, done = now - self.since, work - (self.since_work or 0.0)
        if self.pace is None and done > 0 and took < WINDOW:
            return Pace(0.0, now, work, now, work)
        pace = done / took if took >= 1.0 and done > 0 else self.pace
        if now - self.next < WINDOW:
            return replace(self, pace=pace)
        return Pace(pace, self.next, self.next_work, now, work)
