"""Any folder of ``genre/track.ext`` as a data set; the genres are whatever the folders are called.

Conventions
-----------
``genre/track.ext``, or ``genre/artist/.../track.ext``: a folder between names the artist. A file called
``Artist - Title.ext`` names both where no folder does. What cannot be a track (another ending, no genre, too deep, a
pipe, rubbish of an operating system) is a :class:`Fault`, never dropped in silence. No file is opened here.
"""

from __future__ import annotations

import os
import unicodedata
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Final

from mgc.datasets.base import Dataset, Fault, Track, os_errors
from mgc.errors import DatasetError
from mgc.genres import GENRES

if TYPE_CHECKING:
    from collections.abc import Collection, Container, Iterable, Sequence

__all__ = [
    "AUDIO", "LICENCE", "check_genres", "genre_name", "is_audio", "is_rubbish", "named", "open_folder", "plain",
    "system_files", "unwrapped",
]  # fmt: skip

# Endings that are looked at; what a file really is, its bytes say when it is decoded (mgc.audio.probe).
AUDIO: Final = frozenset(
    (".wav", ".wave", ".aif", ".aiff", ".au", ".flac", ".ogg", ".oga", ".opus", ".mp3", ".m4a", ".mp4", ".aac", ".webm")
)
LICENCE: Final = "Your own files: only you know whether they may be shared."

MAX_FILES: Final = 20_000  # twice the largest genre collections that are taught with (FMA small: 8,000)
MAX_GENRES: Final = 200  # FMA has 161; models are trained on up to 100
_DEEPEST: Final = 6  # folders below the data set's own
_NAME: Final = 60  # letters of a genre, an artist or a title that are kept

_RUBBISH: Final = frozenset((".ds_store", "thumbs.db", "desktop.ini", "__macosx", "icon\r"))


def open_folder(path: Path) -> Dataset:
    """Open ``path`` as a data set; raise a DatasetError where no two genres have a track."""
    if not path.is_dir():
        raise DatasetError(f"{plain(path.name)!r} is not a folder that can be read.", details=str(path))
    walk = _Walk(path)
    files = walk.files
    tracks, faults = named(zip(unwrapped([file.relative_to(path).parts for file in files]), files, strict=True))
    genres = {track.genre for track in tracks}
    check_genres(genres)
    if len(genres) < 2:
        raise DatasetError(
            "A data set needs at least two folders, one for each genre, with audio files in them; "
            f"{plain(path.name)!r} has {len(genres)} such folder{'s' * (len(genres) != 1)}.",
            details=str(path),
        )
    # no id of the registry: what is opened by hand is not registered
    return Dataset("FOLDER", plain(path.name) or "folder", LICENCE, tracks, faults=(*walk.faults, *faults))


def check_genres(genres: Collection[str]) -> None:
    """Raise a DatasetError when there are more genres than every view can show."""
    if len(genres) > MAX_GENRES:
        raise DatasetError(f"There are {len(genres):,} folders of genres; accepted: up to {MAX_GENRES}.")


def named(files: Iterable[tuple[tuple[str, ...], Path]]) -> tuple[tuple[Track, ...], tuple[Fault, ...]]:
    """Make tracks of (path inside the data set, file); return them by id, and the faults of the rest."""
    tracks: dict[str, Track] = {}
    numbers: dict[str, int] = {}
    faults = []
    rubbish = 0
    for parts, file in files:
        shown = plain("/".join(parts))
        if is_rubbish(parts):
            rubbish += 1
        elif not is_audio(parts):
            faults.append(Fault(shown, f"{shown} is not an audio file and was left out."))
        elif len(parts) < 2 or not genre_name(parts[0]):
            faults.append(Fault(shown, f"{shown} is not in a genre folder and was left out.", "unlabelled"))
        else:
            track = _track(parts, file)
            track = replace(track, id=_free(track.id, tracks, numbers))
            tracks[track.id] = track
    return tuple(tracks[name] for name in sorted(tracks)), (*faults, *system_files(rubbish))


def system_files(count: int) -> tuple[Fault, ...]:
    """Return the one fault that stands for ``count`` hidden files and rubbish of operating systems."""
    if not count:
        return ()
    what = "1 hidden or system file was" if count == 1 else f"{count} hidden or system files were"
    return (Fault("system files", f"{what} left out (.DS_Store and the like)."),)


def unwrapped(paths: Sequence[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """Take away the folders that wrap all genres: of ``my set/rock/a.mp3`` and ``my set/pop/b.mp3`` the first."""
    audio = [path for path in paths if is_audio(path)]
    depth = 0
    while len({path[depth] for path in audio if len(path) > depth + 1}) == 1 and any(
        len(path) > depth + 2 for path in audio
    ):
        depth += 1
    return [path[min(depth, len(path) - 1) :] for path in paths]


def genre_name(folder: str) -> str:
    """Return a folder's name as a genre: lower case; ``"Hip-Hop"`` is our ``"hiphop"``; ``""`` when nothing is left."""
    name = plain(folder.replace("_", " ").casefold())
    letters = "".join(letter for letter in name if letter.isalnum())
    return letters if letters in GENRES else name


def plain(text: str) -> str:
    """Return a stranger's text as one line of printable letters, at most 60 for each part of a path."""
    shown = unicodedata.normalize("NFC", text.encode("utf-8", "replace").decode("utf-8", "replace"))
    shown = "".join(letter if letter.isprintable() else " " for letter in shown)
    return "/".join(" ".join(part.split())[:_NAME].strip() for part in shown.split("/"))


def is_rubbish(parts: Sequence[str]) -> bool:
    """Return whether a path is a hidden file, or one that an operating system leaves behind."""
    return any(part.startswith(".") or part.casefold() in _RUBBISH for part in parts)


def is_audio(parts: Sequence[str]) -> bool:
    """Return whether a path is that of an audio file by its ending alone."""
    return not is_rubbish(parts) and PurePosixPath(parts[-1]).suffix.lower() in AUDIO


def _free(name: str, taken: Container[str], numbers: dict[str, int]) -> str:
    """Return ``name``, or with the first number from 2 on that is not taken; ``numbers`` remembers the next to try."""
    if name not in taken:
        return name
    number = numbers.get(name, 2)
    while f"{name} ({number})" in taken:
        number += 1
    numbers[name] = number + 1
    return f"{name} ({number})"


def _track(parts: tuple[str, ...], file: Path) -> Track:
    genre, stem = genre_name(parts[0]), plain(PurePosixPath(parts[-1]).stem)
    artist = plain(parts[1]) if len(parts) > 2 else ""
    title = stem
    if not artist and " - " in stem:
        artist, _, title = (part.strip() for part in stem.partition(" - "))
    # GTZAN's habit, "blues.00000", is kept; otherwise the genre goes in front, for two may have a "track 1"
    name = stem if stem.startswith(f"{genre}.") else f"{genre}.{stem}"
    return Track(id=name.replace("/", " "), genre=genre, artist=artist, title=title, audio=file)


class _Walk:
    """Finds every file below a folder, each folder once: first what lies in it, then what links lead to."""

    def __init__(self, root: Path) -> None:
        self.files: list[Path] = []
        self.faults: list[Fault] = []
        self._root = root
        self._links: list[Path] = []
        self._seen = {_identity(above) for above in root.resolve().parents}  # a link to one leads back here
        self._look_into(root)
        for link in self._links:  # grows meanwhile
            self._look_into(link)
        if self._links:
            self.files.sort()

    def _look_into(self, folder: Path) -> None:
        with os_errors(_unreadable(folder)):
            mark = _identity(folder)
        if mark in self._seen:
            self._leave_out(folder, "links to a folder that was already read and was left out")
        elif len(folder.relative_to(self._root).parts) > _DEEPEST:
            self._leave_out(folder, f"is more than {_DEEPEST} folders deep; its contents were left out")
        else:
            self._seen.add(mark)
            with os_errors(_unreadable(folder)), os.scandir(folder) as found:
                entries = sorted(found, key=lambda entry: entry.name)
            for entry in entries:
                self._sort_in(entry)

    def _sort_in(self, entry: os.DirEntry[str]) -> None:
        path = Path(entry)
        # a link in a circle is an error to the entry, nothing to the path
        found = path if entry.is_symlink() else entry
        if entry.is_dir(follow_symlinks=False):
            self._look_into(path)
        elif found.is_dir():
            self._links.append(path)
        elif found.is_file():
            self.files.append(path)
            if len(self.files) > MAX_FILES:
                raise DatasetError(f"The folder holds more than {MAX_FILES:,} files, the most that are accepted.")
        else:  # opening a pipe would wait for ever
            self._leave_out(path, "is not a regular file, or is a broken link, and was left out")

    def _leave_out(self, path: Path, why: str) -> None:
        shown = plain(path.relative_to(self._root).as_posix())
        self.faults.append(Fault(shown, f"{shown} {why}."))


def _identity(folder: Path) -> tuple[int, int]:
    """Return what is the same of a folder by whichever path it is reached."""
    found = folder.stat()
    return found.st_dev, found.st_ino


def _unreadable(folder: Path) -> str:
    return f"The folder {plain(folder.name)!r} cannot be read; check its permissions."
