"""Audit: duplicates, dominant artists, doubtful labels, outliers, broken files, and what to leave out.

An audit takes a while. It is made once per data set and revision, in the background, and kept.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import streamlit as st

from mgc import jobs
from mgc.audit import background as auditing
from mgc.audit.report import UNUSABLE
from mgc.ui import background, player, resources
from mgc.ui.explore import extraction, links
from mgc.ui.explore.audit_lists import LISTS
from mgc.ui.text import plain

if TYPE_CHECKING:
    from mgc.audit.report import AuditReport
    from mgc.ui.explore.selection import Selection

__all__ = ["report_of", "show"]

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
        st.markdown("**Auditing the data set.** This is done once and kept.")
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
