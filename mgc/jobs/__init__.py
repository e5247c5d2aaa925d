"""Jobs: all work that outlives a rerun of a page, started, watched, cancelled and resumed in one way.

Write a kind, in a module that is cheap to import::

    def _run(context):                                   # in a worker process; import heavy things here
        tracks = load(context.config["dataset"])
        for done, track in enumerate(tracks):
            context.progress(done, len(tracks), "comparing")  # leaves here when the job was cancelled
            compare(track)
        return {"pairs": 12}                             # JSON, becomes job.result

    AUDIT = Kind("audit", lambda config: f"Audit of {config['dataset']}", _run, packages=("audit", "features"))

and name it in ``mgc/background.py``: ``"audit": "mgc.audit.background:AUDIT"``. Raise an MgcError to end the job with
its sentence. Let ``Stopped`` pass (it is no Exception); do not catch BaseException. Write a result to another name and
move it when it is whole: the process can end at any moment, and is then started again with the same configuration, at
most twice without progress. Several tasks, one after the other or side by side: give ``tasks=``, see
:class:`~mgc.jobs.kinds.TaskSpec`. Many small items (tracks), each of which may fail with a sentence:
``context.begin_item`` and ``context.end_item``.

A page or a command starts it and looks at it again at each rerun; it keeps nothing but the id::

    job = jobs.start("audit", dataset.id, {"dataset": dataset.id})   # the active one, if there is one
    job = jobs.find("audit", dataset.id)                             # newest, or None
    if job.is_active: show(job.title, job.done, job.total, job.step, job.seconds_left)
    if job.state == "failed": st.error(job.why)                      # a sentence
    jobs.cancel(job.id); jobs.resume(job.id)
    job = jobs.wait(job.id, lambda now: progress(now.done, now.total))   # in the command line

``start(..., payload=data)`` runs it in a thread of this process with ``context.payload``: for a visitor's bytes, which
are never written down. ``where="inline"``, or ``MGC_JOBS=inline``, runs it before ``start`` returns: for tests.
Importing this package loads neither Dask nor SQLAlchemy.
"""

from mgc.jobs.engine import cancel, delete, events, find, items, job, jobs, reconcile, resume, start, tasks, wait
from mgc.jobs.kinds import Kind, TaskSpec
from mgc.jobs.records import Attempt, Event, Item, Job, Task
from mgc.jobs.worker import Context, Stopped

__all__ = ["Attempt", "Context", "Event", "Item", "Job", "Kind", "Stopped", "Task", "TaskSpec", "cancel", "delete",
           "events", "find", "items", "job", "jobs", "reconcile", "resume", "start", "tasks", "wait"]  # fmt: skip
