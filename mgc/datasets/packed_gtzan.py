"""Unpack GTZAN from an archive: files go where their name in our own index says, whatever the archive calls them."""

from __future__ import annotations

import gzip
import shutil
import tarfile
import zlib
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Final

from mgc.datasets import gtzan
from mgc.datasets.folder import AUDIO, is_rubbish
from mgc.errors import DatasetError
from mgc.genres import GENRES

if TYPE_CHECKING:
    import zipfile
    from collections.abc import Iterable, Sequence
    from typing import IO, BinaryIO

    from mgc.datasets.base import Dataset, Tell

__all__ = ["is_gtzan", "place", "unpack_tar", "unpack_zip"]

MAX_CLIP: Final = 16 * 2**20  # bytes; clips have 1.3 MB, the larger table about 9 MB
_CHUNK: Final = 2**20


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
    if name.suffix in (".wav", ".au") and gtzan.is_known(name.stem) and name.stem.startswith(f"{genre}."):
        return PurePosixPath("genres_original" if above == "genres_original" else "genres", genre, name.name)
    return None


def unpack_zip(
    archive: zipfile.ZipFile,
    members: Sequence[tuple[tuple[str, ...], zipfile.ZipInfo]],
    folder: Path,
    tell: Tell | None = None,
) -> Dataset:
    """Unpack what belongs to GTZAN from a checked archive; what is damaged in it will be found missing.

    Raises
    ------
    DatasetError
        when nothing of it could be read
    """
    for number, (parts, member) in enumerate(members):
        if tell:
            tell(number, len(members))
        where = place(parts)
        if where is not None and member.file_size <= MAX_CLIP:
            with archive.open(member) as packed:
                _write(packed, folder / where, member.file_size)
    return gtzan.open_tree(folder)


def unpack_tar(file: BinaryIO, folder: Path, most: int, tell: Tell | None = None) -> Dataset:
    """Unpack what belongs to GTZAN from a gzipped tar; ``tell(packed bytes read, in all)`` is called meanwhile.

    Raises
    ------
    DatasetError
        when it is damaged, unpacks to more than ``most`` bytes, or holds nothing of GTZAN
    """
    left, size = most, file.seek(0, 2)
    file.seek(0)
    try:
        with tarfile.open(fileobj=file, mode="r|gz") as archive:
            for member in archive:
                if tell:
                    tell(file.tell(), size)
                left -= 512 + member.size  # what is skipped has been unpacked as well
                if left < 0:
                    raise DatasetError(f"The archive would unpack to more than {most / 2**20:,.0f} MB.")
                where = place(PurePosixPath(member.name).parts) if member.isreg() and member.name else None
                if where is None or member.size > MAX_CLIP:
                    continue
                packed = archive.extractfile(member)
                if packed is not None:
                    _write(packed, folder / where, member.size)
    except (tarfile.TarError, gzip.BadGzipFile, zlib.error, EOFError, ValueError, OverflowError) as error:
        raise DatasetError("The archive is damaged; please fetch it again.", details=repr(error)) from error
    if not folder.is_dir():
        raise DatasetError("A tar archive is accepted for GTZAN only; please pack other data sets as ZIP.")
    return gtzan.open_tree(folder)


def _write(packed: IO[bytes], file: Path, size: int) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("wb") as out:
        shutil.copyfileobj(packed, out, _CHUNK)
    if file.stat().st_size != size:
        raise DatasetError("The archive is damaged; please fetch it again.")
