"""The descriptors of the chosen tracks, and what is worked out from them; kept by data set, revision and filters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

if TYPE_CHECKING:
    import numpy.typing as npt

    from mgc.evaluation.separation import Profile, Ranking
    from mgc.ui.explore.filters import Filters
    from mgc.ui.explore.selection import Selection

__all__ = ["Numbers", "correlations", "of", "profiles", "ranked", "typical"]


@dataclass(frozen=True, slots=True, eq=False)
class Numbers:
    """Descriptors of those chosen tracks that have them.

    Attributes
    ----------
    ids, genres : tuple of n str
    table : np.ndarray [shape=(n, 57)]
    columns : tuple of 57 str
    origins : tuple of n str
        "audio" or "table"
    missing : int
        chosen tracks that have none
    """

    ids: tuple[str, ...]
    genres: tuple[str, ...]
    table: npt.NDArray[np.float64]
    columns: tuple[str, ...]
    origins: tuple[str | None, ...]
    missing: int

    def column(self, name: str) -> npt.NDArray[np.float64]:
        """Return one column [shape=(n,)]."""
        return self.table[:, self.columns.index(name)]


def of(selection: Selection) -> Numbers:
    """Return the numbers of the selected tracks; they must have been measured."""
    from mgc.features.descriptors import COLUMNS

    assert selection.collected is not None  # noqa: S101 - callers ask extraction.invite first
    held = selection.collected
    rows = selection.rows()
    rows = rows[held.has_descriptors[rows]]
    return Numbers(
        tuple(held.ids[i] for i in rows),
        tuple(held.genres[i] for i in rows),
        np.asarray(held.descriptors[rows]),
        tuple(COLUMNS),
        tuple(held.origins[i] for i in rows),
        len(selection.chosen) - len(rows),
    )


def ranked(selection: Selection, numbers: Numbers) -> Ranking:
    """Return how well each number separates the genres."""
    return _ranked(*selection.key, numbers)


def correlations(selection: Selection, numbers: Numbers) -> npt.NDArray[np.float64]:
    """Return the correlation of every pair of numbers [shape=(57, 57)], NaN where one never changes."""
    return _correlations(*selection.key, numbers)


def profiles(selection: Selection, numbers: Numbers) -> Profile:
    """Return each genre's average of each number, in standard deviations of all the chosen tracks."""
    return _profiles(*selection.key, numbers)


# The underscore keeps Streamlit from hashing the arrays: it would look at a sample of them only.
@st.cache_resource(max_entries=32, show_spinner=False)
def _ranked(id: str, revision: str, filters: Filters, _numbers: Numbers) -> Ranking:
    from mgc.evaluation import separation

    return separation.rank(_numbers.table, _numbers.genres)


@st.cache_resource(max_entries=32, show_spinner=False)
def _correlations(id: str, revision: str, filters: Filters, _numbers: Numbers) -> npt.NDArray[np.float64]:
    from mgc.evaluation import separation

    found = separation.correlation(_numbers.table)
    flat = np.diag(found) == 0
    found[flat] = found[:, flat] = np.nan  # 0 would be drawn as "nothing to do with each other"
    return found


@st.cache_resource(max_entries=32, show_spinner=False)
def _profiles(id: str, revision: str, filters: Filters, _numbers: Numbers) -> Profile:
    from mgc.evaluation import separation

    return separation.profile(_numbers.table, _numbers.genres)


def typical(selection: Selection, genre: str) -> str | None:
    """Return the id of the track nearest to the middle of a genre, one that can be heard if there is any."""
    found: str | None = _typical(selection.id, selection.revision, genre, selection)
    return found


@st.cache_data(max_entries=64, show_spinner=False)
def _typical(id: str, revision: str, genre: str, _room: Selection) -> str | None:
    from mgc.evaluation.maps import standardised

    held = _room.collected
    if held is None:
        return None
    heard = {track.id for track in _room.dataset.tracks if track.audio is not None}
    rows = np.flatnonzero(held.has_descriptors)
    z = standardised(np.asarray(held.descriptors[rows]))
    here = np.array([held.genres[row] == genre for row in rows])
    if not here.any():
        return None
    distance = np.linalg.norm(z - np.median(z[here], axis=0), axis=1)
    silent = np.array([held.ids[row] not in heard for row in rows])
    order = np.lexsort((distance, silent, ~here))
    return str(held.ids[rows[order[0]]])
