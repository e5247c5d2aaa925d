"""What the shipped models learn from, as arrays: pictures and Kaggle's two tables of one tree."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from mgc.audio.series import Series
from mgc.datasets import gtzan
from mgc.errors import DatasetError
from mgc.features.descriptors import COLUMNS
from mgc.features.kaggle_png import read_picture
from mgc.genres import GENRES

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from mgc.datasets.base import Track

__all__ = ["Material", "gather"]


@dataclass(frozen=True, slots=True, eq=False)
class Material:
    """n clips that have a picture and a row in both tables.

    Attributes
    ----------
    tracks : tuple of Track, length n
    labels : np.ndarray [shape=(n,), 0..9]
    pictures : np.ndarray [shape=(n, 128, 334), uint8]
    clips : np.ndarray [shape=(n, 57)]
        descriptors of the whole clips
    segments : np.ndarray [shape=(m, 57)]
        descriptors of 3 s segments, up to ten a clip
    owners : np.ndarray [shape=(m,), 0..n-1]
        whose segment each row is
    """

    tracks: tuple[Track, ...]
    labels: npt.NDArray[np.intp]
    pictures: npt.NDArray[np.uint8]
    clips: npt.NDArray[np.float64]
    segments: npt.NDArray[np.float64]
    owners: npt.NDArray[np.intp]

    @property
    def ids(self) -> tuple[str, ...]:
        """Track ids, in the arrays' order."""
        return tuple(track.id for track in self.tracks)


def gather(tree: Path) -> Material:
    """Read a Kaggle-shaped tree.

    Raises
    ------
    DatasetError
        when the tree lacks pictures or tables, or holds fewer than ten clips of a genre
    """
    dataset = gtzan.open_tree(tree)
    clip_table, segment_table = (
        _read(dataset.tables, "features_30_sec.csv"),
        _read(dataset.tables, "features_3_sec.csv"),
    )
    clip_table.index = clip_table["filename"].str.removesuffix(".wav")
    whose = segment_table["filename"].str.removesuffix(".wav").str.rsplit(".", n=1).str[0]
    tabled = set(clip_table.index) & set(whose)
    tracks = tuple(track for track in dataset.tracks if track.picture and track.id in tabled)
    counts = {genre: sum(track.genre == genre for track in tracks) for genre in GENRES}
    if poor := [genre for genre, n in counts.items() if n < 10]:
        raise DatasetError(
            f"At least 10 clips of each genre with a picture and table rows are needed; too few of {', '.join(poor)}."
        )
    where = {track.id: position for position, track in enumerate(tracks)}
    mine = whose.isin(list(where)).to_numpy()
    return Material(
        tracks=tracks,
        labels=np.array([GENRES.index(track.genre) for track in tracks]),
        pictures=_pictures(tracks),
        clips=clip_table.loc[[track.id for track in tracks], list(COLUMNS)].to_numpy(np.float64),
        segments=segment_table.loc[mine, list(COLUMNS)].to_numpy(np.float64),
        owners=np.array([where[name] for name in whose[mine]]),
    )


def _pictures(tracks: tuple[Track, ...]) -> npt.NDArray[np.uint8]:
    with Series(31.0, pictures=True) as decoder:
        pictures = [read_picture(track.picture, decode=decoder.decode_picture) for track in tracks if track.picture]
    return np.stack(pictures)


def _read(tables: Any, name: str) -> pd.DataFrame:
    import pandas as pd

    if name not in tables:
        raise DatasetError(f"The tree has no {name}; Kaggle's download holds it beside the folders of clips.")
    return pd.read_csv(tables[name])
