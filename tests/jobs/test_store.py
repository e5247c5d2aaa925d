"""What the store promises, one test a promise; each runs on SQLite and on PostgreSQL."""

from __future__ import annotations

import itertools
import time
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, strategies
from hypothesis import settings as hypothesis_settings

from mgc.errors import JobError
from mgc.jobs import store as module
from mgc.jobs.kinds import TaskSpec
from mgc.jobs.process import me
from mgc.jobs.records import ACTIVE, ARROWS, DEATHS, Job
from mgc.jobs.store import Claim, Store

if TYPE_CHECKING:
    from pathlib import Path

HERE = {"place": "here", "code": "1"}


def made(store: Store, subject: str = "set", n: int = 1, **fields: object) -> Job:
    specs = fields.pop("specs", [TaskSpec(f"t{i}", {"n": i}) for i in range(n)])
    return store.create("measure", subject, "Measure it", {"a": [1]}, specs, **{**HERE, **fields})[0]  # type: ignore[arg-type]


def begun(store: Store, job: Job) -> Claim:
    claim = store.claim("me", job=job.id)
    assert claim is not None
    assert store.begin(claim.task, claim.number, me(), 0.0) is not None
    return claim


def now(store: Store, job: Job) -> Job:
    found = store.job(job.id)
    assert found is not None
    return found


def test_one_job_of_a_kind_and_subject_is_active(store: Store) -> None:
    job = made(store)
    again, is_new = store.create("measure", "set", "Other", {}, [TaskSpec()])
    assert (again, is_new) == (job, False)
    assert store.cancel(job.id)
    other = made(store)
    assert other.id > job.id
    assert store.find("measure", "set") == other
    assert store.jobs() == (other, now(store, job))
    assert store.jobs(active=True) == (other,)


def test_a_job_goes_from_queued_to_finished_and_leaves_events(store: Store) -> None:
    job = made(store)
    claim = store.claim("me", place="here", code="1")
    assert claim == Claim(job.id, claim.task if claim else 0, 1, "measure")
    assert now(store, job).state == "starting"
    running = store.begin(claim.task, 1, me(), 0.0)
    assert running is not None
    assert (running[0].state, running[1].config) == ("running", {"n": 0})
    assert store.progress(claim.task, 1, 3, 10, "reading")
    assert (now(store, job).done, now(store, job).total, now(store, job).step) == (3, 10, "reading")
    assert store.end(claim.task, 1, "finished", result={"x": 1})
    ended = now(store, job)
    assert (ended.state, ended.done, ended.total, ended.result) == ("finished", 10, 10, {"x": 1})
    assert ended.ended is not None
    states = [(event.task is None, event.state) for event in store.events(job.id)]
    whole = [state for is_job, state in states if is_job]
    assert whole == ["queued", "starting", "running", "finished"]
    assert [state for is_job, state in states if not is_job] == whole[1:]
    assert store.claim("me", place="here", code="1") is None


def test_a_job_fails_with_its_first_task_that_does(store: Store) -> None:
    job = made(store, n=3)
    first, second = begun(store, job), begun(store, job)
    assert store.end(first.task, 1, "failed", "The disk is full.")
    assert (now(store, job).state, now(store, job).why) == ("failed", "The disk is full.")
    assert [task.state for task in store.tasks(job.id)] == ["failed", "cancelled", "cancelled"]
    assert not store.is_current(second.task, 1)
    assert not store.end(second.task, 1, "finished")


def test_what_a_cancelled_attempt_says_is_refused(store: Store) -> None:
    job = made(store, n=2)
    claim = begun(store, job)
    assert store.cancel(job.id)
    assert not store.cancel(job.id)
    assert now(store, job).state == "cancelled"
    assert not store.beat(claim.task, 1, 1.0)
    assert not store.progress(claim.task, 1, 1)
    assert store.begin_item(claim.task, 1, "a") is None
    assert not store.end(claim.task, 1, "finished")
    assert store.lose(claim.task, 1, "gone", guilty=True) is None
    assert store.claim("me", job=job.id) is None


def test_an_older_attempt_is_refused_and_the_newer_one_counts(store: Store) -> None:
    job = made(store)
    old = begun(store, job)
    assert store.lose(old.task, 1, "The worker process ended.", guilty=True) == "queued"
    new = begun(store, job)
    assert (new.task, new.number) == (old.task, 2)
    assert not store.progress(old.task, 1, 1)
    assert not store.end(old.task, 1, "finished", result="old")
    assert store.end(new.task, 2, "finished", result="new")
    assert now(store, job).result == "new"
    assert [attempt.state for attempt in store.attempts(job.id)] == ["lost", "finished"]


def test_a_task_that_kills_its_worker_twice_fails_with_a_sentence(store: Store) -> None:
    job = made(store, n=2)
    for tried in range(2):
        claim = begun(store, job)
        assert claim.number == tried + 1
        store.lose(claim.task, claim.number, "gone", guilty=True)
    assert now(store, job).state == "failed"
    assert now(store, job).why == "The worker process ended 2 times while working on this; is there enough memory?"


def test_a_task_that_goes_down_with_its_engine_is_tried_again_ten_times(store: Store) -> None:
    job = made(store)
    for _ in range(9):
        claim = begun(store, job)
        assert store.lose(claim.task, claim.number, "gone", guilty=False) == "queued"
    claim = begun(store, job)
    assert store.lose(claim.task, claim.number, "gone", guilty=False) == "failed"


def test_a_task_that_gets_on_between_deaths_goes_on(store: Store) -> None:
    job = made(store, specs=[TaskSpec(total=9)])
    for tried in range(5):
        claim = begun(store, job)
        store.progress(claim.task, claim.number, tried + 1)
        assert store.lose(claim.task, claim.number, "gone", guilty=True) == "queued"


def test_a_worker_that_dies_over_an_item_is_no_fault_of_the_task(store: Store) -> None:
    job = made(store, specs=[TaskSpec(total=3)])
    for deaths in (0, 1):
        claim = begun(store, job)
        item = store.begin_item(claim.task, claim.number, "deadly", "1 kB")
        assert item is not None
        assert item.deaths == deaths
        assert store.lose(claim.task, claim.number, "gone", guilty=True) == "queued"
    claim = begun(store, job)
    item = store.begin_item(claim.task, claim.number, "deadly", "1 kB")
    assert item is not None
    assert item.deaths == DEATHS
    assert store.end_item(claim.task, claim.number, "deadly", why="It was left out.", data={})
    (left,) = store.items(job.id, "failed")
    assert (left.why, now(store, job).done) == ("It was left out.", 1)


def test_an_item_that_was_done_is_not_begun_again(store: Store) -> None:
    job = made(store, specs=[TaskSpec(total=2)])
    claim = begun(store, job)
    store.begin_item(claim.task, 1, "a")
    assert store.end_item(claim.task, 1, "a", data={"sha256": "x"})
    store.lose(claim.task, 1, "gone", guilty=False)
    claim = begun(store, job)
    item = store.begin_item(claim.task, 2, "a")
    assert item is not None
    assert (item.state, item.data) == ("done", {"sha256": "x"})
    assert store.items(job.id)[0].state == "done"
    assert now(store, job).done == 1


def test_deaths_are_remembered_by_the_next_job_until_the_item_changes_or_a_job_gets_by_it(store: Store) -> None:
    job = made(store)
    claim = begun(store, job)
    store.begin_item(claim.task, 1, "deadly", "1 kB")
    store.lose(claim.task, 1, "gone", guilty=True)
    store.cancel(job.id)
    claim = begun(store, made(store))
    item, changed = (store.begin_item(claim.task, 1, "deadly", stamp) for stamp in ("1 kB", "2 kB"))
    assert item is not None
    assert changed is not None
    assert (item.deaths, changed.deaths) == (1, 0)
    assert store.end(claim.task, 1, "finished")
    claim = begun(store, made(store))
    item = store.begin_item(claim.task, 1, "deadly", "1 kB")
    assert item is not None
    assert item.deaths == 0


def test_stages_wait_for_each_other(store: Store) -> None:
    specs = [TaskSpec("gather", stage=1, total=0), TaskSpec("a"), TaskSpec("b")]
    job = made(store, specs=specs)
    first, second = begun(store, job), begun(store, job)
    assert store.claim("me", job=job.id) is None
    store.end(first.task, 1, "finished")
    assert store.claim("me", job=job.id) is None
    store.end(second.task, 1, "finished")
    last = begun(store, job)
    assert store.tasks(job.id)[-1].name == "gather"
    store.end(last.task, 1, "finished", result=7)
    assert (now(store, job).state, now(store, job).result) == ("finished", 7)


def test_jobs_take_turns(store: Store) -> None:
    one, two = made(store, "one", 3), made(store, "two", 3)
    order = [store.claim("me", **HERE) for _ in range(6)]
    assert [claim.job for claim in order if claim] == [one.id, two.id] * 3


def test_a_job_whose_tasks_take_all_slots_lets_a_newer_one_have_its_turn(store: Store) -> None:
    wide = made(store, "wide", specs=[TaskSpec(str(n), cpu=2) for n in range(3)])
    first = begun(store, wide)
    narrow = made(store, "narrow", 1)
    assert store.claim("me", **HERE, cpu=0) is None
    store.end(first.task, 1, "finished")
    order = [store.claim("me", **HERE) for _ in range(3)]
    assert [claim.job for claim in order if claim] == [narrow.id, wide.id, wide.id]


def test_a_task_that_only_waits_takes_no_slot(store: Store) -> None:
    made(store, specs=[TaskSpec("waits", cpu=0)])
    assert store.claim("me", **HERE) is None
    assert store.claim("me", **HERE, cpu=1) is None
    claim = store.claim("me", **HERE, cpu=0)
    assert claim is not None
    assert claim.cpu == 0


def test_a_task_that_needs_more_slots_than_are_free_waits(store: Store) -> None:
    made(store, specs=[TaskSpec("wide", cpu=2), TaskSpec("narrow"), TaskSpec("device", gpu=1)])
    assert store.claim("me", place="elsewhere", code="1") is None
    narrow = store.claim("me", **HERE, cpu=1, gpu=0)
    assert narrow is not None
    assert (narrow.cpu, narrow.gpu) == (1, 0)
    assert store.claim("me", **HERE, cpu=1, gpu=0) is None
    device = store.claim("me", **HERE, cpu=1, gpu=1)
    assert device is not None
    assert device.gpu == 1
    wide = store.claim("me", **HERE)
    assert wide is not None
    assert wide.cpu == 2


def test_rows_are_written_in_place_of_those_of_the_same_name_and_read_in_order(store: Store) -> None:
    job = made(store)
    claim = begun(store, job)
    assert store.put(claim.task, 1, "epoch", {f"0/{n:06d}": {"n": n} for n in range(1200, 0, -1)})
    assert store.put(claim.task, 1, "epoch", {"0/000003": {"n": 33}, "1/000001": {"n": 1}})
    assert store.put(claim.task, 1, "prediction", {"a_b": {}, "a%": {}})
    rows = store.rows(job.id, "epoch")
    assert list(rows) == [*(f"0/{n:06d}" for n in range(1, 1201)), "1/000001"]
    assert rows["0/000003"] == {"n": 33}
    assert set(store.rows(job.id, "prediction")) == {"a_b", "a%"}
    assert store.rows(job.id, "other") == {}


def test_rows_after_a_name_are_forgotten_and_those_of_others_are_not(store: Store) -> None:
    job = made(store)
    claim = begun(store, job)
    store.put(claim.task, 1, "epoch", {f"{fold}/{n:06d}": {} for fold in (0, 1) for n in (1, 2, 3)})
    assert store.forget(claim.task, 1, "epoch", "0/", "0/000001")
    assert list(store.rows(job.id, "epoch")) == ["0/000001", "1/000001", "1/000002", "1/000003"]


def test_an_attempt_that_was_given_up_writes_no_rows(store: Store) -> None:
    job = made(store)
    claim = begun(store, job)
    store.put(claim.task, 1, "epoch", {"0/000001": {"by": "the first"}})
    store.lose(claim.task, 1, "The worker process ended.", guilty=True)
    begun(store, job)
    assert not store.put(claim.task, 1, "epoch", {"0/000001": {"by": "the dead"}})
    assert not store.forget(claim.task, 1, "epoch", "0/", "")
    assert not store.note(claim.task, 1, "The dead speak.")
    assert store.rows(job.id, "epoch") == {"0/000001": {"by": "the first"}}


def test_rows_go_with_their_job(store: Store) -> None:
    job = made(store)
    claim = begun(store, job)
    store.put(claim.task, 1, "epoch", {"0/000001": {}})
    store.cancel(job.id)
    store.delete(job.id)
    assert store.rows(job.id, "epoch") == {}


def test_a_job_is_resumed_where_it_was(store: Store) -> None:
    job = made(store, n=2)
    first = begun(store, job)
    store.end(first.task, 1, "finished")
    second = begun(store, job)
    store.end(second.task, 1, "failed", "Out of memory.")
    assert store.resume(job.id, where="engine", **HERE)
    assert (now(store, job).state, now(store, job).why, now(store, job).ended) == ("queued", "", None)
    claim = begun(store, job)
    assert (claim.task, claim.number) == (second.task, 2)
    assert store.end(claim.task, 2, "finished")
    assert now(store, job).state == "finished"
    with pytest.raises(JobError, match="is finished cannot become queued"):
        store.resume(job.id, where="engine", **HERE)


def test_a_job_is_not_resumed_beside_another_that_does_the_same(store: Store) -> None:
    job = made(store)
    assert not store.resume(job.id, where="engine", **HERE)
    store.cancel(job.id)
    other = made(store)
    with pytest.raises(JobError, match=f"Job {other.id} is already doing the same"):
        store.resume(job.id, where="engine", **HERE)


def test_a_job_in_the_app_that_was_ended_is_said_to_have_failed(store: Store) -> None:
    job = made(store, where="app")
    claim = begun(store, job)
    assert store.lose(claim.task, 1, "gone", guilty=False) == "failed"
    assert now(store, job).why == "The program that ran this job ended before the job was done; start it again."


def test_a_job_is_deleted_with_all_that_belongs_to_it_once_it_has_ended(store: Store) -> None:
    job = made(store)
    claim = begun(store, job)
    store.begin_item(claim.task, 1, "a")
    assert not store.delete(job.id)
    store.cancel(job.id)
    assert store.delete(job.id)
    assert store.job(job.id) is None
    assert store.tasks(job.id) == store.attempts(job.id) == store.items(job.id) == store.events(job.id) == ()


def test_what_an_attempt_of_a_deleted_job_still_says_is_refused(store: Store) -> None:
    job = made(store)
    stale = begun(store, job)
    store.cancel(job.id)
    assert store.delete(job.id)
    other = made(store)
    claim = begun(store, other)
    assert (other.id > job.id, claim.task > stale.task) == (True, True)  # neither number is given out again
    assert not store.put(stale.task, stale.number, "epoch", {"0/000001": {}})
    assert not store.is_current(stale.task, stale.number)


def test_the_oldest_jobs_of_a_subject_are_removed(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "KEPT", 2)
    ids = []
    for _ in range(5):
        ids.append(made(store).id)
        store.cancel(ids[-1])
    other = made(store, "other")
    assert [job.id for job in store.jobs()] == [other.id, *ids[:-4:-1]]


def test_time_left_follows_the_pace_of_the_last_seconds(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = 1000.0
    monkeypatch.setattr(time, "time", lambda: clock)
    job = made(store, specs=[TaskSpec(total=100)])
    claim = begun(store, job)
    for done in range(41):  # the first 20 come at once, as from a cache
        clock += 0.0 if done < 20 else 1.0
        store.progress(claim.task, 1, done)
    assert now(store, job).seconds_left == pytest.approx(60, rel=0.05)
    clock += 7200  # the clock is set
    store.progress(claim.task, 1, 41)
    assert now(store, job).seconds_left is None
    for done in range(42, 60):
        clock += 2.0
        store.progress(claim.task, 1, done)
    assert now(store, job).seconds_left == pytest.approx(82, rel=0.05)


def test_a_job_whose_tasks_all_wait_for_slots_does_not_say_how_long_it_takes(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = 1000.0
    monkeypatch.setattr(time, "time", lambda: clock)
    job = made(store, specs=[TaskSpec(total=20), TaskSpec(total=20)])
    first = begun(store, job)
    for done in range(21):
        clock += 1.0
        store.progress(first.task, 1, done)
    assert now(store, job).seconds_left == pytest.approx(20, rel=0.1)
    assert store.end(first.task, 1, "finished")
    assert (now(store, job).state, now(store, job).seconds_left) == ("running", None)
    begun(store, job)
    assert now(store, job).seconds_left == pytest.approx(20, rel=0.1)


@hypothesis_settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    moves=strategies.lists(
        strategies.tuples(strategies.sampled_from("cbpifdlxra"), strategies.integers(0, 3)), max_size=30
    )
)
def test_whatever_happens_in_whatever_order_the_records_stay_true(
    moves: list[tuple[str, int]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("moves")
    store = Store(f"sqlite:///{folder / 'jobs.sqlite'}", folder)
    claims: list[Claim] = []
    made(store, n=2)
    for move, which in moves:
        newest = store.jobs()[0]
        claim = claims[-1 - which % len(claims)] if claims else Claim(0, 0, 0, "")
        at = (claim.task, claim.number)
        if move == "c" and (taken := store.claim("me", **HERE)):
            claims.append(taken)
        elif move == "b":
            store.begin(*at, me(), 0.0)
        elif move == "p":
            store.progress(*at, which, 3)
        elif move == "i":
            store.begin_item(*at, "item")
        elif move == "d":
            store.end_item(*at, "item", data={})
        elif move == "f":
            store.end(*at, "finished" if which else "failed", "" if which else "It failed.")
        elif move == "l":
            store.lose(*at, "gone", guilty=bool(which))
        elif move == "x":
            store.cancel(newest.id)
        elif move == "a":
            made(store, n=which + 1)
        elif move == "r" and newest.state in ("failed", "cancelled"):
            store.resume(newest.id, where="engine", **HERE)
        _is_true(store)
    store.close()


def _is_true(store: Store) -> None:
    assert sum(job.is_active for job in store.jobs()) <= 1
    for job in store.jobs():
        tasks = store.tasks(job.id)
        states = {task.state for task in tasks}
        assert job.done == sum(task.done for task in tasks)
        assert job.total == sum(task.total for task in tasks)
        assert (job.state == "finished") == (states == {"finished"})
        assert (job.state == "failed") <= ("failed" in states)
        assert job.is_active or not states & ACTIVE
        for task in tasks:
            tries = [attempt for attempt in store.attempts(job.id) if attempt.task == task.id]
            assert [attempt.number for attempt in tries] == list(range(1, task.attempt + 1))
            assert sum(attempt.state in ACTIVE for attempt in tries) == (task.state in ("starting", "running"))
        for subject in (None, *(task.id for task in tasks)):
            path = [event.state for event in store.events(job.id) if event.task == subject]
            path = path if subject is None else ["queued", *path]
            assert all(after in ARROWS[before] for before, after in itertools.pairwise(path)), path


def test_a_folder_that_cannot_be_written_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(JobError, match="cannot be"):
        Store(f"sqlite:///{tmp_path / 'file' / 'jobs.sqlite'}", tmp_path / "file")


@pytest.mark.parametrize(("kind", "is_refused"), [("nfs4", True), ("fuse.sshfs", True), ("ext4", False)])
def test_a_folder_on_a_network_file_system_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, is_refused: bool
) -> None:
    """RELIABILITY J-18."""
    (folder := tmp_path / "at home").mkdir()
    place = str(folder).replace(" ", "\\040")
    (tmp_path / "mounts").write_text(
        f"/dev/a / ext4 rw 0 0\nhost:/x {place} {kind} rw 0 0\nhost:/y {place}x nfs rw 0 0\n"
    )
    monkeypatch.setattr(module, "MOUNTS", tmp_path / "mounts")
    url = f"sqlite:///{folder / 'jobs.sqlite'}"
    if is_refused:
        with pytest.raises(JobError, match=f"network file system .{kind}.: set MGC_HOME to a folder of this machine"):
            Store(url, folder)
        assert not list(folder.iterdir())
    else:
        Store(url, folder).close()


def test_a_damaged_file_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "jobs.sqlite").write_bytes(b"no database at all " * 1000)
    with pytest.raises(JobError, match="is damaged; move it away"):
        Store(f"sqlite:///{tmp_path / 'jobs.sqlite'}", tmp_path)


def test_a_store_of_the_version_before_gets_slots_and_rows_and_keeps_its_jobs(url: str, tmp_path: Path) -> None:
    old = Store(url, tmp_path)
    job = made(old)
    with old._write() as link:
        link.execute(sa.text("DROP TABLE rows"))
        for column in ("cpu", "gpu"):
            link.execute(sa.text(f"ALTER TABLE tasks DROP COLUMN {column}"))
        link.execute(sa.text("UPDATE mgc_schema SET version = 1"))
    old.close()
    store = Store(url, tmp_path)
    claim = begun(store, job)
    assert (claim.cpu, claim.gpu) == (1, 0)
    assert store.put(claim.task, 1, "epoch", {"0/000001": {}})
    store.close()
