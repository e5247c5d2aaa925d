"""Which worker of which machine gets a task, and which devices."""

from __future__ import annotations

import asyncio
import concurrent.futures
from typing import TYPE_CHECKING, Any

import pytest
from distributed import KilledWorker
from distributed.client import FutureCancelledError
from distributed.comm import CommClosedError

from mgc.jobs import kinds, nodes, process, scheduler, tls
from mgc.jobs.kinds import TaskSpec
from mgc.jobs.process import place
from mgc.jobs.store import Store
from mgc.settings import settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Future:
    """In place of Dask's, which is cancelled by a coroutine."""

    def __init__(self) -> None:
        self.inner: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    def __await__(self) -> Any:
        return self.inner.__await__()

    async def cancel(self) -> None:
        self.inner.cancel()


class Client:
    """In place of Dask's: it has the workers it is given, and what is submitted never ends by itself."""

    def __init__(self, **workers: dict[str, Any]) -> None:
        self.scheduler, self.workers, self.status = self, workers, "running"
        self.submitted: list[tuple[str, list[str], Future]] = []

    async def identity(self) -> dict[str, Any]:
        return {"workers": self.workers}

    def submit(self, function: object, table: str, claim: tuple[Any, ...], devices: list[str], **how: Any) -> Any:
        future = Future()
        self.submitted.append((how["workers"][0], devices, future))
        return future


def worker(host: str, *devices: str) -> dict[str, Any]:
    return {"host": host, "nthreads": 1, "devices": list(devices)}


@pytest.fixture
def store(own_home: Path) -> Iterator[Store]:
    made = Store(f"sqlite:///{own_home / 'jobs.sqlite'}", own_home)
    yield made
    made.close()


def given(store: Store, client: Client, *specs: TaskSpec) -> list[tuple[str, list[str]]]:
    """Return where the tasks of a job go, until there is no slot left."""
    store.create("train", "it", "It", {}, specs, where="engine", place=place(), code="1")

    async def take() -> None:
        dispatcher = scheduler.Dispatcher(store, client, kinds.TABLE, "1", 1.0)
        while await dispatcher._take():
            pass

    asyncio.run(take())
    return [(address, devices) for address, devices, _ in client.submitted]


def test_an_engine_without_a_job_does_not_ask_dask_and_takes_one_that_comes(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, asked = Client(one=worker("here")), []
    identity = client.identity
    monkeypatch.setattr(client, "identity", lambda: (asked.append(len(client.submitted)), identity())[1])

    async def run() -> None:
        running = asyncio.create_task(scheduler.Dispatcher(store, client, kinds.TABLE, "1", 60.0).run())
        await asyncio.sleep(5 * scheduler.LOOK)
        assert not asked
        store.create("train", "it", "It", {}, [TaskSpec("a")], where="engine", place=place(), code="1")
        while not client.submitted:
            await asyncio.sleep(scheduler.LOOK)
        running.cancel()

    asyncio.run(asyncio.wait_for(run(), 60.0))
    assert asked[0] == 0


def test_each_machine_lends_its_own_devices_and_none_twice(store: Store) -> None:
    client = Client(
        near1=worker("near", "0", "1"), near2=worker("near", "0", "1"), near3=worker("near", "0", "1"),
        far=worker("far", "0"), plain=worker("plain"),
    )  # fmt: skip
    gone = given(store, client, *[TaskSpec(str(n), gpu=1) for n in range(5)], TaskSpec("flat"))
    assert sorted(gone) == [("far", ["0"]), ("near1", ["0"]), ("near2", ["1"]), ("plain", [])]
    assert {one.state for one in store.tasks(1)} == {"starting", "queued"}


def test_workers_that_slurm_has_given_one_device_each_keep_to_it(store: Store) -> None:
    client = Client(first=worker("node", "2"), second=worker("node", "5"))
    assert sorted(given(store, client, *[TaskSpec(str(n), gpu=1) for n in range(3)])) == [
        ("first", ["2"]), ("second", ["5"]),
    ]  # fmt: skip


def test_without_any_device_a_task_that_asks_for_one_runs_all_the_same(store: Store) -> None:
    client = Client(one=worker("here"), two={"host": "here", "nthreads": 1})  # the second does not say
    assert given(store, client, TaskSpec("a", gpu=1), TaskSpec("b", gpu=1)) == [("one", []), ("two", [])]


def test_a_task_of_two_cores_takes_them_of_one_machine(store: Store) -> None:
    client = Client(**{f"{host}{n}": worker(host) for host in ("near", "far") for n in range(2)})
    gone = given(store, client, *[TaskSpec(str(n), cpu=2) for n in range(3)])
    assert sorted(address[:-1] for address, _ in gone) == ["far", "near"]


@pytest.mark.parametrize("waits", [0, 3])
def test_of_five_tasks_two_run_at_a_time_and_each_gives_its_slot_back_however_it_ends(store: Store, waits: int) -> None:
    """RELIABILITY J-16; a task that only waits for others takes no slot."""
    client = Client(one=worker("here"), two=worker("here"))
    specs = [*[TaskSpec(str(n)) for n in range(5)], *[TaskSpec(f"waits {n}", cpu=0) for n in range(waits)]]
    job, _ = store.create("train", "it", "It", {}, specs, where="engine", place=place(), code="1")
    names = {one.id: one.name for one in store.tasks(job.id)}
    ends = [ValueError("no"), KilledWorker("a", None, 0), "The disk is full.", "", FutureCancelledError("a", None)]
    store.end = store.lose = lambda *given, **more: True  # type: ignore[method-assign]  # the job goes on

    async def run() -> list[str]:
        dispatcher, order = scheduler.Dispatcher(store, client, kinds.TABLE, "1", 1.0), []
        dispatcher._waiting.submit = lambda *_, **__: concurrent.futures.Future()  # type: ignore[method-assign]
        for end in ends:
            while await dispatcher._take():
                pass
            taken = [one for one in dispatcher._taken.values() if one.worker]
            assert len(taken) == min(2, 5 - len(order))
            assert len(dispatcher._taken) == len(taken) + waits
            claim = next(one for one in dispatcher._taken if one.cpu)
            order.append(names[claim.task])
            future = dispatcher._taken[claim].future.inner
            future.set_exception(end) if isinstance(end, Exception) else future.set_result(end)
            while claim in dispatcher._taken:
                await asyncio.sleep(0.01)
        return order

    assert asyncio.run(run()) == [str(n) for n in range(5)]


def test_a_task_whose_worker_went_before_it_began_is_given_to_another(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scheduler, "PATIENCE", -1.0)
    client = Client(near=worker("near"))
    store.create("train", "it", "It", {}, [TaskSpec()], where="engine", place=place(), code="1")

    async def lose() -> None:
        dispatcher = scheduler.Dispatcher(store, client, kinds.TABLE, "1", 1.0)
        assert await dispatcher._take()
        client.workers = {"far": worker("far")}
        assert not await dispatcher._take()
        assert client.submitted[0][2].inner.cancelled()

    asyncio.run(lose())


def test_a_client_that_never_finds_its_scheduler_again_is_given_up(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Dask's stops trying, without a word, where a scheduler is killed in the middle of a TLS handshake."""
    monkeypatch.setattr(scheduler, "LOOK", 0.01)
    monkeypatch.setattr(scheduler, "RECONNECTS", 2.0)
    client = Client(near=worker("near"))

    async def run() -> None:
        running = asyncio.create_task(scheduler.Dispatcher(store, client, kinds.TABLE, "1", 60.0).run())
        async with asyncio.timeout(30):
            for _ in range(20):  # it comes back in time, again and again
                client.status = "connecting"
                await asyncio.sleep(0.1)
                assert not running.done()
                client.status = "running"
                await asyncio.sleep(0.05)
            client.status = "connecting"
            await running

    asyncio.run(run())


def test_what_a_closed_client_never_tells_the_end_of_is_queued_again_and_what_only_waits_goes_on(store: Store) -> None:
    client = Client(near=worker("near"))
    store.create(
        "train", "it", "It", {}, [TaskSpec("waits", cpu=0), TaskSpec()], where="engine", place=place(), code="1"
    )

    async def run() -> None:
        dispatcher = scheduler.Dispatcher(store, client, kinds.TABLE, "1", 1.0)
        dispatcher._waiting.submit = lambda *_, **__: concurrent.futures.Future()  # type: ignore[method-assign]
        while await dispatcher._take():
            pass
        assert [one.state for one in store.tasks(1)] == ["starting", "starting"]
        await asyncio.sleep(0)
        dispatcher.let_go()
        async with asyncio.timeout(30):
            while store.tasks(1)[1].state == "starting":
                await asyncio.sleep(0.01)
        assert [one.state for one in store.tasks(1)] == ["starting", "queued"]
        assert [one.cpu for one in dispatcher._taken] == [0]
        again = scheduler.Dispatcher(store, client, kinds.TABLE, "1", 1.0)
        assert await again._take()

    asyncio.run(run())
    assert [address for address, *_ in client.submitted] == ["near", "near"]


def test_a_client_whose_own_task_has_failed_closes_without_an_error(
    own_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = []

    class Failed:
        def __init__(self, address: str, **how: object) -> None:
            assert address == "tls://127.0.0.1:1"

        async def __aenter__(self) -> Failed:
            return self

        async def __aexit__(self, *error: object) -> None:
            closed.append(error)
            raise ValueError("IOStream is not idle; cannot convert to SSL")

    monkeypatch.setattr("distributed.Client", Failed)
    monkeypatch.setenv("MGC_SCHEDULER", "tls://127.0.0.1:1")
    settings.cache_clear()
    tls.certificate(process.folder())

    async def run() -> None:
        async with nodes.connected(kinds.TABLE):
            pass

    asyncio.run(run())
    assert len(closed) == 1


def test_a_scheduler_that_goes_while_it_is_asked_does_not_end_the_engine(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scheduler, "LOOK", 0.01)
    client, asked = Client(near=worker("near")), []

    async def identity() -> dict[str, Any]:
        asked.append(1)
        if len(asked) < 3:
            raise CommClosedError("in <TLS (closed) ConnectionPool.identity>: Stream is closed")
        return {"workers": client.workers}

    monkeypatch.setattr(client, "identity", identity)
    store.create("train", "it", "It", {}, [TaskSpec()], where="engine", place=place(), code="1")

    async def run() -> None:
        running = asyncio.create_task(scheduler.Dispatcher(store, client, kinds.TABLE, "1", 60.0).run())
        async with asyncio.timeout(30):
            while not client.submitted and not running.done():
                await asyncio.sleep(0.01)
            assert not running.done()
            client.status = "closed"  # Dask's gives up after half a minute: the engine connects anew
            await running

    asyncio.run(run())
    assert [address for address, *_ in client.submitted] == ["near"]
