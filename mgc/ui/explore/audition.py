"""A track to hear at once, wherever one is found: its name, its label, a player, the way to the large view."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from mgc.genres import display_name
from mgc.ui.explore import filters, hearing, picking
from mgc.ui.text import plain, shorten

if TYPE_CHECKING:
    from mgc.datasets.base import Track
    from mgc.ui.explore.selection import Selection

__all__ = ["card"]


def card(selection: Selection, id: str, *, key: str, note: str = "", heading: str = "") -> None:
    """Draw a track with its picture and its player, as far as they are here.

    Parameters
    ----------
    selection : Selection
    id : str
        of the track
    key : str
        of the elements
    note : str
        one more line about it, in plain words
    heading : str
        what this track is here: "The track", "Typical jazz"; plain words
    """
    track = selection.dataset.track(id)
    with st.container(border=True, gap="xsmall", height="stretch"):
        if heading:
            st.markdown(f"**{plain(heading)}**")
        named = picking.named(track)
        st.text(shorten(named or track.id))
        label = f"labelled **{plain(shorten(display_name(track.genre), 24))}**"
        st.caption(f"{plain(shorten(track.id))} \N{MIDDLE DOT} {label}" if named else label)
        if note:
            st.markdown(plain(note))
        _sound(selection, track)
        st.button(
            "Listen and look",
            key=f"{key}_open",
            icon=":material/graphic_eq:",
            type="tertiary",
            on_click=_open,
            args=(id, id in {one.id for one in selection.chosen}),
        )


def _sound(selection: Selection, track: Track) -> None:
    picture, sound = _picture(selection, track.id), hearing.at_once(track)
    if picture is not None:
        st.image(picture, width="stretch", alt=f"Mel spectrogram of {shorten(track.id)}")
    if sound is not None:
        st.audio(sound.data, format=sound.mime, alt=f"The track {shorten(track.id)}")
    elif picture is not None:
        st.caption(":material/music_off: Its audio is not here; this is its picture.")
    else:
        st.caption(":material/music_off: Neither its audio nor its picture is here.")


def _picture(selection: Selection, id: str) -> bytes | None:
    """Return the track's mel picture as a PNG, None when there is none."""
    from mgc.charts.sound import palette_png

    if selection.collected is None:
        return None
    rows = selection.collected.rows([id])
    if not len(rows) or not selection.collected.widths[rows[0]]:
        return None
    width = int(selection.collected.widths[rows[0]])
    return palette_png(selection.collected.pictures[rows[0]][:, :width])


def _open(id: str, is_chosen: bool) -> None:
    """Show a track; filters that hide it are taken away."""
    if not is_chosen:
        filters.clear()
    filters.open_track(id)
