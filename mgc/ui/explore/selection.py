"""One data set, what is known of it, and which of its tracks are asked for: filters for all views, kept in the URL."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import streamlit as st

from mgc.charts.theme import visible
from mgc.datasets import registry, validation
from mgc.datasets.base import normalised_artist
from mgc.extraction.collected import collected
from mgc.genres import display_name, palette
from mgc.ui import links
from mgc.ui.text import plain, shorten

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from mgc.datasets.base import Dataset, Track
    from mgc.datasets.validation import Report
    from mgc.extraction.collected import Collected

    _Hashes = dict[str | type[Any], Callable[[Any], Any]]

__all__ = ["BY_DATA", "BY_FILTERS", "NO_FILTERS", "Filters", "Known", "Selection", "apply_filters", "choose_filters",
           "clear_filters", "forget", "genre_words", "in_words", "known", "open_set", "open_track",
           "revision"]  # fmt: skip

KINDS: Final = {
    "audio": "With audio",
    "picture": "With a picture",
    "found": "With a finding",
    "clean": "Without a finding",
    "train": "Published partition: training",
    "valid": "Published partition: validation",
    "test": "Published partition: test",
    "excluded": "Left out of the published partition",
}


@dataclass(frozen=True, slots=True)
class Filters:
    """What is asked for, all where a field is empty; hashable, so that caches can be kept under it."""

    genres: tuple[str, ...] = ()
    artist: str = ""  # normalised name
    only: str = ""  # "audio", "picture", "found" (the validation has a finding), "clean", or a published part
    words: str = ""  # that stand in a track's id, artist or title


NO_FILTERS: Final = Filters()


@dataclass(frozen=True, slots=True, eq=False)
class Known:
    """A data set with all that was worked out about it so far; shared by all sessions, never written to."""

    id: str  # in the registry
    revision: str  # changes with the data set and what was worked out about it: with the id the key of every cache
    dataset: Dataset
    report: Report | None  # None until the data set has been validated
    collected: Collected | None  # None until the sound has been measured

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


# What a result is cached under, for ``hash_funcs`` of Streamlit's caches.
BY_DATA: Final[_Hashes] = {Selection: lambda here: (here.id, here.revision)}
BY_FILTERS: Final[_Hashes] = {Selection: lambda here: (here.id, here.revision, here.filters)}


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
    dataset = registry.open_dataset(id)
    return Known(id, revision, dataset, validation.kept(id, dataset), collected(id))


def revision(id: str) -> str:
    """Return a word that changes with a data set's record, its report and what was measured."""
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
    return Filters(picked, artist, only, words.strip())


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


def open_set(id: str) -> None:
    """Show the overview of another data set, all of it; a callback."""
    clear_filters()
    links.go(set=id, view="overview")


def open_track(id: str, passes: bool = True, view: str = "listen") -> None:
    """Show a track in a view, without the filters when they would hide it; a callback."""
    if not passes:
        clear_filters()
    links.go(view=view, track=id)


def in_words(filters: Filters, shown: int, total: int) -> str:
    """Return in one line of Markdown what is shown."""
    if filters == NO_FILTERS:
        return f"{total:,} track{'s' * (total != 1)}"
    what = [", ".join(plain(display_name(genre)) for genre in filters.genres)] if filters.genres else []
    what += [plain(shorten(word)) for word in (filters.artist, filters.words) if word]
    return f"**{shown:,} of {total:,} tracks** \N{MIDDLE DOT} " + " \N{MIDDLE DOT} ".join(what or ["filtered"])


def _artist(tracks: tuple[Track, ...]) -> str:
    """Draw the choice of an artist, the one with most tracks first."""
    counts = Counter(normalised_artist(track.artist) for track in tracks)
    names = {normalised_artist(track.artist): shorten(track.artist, 40) for track in tracks}
    options = {name: f"{names[name]} ({count})" for name, count in counts.most_common() if name}
    return links.one("artist", options, label="Artist", look="select", placeholder="All artists", disabled=not options)


def _kinds(tracks: tuple[Track, ...], report: Report | None) -> dict[str, str]:
    """Return the kinds of track that some of these tracks are of, and others are not."""
    found = _found(report)
    some = {kind: sum(_is(track, kind, found) for track in tracks) for kind in KINDS}
    return {kind: f"{label} ({some[kind]:,})" for kind, label in KINDS.items() if 0 < some[kind] < len(tracks)}


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
