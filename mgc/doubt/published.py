"""What others counted in GTZAN, to stand beside what is found here.

Sources: Sturm 2013, "The GTZAN dataset: its contents, its faults, their effects on evaluation, and its future use"
(arXiv 1306.1461), who listened to all of it; Kereliuk, Sturm and Larsen 2015, "Deep learning and music adversaries",
for the fault-filtered partition; and the table :mod:`mgc.datasets.gtzan` ships, which names its own sources.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from mgc.datasets.base import Dataset

__all__ = ["Published", "Subject", "published"]

Subject = Literal["exact", "near", "artists", "labels", "outliers", "broken"]

_STURM: Final = "Sturm 2013"
_INDEX: Final = "checksums of the published files"


@dataclass(frozen=True, slots=True)
class Published:
    """A count that others published; ``subject`` is the field of :class:`mgc.doubt.report.Doubts` it belongs beside."""

    subject: Subject
    count: int
    what: str
    source: str


# All 1,000 clips; a partial copy holds fewer.
_GTZAN: Final = (
    Published("exact", 14, "pairs of clips are the same file, byte for byte", _INDEX),
    Published("exact", 50, "exact replicas, by ear and fingerprint", _STURM),
    Published("near", 22, "further clips from the same recording", _STURM),
    Published("near", 13, "other versions of a song that is there already", _STURM),
    Published("near", 70, "clips left out of the fault-filtered partition, nearly all as repetitions", "Kereliuk 2015"),
    Published("artists", 35, "of 100 reggae clips are by Bob Marley", _STURM),
    Published("artists", 24, "of 100 pop clips are by Britney Spears", _STURM),
    Published("labels", 43, "labels that are plainly wrong", _STURM),
    Published("labels", 63, "labels that can be argued about", _STURM),
    Published("broken", 1, "file is broken in Kaggle's edition only: jazz.00054", "the file itself"),
)


def published(dataset: Dataset) -> tuple[Published, ...]:
    """Return what is known of a data set from elsewhere; it is GTZAN when all its tracks are clips of GTZAN."""
    from mgc.datasets import gtzan

    known = {track.id: track.genre for track in gtzan.tracks()}
    mine = {track.id: track.genre for track in dataset.tracks}
    return _GTZAN if mine and mine.items() <= known.items() else ()
