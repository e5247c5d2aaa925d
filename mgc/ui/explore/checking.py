"""Is the copy complete? What the validation found, kind by kind; nothing is left out silently."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import streamlit as st

from mgc import jobs
from mgc.datasets.background import check
from mgc.ui import background
from mgc.ui.explore import export, filters
from mgc.ui.text import plain

if TYPE_CHECKING:
    from mgc.datasets.validation import Finding, Report
    from mgc.ui.explore.selection import Selection

__all__ = ["KINDS", "show"]

STATES: Final = {
    "whole": (":material/verified:", "Complete", "Everything that belongs to it is here and can be read."),
    "partial": (":material/incomplete_circle:", "Partial", "Some of what belongs to it is not here."),
    "altered": (":material/report:", "Altered", "Some of its files are not what was published."),
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


def show(selection: Selection) -> None:
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
            st.markdown("The files have not been checked yet. Each is read once, which takes a few seconds.")
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
        meaning += " Some files stand out all the same."
    st.markdown(f"{icon} **{word}.** {meaning}")
    said = [f"{KINDS.get(kind, kind.capitalize())} {number:,}" for kind, number in report.counts.items() if number]
    st.caption(" \N{MIDDLE DOT} ".join(said) if said else "No file stands out.")


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
        (("track", "kind", "what"), rows),
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
            on_click=filters.open_track,
            args=(track,),
        )


def _counts(found: list[Finding]) -> dict[str, int]:
    """Return how many of each kind, in the order of :data:`KINDS`."""
    present = [f.kind for f in found]
    order = [*KINDS, *sorted(set(present).difference(KINDS))]
    return {kind: present.count(kind) for kind in order if kind in present}
