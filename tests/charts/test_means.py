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


def test_the_most_different_region_is_named():
    of_all, mean = np.full((128, 33), -20.0), np.full((128, 33), -20.0)
    mean[64:72] += 9.0  # around 2 kHz
    chart = means.difference(mean, of_all, name="tango")
    assert "9.0 dB more" in chart.caption
    (heat,) = chart.figure.data
    assert (heat.zmin, heat.zmax) == (-6.0, 6.0)


def test_no_colour_is_one_of_streamlits_placeholders():
    (heat,) = means.mean_spectrogram(np.full((128, 33), -20.0), name="x", count=3).figure.data
    assert all(int(colour[1:], 16) > 0x1000 for _, colour in heat.colorscale)


def test_the_table_has_a_row_for_each_band():
    head, rows = means.as_rows(np.zeros((128, 33)))
    assert len(head) == len(rows[0]) == 34
    assert len(rows) == 128
