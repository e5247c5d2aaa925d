"""The store of jobs: the only place that speaks SQL.

SQLite in WAL mode (``jobs.sqlite`` in MGC_HOME), or the PostgreSQL that ``MGC_DATABASE_URL`` names. Every change is
one transaction. Three rules keep it consistent when processes are killed:

* At most one job of a (kind, subject) is active: ``active_key`` is unique, and empty once a job has ended.
* A write of an attempt names its number, and is refused (False) when another attempt has begun or the job was stopped.
* Every change of state is checked against :data:`mgc.jobs.records.ARROWS` and leaves an event.

Changes of state wait for the disk (``synchronous=FULL``); progress does not: a crash of the machine may lose the last
of it, a crash of a process does not.
"""

from __future__ import annotations

import contextlib
import threading
import time
from dataclasses import MISSING, asdict, dataclass, fields, replace
from pathlib import Path
from types import UnionType
from typing import TYPE_CHECKING, Any, Final, Literal, TypeVar, get_args, get_origin, get_type_hints

import sqlalchemy as sa
from sqlalchemy import event, exc, func, select
from sqlalchemy.dialects import postgresql, sqlite

from mgc.errors import JobError
from mgc.jobs.process import Process, hold
from mgc.jobs.records import ACTIVE, DEATHS, Attempt, Event, Item, Job, Pace, State, Task, Where, check
from mgc.settings import settings

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from sqlalchemy.engine import Connection, Row

    from mgc.jobs.kinds import TaskSpec

__all__ = ["VERSION", "Claim", "Running", "Store", "close", "opened"]

Record = TypeVar("Record")

VERSION: Final = 2
# Points against a task whose attempt was lost without progress: its worker died, or the whole engine went down with it.
GUILTY: Final = 5
INNOCENT: Final = 1
LIMIT: Final = DEATHS * GUILTY
KEPT: Final = 20  # ended jobs that are kept of each (kind, subject)
BUSY: Final = 30.0  # s to wait for another writer; a write takes 4 ms
# Of PostgreSQL, so that a link that was cut is noticed: by the worker behind it, and by the server, which would else
# keep a job's row locked for the others.
CUT: Final = {
    "connect_timeout": 10,  # s
    "tcp_user_timeout": 10_000,  # ms
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "options": "-c idle_in_transaction_session_timeout=10s",
}
ROWS_AT_ONCE: Final = 500  # names in one statement; SQLite takes 32,766 variables
RESERVE_BYTES: Final = 262_144  # given up when the disk is full, so that the end of a job can still be written

# Where SQLite's locks and its shared memory do not hold between machines, or at all.
NETWORKS: Final = frozenset({"nfs", "nfs4", "cifs", "smb3", "smbfs", "afs", "fuse.sshfs"})
MOUNTS: Final = Path("/proc/self/mounts")

# What a database says when it refuses -> the sentence for it.
REFUSALS: Final = {
    ("full", "No space"): "The list of jobs cannot be written: the disk of the MGC_HOME folder is full.",
    ("readonly", "read-only", "Permission", "unable to open"): (
        "The list of jobs cannot be written: the MGC_HOME folder is read-only."
    ),
    ("malformed", "not a database"): (
        "The list of jobs (jobs.sqlite in MGC_HOME) is damaged; move it away to start a new one."
    ),
    ("locked",): "The list of jobs is busy: another process has locked it for too long.",
    ("",): "The list of jobs cannot be read or written; does the database answer?",
}


def _id() -> sa.Column[int]:
    return sa.Column("id", sa.Integer, primary_key=True, autoincrement=True)


def _owner(table: str, **more: Any) -> sa.Column[int]:
    return sa.Column(table.removesuffix("s"), sa.ForeignKey(f"{table}.id", ondelete="CASCADE"), nullable=False, **more)


def _columns(record: type, *without: str, **more: str | float) -> list[sa.Column[Any]]:
    """Return a column for each field of a record but some, and for each of ``more``: name -> default value."""
    hints = get_type_hints(record)
    made = [_column(one.name, hints[one.name], one.default) for one in fields(record) if one.name not in without]
    return made + [_column(name, type(value), value) for name, value in more.items()]


def _column(name: str, hint: Any, default: Any) -> sa.Column[Any]:
    allowed = get_args(hint) if isinstance(hint, UnionType) else (hint,)
    other = sa.Text() if get_origin(hint) is Literal else sa.JSON(none_as_null=True)
    kind: Any = {int: sa.BigInteger(), float: sa.Float(), str: sa.Text()}.get(allowed[0], other)
    nullable = hint is Any or type(None) in allowed
    return sa.Column(name, kind, nullable=nullable, default=None if default is MISSING else default)


_meta = sa.MetaData()
_schema = sa.Table("mgc_schema", _meta, sa.Column("version", sa.Integer, nullable=False))
_jobs = sa.Table(
    "jobs",
    _meta,
    _id(),
    # place and code: which home's engine does it, of which state of the code
    *_columns(Job, "id", "seconds_left", place="", code="", work_done=0.0, work_total=0.0),
    sa.Column("active_key", sa.Text, unique=True),
    *_columns(Pace),
    sa.Index("jobs_of_a_subject", "kind", "subject", "id"),
    sqlite_autoincrement=True,  # no number is given out again: what a deleted job's attempt writes is refused
)
_tasks = sa.Table(
    "tasks",
    _meta,
    _id(),
    _owner("jobs"),
    *_columns(Task, "id", "job", strikes=0, work_done=0.0, work_total=0.0),
    sa.Index("tasks_of_a_job", "job", "state", "stage"),
    sqlite_autoincrement=True,  # as above
)
_attempts = sa.Table(
    "attempts",
    _meta,
    _owner("tasks", primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    # beat: the worker's monotonic clock at its last heartbeat
    *_columns(Attempt, "task", "number", engine="", boot="", pid_started=0, beat=0.0),
    sa.Index("attempts_by_state", "state"),
)
_items = sa.Table(
    "items",
    _meta,
    _owner("jobs", primary_key=True),
    sa.Column("name", sa.Text, primary_key=True),
    *_columns(Item, "name", "data", task=0, attempt=0, stamp=""),
    sa.Column("data", sa.JSON, nullable=False, default={}),
)
_events = sa.Table("events", _meta, _id(), _owner("jobs", index=True), *_columns(Event))
_rows = sa.Table(
    "rows",
    _meta,
    _owner("jobs", primary_key=True),
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("data", sa.JSON, nullable=False),
)


def _add_slots_and_rows(link: Connection) -> None:
    """Version 2: tasks take slots of their own, and jobs have rows (epochs, predictions)."""
    known = {column["name"] for column in sa.inspect(link).get_columns(_tasks.name)}
    for name, slots in {"cpu": 1, "gpu": 0}.items():
        if name not in known:
            link.execute(sa.text(f"ALTER TABLE {_tasks.name} ADD COLUMN {name} BIGINT NOT NULL DEFAULT {slots}"))
    _meta.create_all(link)


# Version n -> how a store of version n becomes one of n + 1; the last step makes what metadata says.
MIGRATIONS: Final = (_meta.create_all, _add_slots_and_rows)
_IS_ACTIVE: Final = _jobs.c.active_key.is_not(None)
_IS_AT_WORK: Final = sa.exists().where(_tasks.c.job == _jobs.c.id, _tasks.c.state.in_(("starting", "running")))


@dataclass(frozen=True, slots=True)
class Claim:
    """An attempt at a task that the caller has taken and is to run, in so many slots."""

    job: int
    task: int
    number: int
    kind: str
    cpu: int = 1
    gpu: int = 0


@dataclass(frozen=True, slots=True)
class Running:
    """An attempt that has not ended, and where it runs; ``beat`` is that host's monotonic clock [s]."""

    task: int
    number: int
    state: State
    engine: str
    process: Process
    beat: float


class Store:
    """A store of jobs; safe to use from several threads and processes.

    ``url`` is SQLAlchemy's: ``sqlite:///path`` or ``postgresql+psycopg://...``; in ``folder`` are the lock and, for
    SQLite, the reserve. A JobError says that it cannot be opened, or that a newer version of mgc has written it; and
    from every method, that the disk is full or the database does not answer.
    """

    def __init__(self, url: str, folder: Path) -> None:
        self._is_sqlite = url.startswith("sqlite")
        self._reserve = folder / "jobs.reserve"
        if self._is_sqlite and (kind := _file_system(folder)) in NETWORKS:
            raise JobError(
                f"The list of jobs cannot be kept on a network file system ({kind}): set MGC_HOME to a folder of this "
                "machine, or MGC_DATABASE_URL to a PostgreSQL database."
            )
        try:
            arguments = {"timeout": BUSY} if self._is_sqlite else CUT
            self._engine = sa.create_engine(url, connect_args=arguments, pool_pre_ping=not self._is_sqlite)
        except (exc.ArgumentError, ImportError) as error:
            raise JobError("MGC_DATABASE_URL is not an address of PostgreSQL.", details=repr(error)) from error
        if self._is_sqlite:
            event.listen(self._engine, "connect", _prepare)
            event.listen(self._engine, "begin", _begin)
        try:
            self._migrate(folder)
        except JobError:
            self.close()
            raise
        if self._is_sqlite and not self._reserve.exists():
            with contextlib.suppress(OSError):  # without it, a full disk is noticed later
                self._reserve.write_bytes(b"\0" * RESERVE_BYTES)

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()

    def _migrate(self, folder: Path) -> None:
        """Bring the schema to :data:`VERSION`, in one transaction."""
        with _sentences():
            folder.mkdir(parents=True, exist_ok=True)
            # Turning WAL on does not wait for others, so one process at a time opens a new file.
            lock = hold(folder / "jobs", wait=True) if self._is_sqlite else contextlib.nullcontext()
            with lock, self._write() as link:
                if not self._is_sqlite:
                    link.execute(select(func.pg_advisory_xact_lock(0x6D6763)))
                is_new = not sa.inspect(link).has_table(_schema.name)
                version = 0 if is_new else link.execute(select(_schema.c.version)).scalar_one()
                if version > VERSION:
                    raise JobError(
                        f"The list of jobs was written by a newer version of mgc (schema {version}, supported is "
                        f"{VERSION}); use that version."
                    )
                for step in MIGRATIONS[version:]:
                    step(link)
                link.execute((_schema.insert() if is_new else _schema.update()).values(version=VERSION))

    @contextlib.contextmanager
    def _write(self, *, durable: bool = True) -> Iterator[Connection]:
        """Open a transaction that writes."""
        with _sentences(), self._engine.connect().execution_options(mgc_writes=True) as link:
            if self._is_sqlite:
                raw: Any = link.connection.dbapi_connection
                raw.execute(f"PRAGMA synchronous={'FULL' if durable else 'NORMAL'}")
            with link.begin():
                yield link

    def _all(self, kind: type[Record], query: sa.Select[Any]) -> tuple[Record, ...]:
        if kind is Job:
            query = query.add_columns(_IS_AT_WORK.label("is_at_work"))
        with _sentences(), self._engine.connect() as link:
            return tuple(_record(kind, row) for row in link.execute(query))

    def _job(self, query: sa.Select[Any]) -> Job | None:
        return next(iter(self._all(Job, query.limit(1))), None)

    def jobs(self, limit: int = 1000, *, active: bool = False, kind: str | None = None) -> tuple[Job, ...]:
        """Return the newest jobs, or those of one kind, newest first."""
        query = select(_jobs).order_by(_jobs.c.id.desc()).limit(limit)
        query = query if kind is None else query.where(_jobs.c.kind == kind)
        return self._all(Job, query.where(_IS_ACTIVE) if active else query)

    def job(self, id: int) -> Job | None:
        """Return one job, None when there is none of that number."""
        return self._job(select(_jobs).where(_jobs.c.id == id))

    def find(self, kind: str, subject: str) -> Job | None:
        """Return the newest job of a kind and subject."""
        return self._job(_of_subject(kind, subject))

    def tasks(self, job: int) -> tuple[Task, ...]:
        """Return a job's tasks in their order."""
        return self._all(Task, select(_tasks).where(_tasks.c.job == job).order_by(_tasks.c.stage, _tasks.c.id))

    def attempts(self, job: int) -> tuple[Attempt, ...]:
        """Return all tries at a job's tasks."""
        query = select(_attempts).join(_tasks).where(_tasks.c.job == job)
        return self._all(Attempt, query.order_by(_attempts.c.task, _attempts.c.number))

    def items(self, job: int, state: str | None = None) -> tuple[Item, ...]:
        """Return the items that a job's tasks have begun, in the order of their names."""
        query = select(_items).where(_items.c.job == job).order_by(_items.c.name)
        return self._all(Item, query if state is None else query.where(_items.c.state == state))

    def events(self, job: int) -> tuple[Event, ...]:
        """Return a job's events, oldest first."""
        return self._all(Event, select(_events).where(_events.c.job == job).order_by(_events.c.id))

    def running(self) -> tuple[Running, ...]:
        """Return the attempts that have not ended."""
        return self._all(Running, select(_attempts).where(_attempts.c.state.in_(("starting", "running"))))

    def has_work(self, place: str, code: str) -> bool:
        """Tell whether an engine of that home and code has something to do."""
        return self._job(_of_engines(place).where(_jobs.c.code == code)) is not None

    def create(
        self,
        kind: str,
        subject: str,
        title: str,
        config: dict[str, Any],
        specs: Sequence[TaskSpec],
        *,
        where: Where = "engine",
        place: str = "",
        code: str = "",
    ) -> tuple[Job, bool]:
        """Write down a new job with its tasks, unless one like it is active; return it, and whether it is new."""
        key = f"{kind}/{subject}"
        values: dict[str, Any] = {"kind": kind, "subject": subject, "title": title, "config": config, "state": "queued"}
        values |= {"where": where, "place": place, "code": code, "active_key": key, "created": time.time()}
        insert = (sqlite.insert if self._is_sqlite else postgresql.insert)(_jobs)
        unless_active = insert.values(values).on_conflict_do_nothing(index_elements=["active_key"])
        with self._write() as link:
            id = link.execute(unless_active.returning(_jobs.c.id)).scalar_one_or_none()
            if id is None:
                return _record(Job, link.execute(select(_jobs).where(_jobs.c.active_key == key)).one()), False
            for spec in specs:
                work = float(spec.total) if spec.work is None else spec.work
                task = {"stage": spec.stage, "name": spec.name, "config": dict(spec.config), "total": spec.total}
                slots = {"cpu": spec.cpu, "gpu": spec.gpu}
                link.execute(_tasks.insert().values(job=id, state="queued", work_total=work, **task, **slots))
            _set(link, _jobs, id, **_sums(link, id))
            _note(link, id, "queued", "")
            _carry_deaths(link, id, kind, subject)
            _prune(link, kind, subject)
            return _record(Job, _get(link, _jobs, id)), True

    def cancel(self, id: int, why: str = "") -> bool:
        """Stop a job: what runs stops at its next call, or is ended; False when it was not active."""
        return self._end_active(id, "cancelled", why)

    def fail(self, id: int, why: str) -> bool:
        """End an active job with a sentence; False when it was not active."""
        return self._end_active(id, "failed", why)

    def _end_active(self, id: int, state: State, why: str) -> bool:
        with self._write() as link:
            job = _lock(link, id)
            if job is None or job.state not in ACTIVE:
                return False
            _end_job(link, job, state, why)
            return True

    def resume(self, id: int, *, where: Where, place: str, code: str) -> bool:
        """Queue the tasks of a failed or cancelled job that have not finished; False when it is active already.

        A JobError says that it has finished, or that another job does the same thing.
        """
        with self._write() as link:
            job = _lock(link, id)
            if job is None:
                raise JobError(f"There is no job {id}.")
            if job.state in ACTIVE:
                return False
            check(job.state, "queued")
            key = f"{job.kind}/{job.subject}"
            if other := link.execute(select(_jobs.c.id).where(_jobs.c.active_key == key)).scalar():
                raise JobError(f"Job {other} is already doing the same work.")
            for task in link.execute(select(_tasks).where(_tasks.c.job == id, _tasks.c.state != "finished")).all():
                _move(link, task, "queued", "resumed")
            link.execute(_tasks.update().where(_tasks.c.job == id).values(strikes=0))
            _move_job(link, job, "queued", "resumed", active_key=key, where=where, place=place, code=code, ended=None,
                      why="", next=None)  # fmt: skip
            return True

    def adopt(self, place: str, code: str, codes: Collection[str]) -> tuple[int, ...]:
        """Give the active jobs of a home whose engine is none of ``codes`` to that of ``code``; return them."""
        homeless = _of_engines(place).where(_jobs.c.code.not_in(codes))
        if ids := tuple(job.id for job in self._all(Job, homeless)):
            with self._write() as link:
                link.execute(_jobs.update().where(_jobs.c.id.in_(ids), _IS_ACTIVE).values(code=code))
        return ids

    def delete(self, id: int) -> bool:
        """Remove a job that has ended; False when there is none such."""
        with self._write() as link:
            return link.execute(_jobs.delete().where(_jobs.c.id == id, ~_IS_ACTIVE)).rowcount > 0

    def claim(
        self,
        engine: str,
        *,
        job: int | None = None,
        place: str = "",
        code: str = "",
        cpu: int | None = None,
        gpu: int | None = None,
    ) -> Claim | None:
        """Take the next task that can run, and number the attempt; None when there is none.

        It is one of ``job``, else one of any job that is to be done by an engine of ``place`` and ``code``, and that
        takes at most ``cpu`` and ``gpu`` slots; with ``cpu`` 0 one that takes none, else never such a one. Jobs take
        turns: the one with the fewest tasks running, and of these the one with the fewest begun, comes first.
        """
        query = _claimable(job, place, code, cpu, gpu)
        with _sentences(), self._engine.connect() as link:
            if link.execute(query.limit(1)).first() is None:
                return None  # without the writer's lock: engines ask several times a second
        with self._write() as link:
            for task in link.execute(query.limit(8)).all():
                owner = _lock(link, task.job)
                mine = _tasks.update().where(_tasks.c.id == task.id, _tasks.c.state == "queued")
                if owner is None or owner.state not in ACTIVE:
                    continue  # PostgreSQL: it was cancelled meanwhile
                if not link.execute(mine.values(attempt=_tasks.c.attempt + 1)).rowcount:
                    continue  # PostgreSQL: another engine was first
                number = task.attempt + 1
                link.execute(_attempts.insert().values(task=task.id, number=number, state="queued", engine=engine))
                _move(link, _get(link, _tasks, task.id), "starting", "")
                if owner.state == "queued":
                    _move_job(link, owner, "starting", "")
                return Claim(task.job, task.id, number, owner.kind, task.cpu, task.gpu)
        return None

    def begin(self, task: int, number: int, process: Process, beat: float) -> tuple[Job, Task] | None:
        """Note that an attempt runs now; None when it is not wanted any more."""
        with self._write() as link:
            if (found := _current(link, task, number, "starting")) is None:
                return None
            job, row = found
            about = asdict(process)
            about["pid_started"] = about.pop("started")
            mine = _attempts.update().where(*_is_attempt(task, number))
            link.execute(mine.values(**about, beat=beat, started=time.time()))
            _move(link, row, "running", "")
            if job.state != "running":
                _move_job(link, job, "running", "", started=job.started or time.time())
            return _record(Job, _get(link, _jobs, job.id)), _record(Task, _get(link, _tasks, task))

    def beat(self, task: int, number: int, beat: float) -> bool:
        """Note that an attempt is alive; False when it is not wanted any more."""
        with self._write(durable=False) as link:
            mine = _attempts.update().where(*_is_attempt(task, number), _attempts.c.state == "running")
            return link.execute(mine.values(beat=beat)).rowcount > 0

    def is_current(self, task: int, number: int) -> bool:
        """Tell whether an attempt is still wanted."""
        with _sentences(), self._engine.connect() as link:
            return link.execute(select(_attempts.c.state).where(*_is_attempt(task, number))).scalar() == "running"

    def progress(self, task: int, number: int, done: int, total: int | None = None, step: str = "") -> bool:
        """Note how far an attempt is; False when it is not wanted any more."""
        with self._write(durable=False) as link:
            if (found := _current(link, task, number)) is None:
                return False
            job, row = found
            total = row.total if total is None else total
            work_total = row.work_total if row.total == total else float(total)
            work = work_total * min(1.0, done / total) if total else 0.0
            _advance(link, job, row, done=done, total=total, work_done=work, work_total=work_total, step=step)
            return True

    def begin_item(self, task: int, number: int, name: str, stamp: str = "") -> Item | None:
        """Note that an attempt is at an item; return what was known of it. None when the attempt is not wanted.

        ``stamp`` changes when the item does: its deaths are then forgotten.
        """
        with self._write(durable=False) as link:
            if (found := _current(link, task, number)) is None:
                return None
            where = (_items.c.job == found[0].id, _items.c.name == name)
            row = link.execute(select(_items).where(*where)).one_or_none()
            values = {"task": task, "attempt": number, "state": "begun", "stamp": stamp}
            if row is None:
                link.execute(_items.insert().values(job=found[0].id, name=name, **values))
                return Item(name, "queued")
            deaths = row.deaths if row.stamp == stamp else 0
            if row.state not in ("done", "failed"):
                link.execute(_items.update().where(*where).values(deaths=deaths, **values))
            return replace(_record(Item, row), deaths=deaths)

    def end_item(
        self, task: int, number: int, name: str, *, why: str = "", data: dict[str, Any], work: float = 1.0
    ) -> bool:
        """Note that an item is done, or failed with a sentence; False when the attempt is not wanted any more."""
        with self._write(durable=False) as link:
            if (found := _current(link, task, number)) is None:
                return False
            job, row = found
            mine = _items.update().where(_items.c.job == job.id, _items.c.name == name)
            link.execute(mine.values(state="failed" if why else "done", why=why, data=data))
            _advance(link, job, row, done=row.done + 1, work_done=row.work_done + work)
            return True

    def put(self, task: int, number: int, kind: str, rows: Mapping[str, Any]) -> bool:
        """Write rows of an attempt's job, in place of those of the same names; False when it is not wanted any more."""
        with self._write(durable=False) as link:
            found = _current(link, task, number)
            if found is not None:
                names = list(rows)
                for at in range(0, len(names), ROWS_AT_ONCE):
                    part = names[at : at + ROWS_AT_ONCE]
                    mine = _rows.c.job == found[0].id, _rows.c.kind == kind, _rows.c.name.in_(part)
                    link.execute(_rows.delete().where(*mine))
                    given = [{"job": found[0].id, "kind": kind, "name": name, "data": rows[name]} for name in part]
                    link.execute(_rows.insert(), given)
            return found is not None

    def forget(self, task: int, number: int, kind: str, start: str, after: str) -> bool:
        """Remove the rows whose names begin with ``start`` and come after ``after``; returns as :meth:`put` does."""
        with self._write(durable=False) as link:
            found = _current(link, task, number)
            if found is not None:
                mine = _rows.c.job == found[0].id, _rows.c.kind == kind, _rows.c.name > after
                link.execute(_rows.delete().where(*mine, _rows.c.name.startswith(start, autoescape=True)))
            return found is not None

    def rows(self, job: int, kind: str) -> dict[str, Any]:
        """Return a job's rows of one kind by name, in the order of their names."""
        query = select(_rows.c.name, _rows.c.data).where(_rows.c.job == job, _rows.c.kind == kind)
        with _sentences(), self._engine.connect() as link:
            return {row.name: row.data for row in link.execute(query.order_by(_rows.c.name))}

    def note(self, task: int, number: int, sentence: str) -> bool:
        """Write a sentence among the events of an attempt's job; returns as :meth:`put` does."""
        with self._write() as link:
            found = _current(link, task, number)
            if found is not None:
                _note(link, found[0].id, found[0].state, sentence, task=task, attempt=number)
            return found is not None

    def end(self, task: int, number: int, state: State, why: str = "", result: Any = None) -> bool:
        """Note how an attempt ended ("finished" or "failed"); False when it is not wanted any more.

        The job finishes with its last task and fails with its first failure. On a full disk a reserve is given up so
        that there is room for this.
        """
        try:
            return self._end(task, number, state, why, result)
        except JobError:
            if not self._reserve.exists():
                raise
            with _sentences():
                self._reserve.unlink(missing_ok=True)
            return self._end(task, number, state, why, result)

    def _end(self, task: int, number: int, state: State, why: str, result: Any) -> bool:
        with self._write() as link:
            found = _current(link, task, number, *(("running",) if state == "finished" else ("starting", "running")))
            if found is None:
                return False
            job, row = found
            _move(link, row, state, why, result=result)
            if state != "finished":
                _end_job(link, job, state, why)
                return True
            _advance(link, job, row, done=row.total, work_done=row.work_total, step="")
            left = select(_tasks.c.id).where(_tasks.c.job == job.id, _tasks.c.state != "finished")
            if link.execute(left.limit(1)).first() is None:
                _end_job(link, job, "finished", "", result=result)
            return True

    def lose(self, task: int, number: int, why: str, *, guilty: bool, is_cause: bool = False) -> State | None:
        """Note that the process of an attempt is gone; return whether its task is now "queued" again or "failed".

        ``guilty``: the worker died over its work, not with the whole engine. ``is_cause``: ``why`` says more than that
        the process is gone, so the job ends with it. None when the attempt is not wanted.
        """
        with self._write() as link:
            if (found := _current(link, task, number, "starting", "running")) is None:
                return None
            job, row = found
            at = (_items.c.job == job.id, _items.c.task == task, _items.c.attempt == number, _items.c.state == "begun")
            blamed = link.execute(
                _items.update().where(*at).values(state="queued", deaths=_items.c.deaths + (1 if guilty else 0))
            ).rowcount
            strikes = row.strikes + (GUILTY if guilty and row.state == "running" and not blamed else INNOCENT)
            _move(link, row, "lost", why, strikes=strikes)
            row = _get(link, _tasks, task)
            if job.where == "engine" and strikes < LIMIT:
                _move(link, row, "queued", why)
                return "queued"
            end = "The program that ran this job ended before the job was done; start it again."
            if job.where == "engine":
                end = f"The worker process ended {number} times while working on this; is there enough memory?"
                if is_cause:
                    end = f"{why} It was tried {number} times."
            _move(link, row, "failed", end)
            _end_job(link, job, "failed", end)
            return "failed"


def opened() -> Store:
    """Return the store of the present home folder, opened once; a JobError says why it cannot be."""
    chosen = settings()
    return _opened(chosen.database_url or f"sqlite:///{chosen.home_dir / 'jobs.sqlite'}", chosen.home_dir)


def close() -> None:
    """Close the stores of this process; with the last one that closes, SQLite's log is in its file."""
    with _opening:
        while _stores:
            _stores.popitem()[1].close()


def _opened(url: str, home: Path) -> Store:
    with _opening:
        if (url, home) not in _stores:
            _stores[url, home] = Store(url.replace("postgresql://", "postgresql+psycopg://", 1), home)
        return _stores[url, home]


_stores: dict[tuple[str, Path], Store] = {}  # of this process: one, unless its settings change
_opening = threading.Lock()


def _claimable(job: int | None, place: str, code: str, cpu: int | None, gpu: int | None) -> sa.Select[Any]:
    earlier, mine = _tasks.alias("earlier"), _tasks.alias("mine")
    n_begun = select(func.count()).where(mine.c.job == _tasks.c.job, mine.c.attempt > 0)
    n_busy = n_begun.where(mine.c.state.in_(("starting", "running")))
    waits = sa.exists().where(
        earlier.c.job == _tasks.c.job, earlier.c.stage < _tasks.c.stage, earlier.c.state != "finished"
    )
    query = (
        select(_tasks.c.id, _tasks.c.job, _tasks.c.attempt, _tasks.c.cpu, _tasks.c.gpu)
        .join(_jobs, _jobs.c.id == _tasks.c.job)
        .where(_IS_ACTIVE, _tasks.c.state == "queued", ~waits)
        .order_by(n_busy.scalar_subquery(), n_begun.scalar_subquery(), _tasks.c.job, _tasks.c.stage, _tasks.c.id)
    )
    if job is not None:
        return query.where(_tasks.c.job == job)
    query = query.where(_tasks.c.cpu > 0 if cpu != 0 else _tasks.c.cpu == 0)
    query = query.where(_jobs.c.where == "engine", _jobs.c.place == place, _jobs.c.code == code)
    query = query if cpu is None else query.where(_tasks.c.cpu <= cpu)
    return query if gpu is None else query.where(_tasks.c.gpu <= gpu)


def _of_subject(kind: str, subject: str) -> sa.Select[Any]:
    return select(_jobs).where(_jobs.c.kind == kind, _jobs.c.subject == subject).order_by(_jobs.c.id.desc())


def _of_engines(place: str) -> sa.Select[Any]:
    return select(_jobs).where(_IS_ACTIVE, _jobs.c.where == "engine", _jobs.c.place == place)


def _is_attempt(task: int, number: int) -> tuple[sa.ColumnElement[bool], ...]:
    return _attempts.c.task == task, _attempts.c.number == number


def _get(link: Connection, table: sa.Table, id: int) -> Row[Any]:
    return link.execute(select(table).where(table.c.id == id)).one()


def _set(link: Connection, table: sa.Table, id: int, **values: Any) -> None:
    link.execute(table.update().where(table.c.id == id).values(**values))


def _lock(link: Connection, job: int) -> Row[Any] | None:
    """Return a job's row and keep it to this transaction; on SQLite, where one writes at a time, that is so anyway."""
    return link.execute(select(_jobs).where(_jobs.c.id == job).with_for_update()).one_or_none()


def _current(link: Connection, task: int, number: int, *states: str) -> tuple[Row[Any], Row[Any]] | None:
    """Return the job and task of an attempt that is still wanted (running by default), both locked; else None."""
    owner = link.execute(select(_tasks.c.job).where(_tasks.c.id == task)).scalar()
    job = None if owner is None else _lock(link, owner)
    row = link.execute(select(_tasks).where(_tasks.c.id == task)).one_or_none()
    if job is None or row is None or row.attempt != number or row.state not in (states or ("running",)):
        return None
    return job, row


def _move(link: Connection, task: Row[Any], state: State, why: str, **values: Any) -> None:
    """Bring a task and its newest attempt to a state."""
    check(task.state, state)
    _set(link, _tasks, task.id, state=state, why=why, **values)
    if state != "queued":
        ended = {} if state in ACTIVE else {"ended": time.time()}
        mine = _attempts.update().where(*_is_attempt(task.id, task.attempt), _attempts.c.state.in_(ACTIVE))
        link.execute(mine.values(state=state, why=why, **ended))
    _note(link, task.job, state, why, task=task.id, attempt=task.attempt)


def _move_job(link: Connection, job: Row[Any], state: State, reason: str, **values: Any) -> None:
    check(job.state, state)
    _set(link, _jobs, job.id, state=state, **values)
    _note(link, job.id, state, reason)


def _end_job(link: Connection, job: Row[Any], state: State, why: str, **values: Any) -> None:
    """Bring a job to its end and cancel its tasks that have not ended."""
    for row in link.execute(select(_tasks).where(_tasks.c.job == job.id, _tasks.c.state.in_(ACTIVE))).all():
        _move(link, row, "cancelled", why)
    _move_job(link, job, state, why, active_key=None, ended=time.time(), why=why, step="", pace=None, **values)


def _note(link: Connection, job: int, state: State, why: str, **of_task: int) -> None:
    link.execute(_events.insert().values(job=job, time=time.time(), state=state, why=why, **of_task))


def _advance(link: Connection, job: Row[Any], task: Row[Any], **values: Any) -> None:
    """Bring the progress of a task, and with it that of its job, up to date."""
    progressed = {"strikes": 0} if values["done"] > task.done else {}
    _set(link, _tasks, task.id, **values, **progressed)
    sums = _sums(link, job.id)
    pace = _record(Pace, job).after(time.time(), sums["work_done"])
    _set(link, _jobs, job.id, step=values.get("step", task.step), **sums, **asdict(pace))


def _sums(link: Connection, job: int) -> dict[str, Any]:
    """Return the progress of a job: the sums over its tasks."""
    counted = (_tasks.c.done, _tasks.c.total, _tasks.c.work_done, _tasks.c.work_total)
    sums = [sa.cast(func.sum(column), column.type).label(column.name) for column in counted]
    return dict(link.execute(select(*sums).where(_tasks.c.job == job)).one()._mapping)


def _carry_deaths(link: Connection, id: int, kind: str, subject: str) -> None:
    """Remember over which items workers have died in the job before, unless that one got by them."""
    before = link.execute(_of_subject(kind, subject).where(_jobs.c.id < id).limit(1)).one_or_none()
    if before is None or before.state == "finished":
        return
    known = select(_items.c.name, _items.c.stamp, _items.c.deaths)
    dead = link.execute(known.where(_items.c.job == before.id, _items.c.deaths > 0)).mappings().all()
    if dead:
        link.execute(_items.insert(), [{"job": id, "state": "queued", **item} for item in dead])


def _prune(link: Connection, kind: str, subject: str) -> None:
    """Remove all but the newest ended jobs of a kind and subject."""
    ended = _of_subject(kind, subject).where(~_IS_ACTIVE).with_only_columns(_jobs.c.id)
    old = link.execute(ended.offset(KEPT)).scalars().all()
    link.execute(_jobs.delete().where(_jobs.c.id.in_(old)))


def _record(kind: type[Record], row: Row[Any]) -> Record:
    """Read a row into the dataclass that has its columns' names."""
    known = {one.name: row._mapping[one.name] for one in fields(kind) if one.name in row._mapping}  # type: ignore[arg-type]
    # While all that is left of a job waits for slots that another has, nobody knows how long it will take.
    if kind is Job and row.state == "running" and row.pace and row._mapping.get("is_at_work", True):
        known["seconds_left"] = max(0.0, (row.work_total - row.work_done) / row.pace)
    elif kind is Running:
        known["process"] = Process(row.host, row.boot, row.pid, row.pid_started)
    return kind(**known)


def _prepare(connection: Any, record: object) -> None:
    """Set up a connection to SQLite: transactions are begun by :func:`_begin`, not by the driver."""
    connection.isolation_level = None
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA foreign_keys=ON")


def _begin(link: Connection) -> None:
    # A transaction that reads first and writes then could find that another has written in between.
    link.exec_driver_sql("BEGIN IMMEDIATE" if link.get_execution_options().get("mgc_writes") else "BEGIN")


def _file_system(folder: Path) -> str:
    """Return the sort of file system that a folder lies on, "" where that is not known."""
    try:
        mounts = [line.split() for line in MOUNTS.read_text().splitlines()]
    except OSError:
        return ""
    place, found = folder.resolve(), ("", "")
    for _, at, kind, *_ in mounts:
        at = at.replace("\\040", " ")
        if place.is_relative_to(at) and len(at) >= len(found[0]):  # of two at one place the later one is seen
            found = at, kind
    return found[1]


@contextlib.contextmanager
def _sentences() -> Iterator[None]:
    """Turn what the database or the disk refuses into a sentence."""
    try:
        yield
    except (exc.DBAPIError, OSError) as error:
        said = str(getattr(error, "orig", None) or error)
        sentence = next(text for words, text in REFUSALS.items() if any(word in said for word in words))
        raise JobError(sentence, details=repr(error)) from error
