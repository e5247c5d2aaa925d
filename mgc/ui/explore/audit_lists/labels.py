"""Tracks that sound like another genre than the one on their label, beside what is typical of that genre."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import streamlit as st

from mgc.charts.theme import percent
from mgc.genres import display_name
from mgc.ui.explore import audition, numbers
from mgc.ui.explore.audit_lists import picked

if TYPE_CHECKING:
    from mgc.audit.labels import Doubted, Judge
    from mgc.audit.report import Doubts
    from mgc.ui.explore.selection import Selection

__all__ = ["count", "show"]

WHY: Final = {True: "same sound, other label", False: "how it sounds"}


def count(selection: Selection, found: Doubts) -> int:
    """Return how many of the chosen tracks have a label in doubt."""
    return len(_here(selection, found))


def show(selection: Selection, found: Doubts) -> None:
    """Draw the list, the opened track, and a track that is typical of the genre it sounds like."""
    st.markdown(_method(found.judge))
    held = _here(selection, found)
    if not held and "labels" in found.unseen:
        st.info("The labels could not be checked here.", icon=":material/search_off:")
        return
    if not held:
        st.success("No label of these tracks is in doubt.", icon=":material/check_circle:")
        return
    rows = [
        (one.track, display_name(one.given), display_name(one.looks_like), *_shares(one), WHY[bool(one.twin)])
        for one in held
    ]
    head = ("track", "label", "sounds like", "how likely", "its label", "because")
    bars = {
        name: st.column_config.ProgressColumn(name, min_value=0.0, max_value=1.0, format="percent")
        for name in ("how likely", "its label")
    }
    at = picked.one_of(head, rows, key="labels", name=f"{selection.id} labels", column_config=bars)
    _opened(selection, held[at])


def _shares(one: Doubted) -> tuple[float | None, float | None]:
    """Return both probabilities in whole percent: the judge knows no better."""
    return (None if one.p is None else round(one.p, 2), None if one.p_given is None else round(one.p_given, 2))


def _method(judge: Judge | None) -> str:
    """Say how labels are judged, and how far that can be trusted here."""
    means = "These are the labels that confident learning (cleanlab) doubts most; a place here is a reason to listen."
    if judge is None:
        return f"Every track is judged by models that heard neither it nor its artist. {means}"
    if judge.unnamed == judge.n:
        how = "No track names its artist: each was judged by models that had heard **other tracks**, maybe by the same"
    elif judge.unnamed:
        how = (
            "Every track was judged by models that had heard **none of its artist's music**, as far as artists are "
            f"known ({judge.unnamed:,} of {judge.n:,} name none)"
        )
    else:
        how = "Every track was judged by models that had heard **none of its artist's music**"
    right = f"{percent(judge.right)} ({percent(judge.low)} to {percent(judge.high)}, n {judge.n:,})"
    return f"{how}. {means} The judge names {right} of the labels: many doubts are its own errors."


def _opened(selection: Selection, one: Doubted) -> None:
    other = one.twin or numbers.typical(selection, one.looks_like)
    given, like = display_name(one.given), display_name(one.looks_like)
    left, right = st.columns(2, gap="small")
    with left:
        note = "The same samples stand here under another label; one of the two is wrong."
        if one.p is not None and one.p_given is not None:
            note = f"Sounds like {like} ({percent(one.p)}), less like {given} ({percent(one.p_given)})."
        audition.card(selection, one.track, key="label_track", heading="The track in doubt", note=note)
    if other is None:
        return
    with right:
        if one.twin:
            audition.card(selection, other, key="label_twin", heading="The very same sound, labelled otherwise")
        else:
            note = f"Of the tracks of {like} that can be heard its numbers lie nearest to the middle of the genre."
            audition.card(selection, other, key="label_typical", heading=f"Typical {like}", note=note)


def _here(selection: Selection, found: Doubts) -> list[Doubted]:
    return [one for one in found.labels if picked.concerns(selection, one.track)]
