"""Overview: how many tracks, of whom, how long and how loud; whether the copy is whole; where it comes from."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

import numpy as np
import streamlit as st

from mgc.audit.artists import concentration, is_dominated
from mgc.charts import balance, distributions
from mgc.charts.theme import percent
from mgc.datasets.base import normalised_artist
from mgc.genres import display_name
from mgc.ui.explore import checking, export, measured
from mgc.ui.text import plain, shorten

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mgc.datasets.base import Track
    from mgc.datasets.validation import Report
    from mgc.ui.explore.selection import Selection

__all__ = ["show"]

SOURCES: Final = {
    "gtzan": "GTZAN (Tzanetakis and Cook, 2002).",
    "folder": "A folder on this machine.",
    "upload": "Uploaded here.",
}
ALIKE: Final = 0.005  # of the largest: a drawing of such small differences would blow them up
# measure -> (label, unit, factor)
MEASURES: Final = (
    ("seconds", "Length", " s", 1.0),
    ("sample_rate", "Sample rate", " kHz", 1e-3),
    ("rms_db", "Level (RMS)", " dB", 1.0),
    ("peak_db", "Peak", " dB", 1.0),
)


def show(selection: Selection) -> None:
    """Draw the view."""
    _figures(selection)
    left, right = st.columns(2, gap="medium")
    with left:
        st.markdown("#### Tracks", anchors=False)
        _balance(selection)
    with right:
        st.markdown("#### Artists", anchors=False)
        _artists(selection)
    if selection.report is not None:
        _measures(selection, selection.report)
    checking.show(selection)
    _provenance(selection)
    measured.show(selection)


def _figures(selection: Selection) -> None:
    tracks = selection.chosen
    heard = sum(track.audio is not None for track in tracks)
    named = [normalised_artist(track.artist) for track in tracks]
    artists, unknown = set(named) - {""}, named.count("")
    figures = (
        ("Tracks", f"{len(tracks):,}", ""),
        ("Genres", f"{len({track.genre for track in tracks})}", ""),
        (
            "With audio",
            f"{heard:,}",
            "" if heard == len(tracks) else "The others have only a picture or a table's row.",
        ),
        ("Artists known", f"{len(artists):,}", f"{unknown:,} tracks name no artist." if unknown else ""),
        ("Music", _minutes(selection), "Of the tracks with audio, as measured or as published."),
    )
    with st.container(horizontal=True, gap="small", key="explore_figures"):
        for label, value, note in figures:
            st.metric(label, value, help=note or None, border=True, width="stretch")


def _minutes(selection: Selection) -> str:
    measures = selection.report.measures if selection.report else {}
    seconds = 0.0
    for track in selection.chosen:
        if track.audio is not None:
            measured = measures.get(track.id)
            seconds += measured.seconds if measured else track.seconds or 0.0
    return f"{seconds / 3600:.1f} h" if seconds > 5400 else f"{seconds / 60:.0f} min"


def _balance(selection: Selection) -> None:
    heard = Counter(track.genre for track in selection.chosen if track.audio is not None)
    silent = Counter(track.genre for track in selection.chosen if track.audio is None)
    genres = [genre for genre in selection.dataset.genres if heard[genre] + silent[genre]]
    counts = {genre: (heard[genre], silent[genre]) for genre in genres}
    rows = [(genre, *counts[genre]) for genre in genres]
    chart = balance.tracks_per_genre(counts, colours=selection.colours)
    export.draw(
        chart, key="balance", name=f"{selection.id} tracks", rows=(("genre", "with audio", "without audio"), rows)
    )


def _artists(selection: Selection) -> None:
    counts = {
        genre: _pieces([track for track in selection.chosen if track.genre == genre])
        for genre in selection.dataset.genres
        if any(track.genre == genre for track in selection.chosen)
    }
    if not any(artist for pieces in counts.values() for artist, _ in pieces):
        st.info(
            "Nobody knows who plays here, so nobody can say whether a model learns the genre or the singer.",
            icon=":material/person_off:",
        )
        return
    rows = [(genre, artist, number) for genre, pieces in counts.items() for artist, number in pieces]
    export.draw(
        balance.artists(counts, colours=selection.colours),
        key="artists",
        name=f"{selection.id} artists",
        rows=(("genre", "artist", "tracks"), rows),
    )
    _most_concentrated(selection)


def _pieces(tracks: Sequence[Track]) -> list[tuple[str, int]]:
    """Return (artist, tracks), largest first, "" last; spellings of one artist are one."""
    spelled = {normalised_artist(track.artist): track.artist for track in tracks}
    counts = Counter(normalised_artist(track.artist) for track in tracks)
    ranked = sorted(counts.items(), key=lambda item: (not item[0], -item[1], item[0]))
    return [(spelled[name] if name else "", number) for name, number in ranked]


def _most_concentrated(selection: Selection) -> None:
    """Say where one artist stands for much of a genre."""
    loud = [one for one in concentration(selection.chosen, selection.dataset.genres) if is_dominated(one)]
    if loud:
        said = ", ".join(
            f"{percent(one.share)} of {plain(display_name(one.genre))} is {plain(shorten(one.largest))}"
            for one in loud[:3]
        )
        st.caption(f"Most concentrated: {said}.")


def _measures(selection: Selection, report: Report) -> None:
    held = [report.measures[track.id] for track in selection.chosen if track.id in report.measures]
    if not held:
        return
    st.markdown("#### Sound as it is", anchors=False)
    rows = [
        (track.id, m.seconds, m.sample_rate, m.channels, m.peak_db, m.rms_db)
        for track in selection.chosen
        if (m := report.measures.get(track.id)) is not None
    ]
    for column, (name, label, unit, factor) in zip(st.columns(4, gap="small"), MEASURES, strict=True):
        values = [getattr(measure, name) * factor for measure in held]
        with column.container(border=True, height="stretch", gap="xsmall"):
            st.markdown(f"**{label}**")
            low, high = min(values), max(values)
            if high - low <= ALIKE * abs(high):
                st.metric(label, f"{float(np.median(values)):.4g}{unit}", label_visibility="collapsed")
                ends = f"{low:.6g}", f"{high:.6g}"
                st.caption("The same for every track." if ends[0] == ends[1] else f"From {ends[0]} to {ends[1]}{unit}.")
            else:
                chart = distributions.histogram(values, label=label, unit=unit)
                export.draw(chart, key=f"measure_{name}", name=f"{selection.id} {label}")
    with st.expander("As a table", icon=":material/table:"):
        head = ("track", "seconds", "sample rate, Hz", "channels", "peak, dB", "RMS, dB")
        export.table((head, rows), key="measures", name=f"{selection.id} measures")


def _provenance(selection: Selection) -> None:
    st.markdown("#### Where it comes from", anchors=False)
    st.markdown(f"{SOURCES.get(selection.dataset.source, '')} {plain(selection.dataset.licence)}")
    if selection.dataset.tables:
        st.caption("Tables that came with it: " + ", ".join(plain(name) for name in selection.dataset.tables) + ".")
