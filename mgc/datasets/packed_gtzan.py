"""Unpack GTZAN from an archive: files go where their name in our own index says, whatever the archive calls them."""

from __future__ import annotations

import contextlib
import gzip
import shutil
import struct
import tarfile
import zipfile
import zlib
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Final

from mgc.datasets import gtzan
from mgc.datasets.base import Fault
from mgc.datasets.folder import AUDIO, MAX_FILES, is_rubbish, plain, system_files
from mgc.errors import BadArchive, DatasetError
from mgc.genres import GENRES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from typing import IO, BinaryIO

    from mgc.datasets.base import Dataset, Progress

__all__ = ["ZIP_DAMAGE", "bad_archive", "is_gtzan", "place", "unpack_tar", "unpack_zip"]

MAX_CLIP: Final = 16 * 2**20  # bytes; clips have 1.3 MB, the larger table about 9 MB
_CHUNK: Final = 2**20
_CLIPS: Final = (".wav", ".au")

# Everything that zipfile raises on damaged archives, seen while fuzzing it with flipped bytes.
ZIP_DAMAGE: Final = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    NotImplementedError,
    RuntimeError,
    ValueError,
    OverflowError,
)


def is_gtzan(paths: Iterable[Sequence[str]]) -> bool:
    """Tell whether every audio file in an archive is called as one of GTZAN, and there is at least one."""
    audio = [p for p in paths if not is_rubbish(tuple(p)) and PurePosixPath(p[-1]).suffix.lower() in AUDIO]
    return bool(audio) and all(place(parts) is not None for parts in audio)


def place(parts: Sequence[str]) -> PurePosixPath | None:
    """Return where a file of GTZAN belongs below the data set's folder, None for anything else.

    Kaggle's audio stays in ``genres_original``, that of the others in ``genres``.
    """
    if is_rubbish(tuple(parts)):
        return None
    name = PurePosixPath(parts[-1])
    if parts[-1] in gtzan.TABLES:
        return PurePosixPath(parts[-1])
    genre = parts[-2] if len(parts) > 1 else ""
    above = parts[-3] if len(parts) > 2 else ""
    if genre not in GENRES:
        return None
    if (
        name.suffix == ".png"
        and above == "images_original"
        and gtzan.is_known(name.stem.replace(genre, f"{genre}.", 1))
    ):
        return PurePosixPath("images_original", genre, name.name)
    if name.suffix in _CLIPS and gtzan.is_known(name.stem) and name.stem.startswith(f"{genre}."):
        return PurePosixPath("genres_original" if above == "genres_original" else "genres", genre, name.name)
    return None


@contextlib.contextmanager
def bad_archive() -> Iterator[None]:
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
        if where is None and is_rubbish(tuple(parts)):
            self._rubbish += 1
            return
        is_clip = where is not None and where.suffix in _CLIPS
        shown = plain("/".join(parts[-2:]))
        self._faults.append(Fault(where.stem if where is not None and is_clip else shown, f"{shown} {why}.", kind))

    def dataset(self, folder: Path) -> Dataset:
        """Open what was unpacked; its faults are those of the archive, and those of the files."""
        if not any(file.is_file() for file in folder.rglob("*")):
            raise BadArchive("Nothing of GTZAN in the archive could be read; please fetch it again.")
        with bad_archive():
            found = gtzan.open_tree(folder)
        faults = [*self._faults, *system_files(self._rubbish)]
        return replace(found, faults=(*faults, *found.faults))


def unpack_zip(
    archive: zipfile.ZipFile,
    members: Sequence[tuple[tuple[str, ...], zipfile.ZipInfo]],
    folder: Path,
    tell: Progress | None = None,
) -> Dataset:
    """Unpack what belongs to GTZAN from a checked archive; what is damaged or does not belong becomes a fault.

    Raises
    ------
    BadArchive
        when nothing of it could be read
    """
    left_out = _LeftOut()
    for number, (parts, member) in enumerate(members):
        if tell:
            tell(number, len(members))
        where = _kept(parts, member.file_size, left_out)
        if where is None:
            continue
        try:
            with archive.open(member) as packed:
                _write(packed, folder / where, member.file_size)
        except (*ZIP_DAMAGE, BadArchive):
            (folder / where).unlink(missing_ok=True)
            left_out.note(parts, where, "is damaged in the archive and was left out", "broken")
    return left_out.dataset(folder)


def unpack_tar(file: BinaryIO, folder: Path, most: int, tell: Progress | None = None) -> Dataset:
    """Unpack what belongs to GTZAN from a gzipped tar; ``tell(packed bytes read, in all)`` is called meanwhile.

    Raises
    ------
    BadArchive
        when it is damaged, unpacks to more than ``most`` bytes, or holds nothing of GTZAN
    """
    left, size, count = most, file.seek(0, 2), 0
    left_out = _LeftOut()
    file.seek(0)
    try:
        # not mode "r|gz", which never compares gzip's checksum, and takes a damaged header for the end
        with gzip.GzipFile(fileobj=file) as stream, tarfile.open(fileobj=stream, mode="r|", bufsize=_CHUNK) as archive:
            for member in archive:
                if tell:
                    tell(file.tell(), size)
                left -= 512 + member.size  # what is skipped has been unpacked as well
                count += 1
                if left < 0:
                    raise BadArchive(f"The archive would unpack to more than {most / 2**20:,.0f} MB.")
                if count > MAX_FILES:
                    raise BadArchive(f"The archive holds too many files; accepted are up to {MAX_FILES:,}.")
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
        raise BadArchive("The archive is damaged; please fetch it again.", details=repr(error)) from error
    if not folder.is_dir():
        raise BadArchive("A tar archive is accepted for GTZAN only; please pack other data sets as ZIP.")
    return left_out.dataset(folder)


def _kept(parts: Sequence[str], size: int, left_out: _LeftOut, *, is_file: bool = True) -> PurePosixPath | None:
    """Return where a member goes, None for one that is noted as left out."""
    where = place(parts) if is_file else None
    if where is None:
        left_out.note(parts, None, "is no file of GTZAN and was left out")
    elif size > MAX_CLIP:
        left_out.note(parts, where, f"is larger than {MAX_CLIP // 2**20} MB and was left out")
        where = None
    return where


def _write(packed: IO[bytes], file: Path, size: int) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("wb") as out:
        shutil.copyfileobj(packed, out, _CHUNK)
    if file.stat().st_size != size:
        raise BadArchive("The archive is damaged; please fetch it again.")
