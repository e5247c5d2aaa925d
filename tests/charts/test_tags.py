"""The picture of what is heard over time."""

from __future__ import annotations

import numpy as np
import pytest

from mgc.charts.tags import MOST_COLUMNS, timeline
from mgc.features.audioset import Tags


@pytest.mark.parametrize("patches", [1, 62, 1_251])
def test_each_tag_is_a_row_whose_highest_score_is_darkest_however_long_the_song(patches: int) -> None:
    scores = np.zeros((2, patches), np.float32)
    scores[0, -1], scores[1, 0] = 0.2, 0.9
    chart = timeline(Tags(("singing", "piano"), (0.2, 0.1), 0.9, scores, {}, ("", 0.0)))
    heat = chart.figure.data[0]
    assert list(heat.y) == ["singing 20\N{NO-BREAK SPACE}%", "piano 10\N{NO-BREAK SPACE}%"]
    assert np.asarray(heat.z).shape[1] <= MOST_COLUMNS
    assert np.asarray(heat.z)[0, -1] == np.asarray(heat.z)[1, 0] == 1.0
    assert heat.customdata[0][-1] == 20
    assert "singing 20" in chart.alt


def test_a_row_that_is_never_heard_stays_empty() -> None:
    chart = timeline(Tags(("piano",), (0.0,), 0.9, np.zeros((1, 4), np.float32), {}, ("", 0.0)))
    assert not np.asarray(chart.figure.data[0].z).any()
