"""Which tracks are asked for: one set of filters for all views, kept in the URL."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import streamlit as st

from mgc.datasets.base import normalised_artist
from mgc.genres import display_name
from mgc.ui.explore import links
from mgc.ui.text import plain, shorten

if TYPE_CHECKING:
    from mgc.datasets.base import Dataset, Track
    from mgc.datasets.validation import Report

__all__ = ["NO_FILTERS", "Filters", "apply", "choose", "clear", "open_track", "say"]

NAMES: Final = ("genre", "artist", "only", "words")
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
        "audio", "picture", "found" (the validation says something), "clean", or a published part; ``""`` for all
    words : str
        that stand in a track's id, artist or title
    """

    genres: tuple[str, ...] = ()
    artist: str = ""
    only: str = ""
    words: str = ""

    @property
    def beyond_genre(self) -> int:
        """How many filters other than the genre are set."""
        return sum(bool(value) for value in (self.artist, self.only, self.words))


NO_FILTERS: Final = Filters()


def choose(dataset: Dataset, report: Report | None) -> Filters:
    """Draw the filters and return what is set."""
    tracks = dataset.tracks
    counts = Counter(track.genre for track in tracks)
    genres = {genre: plain(shorten(display_name(genre), 24)) for genre in dataset.genres if counts[genre]}
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        picked = links.many("genre", genres, label="Genres", width="stretch")
        with st.popover(_more_label(), icon=":material/filter_alt:"):
            artist = _artist(tracks)
            only = links.one("only", _kinds(tracks, report), label="Only", look="select", placeholder="All tracks")
            words = links.words("words", label="Words in the name", placeholder="id, artist or title")
    return Filters(picked, artist or "", only or "", words.strip())


def apply(dataset: Dataset, report: Report | None, filters: Filters) -> tuple[Track, ...]:
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


def clear() -> None:
    """Ask for everything again; a callback."""
    links.go(genre=[], artist=None, only=None, words="")


def open_track(id: str, view: str = "listen") -> None:
    """Show a track; a callback for buttons in any view."""
    links.go(view=view, track=id)


def say(filters: Filters, shown: int, total: int) -> str:
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
    """Return the kinds of track that tell some of these tracks from others."""
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


def _more_label() -> str:
    used = sum(bool(st.session_state.get(links.key(name))) for name in NAMES[1:])
    return f"Filters ({used})" if used else "Filters"
