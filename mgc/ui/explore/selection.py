"""One data set, what is known of it, and which of its tracks are asked for: filters for all views, kept in the URL."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import streamlit as st

from mgc.charts.theme import visible
from mgc.datasets.base import normalised_artist
from mgc.genres import display_name, palette
from mgc.ui.explore import links
from mgc.ui.text import plain, shorten

if TYPE_CHECKING:
    import numpy.typing as npt

    from mgc.datasets.base import Dataset, Track
    from mgc.datasets.validation import Report
    from mgc.extraction.collected import Collected

__all__ = [
    "NO_FILTERS",
    "Filters",
    "Known",
    "Selection",
    "apply_filters",
    "choose_filters",
    "clear_filters",
    "forget",
    "genre_words",
    "in_words",
    "known",
    "open_track",
    "revision",
]

PARTS: Final = {
    "train": "Published partition: training",
    "valid": "Published partition: validation",
    "test": "Published partition: test",
    "excluded": "Left out of the published partition",
}


@dataclass(frozen=True, slots=True)
class Filters:
    """What is asked for; hashable, so that caches can be kept under it.

    Attributes
    ----------
    genres : tuple of str
        none means all
    artist : str
        normalised name, ``""`` for all
    only : str
        "audio", "picture", "found" (the validation has a finding), "clean", or a published part; ``""`` for all
    words : str
        that stand in a track's id, artist or title
    """

    genres: tuple[str, ...] = ()
    artist: str = ""
    only: str = ""
    words: str = ""


NO_FILTERS: Final = Filters()


@dataclass(frozen=True, slots=True, eq=False)
class Known:
    """A data set with all that was worked out about it so far; shared by all sessions, never written to.

    Attributes
    ----------
    id : str
        of the data set in the registry
    revision : str
        changes whenever the data set or what was worked out about it changes: with ``id`` the key of every cache
    dataset : Dataset
    report : Report or None
        None until the data set has been validated
    collected : Collected or None
        None until the sound has been measured
    """

    id: str
    revision: str
    dataset: Dataset
    report: Report | None
    collected: Collected | None

    def under(self, filters: Filters) -> Selection:
        """Return the data set under a visitor's filters."""
        chosen = apply_filters(self.dataset, self.report, filters)
        return Selection(self.id, self.revision, self.dataset, self.report, self.collected, chosen, filters)


@dataclass(frozen=True, slots=True, eq=False)
class Selection(Known):
    """One data set under the filters of one visitor; ``chosen`` are the tracks they leave, in the data set's order."""

    chosen: tuple[Track, ...]
    filters: Filters

    @property
    def key(self) -> tuple[str, str, Filters]:
        """What a cached result of these tracks is kept under."""
        return self.id, self.revision, self.filters

    @property
    def colours(self) -> dict[str, str]:
        """The colour of each genre of the data set, the same in every chart, whatever the filters leave."""
        return {genre: visible(colour) for genre, colour in palette(self.dataset.genres).items()}

    def passes(self, id: str) -> bool:
        """Return whether a track passes the filters."""
        return any(track.id == id for track in self.chosen)

    def rows(self) -> npt.NDArray[np.int64]:
        """Return where the chosen tracks stand in ``collected`` [shape=(m,)]; a track that is not there is left out."""
        if self.collected is None:
            return np.zeros(0, np.int64)
        wanted = {track.id for track in self.chosen}
        return np.flatnonzero([name in wanted for name in self.collected.ids])


def known(id: str) -> Known:
    """Return what is known of a data set; read again only when something about it has changed.

    Raises
    ------
    DatasetError
        when there is no such data set, or the studio is not made yet
    """
    return _known(id, revision(id))


def forget() -> None:
    """Drop all that is kept in memory; for a data set that was removed."""
    _known.clear()


@st.cache_resource(max_entries=4, show_spinner=False)
def _known(id: str, revision: str) -> Known:
    from mgc.datasets import registry, validation
    from mgc.extraction import collected

    dataset = registry.open_dataset(id)
    return Known(id, revision, dataset, validation.kept(id, dataset), collected.collected(id))


def revision(id: str) -> str:
    """Return a word that changes with a data set's record, its report and what was measured."""
    from mgc.datasets import registry

    folder = registry.folder(id)
    files = [*folder.glob("*.json"), *folder.glob("extraction/collected.json")]
    newest = max((file.stat().st_mtime_ns for file in files), default=0)
    return f"{len(files)}-{newest:x}"


def choose_filters(dataset: Dataset, report: Report | None) -> Filters:
    """Draw the filters and return what is set."""
    tracks = dataset.tracks
    there = {track.genre for track in tracks}
    genres = {genre: genre_words(genre) for genre in dataset.genres if genre in there}
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        picked = links.many("genre", genres, label="Genres", width="stretch" if len(genres) > 4 else "content")
        used = sum(bool(st.session_state.get(links.key(name))) for name in ("artist", "only", "words"))
        with st.popover(f"Filters ({used})" if used else "Filters", icon=":material/filter_alt:"):
            artist = _artist(tracks)
            only = links.one("only", _kinds(tracks, report), label="Only", look="select", placeholder="All tracks")
            words = links.words("words", label="Name contains", placeholder="id, artist or title")
    return Filters(picked, artist or "", only or "", words.strip())


def genre_words(genre: str) -> str:
    """Return a genre's name for Markdown, at most 24 characters of it."""
    return plain(shorten(display_name(genre), 24))


def apply_filters(dataset: Dataset, report: Report | None, filters: Filters) -> tuple[Track, ...]:
    """Return the tracks that pass, in the data set's order."""
    if filters == NO_FILTERS:
        return dataset.tracks
    found = _found(report)
    genres, needle = set(filters.genres), filters.words.casefold()
    return tuple(
        track
        for track in dataset.tracks
        if (not genres or track.genre in genres)
        and (not filters.artist or normalised_artist(track.artist) == filters.artist)
        and (not filters.only or _is(track, filters.only, found))
        and (not needle or needle in f"{track.id} {track.artist} {track.title}".casefold())
    )


def clear_filters() -> None:
    """Ask for everything again; a callback."""
    links.go(genre=[], artist=None, only=None, words="")


def open_track(id: str, passes: bool = True) -> None:
    """Show a track in Listen and look, without the filters when they would hide it; a callback."""
    if not passes:
        clear_filters()
    links.go(view="listen", track=id)


def in_words(filters: Filters, shown: int, total: int) -> str:
    """Return in one line of Markdown what is shown."""
    if filters == NO_FILTERS:
        return f"{total:,} track{'s' * (total != 1)}"
    what = [", ".join(plain(display_name(genre)) for genre in filters.genres)] if filters.genres else []
    what += [plain(shorten(word)) for word in (filters.artist, filters.words) if word]
    return f"**{shown:,} of {total:,} tracks** \N{MIDDLE DOT} " + " \N{MIDDLE DOT} ".join(what or ["filtered"])


def _artist(tracks: tuple[Track, ...]) -> str | None:
    """Draw the choice of an artist, the one with most tracks first."""
    counts = Counter(normalised_artist(track.artist) for track in tracks)
    del counts[""]
    names = {normalised_artist(track.artist): track.artist for track in tracks}
    options = {name: f"{shorten(names[name], 40)} ({count})" for name, count in counts.most_common()}
    return links.one("artist", options, label="Artist", look="select", placeholder="All artists", disabled=not options)


def _kinds(tracks: tuple[Track, ...], report: Report | None) -> dict[str, str]:
    """Return the kinds of track that some of these tracks are of, and others are not."""
    words = {
        "audio": "With audio",
        "picture": "With a picture",
        "found": "With a finding",
        "clean": "Without a finding",
        **PARTS,
    }
    found = _found(report)
    some = {kind: sum(_is(track, kind, found) for track in tracks) for kind in words}
    return {kind: f"{label} ({some[kind]:,})" for kind, label in words.items() if 0 < some[kind] < len(tracks)}


def _is(track: Track, kind: str, found: frozenset[str]) -> bool:
    if kind == "audio":
        return track.audio is not None
    if kind == "picture":
        return track.picture is not None
    if kind in ("found", "clean"):
        return (track.id in found) == (kind == "found")
    return track.part == kind


def _found(report: Report | None) -> frozenset[str]:
    return frozenset(finding.track for finding in report.findings) if report else frozenset()
