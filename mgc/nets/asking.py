"""How a net judges a song: windows that a timeline shows, and longer stretches that only the verdict counts.

Shared by training, which judges test clips, and by inference, which judges uploads: a score measured in one way and an
answer given in another would be two models.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np
import numpy.typing as npt

from mgc.evaluation.voting import Member
from mgc.features.pictures import COLUMNS_PER_SECOND, N_COLUMNS, PHRASE_WIDTH, filled, picture_windows
from mgc.nets.picture_cnn import WIDTH

if TYPE_CHECKING:
    from mgc.features.pictures import Picture

__all__ = ["Call", "Judges", "judge_picture", "judge_rows"]

Array = npt.NDArray[np.float64]
Call = Callable[[npt.NDArray[Any]], npt.NDArray[Any]]  # inputs -> probabilities [shape=(n, n_classes)]
Judges = Literal["windows", "clips", "whole", "stretches"]

PIXELS: Final = 128 * 128 * WIDTH  # of a batch: two minutes of music in windows of 3 s, some 100 MB of activations
ROWS: Final = 4096  # of a table, in a batch
WHOLE: Final = 29.0  # s; a net that is shown as much as this sees one picture of a clip, as it was trained


def judge_picture(
    call: Call, picture: Picture, starts: npt.NDArray[np.floating], *, seconds: float, judges: Judges = "windows"
) -> Member:
    """Judge windows of a picture [shape=(128, C)] at ``starts`` [shape=(W,), seconds], each so many seconds long.

    ``judges`` is what the net's :class:`mgc.nets.Architecture` says of it. With "clips" each window is judged with the
    11.5 s around it, so all windows of a song that is shorter get one answer; with "stretches" it gets that of the
    nearest stretch of 30 s.
    """
    if judges == "clips":
        shown = filled(picture, PHRASE_WIDTH)
        around = np.asarray(starts) + (seconds - PHRASE_WIDTH / COLUMNS_PER_SECOND) / 2
        return Member(_stretches(call, picture_windows(shown, around, width=PHRASE_WIDTH)), _clips(call, shown))
    if judges == "stretches":
        shown = filled(picture, PHRASE_WIDTH)
        said, at = _clips(call, shown), _clip_starts(shown)
        apart = (np.asarray(starts) + seconds / 2)[:, None] - (
            at + min(N_COLUMNS, shown.shape[1]) / COLUMNS_PER_SECOND / 2
        )
        return Member(said[np.abs(apart).argmin(axis=1)], said, blocks_decide=True)
    width = N_COLUMNS if seconds >= WHOLE else int(seconds * COLUMNS_PER_SECOND)
    windows = _stretches(call, picture_windows(picture, starts, width=width))
    if judges == "whole":
        return Member(windows, _clips(call, filled(picture, width)), blocks_decide=True)
    return Member(windows)


def _clips(call: Call, picture: Picture) -> Array:
    """Judge stretches as long as GTZAN's clips."""
    width = min(N_COLUMNS, picture.shape[1])
    return _stretches(call, picture_windows(picture, _clip_starts(picture), width=width))


def _clip_starts(picture: Picture) -> Array:
    """Return where these stretches begin [shape=(B,), seconds]; each shares half, or more, with the next."""
    width = min(N_COLUMNS, picture.shape[1])
    rest = picture.shape[1] - width
    return np.linspace(0.0, rest / COLUMNS_PER_SECOND, 1 + math.ceil(2 * rest / width))


def judge_rows(call: Call, rows: npt.NDArray[Any]) -> Member:
    """Judge rows of a table [shape=(W, p)], one a window."""
    table = rows.astype(np.float32)
    return Member(_batches(call, table, ROWS))


def _stretches(call: Call, shown: npt.NDArray[np.uint8]) -> Array:
    """Return probabilities [shape=(n, n_classes)] of stretches of a picture [shape=(n, 128, width)]."""
    seen = shown[..., None].astype(np.float32) / np.float32(255.0)
    return _batches(call, seen, max(1, PIXELS // (shown.shape[1] * shown.shape[2])))


def _batches(call: Call, inputs: npt.NDArray[np.float32], size: int) -> Array:
    return np.concatenate([call(inputs[at : at + size]) for at in range(0, len(inputs), size)]).astype(np.float64)
