"""The popover "Background work": nothing, one, many and failed jobs; who may stop them."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from streamlit.testing.v1 import AppTest

from mgc import jobs
from mgc.errors import DatasetError
from mgc.jobs import kinds
from mgc.jobs.store import opened as store
from mgc.settings import settings
from mgc.ui import background
from tests.app.conftest import words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

SCRIPT = """
from mgc.ui import background
background.popover()
"""
MANY = 500


@pytest.fixture
def run(threads: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., jobs.Job]]:
    """Return ``run(subject, work)``, which starts a job; those that wait for ``run.go`` end with the test."""
    go = threading.Event()
    works: dict[str, Any] = {}

    def perform(context: jobs.Context) -> Any:
        return works[context.job.subject](context)

    made = kinds.Kind("play", lambda config: f"Play <b>{config['title']}</b>", perform)
    monkeypatch.setattr(kinds, "kind", lambda name, table=None: made)

    def start(subject: str, work: Any = lambda context: None) -> jobs.Job:
        works[subject] = work
        return jobs.start("play", subject, {"title": subject})

    start.go = go  # type: ignore[attr-defined]
    yield start
    go.set()


def waiting(run: Any) -> Any:
    def work(context: jobs.Context) -> None:
        while not run.go.is_set():
            context.progress(3, 12, "Playing")
            time.sleep(0.02)

    return work


def ended(job: jobs.Job) -> jobs.Job:
    return jobs.wait(job.id, every=0.01)


def opened() -> AppTest:
    app = AppTest.from_string(SCRIPT, default_timeout=60)
    app.session_state[background.POPOVER] = True
    app.run()
    assert not app.exception
    return app


def test_closed_it_reads_nothing(threads: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "jobs", lambda *_, **__: pytest.fail("the list of jobs was read"))
    app = AppTest.from_string(SCRIPT, default_timeout=60).run()
    assert not app.exception
    assert words(app) == ""


def test_without_jobs_it_says_so(threads: None) -> None:
    assert words(opened()) == "Nothing is running."


def test_what_runs_is_shown_with_its_progress_and_can_be_stopped_and_resumed(run: Callable[..., jobs.Job]) -> None:
    job = run("one", waiting(run))
    while jobs.job(job.id).done < 3:
        time.sleep(0.01)
    app = opened()
    assert "Play \\<b\\>one\\</b\\>" in words(app)
    assert "Playing · 3 of 12" in app.get("progress")[0].proto.text
    app.button(key=f"background_stop_{job.id}").click().run()
    assert jobs.job(job.id).state == "cancelled"
    assert "Nothing is running." in words(app)
    assert ":** stopped." in words(app)
    assert not [button for button in app.button if "resume" in button.key]  # its bytes were in memory and are gone


def test_a_job_of_the_engine_is_resumed_from_there(
    run: Callable[..., jobs.Job], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(context: jobs.Context) -> None:
        raise DatasetError("The *disk* is full.")

    resumed: list[int] = []
    job = ended(run("one", fail))
    engine = {"where": "engine"}
    listed = jobs.jobs
    monkeypatch.setattr(jobs, "jobs", lambda *a, **k: tuple(replace(one, **engine) for one in listed(*a, **k)))
    monkeypatch.setattr(jobs, "resume", resumed.append)
    app = opened()
    assert "The \\*disk\\* is full." in words(app)
    app.button(key=f"background_resume_{job.id}").click().run()
    assert resumed == [job.id]
    ended(run("one"))  # it was started again, and finished
    assert not [button for button in opened().button if "resume" in button.key]


def test_of_many_that_ended_the_last_few_are_shown(run: Callable[..., jobs.Job]) -> None:
    for number in range(8):
        ended(run(f"song {number}"))
    said = words(opened())
    assert said.count(":** done.") == background.ENDED
    assert "song 7" in said
    assert "song 2" not in said


def test_on_a_server_for_everybody_nobody_stops_what_others_wait_for(
    run: Callable[..., jobs.Job], monkeypatch: pytest.MonkeyPatch
) -> None:
    run("one", waiting(run))
    monkeypatch.setenv("MGC_REGISTRY", "fixed")
    settings.cache_clear()
    app = opened()
    assert "Play" in words(app)
    assert not app.button
    settings.cache_clear()


def test_a_list_that_cannot_be_read_is_a_sentence(threads: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise DatasetError("The disk is *full*.")

    monkeypatch.setattr(jobs, "jobs", refuse)
    assert opened().error[0].value == "The disk is \\*full\\*."


def test_500_finished_jobs_do_not_slow_it_down(run: Callable[..., jobs.Job]) -> None:
    ended(run("song 0"))
    for number in range(1, MANY):  # twenty are kept of each subject
        made, _ = store().create("play", f"song {number // 20}", "Play", {"title": "x"}, [jobs.TaskSpec()])
        store().fail(made.id, "It went out of tune.")
    assert len(jobs.jobs()) == MANY
    app = opened()
    begun = time.perf_counter()
    app.run()
    assert time.perf_counter() - begun < 10  # ten times what it may take; `make bench` measures it


def test_it_stands_on_every_page_and_not_in_a_presentation(app: AppTest, threads: None, root: Path) -> None:
    app.session_state[background.POPOVER] = True
    app.run()
    assert "Nothing is running." in words(app)
    app.query_params["present"] = "1"
    app.run()
    assert "Nothing is running." not in words(app)
