"""GTZAN: 1000 clips of 30 s in ten genres (Tzanetakis and Cook, 2002), in each layout that goes round.

Kaggle's ``Data/genres_original/<genre>/*.wav`` with pictures and tables, Marsyas' ``genres/<genre>/*.au`` and Hugging
Face's ``genres/<genre>/*.wav``; whole or partial.

Provenance. Collected in 2000-2001 from CDs, radio and microphone recordings; 22,050 Hz, mono, 16 bit. Nobody noted
artists or titles; Sturm (2013, arXiv 1306.1461) named 919 of the clips and counted the faults: repetitions,
mislabellings, distortions. Kereliuk, Sturm and Larsen (2015) published the fault-filtered partition.
The table beside this module holds those facts; ``scripts/make_gtzan_facts.py`` made it and names each source.

The Kaggle edition adds mel pictures and two tables of descriptors. It ships ``jazz.00054.wav`` broken (no RIFF header)
and no picture of it.
"""

from __future__ import annotations

import csv
import hashlib
import struct
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from mgc.datasets.base import Dataset, Fault, Track
from mgc.datasets.tables import CLIPS, SEGMENTS, tracks_in
from mgc.errors import DatasetError
from mgc.genres import GENRES

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from mgc.audio.clip import FloatArray

__all__ = [
    "INDEX", "LICENCE", "SOURCES", "TABLES", "facts", "is_known", "is_tree", "known_clip", "open_tree", "tracks",
]  # fmt: skip

_RATE: Final = 22_050
_FULL_SCALE: Final = 32_768


def known_clip(y: FloatArray) -> str:
    """Return the id of the GTZAN clip that these very samples are, ``""`` for anything else.

    The published WAV file is written again from the samples, so lossless copies (FLAC, AIFF) are recognised too, and
    lossy ones are not.

    Parameters
    ----------
    y : np.ndarray [shape=(n,), float32, -1..1]
        mono at 22,050 Hz
    """
    samples = np.round(y * _FULL_SCALE).clip(-_FULL_SCALE, _FULL_SCALE - 1).astype("<i2").tobytes()
    header = struct.pack(
        "<4sI8sIHHIIHH4sI",
        *(b"RIFF", 36 + len(samples), b"WAVEfmt ", 16, 1, 1, _RATE, 2 * _RATE, 2, 16, b"data", len(samples)),
    )
    digest = hashlib.md5(header + samples, usedforsecurity=False).hexdigest()
    return next((track.id for track in tracks() if track.md5 == digest), "")


# Clip ids, labels, artists, the fault-filtered partition, exact duplicates and the md5 of every original WAV.
INDEX: Final = Path(__file__).with_name("gtzan_facts.csv")

SOURCES: Final = {
    "kaggle": "andradaolteanu/gtzan-dataset-music-genre-classification",  # audio, pictures and both tables
    "huggingface": "marsyas/gtzan",  # audio only
}

LICENCE: Final = (
    "GTZAN carries no licence and its rights holders were never asked: use it to learn and to compare, and do not "
    "publish clips, pictures or tables of it."
)

TABLES: Final = (CLIPS, SEGMENTS)
_AUDIO: Final = ("wav", "au")
_UNPICTURED: Final = {"jazz.00054": ", as in Kaggle's edition"}
_PICTURES: Final = "images_original"
_SECONDS: Final = 30.0  # nominal; the clips have 660,000 to 675,808 samples
_BYTES: Final = range(2 * 660_000 + 24, 2 * 675_808 + 1_024)  # of a clip's file, whose header has 24 bytes or more
_TRIED: Final = 20  # files that are compared with their published checksum


def facts() -> pd.DataFrame:
    """Return the table of facts: one row per clip, 1000 rows.

    Columns: ``clip, genre, artist, title, filtered_split, exact_duplicate_of, md5_wav, tempo_bpm, key``. Unknown
    artists, titles and keys are ``""``.
    """
    import pandas as pd

    return pd.read_csv(INDEX, dtype={"tempo_bpm": float}, keep_default_na=False, na_values={"tempo_bpm": [""]})


@cache
def tracks() -> tuple[Track, ...]:
    """Return all 1000 tracks of the index, without files."""
    with INDEX.open(newline="", encoding="utf-8") as handle:
        return tuple(
            Track(
                id=row["clip"],
                genre=row["genre"],
                artist=row["artist"],
                title=row["title"],
                seconds=_SECONDS,
                md5=row["md5_wav"],
                duplicate_of=row["exact_duplicate_of"] or None,
                part=row["filtered_split"],  # type: ignore[arg-type]  # the four words, checked when the table was made
            )
            for row in csv.DictReader(handle)
        )


def open_tree(path: Path | str) -> Dataset:
    """Open GTZAN in any of its layouts; ``path`` may be the download's folder, or the one inside it that holds genres.

    Any part may be missing; a track is there when it has audio, a picture or a row in a table. Files that are broken or
    that GTZAN does not have are listed in ``faults``. A DatasetError says that nothing of GTZAN is there.
    """
    path = Path(path)
    layout = _layout(path)
    if layout is None:
        state = "does not exist" if not path.exists() else "contains none of these"
        raise DatasetError(
            f"A Kaggle-shaped tree has Data/genres_original, Data/images_original or Data/features_30_sec.csv; "
            f"Marsyas' has genres/<genre>/*.au; {path.name!r} {state}.",
            details=str(path),
        )
    root, folder, edition = layout
    faults: list[Fault] = []
    audio = dict(_files(folder, _AUDIO, faults))
    pictures = dict(_files(root / _PICTURES, ("png",), faults))
    tables = {name: root / name for name in TABLES if (root / name).is_file()}
    named = set().union(*(_rows(table, faults) for table in tables.values()), audio, pictures)
    audio = {name: file for name, file in audio.items() if _has_header(file, faults)}
    held = tuple(_with_files(track, audio, pictures) for track in tracks() if track.id in named)
    if not held:
        raise DatasetError(
            f"The folder {root.name!r} is laid out like {edition}'s but holds no clip, picture or table row."
        )
    faults.extend(
        Fault(track.id, f"{track.id} has no picture{_UNPICTURED.get(track.id, '')}.", "no picture")
        for track in held
        if pictures and track.id not in pictures and len(pictures) == 999
    )
    # no id of the registry: what is opened by hand is not registered
    return Dataset("GTZAN", f"GTZAN ({edition})", LICENCE, held, tables, tuple(faults), "gtzan")


def is_known(name: str) -> bool:
    """Return whether a clip of that id is in the index."""
    return name in _index()


def is_tree(path: Path) -> bool:
    """Return whether a folder is an edition of GTZAN.

    The names of Kaggle's folders and tables suffice. Folders of genres need more than the names of the clips, which
    other data sets use, too: most of the clips, or a file among them that is the published one.
    """
    return _layout(path) is not None


def _layout(path: Path) -> tuple[Path, Path, str] | None:
    """Return the root, the folder of genres and the edition, or None where nothing looks like GTZAN."""
    for root in (path / "Data", path):
        if any((root / name).exists() for name in ("genres_original", _PICTURES, *TABLES)):
            return root, root / "genres_original", "Kaggle"
    for folder in (path / "genres", path / "data" / "genres", path):
        for edition, ending in (("Marsyas", "au"), ("Hugging Face", "wav")):
            files = [file for genre in GENRES for file in sorted((folder / genre).glob(f"{genre}.?????.{ending}"))]
            files = [file for file in files if file.stem in _index()]
            some = files[:: 1 + len(files) // _TRIED]
            if len(files) > len(_index()) // 2 or any(_is_published(file) for file in some):
                return folder, folder, edition
    return None


def _is_published(file: Path) -> bool:
    """Return whether a WAV file is the published one; for an AU file, which has no published checksum, its size."""
    try:
        data = file.read_bytes() if file.stat().st_size in _BYTES else b""
    except OSError:
        return False
    if file.suffix == ".au":
        return data[:4] == b".snd"
    return bool(data) and hashlib.md5(data, usedforsecurity=False).hexdigest() == _index()[file.stem].md5


@cache
def _index() -> dict[str, Track]:
    return {track.id: track for track in tracks()}


def _files(folder: Path, endings: tuple[str, ...], faults: list[Fault]) -> Iterator[tuple[str, Path]]:
    """Yield (track id, file) of the index under ``folder/<genre>/``; anything else becomes a fault."""
    for file in sorted(folder.glob("*/*")):
        genre = file.parent.name
        # Kaggle writes blues.00000.wav but blues00000.png
        name = file.stem if "." in file.stem else f"{genre}.{file.stem.removeprefix(genre)}"
        is_known = genre in GENRES and name in _index() and name.startswith(f"{genre}.")
        # a link to nothing is said to be broken later on; a pipe would be waited for when it is opened
        if file.suffix[1:] in endings and is_known and (file.is_file() or not file.exists()):
            yield name, file
        else:
            shown = f"{genre}/{file.name}"
            faults.append(Fault(shown, f"{shown} is not a clip of GTZAN and was left out."))


def _has_header(file: Path, faults: list[Fault]) -> bool:
    try:
        with file.open("rb") as handle:
            head = handle.read(12)
    except OSError as error:
        faults.append(Fault(file.stem, f"{file.name} cannot be read ({error.strerror}).", "broken"))
        return False
    if head[:4] == b".snd" or (head[:4] == b"RIFF" and head[8:] == b"WAVE"):
        return True
    kind = "AU" if file.suffix == ".au" else "RIFF"
    note = " (Kaggle ships it broken)" if file.stem == "jazz.00054" else ""
    faults.append(Fault(file.stem, f"{file.name} has no {kind} header{note}; its audio was left out.", "broken"))
    return False


def _rows(table: Path, faults: list[Fault]) -> set[str]:
    """Return the ids that a table has rows of."""
    named = list(tracks_in(table))
    strange = [name for name in named if name not in _index()]
    if strange:
        rows = "a row" if len(strange) == 1 else f"{len(strange):,} rows"
        faults.append(
            Fault(table.name, f"{table.name} has {rows} for unknown clips; the first is {strange[0][:40]!r}.")
        )
    return _index().keys() & named


def _with_files(track: Track, audio: dict[str, Path], pictures: dict[str, Path]) -> Track:
    file = audio.get(track.id)
    # the published checksums are those of the WAV files: an AU of the same samples has another
    md5 = None if file is not None and file.suffix == ".au" else track.md5
    return replace(track, audio=file, picture=pictures.get(track.id), md5=md5)
