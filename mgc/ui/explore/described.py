"""The 57 numbers of one track, beside those of its genre."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from mgc.features.song import COLUMNS
from mgc.genres import display_name
from mgc.ui.explore import export, hearing
from mgc.ui.text import plain, shorten

if TYPE_CHECKING:
    import numpy.typing as npt

    from mgc.datasets.base import Track
    from mgc.ui.explore.hearing import Looked, Unheard
    from mgc.ui.explore.room import Room

__all__ = ["show"]


def show(room: Room, track: Track, looked: Looked | Unheard, *, key: str) -> None:
    """Draw a table of the descriptors of a track; nothing when there are none."""
    values = hearing.numbers(track, room, looked)
    if values is None:
        return
    with st.expander("Its 57 numbers", icon=":material/tag:", key=f"{key}_box"):
        head, columns = ["descriptor", "value"], [list(COLUMNS), values.tolist()]
        known = _statistics(room.id, room.revision, room)
        if track.genre in known:
            of_all, spread = known[""]
            head += ["mean of the genre", "against all tracks"]
            columns += [known[track.genre][0].tolist(), ((values - of_all) / np.maximum(spread, 1e-12)).tolist()]
        rows = list(zip(*columns, strict=True))
        export.table((head, rows), key=key, name=f"numbers {track.id}", height=280, column_config=_columns())
        name = plain(shorten(display_name(track.genre), 24))
        origin = "Measured on the audio" if isinstance(looked, hearing.Looked) else "From the data set's own table"
        st.caption(f"{origin}: mean and variance over the whole track. The genre is {name}.")


def _columns() -> dict[str, object]:
    return {
        "value": st.column_config.NumberColumn(format="%.4g"),
        "mean of the genre": st.column_config.NumberColumn(format="%.4g"),
        "against all tracks": st.column_config.NumberColumn(
            format="%+.1f", help="In standard deviations of the whole data set, from its mean"
        ),
    }


@st.cache_resource(max_entries=4, show_spinner=False)
def _statistics(
    id: str, revision: str, _room: Room
) -> dict[str, tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]]:
    """Return mean and standard deviation of the descriptors by genre; under ``""`` those of all tracks."""
    collected = _room.collected
    if collected is None:
        return {}
    there, genres = collected.has_descriptors, np.array(collected.genres)
    rows = {"": there, **{genre: there & (genres == genre) for genre in dict.fromkeys(collected.genres)}}
    table = np.asarray(collected.descriptors)
    return {genre: (table[mask].mean(axis=0), table[mask].std(axis=0)) for genre, mask in rows.items() if mask.any()}
