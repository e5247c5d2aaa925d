"""How a net is asked about a song: windows for the timeline, stretches of 30 s, and which of them decide."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mgc.features.pictures import N_COLUMNS
from mgc.nets.asking import judge_picture

if TYPE_CHECKING:
    import numpy.typing as npt


class Shown:
    """A net that remembers what it was shown."""

    def __init__(self) -> None:
        self.pictures: list[npt.NDArray[Any]] = []

    def __call__(self, rows: npt.NDArray[Any]) -> npt.NDArray[Any]:
        self.pictures += list(np.rint(255 * rows[..., 0]).astype(np.uint8))
        return np.full((len(rows), 2), 0.5)


@given(st.integers(1, 1500))
@settings(max_examples=60, deadline=None)
def test_every_column_stands_in_some_stretch_and_none_is_made_up(n_columns: int) -> None:
    picture = np.broadcast_to((np.arange(n_columns) % 251).astype(np.uint8), (128, n_columns))
    judged = judge_picture(net := Shown(), picture, np.zeros(1), seconds=3.0, judges="whole")
    stretches = net.pictures[1:]  # behind the one window
    assert judged.blocks is not None
    assert judged.blocks_decide
    assert len(judged.windows) == 1
    assert len(judged.blocks) == len(stretches)
    assert {one.shape[1] for one in stretches} == {max(33, min(N_COLUMNS, n_columns))}
    assert set(np.unique(stretches)) == set(np.unique(picture))


@pytest.mark.parametrize(("n_columns", "n_stretches"), [(334, 1), (335, 2), (501, 2), (502, 3), (1_000, 5)])
def test_each_stretch_shares_half_or_more_with_the_next(n_columns: int, n_stretches: int) -> None:
    picture = np.zeros((128, n_columns), np.uint8)
    judged = judge_picture(Shown(), picture, np.zeros(1), seconds=3.0, judges="whole")
    assert judged.blocks is not None
    assert len(judged.blocks) == n_stretches


def test_windows_alone_have_no_stretches() -> None:
    judged = judge_picture(Shown(), np.zeros((128, 334), np.uint8), np.arange(3.0), seconds=3.0)
    assert (len(judged.windows), judged.blocks, judged.blocks_decide) == (3, None, False)
