"""Map: the data set on a plane; click a point to hear it, and its nearest neighbours."""

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
    from mgc.charts.theme import Chart, Rows
    from mgc.datasets.base import Track
    from mgc.ui.explore.embedding import Place
    from mgc.ui.explore.selection import Selection

__all__ = ["show"]

METHODS: Final = {"pca": "PCA", "tsne": "t-SNE"}
COLOURINGS: Final = {"genre": "Genre", "artist": "Artist", "tempo": "Tempo", "fold": "Fold"}
NEIGHBOURS: Final = 5
_KEY: Final = "map_board"  # not "explore_...": those are the choices kept in the URL


def show(selection: Selection) -> None:
    """Draw the view."""
    if not extraction.invite(selection, "The map"):
        return
    spaces = embedding.spaces(selection)
    if not spaces:
        st.info("A map needs at least two measured tracks.", icon=":material/scatter_plot:")
        return
    offered = (
        COLOURINGS if embedding.can_fold(selection) else {key: COLOURINGS[key] for key in COLOURINGS if key != "fold"}
    )
    with st.container(horizontal=True, gap="medium"):
        method = links.one("map", METHODS, label="Method", default="pca") or "pca"
        space = next(iter(spaces))
        if len(spaces) > 1:
            space = links.one("of", spaces, label="Computed from", default=space) or space
        colouring = links.one("colour", offered, label="Colour by", default="genre", wrap=True)
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
        listen.panel(selection, track, "mel", scope="explore_map_player", plays=picking.new_click())
        picking.open_button(track.id, key="map_open")
    if row is None:
        st.caption("This track is not on the map: nothing was measured.")
    else:
        _neighbours(selection, place, track, near)


def _board(selection: Selection, place: Place, colouring: str, row: int | None, near: tuple[int, ...]) -> None:
    if colouring == "fold" and not embedding.folds(selection):
        st.caption("Too few artists for folds in which no artist is in two: the colours are the genres.")
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
    notes = notes if colouring == "fold" else []
    export.draw(
        replace(chart, caption=f"{chart.caption}{away}", help=f"{chart.help} {place.axes}{rings}".strip()),
        key=_KEY,
        name=f"{selection.id} map {place.name} {colouring}",
        rows=_rows(place, notes),
        buttons=drawing.BUTTONS,
        on_select=lambda: picking.clicked(_KEY),
        selection_mode="points",
    )


def _words(track: Track, note: str) -> str:
    """Return what a pointer over a point reads."""
    return f"{picking.label(track)} ({', '.join(filter(None, (shorten(display_name(track.genre), 24), note)))})"


def _away(count: int) -> str:
    """Say how many tracks have no place."""
    if count == 1:
        return " 1 track is not on the map: nothing was measured."
    return f" {count:,} tracks are not on the map: nothing was measured." if count else ""


def _rows(place: Place, folds: list[str]) -> Rows:
    """Return the numbers of a map, with each track's fold where that colours it."""
    head = ["track", "genre", "artist", "x", "y", "tempo, beats a minute", *(["fold"] if folds else [])]
    more = [*np.round(place.where, 4).T.tolist(), place.tempo.tolist(), *([folds] if folds else [])]
    return head, [
        (track.id, track.genre, track.artist, *rest) for track, *rest in zip(place.tracks, *more, strict=True)
    ]


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
    st.markdown("#### Nearest neighbours", anchors=False)
    st.caption(
        f"{same} of {len(near)} have the same label, {plain(shorten(display_name(track.genre), 24))}.",
        help=f"Nearest in all {place.dimensions} numbers, not on the plane of the map.",
    )
    for row in near:
        _neighbour(selection, place.tracks[row])


def _neighbour(selection: Selection, track: Track) -> None:
    words, sound = st.columns([5, 4], vertical_alignment="center", gap="small")
    with words.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.text(picking.label(track), wrap=False, width="stretch")
        st.caption(plain(shorten(display_name(track.genre), 24)), width="content")
        st.button(
            "Show",
            key=f"near_{track.id}",
            type="tertiary",
            on_click=_go,
            args=(track.id, track.id in {one.id for one in selection.chosen}),
        )
    with sound:
        heard = hearing.at_once(track)
        if heard is None:
            st.caption("No audio.")
        else:
            st.audio(heard.data, format=heard.mime, alt=f"The track {shorten(track.id)}")


def _go(id: str, is_chosen: bool) -> None:
    """Look at a neighbour; when the filters hide it, they are cleared."""
    if not is_chosen:
        filters.clear()
    links.go(track=id)
