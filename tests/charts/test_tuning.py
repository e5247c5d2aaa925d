"""Charts of a tuning: what is drawn is what the trials came to."""

from __future__ import annotations

import pytest

from mgc.charts.tuning import Axis, history, importance_bars, parallel

AXES = [Axis("learning rate", 1e-4, 1e-2, log=True), Axis("units", 0, 256), Axis("how", 0, 1, choices=("a", "b"))]
TRIALS = [
    (1, {"learning rate": 1e-3, "units": 128, "how": "a"}, 0.7),
    (4, {"learning rate": 1e-2, "units": 0, "how": "b"}, 0.5),
    (5, {"learning rate": 1e-4, "units": 256, "how": "b"}, 0.9),
]


def test_the_history_shows_every_finished_trial_and_the_smallest_loss_so_far() -> None:
    chart = history({1: 0.7, 4: 0.5, 5: 0.9}, 8, revision="1")
    line, points = chart.figure.data
    assert list(points.x) == [1, 4, 5]
    assert list(points.y) == [0.7, 0.5, 0.9]
    assert list(line.y) == [0.7, 0.5, 0.5, 0.5]
    assert line.x[-1] == 8
    assert chart.alt == "Validation loss of 3 finished trials of 8. Smallest: 0.500 in trial 4."


def test_a_history_without_a_finished_trial_is_empty() -> None:
    assert history({}, 5, revision="1").alt == "Validation loss of 0 finished trials of 5."


def test_values_stand_on_their_axis_by_its_scale() -> None:
    rate, units, how = AXES
    assert [round(rate.place(value), 6) for value in (1e-4, 1e-3, 1e-2)] == [0.0, 0.5, 1.0]
    assert units.place(64) == 0.25
    assert [how.place(value) for value in "ab"] == [0.0, 1.0]
    assert Axis("loss", 2.0, 2.0).place(2.0) == 0.5
    assert (rate.ends(), units.ends(), how.ends()) == (("0.0001", "0.01"), ("0", "256"), ("a", "b"))


def test_parallel_coordinates_draw_each_trial_and_mark_the_best() -> None:
    chart = parallel(AXES, TRIALS)
    others, better, best = chart.figure.data
    assert list(best.x) == pytest.approx([1.0, 0.0, 1.0, 0.0, None])
    assert best.text[0] == "trial 4, learning rate: 0.01"
    assert others.x.count(None) == 2
    assert not better.x
    assert "Best: trial 4, validation loss 0.500, with learning rate 0.01, units 0, how b." in chart.alt


def test_importance_is_drawn_largest_first() -> None:
    chart = importance_bars({"learning rate": 0.8, "units": 0.2})
    assert list(chart.figure.data[0].y) == ["learning rate", "units"]
    assert "learning rate 80" in chart.alt


def test_every_chart_says_what_one_is_looking_at() -> None:
    for chart in (history({1: 0.5}, 2, revision="1"), importance_bars({"x": 1.0}), parallel(AXES, TRIALS[:1])):
        assert chart.alt.endswith(".")
        assert chart.caption.endswith(".")
