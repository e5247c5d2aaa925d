"""Audit: duplicates, dominant artists, doubtful labels, outliers, broken files, and what to leave out.

An audit takes a while. It is made once per data set and revision, in the background, and kept.
"""

from __future__ import annotations

import textwrap
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Final, Generic, Literal, NamedTuple, TypeVar

import streamlit as st

from mgc import jobs
from mgc.audit import background as auditing
from mgc.audit.duplicates import CONFIRMED
from mgc.audit.labels import LabelIssue
from mgc.audit.outliers import Outlier, in_words
from mgc.audit.report import DOMINANT_SHARE, UNUSABLE, BrokenFile, Concentration, Exclusion, exclusions, is_dominated
from mgc.charts.theme import percent, signed
from mgc.datasets.base import normalised_artist
from mgc.errors import DatasetError
from mgc.genres import display_name
from mgc.ui import export, frame, links, player
from mgc.ui.explore import extraction, listen, numbers, overview
from mgc.ui.explore.selection import BY_DATA
from mgc.ui.text import plain, shorten

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from mgc.audit.labels import LabelModel
    from mgc.audit.report import AuditReport
    from mgc.ui.explore.selection import Selection

__all__ = ["LISTS", "pick_row", "report_of", "show"]

_FOUND: Final = {
    "exact": ("exact pair", "exact pairs"),
    "near": ("near pair", "near pairs"),
    "labels": ("doubtful label", "doubtful labels"),
    "outliers": ("outlier", "outliers"),
    "broken": ("unusable file", "unusable files"),
}
EXACT: Final = {"samples": "Exact: same samples", "picture": "Exact: same picture"}
NEAR: Final = {"names": "Near, confirmed by names", "likeness": "Near, confirmed by similarity", "": "Near, candidate"}
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
PRESENTED: Final = 1.9  # how much taller a row can be in presentation mode
FEW: Final = 7  # rows
LONGEST: Final = 40  # characters of a name in a table
_ROW: Final = 35


def show(selection: Selection) -> None:
    """Draw the view."""
    if not extraction.invite(selection, "the audit"):
        return
    report = report_of(selection)
    if report is None:
        return
    lists = {key: make(selection, report) for key, make in LISTS.items()}
    labels = {key: f"{one.label} ({one.count():,})" for key, one in lists.items()}
    which = links.one("list", labels, label="Findings", default="copies", label_visibility="collapsed")
    lists[which].show(which)
    player.one_at_a_time()  # the two tracks of a pair are to be compared, not heard together
    _published(report, lists[which].subjects)
    for note in report.notes:
        st.caption(plain(note))


def report_of(selection: Selection) -> AuditReport | None:
    """Return the audit of a data set; while it is being made, draw its progress and return None."""
    job = jobs.find("audit", selection.id)
    if job is None or not job.is_active:
        with suppress(DatasetError):
            return _report(selection)
    words = "**Auditing the data set.** This is done once; the result is stored."
    extraction.work(job, partial(auditing.start, selection.id), words, key="audit")
    return None


@st.cache_resource(max_entries=4, show_spinner=False, hash_funcs=BY_DATA)
def _report(selection: Selection) -> AuditReport:
    """Return the audit that is stored; none is a DatasetError, which is not kept."""
    assert selection.collected is not None  # noqa: S101 - callers ask extraction.invite first
    report = auditing.find(selection.id, selection.dataset, selection.collected, selection.report)
    if report is None:
        raise DatasetError("The data set has not been audited yet.")
    return report


def _published(report: AuditReport, subjects: Sequence[str]) -> None:
    """Draw the published counts that belong to a list; nothing for data sets without any."""
    counts = [one for one in report.published if one.subject in subjects]
    if not counts:
        return
    with st.container(border=True, gap="xsmall"):
        st.markdown("**Published counts** for all 1,000 clips of GTZAN")
        st.markdown("\n".join(f"- **{one.count}** {plain(one.what)} ({plain(one.source)})" for one in counts))
        numbers = {subject: len(getattr(report, subject)) for subject in subjects if subject in _FOUND}
        if "broken" in numbers:
            numbers["broken"] = _unusable(report)
        found = [f"{number:,} {_FOUND[subject][number != 1]}" for subject, number in numbers.items()]
        if found:
            st.caption(f"Found in your copy: {', '.join(found)}.")


def _unusable(report: AuditReport) -> int:
    return len({one.track for one in report.broken if one.kind in UNUSABLE})


def pick_row(head: Sequence[str], rows: Sequence[Sequence[Any]], *, key: str, name: str, **more: Any) -> int:
    """Draw a table and return the number of the row that was clicked, at first 0."""
    state = export.table(
        (head, rows),
        key=key,
        name=name,
        on_select="rerun",
        selection_mode="single-row",
        height=_height(len(rows)),
        **more,
    )
    picked: Iterable[int] = state.selection.rows
    return next((row for row in picked if row < len(rows)), 0)


def _height(n_rows: int) -> int | Literal["content"]:
    """Return the height of a table in px: a few rows are all shown, many scroll."""
    if frame.presenting():
        return "content" if n_rows <= FEW else round(TALLEST * PRESENTED)
    return min(_ROW * (n_rows + 1) + 3, TALLEST)


def _short(name: str) -> str:
    visible = shorten(name, 300)
    cut = textwrap.shorten(visible, LONGEST, placeholder=" \N{HORIZONTAL ELLIPSIS}")
    return cut if len(cut) > 2 else shorten(visible, LONGEST)  # one word that is too long


def _whole_percent(p: float | None) -> float | None:
    return None if p is None else round(p, 2)  # the model is no more exact than that


def _share(label: str) -> Any:
    return st.column_config.ProgressColumn(label, min_value=0.0, max_value=1.0, format="percent")


F = TypeVar("F")


class _Findings(Generic[F]):
    """A list of findings: those under the filters, as a table, and the picked one with its sound.

    Attributes
    ----------
    label, words, help : str
        of the list, above it, and behind its help mark
    nothing, unseen : str
        instead of the table: when nothing was found, and when nothing could be searched for
    subjects : tuple of str
        of the audit's report, and of the published counts that belong beside the list
    look : mapping of column to st.column_config
    found : list
        the findings that concern the chosen tracks
    """

    label: ClassVar[str]
    words: ClassVar[str]
    help: ClassVar[str | None] = None
    nothing: ClassVar[str] = ""
    unseen: ClassVar[str] = ""
    subjects: ClassVar[tuple[str, ...]]
    look: ClassVar[Mapping[str, Any]] = {}

    def __init__(self, selection: Selection, report: AuditReport) -> None:
        self.selection, self.report = selection, report
        self.tracks = {track.id: track for track in selection.dataset.tracks}
        self.chosen = {track.id for track in selection.chosen}
        self.found = self.find()

    def find(self) -> list[F]:
        """Return the findings under the filters."""
        return [one for one in getattr(self.report, self.subjects[0]) if self.concerns(one.track)]

    def row(self, one: F) -> dict[str, Any]:
        """Return the cells of a finding by the titles of their columns, the same for all."""
        raise NotImplementedError

    def open(self, one: F) -> None:
        """Draw the tracks of the picked finding."""
        raise NotImplementedError

    def count(self) -> int:
        """Return the number that stands beside the list's label."""
        return len(self.found)

    def note(self) -> str:
        """Return a line above the table, as Markdown."""
        return ""

    def show(self, key: str) -> None:
        """Draw the list."""
        st.markdown(self.words, help=self.help)
        if note := self.note():
            st.caption(note)
        if self.found:
            self.draw(key)
        elif not self.nothing or {*self.subjects} & {*self.report.unseen}:
            st.info(self.unseen, icon=":material/search_off:")
        else:
            st.success(self.nothing, icon=":material/check_circle:")

    def draw(self, key: str) -> None:
        """Draw the table and what belongs to its picked row."""
        rows, look = [self.row(one) for one in self.found], dict(self.look)
        if frame.presenting():  # in large type: without the ids, and with columns as wide as their words
            rows = [{title: cell for title, cell in row.items() if title not in ("id", "ids")} for row in rows]
            look = {title: shape for title, shape in look.items() if title not in WIDTHS}
        cells = [tuple(row.values()) for row in rows]
        name = f"{self.selection.id} {self.label}"
        self.open(self.found[pick_row(list(rows[0]), cells, key=key, name=name, column_config=look)])

    def concerns(self, *ids: str) -> bool:
        """Return whether the filters leave one of these tracks."""
        return not self.chosen.isdisjoint(ids)

    def name(self, id: str) -> str:
        """Return artist and title of a track, the id where neither is known; cut between words."""
        return _short(listen.named(self.tracks[id]) or id)

    def genre(self, id: str) -> str:
        """Return the label of a track in words."""
        return display_name(self.tracks[id].genre)

    def pair(self, key: str, *cards: tuple[str, str, str]) -> None:
        """Draw tracks side by side, each (id, heading, note); one without an id is left out."""
        for column, (id, heading, note), side in zip(st.columns(2, gap="small"), cards, ("one", "other"), strict=False):
            with column:
                if id:
                    listen.card(self.selection, id, key=f"{key}_{side}", heading=heading, note=note)


class _Pair(NamedTuple):
    """Two tracks that may be one recording; ``kind`` in words, ``likeness`` 0..1."""

    first: str
    second: str
    kind: str
    likeness: float


class _Duplicates(_Findings[_Pair]):
    label = "Duplicates"
    subjects = ("exact", "near")
    words = (
        "A recording that is in the data twice makes a test too easy: the model may have been trained on the answer. "
        "Listen to both tracks of a pair."
    )
    help = (
        "*Exact* pairs have the same samples or, without audio, the same picture. *Near* pairs may be one recording, "
        "cut or encoded differently, or merely share a drum machine and a tempo: a near pair is a candidate until "
        f"artist and title agree or, where they are unknown, the similarity is {CONFIRMED} or more. Similarity "
        "compares two spectrograms at the time shift where they agree best. At 1, all 30 seconds agree; at 0.1, "
        "perhaps only a few."
    )
    nothing = "No duplicates among these tracks."
    unseen = "No exact duplicates; near duplicates could not be searched for."
    look: ClassVar[Mapping[str, Any]] = {
        "similarity": LIKENESS,
        **{title: st.column_config.TextColumn(width=width) for title, width in WIDTHS.items()},
    }

    def find(self) -> list[_Pair]:
        pairs = [_Pair(one.first, one.second, EXACT[one.by], 1.0) for one in self.report.exact]
        pairs += [_Pair(one.first, one.second, NEAR[one.confirmed_by], one.likeness) for one in self.report.near]
        return [pair for pair in pairs if self.concerns(pair.first, pair.second)]

    def note(self) -> str:
        if not self.found:
            return ""
        exact = sum(one.kind in EXACT.values() for one in self.found)
        candidates = sum(one.kind == NEAR[""] for one in self.found)
        return (
            f"{exact:,} exact, {len(self.found) - exact - candidates:,} near and confirmed, {candidates:,} "
            f"candidate{'s' * (candidates != 1)}. Click a row to open the pair."
        )

    def row(self, one: _Pair) -> dict[str, Any]:
        return {
            "first": self.name(one.first),
            "second": self.name(one.second),
            "kind": one.kind,
            "similarity": one.likeness,
            "labels": " / ".join(dict.fromkeys((self.genre(one.first), self.genre(one.second)))),
            "ids": f"{one.first}, {one.second}",
        }

    def open(self, one: _Pair) -> None:
        has_sound = all(self.tracks[id].audio is not None for id in (one.first, one.second))
        what = "What do you hear?" if has_sound else "What do you see?"
        st.markdown(f"**{one.kind}**, similarity {one.likeness:.2f}. {what}")
        self.pair("copy", (one.first, "", ""), (one.second, "", ""))


class _Artists(_Findings[Concentration]):
    label = "Artists"
    subjects = ("artists",)
    words = (
        "A model can recognise the voice or the studio sound of an artist instead of the genre, above all where one "
        "artist is *dominant*."
    )
    help = (
        f"An artist is dominant with more than {percent(DOMINANT_SHARE)} of a genre and more than 1.25 times an equal "
        "share. Effective number of artists: how many artists with equally many tracks would be as diverse (inverse "
        "Simpson index). Each track of an unknown artist counts as a separate artist."
    )
    unseen = "No artist is known in this data set."
    look: ClassVar[Mapping[str, Any]] = {"share": _share("share")}

    def find(self) -> list[Concentration]:
        genres = {track.genre for track in self.selection.chosen}
        return [one for one in self.report.artists if one.genre in genres and one.artists]

    def count(self) -> int:
        return sum(map(is_dominated, self.found))

    def row(self, one: Concentration) -> dict[str, Any]:
        return {
            "genre": display_name(one.genre),
            "largest artist": _short(one.largest),
            "tracks": one.largest_tracks,
            "share": _whole_percent(one.share),
            "dominant": "yes" if is_dominated(one) else "",
            "artists": one.artists,
            "effective number": one.effective,
            "named tracks": one.named,
        }

    def open(self, one: Concentration) -> None:
        name = normalised_artist(one.largest)
        theirs = [t for t in self.tracks.values() if t.genre == one.genre and normalised_artist(t.artist) == name]
        st.markdown(
            f"**{percent(one.share)} of {plain(display_name(one.genre))} is by {plain(shorten(one.largest))}** "
            f"({one.largest_tracks} of {one.tracks} tracks)."
        )
        theirs.sort(key=lambda track: track.audio is None)
        self.pair("artist", *((track.id, "", "") for track in theirs[:2]))
        st.button(
            "Show only these tracks",
            key="artist_filter",
            icon=":material/filter_alt:",
            on_click=links.go,
            kwargs={"artist": name, "genre": [one.genre], "only": None, "words": "", "view": "listen"},
        )


class _Labels(_Findings[LabelIssue]):
    label = "Labels"
    subjects = ("labels",)
    words = (
        "Tracks that sound more like another genre than like their label. Most are hard cases or errors of the model; "
        "some are wrong labels. Listen before you change one."
    )
    help = (
        "Found by confident learning (Northcutt et al. 2021, with cleanlab) from the probabilities of models that "
        "were not trained on the track's artist."
    )
    nothing = "No doubtful labels among these tracks."
    unseen = "The labels could not be checked here."
    look: ClassVar[Mapping[str, Any]] = {name: _share(name) for name in ("probability", "probability of label")}

    def note(self) -> str:
        return _model_in_words(self.report.judge) if self.report.judge is not None else ""

    def row(self, one: LabelIssue) -> dict[str, Any]:
        cells = {
            "track": self.name(one.track),
            "id": one.track,
            "label": display_name(one.given),
            "sounds like": display_name(one.looks_like),
            "probability": _whole_percent(one.p),
            "probability of label": _whole_percent(one.p_given),
        }
        if any(issue.twin for issue in self.found):  # without one every row would give the same reason
            cells["reason"] = "exact duplicate" if one.twin else "sound"
        return cells

    def open(self, one: LabelIssue) -> None:
        given, like = display_name(one.given), display_name(one.looks_like)
        if one.twin:
            pairs = (pair.by for pair in self.report.exact if {pair.first, pair.second} == {one.track, one.twin})
            what = "pictures" if next(pairs, "samples") == "picture" else "samples"
            note = f"The same {what} have another label elsewhere in this data set; one of the two is wrong."
            other = (one.twin, f"The same {what}, another label", "")
        else:
            note = f"Sounds like {like} ({percent(one.p or 0.0)}), less like {given} ({percent(one.p_given or 0.0)})."
            typical = numbers.typical(self.selection, one.looks_like) or ""
            other = (typical, f"Typical {like}", f"The track whose descriptors are closest to the median of {like}.")
        self.pair("label", (one.track, "This track", note), other)


def _model_in_words(model: LabelModel) -> str:
    trained = "The models were not trained on the track's artist."
    if model.unnamed == model.n:
        trained = "No track names its artist, so the models may have been trained on other tracks by the same artist."
    elif model.unnamed:
        few = f"{model.unnamed:,} of {model.n:,} tracks name none"
        trained = f"{trained.removesuffix('.')}, as far as artists are known ({few})."
    return (
        f"{trained} They predict {percent(model.right)} of the labels (95 % intervals: {percent(model.low)} to "
        f"{percent(model.high)} over {model.n:,} tracks, {percent(model.low_by_artist)} to "
        f"{percent(model.high_by_artist)} over {model.n_artists:,} artists)."
    )


class _Outliers(_Findings[Outlier]):
    label = "Outliers"
    subjects = ("outliers",)
    words = "Tracks unlike all others. Unusual does not mean wrong: it may be a distorted file or the only harpsichord."
    help = (
        "Distance ratio: how far a track is from its ten nearest neighbours in the space of descriptors, as a "
        "multiple of the median track's distance."
    )
    nothing = "No outliers among these tracks."
    unseen = "Too few tracks have features to find outliers."

    def row(self, one: Outlier) -> dict[str, Any]:
        return {
            "track": self.name(one.track),
            "id": one.track,
            "label": self.genre(one.track),
            "distance ratio": one.distance,
            "unusual": ", ".join(in_words(*reason) for reason in one.because[:2]),  # all are in the card
        }

    def open(self, one: Outlier) -> None:
        first, *more = one.because
        words = [f"{in_words(*first)} ({signed(first[1])} standard deviations)"]
        words += [f"{in_words(column, z)} ({signed(z)})" for column, z in more]
        note = f"{words[0][:1].upper()}{', '.join(words)[1:]}."
        listen.card(self.selection, one.track, key="outlier", note=note)


class _Broken(_Findings[BrokenFile]):
    label = "Broken files"
    subjects = ("broken",)
    words = (
        "Files that are damaged, silent, too short, distorted, or not the published ones. Filters do not apply to this "
        "list."
    )
    help = "The count above covers only files that cannot be used."
    nothing = "No broken files."

    def find(self) -> list[BrokenFile]:
        return list(self.report.broken)

    def count(self) -> int:
        return _unusable(self.report)

    def draw(self, key: str) -> None:
        overview.findings(self.selection, self.found, key=key)


class _Exclusions(_Findings[Exclusion]):
    label = "To leave out"
    subjects = ("leave_out",)
    words = "Leave these out of a fair experiment: unusable files, and all but one track of each recording."
    help = (
        "Only exact and confirmed near duplicates are listed. If a recording has two labels, all its tracks are left "
        "out. Candidates, doubtful labels and outliers stay in: a test without hard tracks is too easy."
    )
    nothing = "Nothing to leave out among these tracks."
    look: ClassVar[Mapping[str, Any]] = {"similarity": LIKENESS}

    def find(self) -> list[Exclusion]:
        every = exclusions(self.report, self.selection.dataset.tracks)
        return [one for one in every if self.concerns(one.track, one.other)]

    def row(self, one: Exclusion) -> dict[str, Any]:
        kept = self.name(one.other) if one.other else ""
        cells = {
            "leave out": self.name(one.track),
            "why": REASONS[one.why],
            "keep": "neither" if one.why == "two labels" else kept,
            "label": self.genre(one.track),
            "similarity": one.likeness or None,
            "ids": ", ".join(filter(None, (one.track, one.other))),
        }
        if self._is_published():
            cells["published partition"] = "left out" if self.tracks[one.track].part == "excluded" else "kept"
        return cells

    def open(self, one: Exclusion) -> None:
        other = "Leave out" if one.why == "two labels" else "Keep"
        self.pair("leave", (one.track, "Leave out", ""), (one.other, other, ""))

    def note(self) -> str:
        """Compare the list with the partition that was published."""
        if not self.found or not self._is_published():
            return ""
        theirs = {name for name, track in self.tracks.items() if track.part == "excluded"}
        same = sum(one.track in theirs or one.other in theirs for one in self.found)
        return (
            f"The published fault-filtered partition leaves out {len(theirs):,} of the {len(self.tracks):,} clips "
            f"here. For {same:,} of the {len(self.found):,} tracks listed, it leaves out the track or its duplicate."
        )

    def _is_published(self) -> bool:
        return any(track.part for track in self.tracks.values())


LISTS: Final[dict[str, Callable[[Selection, AuditReport], _Findings[Any]]]] = {
    "copies": _Duplicates,
    "artists": _Artists,
    "labels": _Labels,
    "outliers": _Outliers,
    "broken": _Broken,
    "leave": _Exclusions,
}
