"""Training on a data set that is not ready yet: what is missing is made, then one run is started."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from mgc import jobs, runs
from mgc.errors import MgcError
from mgc.extraction import job as extraction
from mgc.extraction.job import Status
from mgc.runs import first

GIVEN: Any = {"folds": 2, "seed": 1, "options": {}}


@pytest.mark.nightly
def test_one_that_is_killed_after_it_has_started_the_run_starts_no_other(
    three: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, started = runs.start, []

    def start(*given: Any, **named: Any) -> runs.Run:
        started.append(real(*given, **named))
        raise jobs.Lost("The engine was ended.")

    monkeypatch.setattr(runs, "start", start)
    job = first.start(three, "knn-table", "tracks", **GIVEN)
    assert job.state == "failed"
    ended = jobs.resume(job.id)
    assert (ended.state, ended.result) == ("finished", {"run": started[0].id})
    assert [run.id for run in runs.runs()] == [started[0].id]
    monkeypatch.undo()
    other = first.start(three, "logreg-table", "tracks", **GIVEN)  # of somebody else, on the same data set
    assert other.subject != job.subject
    assert runs.run(other.result["run"]).config.recipe == "logreg-table"
    for run in runs.runs():
        runs.delete(run.id)


@pytest.mark.parametrize(
    ("recipe", "given", "why"),
    [
        ("knn-table", {"protocol": "filtered", "folds": 5}, "fault-filtered protocol exists for GTZAN only"),
        ("knn-table", {"protocol": "tracks", "folds": 19}, "Received: 19"),
        ("crnn-mel", {"protocol": "segments", "folds": 2}, "Choose another protocol"),
    ],
)
def test_what_would_be_refused_in_the_end_is_refused_before_anything_is_made(
    recipe: str, given: dict[str, Any], why: str
) -> None:
    before = jobs.jobs(kind="prepare")
    with pytest.raises(MgcError, match=why):
        first.start("studio", recipe, seed=1, options={}, **given)
    assert jobs.jobs(kind="prepare") == before


def test_what_an_extraction_under_way_lacks_is_extracted_after_it(three: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """As that which a studio begins when it is made: it computes no embeddings."""
    done = Status("finished", 4, 4, kinds=("descriptors", "mel"))
    ends = [done, replace(done, kinds=("descriptors", "mel", "embeddings"))]
    asked: list[tuple[str, ...]] = []
    monkeypatch.setattr(extraction, "start", lambda id, kinds: asked.append(tuple(kinds)))
    monkeypatch.setattr(extraction, "wait", lambda id, tell, every: ends.pop(0))
    job = first.start(three, "yamnet", "tracks", **GIVEN)
    assert asked == [("descriptors", "embeddings", "mel")] * 2
    assert "embeddings" in job.why  # which no extraction has made here
