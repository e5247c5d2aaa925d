"""Overview: tracks, artists, lengths and levels; what the check found; where the data comes from; what was measured."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

import streamlit as st

from mgc import jobs
from mgc.audit.report import concentration, is_dominated
from mgc.charts import distributions
from mgc.charts.theme import percent
from mgc.datasets.background import check
from mgc.datasets.base import normalised_artist
from mgc.errors import ModelError
from mgc.genres import display_name
from mgc.ui import background
from mgc.ui.explore import export, extraction
from mgc.ui.explore.selection import open_track
from mgc.ui.text import plain, shorten

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mgc.datasets.base import Track
    from mgc.datasets.validation import Finding, Report
    from mgc.extraction.collected import Collected
    from mgc.ui.explore.selection import Selection

__all__ = ["KINDS", "measured", "show"]

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
    _check(selection)
    _provenance(selection)
    measured(selection)


def _figures(selection: Selection) -> None:
    tracks = selection.chosen
    heard = sum(track.audio is not None for track in tracks)
    named = [normalised_artist(track.artist) for track in tracks]
    artists, unknown = set(named) - {""}, named.count("")
    figures = (
        ("Tracks", f"{len(tracks):,}", ""),
        ("Genres", f"{len({track.genre for track in tracks})}", ""),
        ("With audio", f"{heard:,}", "The others have a picture or a table row only." if heard < len(tracks) else ""),
        (
            "Known artists",
            f"{len(artists):,}" if artists else "",
            f"{unknown:,} tracks have no known artist." * bool(unknown),
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
    heard = Counter(track.genre for track in selection.chosen if track.audio is not None)
    silent = Counter(track.genre for track in selection.chosen if track.audio is None)
    genres = [genre for genre in selection.dataset.genres if heard[genre] + silent[genre]]
    counts = {genre: (heard[genre], silent[genre]) for genre in genres}
    rows = [(genre, *counts[genre]) for genre in genres]
    chart = distributions.tracks_per_genre(counts, colours=selection.colours)
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
            "No artist is known, so it cannot be checked whether a model learns the genre or the artist.",
            icon=":material/person_off:",
        )
        return
    rows = [(genre, artist, number) for genre, pieces in counts.items() for artist, number in pieces]
    export.draw(
        distributions.artists(counts, colours=selection.colours),
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
            f"{percent(one.share)} of {plain(display_name(one.genre))} is by {plain(shorten(one.largest))}"
            for one in loud[:3]
        )
        st.caption(f"Most concentrated: {said}.")


def _measures(selection: Selection, report: Report) -> None:
    held = [report.measures[track.id] for track in selection.chosen if track.id in report.measures]
    if not held:
        return
    st.markdown("#### Length, sample rate and level", anchors=False)
    rows = [
        (track.id, m.seconds, m.sample_rate, m.channels, m.peak_db, m.rms_db)
        for track in selection.chosen
        if (m := report.measures.get(track.id)) is not None
    ]
    same, near, drawn = [], [], []
    for name, label, unit, factor in MEASURES:
        values = [getattr(measure, name) * factor for measure in held]
        low, high = min(values), max(values)
        if high - low > ALIKE * abs(high):
            drawn.append((name, label, unit, values))
            continue
        ends = f"{low:.6g}", f"{high:.6g}"
        if ends[0] == ends[1]:
            same.append(f"{label} {ends[0]}{unit}")
        else:
            near.append(f"{label} {ends[0]} to {ends[1]}{unit}")
    for words, few in (("The same for every track", same), ("Nearly the same", near)):
        if few:
            st.markdown(f"{words}: {', '.join(few)}.")
    if drawn:
        for column, (name, label, unit, values) in zip(st.columns(len(drawn), gap="small"), drawn, strict=True):
            with column.container(border=True, height="stretch", gap="xsmall"):
                st.markdown(f"**{label}**")
                chart = distributions.histogram(values, label=label, unit=unit)
                export.draw(chart, key=f"measure_{name}", name=f"{selection.id} {label}")
    with st.expander("Table of all tracks", icon=":material/table:"):
        head = ("track", "seconds", "sample rate, Hz", "channels", "peak, dB", "RMS, dB")
        export.table((head, rows), key="measures", name=f"{selection.id} measures")


def _provenance(selection: Selection) -> None:
    st.markdown("#### Where it comes from", anchors=False)
    st.markdown(f"{SOURCES.get(selection.dataset.source, '')} {plain(selection.dataset.licence)}")
    if selection.dataset.tables:
        st.caption("Tables of the data set: " + ", ".join(plain(name) for name in selection.dataset.tables) + ".")


def measured(selection: Selection) -> None:
    """Draw what was measured, on how many tracks and from what; offer what else could be."""
    st.markdown("#### Extracted features", anchors=False)
    held = selection.collected
    if held is None:
        _not_yet(selection)
        return
    st.markdown(
        f"57 descriptors: {_of(held, 'descriptors')} ({held.sources()}). Mel spectrograms: {_of(held, 'picture')}."
    )
    if held.embeddings is not None:
        st.markdown(f"YAMNet embeddings (1,024 numbers from a pretrained audio network): {_of(held, 'embedding')}.")
    elif _knows_yamnet():
        st.markdown("YAMNet embeddings, for a second map, have not been computed yet.")
        st.button(
            "Compute embeddings",
            key="explore_embeddings",
            icon=":material/play_arrow:",
            on_click=extraction.begin,
            args=(selection.id, ("descriptors", "mel", "embeddings")),
        )


def _not_yet(selection: Selection) -> None:
    """Say which views wait for the measuring, and offer it; tracks can be heard without."""
    from mgc.extraction import job

    if job.status(selection.id).state in extraction.WORDS:
        words = (
            "Features, Map and Audit appear once the features have been extracted. You can listen to the tracks now."
        )
        st.info(words, icon=":material/hourglass_top:")
    else:
        extraction.invite(selection, "Features, Map and Audit")


def _of(held: Collected, what: str) -> str:
    """Return of how many tracks something is known."""
    known = int(getattr(held, f"has_{what}").sum())
    return f"{known:,} of {len(held.ids):,} tracks"


def _knows_yamnet() -> bool:
    from mgc.features import yamnet

    try:
        yamnet.weights_path()
    except ModelError:
        return False
    return True


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
    st.markdown("#### Is your copy complete?", anchors=False)
    job = jobs.find("check", selection.id)
    if job is not None and job.is_active:
        background.watch(job, key="check_stop")
        return
    if selection.report is not None:
        _verdict(selection.report)
        _findings(selection, selection.report)
    if job is not None and job.state in ("failed", "cancelled"):
        background.settled(job, key="check")
    else:
        if selection.report is None:
            st.markdown("The files have not been checked yet.")
        label = "Check every file" if selection.report is None else "Check again"
        st.button(
            label,
            key="check",
            icon=":material/fact_check:",
            type="tertiary",
            on_click=background.attempt,
            args=(check, selection.id),
        )


def _verdict(report: Report) -> None:
    icon, word, meaning = STATES[report.state]
    if report.state == "whole" and any(report.counts.values()):
        meaning += " Some of them have findings."
    st.markdown(f"{icon} **{word}.** {meaning}")
    if not any(report.counts.values()):
        st.caption("No findings.")


def _findings(selection: Selection, report: Report) -> None:
    chosen = {track.id for track in selection.chosen}
    every = {track.id for track in selection.dataset.tracks}
    found = [f for f in report.findings if f.track in chosen or f.track not in every]
    if not found:
        return
    kinds = {kind: f"{KINDS.get(kind, kind.capitalize())} ({number:,})" for kind, number in _counts(found).items()}
    first = next(iter(kinds))
    picked = st.pills("Kind of finding", list(kinds), format_func=kinds.__getitem__, default=first, key="checking_kind")
    rows = [(f.track, KINDS.get(f.kind, f.kind), f.sentence) for f in found if picked in (None, f.kind)]
    chosen_row = export.table(
        (("track", "kind", "what is wrong"), rows),
        key="findings",
        name=f"{selection.id} findings",
        on_select="rerun",
        selection_mode="single-row",
        height=min(38 + 35 * len(rows), 320),
    )
    picked_rows = chosen_row.selection.rows
    if picked_rows and picked_rows[0] < len(rows) and rows[picked_rows[0]][0] in chosen:
        track = rows[picked_rows[0]][0]
        st.button(
            f"Listen and look at {plain(track)}",
            key="findings_open",
            icon=":material/graphic_eq:",
            on_click=open_track,
            args=(track,),
        )


def _counts(found: list[Finding]) -> dict[str, int]:
    """Return how many of each kind, in the order of :data:`KINDS`."""
    present = [f.kind for f in found]
    order = [*KINDS, *sorted(set(present).difference(KINDS))]
    return {kind: present.count(kind) for kind in order if kind in present}
