"""Map: the data set on a plane; click a point and hear it, and what lies nearest to it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np
import streamlit as st

from mgc.charts import maps as drawing
from mgc.genres import display_name
from mgc.ui.explore import embedding, export, extraction, filters, hearing, links, listen, picking
from mgc.ui.text import plain, shorten

if TYPE_CHECKING:
    from mgc.charts.theme import Chart
    from mgc.datasets.base import Track
    from mgc.ui.explore.embedding import Place
    from mgc.ui.explore.selection import Selection

__all__ = ["show"]

METHODS: Final = {"pca": "PCA", "tsne": "t-SNE"}
COLOURINGS: Final = {"genre": "Genre", "artist": "Artist", "tempo": "Tempo", "fold": "Fold"}
NEIGHBOURS: Final = 5
_KEY: Final = "map_board"  # not "explore_...": those are the choices kept in the URL
_CLICKS: Final = "map_clicks"  # in the session: how many points were clicked
_PLAYED: Final = "map_played"  # and which of these clicks has been answered with sound


def show(selection: Selection) -> None:
    """Draw the view."""
    if not extraction.invite(selection, "The map"):
        return
    spaces = embedding.spaces(selection)
    if not spaces:
        st.info("At least two tracks with numbers are needed for a map.", icon=":material/scatter_plot:")
        return
    offered = (
        COLOURINGS if embedding.can_fold(selection) else {key: COLOURINGS[key] for key in COLOURINGS if key != "fold"}
    )
    with st.container(horizontal=True, gap="small"):
        method = links.one("map", METHODS, label="Method", default="pca", label_visibility="collapsed") or "pca"
        space = next(iter(spaces))
        if len(spaces) > 1:
            space = links.one("of", spaces, label="Of what", default=space, label_visibility="collapsed") or space
        colouring = links.one("colour", offered, label="Colour", default="genre", label_visibility="collapsed")
    place = embedding.place(selection, space, method)
    # Map and track stand side by side above the choice of a track, which they need to know; on a phone they stack.
    board, beside = st.columns([3, 2], gap="medium")
    track = picking.pick(selection)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        picking.step(selection, track)
    row = place.row(track.id)
    near = place.near(row, NEIGHBOURS) if row is not None else ()
    with board:
        _board(selection, place, colouring or "genre", row, near)
    with beside:
        listen.panel(selection, track, "mel", scope="explore_map_player", plays=_new_click())
        st.button(
            "Listen and look",
            key="map_open",
            icon=":material/graphic_eq:",
            type="tertiary",
            on_click=filters.open_track,
            args=(track.id,),
        )
    if row is None:
        st.caption("This track is not on the map: nothing was measured of it.")
    else:
        _neighbours(selection, place, track, near)


def _board(selection: Selection, place: Place, colouring: str, row: int | None, near: tuple[int, ...]) -> None:
    if colouring == "fold" and not embedding.folds(selection):
        st.caption("No artist can be kept apart here, so there are no folds: the colours are those of the genres.")
        colouring = "genre"
    shown = {track.id for track in selection.chosen}
    notes = embedding.notes(selection, place, colouring)
    points = drawing.Points(
        places=place.where,
        ids=place.ids,
        words=[_words(track, note) for track, note in zip(place.tracks, notes, strict=True)],
        shown=np.array([id in shown for id in place.ids], dtype=bool),
        marked=row,
        near=near,
    )
    chart = _coloured(selection, place, points, colouring)
    away = _away(len(selection.dataset.tracks) - len(place.ids))
    rings = f" Rings mark {shorten(place.ids[row], 40)} and its neighbours." if row is not None else ""
    chart = replace(chart, caption=f"{chart.caption} {place.axes}{away}{rings}")
    name = f"{selection.id} map {place.name} {colouring}"
    camera = {"toImageButtonOptions": {"format": "png", "filename": export.file_name(name, "png")[:-4], "scale": 2}}
    st.plotly_chart(
        chart.figure,
        config=drawing.MAP_CONFIG | camera,
        key=_KEY,
        alt=chart.alt,
        on_select=_clicked,
        selection_mode="points",
    )
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.caption(f"Click a point to hear it. {plain(chart.caption)}", width="stretch")
        _save(chart, place, notes if colouring == "fold" else [], name)


def _words(track: Track, note: str) -> str:
    """Return what a pointer over a point reads."""
    return f"{picking.label(track)} ({', '.join(filter(None, (shorten(display_name(track.genre), 24), note)))})"


def _away(count: int) -> str:
    """Say how many tracks have no place."""
    if count == 1:
        return " 1 track is not on it: nothing was measured of it."
    return f" {count:,} tracks are not on it: nothing was measured of them." if count else ""


def _save(chart: Chart, place: Place, folds: list[str], name: str) -> None:
    """Offer the figure and its numbers, of each track its fold where that colours it; made when they are asked for."""
    head = ["track", "genre", "artist", "x", "y", "tempo, beats a minute", *(["fold"] if folds else [])]
    more = [*np.round(place.where, 4).T.tolist(), place.tempo.tolist(), *([folds] if folds else [])]
    rows = [(track.id, track.genre, track.artist, *rest) for track, *rest in zip(place.tracks, *more, strict=True)]
    kinds = {
        "HTML": (lambda: export.as_html(chart), "text/html"),
        "CSV": (lambda: export.as_csv((head, rows)), "text/csv"),
    }
    for label, (make, mime) in kinds.items():
        file, icon = export.file_name(name, label.lower()), ":material/download:"
        st.download_button(label, make, file, mime, key=f"map_{label}", on_click="ignore", type="tertiary", icon=icon)


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


def _coloured(selection: Selection, place: Place, points: drawing.Points, colouring: str) -> Chart:
    if colouring == "tempo":
        return drawing.by_number(points, place.tempo, what="tempo", unit="beats a minute")
    first = () if points.marked is None else (points.marked, *points.near)
    groups, colours = embedding.groups(selection, place, colouring, first)
    return drawing.by_group(
        points, groups, colours, what=embedding.what(selection, place, colouring), quiet=embedding.QUIET
    )


def _neighbours(selection: Selection, place: Place, track: Track, near: tuple[int, ...]) -> None:
    """List what lies nearest, each with its sound."""
    same = sum(place.tracks[row].genre == track.genre for row in near)
    st.markdown("#### Nearest to it", anchors=False)
    st.caption(
        f"Nearest in all {place.dimensions} numbers, not on the map; {same} of {len(near)} carry the same label, "
        f"{plain(shorten(display_name(track.genre), 24))}."
    )
    for row in near:
        _neighbour(selection, place.tracks[row])


def _neighbour(selection: Selection, track: Track) -> None:
    words, sound = st.columns([5, 4], vertical_alignment="center", gap="small")
    with words.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.text(picking.label(track), wrap=False, width="stretch")
        st.caption(plain(shorten(display_name(track.genre), 24)), width="content")
        st.button(
            "Look at it",
            key=f"near_{track.id}",
            type="tertiary",
            on_click=_go,
            args=(track.id, track.id in {one.id for one in selection.chosen}),
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
        filters.clear()
    links.go(track=id)
