"""What a fold's process does."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

from mgc import runs
from mgc.runs import one_fold
from mgc.runs.plan import folder
from mgc.training.gradual import Epoch, Report

if TYPE_CHECKING:
    import pytest


def test_the_time_of_a_fold_that_goes_on_holds_that_of_the_epochs_before_it_was_stopped(
    three: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = runs.start(runs.make_plan(three, "knn-table", "tracks", folds=2))
    real, told = one_fold.fit_fold, []

    def stopped_after_two_epochs(*given: Any, report: Report, **named: Any) -> Any:
        report.begin(2)
        for number, seconds in ((1, 1e4), (2, 2e4), (3, 1e6)):  # the third is of this process
            report.epoch(Epoch(number, 1.0, 0.5, None, None, 0.1, seconds))
        return real(*given, report=report, **named)

    monkeypatch.setattr(one_fold, "fit_fold", stopped_after_two_epochs)
    place = folder(run.config.name)
    result = one_fold.train(place, 0, (), Report(epoch=told.append), lambda **said: None)
    assert 3e4 <= result["seconds"] < 4e4
    assert [epoch.number for epoch in told] == [1, 2, 3]
    runs.delete(run.id)
    shutil.rmtree(place, ignore_errors=True)
