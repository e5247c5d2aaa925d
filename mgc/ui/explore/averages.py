"""The mean spectrogram of a genre, beside how it differs from all tracks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import streamlit as st

from mgc.charts import means
from mgc.genres import display_name
from mgc.ui.explore import export, extraction, links
from mgc.ui.text import plain, shorten

if TYPE_CHECKING:
    from mgc.datasets.base import Track
    from mgc.ui.explore.selection import Selection

__all__ = ["show"]

_MOST_PILLS: Final = 12  # genres; more are a list
_FOLLOWED: Final = "mean_followed"  # in the session: the genre of the track that was open


def show(selection: Selection, track: Track) -> None:
    """Draw the mean of a genre, that of ``track`` unless another is chosen."""
    st.markdown("#### The mean of a genre", anchors=False)
    if not extraction.invite(selection, "The mean of a genre"):
        return
    if selection.collected is None or not selection.collected.has_picture.any():
        st.caption("No track of this data set has a picture.")
        return
    _follow(track)
    names = {genre: plain(shorten(display_name(genre), 24)) for genre in selection.dataset.genres}
    genre = links.one(
        "mean",
        names,
        label="Genre",
        default=track.genre,
        look="pills" if len(names) <= _MOST_PILLS else "select",
        label_visibility="collapsed",
    )
    found = _means(selection.id, selection.revision, selection)
    name = shorten(display_name(genre or track.genre), 24)
    if genre not in found:
        st.caption(f"No track of {plain(name)} has a picture.")
        return
    mean, count = found[genre]
    of_all = found[""][0]
    charts = means.mean_spectrogram(mean, name=name, count=count), means.difference(mean, of_all, name=name)
    places = st.columns(2, gap="medium")
    for place, key, chart, values in zip(places, ("mean", "difference"), charts, (mean, mean - of_all), strict=True):
        with place:
            export.draw(chart, key=f"genre_{key}", name=f"{selection.id} {key} {genre}", rows=means.as_rows(values))


def _follow(track: Track) -> None:
    """Let the mean be that of the track's genre, until another one is chosen."""
    before, here = st.session_state.get(_FOLLOWED), links.key("mean")
    if before not in (None, track.genre) and st.session_state.get(here, before) == before:
        links.go(mean=None)
    st.session_state[_FOLLOWED] = track.genre


@st.cache_resource(max_entries=4, show_spinner=False)
def _means(id: str, revision: str, _room: Selection) -> dict[str, tuple[means.Mean, int]]:
    """Return mean and number of tracks by genre; under ``""`` those of all tracks. Never written to."""
    collected = _room.collected
    if collected is None:
        return {}
    pictures, there = np.asarray(collected.thumbnails), collected.has_picture
    genres = np.array(collected.genres)
    rows = {"": there, **{genre: there & (genres == genre) for genre in dict.fromkeys(collected.genres)}}
    share = np.minimum(np.asarray(collected.widths) / collected.pictures.shape[2], 1.0)
    return {
        genre: (means.mean_picture(pictures[mask], share[mask]), int(mask.sum()))
        for genre, mask in rows.items()
        if mask.any()
    }
