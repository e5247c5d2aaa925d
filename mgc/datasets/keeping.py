"""Copies of uploaded files in the registry: each is checked first and stored under a number, not its name."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from mgc.audio.decode import max_bytes
from mgc.audio.probe import look
from mgc.datasets.base import Dataset, Fault
from mgc.datasets.folder import AUDIO, LICENCE, check_genres, is_rubbish, named, plain
from mgc.errors import AudioError, DatasetError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["Keeper", "write"]


class Keeper:
    """Writes files into ``folder``, made at the first one.

    Parameters
    ----------
    folder : Path
        nobody else writes there
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files: list[tuple[tuple[str, ...], Path]] = []
        self._faults: list[Fault] = []

    def put(self, parts: tuple[str, ...], data: bytes) -> None:
        """Keep one file; ``parts`` is its path as the stranger calls it: genre, perhaps artist, name."""
        if not self.is_wanted(parts):
            self._files.append((parts, Path()))  # said to be left out when tracks are made of the list
            return
        try:
            if len(data) > max_bytes():
                self.leave_out(parts, f"is larger than {max_bytes() // 2**20} MB and was left out", "left-out")
                return
            look(data)
        except AudioError as error:
            self.leave_out(parts, f"was left out. {error.user_message}".rstrip("."), "broken")
            return
        self._folder.mkdir(parents=True, exist_ok=True)
        file = self._folder / f"{len(self._files):05}{PurePosixPath(parts[-1]).suffix.lower()}"
        file.write_bytes(data)
        self._files.append((parts, file))

    def leave_out(self, parts: tuple[str, ...], why: str, kind: str) -> None:
        """Note that a file was not kept, and why."""
        shown = plain("/".join(parts))
        self._faults.append(Fault(shown, f"{shown} {why}.", kind))

    @staticmethod
    def is_wanted(parts: tuple[str, ...]) -> bool:
        """Tell from its name alone whether a file can be a track; others need not even be unpacked."""
        return len(parts) > 1 and not is_rubbish(parts) and PurePosixPath(parts[-1]).suffix.lower() in AUDIO

    def dataset(self, title: str) -> Dataset:
        """Return what was kept as a data set.

        Raises
        ------
        DatasetError
            when fewer than two genres have a track
        """
        tracks, faults = named(self._files)
        genres = {track.genre for track in tracks}
        if len(genres) < 2:
            found = f"only {plain(genres.pop())!r} has" if genres else "none has"
            raise DatasetError(
                "A data set needs at least two genres, each a folder with audio files in it (genre/track.mp3); "
                f"here {found} a track.",
                details="; ".join(fault.sentence for fault in (*self._faults, *faults)[:20]),
            )
        return Dataset("upload", title, LICENCE, tracks, faults=(*self._faults, *faults), source="upload")


def write(title: str, clips: Mapping[str, Sequence[tuple[str, bytes]]], folder: Path) -> Dataset:
    """Keep uploaded clips, ``{genre: [(file name, bytes), ...]}``, in ``folder``; return the data set.

    Raises
    ------
    DatasetError
        when fewer than two genres have a clip that is audio
    """
    keeper = Keeper(folder)
    check_genres(clips.keys())
    for genre, files in clips.items():
        for name, data in files:
            keeper.put((plain(genre).replace("/", " "), PurePosixPath(name.replace("\\", "/")).name or "clip"), data)
    return keeper.dataset(plain(title).replace("/", " ") or "My own clips")
