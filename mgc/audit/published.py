"""What others counted in GTZAN, to stand beside what is found here.

Sources: Sturm 2012, "An analysis of the GTZAN music genre dataset" (ACM MIRUM), who listened to all of it; Kereliuk,
Sturm and Larsen 2015, "Deep learning and music adversaries", for the fault-filtered partition; and the table that
:mod:`mgc.datasets.gtzan` ships, which names its own sources.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from mgc.datasets.base import Dataset

__all__ = ["Published", "Subject", "published"]

Subject = Literal["exact", "near", "artists", "labels", "outliers", "broken", "leave_out"]

_STURM: Final = "Sturm 2012"
_INDEX: Final = "checksums of the published files"


@dataclass(frozen=True, slots=True)
class Published:
    """A count that others published; ``subject`` names the list that it belongs beside."""

    subject: Subject
    count: int
    what: str
    source: str


# All 1,000 clips; a partial copy holds fewer.
_GTZAN: Final = (
    Published("exact", 14, "pairs of clips are the same file, byte for byte", _INDEX),
    Published("exact", 50, "clips are exact replicas, one of them in two genres", _STURM),
    Published("near", 22, "clips are from a recording that is there already", _STURM),
    Published("near", 13, "clips are other recordings of music that is there already", _STURM),
    Published(
        "leave_out", 70, "clips are not in the fault-filtered partition, most of them as repetitions", "Kereliuk 2015"
    ),
    Published("artists", 35, "of 100 reggae clips are by Bob Marley", _STURM),
    Published("artists", 24, "of 100 pop clips are by Britney Spears", _STURM),
    Published("labels", 43, "labels are conspicuously wrong", _STURM),
    Published("labels", 63, "labels are contentious", _STURM),
    Published("outliers", 1, "clip is distorted so much that all but five seconds are useless", _STURM),
    Published("broken", 1, "file is broken in Kaggle's edition only: jazz.00054", "the file itself"),
)


def published(dataset: Dataset) -> tuple[Published, ...]:
    """Return what is known of a data set from elsewhere; it is GTZAN when all its tracks are clips of GTZAN."""
    from mgc.datasets import gtzan

    known = {track.id: track.genre for track in gtzan.tracks()}
    mine = {track.id: track.genre for track in dataset.tracks}
    return _GTZAN if mine and mine.items() <= known.items() else ()
