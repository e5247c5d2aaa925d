"""From a data set's sound to numbers, as a job in the background that may be stopped and goes on where it was.

``job`` starts, watches and cancels it; ``work`` is what a worker does: its tracks one by one, then the record of all of
them, which ``collected`` reads; ``sound`` is what is computed of one track. Here is what they exchange about a track.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from mgc.datasets.base import stamp

if TYPE_CHECKING:
    from pathlib import Path

    from mgc.datasets.base import Track

__all__ = ["KEY", "REMOVED", "SILENT_WORK", "Item", "Outcome", "item_of", "key_of"]

KEY: Final = "job"  # in the extraction's folder: a word that its jobs have, too
SILENT_WORK: Final = 0.01  # of a track without audio, relative to one with
REMOVED: Final = "The data set was removed in the meantime."


@dataclass(frozen=True, slots=True)
class Item:
    """A track for a worker; paths are absolute, "" when there is no such file.

    ``stamp`` changes when one of its files does; ``md5`` is that of the audio file as published, "" when unknown.
    """

    id: str
    genre: str
    audio: str
    picture: str
    stamp: str = ""
    md5: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a track: the sha256 of its audio file and of its picture, "" for what was not read.

    ``why`` is a sentence when something of it failed.
    """

    sha256: str = ""
    picture: str = ""
    why: str = ""


def item_of(track: Track) -> Item:
    """Return what a worker needs of a track."""
    return Item(track.id, track.genre, _name(track.audio), _name(track.picture), stamp(track), track.md5 or "")


def key_of(folder: Path) -> str:
    """Return the key of an extraction, which its jobs carry, "" when it was never begun."""
    try:
        return (folder / KEY).read_text(encoding="ascii")
    except (OSError, ValueError):
        return ""


def _name(path: Path | None) -> str:
    return "" if path is None else str(path.absolute())
