"""Map: the data set on a plane; click a point and hear it, and what lies nearest to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import streamlit as st

from mgc.charts import maps as drawing
from mgc.errors import DatasetError
from mgc.genres import display_name
from mgc.ui.explore import export, hearing, links, listen, picking, places
from mgc.ui.text import plain, shorten

if TYPE_CHECKING:
    from mgc.charts.theme import Chart
    from mgc.datasets.base import Track
    from mgc.ui.explore.places import Place
    from mgc.ui.explore.room import Room

__all__ = ["show"]

METHODS: Final = {"pca": "PCA", "tsne": "t-SNE"}
COLOURINGS: Final = {"genre": "Genre", "artist": "Artist", "tempo": "Tempo", "fold": "Fold"}
NEIGHBOURS: Final = 5
_KEY: Final = "map_board"  # not "explore_...": those are the choices kept in the URL
_CLICKS: Final = "map_clicks"  # in the session: how many points were clicked
_PLAYED: Final = "map_played"  # and which of these clicks has been answered with sound


def show(room: Room) -> None:
    """Draw the view."""
    spaces = places.spaces(room)
    if not spaces:
        st.info(
            "A map is drawn as soon as the sound of this data set has been measured.", icon=":material/scatter_plot:"
        )
        return
    with st.container(horizontal=True, gap="small"):
        method = links.one("map", METHODS, label="Method", default="pca", label_visibility="collapsed") or "pca"
        space = next(iter(spaces))
        if len(spaces) > 1:
            space = links.one("of", spaces, label="Of what", default=space, label_visibility="collapsed") or space
        colouring = links.one("colour", COLOURINGS, label="Colour", default="genre", label_visibility="collapsed")
    place = places.place(room, space, method)
    board = st.container()  # the map stands above the choice of a track, which it needs to know
    track = picking.pick(room)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        picking.step(room, track)
    row = place.row(track.id)
    near = place.near(row, NEIGHBOURS) if row is not None else ()
    with board:
        _board(room, place, colouring or "genre", row, near)
    listen.panel(room, track, "mel", scope="explore_map_player", plays=_new_click())
    if row is None:
        st.caption("This track is not on the map: nothing was measured of it.")
    else:
        _neighbours(room, place, track, near)


def _board(room: Room, place: Place, colouring: str, row: int | None, near: tuple[int, ...]) -> None:
    shown = {track.id for track in room.chosen}
    points = drawing.Points(
        places=place.where,
        ids=place.ids,
        words=[f"{picking.label(track)} ({shorten(display_name(track.genre), 24)})" for track in place.tracks],
        shown=np.array([id in shown for id in place.ids], dtype=bool),
        marked=row,
        near=near,
    )
    try:
        chart = _coloured(room, place, points, colouring)
    except DatasetError as error:  # too few artists for folds
        st.caption(plain(error.user_message))
        chart = _coloured(room, place, points, "genre")
    st.plotly_chart(
        chart.figure, config=drawing.MAP_CONFIG, key=_KEY, alt=chart.alt, on_select=_clicked, selection_mode="points"
    )
    left = len(room.dataset.tracks) - len(place.ids)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        away = f" {left:,} tracks are not on it: nothing was measured of them." if left else ""
        st.caption(f"{chart.caption} {place.axes}{away}", width="stretch")
        _save(chart, place)


def _save(chart: Chart, place: Place) -> None:
    """Offer the figure and its numbers; each is made when it is asked for."""
    rows = [
        [track.id, track.genre, track.artist, *where]
        for track, where in zip(place.tracks, np.round(place.where, 4).tolist(), strict=True)
    ]
    kinds = {
        "HTML": (lambda: export.as_html(chart), "text/html"),
        "CSV": (lambda: export.as_csv((("id", "genre", "artist", "x", "y"), rows)), "text/csv"),
    }
    for label, (make, mime) in kinds.items():
        name = export.file_name("map", label.lower())
        icon = ":material/download:"
        st.download_button(label, make, name, mime, key=f"map_{label}", on_click="ignore", type="tertiary", icon=icon)


def _clicked() -> None:
    """Look at the track whose point was clicked; a callback."""
    points = st.session_state[_KEY].selection.points
    if points:
        id = points[-1].get("customdata")
        id = id[0] if isinstance(id, list) else id
        if isinstance(id, str):
            links.go(track=id)
            st.session_state[_CLICKS] = st.session_state.get(_CLICKS, 0) + 1


def _new_click() -> int:
    """Return the number of a click whose track has not been played yet, else 0."""
    clicks: int = st.session_state.get(_CLICKS, 0)
    is_new = clicks != st.session_state.get(_PLAYED, 0)
    st.session_state[_PLAYED] = clicks
    return clicks if is_new else 0


def _coloured(room: Room, place: Place, points: drawing.Points, colouring: str) -> Chart:
    if colouring == "tempo":
        return drawing.by_number(points, place.tempo, what="tempo", unit="beats a minute")
    groups, colours = places.groups(room, place, colouring)
    what = {"fold": "the fold in which a track is tested (five folds over artists)"}.get(colouring, colouring)
    return drawing.by_group(points, groups, colours, what=what, quiet=places.QUIET)


def _neighbours(room: Room, place: Place, track: Track, near: tuple[int, ...]) -> None:
    """List what lies nearest, each with its sound."""
    same = sum(place.tracks[row].genre == track.genre for row in near)
    st.markdown("#### Nearest to it", anchors=False)
    st.caption(
        f"Nearest in all {place.dimensions} numbers, not on the map; {same} of {len(near)} carry the same label, "
        f"{plain(shorten(display_name(track.genre), 24))}."
    )
    for row in near:
        _neighbour(room, place.tracks[row])


def _neighbour(room: Room, track: Track) -> None:
    words, sound = st.columns([5, 4], vertical_alignment="center", gap="small")
    with words.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.text(picking.label(track), wrap=False, width="stretch")
        st.caption(plain(shorten(display_name(track.genre), 24)), width="content")
        st.button(
            "Look at it",
            key=f"near_{track.id}",
            type="tertiary",
            on_click=_go,
            args=(track.id, track.id in {one.id for one in room.chosen}),
        )
    with sound:
        heard = hearing.at_once(track)
        if heard is None:
            st.caption("No audio of this track is here.")
        else:
            st.audio(heard.data, format=heard.mime, alt=f"The track {shorten(track.id)}")


def _go(id: str, is_chosen: bool) -> None:
    """Look at a neighbour; one that the filters hide takes the filters away."""
    if not is_chosen:
        from mgc.ui.explore import filters

        filters.clear()
    links.go(track=id)
