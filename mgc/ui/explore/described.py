"""The 57 numbers of one track, beside those of its genre."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import streamlit as st

from mgc.charts import descriptor_names
from mgc.features.song import COLUMNS
from mgc.genres import display_name
from mgc.ui.explore import export, hearing
from mgc.ui.text import plain, shorten

if TYPE_CHECKING:
    import numpy.typing as npt

    from mgc.datasets.base import Track
    from mgc.ui.explore.hearing import Looked, Unheard
    from mgc.ui.explore.selection import Selection

__all__ = ["show"]

_DEVIATIONS: Final = "deviations from all tracks"


def show(selection: Selection, track: Track, looked: Looked | Unheard, *, key: str) -> None:
    """Draw a table of the descriptors of a track; nothing when there are none."""
    values = hearing.numbers(track, selection, looked)
    if values is None:
        return
    with st.expander("Its 57 numbers", icon=":material/tag:", key=f"{key}_box"):
        head = ["descriptor", "value", "unit"]
        columns = [list(COLUMNS), values.tolist(), [descriptor_names.unit(column) for column in COLUMNS]]
        known = _statistics(selection.id, selection.revision, selection)
        if track.genre in known:
            of_all, spread = known[""]
            head += ["mean of the genre", _DEVIATIONS]
            columns += [known[track.genre][0].tolist(), ((values - of_all) / np.maximum(spread, 1e-12)).tolist()]
        rows = list(zip(*columns, strict=True))
        export.table(
            (head, rows), key=key, name=f"{selection.id} numbers {track.id}", height=280, column_config=_columns()
        )
        name = plain(shorten(display_name(track.genre), 24))
        st.caption(f"{_origin(selection, track, looked)}: mean and variance over the whole track. The genre is {name}.")


def _origin(selection: Selection, track: Track, looked: Looked | Unheard) -> str:
    """Say where the numbers come from: a track that cannot be heard now may have been measured before."""
    held = selection.collected
    rows = [] if held is None else [row for row in held.rows([track.id]) if held.has_descriptors[row]]
    measured = isinstance(looked, hearing.Looked) or (
        held is not None and any(held.origins[i] == "audio" for i in rows)
    )
    return "Measured on the audio" if measured else "From the data set's own table"


def _columns() -> dict[str, object]:
    return {
        "value": st.column_config.NumberColumn(format="%.4g"),
        "mean of the genre": st.column_config.NumberColumn(format="%.4g"),
        _DEVIATIONS: st.column_config.NumberColumn(
            format="%+.1f", help="In standard deviations of the whole data set, from its mean"
        ),
    }


@st.cache_resource(max_entries=4, show_spinner=False)
def _statistics(
    id: str, revision: str, _room: Selection
) -> dict[str, tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]]:
    """Return mean and standard deviation of the descriptors by genre; under ``""`` those of all tracks."""
    collected = _room.collected
    if collected is None:
        return {}
    there, genres = collected.has_descriptors, np.array(collected.genres)
    rows = {"": there, **{genre: there & (genres == genre) for genre in dict.fromkeys(collected.genres)}}
    table = np.asarray(collected.descriptors)
    return {genre: (table[mask].mean(axis=0), table[mask].std(axis=0)) for genre, mask in rows.items() if mask.any()}
