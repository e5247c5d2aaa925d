"""How much of a genre is one artist."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import streamlit as st

from mgc.audit.artists import MUCH, is_concentrated
from mgc.charts.theme import percent
from mgc.datasets.base import normalised_artist
from mgc.genres import display_name
from mgc.ui.explore import audition, links
from mgc.ui.explore.audit_lists import picked
from mgc.ui.text import plain, shorten

if TYPE_CHECKING:
    from mgc.audit.artists import Concentration
    from mgc.audit.report import Doubts
    from mgc.ui.explore.selection import Selection

__all__ = ["count", "show"]

FLAG: Final = "far more than a share"


def count(selection: Selection, found: Doubts) -> int:
    """Return in how many genres one artist makes up much of the tracks."""
    return sum(is_concentrated(one) for one in _here(selection, found))


def show(selection: Selection, found: Doubts) -> None:
    """Draw the list and the artist of the opened genre."""
    st.markdown(
        "A model that has heard an artist in training recognises voice and studio in the test, and is paid for it "
        "as if it knew the genre. *As if equal* is how many artists there would be if all had equally many tracks; "
        f"counted above is who has over {percent(MUCH)} of a genre and a quarter more than an equal share."
    )
    held = [one for one in _here(selection, found) if one.artists]
    if not held:
        st.info("Nobody knows who plays here.", icon=":material/person_off:")
        return
    rows = [
        (
            display_name(one.genre),
            one.largest,
            one.largest_tracks,
            one.share,
            FLAG if is_concentrated(one) else "",
            one.artists,
            one.effective,
            one.named,
        )
        for one in held
    ]
    head = ("genre", "largest artist", "tracks", "share", "much?", "artists", "as if equal", "tracks named")
    share = st.column_config.ProgressColumn("share", min_value=0.0, max_value=1.0, format="percent")
    at = picked.one_of(head, rows, key="concentration", name=f"{selection.id} artists", column_config={"share": share})
    _opened(selection, held[at])


def _opened(selection: Selection, one: Concentration) -> None:
    name = normalised_artist(one.largest)
    theirs = [t for t in selection.dataset.tracks if t.genre == one.genre and normalised_artist(t.artist) == name]
    st.markdown(
        f"**{percent(one.share)} of {plain(display_name(one.genre))} is {plain(shorten(one.largest))}** "
        f"({one.largest_tracks} of {one.tracks} tracks)."
    )
    heard = sorted(theirs, key=lambda track: track.audio is None)[:2]
    for column, track, side in zip(st.columns(2, gap="small"), heard, ("one", "other"), strict=False):
        with column:
            audition.card(selection, track.id, key=f"artist_{side}")
    st.button(
        "Show only these tracks",
        key="artist_filter",
        icon=":material/filter_alt:",
        on_click=links.go,
        kwargs={"artist": name, "genre": [one.genre], "only": None, "words": "", "view": "listen"},
    )


def _here(selection: Selection, found: Doubts) -> list[Concentration]:
    genres = {track.genre for track in selection.chosen}
    return [one for one in found.artists if one.genre in genres]
