"""Which track is looked at, picked from a list or by a click into a chart; its heading, and a small card of it."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

import streamlit as st

from mgc.genres import display_name
from mgc.ui.explore import filters, hearing, links
from mgc.ui.explore.hearing import Looked
from mgc.ui.text import plain, shorten

if TYPE_CHECKING:
    from mgc.datasets.base import Track
    from mgc.ui.explore.hearing import Unheard
    from mgc.ui.explore.selection import Selection

__all__ = [
    "beside",
    "card",
    "clicked",
    "findings",
    "heading",
    "label",
    "named",
    "new_click",
    "open_button",
    "pick",
    "step",
]

_CLICKS: Final = "point_clicks"  # in the session: how many points were clicked
_PLAYED: Final = "point_played"  # and which of these clicks has been answered with sound


def pick(selection: Selection) -> Track:
    """Draw the list of the chosen tracks, and return the one that is looked at."""
    options = {track.id: label(track) for track in selection.chosen}
    first = selection.chosen[0].id
    id = links.one("track", options, label="Track", default=first, look="select") or first
    return selection.chosen[_place(selection, id)]


def step(selection: Selection, track: Track) -> None:
    """Draw a step back and a step on among the chosen tracks; beside each other in a horizontal container."""
    here = _place(selection, track.id)
    for word, to, icon in (("Previous", here - 1, "left"), ("Next", here + 1, "right")):
        is_there = 0 <= to < len(selection.chosen)
        st.button(
            word,
            key=f"step_{word.lower()}",
            icon=f":material/chevron_{icon}:",
            icon_position="left" if icon == "left" else "right",
            disabled=not is_there,
            on_click=links.go,
            kwargs={"track": selection.chosen[to].id} if is_there else None,
        )
    st.caption(f"{here + 1:,} of {len(selection.chosen):,}", width="content")


def beside(selection: Selection, track: Track) -> Track | None:
    """Draw the choice of a second track, from the whole data set, and return it if there is one."""
    others = {one.id: one for one in selection.dataset.tracks if one.id != track.id}
    id = links.one(
        "with",
        {id: label(one) for id, one in others.items()},
        label="Beside it",
        look="select",
        placeholder="Another track, to compare",
        label_visibility="collapsed",
    )
    return others[id] if id else None


def clicked(chart: str) -> None:
    """Choose the track whose point was clicked in the chart of this key; a callback."""
    points = st.session_state[chart].selection.points
    if points:
        id = points[-1].get("customdata")
        id = id[0] if isinstance(id, list) else id
        if isinstance(id, str):
            links.go(track=id)
            st.session_state[_CLICKS] = st.session_state.get(_CLICKS, 0) + 1


def new_click() -> int:
    """Return the number of a click whose track has not been played yet, else 0."""
    clicks: int = st.session_state.get(_CLICKS, 0)
    is_new = clicks != st.session_state.get(_PLAYED, 0)
    st.session_state[_PLAYED] = clicks
    return clicks if is_new else 0


def open_button(id: str, *, key: str) -> None:
    """Draw the way to the large view of a track."""
    icon = ":material/graphic_eq:"
    st.button("Listen and look", key=key, icon=icon, type="tertiary", on_click=filters.open_track, args=(id,))


def label(track: Track) -> str:
    """Return a track's id, and artist and title where they are known; shown as plain text."""
    return _label(track.id, named(track))


def named(track: Track) -> str:
    """Return artist and title as far as they are known, ``""`` when there is neither, or no more than the id says."""
    words = ": ".join(part for part in (track.artist, track.title) if part)
    return "" if words.casefold() == track.id.casefold() else words


@lru_cache(maxsize=4096)  # a thousand of them stand in a list at every rerun
def _label(id: str, words: str) -> str:
    return shorten(id, 40) + (f" \N{MIDDLE DOT} {shorten(words, 60)}" if words else "")


def heading(selection: Selection, track: Track, looked: Looked | Unheard) -> None:
    """Say who a track is, what was decoded, and what is known of it."""
    words = named(track)
    st.text(shorten(words or track.id), wrap=False)
    facts = [f"**{plain(shorten(display_name(track.genre), 24))}**"]
    if words:
        facts.append(plain(shorten(track.id, 40)))
    if isinstance(looked, Looked):
        facts.append(plain(looked.heard.sentence().removeprefix("heard: ")))
    facts += [plain(fact) for fact in _facts(selection, track)]
    st.markdown(" \N{MIDDLE DOT} ".join(facts))


def findings(selection: Selection, track: Track) -> list[str]:
    """Return what the validation says of a track, in sentences; that it is absent the page says itself."""
    if selection.report is None:
        return []
    return [one.sentence for one in selection.report.findings if one.track == track.id and one.kind != "absent"]


def _facts(selection: Selection, track: Track) -> list[str]:
    """Return what others have found out about a track of GTZAN, and what this data set says of it."""
    facts = []
    if selection.dataset.source == "gtzan":
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


def _place(selection: Selection, id: str) -> int:
    return next(number for number, track in enumerate(selection.chosen) if track.id == id)


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
        words = named(track)
        st.text(shorten(words or track.id))
        label = f"labelled **{plain(shorten(display_name(track.genre), 24))}**"
        st.caption(f"{plain(shorten(track.id))} \N{MIDDLE DOT} {label}" if words else label)
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
