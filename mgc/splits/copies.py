"""Which tracks of a data set are known to hold the very same samples, from what has been measured on it so far."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from mgc.datasets.validation import Report
    from mgc.splits.ties import Pairs

__all__ = ["Measured", "copies", "heard"]


class Measured(Protocol):
    """What is needed here of ``mgc.extraction.collected.Collected``, which stands above this part."""

    @property
    def ids(self) -> tuple[str, ...]:
        """Of the tracks, n of them."""

    @property
    def checksums(self) -> tuple[str, ...]:
        """Of the samples of each track; ``""`` where there is no sound."""


def copies(report: Report | None, measured: Measured | None) -> Pairs:
    """Return pairs of ids that tie all tracks of the very same samples together, for a split and for its audit.

    Parameters
    ----------
    report : Report or None
        a data set's validation, as :func:`mgc.datasets.validation.kept` has it
    measured : Measured or None
        what extraction measured on it

    Returns
    -------
    tuple of (str, str)
        sorted; nothing where there is neither: ask :func:`heard` which tracks were compared
    """
    pairs = set()
    for prints in _prints(report, measured):
        first: dict[str, str] = {}
        for name, mark in sorted(prints.items()):
            if first.setdefault(mark, name) != name:
                pairs.add((first[mark], name))
    return tuple(sorted(pairs))


def heard(report: Report | None, measured: Measured | None) -> frozenset[str]:
    """Return the ids of the tracks whose samples :func:`copies` compares."""
    return frozenset().union(*_prints(report, measured))


def _prints(report: Report | None, measured: Measured | None) -> tuple[dict[str, str], ...]:
    """Return the checksum of each track that was heard, once for each time that they were: the two hear differently."""
    validated = {name: one.sha256 for name, one in report.measures.items()} if report is not None else {}
    pairs = zip(measured.ids, measured.checksums, strict=True) if measured is not None else ()
    return validated, {name: mark for name, mark in pairs if mark}
