from __future__ import annotations

import numpy as np
import pytest

from mgc.charts import means


def pictures(level: int, n: int = 4) -> np.ndarray:
    return np.full((n, 128, 33), level, np.uint8)


def test_the_mean_is_in_decibels_under_the_peak():
    assert means.mean_picture(pictures(255), np.ones(4)) == pytest.approx(0.0)
    assert means.mean_picture(pictures(0), np.ones(4)) == pytest.approx(means.FLOOR)


def test_a_short_track_counts_only_while_it_lasts():
    both = np.concatenate([pictures(255, 1), pictures(0, 1)])
    both[1, :, :16] = 255  # the second lasts for half of the picture: what is behind is no silence
    mean = means.mean_picture(both, np.array([1.0, 16 / 33]))
    assert mean == pytest.approx(0.0)


def test_where_no_track_lasts_nothing_is_drawn():
    mean = means.mean_picture(pictures(128), np.full(4, 10 / 33))
    assert np.isnan(mean[:, 10:]).all()
    assert np.isfinite(mean[:, :10]).all()
    chart = means.difference(mean, means.mean_picture(pictures(100), np.ones(4)), name="tango")
    assert "nan" not in chart.caption


def test_the_most_different_band_is_one_of_the_tables_rows():
    of_all, mean = np.full((128, 33), -20.0), np.full((128, 33), -20.0)
    mean[1] -= 5.3  # one narrow band
    mean[64:72] += 2.0  # a wide region that differs less
    chart = means.difference(mean, of_all, name="tango")
    _, rows = means.as_rows(mean - of_all)
    hertz, *gaps = max(rows, key=lambda row: abs(np.mean(row[1:])))
    assert np.mean(gaps) == pytest.approx(-5.3)
    assert f"5.3 dB less in the band around {hertz:.0f} Hz (26 to 77 Hz)" in chart.caption


def test_no_difference_is_drawn_as_less_than_it_is():
    of_all, mean = np.full((128, 33), -20.0), np.full((128, 33), -20.0)
    mean[3, 3] += 9.0
    (heat,) = means.difference(mean, of_all, name="tango").figure.data
    assert (heat.zmin, heat.zmax) == (-9.0, 9.0)
    (flat,) = means.difference(of_all, of_all, name="tango").figure.data
    assert (flat.zmin, flat.zmax) == (-1.0, 1.0)


def test_the_middle_of_a_difference_lets_the_page_through():
    (heat,) = means.difference(np.full((128, 33), -20.0), np.full((128, 33), -20.0), name="x").figure.data
    (_, middle) = next(stop for stop in heat.colorscale if stop[0] == 0.5)
    assert float(middle.removesuffix(")").rsplit(",", 1)[1]) < 0.3


def test_the_mean_of_one_track_is_that_of_one_track():
    chart = means.mean_spectrogram(np.full((128, 33), -20.0), name="x", count=1)
    assert "mean of 1 track:" in chart.caption
    assert "1 tracks" not in chart.alt


def test_no_colour_is_one_of_streamlits_placeholders():
    (heat,) = means.mean_spectrogram(np.full((128, 33), -20.0), name="x", count=3).figure.data
    assert all(int(colour[1:], 16) > 0x1000 for _, colour in heat.colorscale)


def test_the_table_has_a_row_for_each_band():
    head, rows = means.as_rows(np.zeros((128, 33)))
    assert len(head) == len(rows[0]) == 34
    assert len(rows) == 128
