from __future__ import annotations

import numpy as np
import pytest

from mgc.charts import distributions


def pictures(level: int, n: int = 4) -> np.ndarray:
    return np.full((n, 128, 33), level, np.uint8)


def test_levels_are_in_decibels_under_the_peak():
    assert distributions.track_levels(pictures(255), np.ones(4)) == pytest.approx(0.0)
    assert distributions.track_levels(pictures(0), np.ones(4)) == pytest.approx(distributions.FLOOR)


def test_a_short_track_counts_only_while_it_lasts():
    both = np.concatenate([pictures(255, 1), pictures(0, 1)])
    both[1, :, :17] = 255  # the second lasts for half of the picture: the rest is no silence
    assert distributions.track_levels(both, np.array([1.0, 17 / 33])) == pytest.approx(0.0)


def test_every_track_counts_once_however_long_it_is():
    both = np.concatenate([pictures(255, 1), pictures(0, 1)])
    assert distributions.track_levels(both, np.array([1.0, 1 / 33])).mean(axis=0) == pytest.approx(
        distributions.FLOOR / 2
    )


def test_the_curve_is_level_over_frequency_with_its_spread_and_names_the_largest_difference():
    of_all = np.full((6, 128), -20.0)
    levels = np.stack([np.full(128, -18.0), np.full(128, -22.0)])
    levels[:, 1] -= 5.3
    chart = distributions.mean_spectrum(levels, of_all, name="tango", colour="#0077BB")
    low, high, other, _, mean = chart.figure.data
    assert chart.figure.layout.xaxis.type == "log"
    assert chart.figure.layout.xaxis.title.text == "frequency"
    assert "level" in chart.figure.layout.yaxis.title.text
    assert np.asarray(high.y)[5] - np.asarray(low.y)[5] == pytest.approx(4.0)  # one standard deviation to either side
    assert (mean.y[5], other.y[5]) == (-20.0, -20.0)
    head, rows = distributions.spectrum_rows(levels, of_all)
    hertz, *_ = max(rows, key=lambda row: abs(row[1] - row[3]))
    assert f"difference from the mean of all tracks: \N{MINUS SIGN}5.3 dB at {hertz:.0f} Hz." in chart.caption
    assert len(rows) == 128
    assert len(head) == len(rows[0]) == 4


def test_the_mean_of_one_track_is_that_of_one_track():
    chart = distributions.mean_spectrum(
        np.full((1, 128), -20.0), np.full((2, 128), -20.0), name="<b>x</b>", colour="#0077BB"
    )
    assert "Mean of 1 track" in chart.caption
    assert chart.figure.data[4].name == "&lt;b&gt;x&lt;/b&gt;"
