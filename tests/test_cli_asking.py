"""``extract`` beside others who extract, and interrupted at any time."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mgc.cli import datasets
from mgc.extraction import job
from mgc.extraction.job import Status

DONE = Status("finished", 4, 4, kinds=("descriptors", "mel"))


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """Return the kinds that were asked for, one after the other."""
    asked: list[tuple[str, ...]] = []
    monkeypatch.setattr(job, "start", lambda name, kinds: asked.append(kinds))
    return asked


def test_what_a_job_under_way_lacks_is_extracted_after_it(
    asked: list[tuple[str, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    ends = [DONE, replace(DONE, kinds=("descriptors", "mel", "embeddings"))]
    monkeypatch.setattr(job, "wait", lambda name, tell: ends.pop(0))
    assert datasets.extracted("set", ("embeddings",)).kinds[-1] == "embeddings"
    assert asked == [("embeddings",)] * 2


def test_what_was_asked_for_is_asked_for_once(asked: list[tuple[str, ...]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(job, "wait", lambda name, tell: DONE)
    assert datasets.extracted("set", ("mel",)) == DONE
    assert asked == [("mel",)]


def interrupted(*_: object) -> Status:
    raise KeyboardInterrupt


@pytest.mark.parametrize("before", ["finished", "failed", "none"])
def test_an_interrupt_before_the_job_has_begun_stops_it_and_tells_of_no_other(
    before: job.State, monkeypatch: pytest.MonkeyPatch
) -> None:
    stopped: list[str] = []

    def cancel(name: str) -> Status:
        stopped.append(name)
        return Status(before)

    monkeypatch.setattr(job, "start", interrupted)
    monkeypatch.setattr(job, "cancel", cancel)
    with pytest.raises(KeyboardInterrupt):
        datasets.extracted("set", ("mel",))
    assert stopped == ["set"]


def test_an_interrupt_while_waiting_cancels(asked: list[tuple[str, ...]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(job, "cancel", lambda name: Status("cancelled", 1, 4))
    monkeypatch.setattr(job, "wait", interrupted)
    assert datasets.extracted("set", ("mel",)).state == "cancelled"
