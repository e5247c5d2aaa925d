"""The 57 descriptors: of the chosen tracks, with what is computed from them, and of one track as a table.

Results are kept by data set, revision and filters.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import streamlit as st

from mgc.charts import descriptors
from mgc.evaluation import statistics
from mgc.features.descriptors import COLUMNS
from mgc.ui import export
from mgc.ui.explore import hearing
from mgc.ui.explore.selection import BY_DATA, BY_FILTERS, genre_words

if TYPE_CHECKING:
    import numpy.typing as npt

    from mgc.datasets.base import Track
    from mgc.evaluation.statistics import Profile, Ranking
    from mgc.ui.explore.hearing import Looked, Unheard
    from mgc.ui.explore.selection import Selection

__all__ = ["Numbers", "correlations", "of", "profiles", "ranked", "table", "typical"]

_Z: Final = "standard deviations from the mean of all"


@dataclass(frozen=True, slots=True, eq=False)
class Numbers:
    """Descriptors of those chosen tracks that have them: n rows, 57 columns."""

    ids: tuple[str, ...]
    genres: tuple[str, ...]
    table: npt.NDArray[np.float64]
    columns: tuple[str, ...]
    origins: tuple[str | None, ...]
    missing: int  # chosen tracks that have none

    def column(self, name: str) -> npt.NDArray[np.float64]:
        """Return one column [shape=(n,)]."""
        return self.table[:, self.columns.index(name)]


def of(selection: Selection) -> Numbers:
    """Return the descriptors of the chosen tracks; they must have been measured."""
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


# The underscore keeps Streamlit from hashing the arrays: it would look at a sample of them only.
@st.cache_resource(max_entries=32, show_spinner=False, hash_funcs=BY_FILTERS)
def ranked(selection: Selection, _numbers: Numbers) -> Ranking:
    """Return how well each number separates the genres."""
    return statistics.rank(_numbers.table, _numbers.genres)


@st.cache_resource(max_entries=32, show_spinner=False, hash_funcs=BY_FILTERS)
def correlations(selection: Selection, _numbers: Numbers) -> npt.NDArray[np.float64]:
    """Return the correlation of every pair of numbers [shape=(57, 57)], NaN where one never changes."""
    found = statistics.correlation(_numbers.table)
    flat = np.diag(found) == 0
    found[flat] = found[:, flat] = np.nan  # 0 would be drawn as "nothing to do with each other"
    return found


@st.cache_resource(max_entries=32, show_spinner=False, hash_funcs=BY_FILTERS)
def profiles(selection: Selection, _numbers: Numbers) -> Profile:
    """Return each genre's average of each number, in standard deviations of all the chosen tracks."""
    return statistics.profile(_numbers.table, _numbers.genres)


@st.cache_resource(max_entries=64, show_spinner=False, hash_funcs=BY_DATA)
def typical(selection: Selection, genre: str) -> str | None:
    """Return the id of the track nearest to the middle of a genre, one that can be heard if there is any."""
    held = selection.collected
    if held is None:
        return None
    heard = {track.id for track in selection.dataset.tracks if track.audio is not None}
    rows = np.flatnonzero(held.has_descriptors)
    z = statistics.standardised(np.asarray(held.descriptors[rows]))
    here = np.array([held.genres[row] == genre for row in rows])
    if not here.any():
        return None
    distance = np.linalg.norm(z - np.median(z[here], axis=0), axis=1)
    silent = np.array([held.ids[row] not in heard for row in rows])
    order = np.lexsort((distance, silent, ~here))
    return str(held.ids[rows[order[0]]])


def table(selection: Selection, track: Track, looked: Looked | Unheard, *, key: str) -> None:
    """Draw the descriptors of a track beside the mean of its genre; nothing when there are none."""
    values = hearing.numbers(track, selection, looked)
    if values is None:
        return
    with st.expander("All 57 descriptors", icon=":material/tag:", key=f"{key}_box"):
        head = ["descriptor", "value", "unit"]
        names = [descriptors.name(column) for column in COLUMNS]
        columns: list[list[str] | list[float]] = [names, values.tolist(), list(map(descriptors.unit, COLUMNS))]
        known = _statistics(selection)
        if track.genre in known:
            of_all, spread = known[""]
            head += ["mean of the genre", _Z]
            columns += [known[track.genre][0].tolist(), ((values - of_all) / np.maximum(spread, 1e-12)).tolist()]
        rows = list(zip(*columns, [descriptors.describe(column) for column in COLUMNS], strict=True))
        number = st.column_config.NumberColumn
        look = {
            "descriptor": st.column_config.TextColumn(width=220),
            "value": number(format="%.4g"),
            "mean of the genre": number(format="%.4g"),
            _Z: number("z-score", format="%+.1f", help="Standard deviations from the mean of all tracks"),
        }
        name = f"{selection.id} numbers {track.id}"
        export.table(([*head, "meaning"], rows), key=key, name=name, height=280, column_config=look)
        genre = genre_words(track.genre)
        st.caption(
            f"{_origin(selection, track, looked)}. Means and variances are taken over the track. Genre: {genre}."
        )


def _origin(selection: Selection, track: Track, looked: Looked | Unheard) -> str:
    """Say where the values come from: a track that cannot be decoded now may have been measured before."""
    held = selection.collected
    rows = [] if held is None else [row for row in held.rows([track.id]) if held.has_descriptors[row]]
    origins = [] if held is None else [held.origins[row] for row in rows]
    measured = isinstance(looked, hearing.Looked) or "audio" in origins
    return "Computed from the audio" if measured else "From the data set's own table"


@st.cache_resource(max_entries=4, show_spinner=False, hash_funcs=BY_DATA)
def _statistics(selection: Selection) -> dict[str, tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]]:
    """Return mean and standard deviation of the descriptors by genre; under ``""`` those of all tracks."""
    collected = selection.collected
    if collected is None:
        return {}
    there, genres = collected.has_descriptors, np.array(collected.genres)
    rows = {"": there, **{genre: there & (genres == genre) for genre in dict.fromkeys(collected.genres)}}
    held = np.asarray(collected.descriptors)
    return {genre: (held[mask].mean(axis=0), held[mask].std(axis=0)) for genre, mask in rows.items() if mask.any()}
