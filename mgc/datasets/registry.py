"""The registry: every data set that was added, under ``MGC_HOME/datasets/<id>/``; it survives restarts.

Conventions
-----------
``<id>/dataset.json`` says what it is; files that were copied or made lie in ``<id>/files``. A data set that was added
by its path is remembered, never copied, and removing it leaves its files alone. Something new is built in a hidden
folder and renamed into place: a reader sees a whole data set or none. ``"studio"`` always stands first, made or not.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

from mgc.datasets import entry
from mgc.datasets.building import STUDIO, alone, building, check_room, discard, settle, settle_studio
from mgc.datasets.entry import Entry
from mgc.datasets.place import looked_at, opened, packed_gtzan, read
from mgc.errors import BadArchive, DatasetError
from mgc.settings import settings

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mgc.datasets.base import Dataset, Progress

__all__ = [
    "Entry",
    "add_clips",
    "add_gtzan",
    "add_path",
    "add_zip",
    "describe",
    "folder",
    "ids",
    "make_studio",
    "open_dataset",
    "remove",
]

STUDIO_TITLE: Final = "The studio (music made by this program)"
MAX_SETS: Final = 200
_ID: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
_FILES: Final = "files"

STUDIO_LICENCE: Final = (
    "Synthesised by this program from recipes of its own: no recording of anybody, free to use for anything."
)


def ids() -> tuple[str, ...]:
    """Return the ids of all data sets, the studio first, the others by name."""
    found = {path.parent.name for path in _root().glob(f"*/{entry.FILE}") if _ID.fullmatch(path.parent.name)}
    return (STUDIO, *sorted(found - {STUDIO}))


def describe(name: str) -> Entry:
    """Return what is known of a data set without opening it.

    Raises
    ------
    DatasetError
        when there is none of that id, or its record is damaged
    """
    try:
        kept = entry.load(folder(name))
    except DatasetError:
        if name == STUDIO and not (folder(name) / entry.FILE).exists():
            return Entry(STUDIO, STUDIO_TITLE, "studio", 120, made=False)
        raise
    return Entry(name, kept.title, entry.source_of(kept.source), kept.n_tracks)


def open_dataset(name: str) -> Dataset:
    """Open a data set by id; one that was added by its path is read from there, as it is now.

    Raises
    ------
    DatasetError
        when there is none of that id, its files are gone, or the studio is not yet made
    """
    if not describe(name).made:
        raise DatasetError("The studio's data set is not made yet; the Explore page makes it, and so does any command.")
    kept = entry.load(folder(name))
    if kept.path is not None:  # relative: a copy of GTZAN that lies here
        return read(folder(name) / kept.path, name, kept.title, kept.noted())
    try:
        return kept.unpack(name, folder(name))
    except ValueError as error:
        raise DatasetError(f"The record of the data set {name!r} is damaged.", details=str(error)) from error


def folder(name: str) -> Path:
    """Return where a data set's record lies, and where others may keep what they made of it.

    Raises
    ------
    DatasetError
        when ``name`` cannot be an id
    """
    if not _ID.fullmatch(name):
        raise DatasetError("Invalid id of a data set. Expected: lower-case letters, digits and hyphens.")
    return _root() / name


def add_path(path: Path | str, tell: Progress | None = None) -> str:
    """Register a folder or a ZIP file by its path; return its id. A folder that is registered keeps its id.

    Parameters
    ----------
    path : Path or str
        a folder; a ZIP file; or Hugging Face's folder of GTZAN, where all is in one ``genres.tar.gz``
    tell : callable or None
        is told how much of an archive is unpacked, and of how much

    Raises
    ------
    DatasetError
        when it is neither GTZAN, nor a folder or ZIP of at least two genres
    """
    place, is_file, is_folder = looked_at(path)
    if is_file:
        with opened(place) as file:
            return _add_archive(place.name, file, is_trusted=True, tell=tell)
    if not is_folder:
        raise DatasetError(f"There is no folder or ZIP file {str(path)[:200]!r}.", details=str(place))
    place = place.resolve()
    if known := entry.by_path(_root(), place):
        return known
    packed = packed_gtzan(place)
    if packed is not None:
        with opened(packed) as file:
            return _add_archive("gtzan", file, is_trusted=True, tell=tell)
    dataset = read(place, "new", "")
    with alone(_root(), "path"):
        if known := entry.by_path(_root(), place):  # somebody else was quicker
            return known
        with building(_root(), MAX_SETS) as new:
            entry.save(entry.pack(dataset, None, path=place), new)
            return settle(new, "gtzan" if dataset.source == "gtzan" else dataset.title)


def add_zip(name: str, file: BinaryIO, tell: Progress | None = None) -> str:
    """Unpack a ZIP of ``genre/track.ext`` (or of GTZAN) into the registry; ``name`` is shown, never used on disk.

    ``tell(files so far, files in all)`` is called meanwhile.

    Raises
    ------
    DatasetError
        when it is no ZIP, dangerous, or holds no data set
    """
    return _add_archive(name, file, tell=tell)


def add_clips(title: str, clips: Mapping[str, Sequence[tuple[str, bytes]]]) -> str:
    """Make a small data set of uploads: ``{genre: [(file name, bytes), ...]}``, at least two genres.

    Raises
    ------
    DatasetError
        when there are fewer, or a clip is no audio of an accepted format
    """
    from mgc.datasets import keeping

    with building(_root(), MAX_SETS) as new:
        dataset = keeping.write(title, clips, new / _FILES)
        entry.save(entry.pack(dataset, new), new)
        return settle(new, dataset.title)


def add_gtzan(source: str = "kaggle", tell: Progress | None = None, unpacked: Progress | None = None) -> str:
    """Download GTZAN from ``"kaggle"`` or ``"huggingface"``; ``tell(bytes so far, bytes in all)`` is called meanwhile.

    ``unpacked`` is called in the same way afterwards, while the archive is unpacked.

    Raises
    ------
    DatasetError
        when there is no network, the registry or the disk is full, or what came is not GTZAN (:class:`BadArchive`)
    """
    from mgc.datasets import download

    check_room(_root(), MAX_SETS)
    packed = download.fetch(source, _root() / ".downloads", tell)
    try:
        with opened(packed) as file:
            name = _add_archive("gtzan", file, is_trusted=True, most=download.MAX_BYTES, tell=unpacked)
    except BadArchive:
        packed.unlink(missing_ok=True)  # of no use; if the registry or the disk is full, the download is kept
        raise
    packed.unlink(missing_ok=True)
    return name


def make_studio(tell: Progress | None = None, per_genre: int = 12) -> str:
    """Render the studio's data set unless it is there; ``tell(clips done, clips in all)`` is called meanwhile.

    Two that ask at once get one: the second waits for the first.
    """
    from mgc import studio
    from mgc.datasets.base import Dataset

    with alone(_root(), STUDIO):
        there = describe(STUDIO)
        if there.made and there.tracks == 10 * per_genre:
            return STUDIO
        with building(_root(), MAX_SETS) as new:
            tracks = studio.render_all(new / _FILES, tell=tell, per_genre=per_genre)
            dataset = Dataset(STUDIO, STUDIO_TITLE, STUDIO_LICENCE, tracks, source="studio")
            entry.save(entry.pack(dataset, new), new)
            return settle_studio(new)


def remove(name: str) -> None:
    """Remove a data set with all that was copied, made or extracted here; files added by their path stay.

    Raises
    ------
    DatasetError
        when there is none of that id
    """
    place = folder(name)
    if not (place / entry.FILE).exists():
        if name == STUDIO:
            return  # not made: nothing to take away
        raise DatasetError(f"There is no data set called {name!r}.")
    discard(place)


def _add_archive(
    name: str, file: BinaryIO, *, is_trusted: bool = False, most: int | None = None, tell: Progress | None = None
) -> str:
    from mgc.datasets import archive

    title = archive.title_of(name)
    with building(_root(), MAX_SETS) as new:
        most = most or archive.MOST
        dataset = archive.unpack(file, new / _FILES, title, most=most, is_trusted=is_trusted, tell=tell)
        if dataset.source == "gtzan":  # read through its own loader, which knows artists, checksums and pictures
            entry.save(entry.pack(dataset, None, path=Path(_FILES)), new)
            return settle(new, "gtzan")
        entry.save(entry.pack(dataset, new), new)
        return settle(new, title)


def _root() -> Path:
    return settings().home_dir / "datasets"
