"""Long work in the background: how far it is, how it ends."""

from __future__ import annotations

import threading
import time

import pytest

from mgc.errors import DatasetError
from mgc.ui.explore import work
from mgc.ui.explore.work import Work


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
