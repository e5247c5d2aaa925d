"""Workers that end are replaced, on this machine and on others that were out of reach."""

from __future__ import annotations

import asyncio
import errno
import json
import shutil
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest

from mgc.errors import EngineError, JobError
from mgc.jobs import kinds, nodes, scheduler, tls
from mgc.jobs.store import Store
from mgc.settings import settings
from tests.faults.test_network import alone  # noqa: F401  # a fixture
from tests.jobs.conftest import postgresql
from tests.jobs.hosts import CLIPS, FOLDS
from tests.jobs.test_store import begun, made
from tests.three_genres import GENRES

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from pathlib import Path


@pytest.mark.slow
def test_one_lost_worker_of_two_is_replaced(own_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Dask gives a worker up for good when its process does not start: nobody but us starts another."""
    import dask
    from distributed import Nanny

    monkeypatch.setenv("MGC_WORKERS", "2")
    settings.cache_clear()
    tls.certificate(own_home / "engine")

    async def lose_one() -> None:
        async with nodes.connected(kinds.TABLE) as client:
            before = await client.nthreads()
            profiled = await client.run(dask.config.get, "distributed.worker.profile.enabled")
            assert set(profiled.values()) == {False}  # what is set here reaches the workers
            lost = next(one for one in Nanny._instances if one.worker_address in before)
            await lost.close()
            deadline = time.monotonic() + 120
            while len(after := await client.nthreads()) < 2 or after == before:
                assert time.monotonic() < deadline  # usually 3 s
                await asyncio.sleep(0.1)
            assert len(set(after) & set(before)) == 1

    asyncio.run(lose_one())


@pytest.mark.parametrize(("address", "state"), [("", "failed"), ("postgresql://head/jobs", "queued")])
def test_a_task_whose_worker_cannot_write_has_failed_unless_its_database_was_out_of_reach(
    own_home: Path, monkeypatch: pytest.MonkeyPatch, address: str, state: str
) -> None:
    store = Store(f"sqlite:///{own_home / 'jobs.sqlite'}", own_home)
    job = made(store)
    claim = begun(store, job)
    if address:
        monkeypatch.setenv("MGC_DATABASE_URL", address)
    settings.cache_clear()
    monkeypatch.setattr(scheduler, "RECONCILE", 0.01)
    refused = []
    real, unlink = store._write, type(own_home).unlink

    def remove(path: Path, **how: bool) -> None:
        if len(refused) < 3:
            raise OSError(errno.EROFS, "Read-only file system")
        unlink(path, **how)

    monkeypatch.setattr(type(own_home), "unlink", remove)

    def write(**how: bool) -> Any:  # nor can the engine, at first
        if len(refused) < 3:
            refused.append(how)
            raise JobError("The list of jobs cannot be written: the MGC_HOME folder is read-only.")
        return real(**how)

    monkeypatch.setattr(store, "_write", write)

    async def watch() -> None:
        dispatcher = scheduler.Dispatcher(store, None, kinds.TABLE, "1", 1.0)
        dispatcher._taken[claim] = scheduler.Taken("tls://near:1", "near", 1, ())
        answer = asyncio.get_running_loop().create_future()
        answer.set_result("The list of jobs cannot be written.")
        await dispatcher._watch(claim, answer)
        assert dispatcher._taken == {}

    asyncio.run(watch())
    assert len(refused) == 3
    assert store.tasks(job.id)[0].state == state
    store.close()


@pytest.mark.parametrize("serve", [nodes.serve_scheduler, nodes.serve_workers])
def test_scheduler_and_workers_of_several_machines_need_an_address(
    serve: Callable[[Callable[[str], None]], Coroutine[None, None, None]],
    own_home: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with pytest.raises(EngineError, match="Set MGC_SCHEDULER to the scheduler's address"):
        asyncio.run(serve(print))
    monkeypatch.setenv("MGC_SCHEDULER", "tls://127.0.0.1:1")
    settings.cache_clear()
    if serve is nodes.serve_workers:
        with pytest.raises(EngineError, match="Set MGC_DATABASE_URL to the PostgreSQL"):
            asyncio.run(serve(print))


@pytest.mark.slow
@pytest.mark.nightly
def test_three_hosts_one_of_which_is_out_of_reach_for_half_a_minute_train_every_fold_once(
    alone: tuple[str, ...],  # noqa: F811
    tmp_path: Path,
    root: Path,
) -> None:
    """RELIABILITY J-17: scheduler and PostgreSQL on one host, a worker on each of two others."""
    postgresql()  # skips where there is none
    if shutil.which("ip") is None:
        pytest.skip("there is no `ip` here (Debian: iproute2)")
    # With a namespace of processes, too: all that it starts ends with it, however that is.
    processes = ("--pid", "--fork", "--kill-child", "--mount-proc")
    command = [*alone[:-1], *processes, "--", sys.executable, "-m", "tests.jobs.hosts", str(tmp_path)]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=400, check=False)
    assert done.returncode == 0, done.stderr
    print(done.stdout)
    seen = json.loads(done.stdout.splitlines()[-1])
    assert (seen["state"], seen["why"], seen["inline"]) == ("finished", "", "finished")
    assert seen["ends"] == [1] * FOLDS  # how often each fold ended
    assert seen["attempts"]["near"]["finished"] > 1
    assert seen["attempts"]["far"]["finished"] >= 1
    assert seen["attempts"]["far"]["lost"] == 1
    assert seen["same"]  # as said by folds that one process started one after the other
    assert seen["tested"] == CLIPS * len(GENRES)
