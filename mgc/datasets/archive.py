"""Unpack a stranger's archive: a ZIP of ``genre/track.ext``, or GTZAN as Kaggle (ZIP) and Hugging Face (tar) pack it.

Conventions
-----------
Nothing is ever extracted to a path that the archive names. Everything is judged from the directory before a byte is
unpacked; no file grows beyond what the directory says, and all of them together not beyond a limit that depends on the
archive's own size, the disk's free space, and an absolute one. Archives inside archives are files like any other: left
out. What zip bombs do: Fifield, "A better zip bomb", WOOT 2019.
"""

from __future__ import annotations

import shutil
import stat
import zipfile
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, BinaryIO, Final

from mgc.audio.decode import max_bytes
from mgc.datasets import packed_gtzan
from mgc.datasets.folder import MAX_FILES, check_genres, genre_name, plain, unwrapped
from mgc.datasets.keeping import Keeper
from mgc.datasets.packed_gtzan import ZIP_DAMAGE, bad_archive
from mgc.errors import BadArchive, DatasetError

if TYPE_CHECKING:
    from mgc.datasets.base import Dataset, Progress

__all__ = ["check", "title_of", "unpack"]

MOST: Final = 8 * 2**30  # bytes unpacked; GTZAN has 1.4 GB
RATIO: Final = 20  # unpacked to packed; WAV files of music pack to 0.5 to 0.95 of their size
ALWAYS: Final = 64 * 2**20  # bytes that are fine whatever the ratio: silence packs a thousandfold
SPARE: Final = 2**30  # bytes of disk that are left to everybody else
_DIRECTORY: Final = 512  # bytes of directory for each file: 46, and a name
_METHODS: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


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
    tell: Progress | None = None,
) -> Dataset:
    """Unpack ``file`` into ``folder``; return the data set, GTZAN when the names in it are GTZAN's.

    Parameters
    ----------
    file : binary file
        open for reading, seekable
    folder : Path
        nobody else writes there
    title : str
        of the data set
    most : int
        bytes that may be unpacked
    is_trusted : bool
        whether it is the user's own or a known source's: only then a tar is opened, whose headers may be of any size
    tell : callable or None
        is told how many files (of a tar: packed bytes) are unpacked, and how many there are

    Raises
    ------
    BadArchive
        when it is no such archive, is damaged or dangerous, or holds no data set
    DatasetError
        when the disk is too full
    """
    head = file.read(4)
    file.seek(0)
    size = file.seek(0, 2)
    file.seek(0)
    _check_disk(folder, size)
    if is_trusted and head[:2] == b"\x1f\x8b":
        return packed_gtzan.unpack_tar(file, folder, most, tell)
    _check_directory(file)
    try:
        with zipfile.ZipFile(file) as archive:
            members = check(archive, min(most, max(ALWAYS, RATIO * size)))
            _check_disk(folder, sum(member.file_size for _, member in members))
            if packed_gtzan.is_gtzan(parts for parts, _ in members):
                return packed_gtzan.unpack_zip(archive, members, folder, tell)
            return _unpack(archive, members, folder, title, tell)
    except ZIP_DAMAGE as error:
        raise BadArchive(
            "This is no ZIP file that can be read; accepted are folders of genres (genre/track.mp3) packed as ZIP.",
            details=repr(error),
        ) from error


def check(archive: zipfile.ZipFile, most: int) -> list[tuple[tuple[str, ...], zipfile.ZipInfo]]:
    """Judge the directory of an archive; return its files as (path, member).

    Raises
    ------
    BadArchive
        naming what is dangerous: a path that leads out, a link, a password, a bomb, too many files
    """
    members = []
    for member in archive.infolist():
        if member.flag_bits & 0x1:
            raise BadArchive("The ZIP file is locked with a password; pack it again without one.")
        kind = stat.S_IFMT(member.external_attr >> 16)
        if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
            raise BadArchive("The ZIP file holds a link or a device instead of a file; it was not unpacked.")
        parts = _safe(member.orig_filename)
        if not member.is_dir():
            members.append((parts, member))
    if len(members) > MAX_FILES:
        raise BadArchive(f"The ZIP file holds {len(members):,} files; accepted are up to {MAX_FILES:,}.")
    if any(member.compress_type not in _METHODS for _, member in members):
        raise BadArchive("The ZIP file is packed by an unusual method; pack it again as an ordinary ZIP.")
    _check_overlap(archive, [member for _, member in members])
    size = sum(member.file_size for _, member in members)
    if size > most:
        raise BadArchive(
            f"The ZIP file would unpack to {size / 2**20:,.0f} MB; accepted are {most / 2**20:,.0f} MB for its size."
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
    end = 0
    for member in sorted(members, key=lambda one: one.header_offset):
        if member.header_offset < end:
            raise BadArchive("The files in the ZIP file overlap, as in a zip bomb; it was not unpacked.")
        end = member.header_offset + 30 + member.compress_size  # 30 bytes of local header at least
    if end > archive.start_dir:
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
        raise BadArchive("This is no ZIP file; accepted are folders of genres (genre/track.mp3) packed as ZIP.")
    length = int.from_bytes(tail[at + 12 : at + 16], "little")
    file.seek(max(start + at - 76, 0))
    before = file.read(min(start + at, 76))
    locator = before[-20:]
    if locator[:4] == b"PK\x06\x07":
        record = before[:-20]
        if record[:4] != b"PK\x06\x06" or int.from_bytes(locator[8:16], "little") != start + at - 76:
            raise BadArchive("The ZIP file's directory is not where its end says; it was not unpacked.")
        length = int.from_bytes(record[40:48], "little")
    file.seek(0)
    if length > MAX_FILES * _DIRECTORY:
        raise BadArchive(f"The ZIP file holds too many files; accepted are up to {MAX_FILES:,}.")


def _check_disk(folder: Path, size: int) -> None:
    """Refuse where ``size`` bytes more would leave others too little."""
    if shutil.disk_usage(folder.parent).free - SPARE < size:
        raise DatasetError(f"The disk is too full to unpack the archive; it needs {(size + SPARE) / 2**30:.1f} GB.")


def _unpack(
    archive: zipfile.ZipFile,
    members: list[tuple[tuple[str, ...], zipfile.ZipInfo]],
    folder: Path,
    title: str,
    tell: Progress | None,
) -> Dataset:
    keeper = Keeper(folder)
    names = unwrapped([parts for parts, _ in members])
    with bad_archive():
        check_genres({genre_name(parts[0]) for parts in names if keeper.is_wanted(parts)})
    for number, (parts, (_, member)) in enumerate(zip(names, members, strict=True)):
        if tell:
            tell(number, len(members))
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
    with bad_archive():
        return keeper.dataset(title)
