"""Charts of several runs: what is drawn is what was given, and the words name the extremes."""

from __future__ import annotations

import dataclasses
import itertools
import math

import numpy as np
import pytest

from mgc.charts.calibration import MOST_THRESHOLDS, Coverage, Reliability, coverage, reliability
from mgc.charts.comparing import (
    MOST_GENRES,
    FoldScores,
    GenreScores,
    Ranked,
    Speed,
    by_genre,
    critical_difference,
    fold_scores,
    pareto,
    speed,
)
from mgc.charts.confusion import MOST_WRITTEN, Matrix, confusions, difference
from mgc.charts.histories import MOST_EPOCHS, FoldHistory, History, histories, history
from mgc.charts.ladder import Ladder, Rung, ladder, ranks
from mgc.charts.theme import DARK, DIVERGING, Chart, apart, contrast, enlarged, look, shortened
from mgc.evaluation import metrics
from mgc.evaluation.metrics import Interval

NAMES = [f"run {letter}" for letter in "abcdef"]


def near(value: float, half: float = 0.02) -> Interval:
    return Interval(value, value - half, value + half, 100)


def fold(*losses: float, kept: int | None = None, is_validated: bool = True) -> FoldHistory:
    right = [1 - loss / 4 for loss in losses]
    held = ([loss + 0.5 for loss in losses], [share - 0.1 for share in right]) if is_validated else (None, None)
    return FoldHistory(losses, right, *held, kept=kept)


def traces(chart: Chart, name: str) -> list:
    return [trace for trace in chart.figure.data if trace.name == name]


def test_histories_show_the_mean_of_the_folds_that_are_still_running_on_one_scale() -> None:
    runs = [
        History("a", [fold(3.0, 2.0, 1.0, kept=3), fold(2.0, 1.0, kept=1)]),
        History("b", [fold(1.5, is_validated=False)]),
        History("solved <b>", []),
    ]
    charts = histories(runs)
    assert len(charts) == 3
    a, b, solved = charts
    loss, accuracy = traces(a, "validation, mean")
    assert loss.x.tolist() == [1, 2, 3]
    assert loss.y.tolist() == pytest.approx([3.0, 2.0, 1.5])
    assert accuracy.y.tolist() == pytest.approx([0.275, 0.525, 0.65])
    (folds, _) = traces(a, "validation, folds")
    assert folds.y.tolist() == pytest.approx([3.5, 2.5, 1.5, math.nan, 2.5, 1.5, math.nan, math.nan], nan_ok=True)
    (rings, _) = traces(a, "weights kept")
    assert list(zip(rings.x.tolist(), rings.y.tolist(), strict=True)) == [(3, 1.5), (1, 2.5)]
    assert [list(row) for row in loss.customdata[1:]] == [
        ["2.000 / 1.500", "ended after epoch 1", "no epochs"],
        ["1.500 / 1.000 (1 of 2 folds)", "ended after epoch 1", "no epochs"],
    ]
    assert traces(b, "training, mean")[0].customdata[0][1] == "- / 1.500"
    assert [traces(chart, "training, mean")[0].line.dash for chart in (a, b)] == ["dash", "dash"]
    assert {chart.caption for chart in charts} == {
        "Solid: validation. Dashed grey: training. Thin: folds, thick: their mean. "
        "Rings: epoch whose weights were kept."
    }
    (alone,) = histories([History("b", [fold(1.5, kept=1, is_validated=False)])])
    assert (alone.caption, traces(alone, "training, mean")[0].line.dash) == ("Training only.", "solid")
    for axis in ("xaxis", "xaxis2", "yaxis", "yaxis2"):
        assert len({chart.figure.layout[axis].range for chart in charts}) == 1
    assert "Folds ended at different epochs" in a.help
    assert "lowest 1.500 at epoch 3" in a.alt
    assert not solved.figure.data
    assert solved.alt == "solved <b>: solved at once, no epochs."
    assert "&lt;b&gt;" in solved.figure.layout.annotations[0].text
    assert len(histories(runs, across=3)) == 1
    names = ("loss", "accuracy", "val_loss", "val_accuracy")
    rows = [
        {"fold": i, "number": number} | dict(zip(names, values, strict=True))
        for i, one in enumerate(runs[0].folds)
        for number, values in enumerate(zip(*(getattr(one, name) for name in names), strict=True), start=1)
    ]
    assert [list(row.values())[2:] for row in rows[:1]] == [[3.0, 0.25, 3.5, 0.15]]
    (again,) = histories([history("a", rows[::-1], {0: 3, 1: 1})])
    assert again.alt == a.alt
    without = [row | {"val_loss": None, "val_accuracy": None} for row in rows]
    assert traces(histories([history("a", without, {})])[0], "training, mean")[0].y[0] == 2.5


def test_six_runs_of_ten_folds_are_a_small_message_and_many_epochs_are_thinned_but_those_that_were_kept() -> None:
    rng = np.random.default_rng(0)

    def made(epochs: int) -> list[History]:
        return [
            History(name, [fold(*rng.uniform(0.5, 2.0, epochs), kept=epochs - 2 - i) for i in range(10)])
            for name in NAMES
        ]

    assert sum(len(chart.figure.to_json(validate=False)) for chart in histories(made(100))) < 1_500_000
    (chart,) = histories(made(997)[:1])
    (drawn, _) = traces(chart, "validation, mean")
    assert len(drawn.x) <= MOST_EPOCHS + 11
    assert {997, *range(986, 996)} <= set(drawn.x.tolist())
    (band, _) = traces(chart, "validation, middle half of folds")
    assert len(band.y) == 2 * len(drawn.x)


def test_the_band_is_made_of_quartiles_and_a_loss_that_is_not_finite_breaks_nothing() -> None:
    folds = [fold(0.1 * i, 1.0 + i, math.nan) for i in range(6)]
    (chart,) = histories([History("a", folds)])
    (band, _) = traces(chart, "training, middle half of folds")
    given = np.array([each.loss[:2] for each in folds])
    low, high = np.quantile(given, (0.25, 0.75), axis=0)
    assert band.y.tolist() == pytest.approx([*high, *low[::-1]])
    assert chart.alt.endswith(".")


@pytest.mark.parametrize("n", [2, 10, 60])
def test_confusions_have_one_scale_and_a_marker_to_click_in_each_cell(n: int) -> None:
    counts = np.random.default_rng(n).integers(0, 9, (n, n))
    counts[0, 1], counts[1, 1] = 40, 50
    classes = [f"genre number {i} <i>" for i in range(n)]
    given = [Matrix("a", counts.tolist()), Matrix("b", (counts // 2).tolist())]
    charts = confusions(given, classes, by_row=False, marked=(0, 1))
    for chart, table in zip(charts, (counts, counts // 2), strict=True):
        heat, cells = chart.figure.data
        assert heat.z.tolist() == table.tolist()
        assert (heat.zmin, heat.zmax) == (0, 50)
        assert (heat.text is not None) == (n <= MOST_WRITTEN)
        assert [list(one) for one in cells.customdata] == [list(cell) for cell in np.ndindex(n, n)]
        assert [(y, x) for x, y in zip(cells.x.tolist(), cells.y.tolist(), strict=True)] == list(np.ndindex(n, n))
        assert chart.figure.layout.hoverdistance == -1
        assert {(frame.x0, frame.y0) for frame in chart.figure.layout.shapes} == {(0.5, -0.5)}
    assert f"Most frequent mistakes: {classes[0]} called {classes[1]} (40)" in charts[0].alt
    assert f"{np.trace(counts)} of {counts.sum()} clips correct" in charts[0].alt
    by_row, _ = confusions([Matrix("a", counts.tolist())], classes)[0].figure.data
    assert by_row.z.sum(axis=1) == pytest.approx(np.ones(n), abs=0.01)


def test_the_difference_of_two_matrices_is_centred_at_nothing_and_names_the_largest() -> None:
    one, other = Matrix("a", [[8, 2], [5, 5]]), Matrix("b", [[4, 6], [5, 5]])
    chart = difference(one, other, ["Blues", "Rock"], by_row=False, marked=(1, 0))
    assert {(frame.x0, frame.y0) for frame in chart.figure.layout.shapes} == {(-0.5, 0.5)}
    heat, cells = chart.figure.data
    assert heat.z.tolist() == [[4, -4], [0, 0]]
    assert -heat.zmin == heat.zmax == 4
    assert [list(row) for row in heat.text] == [["+4", "\N{MINUS SIGN}4"], ["", ""]]
    assert cells.text[1] == "Blues called Rock:<br>\N{MINUS SIGN}4 clips (2 and 6 clips)"
    assert "Blues called Blues +4" in chart.alt
    assert difference(one, other, ["Blues", "Rock"]).figure.data[0].z.tolist() == [[40, -40], [0, 0]]
    assert "No cell differs." in difference(one, one, ["Blues", "Rock"]).alt


def test_numbers_on_the_diverging_scale_can_be_read() -> None:
    for (low, one), (high, other) in itertools.pairwise(DIVERGING):
        ends = [[int(hue[i : i + 2], 16) for i in (1, 3, 5)] for hue in (one, other)]
        for share in np.linspace(0.0, 1.0, 30) if high > low else ():
            cell = [round(a + share * (b - a)) for a, b in zip(*ends, strict=True)]
            is_dark = (299 * cell[0] + 587 * cell[1] + 114 * cell[2]) / 1000 < 128  # as Plotly decides
            assert contrast("#ffffff" if is_dark else "#444444", "#" + bytes(cell).hex()) >= 4.5


def test_folds_are_points_on_a_box_beside_the_interval() -> None:
    chart = fold_scores([FoldScores("a", [0.5, 0.7, 0.6], near(0.61)), FoldScores("b", [0.4])])
    box, mean, other = chart.figure.data
    assert box.x.tolist() == [0.5, 0.7, 0.6]
    assert (mean.x[0], mean.error_x.array[0]) == (0.61, pytest.approx(0.02))
    assert other.x.tolist() == [0.4]
    assert "a: 3 folds from 50.0" in chart.alt
    assert "b: 1 fold from" in chart.alt


def test_two_runs_are_slopes_and_more_are_points_in_the_genres_that_differ_most() -> None:
    two = [GenreScores("a", [0.5, 0.9, 0.3]), GenreScores("b", [0.8, 0.9, math.nan])]
    chart = by_genre(two, ["Blues", "Jazz", "Rock"])
    assert [list(trace.y) for trace in chart.figure.data] == [[0.9, 0.9], [0.5, 0.8]]
    assert "differ most in Blues (50" in chart.alt
    scores = np.random.default_rng(0).uniform(0.2, 0.8, (3, 60))
    scores[0, 7], scores[1, 7] = 0.0, 1.0
    many = by_genre([GenreScores(name, row.tolist()) for name, row in zip("abc", scores, strict=True)], [
        f"g{i}" for i in range(60)
    ], what="F1")  # fmt: skip
    _, first, second, _ = many.figure.data
    assert len(first.x) == MOST_GENRES
    row = list(many.figure.layout.yaxis.ticktext).index("g7")
    assert (first.x[row], second.x[row]) == (0.0, 1.0)
    assert "F1 by genre of a, b and c. They differ most in g7" in many.alt
    assert "30 of 60" in many.caption
    assert "Highest: Jazz 90" in by_genre(two[:1], ["Blues", "Jazz", "Rock"]).alt


def test_the_pareto_line_joins_runs_that_none_beats_and_no_two_names_overlap() -> None:
    runs = [
        Speed(name, ms, near(a))
        for name, ms, a in zip(NAMES, (1, 2, 30, 31, 500), (0.5, 0.4, 0.7, 0.7, 0.8), strict=False)
    ]
    assert pareto(runs) == [0, 2, 4]
    chart = speed(runs)
    front, *points = chart.figure.data
    assert list(front.x) == [1, 30, 500]
    assert [trace.y[0] for trace in points] == [0.5, 0.4, 0.7, 0.7, 0.8]
    assert points[2].textposition != points[3].textposition
    assert "Not beaten in both: run a, run c and run e." in chart.alt


def test_reliability_draws_bins_with_clips_and_coverage_marks_the_threshold() -> None:
    chart = reliability([Reliability("a", [0.1, 0.5, 0.9], [math.nan, 0.4, 0.7], [0, 10, 90], ece=0.17)])
    _, bins = chart.figure.data
    assert (list(bins.x), list(bins.y)) == ([0.5, 0.9], [0.4, 0.7])
    assert bins.marker.size[1] > bins.marker.size[0]
    assert "ECE 17.0" in chart.alt
    assert "heaviest gap at confidence 90" in chart.alt
    run = Coverage("a", [0.0, 0.5, 1.0], [1.0, 0.6, 0.0], [0.7, 0.9, math.nan])
    line, now = coverage([run], 0.45).figure.data
    assert (list(line.x), list(line.y)) == ([1.0, 0.6], [0.7, 0.9])
    assert (now.x[0], now.y[0]) == (0.6, 0.9)
    assert "a: no clip answered" in coverage([run], 1.0).alt
    rng = np.random.default_rng(0)
    p = rng.dirichlet(np.ones(4), 2000)
    y = np.where(rng.uniform(size=2000) < 0.6, p.argmax(axis=1), 0)
    curve = metrics.coverage_curve(p, y)
    many = coverage([Coverage("a", curve.threshold, curve.coverage, curve.accuracy)], 0.7)
    line, now = many.figure.data
    assert len(line.x) <= MOST_THRESHOLDS + 1
    assert line.x[-1] == 1.0
    sure = p.max(axis=1) >= 0.7
    assert now.x[0] == pytest.approx(sure.mean())
    assert now.y[0] == pytest.approx((p.argmax(axis=1) == y)[sure].mean())


def test_the_ladder_falls_from_segments_to_filtered_and_ranks_show_who_overtakes_whom() -> None:
    table = {"a": (0.95, 0.7, 0.6, 0.5), "b": (0.8, 0.75, 0.65, 0.45), "c": (0.7, 0.6, 0.55, 0.5)}
    protocols = ("segments", "tracks", "artists", "filtered")
    given = [
        Ladder(name, [Rung(p, near(v), 900, near(0.66) if p == "artists" else None)
                      for p, v in zip(protocols, values, strict=True)][::-1])
        for name, values in table.items()
    ]  # fmt: skip
    chart = ladder([*given, Ladder("lone", [Rung("tracks", near(0.3))])])
    assert list(chart.figure.data[0].y) == list(table["a"])
    assert chart.figure.data[1].y[0] == 0.66
    assert chart.figure.layout.xaxis.ticktext[0] == "Segments<br>(leaky)"
    assert "\N{MINUS SIGN}45.0 points" in chart.alt
    bump = ranks([*given, Ladder("lone", [Rung("tracks", near(0.3))])])
    assert [list(trace.y) for trace in bump.figure.data] == [[1, 2, 2, 1], [2, 1, 1, 3], [3, 3, 3, 2]]
    assert "a 1, 2, 2, 1; b 2, 1, 1, 3; c 3, 3, 3, 2" in bump.alt
    assert "lone" in bump.help


def test_a_critical_difference_diagram_joins_what_does_not_differ() -> None:
    # Demsar 2006, section 3.2.2: four classifiers over 14 data sets differ at 10 % (CD 1.12), but not at 5 % (CD 1.25).
    means = {"C4.5": 3.143, "C4.5+m": 2.000, "C4.5+cf": 2.893, "C4.5+m+cf": 1.964}
    runs = [Ranked(name, rank) for name, rank in means.items()]
    chart = critical_difference(runs, 1.12, over="14 data sets", alpha=0.1)
    assert "between C4.5+m+cf, C4.5+m and C4.5+cf; C4.5+cf and C4.5." in chart.alt
    assert "Critical difference 1.12" in chart.alt
    assert "at 10" in chart.help
    together = critical_difference(runs, 1.25, over="14 data sets")
    assert "between C4.5+m+cf, C4.5+m, C4.5+cf and C4.5." in together.alt
    assert "All differ." in critical_difference(runs[:1] + runs[3:], 0.5, over="14 data sets").alt


def test_labels_are_moved_apart_and_no_further() -> None:
    assert apart([0.1, 0.9, 0.5], 0.2, 0.0, 1.0) == pytest.approx([0.1, 0.9, 0.5])
    assert apart([0.5, 0.5], 0.2, 0.0, 1.0) == pytest.approx([0.4, 0.6])
    moved = sorted(apart([0.98, 0.99, 1.0, 0.2], 0.1, 0.0, 1.0))
    assert all(b - a >= 0.1 - 1e-9 for a, b in itertools.pairwise(moved))
    assert moved[-1] <= 1.0
    assert sorted(apart([0.5] * 21, 0.2, 0.0, 1.0)) == pytest.approx(np.linspace(0, 1, 21))
    assert apart([], 0.1, 0.0, 1.0) == []


def test_runs_are_told_apart_by_more_than_colour_on_both_pages() -> None:
    looks = [look(i) for i in range(6)]
    for field in dataclasses.fields(looks[0]):
        assert len({getattr(one, field.name) for one in looks}) == 6
    for one in looks:
        assert contrast(one.colour, "#fcfcfb") >= 3.0
        assert contrast(one.colour, DARK) >= 3.0
    assert len({(one.colour, one.symbol) for one in map(look, range(42))}) == 42
    assert shortened("abcdefghij", 5) == "ab\N{HORIZONTAL ELLIPSIS}ij"


def test_every_chart_of_runs_has_words_and_grows_on_a_projector() -> None:
    one = [History("a", [fold(1.0, kept=1)])]
    charts = [
        *histories(one),
        *confusions([Matrix("a", [[1, 0], [0, 1]])], ["x", "y"]),
        fold_scores([FoldScores("a", [0.5])]),
        by_genre([GenreScores("a", [0.5, 0.6])], ["x", "y"]),
        speed([Speed("a", 5.0, near(0.5))]),
        reliability([Reliability("a", [0.5], [0.5], [3])]),
        coverage([Coverage("a", [0.0], [1.0], [0.5])], 0.0),
        ladder([Ladder("a", [Rung("tracks", near(0.5))])]),
        ranks([Ladder("a", [Rung("tracks", near(0.5))])]),
    ]
    for chart in charts:
        assert chart.alt.endswith(".")
        assert chart.caption.endswith(".")
        assert enlarged(chart.figure).layout.height > chart.figure.layout.height
