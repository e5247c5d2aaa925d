"""Clips that runs disagree about: a table of what each run said, and the sound or picture of the one picked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import streamlit as st

from mgc.charts.sound import palette_png
from mgc.datasets import gtzan, registry
from mgc.errors import MgcError
from mgc.genres import display_name
from mgc.ui import export, links
from mgc.ui.explore import hearing
from mgc.ui.text import plain, shorten

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mgc.datasets.base import Track
    from mgc.runs import Recorded

__all__ = ["listing"]

MOST: Final = 200  # clips that are listed


def listing(runs: Sequence[Recorded], names: Mapping[str, str], units: Sequence[str], *, key: str) -> None:
    """Draw a table of clips with each run's answer; the one that is picked can be heard, or its picture seen."""
    if not units:
        st.caption("No clip.")
        return
    at = {one.id: {unit: row for row, unit in enumerate(one.said.units)} for one in runs}
    facts = _facts() if all(map(_is_gtzan, runs)) else {}
    head = ["clip", "artist", "title", "label"]
    for one in runs:
        head += [names[one.id], f"p ({names[one.id]})"]
    rows: list[tuple[Any, ...]] = []
    for unit in units[:MOST]:
        known = facts.get(_track(unit, runs[0]))
        first = next(one for one in runs if unit in at[one.id])
        label = first.config.classes[int(first.said.labels[at[first.id][unit]])]
        row: list[Any] = [unit, known.artist if known else "", known.title if known else "", display_name(label)]
        for one in runs:
            row += _said(one, at[one.id].get(unit))
        rows.append(tuple(row))
    if all(row[1] == row[2] == "" for row in rows):
        head, rows = [head[0], *head[3:]], [(row[0], *row[3:]) for row in rows]
    shape = {
        name: st.column_config.ProgressColumn("p", min_value=0, max_value=100, format="%d %%", width=100)
        for name in head
        if name.startswith("p (")
    } | {"title": st.column_config.TextColumn(width=180)}  # two runs with their p fit on a laptop
    more = f" The first {MOST} of {len(units):,}." if len(units) > MOST else ""
    st.caption(f"Pick a row to hear the clip. p: the run's probability for its answer, uncalibrated.{more}")
    asked = links.chosen("clip")
    state = export.table(
        (head, rows),
        key=key,
        name=key,
        on_select="rerun",
        selection_mode="single-row",
        # A link ticks its row when the table is first drawn.
        selection_default={"selection": {"rows": [number for number, row in enumerate(rows) if row[0] == asked]}},
        column_config=shape,
    )
    picked = next((units[number] for number in state.selection.rows), None)
    links.go(clip=picked)
    if picked is not None:
        _hear(_track(picked, runs[0]), runs[0])


def _said(one: Recorded, row: int | None) -> tuple[str | None, int | None]:
    """Return what a run said of a clip, and with which probability [%]; None where it did not judge it."""
    if row is None:
        return None, None
    p = one.said.probabilities[row]
    return display_name(one.config.classes[int(p.argmax())]), round(100 * float(p.max()))


def _track(unit: str, run: Recorded) -> str:
    """Return the track of a clip or segment."""
    return unit.rpartition(".")[0] if run.config.protocol == "segments" else unit


@st.cache_resource(show_spinner=False)
def _facts() -> dict[str, Track]:
    """Return what the table of GTZAN's clips says of each."""
    return {track.id: track for track in gtzan.tracks()}


def _hear(id: str, run: Recorded) -> None:
    """Draw the sound or the picture of a track, from the first data set on this computer that has it."""
    track = _find(id, run)
    if track is None:
        st.info(
            f"{plain(id)} is not on this computer. Add its data set on the Explore page to hear it.",
            icon=":material/volume_off:",
        )
        return
    sound = hearing.at_once(track)
    st.markdown(f"**{plain(shorten(track.id))}**")
    if sound is not None:
        st.audio(sound.data, format=sound.mime)
    picture = hearing.picture(track)
    if picture is not None:
        st.image(palette_png(picture), caption="Mel spectrogram of the clip: time to the right, pitch upwards")
    if sound is None and picture is None:
        st.caption("This clip has neither audio nor a picture here.")


def _find(id: str, run: Recorded) -> Track | None:
    """Return the track of a run's data set; one of GTZAN, whose ids are the same everywhere, from any copy of it."""
    named = [] if run.listed.source == "gallery" else [run.config.dataset]
    if _is_gtzan(run):
        named += [name for name in registry.ids() if _source(name) == "gtzan" and name not in named]
    found: Track | None = None
    for name in named:
        try:
            track = next((one for one in _tracks(name) if one.id == id), None)
        except (MgcError, OSError):
            continue
        if track is not None and track.audio is not None:
            return track
        found = found or track
    return found


def _is_gtzan(run: Recorded) -> bool:
    """Return whether a run was tested on clips of GTZAN, as all of the gallery were."""
    return run.listed.source == "gallery" or _source(run.config.dataset) == "gtzan"


def _source(name: str) -> str:
    try:
        return registry.describe(name).source
    except MgcError:
        return ""


@st.cache_resource(show_spinner=False, max_entries=8, ttl=60)
def _tracks(name: str) -> tuple[Track, ...]:
    return registry.open_dataset(name).tracks
