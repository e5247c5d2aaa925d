"""Long work in the background: how far it is, how it ends."""

from __future__ import annotations

import gc
import threading
import time
import weakref
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from mgc.errors import DatasetError
from mgc.ui.explore import work
from mgc.ui.explore.work import Work

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def none_yet() -> Iterator[None]:
    work._all().clear()
    yield
    work._all().clear()


def ended(current: Work) -> Work:
    deadline = time.monotonic() + 10
    while current.is_running and time.monotonic() < deadline:
        time.sleep(0.005)
    assert not current.is_running
    return current


def test_work_tells_how_far_it_is_and_what_came_of_it() -> None:
    go = threading.Event()

    def job(current: Work) -> str:
        current.begin("Reading")
        current.tell(3, 12)
        go.wait(10)
        return "an-id"

    current = work.start("one", job)
    while current.share is None:
        time.sleep(0.005)
    assert (current.step, current.share, current.detail) == ("Reading", 0.25, "3 of 12")
    assert work.start("one", lambda _: "another") is current
    go.set()
    assert ended(current).result == "an-id"
    assert not current.sentence
    work.finish("one")
    assert work.find("one") is None


@pytest.mark.parametrize(
    ("error", "said"),
    [(DatasetError("It is no data set."), "It is no data set."), (OSError(28, "No space left"), "No space left")],
)
def test_a_failure_is_a_sentence(error: Exception, said: str) -> None:
    def job(current: Work) -> str:
        raise error

    current = ended(Work(job))
    assert current.result is None
    assert said in current.sentence


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_mistake_of_ours_is_said_too() -> None:
    def job(current: Work) -> str:
        raise ZeroDivisionError

    assert "not supposed to happen" in ended(Work(job)).sentence


def test_bytes_are_not_counted_out_loud() -> None:
    current = ended(Work(lambda _: "x"))
    current.tell(600_000_000, 1_200_000_000)
    assert current.share == 0.5
    assert current.detail == ""
    current.tell(5, 0)
    assert current.share is None


class Upload:
    """Stands in for a visitor's file of 200 MB."""


@pytest.mark.parametrize("failure", [None, DatasetError("No.")])
def test_what_a_job_holds_is_let_go_of_at_its_end(failure: Exception | None) -> None:
    held = Upload()
    seen = weakref.ref(held)

    def begin(upload: Upload) -> Work:
        def job(current: Work) -> str:
            if failure:
                raise failure
            return type(upload).__name__

        return work.start("upload", job)

    current = ended(begin(held))
    del held
    if failure:
        failure.__traceback__ = None  # the test's own hold on the job's frame
    gc.collect()
    assert seen() is None
    assert work.find("upload") is current


def test_whoever_begins_the_same_at_the_same_moment_shares_one_piece_of_work() -> None:
    for number in range(20):
        go, together, begun = threading.Event(), threading.Barrier(8), []

        def job(current: Work, begun: list[int] = begun, go: threading.Event = go) -> str:
            begun.append(1)
            go.wait(10)
            return "x"

        def visit(name: str = f"same-{number}", together: threading.Barrier = together, job=job) -> Work:
            together.wait(10)
            return work.start(name, job)

        with ThreadPoolExecutor(8) as visitors:
            shared = {id(one.result()) for one in [visitors.submit(visit) for _ in range(8)]}
        go.set()
        assert len(shared) == 1
        ended(work._all()[f"same-{number}"])
        assert len(begun) == 1


def test_of_ended_work_only_the_latest_is_kept() -> None:
    go = threading.Event()
    running = work.start("running", lambda _: str(go.wait(10)))
    for number in range(work.KEPT + 5):
        ended(work.start(f"short-{number}", lambda _: "x"))
    ended(work.start("last", lambda _: "x"))
    work.start("running", lambda _: "never begun")
    assert len(work._all()) == work.KEPT + 1
    assert work.find("running") is running
    assert work.find("short-0") is None
    assert work.find("last") is not None
    go.set()
    ended(running)


def test_what_is_under_way_is_not_forgotten() -> None:
    go = threading.Event()
    running = work.start("one", lambda _: str(go.wait(10)))
    work.finish("one")
    assert work.find("one") is running
    go.set()
    ended(running)
    work.finish("one")
    assert work.find("one") is None
