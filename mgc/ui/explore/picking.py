"""Which track is looked at: picked from a list, paged through, named in the URL; and the line that says who it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from mgc.genres import display_name
from mgc.ui.explore import links
from mgc.ui.explore.hearing import Looked
from mgc.ui.text import plain, shorten

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mgc.datasets.base import Track
    from mgc.ui.explore.hearing import Unheard
    from mgc.ui.explore.room import Room

__all__ = ["beside", "heading", "label", "pick"]


def pick(room: Room) -> Track:
    """Draw the list of the chosen tracks with a step back and a step on, and return the one that is looked at."""
    tracks = room.chosen
    options = {track.id: label(track) for track in tracks}
    at = {track.id: number for number, track in enumerate(tracks)}
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        back, on = st.container(width="content"), None
        id = links.one("track", options, label="Track", default=tracks[0].id, look="select", width="stretch")
        here = at[id or tracks[0].id]
        on = st.container(width="content")
        _step(back, tracks, here - 1, "Previous", ":material/chevron_left:")
        _step(on, tracks, here + 1, "Next", ":material/chevron_right:")
    return tracks[here]


def beside(room: Room, track: Track) -> Track | None:
    """Draw the choice of a second track, from the whole data set, and return it if there is one."""
    others = {one.id: one for one in room.dataset.tracks if one.id != track.id}
    options = {id: label(one) for id, one in others.items()}
    id = links.one(
        "with",
        options,
        label="Beside it",
        look="select",
        placeholder="Another track, to compare",
        label_visibility="collapsed",
    )
    return others[id] if id else None


def label(track: Track) -> str:
    """Return a track's id, and artist and title where they are known; shown as plain text."""
    named = ": ".join(part for part in (track.artist, track.title) if part)
    return shorten(track.id, 40) + (f" \N{MIDDLE DOT} {shorten(named, 60)}" if named else "")


def heading(room: Room, track: Track, looked: Looked | Unheard) -> None:
    """Say who a track is, what was decoded, and what is known of it."""
    named = ": ".join(part for part in (track.artist, track.title) if part) or track.id
    st.text(shorten(named), wrap=False)
    facts = [f"**{plain(shorten(display_name(track.genre), 24))}**", plain(shorten(track.id, 40))]
    if isinstance(looked, Looked):
        facts.append(plain(looked.heard.sentence().removeprefix("heard: ")))
    facts += [plain(fact) for fact in _facts(room, track)]
    st.markdown(" \N{MIDDLE DOT} ".join(facts))


def _facts(room: Room, track: Track) -> list[str]:
    """Return what others have found out about a track of GTZAN, and what this data set says of it."""
    facts = []
    if room.dataset.source == "gtzan":
        tempo, key = _annotated().get(track.id, ("", ""))
        facts += [f"annotated: {', '.join(part for part in (tempo, key) if part)}"] if tempo or key else []
    if track.duplicate_of:
        facts.append(f"the same samples as {track.duplicate_of}")
    if track.part == "excluded":
        facts.append("left out of the fault-filtered partition")
    return facts


@st.cache_data(show_spinner=False)
def _annotated() -> dict[str, tuple[str, str]]:
    """Return tempo and key of GTZAN's clips in words, as people have annotated them."""
    from mgc.datasets import gtzan

    table = gtzan.facts()
    return {
        clip: (f"{tempo:.0f} beats a minute" if tempo == tempo else "", key)  # NaN differs from itself
        for clip, tempo, key in zip(table["clip"], table["tempo_bpm"], table["key"], strict=True)
    }


def _step(place: st.delta_generator.DeltaGenerator, tracks: Sequence[Track], to: int, word: str, icon: str) -> None:
    is_there = 0 <= to < len(tracks)
    place.button(
        word,
        key=f"explore_{word.lower()}",
        icon=icon,
        disabled=not is_there,
        on_click=links.go,
        kwargs={"track": tracks[to].id} if is_there else None,
    )
