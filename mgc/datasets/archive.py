"""Copy uploads: clips, a ZIP of ``genre/track.ext``, or GTZAN as Kaggle (ZIP) and Hugging Face (tar) pack it.

Conventions
-----------
Nothing is ever extracted to a path that the archive names: clips are stored under a number, files of GTZAN where their
name in our own index says. Everything is judged from the directory before a byte is unpacked; no file grows beyond what
the directory says, and all of them together not beyond a limit that depends on the archive's own size, the disk's free
space, and an absolute one. Archives inside archives are files like any other: left out. What zip bombs do: Fifield, "A
better zip bomb", WOOT 2019.
"""

from __future__ import annotations

import contextlib
import gzip
import shutil
import stat
import struct
import tarfile
import zipfile
import zlib
from dataclasses import replace
from itertools import pairwise
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, BinaryIO, Final

from mgc.audio.decode import max_bytes
from mgc.audio.probe import look
from mgc.datasets import gtzan
from mgc.datasets.base import Dataset, Fault
from mgc.datasets.folder import (
    LICENCE,
    MAX_FILES,
    check_genres,
    genre_name,
    is_audio,
    is_rubbish,
    named,
    plain,
    system_files,
    unwrapped,
)
from mgc.errors import AudioError, BadArchive, DatasetError
from mgc.genres import GENRES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from typing import IO

    from mgc.datasets.base import Progress

__all__ = ["Keeper", "check", "is_gtzan", "place", "title_of", "unpack", "unpack_tar", "unpack_zip", "write"]

MOST: Final = 8 * 2**30  # bytes unpacked; GTZAN has 1.4 GB
RATIO: Final = 20  # unpacked to packed; WAV files of music pack to 0.5 to 0.95 of their size
ALWAYS: Final = 64 * 2**20  # bytes that are fine whatever the ratio: silence packs a thousandfold
SPARE: Final = 2**30  # bytes of disk that are left to everybody else
_DIRECTORY: Final = 512  # bytes of directory for each file: 46, and a name
_METHODS: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
MAX_CLIP: Final = 16 * 2**20  # bytes; clips have 1.3 MB, the larger table about 9 MB
_CHUNK: Final = 2**20
_CLIPS: Final = (".wav", ".au")

# Everything that zipfile raises on damaged archives, seen while fuzzing it with flipped bytes.
ZIP_DAMAGE: Final = (
    zipfile.BadZipFile, zlib.error, struct.error, EOFError, NotImplementedError, RuntimeError, ValueError,
    OverflowError,
)  # fmt: skip


class Keeper:
    """Writes files into a folder of its own, which is made at the first one."""

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
        return len(parts) > 1 and is_audio(parts)

    def dataset(self, title: str) -> Dataset:
        """Return what was kept as a data set; raise a DatasetError when fewer than two genres have a track."""
        tracks, faults = named(self._files)
        genres = {track.genre for track in tracks}
        if len(genres) < 2:
            found = f"only {plain(genres.pop())!r} has" if genres else "no folder has"
            raise DatasetError(
                "A data set needs at least two genres, each a folder with audio files in it (genre/track.mp3); "
                f"here, {found} any.",
                details="; ".join(fault.sentence for fault in (*self._faults, *faults)[:20]),
            )
        return Dataset("upload", title, LICENCE, tracks, faults=(*self._faults, *faults), source="upload")


def write(title: str, clips: Mapping[str, Sequence[tuple[str, bytes]]], folder: Path) -> Dataset:
    """Keep uploaded clips, ``{genre: [(file name, bytes), ...]}``, in ``folder``; return the data set.

    A DatasetError is raised when fewer than two genres have a clip that is audio.
    """
    keeper = Keeper(folder)
    check_genres(clips.keys())
    for genre, files in clips.items():
        for name, data in files:
            keeper.put((plain(genre).replace("/", " "), PurePosixPath(name.replace("\\", "/")).name or "clip"), data)
    return keeper.dataset(plain(title).replace("/", " ") or "My own clips")


def title_of(name: str) -> str:
    """Return a title for an archive of that file name."""
    stem = PurePosixPath(name.replace("\\", "/")).name
    for ending in (".zip", ".tgz", ".tar.gz"):
        stem = stem[: -len(ending)] if stem.lower().endswith(ending) else stem
    return plain(stem).replace("/", " ").strip() or "archive"


def unpack(
    file: BinaryIO,
    folder: Path,
    title: str,
    *,
    most: int = MOST,
    is_trusted: bool = False,
    progress: Progress | None = None,
) -> Dataset:
    """Unpack an open, seekable ``file`` into a folder of its own; return the data set, GTZAN where the names are its.

    Parameters
    ----------
    most : int
        bytes that may be unpacked
    is_trusted : bool
        whether it is the user's own or a known source's: only then a tar is opened, whose headers may be of any size
    progress : callable or None
        called with the files (of a tar: packed bytes) unpacked so far, and in all

    Raises
    ------
    BadArchive
        when it is no such archive, is damaged or dangerous, or holds no data set
    DatasetError
        when the disk is too full
    """
    size = file.seek(0, 2)
    file.seek(0)
    _check_disk(folder, size)
    if is_trusted and file.read(2) == b"\x1f\x8b":
        return unpack_tar(file, folder, most, progress)
    _check_directory(file)
    try:
        with zipfile.ZipFile(file) as archive:
            members = check(archive, min(most, max(ALWAYS, RATIO * size)))
            _check_disk(folder, sum(member.file_size for _, member in members))
            if is_gtzan(parts for parts, _ in members):
                found = unpack_zip(archive, members, folder, progress)
                if found is not None:
                    return found
            return _unpack(archive, members, folder, title, progress)
    except ZIP_DAMAGE as error:
        raise BadArchive(
            "This is not a ZIP file that can be read; accepted: folders of genres (genre/track.mp3) packed as ZIP.",
            details=repr(error),
        ) from error


def check(archive: zipfile.ZipFile, most: int) -> list[tuple[tuple[str, ...], zipfile.ZipInfo]]:
    """Judge the directory of an archive; return its files as (path, member).

    A BadArchive says what is dangerous: a path that leads out, a link, a password, a bomb, too many files.
    """
    members = []
    for member in archive.infolist():
        if member.flag_bits & 0x1:
            raise BadArchive("The ZIP file is encrypted; create it again without a password.")
        kind = stat.S_IFMT(member.external_attr >> 16)
        if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
            raise BadArchive("The ZIP file holds a link or a device instead of a file; it was not unpacked.")
        parts = _safe(member.orig_filename)
        if not member.is_dir():
            members.append((parts, member))
    if len(members) > MAX_FILES:
        raise BadArchive(f"The ZIP file holds {len(members):,} files; accepted: up to {MAX_FILES:,}.")
    if any(member.compress_type not in _METHODS for _, member in members):
        raise BadArchive("The ZIP file uses an unusual compression method; create it again as an ordinary ZIP.")
    _check_overlap(archive, [member for _, member in members])
    size = sum(member.file_size for _, member in members)
    if size > most:
        raise BadArchive(
            f"The ZIP file would unpack to {size / 2**20:,.0f} MB; accepted: {most / 2**20:,.0f} MB for its size."
        )
    return members


def _safe(name: str) -> tuple[str, ...]:
    """Return a member's path in parts; refuse one that leads out of its folder."""
    name = name.replace("\\", "/")  # old programs on Windows
    parts = tuple(part for part in name.split("/") if part not in ("", "."))
    if name.startswith("/") or ".." in parts or "\0" in name or (parts and parts[0][1:2] == ":"):
        raise BadArchive("The ZIP file holds a path that leads out of its folder; it was not unpacked.")
    return parts or ("unnamed",)


def _check_overlap(archive: zipfile.ZipFile, members: list[zipfile.ZipInfo]) -> None:
    """Refuse members that share packed bytes, as the worst bombs do."""
    # 30 bytes of local header at least
    spans = sorted((one.header_offset, one.header_offset + 30 + one.compress_size) for one in members)
    if any(end > start for (_, end), (start, _) in pairwise([*spans, (archive.start_dir, 0)])):
        raise BadArchive("The files in the ZIP file overlap, as in a zip bomb; it was not unpacked.")


def _check_directory(file: BinaryIO) -> None:
    """Refuse an archive whose directory is too long, before it is read into memory.

    The same two records are read as by :mod:`zipfile`: the end of the directory, and its ZIP64 form right before it. A
    locator that points elsewhere is refused, for other readers would find another directory there.
    """
    size = file.seek(0, 2)
    start = max(size - 65_558, 0)  # 22 bytes and the longest comment
    file.seek(start)
    tail = file.read(65_558)
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) < at + 22:
        raise BadArchive("This is not a ZIP file; accepted: folders of genres (genre/track.mp3) packed as ZIP.")
    length = int.from_bytes(tail[at + 12 : at + 16], "little")
    file.seek(max(start + at - 76, 0))
    before = file.read(min(start + at, 76))
    locator = before[-20:]
    if locator[:4] == b"PK\x06\x07":
        record = before[:-20]
        if record[:4] != b"PK\x06\x06" or int.from_bytes(locator[8:16], "little") != start + at - 76:
            raise BadArchive("The ZIP file's directory is damaged; it was not unpacked.")
        length = int.from_bytes(record[40:48], "little")
    file.seek(0)
    if length > MAX_FILES * _DIRECTORY:
        raise BadArchive(f"The ZIP file holds too many files; accepted: up to {MAX_FILES:,}.")


def _check_disk(folder: Path, size: int) -> None:
    """Refuse where ``size`` bytes more would leave others too little."""
    if shutil.disk_usage(folder.parent).free - SPARE < size:
        raise DatasetError(f"The disk is too full to unpack the archive; it needs {(size + SPARE) / 2**30:.1f} GB.")


def _unpack(
    archive: zipfile.ZipFile,
    members: list[tuple[tuple[str, ...], zipfile.ZipInfo]],
    folder: Path,
    title: str,
    progress: Progress | None,
) -> Dataset:
    keeper = Keeper(folder)
    names = unwrapped([parts for parts, _ in members])
    with _bad_archive():
        check_genres({genre_name(parts[0]) for parts in names if keeper.is_wanted(parts)})
    for number, (parts, (_, member)) in enumerate(zip(names, members, strict=True)):
        if progress:
            progress(number, len(members))
        if not keeper.is_wanted(parts):
            keeper.put(parts, b"")
        elif member.file_size > max_bytes():
            keeper.leave_out(parts, f"is larger than {max_bytes() // 2**20} MB and was left out", "left-out")
        else:
            try:
                data = archive.read(member)
            except ZIP_DAMAGE:
                keeper.leave_out(parts, "is damaged in the archive and was left out", "broken")
                continue
            keeper.put(parts, data)
    with _bad_archive():
        return keeper.dataset(title)


def is_gtzan(paths: Iterable[Sequence[str]]) -> bool:
    """Tell whether every audio file in an archive is called as one of GTZAN, and there is at least one."""
    audio = [parts for parts in paths if is_audio(parts)]
    return bool(audio) and all(place(parts) is not None for parts in audio)


def place(parts: Sequence[str]) -> PurePosixPath | None:
    """Return where a file of GTZAN belongs below the data set's folder, None for anything else.

    Kaggle's audio stays in ``genres_original``, that of the others in ``genres``.
    """
    if is_rubbish(parts):
        return None
    above, genre, name = ("", "", *parts)[-3:]
    file = PurePosixPath(name)
    if name in gtzan.TABLES:
        return file
    if genre not in GENRES:
        return None
    if file.suffix == ".png" and above == "images_original":
        is_known, folder = gtzan.is_known(file.stem.replace(genre, f"{genre}.", 1)), above
    else:
        is_known = file.suffix in _CLIPS and file.stem.startswith(f"{genre}.") and gtzan.is_known(file.stem)
        folder = "genres_original" if above == "genres_original" else "genres"
    return PurePosixPath(folder, genre, name) if is_known else None


@contextlib.contextmanager
def _bad_archive() -> Iterator[None]:
    """Say of what was unpacked that the archive is to blame when it is no data set."""
    try:
        yield
    except DatasetError as error:
        raise BadArchive(error.user_message, details=error.details) from error


class _LeftOut:
    """Collects a fault for everything that is not unpacked."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._rubbish = 0

    def note(self, parts: Sequence[str], where: PurePosixPath | None, why: str, kind: str = "left-out") -> None:
        """Note a file that belongs at ``where``, or nowhere."""
        if where is None and is_rubbish(parts):
            self._rubbish += 1
            return
        is_clip = where is not None and where.suffix in _CLIPS
        shown = plain("/".join(parts[-2:]))
        self._faults.append(Fault(where.stem if where is not None and is_clip else shown, f"{shown} {why}.", kind))

    def dataset(self, folder: Path) -> Dataset:
        """Open what was unpacked; its faults are those of the archive, and those of the files."""
        if not any(file.is_file() for file in folder.rglob("*")):
            raise BadArchive("No file of GTZAN in the archive could be read; please download it again.")
        with _bad_archive():
            found = gtzan.open_tree(folder)
        faults = [*self._faults, *system_files(self._rubbish)]
        return replace(found, faults=(*faults, *found.faults))


def unpack_zip(
    archive: zipfile.ZipFile,
    members: Sequence[tuple[tuple[str, ...], zipfile.ZipInfo]],
    folder: Path,
    progress: Progress | None = None,
) -> Dataset | None:
    """Unpack what belongs to GTZAN from a checked archive; what is damaged or does not belong becomes a fault.

    None is returned, and nothing is left, where the files have GTZAN's names only (:func:`mgc.datasets.gtzan.is_tree`).
    A BadArchive says that nothing of it could be read.
    """
    left_out = _LeftOut()
    for number, (parts, member) in enumerate(members):
        if progress:
            progress(number, len(members))
        where = _kept(parts, member.file_size, left_out)
        if where is None:
            continue
        try:
            with archive.open(member) as packed:
                _write(packed, folder / where, member.file_size)
        except (*ZIP_DAMAGE, BadArchive):
            (folder / where).unlink(missing_ok=True)
            left_out.note(parts, where, "is damaged in the archive and was left out", "broken")
    if any(folder.rglob("*.*")) and not gtzan.is_tree(folder):
        shutil.rmtree(folder)
        return None
    return left_out.dataset(folder)


def unpack_tar(file: BinaryIO, folder: Path, most: int, progress: Progress | None = None) -> Dataset:
    """Unpack what belongs to GTZAN from a gzipped tar; ``progress`` is called with the packed bytes read, and in all.

    A BadArchive says that it is damaged, unpacks to more than ``most`` bytes, or holds nothing of GTZAN.
    """
    left, size, count = most, file.seek(0, 2), 0
    left_out = _LeftOut()
    file.seek(0)
    try:
        # not mode "r|gz", which never compares gzip's checksum, and takes a damaged header for the end
        with gzip.GzipFile(fileobj=file) as stream, tarfile.open(fileobj=stream, mode="r|", bufsize=_CHUNK) as archive:
            for member in archive:
                if progress:
                    progress(file.tell(), size)
                left -= 512 + member.size  # what is skipped has been unpacked as well
                count += 1
                if left < 0:
                    raise BadArchive(f"The archive would unpack to more than {most / 2**20:,.0f} MB.")
                if count > MAX_FILES:
                    raise BadArchive(f"The archive holds too many files; accepted: up to {MAX_FILES:,}.")
                if member.isdir():
                    continue
                parts = PurePosixPath(member.name).parts or ("unnamed",)
                where = _kept(parts, member.size, left_out, is_file=member.isreg())
                packed = archive.extractfile(member) if where is not None else None
                if where is not None and packed is not None:
                    _write(packed, folder / where, member.size)
            while left >= 0 and (rest := stream.read(_CHUNK)):  # up to the checksum
                left -= len(rest)
    except (tarfile.TarError, gzip.BadGzipFile, zlib.error, EOFError, ValueError, OverflowError) as error:
        raise BadArchive("The archive is damaged; please download it again.", details=repr(error)) from error
    if not folder.is_dir() or not gtzan.is_tree(folder):
        raise BadArchive("A tar archive is accepted for GTZAN only; please pack other data sets as ZIP.")
    return left_out.dataset(folder)


def _kept(parts: Sequence[str], size: int, left_out: _LeftOut, *, is_file: bool = True) -> PurePosixPath | None:
    """Return where a member goes, None for one that is noted as left out."""
    where = place(parts) if is_file else None
    if where is None:
        left_out.note(parts, None, "is not a file of GTZAN and was left out")
    elif size > MAX_CLIP:
        left_out.note(parts, where, f"is larger than {MAX_CLIP // 2**20} MB and was left out")
        where = None
    return where


def _write(packed: IO[bytes], file: Path, size: int) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("wb") as out:
        shutil.copyfileobj(packed, out, _CHUNK)
    if file.stat().st_size != size:
        raise BadArchive("The archive is damaged; please download it again.")
