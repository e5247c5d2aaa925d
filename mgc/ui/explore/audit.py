"""Audit: duplicates, dominant artists, doubtful labels, outliers, broken files, and what to leave out.

An audit takes a while. It is made once per data set and revision, in the background, and kept.
"""

from __future__ import annotations

import textwrap
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import streamlit as st

from mgc import jobs
from mgc.audit import background as auditing
from mgc.audit.duplicates import CONFIRMED
from mgc.audit.outliers import in_words
from mgc.audit.report import DOMINANT_SHARE, UNUSABLE, exclusions, is_dominated
from mgc.charts.theme import percent
from mgc.datasets.base import normalised_artist
from mgc.genres import display_name
from mgc.ui import background, player, resources
from mgc.ui.explore import export, extraction, links, listen, numbers
from mgc.ui.explore.overview import KINDS
from mgc.ui.text import plain, shorten

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from mgc.audit.labels import LabelIssue, LabelModel
    from mgc.audit.outliers import Outlier
    from mgc.audit.report import AuditReport, Concentration, Exclusion
    from mgc.datasets.base import Track
    from mgc.ui.explore.selection import Selection

__all__ = ["LISTS", "List", "pick_row", "report_of", "show"]

# list -> subjects of the published counts beside it
_SUBJECTS: Final = {
    "copies": ("exact", "near"),
    "artists": ("artists",),
    "labels": ("labels",),
    "outliers": ("outliers",),
    "broken": ("broken",),
    "leave": ("leave_out",),
}
_FOUND: Final = {
    "exact": ("exact pair", "exact pairs"),
    "near": ("near pair", "near pairs"),
    "labels": ("doubtful label", "doubtful labels"),
    "outliers": ("outlier", "outliers"),
    "broken": ("unusable file", "unusable files"),
}


def show(selection: Selection) -> None:
    """Draw the view."""
    if not extraction.invite(selection, "The audit"):
        return
    report = report_of(selection)
    if report is None:
        return
    labels = {key: f"{one.label} ({one.count(selection, report):,})" for key, one in LISTS.items()}
    which = links.one("list", labels, label="Findings", default="copies", label_visibility="collapsed") or "copies"
    LISTS[which].show(selection, report)
    player.one_at_a_time()  # the two tracks of a pair are to be compared, not heard together
    _published(report, which)
    for note in report.notes:
        st.caption(plain(note))


@st.cache_resource(show_spinner=False)
def _reports() -> resources.ResultCache[AuditReport]:
    return resources.ResultCache(4)


def report_of(selection: Selection) -> AuditReport | None:
    """Return the audit of a data set; while it is being made, draw its progress and return None."""
    dataset, collected, validation, reports = selection.dataset, selection.collected, selection.report, _reports()
    assert collected is not None  # noqa: S101 - callers ask extraction.invite first
    key = (selection.id, selection.revision)
    if report := reports.get(key):
        return report
    job = jobs.find("audit", selection.id)
    if job is None or not job.is_active:
        if report := auditing.find(selection.id, dataset, collected, validation):
            reports.put(key, report)
            return report
        if job is not None and job.state in ("failed", "cancelled"):
            background.settled(job, key="audit_again")
            return None
        job = auditing.start(selection.id)
    with st.container(border=True):
        st.markdown("**Auditing the data set.** This is done once; the result is stored.")
        background.watch(job, key="audit_stop")
    return None


def _published(report: AuditReport, which: str) -> None:
    """Draw the published counts that belong to a list; nothing for data sets without any."""
    counts = [one for one in report.published if one.subject in _SUBJECTS[which]]
    if not counts:
        return
    with st.container(border=True, gap="xsmall"):
        st.markdown("**Published counts** for all 1,000 clips of GTZAN")
        st.markdown("\n".join(f"- **{one.count}** {plain(one.what)} ({plain(one.source)})" for one in counts))
        numbers = {subject: _number(report, subject) for subject in _SUBJECTS[which] if subject in _FOUND}
        found = [f"{number:,} {_FOUND[subject][number != 1]}" for subject, number in numbers.items()]
        if found:
            st.caption(f"Found in your copy: {', '.join(found)}.")


def _number(report: AuditReport, subject: str) -> int:
    if subject == "broken":
        return len({one.track for one in report.broken if one.kind in UNUSABLE})
    return len(getattr(report, subject))


EXACT: Final = {"samples": "Exact: same samples", "picture": "Exact: same picture"}
NEAR: Final = {
    "names": "Near, confirmed by names",
    "likeness": "Near, confirmed by similarity",
    "": "Near, candidate",
}
REASONS: Final = {
    "unusable": "unusable file",
    "two labels": "exact, two labels",
    "copy": "exact duplicate",
    "near copy": "near duplicate",
}
LIKENESS: Final = st.column_config.ProgressColumn("similarity", width=90, min_value=0.0, max_value=1.0, format="%.2f")
# px of the columns of pairs: at 1440 px a page has room for 1,080, and the ids are not cut
WIDTHS: Final = {"first": 230, "second": 230, "kind": 190, "labels": 130, "ids": 200}
TALLEST: Final = 318  # px: eight rows, so that the opened finding stays in sight
LONGEST: Final = 40  # characters of a name in a table
_ROW: Final = 35


@dataclass(frozen=True, slots=True)
class List:
    """A list: its label, how many findings it has under the filters, and how it is drawn."""

    label: str
    count: Callable[[Selection, AuditReport], int]
    show: Callable[[Selection, AuditReport], None]


def pick_row(head: Sequence[str], rows: Sequence[Sequence[Any]], *, key: str, name: str, **more: Any) -> int:
    """Draw a table and return the number of the row that was clicked, at first 0."""
    state = export.table(
        (head, rows),
        key=key,
        name=name,
        on_select="rerun",
        selection_mode="single-row",
        height=min(_ROW * (len(rows) + 1) + 3, TALLEST),
        **more,
    )
    picked: Iterable[int] = state.selection.rows
    return next((row for row in picked if row < len(rows)), 0)


def _concerns(selection: Selection, *ids: str) -> bool:
    return any(map(selection.passes, ids))


def _names(selection: Selection) -> dict[str, str]:
    """Return artist and title of every track by its id, the id where neither is known; cut between words."""
    return {track.id: _short(listen.named(track) or track.id) for track in selection.dataset.tracks}


def _short(name: str) -> str:
    visible = shorten(name, 300)
    cut = textwrap.shorten(visible, LONGEST, placeholder=" \N{HORIZONTAL ELLIPSIS}")
    return cut if len(cut) > 2 else shorten(visible, LONGEST)  # one word that is too long


def _cards(*cards: Callable[[], None] | None) -> None:
    """Draw two cards side by side."""
    for column, draw in zip(st.columns(2, gap="small"), cards, strict=False):
        if draw is not None:
            with column:
                draw()


# Duplicates ----------------------------------------------------------------------------------------------------------


def _duplicate_rows(selection: Selection, report: AuditReport) -> list[tuple[str, str, str, float]]:
    """Return both ids, the kind and the likeness of every pair that concerns the chosen tracks."""
    rows = [(pair.first, pair.second, EXACT[pair.by], 1.0) for pair in report.exact]
    rows += [(pair.first, pair.second, NEAR[pair.confirmed_by], pair.likeness) for pair in report.near]
    return [row for row in rows if _concerns(selection, row[0], row[1])]


def _say_nothing_found(sentence: str, unseen: str = "") -> None:
    """Say that a list is empty, or, by ``unseen``, that it was not searched."""
    if unseen:
        st.info(unseen, icon=":material/search_off:")
    else:
        st.success(sentence, icon=":material/check_circle:")


def _duplicates(selection: Selection, report: AuditReport) -> None:
    st.markdown(
        "A recording that is in the data twice makes a test too easy: the model may have been trained on the answer. "
        "*Exact* pairs have the same samples or, without audio, the same picture. *Near* pairs may be one recording, "
        "cut or encoded differently, or merely share a drum machine and a tempo. Listen to both.",
        help="Similarity compares two spectrograms at the time shift where they agree best. At 1, all 30 seconds "
        "agree; at 0.1, perhaps only a few. A near pair is a candidate until artist and title agree or, where they "
        f"are unknown, the similarity is {CONFIRMED} or more.",
    )
    rows = _duplicate_rows(selection, report)
    if not rows:
        unseen = "No exact duplicates; near duplicates could not be searched for." if "near" in report.unseen else ""
        _say_nothing_found("No duplicates among these tracks.", unseen)
        return
    counts = Counter(
        "candidate" if kind == NEAR[""] else kind.split(":")[0].split(",")[0].lower() for *_, kind, _ in rows
    )
    st.caption(
        f"{counts['exact']:,} exact, {counts['near']:,} near and confirmed, {counts['candidate']:,} "
        f"candidate{'s' * (counts['candidate'] != 1)}. Click a row to open the pair."
    )
    names, genres = _names(selection), {track.id: track.genre for track in selection.dataset.tracks}
    head = ("first", "second", "kind", "similarity", "labels", "ids")
    table = [
        (
            names.get(one, one),
            names.get(other, other),
            kind,
            likeness,
            _labels_of(genres, one, other),
            f"{one}, {other}",
        )
        for one, other, kind, likeness in rows
    ]
    widths = {title: st.column_config.TextColumn(width=width) for title, width in WIDTHS.items()}
    look = {"similarity": LIKENESS, **widths}
    at = pick_row(head, table, key="copies", name=f"{selection.id} duplicates", column_config=look)
    first, second, kind, likeness = rows[at]
    has_sound = all(selection.dataset.track(id).audio is not None for id in (first, second))
    st.markdown(f"**{kind}**, similarity {likeness:.2f}. {'What do you hear?' if has_sound else 'What do you see?'}")
    _cards(
        lambda: listen.card(selection, first, key="copy_one"),
        lambda: listen.card(selection, second, key="copy_other"),
    )


def _labels_of(genres: dict[str, str], one: str, other: str) -> str:
    here, there = display_name(genres.get(one, "")), display_name(genres.get(other, ""))
    return here if here == there else f"{here} / {there}"


# Artists -------------------------------------------------------------------------------------------------------------


def _genres_here(selection: Selection, report: AuditReport) -> list[Concentration]:
    genres = {track.genre for track in selection.chosen}
    return [one for one in report.artists if one.genre in genres]


def _artists(selection: Selection, report: AuditReport) -> None:
    st.markdown(
        "A model can recognise the voice or the studio sound of an artist instead of the genre. An "
        f"artist is *dominant* with over {percent(DOMINANT_SHARE)} of a genre and a quarter more than an equal share.",
        help="Effective number of artists: how many artists with equally many tracks would be as diverse (inverse "
        "Simpson index). Each track of an unknown artist counts as a separate artist.",
    )
    held = [one for one in _genres_here(selection, report) if one.artists]
    if not held:
        st.info("No artist is known in this data set.", icon=":material/person_off:")
        return
    head = ("genre", "largest artist", "tracks", "share", "dominant", "artists", "effective number", "named tracks")
    rows = [
        (
            display_name(one.genre),
            _short(one.largest),
            one.largest_tracks,
            _whole_percent(one.share),
            "yes" if is_dominated(one) else "",
            one.artists,
            one.effective,
            one.named,
        )
        for one in held
    ]
    share = st.column_config.ProgressColumn("share", min_value=0.0, max_value=1.0, format="percent")
    at = pick_row(head, rows, key="concentration", name=f"{selection.id} artists", column_config={"share": share})
    one = held[at]
    name = normalised_artist(one.largest)
    theirs = [t for t in selection.dataset.tracks if t.genre == one.genre and normalised_artist(t.artist) == name]
    st.markdown(
        f"**{percent(one.share)} of {plain(display_name(one.genre))} is by {plain(shorten(one.largest))}** "
        f"({one.largest_tracks} of {one.tracks} tracks)."
    )
    for column, track, side in zip(
        st.columns(2, gap="small"),
        sorted(theirs, key=lambda track: track.audio is None),
        ("one", "other"),
        strict=False,
    ):
        with column:
            listen.card(selection, track.id, key=f"artist_{side}")
    st.button(
        "Show only these tracks",
        key="artist_filter",
        icon=":material/filter_alt:",
        on_click=links.go,
        kwargs={"artist": name, "genre": [one.genre], "only": None, "words": "", "view": "listen"},
    )


# Labels --------------------------------------------------------------------------------------------------------------


def _issues_here(selection: Selection, report: AuditReport) -> list[LabelIssue]:
    return [one for one in report.labels if _concerns(selection, one.track)]


def _labels(selection: Selection, report: AuditReport) -> None:
    st.markdown(
        "Tracks that sound more like another genre than like their label. Most are hard cases or errors of the model; "
        "some are wrong labels. Listen before you change one.",
        help="Confident learning (Northcutt et al. 2021, through cleanlab) on the probabilities of models that were "
        "not trained on the track's artist.",
    )
    if report.judge is not None:
        st.caption(_model_in_words(report.judge))
    held = _issues_here(selection, report)
    if not held:
        unseen = "The labels could not be checked here." if "labels" in report.unseen else ""
        _say_nothing_found("No doubtful labels among these tracks.", unseen)
        return
    names = _names(selection)
    has_twin = any(one.twin for one in held)  # without one every row would give the same reason
    head = ["track", "id", "label", "sounds like", "probability", "probability of label", *["reason"] * has_twin]
    rows = [
        (
            names.get(one.track, one.track),
            one.track,
            display_name(one.given),
            display_name(one.looks_like),
            _whole_percent(one.p),
            _whole_percent(one.p_given),
            *["exact duplicate" if one.twin else "sound"] * has_twin,
        )
        for one in held
    ]
    bars = {
        name: st.column_config.ProgressColumn(name, min_value=0.0, max_value=1.0, format="percent")
        for name in ("probability", "probability of label")
    }
    one = held[pick_row(head, rows, key="labels", name=f"{selection.id} labels", column_config=bars)]
    given, like = display_name(one.given), display_name(one.looks_like)
    if one.twin:
        what = _identical(report, one.track, one.twin)
        note = f"The same {what} have another label elsewhere in this data set; one of the two is wrong."
        _cards(
            lambda: listen.card(selection, one.track, key="label_track", heading="This track", note=note),
            lambda: listen.card(selection, one.twin, key="label_twin", heading=f"The same {what}, another label"),
        )
        return
    note = f"Sounds like {like} ({percent(one.p or 0.0)}), less like {given} ({percent(one.p_given or 0.0)})."
    typical = numbers.typical(selection, one.looks_like)
    near = f"The track whose descriptors are closest to the median of {like}."
    _cards(
        lambda: listen.card(selection, one.track, key="label_track", heading="This track", note=note),
        (lambda: listen.card(selection, typical, key="label_typical", heading=f"Typical {like}", note=near))
        if typical
        else None,
    )


def _whole_percent(p: float | None) -> float | None:
    return None if p is None else round(p, 2)  # the model is no more exact than that


def _identical(report: AuditReport, one: str, other: str) -> str:
    """Return in what two exact duplicates are identical: "samples", or "pictures" where there is no sound."""
    by = next((pair.by for pair in report.exact if {pair.first, pair.second} == {one, other}), "samples")
    return "samples" if by == "samples" else "pictures"


def _model_in_words(model: LabelModel) -> str:
    if model.unnamed == model.n:
        trained = "No track names its artist, so the models may have been trained on other tracks of the artist."
    elif model.unnamed:
        trained = (
            "The models were not trained on the track's artist, as far as artists are known "
            f"({model.unnamed:,} of {model.n:,} tracks name none)."
        )
    else:
        trained = "The models were not trained on the track's artist."
    return (
        f"{trained} They predict {percent(model.right)} of the labels (95 % intervals: {percent(model.low)} to "
        f"{percent(model.high)} over {model.n:,} tracks, {percent(model.low_by_artist)} to "
        f"{percent(model.high_by_artist)} over {model.n_artists:,} artists)."
    )


# Outliers ------------------------------------------------------------------------------------------------------------


def _outliers_here(selection: Selection, report: AuditReport) -> list[Outlier]:
    return [one for one in report.outliers if _concerns(selection, one.track)]


def _outliers(selection: Selection, report: AuditReport) -> None:
    st.markdown(
        "Tracks unlike all others. Unusual does not mean wrong: it may be a distorted file or the only harpsichord.",
        help="Distance ratio: how far a track is from its ten nearest neighbours in the space of descriptors, as a "
        "multiple of the median track's distance.",
    )
    held = _outliers_here(selection, report)
    if not held:
        unseen = "Too few tracks have features to find outliers." if "outliers" in report.unseen else ""
        _say_nothing_found("No outliers among these tracks.", unseen)
        return
    names, genres = _names(selection), {track.id: track.genre for track in selection.dataset.tracks}
    rows = [
        (
            names.get(one.track, one.track),
            one.track,
            display_name(genres.get(one.track, "")),
            one.distance,
            ", ".join(in_words(*reason) for reason in one.because[:2]),  # the third has no room and is in the card
        )
        for one in held
    ]
    head = ("track", "id", "label", "distance ratio", "unusual")
    one = held[pick_row(head, rows, key="outliers", name=f"{selection.id} outliers")]
    listen.card(selection, one.track, key="outlier", note=_unusual(one))


def _unusual(one: Outlier) -> str:
    """Say what is unusual: "Very low spectral centroid (-3.1 standard deviations), steady MFCC 5 (-2.4)."."""
    first, *more = one.because
    words = [f"{in_words(*first)} ({first[1]:+.1f} standard deviations)"]
    words += [f"{in_words(column, z)} ({z:+.1f})" for column, z in more]
    return f"{words[0][:1].upper()}{', '.join(words)[1:]}."


# Broken files --------------------------------------------------------------------------------------------------------


def _unusable(_selection: Selection, report: AuditReport) -> int:
    """Return how many files of the whole data set cannot be used."""
    return len({one.track for one in report.broken if one.kind in UNUSABLE})


def _broken(selection: Selection, report: AuditReport) -> None:
    st.markdown(
        "Files that are damaged, silent, too short, distorted, or not the published ones. The count above covers only "
        "files that cannot be used. Filters do not apply to this list."
    )
    if not report.broken:
        _say_nothing_found("No broken files.")
        return
    counts = Counter(one.kind for one in report.broken)
    kinds = {kind: f"{KINDS.get(kind, kind)} ({number:,})" for kind, number in counts.items()}
    picked: str | None = next(iter(kinds))
    if len(kinds) > 1:
        picked = st.pills("Kind", list(kinds), format_func=kinds.__getitem__, default=picked, key="broken_kind")
    rows = [
        (one.track, KINDS.get(one.kind, one.kind), one.sentence) for one in report.broken if picked in (None, one.kind)
    ]
    export.table((("id", "kind", "what is wrong"), rows), key="broken", name=f"{selection.id} broken")


# Exclusions ----------------------------------------------------------------------------------------------------------


def _exclusions_here(selection: Selection, report: AuditReport) -> list[Exclusion]:
    return [
        one
        for one in exclusions(report, selection.dataset.tracks)
        if _concerns(selection, one.track, *[one.other] * bool(one.other))
    ]


def _leave_out(selection: Selection, report: AuditReport) -> None:
    st.markdown(
        "Leave these out of a fair experiment: unusable files, and all but one of each recording. Candidates, doubtful "
        "labels and outliers are not listed: a test without hard tracks is too easy.",
        help="Only exact and confirmed near duplicates. If a recording has two labels, all its tracks are left out.",
    )
    held = _exclusions_here(selection, report)
    if not held:
        _say_nothing_found("Nothing to leave out among these tracks.")
        return
    tracks, names = {track.id: track for track in selection.dataset.tracks}, _names(selection)
    has_partition = any(track.part for track in tracks.values())
    head = ["leave out", "why", "keep", "label", "similarity", "ids"]
    head += ["published partition"] * has_partition
    rows = [
        (
            names[one.track],
            REASONS[one.why],
            "neither" if one.why == "two labels" else names.get(one.other, one.other),
            display_name(tracks[one.track].genre),
            one.likeness or None,
            ", ".join(filter(None, (one.track, one.other))),
            *[_partition(tracks[one.track])] * has_partition,
        )
        for one in held
    ]
    at = pick_row(head, rows, key="leave", name=f"{selection.id} to leave out", column_config={"similarity": LIKENESS})
    if has_partition:
        _compared(held, tracks)
    one = held[at]
    _cards(
        lambda: listen.card(selection, one.track, key="leave_one", heading="Leave out"),
        (
            lambda: listen.card(
                selection, one.other, key="leave_other", heading="Leave out" if one.why == "two labels" else "Keep"
            )
        )
        if one.other
        else None,
    )


def _partition(track: Track) -> str:
    return "left out" if track.part == "excluded" else "kept"


def _compared(held: list[Exclusion], tracks: dict[str, Track]) -> None:
    """Compare the list with the partition that was published."""
    theirs = {name for name, track in tracks.items() if track.part == "excluded"}
    same = sum(one.track in theirs or one.other in theirs for one in held)
    st.caption(
        f"The published fault-filtered partition leaves out {len(theirs):,} of the {len(tracks):,} clips here. Of the "
        f"{len(held):,} tracks listed, it leaves out {same:,} or their duplicates."
    )


LISTS: Final[dict[str, List]] = {
    "copies": List("Duplicates", lambda selection, report: len(_duplicate_rows(selection, report)), _duplicates),
    "artists": List(
        "Artists", lambda selection, report: sum(map(is_dominated, _genres_here(selection, report))), _artists
    ),
    "labels": List("Labels", lambda selection, report: len(_issues_here(selection, report)), _labels),
    "outliers": List("Outliers", lambda selection, report: len(_outliers_here(selection, report)), _outliers),
    "broken": List("Broken files", _unusable, _broken),
    "leave": List("To leave out", lambda selection, report: len(_exclusions_here(selection, report)), _leave_out),
}
