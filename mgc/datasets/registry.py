"""The registry: every data set that was added, under ``MGC_HOME/datasets/<id>/``; it survives restarts.

Conventions
-----------
``<id>/dataset.json`` says what it is; files that were copied or made lie in ``<id>/files``. A data set that was added
by its path is remembered, never copied, and removing it leaves its files alone. Something new is built in a hidden
folder and renamed into place: a reader sees a whole data set or none. ``"studio"`` always stands first, made or not.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import itertools
import os
import re
import shutil
import tempfile
import time
import unicodedata
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

from mgc import files
from mgc.datasets import entry, gtzan
from mgc.datasets.base import os_errors
from mgc.datasets.entry import FILE, Entry, Kept
from mgc.datasets.folder import open_folder
from mgc.errors import BadArchive, DatasetError
from mgc.settings import settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from mgc.datasets.base import Dataset, Fault, Progress, Track

__all__ = [
    "Entry", "add_clips", "add_gtzan", "add_path", "add_zip", "describe", "folder", "ids", "looked_at", "make_studio",
    "open_dataset", "remove", "sound_tracks",
]  # fmt: skip

STUDIO: Final = "studio"
STUDIO_TITLE: Final = "Studio (synthesised by this program)"
STUDIO_LICENCE: Final = "Synthesised by this program: it contains no recordings and is free to use for any purpose."
MAX_SETS: Final = 200
_ID: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
_FILES: Final = "files"
_PACKED: Final = ("data/genres.tar.gz", "genres.tar.gz")  # as Hugging Face's repository of GTZAN holds it
_UNWRITABLE: Final = "The folder of data sets cannot be written."
_MADE_LATER: Final = {"audit", "doubt", "extraction", "maps"}  # folders beside a record, made of what it lists
_MOMENT: Final = 60.0  # s between the making of a folder and its lock, at the very most


@contextlib.contextmanager
def _building() -> Iterator[Path]:
    """Yield a hidden folder of the registry to build in; what is still there in the end is taken away."""
    root = _root()
    with os_errors(_UNWRITABLE):
        root.mkdir(parents=True, exist_ok=True)
        _sweep(root)
        _check_room(root)
        new = Path(tempfile.mkdtemp(dir=root, prefix=".new-"))
        held = _lock(new)
    try:
        with os_errors("The data set could not be written; is the disk full?"):
            yield new
    finally:
        shutil.rmtree(new, ignore_errors=True)
        os.close(held)


def _check_room(root: Path) -> None:
    """Refuse when the registry is full."""
    if sum(1 for _ in root.glob("[!.]*")) >= MAX_SETS:
        raise DatasetError(f"The limit of {MAX_SETS} data sets is reached; remove one first.")


def _discard(place: Path) -> None:
    """Take a data set's folder away, at once: nobody sees half of it."""
    with os_errors(f"The data set {place.name!r} cannot be removed."):
        gone = Path(tempfile.mkdtemp(dir=place.parent, prefix=".removed-"))
        place.replace(gone / place.name)
    shutil.rmtree(gone, ignore_errors=True)


def _sweep(root: Path) -> None:
    """Take away what was left by a program that was killed while it built or removed something."""
    for left in (*root.glob(".new-*"), *root.glob(".removed-*")):
        with contextlib.suppress(OSError):  # locked: somebody is at work in it
            if time.time() - left.stat().st_mtime > _MOMENT:
                held = _lock(left)
                shutil.rmtree(left, ignore_errors=True)
                os.close(held)
    for place in root.glob("[!.]*"):
        if _is_ghost(place):
            shutil.rmtree(place, ignore_errors=True)


def _lock(folder: Path) -> int:
    """Lock a folder for as long as the descriptor that is returned is open, or this process lives."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


def _is_ghost(place: Path) -> bool:
    """Tell whether nothing is left of a data set but what late work on it wrote; what users put there is no ghost."""
    try:
        names = {path.name for path in place.iterdir()}
    except OSError:
        return False
    return FILE not in names and names <= _MADE_LATER


def _settle(new: Path, dataset: Dataset, title: str, *, kept: Kept | None = None) -> str:
    """Write the record of what was built, and rename it to the first free id that is like ``title``; return the id.

    All of it is on the disk by then: a record never outlives a power cut that its files do not. The studio's id is its
    own, whatever else calls itself so.
    """
    entry.save(kept or entry.pack(dataset, new), new)
    files.sync_all(list(new.rglob("*")))
    if dataset.source == "studio":
        place = new.with_name(STUDIO)
        if place.exists():  # the studio of another size, or what is left of one: no other id would ever be found
            _discard(place)
        new.rename(place)
        return STUDIO
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    base = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:48].strip("-") or "set"
    for number in itertools.count(1):
        name = base if number == 1 else f"{base}-{number}"
        try:
            if name != STUDIO:
                new.rename(new.with_name(name))  # refused where a folder with something in it stands
                break
        except OSError as error:
            if error.errno not in (errno.ENOTEMPTY, errno.EEXIST, errno.ENOTDIR):
                raise
    return name


@contextlib.contextmanager
def _alone(what: str) -> Iterator[None]:
    """Wait until no other process does the same in the registry; ``what`` names it."""
    with os_errors(_UNWRITABLE):
        _root().mkdir(parents=True, exist_ok=True)
        lock = (_root() / f".{what}.lock").open("w")
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def looked_at(path: Path | str) -> tuple[Path, bool, bool]:
    """Return a path in full, whether it is a file, and whether it is a folder; raise a DatasetError for no path."""
    if not str(path).strip():
        raise DatasetError("The path is empty; enter the path of a folder or a ZIP file.")
    try:
        place = Path(path).expanduser().absolute()
        return place, place.is_file(), place.is_dir()
    except (OSError, RuntimeError, ValueError) as error:  # may not be looked at, names no user, is far too long
        raise DatasetError("This path cannot be read.", details=repr(error)) from error


def _opened(path: Path) -> BinaryIO:
    """Open a file of the user's for reading."""
    with os_errors(f"{path.name!r} cannot be read; check its permissions."):
        return path.open("rb")


def _read(place: Path, name: str, title: str, noted: tuple[Fault, ...] = ()) -> Dataset:
    """Read a data set from the files at ``place``; ``noted`` are faults that these files no longer show."""
    if not place.is_dir():
        raise DatasetError(f"The folder {place.name!r} of the data set {title or name!r} no longer exists.")
    found = gtzan.open_tree(place) if gtzan.is_tree(place) else open_folder(place)
    faults = (*noted, *(fault for fault in found.faults if fault not in noted))
    return replace(found, id=name, title=title or found.title, faults=faults)


def ids() -> tuple[str, ...]:
    """Return the ids of all data sets, the studio first, the others by name."""
    found = {path.parent.name for path in _root().glob(f"*/{entry.FILE}") if _ID.fullmatch(path.parent.name)}
    return (STUDIO, *sorted(found - {STUDIO}))


def describe(name: str) -> Entry:
    """Return what is known of a data set without opening it; raise a DatasetError where that cannot be read."""
    try:
        kept = entry.load(folder(name))
    except DatasetError:
        if name == STUDIO and not (folder(name) / entry.FILE).exists():
            return Entry(STUDIO, STUDIO_TITLE, "studio", 10 * settings().studio_songs, made=False)
        raise
    return Entry(name, kept.title, kept.source, kept.n_tracks)


def open_dataset(name: str) -> Dataset:
    """Open a data set by id; one that was added by its path is read from there, as it is now.

    A DatasetError says that there is none of that id, its files are gone, or the studio is not yet made.
    """
    if not describe(name).made:
        raise DatasetError(
            "The studio data set does not exist yet; open it on the Explore page, or run `mgc dataset add studio`."
        )
    kept = entry.load(folder(name))
    if kept.path is not None:  # relative: a copy of GTZAN that lies here
        return _read(folder(name) / kept.path, name, kept.title, kept.faults)
    try:
        return kept.unpack(name, folder(name))
    except ValueError as error:
        raise DatasetError(f"The record of the data set {name!r} is damaged.", details=str(error)) from error


def sound_tracks(name: str) -> tuple[Track, ...]:
    """Return the tracks without a known fault; of a studio that is not yet made, those that it will have."""
    if not describe(name).made:
        from mgc import studio

        return studio.tracks(folder(name) / _FILES, settings().studio_songs)
    opened = open_dataset(name)
    faulty = {fault.subject for fault in opened.faults}
    return tuple(track for track in opened.tracks if track.id not in faulty)


def folder(name: str) -> Path:
    """Return where a data set's record lies, and all that is made of it; raise a DatasetError for what is no id."""
    if not _ID.fullmatch(name):
        raise DatasetError("Invalid id of a data set. Expected: lower-case letters, digits and hyphens.")
    return _root() / name


def add_path(path: Path | str, progress: Progress | None = None) -> str:
    """Register a folder or a ZIP file by its path; return its id. A folder that is registered keeps its id.

    ``path`` may also be Hugging Face's folder of GTZAN, where all is in one ``genres.tar.gz``. ``progress`` is called
    with how much of an archive is unpacked, and of how much. A DatasetError says why it is no data set.
    """
    place, is_file, is_folder = looked_at(path)
    if is_file:
        with _opened(place) as file:
            return _add_archive(place.name, file, is_trusted=True, progress=progress)
    if not is_folder:
        raise DatasetError(f"There is no folder or ZIP file {str(path)[:200]!r}.", details=str(place))
    place = place.resolve()
    if known := entry.by_path(_root(), place):
        return known
    packed = next((place / name for name in _PACKED if (place / name).is_file()), None)
    if packed is not None and not gtzan.is_tree(place):
        with _opened(packed) as file:
            return _add_archive("gtzan", file, is_trusted=True, progress=progress)
    dataset = _read(place, "new", "")
    title = "gtzan" if dataset.source == "gtzan" else dataset.title
    with _alone("path"):
        if known := entry.by_path(_root(), place):  # another process was quicker
            return known
        with _building() as new:
            return _settle(new, dataset, title, kept=entry.pack(dataset, None, path=place))


def add_zip(name: str, file: BinaryIO, progress: Progress | None = None) -> str:
    """Unpack a ZIP of ``genre/track.ext`` (or of GTZAN) into the registry; ``name`` is shown, never used on disk.

    ``progress(files so far, files in all)`` is called meanwhile. A DatasetError says why a file is no such ZIP.
    """
    return _add_archive(name, file, progress=progress)


def add_clips(title: str, clips: Mapping[str, Sequence[tuple[str, bytes]]]) -> str:
    """Make a small data set of uploads: ``{genre: [(file name, bytes), ...]}``, at least two genres of audio."""
    from mgc.datasets import archive

    with _building() as new:
        dataset = archive.write(title, clips, new / _FILES)
        return _settle(new, dataset, dataset.title)


def add_gtzan(source: str = "kaggle", progress: Progress | None = None, unpacked: Progress | None = None) -> str:
    """Download GTZAN from ``"kaggle"`` or ``"huggingface"``.

    ``progress`` is called with the bytes so far and in all, then ``unpacked`` in the same way while they are unpacked.
    A DatasetError says that there is no network or room; a :class:`BadArchive` that what came is not GTZAN.
    """
    from mgc.datasets import download

    _check_room(_root())
    packed = download.fetch(source, _root() / ".downloads", progress)
    try:
        with _opened(packed) as file:
            name = _add_archive("gtzan", file, is_trusted=True, most=download.MAX_BYTES, progress=unpacked)
    except BadArchive:
        packed.unlink(missing_ok=True)  # of no use; if the registry or the disk is full, the download is kept
        raise
    packed.unlink(missing_ok=True)
    return name


def make_studio(progress: Progress | None = None, per_genre: int | None = None) -> str:
    """Render the studio's data set unless it is there; ``progress(clips done, clips in all)`` is called meanwhile.

    Two that ask at once get one: the second waits for the first.
    """
    from mgc import studio
    from mgc.datasets.base import Dataset

    per_genre = per_genre or settings().studio_songs
    with _alone(STUDIO):
        there = describe(STUDIO)
        if there.made and there.tracks == 10 * per_genre:
            return STUDIO
        with _building() as new:
            tracks = studio.render_all(new / _FILES, progress, per_genre=per_genre)
            return _settle(new, Dataset(STUDIO, STUDIO_TITLE, STUDIO_LICENCE, tracks, source="studio"), STUDIO)


def remove(name: str) -> None:
    """Remove a data set with all that was copied, made or extracted here; files added by their path stay."""
    place = folder(name)
    if not (place / entry.FILE).exists():
        if name == STUDIO:
            return  # not made: nothing to take away
        raise DatasetError(f"There is no data set called {name!r}.")
    _discard(place)


def _add_archive(
    name: str, file: BinaryIO, *, is_trusted: bool = False, most: int | None = None, progress: Progress | None = None
) -> str:
    from mgc.datasets import archive

    title = archive.title_of(name)
    with _building() as new:
        most = most or archive.MOST
        dataset = archive.unpack(file, new / _FILES, title, most=most, is_trusted=is_trusted, progress=progress)
        if dataset.source == "gtzan":  # read through its own loader, which knows artists, checksums and pictures
            return _settle(new, dataset, "gtzan", kept=entry.pack(dataset, None, path=Path(_FILES)))
        return _settle(new, dataset, title)


def _root() -> Path:
    return settings().home_dir / "datasets"
