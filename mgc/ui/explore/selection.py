"""What every view of the Explore page is given: one data set, what is known of it, and which tracks are asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from mgc.genres import palette

if TYPE_CHECKING:
    import numpy.typing as npt

    from mgc.datasets.base import Dataset, Track
    from mgc.datasets.validation import Report
    from mgc.extraction.collected import Collected
    from mgc.ui.explore.filters import Filters

__all__ = ["Known", "Selection", "forget", "known", "revision"]


@dataclass(frozen=True, slots=True, eq=False)
class Known:
    """A data set with all that was worked out about it so far; shared by all sessions, never written to."""

    id: str
    revision: str
    dataset: Dataset
    report: Report | None
    collected: Collected | None


@dataclass(frozen=True, slots=True, eq=False)
class Selection:
    """One data set under the filters of one visitor.

    Attributes
    ----------
    id : str
        of the data set in the registry
    revision : str
        changes whenever the data set or what was worked out about it changes: with ``id`` the key of every cache
    dataset : Dataset
    report : Report or None
        None until the data set has been validated
    collected : Collected or None
        None until the sound has been measured
    chosen : tuple of Track
        what the filters leave, in the data set's order
    filters : Filters
    """

    id: str
    revision: str
    dataset: Dataset
    report: Report | None
    collected: Collected | None
    chosen: tuple[Track, ...]
    filters: Filters

    @property
    def key(self) -> tuple[str, str, Filters]:
        """What a cached result of these tracks is kept under."""
        return self.id, self.revision, self.filters

    @property
    def colours(self) -> dict[str, str]:
        """The colour of each genre of the data set, the same in every chart, whatever the filters leave."""
        return palette(self.dataset.genres)

    def rows(self) -> npt.NDArray[np.int64]:
        """Return where the chosen tracks stand in ``collected`` [shape=(m,)]; a track that is not there is left out."""
        if self.collected is None:
            return np.zeros(0, np.int64)
        wanted = {track.id for track in self.chosen}
        return np.flatnonzero([name in wanted for name in self.collected.ids])


def known(id: str) -> Known:
    """Return what is known of a data set; read again only when something about it has changed.

    Raises
    ------
    DatasetError
        when there is no such data set, or the studio is not made yet
    """
    return _known(id, revision(id))


def forget() -> None:
    """Drop all that is kept in memory; for a data set that was removed."""
    _known.clear()


@st.cache_resource(max_entries=4, show_spinner=False)
def _known(id: str, revision: str) -> Known:
    from mgc.datasets import registry, validation
    from mgc.extraction import collected

    dataset = registry.open_dataset(id)
    return Known(id, revision, dataset, validation.kept(id, dataset), collected.collected(id))


def revision(id: str) -> str:
    """Return a word that changes with a data set's record, its report and what was measured."""
    from mgc.datasets import registry

    folder = registry.folder(id)
    files = [*folder.glob("*.json"), *folder.glob("extraction/collected.json")]
    newest = max((file.stat().st_mtime_ns for file in files), default=0)
    return f"{len(files)}-{newest:x}"
