"""Overview: tracks, artists, lengths and levels; what the check found; where the data comes from; what was measured."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

import streamlit as st

from mgc import jobs, weights
from mgc.audit.report import concentration, is_dominated
from mgc.charts import distributions
from mgc.charts.theme import percent
from mgc.datasets.background import check
from mgc.datasets.base import normalised_artist
from mgc.extraction import job as extraction_job
from mgc.genres import display_name
from mgc.ui import background, export
from mgc.ui.explore import extraction
from mgc.ui.explore.selection import open_track
from mgc.ui.text import plain, shorten

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mgc.audit.report import BrokenFile
    from mgc.datasets.base import Track
    from mgc.datasets.validation import Finding, Report
    from mgc.extraction.collected import Collected
    from mgc.ui.explore.selection import Selection

__all__ = ["findings", "measured", "show"]

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
    parts = (("Tracks", _balance), ("Artists", _artists))
    for column, (heading, draw) in zip(st.columns(2, gap="medium"), parts, strict=True):
        with column:
            st.markdown(f"#### {heading}", anchors=False)
            draw(selection)
    if selection.report is not None:
        _measures(selection, selection.report)
    _check(selection)
    _provenance(selection)
    measured(selection)


def _figures(selection: Selection) -> None:
    tracks = selection.chosen
    heard = sum(track.audio is not None for track in tracks)
    artists = Counter(normalised_artist(track.artist) for track in tracks)
    unknown = artists.pop("", 0)
    figures = (
        ("Tracks", f"{len(tracks):,}", ""),
        ("Genres", f"{len({track.genre for track in tracks})}", ""),
        ("With audio", f"{heard:,}", "The others have only a picture or a table row." if heard < len(tracks) else ""),
        (
            "Known artists",
            f"{len(artists):,}" if artists else "",
            f"{unknown:,} tracks have no known artist." if unknown else "",
        ),
        ("Duration", _minutes(selection), "Total duration of the tracks with audio."),
    )
    with st.container(horizontal=True, gap="small", key="explore_figures"):
        for label, value, note in figures:
            if value:  # a card with nothing to say is left out
                st.metric(label, value, help=note or None, border=True, width="stretch")


def _minutes(selection: Selection) -> str:
    measures = selection.report.measures if selection.report else {}
    seconds = 0.0
    for track in selection.chosen:
        if track.audio is not None:
            measured = measures.get(track.id)
            seconds += measured.seconds if measured else track.seconds or 0.0
    if seconds < 60:
        return f"{seconds:.0f} s" if seconds else ""
    return f"{seconds / 3600:.1f} h" if seconds > 5400 else f"{seconds / 60:.0f} min"


def _balance(selection: Selection) -> None:
    found = Counter((track.genre, track.audio is not None) for track in selection.chosen)
    counts = {genre: (found[genre, True], found[genre, False]) for genre in _genres(selection)}
    rows = ("genre", "with audio", "without audio"), [(genre, *pair) for genre, pair in counts.items()]
    chart = distributions.tracks_per_genre(counts, colours=selection.colours)
    export.draw(chart, key="balance", name=f"{selection.id} tracks", rows=rows)


def _genres(selection: Selection) -> list[str]:
    """Return the genres of the chosen tracks, in the data set's order."""
    there = {track.genre for track in selection.chosen}
    return [genre for genre in selection.dataset.genres if genre in there]


def _artists(selection: Selection) -> None:
    counts = {
        genre: _pieces([track for track in selection.chosen if track.genre == genre]) for genre in _genres(selection)
    }
    pieces = [(genre, artist, number) for genre, held in counts.items() for artist, number in held]
    if not any(artist for _, artist, _ in pieces):
        words = "No artist is known, so it cannot be checked whether a model learns the genre or the artist."
        st.info(words, icon=":material/person_off:")
        return
    chart = distributions.artists(counts, colours=selection.colours)
    export.draw(chart, key="artists", name=f"{selection.id} artists", rows=(("genre", "artist", "tracks"), pieces))
    loud = [one for one in concentration(selection.chosen, selection.dataset.genres) if is_dominated(one)]
    said = [
        f"{percent(one.share)} of {plain(display_name(one.genre))} is by {plain(shorten(one.largest))}"
        for one in loud[:3]
    ]
    if said:
        st.caption(f"Most concentrated: {', '.join(said)}.")


def _pieces(tracks: Sequence[Track]) -> list[tuple[str, int]]:
    """Return (artist, tracks), largest first, "" last; spellings of one artist are one."""
    spelled = {normalised_artist(track.artist): track.artist for track in tracks}
    counts = Counter(normalised_artist(track.artist) for track in tracks)
    ranked = sorted(counts.items(), key=lambda item: (not item[0], -item[1], item[0]))
    return [(spelled[name] if name else "", number) for name, number in ranked]


def _measures(selection: Selection, report: Report) -> None:
    held = {track.id: report.measures[track.id] for track in selection.chosen if track.id in report.measures}
    if not held:
        return
    st.markdown("#### Length, sample rate and level", anchors=False)
    same, near, drawn = [], [], []
    for name, label, unit, factor in MEASURES:
        values = [getattr(measure, name) * factor for measure in held.values()]
        low, high = (f"{value:.6g}".replace("-", "\N{MINUS SIGN}") for value in (min(values), max(values)))
        if max(values) - min(values) > ALIKE * abs(max(values)):
            drawn.append((name, label, unit, values))
        elif low == high:
            same.append(f"{label} {low}{unit}")
        else:
            near.append(f"{label} {low} to {high}{unit}")
    for words, few in (("The same for every track", same), ("Nearly the same", near)):
        if few:
            st.markdown(f"{words}: {', '.join(few)}.")
    for column, (name, label, unit, values) in zip(st.columns(len(drawn) or 1, gap="small"), drawn, strict=False):
        with column.container(border=True, height="stretch", gap="xsmall"):
            st.markdown(f"**{label}**")
            chart = distributions.histogram(values, label=label, unit=unit)
            export.draw(chart, key=f"measure_{name}", name=f"{selection.id} {label}")
    with st.expander("Table of all tracks", icon=":material/table:"):
        head = ("track", "seconds", "sample rate, Hz", "channels", "peak, dB", "RMS, dB")
        rows = [(id, m.seconds, m.sample_rate, m.channels, m.peak_db, m.rms_db) for id, m in held.items()]
        export.table((head, rows), key="measures", name=f"{selection.id} measures")


def _provenance(selection: Selection) -> None:
    st.markdown("#### Where it comes from", anchors=False)
    st.markdown(f"{SOURCES.get(selection.dataset.source, '')} {plain(selection.dataset.licence)}")
    if tables := ", ".join(map(plain, selection.dataset.tables)):
        st.caption(f"Tables of the data set: {tables}.")


def measured(selection: Selection) -> None:
    """Draw what was measured, on how many tracks and from what; offer what else could be."""
    st.markdown("#### Extracted features", anchors=False)
    held = selection.collected
    if held is None and extraction_job.status(selection.id).is_active:
        later = "Features, Map and Audit appear once the features have been extracted."
        st.info(f"{later} You can listen to the tracks now.", icon=":material/hourglass_top:")
    elif held is None:
        extraction.invite(selection, "Features, Map and Audit")
    if held is None:
        return
    st.markdown(
        f"57 descriptors of {_of(held, 'descriptors')} ({held.sources()}), mel spectrograms of {_of(held, 'picture')}."
    )
    if held.embeddings is not None:
        st.markdown(f"YAMNet embeddings (1,024 numbers from a pretrained audio network): {_of(held, 'embedding')}.")
    elif weights.find("yamnet"):
        st.markdown("YAMNet embeddings, for a second map, have not been computed yet.")
        st.button(
            "Compute embeddings",
            key="explore_embeddings",
            icon=":material/play_arrow:",
            on_click=extraction.begin,
            args=(selection.id, ("descriptors", "mel", "embeddings")),
        )


def _of(held: Collected, what: str) -> str:
    """Return of how many tracks something is known."""
    known = int(getattr(held, f"has_{what}").sum())
    return f"{known:,} of {len(held.ids):,} tracks"


STATES: Final = {
    "whole": (":material/verified:", "Complete", "All its files are present and can be read."),
    "partial": (":material/incomplete_circle:", "Partial", "Some of its files are missing."),
    "altered": (":material/report:", "Altered", "Some of its files differ from the published ones."),
}
KINDS: Final = {
    "broken": "Broken",
    "absent": "Absent",
    "altered": "Altered",
    "short": "Too short",
    "silent": "Silent",
    "clipped": "Clipped",
    "resampled": "Other sample rate",
    "duplicate": "Duplicate",
    "left-out": "Left out",
    "unlabelled": "Without a label",
    "no picture": "Without a picture",
}


def _check(selection: Selection) -> None:
    """Draw the report under the filters, or offer to make one."""
    title = "Is your copy complete?" if selection.dataset.source == "gtzan" else "Are its files whole?"
    st.markdown(f"#### {title}", anchors=False)
    job = jobs.find("check", selection.id)
    if job is not None and job.is_active:
        background.watch(job, key="check_stop")
        return
    if selection.report is not None:
        _verdict(selection.report)
        chosen = {track.id for track in selection.chosen}
        hidden = {track.id for track in selection.dataset.tracks} - chosen
        if found := [one for one in selection.report.findings if one.track not in hidden]:
            findings(selection, found, key="findings")
    if job is not None and job.state in ("failed", "cancelled"):
        background.settled(job, key="check")
    else:
        label, icon = "Check again", ":material/fact_check:"
        if selection.report is None:
            label = "Check every file"
            st.markdown("The files have not been checked yet.")
        given = (check, selection.id)
        st.button(label, key="check", icon=icon, type="tertiary", on_click=background.attempt, args=given)


def _verdict(report: Report) -> None:
    icon, word, meaning = STATES[report.state]
    if report.state == "whole" and any(report.counts.values()):
        meaning += " Some of them have findings."
    if report.state == "partial" and report.counts.get("broken") and not report.counts.get("absent"):
        meaning = "Some of its files cannot be read."
    st.markdown(f"{icon} **{word}.** {meaning}")
    if not any(report.counts.values()):
        st.caption("No findings.")


def findings(selection: Selection, found: Sequence[Finding | BrokenFile], *, key: str) -> None:
    """Draw what is wrong with files as a table, one kind at a time; the track of a clicked row can be opened."""
    counts = Counter(one.kind for one in found)
    kinds = [*(kind for kind in KINDS if kind in counts), *sorted(counts.keys() - KINDS.keys())]
    words = {kind: f"{KINDS.get(kind, kind.capitalize())} ({counts[kind]:,})" for kind in kinds}
    picked: str | None = kinds[0]
    if len(kinds) > 1:
        picked = st.pills("Kind", kinds, format_func=words.__getitem__, default=picked, key=f"{key}_kind")
    else:
        st.caption(words[kinds[0]])
    shown = [one for one in found if picked in (None, one.kind)]
    rows = [(one.track, KINDS.get(one.kind, one.kind), one.sentence) for one in shown]
    table = export.table(
        (("id", "kind", "what is wrong"), rows),
        key=key,
        name=f"{selection.id} {key}",
        on_select="rerun",
        selection_mode="single-row",
        height=min(38 + 35 * len(rows), 320),
    )
    known = {track.id for track in selection.dataset.tracks}
    for row in table.selection.rows:
        if row < len(shown) and (id := shown[row].track) in known:
            st.button(
                f"Listen and look at {plain(id)}",
                key=f"{key}_open",
                icon=":material/graphic_eq:",
                on_click=open_track,
                args=(id, selection.passes(id)),
            )
