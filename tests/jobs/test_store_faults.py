"""What the store holds against: killed writers, many at once, a full disk, another version, a clock that is set."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from mgc.errors import JobError
from mgc.jobs import process
from mgc.jobs import store as module
from mgc.jobs.kinds import TaskSpec
from mgc.jobs.process import Process, is_gone, me
from mgc.jobs.store import Store
from tests.jobs.test_store import begun, made, now

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

WRITERS = """
import os, sys
from pathlib import Path
from mgc.jobs.kinds import TaskSpec
from mgc.jobs.process import me
from mgc.jobs.store import Store

folder, turn = Path(sys.argv[1]), sys.argv[2]
for i in range(5):
    if os.fork():
        continue
    name = f"{turn}.{i}"
    store = Store(f"sqlite:///{folder / 'jobs.sqlite'}", folder)
    job, _ = store.create("write", name, "Write", {}, [TaskSpec(total=10**6)], where="app")
    claim = store.claim(me().text, job=job.id)
    store.begin(claim.task, claim.number, me(), 0.0)
    said = os.open(folder / name, os.O_WRONLY | os.O_CREAT)
    os.write(said, f"{os.getpid()} ".encode())
    for n in range(10**6):
        store.begin_item(claim.task, claim.number, f"{n:06}")
        store.end_item(claim.task, claim.number, f"{n:06}", data={"n": n})
        os.write(said, f"{n} ".encode())
"""


def test_twenty_writers_killed_in_the_middle_tear_nothing(root: Path, tmp_path: Path) -> None:
    url, chance = f"sqlite:///{tmp_path / 'jobs.sqlite'}", random.Random(8)
    said: dict[str, int] = {}
    for turn in "abcd":
        subprocess.run([sys.executable, "-c", WRITERS, str(tmp_path), turn], cwd=root, check=True)
        files = [tmp_path / f"{turn}.{i}" for i in range(5)]
        while not all(path.exists() and len(path.read_text().split()) > 2 for path in files):
            time.sleep(0.01)
        for path in files:
            time.sleep(chance.uniform(0.0, 0.05))
            os.kill(int(path.read_text().split()[0]), signal.SIGKILL)
        said |= {path.name: int(path.read_text().split()[-1]) for path in files}
    assert sqlite3.connect(tmp_path / "jobs.sqlite").execute("pragma integrity_check").fetchall() == [("ok",)]
    store = Store(url, tmp_path)
    for name, last in said.items():
        job = store.find("write", name)
        assert job is not None
        items = store.items(job.id, "done")
        assert len(items) == job.done  # whole transactions only
        assert last < len(items) <= last + 2  # all that was acknowledged
        assert [item.data["n"] for item in items] == list(range(len(items)))
    process.notice_lost(store)
    assert {job.state for job in store.jobs()} == {"failed"}
    store.close()


CLAIMER = """
import sys
from pathlib import Path
from mgc.jobs.process import me
from mgc.jobs.store import Store

store = Store(sys.argv[1], Path(sys.argv[2]))
while claim := store.claim(me().text, place="here", code="1"):
    store.begin(claim.task, claim.number, me(), 0.0)
    print(claim.task, claim.number, flush=True)
    store.end(claim.task, claim.number, "finished")
"""


def test_of_a_hundred_tasks_each_is_claimed_once_by_four_engines_that_open_a_new_store(
    root: Path, tmp_path: Path, url: str
) -> None:
    store = Store(url, tmp_path)
    jobs = [made(store, f"set {i}", 20) for i in range(5)]
    command = [sys.executable, "-c", CLAIMER, url, str(tmp_path)]
    engines = [
        subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(4)
    ]
    answers = [engine.communicate(timeout=120) for engine in engines]
    assert [error for _, error in answers] == [""] * 4
    claims = Counter(line for answer, _ in answers for line in answer.splitlines())
    assert len(claims) == 100
    assert set(claims.values()) == {1}
    assert {now(store, job).state for job in jobs} == {"finished"}
    store.close()


def test_many_processes_can_open_a_new_store_at_once(root: Path, tmp_path: Path, url: str) -> None:
    code = (
        "import sys; from pathlib import Path; from mgc.jobs.store import Store; Store(sys.argv[1], Path(sys.argv[2]))"
    )
    command = [sys.executable, "-c", code, url, str(tmp_path)]
    opening = [subprocess.Popen(command, cwd=root, stderr=subprocess.PIPE, text=True) for _ in range(4)]
    assert [one.communicate(timeout=120)[1] for one in opening] == [""] * 4


def test_two_that_start_the_same_job_at_once_get_one(store: Store, url: str, tmp_path: Path) -> None:
    seen, ready = [], threading.Barrier(8)

    def start() -> None:
        ready.wait()
        seen.append(store.create("measure", "set", "Measure", {}, [TaskSpec()]))

    threads = [threading.Thread(target=start) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({job.id for job, _ in seen}) == 1
    assert sum(is_new for _, is_new in seen) == 1


def test_a_store_of_an_older_version_is_migrated_in_one_transaction_and_of_a_newer_one_refused(
    store: Store, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = made(store)

    def half(link: sa.Connection) -> None:
        link.execute(sa.text("create table more (x integer)"))
        raise JobError("The migration broke off.")

    def whole(link: sa.Connection) -> None:
        link.execute(sa.text("create table more (x integer)"))

    version, steps = module.VERSION, module.MIGRATIONS
    monkeypatch.setattr(module, "VERSION", version + 1)
    monkeypatch.setattr(module, "MIGRATIONS", (*steps, half))
    with pytest.raises(JobError, match="broke off"):
        Store(url, tmp_path)
    monkeypatch.setattr(module, "MIGRATIONS", (*steps, whole))
    migrated = Store(url, tmp_path)  # which would fail if half of it had been kept
    assert now(migrated, job) == job
    migrated.close()
    monkeypatch.setattr(module, "VERSION", version)
    with pytest.raises(JobError, match=r"by a newer version of mgc \(schema 3, supported is 2\); use that version"):
        Store(url, tmp_path)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Return a folder on a disk of 2 MB of its own; skip where none can be mounted."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(folder)]
    if os.geteuid() or subprocess.run(command, capture_output=True).returncode:
        pytest.skip("a small disk can only be mounted by root")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def test_on_a_full_disk_the_job_ends_with_a_sentence_and_the_store_is_whole(small_disk: Path) -> None:
    store = Store(f"sqlite:///{small_disk / 'jobs.sqlite'}", small_disk)
    job = made(store)
    claim = begun(store, job)
    with (small_disk / "music").open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while file.write(b"\0" * 4096):
            pass

    def fill() -> None:
        for n in range(10_000):
            store.begin_item(claim.task, 1, f"{n} " + "x" * 200)

    with pytest.raises(JobError, match="disk of the MGC_HOME folder is full"):
        fill()
    assert store.end(claim.task, 1, "failed", "The disk is full.")
    assert (now(store, job).state, now(store, job).why) == ("failed", "The disk is full.")
    store.close()
    assert sqlite3.connect(small_disk / "jobs.sqlite").execute("pragma integrity_check").fetchall() == [("ok",)]
    (small_disk / "music").unlink()
    again = Store(f"sqlite:///{small_disk / 'jobs.sqlite'}", small_disk)
    assert made(again).state == "queued"
    again.close()


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ("attempt to write a readonly database", "the MGC_HOME folder is read-only"),
        ("database or disk is full", "the disk of the MGC_HOME folder is full"),
        ("database is locked", "another process has locked it for too long"),
        ("connection refused", "does the database answer"),
    ],
)
def test_what_the_database_refuses_is_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str, sentence: str
) -> None:
    store = Store(f"sqlite:///{tmp_path / 'jobs.sqlite'}", tmp_path)

    def refuse(*_: object) -> None:
        raise sa.exc.OperationalError("...", {}, sqlite3.OperationalError(said))

    monkeypatch.setattr(module, "_lock", refuse)
    with pytest.raises(JobError, match=sentence):
        store.cancel(1)
    store.close()


def test_a_process_is_known_by_its_start_and_its_boot() -> None:
    mine = me()
    assert is_gone(mine) is False
    assert is_gone(Process(mine.host, mine.boot, mine.pid, mine.started + 1)) is True  # the number was given out again
    assert is_gone(Process(mine.host, "another boot", mine.pid, mine.started)) is True
    assert is_gone(Process("another machine", mine.boot, mine.pid, mine.started)) is None
    child = subprocess.Popen([sys.executable, "-c", ""])
    about = Process(mine.host, mine.boot, child.pid, 1)
    child.wait()
    assert is_gone(about) is True


GONE = Process(me().host, me().boot, 2**22 + 1, 1)


@pytest.mark.parametrize(
    ("engine", "worker", "silent", "state"),
    [
        (me(), me(), 3600.0, "running"),  # it lives, however long it was silent
        (me(), GONE, 5.0, "running"),  # the engine will say so
        (me(), GONE, 31.0, "queued"),
        (GONE, me(), 5.0, "running"),
        (GONE, GONE, 5.0, "queued"),
        (Process("far", "b", 1, 1), Process("far", "b", 2, 1), 3600.0, "running"),  # its clock says nothing here
    ],
)
def test_lost_is_what_is_silent_and_gone(
    store: Store, monkeypatch: pytest.MonkeyPatch, engine: Process, worker: Process, silent: float, state: str
) -> None:
    job = made(store)
    claim = store.claim(engine.text, job=job.id)
    assert claim is not None
    store.begin(claim.task, claim.number, worker, time.monotonic() - silent)
    for hours in (-1, 1):  # the clock on the wall is set
        monkeypatch.setattr(time, "time", lambda hours=hours, real=time.time: real() + 3600 * hours)
        process.notice_lost(store)
        assert store.tasks(job.id)[0].state == state


def test_silence_of_another_machine_is_listened_to_here(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    job = made(store)
    far = Process("far", "b", 1, 1)
    claim = store.claim(far.text, job=job.id)
    assert claim is not None
    store.begin(claim.task, 1, far, 1.0)
    clock = time.monotonic()
    for later, beat, state in ((0, 1.0, "running"), (29, 2.0, "running"), (58, 2.0, "running"), (60, 2.0, "queued")):
        monkeypatch.setattr(time, "monotonic", lambda later=later: clock + later)
        store.beat(claim.task, 1, beat)
        process.notice_lost(store)
        assert store.tasks(job.id)[0].state == state


def test_five_hundred_finished_jobs_are_listed_at_once(store: Store) -> None:
    one = {
        "kind": "measure",
        "title": "Measure",
        "config": {},
        "state": "finished",
        "where": "engine",
        "created": 1.0,
    }
    with store._write() as link:
        link.execute(module._jobs.insert(), [{**one, "subject": f"set {n}"} for n in range(500)])
    active = made(store)
    start = time.perf_counter()
    assert len(store.jobs()) == 501
    assert store.jobs(active=True) == (active,)
    assert time.perf_counter() - start < 1.0  # usually 0.02 s


def test_a_process_that_went_silent_in_the_middle_of_a_write_does_not_hold_up_the_others(
    new_database: Callable[[], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "idle_in_transaction_session_timeout=10s" in module.CUT["options"]
    monkeypatch.setitem(module.CUT, "options", "-c idle_in_transaction_session_timeout=1s")
    silent, other = (Store(url, tmp_path) for url in [new_database()] * 2)
    job = made(other)
    locked, free = threading.Event(), threading.Event()

    def write() -> None:
        with silent._write() as link:
            module._lock(link, job.id)
            locked.set()
            free.wait(120)

    def write_in_vain() -> None:
        with pytest.raises(JobError, match="does the database answer"):
            write()

    thread = threading.Thread(target=write_in_vain)
    thread.start()
    locked.wait(60)
    assert other.cancel(job.id)
    assert thread.is_alive()
    free.set()
    thread.join()
    for store in (silent, other):
        store.close()
