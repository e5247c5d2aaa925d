"""Map: the data set on a plane; click a point to hear it, and its nearest neighbours.

Where the tracks lie is computed once and kept.
"""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Final

import numpy as np
import streamlit as st

from mgc.charts import descriptors
from mgc.charts import maps as drawing
from mgc.charts.theme import GREY, percent
from mgc.datasets.base import normalised_artist
from mgc.errors import DatasetError
from mgc.evaluation import statistics
from mgc.extraction import maps
from mgc.features.descriptors import COLUMNS
from mgc.genres import display_name, palette
from mgc.splits import known_duplicates, make_split
from mgc.ui import export, links
from mgc.ui.explore import extraction, hearing, listen
from mgc.ui.explore.selection import BY_DATA, genre_words, open_track
from mgc.ui.text import shorten

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from mgc.charts.theme import Chart, Rows
    from mgc.datasets.base import Track
    from mgc.ui.explore.selection import Selection

__all__ = ["QUIET", "Place", "can_fold", "find_place", "folds", "grouped", "notes_of", "offered_spaces", "show", "what"]

METHODS: Final = {"pca": "PCA", "tsne": "t-SNE"}
COLOURINGS: Final = {"genre": "Genre", "artist": "Artist", "tempo": "Tempo", "fold": "Fold"}
NEIGHBOURS: Final = 5
_KEY: Final = "map_board"  # not "explore_...": those are the choices kept in the URL


def show(selection: Selection) -> None:
    """Draw the view."""
    if not extraction.invite(selection, "the map"):
        return
    spaces = offered_spaces(selection)
    if not spaces:
        st.info("A map needs the features of at least two tracks.", icon=":material/scatter_plot:")
        return
    is_offered = {"artist": any(track.artist for track in selection.dataset.tracks), "fold": can_fold(selection)}
    offered = {key: words for key, words in COLOURINGS.items() if is_offered.get(key, True)}
    with st.container(horizontal=True, gap="medium"):
        method = links.one("map", METHODS, label="Method", default="pca")
        space = next(iter(spaces))
        if len(spaces) > 1:
            space = links.one("of", spaces, label="Computed from", default=space)
        colouring = links.one("colour", offered, label="Colour by", default="genre", wrap=True)
    place = find_place(selection, space, method)
    # Map and track stand side by side above the choice of a track, which they need to know; on a phone they stack.
    board, beside = st.columns([3, 2], gap="medium")
    track = listen.pick(selection)
    row = place.row(track.id)
    near = place.near(row, NEIGHBOURS) if row is not None else ()
    with board:
        _board(selection, place, colouring, row, near)
    with beside:
        listen.panel(selection, track, "mel", scope="explore_map_player", plays=listen.new_click())
        listen.open_button(selection, track.id, key="map_open")
    if row is None:
        st.caption("This track is not on the map: it has no features.")
    else:
        _neighbours(selection, place, track, near)


def _board(selection: Selection, place: Place, colouring: str, row: int | None, near: tuple[int, ...]) -> None:
    if colouring == "fold" and not folds(selection):
        st.caption("Too few artists for artist-grouped folds, so the colours show the genres.")
        colouring = "genre"
    shown = {track.id for track in selection.chosen}
    notes = notes_of(selection, place, colouring)
    points = drawing.Points(
        places=place.where,
        ids=place.ids,
        words=[
            f"{listen.label(track)} ({', '.join(filter(None, (shorten(display_name(track.genre), 24), note)))})"
            for track, note in zip(place.tracks, notes, strict=True)
        ],
        shown=np.array([id in shown for id in place.ids], dtype=bool),
        marked=row,
        near=near,
    )
    chart = _coloured(selection, place, points, colouring)
    count = len(selection.dataset.tracks) - len(place.ids)
    away = f" {count:,} tracks are not on the map: they have no features." if count else ""
    away = " 1 track is not on the map: it has no features." if count == 1 else away
    rings = f" Rings mark {shorten(place.ids[row], 40)} and its neighbours." if row is not None else ""
    notes = notes if colouring == "fold" else []
    tie = " In a tie, the artists of the chosen track and its neighbours come first." if colouring == "artist" else ""
    export.draw(
        replace(chart, caption=f"{chart.caption}{away}", help=f"{chart.help} {place.axes}{rings}{tie}".strip()),
        key=_KEY,
        name=f"{selection.id} map {place.name} {colouring}",
        rows=_rows(place, notes),
        buttons=drawing.BUTTONS,
        on_select=lambda: listen.clicked(_KEY),
        selection_mode="points",
    )


def _rows(place: Place, folds: list[str]) -> Rows:
    """Return the numbers of a map, with each track's fold where that colours it."""
    head = ["track", "genre", "artist", "x", "y", "tempo, beats per minute", *["fold"] * bool(folds)]
    more = [*np.round(place.where, 4).T.tolist(), place.tempo.tolist(), *[folds] * bool(folds)]
    who = ((track.id, track.genre, track.artist) for track in place.tracks)
    return head, [(*track, *rest) for track, *rest in zip(who, *more, strict=True)]


def _coloured(selection: Selection, place: Place, points: drawing.Points, colouring: str) -> Chart:
    if colouring == "tempo":
        return drawing.by_number(points, place.tempo, what="tempo", unit="beats per minute")
    first = () if points.marked is None else (points.marked, *points.near)
    groups, colours = grouped(selection, place, colouring, first)
    return drawing.by_group(points, groups, colours, what=what(selection, place, colouring), quiet=QUIET)


def _neighbours(selection: Selection, place: Place, track: Track, near: tuple[int, ...]) -> None:
    """List what lies nearest, each with its sound."""
    same = sum(place.tracks[row].genre == track.genre for row in near)
    st.markdown("#### Nearest neighbours", anchors=False)
    st.caption(
        f"Same label ({genre_words(track.genre)}): {same} of {len(near)}.",
        help=f"Distances are measured in all {place.table.shape[1]} dimensions, not on the map.",
    )
    for row in near:
        _neighbour(selection, place.tracks[row])


def _neighbour(selection: Selection, track: Track) -> None:
    words, sound = st.columns([5, 4], vertical_alignment="center", gap="small")
    with words.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.text(listen.label(track), wrap=False, width="stretch")
        st.caption(genre_words(track.genre), width="content")
    with sound.container(horizontal=True, vertical_alignment="center", gap="small"):
        heard = hearing.at_once(track)
        if heard is None:
            st.caption("No audio.", width="stretch")
        else:
            st.audio(heard.data, format=heard.mime, alt=f"The track {shorten(track.id)}")
        given = (track.id, selection.passes(track.id), "map")
        st.button("Show", key=f"near_{track.id}", type="tertiary", on_click=open_track, args=given)


SPACES: Final = {"descriptors": "57 descriptors", "embeddings": "YAMNet embeddings"}
MOST_ARTISTS: Final = 10  # with a colour of their own; more colours cannot be told apart
FOLDS: Final = 5  # fewer where the rarest genre or the artists allow no more
UNKNOWN: Final = "unknown artist"
OTHERS: Final = "other artists"
NO_FOLD: Final = "in no fold"
QUIET: Final = (UNKNOWN, OTHERS, NO_FOLD)  # groups that step back
WEIGHTS: Final = 2  # descriptors that are named for an axis


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """A map of the tracks of which enough was measured."""

    name: str  # method and space: "pca descriptors"
    tracks: tuple[Track, ...]
    ids: tuple[str, ...]
    table: npt.NDArray[np.float64]  # [shape=(n, p)] what was placed
    where: npt.NDArray[np.float64]  # [shape=(n, 2)] on the plane
    tempo: npt.NDArray[np.float64]  # [shape=(n,), beats per minute] NaN where unknown
    axes: str  # what they stand for, in words

    def row(self, id: str) -> int | None:
        """Return where a track stands, None when it is not on the map."""
        return self.ids.index(id) if id in self.ids else None

    def near(self, row: int, k: int) -> tuple[int, ...]:
        """Return the rows of the ``k`` nearest tracks, measured in all numbers."""
        return tuple(int(one) for one in statistics.neighbours(self.table, row, k))


def offered_spaces(selection: Selection) -> dict[str, str]:
    """Return what a map can be made of, with words for each; nothing when too little was measured."""
    if selection.collected is None:
        return {}
    held = selection.collected
    known = {"descriptors": held.has_descriptors.sum(), "embeddings": held.has_embedding.sum()}
    return {name: words for name, words in SPACES.items() if known[name] > 1}


def find_place(selection: Selection, space: str, method: str) -> Place:
    """Return the map of all tracks, whatever the filters: a point does not move when others are hidden.

    t-SNE takes seconds the first time: meanwhile its progress is drawn, and the map by PCA is returned.
    """
    if method == "tsne":
        with suppress(DatasetError):
            return _place(selection, space, method)
        words = "t-SNE is being computed; until it is ready, the map shows PCA."
        job = maps.latest(selection.id, space)
        extraction.work(job, partial(maps.start, selection.id, space), words, key="map")
    return _place(selection, space, "pca")


@st.cache_resource(max_entries=8, show_spinner=False, hash_funcs=BY_DATA)
def _place(selection: Selection, space: str, method: str) -> Place:
    """Return a map; one by t-SNE that has not been computed is a DatasetError, which is not kept."""
    collected = selection.collected
    assert collected is not None  # noqa: S101 - offered_spaces() said so
    by_id = {track.id: track for track in selection.dataset.tracks}
    rows, table = maps.table(collected, list(by_id), space)
    where = maps.find(selection.id, table) if method == "tsne" else statistics.project(table)
    if where is None:
        raise DatasetError("The map by t-SNE has not been computed yet.")
    return Place(
        name=f"{method} {space}",
        tracks=tuple(by_id[collected.ids[row]] for row in rows),
        ids=tuple(collected.ids[row] for row in rows),
        table=table,
        where=where,
        tempo=np.asarray(collected.descriptors)[rows, COLUMNS.index("tempo")],
        axes=_axes(table, method, COLUMNS if space == "descriptors" else ()),
    )


def _axes(table: npt.NDArray[np.float64], method: str, columns: Sequence[str]) -> str:
    """Say what the axes of a map stand for, with the columns that weigh most in them."""
    if method == "tsne":
        return "t-SNE keeps neighbours together. Distances between groups, and the axes, have no meaning."
    found = statistics.directions(table)
    said = []
    for way, axis in zip(("left to right", "bottom to top"), found, strict=False):
        most = np.argsort(-np.abs(axis.weights), kind="stable")[:WEIGHTS] if columns else ()
        words = [f"{'more' if axis.weights[at] > 0 else 'less'} {descriptors.name(columns[at])}" for at in most]
        said.append(f"{way} {percent(axis.share)}{' (' * bool(words)}{'; '.join(words)}{')' * bool(words)}")
    if not said:
        return ""
    shown = percent(sum(axis.share for axis in found))
    return f"The two axes explain {shown} of the variance: {', '.join(said)}."


def grouped(
    selection: Selection, place: Place, colouring: str, first: Sequence[int] = ()
) -> tuple[list[str], dict[str, str]]:
    """Return each track's group in words, and the groups' colours in the order of a legend.

    ``colouring`` is "genre", "artist" or "fold". Artists in the rows ``first`` get a colour before others who have as
    many tracks.
    """
    if colouring == "artist":
        return _by_artist(selection, place, first)
    if colouring == "fold":
        fold = folds(selection)
        names = [f"fold {fold[id]}" if id in fold else NO_FOLD for id in place.ids]
        hues = palette([f"fold {number}" for number in range(1, max(fold.values(), default=0) + 1)])
        return names, {**hues, NO_FOLD: GREY}
    hues = selection.colours
    shown = {genre: shorten(display_name(genre), 24) for genre in hues}
    return [shown[track.genre] for track in place.tracks], {shown[genre]: hue for genre, hue in hues.items()}


def what(selection: Selection, place: Place, colouring: str) -> str:
    """Return what a colour stands for and by which rule, to end "coloured by ..."."""
    if colouring == "fold":
        k = max(folds(selection).values(), default=0)
        most = "" if k == FOLDS else ", the most that these genres and artists allow"
        return f"test fold ({k} folds grouped by artist, where known{most})"
    artists = {normalised_artist(track.artist) for track in selection.chosen} - {""}
    if colouring == "artist" and len(artists) > MOST_ARTISTS:
        return f"artist (the {MOST_ARTISTS} with the most tracks)"
    return colouring


def notes_of(selection: Selection, place: Place, colouring: str) -> list[str]:
    """Return of each track what colours it, in words, where its name and genre do not say it; else ``""``."""
    if colouring == "tempo":
        return [f"{tempo:.0f} beats per minute" if np.isfinite(tempo) else "no tempo" for tempo in place.tempo]
    if colouring == "fold":
        return grouped(selection, place, "fold")[0]
    return [UNKNOWN if colouring == "artist" and not normalised_artist(track.artist) else "" for track in place.tracks]


def _by_artist(selection: Selection, place: Place, first: Sequence[int]) -> tuple[list[str], dict[str, str]]:
    """Colour those with most tracks under the filters: of the others' points no colour is seen."""
    keys = [normalised_artist(track.artist) for track in place.tracks]
    spelt = {key: shorten(track.artist, 30) for key, track in zip(keys, place.tracks, strict=True)}
    chosen = {track.id for track in selection.chosen}
    counts = Counter(key for key, id in zip(keys, place.ids, strict=True) if key and id in chosen)
    wanted = [keys[row] for row in first]
    largest = sorted(counts, key=lambda key: (-counts[key], wanted.index(key) if key in wanted else len(wanted)))
    most = [key for key, _ in counts.most_common() if key in largest[:MOST_ARTISTS]]
    words = [spelt[key] if key in most else OTHERS if key else UNKNOWN for key in keys]
    hues = palette(spelt[key] for key in most)
    return words, {**hues, OTHERS: GREY, UNKNOWN: "#B0B4B8"}


def can_fold(selection: Selection) -> bool:
    """Return whether folds over artists are worth a try: two tracks in each genre, and two artists."""
    genres = Counter(track.genre for track in selection.dataset.tracks)
    artists = {normalised_artist(track.artist) or track.id for track in selection.dataset.tracks}
    return min(genres.values(), default=0) > 1 and len(artists) > 1


def folds(selection: Selection) -> dict[str, int]:
    """Return the fold that tests each track, of as many as can be dealt; nothing when not even two can be."""
    rarest = min(Counter(track.genre for track in selection.dataset.tracks).values())
    for k in range(min(FOLDS, rarest), 1, -1):
        with suppress(DatasetError):  # too few artists for so many
            return _folds(selection, k)
    return {}


@st.cache_resource(max_entries=4, show_spinner=False, hash_funcs=BY_DATA)
def _folds(selection: Selection, k: int) -> dict[str, int]:
    """Return the fold in which each track is tested when no artist may stand on two sides, counted from 1."""
    same = known_duplicates(selection.report, selection.collected)
    split = make_split(selection.dataset.tracks, "artists", k=k, together=same)
    return {id: number for number, fold in enumerate(split.folds, start=1) for id in fold.test}
