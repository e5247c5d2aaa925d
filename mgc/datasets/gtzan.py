"""GTZAN: 1000 clips of 30 s in ten genres (Tzanetakis and Cook, 2002), as the Kaggle download lays it out.

Provenance. Collected in 2000-2001 from CDs, radio and microphone recordings; 22,050 Hz, mono, 16 bit. Nobody noted
artists or titles; Sturm (2013) named 919 of the clips and counted the faults: repetitions, mislabellings, distortions.
The table beside this module holds those facts; ``scripts/make_gtzan_facts.py`` made it and names each source.

The Kaggle edition adds mel pictures and two tables of descriptors. It ships ``jazz.00054.wav`` broken (no RIFF header)
and no picture of it.
"""

from __future__ import annotations

import csv
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from mgc.datasets.base import Dataset, Fault, Track, normalised_artist
from mgc.errors import DatasetError
from mgc.genres import GENRES

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

__all__ = [
    "BIBTEX",
    "INDEX",
    "LICENCE",
    "SOURCES",
    "TABLES",
    "facts",
    "normalised_artist",
    "open_tree",
    "tracks",
]

BIBTEX: Final = """\
@article{tzanetakis2002musical,
  title={Musical genre classification of audio signals},
  author={Tzanetakis, George and Cook, Perry},
  journal={IEEE Transactions on Speech and Audio Processing},
  volume={10}, number={5}, pages={293--302}, year={2002}
}
@article{sturm2013gtzan,
  title={The {GTZAN} dataset: its contents, its faults, their effects on evaluation, and its future use},
  author={Sturm, Bob L.},
  journal={arXiv preprint arXiv:1306.1461}, year={2013}
}
@article{kereliuk2015deep,
  title={Deep learning and music adversaries},
  author={Kereliuk, Corey and Sturm, Bob L. and Larsen, Jan},
  journal={IEEE Transactions on Multimedia},
  volume={17}, number={11}, pages={2059--2071}, year={2015}
}
"""

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

TABLES: Final = ("features_30_sec.csv", "features_3_sec.csv")
_FOLDERS: Final = {"genres_original": "wav", "images_original": "png"}
_SECONDS: Final = 30.0  # nominal; the clips have 660,000 to 675,808 samples


@cache
def _facts() -> pd.DataFrame:
    import pandas as pd

    return pd.read_csv(INDEX, dtype={"tempo_bpm": float}, keep_default_na=False, na_values={"tempo_bpm": [""]})


def facts() -> pd.DataFrame:
    """Return the table of facts: one row per clip, 1000 rows.

    Columns: ``clip, genre, artist, title, filtered_split, exact_duplicate_of, md5_wav, tempo_bpm, key``. Unknown
    artists, titles and keys are ``""``. The copy is the caller's.
    """
    return _facts().copy()


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
    """Open a Kaggle-shaped tree: ``path/Data/...`` or ``path`` pointing at ``Data`` itself.

    Any part may be missing; a track is there when it has audio, a picture or a row in a table. Files that are broken or
    that GTZAN does not have are listed in ``faults``.

    Raises
    ------
    DatasetError
        when there is no such folder, or it holds none of Kaggle's parts
    """
    root = _find_data(Path(path))
    faults: list[Fault] = []
    found = {folder: dict(_files(root / folder, ending, faults)) for folder, ending in _FOLDERS.items()}
    tables = {name: root / name for name in TABLES if (root / name).is_file()}
    named = set().union(*(_rows(table, faults) for table in tables.values()), *found.values())
    audio = {name: file for name, file in found["genres_original"].items() if _is_wav(file, faults)}
    pictures = found["images_original"]
    held = tuple(_with_files(track, audio, pictures) for track in tracks() if track.id in named)
    if not held:
        raise DatasetError(
            f"The folder {root.name!r} is laid out like Kaggle's but holds no clip, picture or table row."
        )
    faults.extend(
        Fault(track.id, f"{track.id} has no picture; Kaggle's edition lacks that of jazz.00054.")
        for track in held
        if pictures and track.id not in pictures and len(pictures) == 999
    )
    return Dataset("gtzan", "GTZAN (Kaggle)", LICENCE, held, tables, tuple(faults))


def _find_data(path: Path) -> Path:
    for root in (path / "Data", path):
        if any((root / name).exists() for name in (*_FOLDERS, *TABLES)):
            return root
    state = "is not there" if not path.exists() else "holds none of them"
    raise DatasetError(
        f"A Kaggle-shaped tree has Data/genres_original, Data/images_original or Data/features_30_sec.csv; "
        f"{path.name!r} {state}.",
        details=str(path),
    )


def _files(folder: Path, ending: str, faults: list[Fault]) -> Iterator[tuple[str, Path]]:
    """Yield (track id, file) of the index under ``folder/<genre>/``; anything else becomes a fault."""
    known = {track.id for track in tracks()}
    for file in sorted(folder.glob("*/*")):
        genre = file.parent.name
        # Kaggle writes blues.00000.wav but blues00000.png
        name = file.stem if "." in file.stem else f"{genre}.{file.stem.removeprefix(genre)}"
        if file.suffix == f".{ending}" and genre in GENRES and name in known and name.startswith(f"{genre}."):
            yield name, file
        else:
            faults.append(Fault(f"{genre}/{file.name}", f"{genre}/{file.name} is no clip of GTZAN and was left out."))


def _is_wav(file: Path, faults: list[Fault]) -> bool:
    with file.open("rb") as handle:
        head = handle.read(12)
    if head[:4] == b"RIFF" and head[8:] == b"WAVE":
        return True
    note = " (Kaggle ships this one broken)" if file.stem == "jazz.00054" else ""
    faults.append(Fault(file.stem, f"{file.name} has no RIFF header{note}; its audio was left out."))
    return False


def _rows(table: Path, faults: list[Fault]) -> set[str]:
    """Return the ids that a table has rows of: ``blues.00000.wav`` or, for a segment, ``blues.00000.0.wav``."""
    known = {track.id for track in tracks()}
    held = set()
    with table.open(newline="", encoding="utf-8") as handle:
        reader = csv.reader(handle)
        if next(reader, [""])[0] != "filename":
            raise DatasetError(f"{table.name} is not Kaggle's table: its first column is not 'filename'.")
        for row in reader:
            name = ".".join(row[0].split(".")[:2]) if row else ""
            if name in known:
                held.add(name)
            else:
                faults.append(Fault(table.name, f"{table.name} has a row for {name!r}, which is no clip of GTZAN."))
    return held


def _with_files(track: Track, audio: dict[str, Path], pictures: dict[str, Path]) -> Track:
    return replace(track, audio=audio.get(track.id), picture=pictures.get(track.id))
