"""Write ``mgc/datasets/gtzan_facts.csv``, our own table of facts about GTZAN's 1000 clips.

    python scripts/make_gtzan_facts.py FACTS [OUT]

FACTS is a table with the columns ``clip, genre, artist, title, filtered_split, md5_wav, tempo_bpm, key_lerch,
exact_duplicate_of``, collected from

* artists, titles, exact duplicates: Sturm (2013), "The GTZAN dataset: its contents, its faults, their effects on
  evaluation, and its future use", arXiv 1306.1461 (919 of 1000 clips named);
* ``filtered_split``: Kereliuk, Sturm and Larsen (2015), "Deep learning and music adversaries", IEEE Trans. Multimedia
  (443 train, 197 validation, 290 test, 70 excluded);
* ``md5_wav``: mirdata's index of the original WAV files;
* ``tempo_bpm``: annotated by hand, beats per minute;
* ``key_lerch``: Lerch's annotations (github.com/alexanderlerch/gtzan_key): 0..11 = A..G sharp major, 12..23 = minor,
  -1 = none (that 0 is A was checked against chromagrams of 60 clips).

Facts are nobody's property; no audio, picture or feature of a clip is written.
"""

from __future__ import annotations

import csv
import sys
from collections import Counter
from pathlib import Path

COLUMNS = (
    "clip",
    "genre",
    "artist",
    "title",
    "filtered_split",
    "exact_duplicate_of",
    "md5_wav",
    "tempo_bpm",
    "key",
)
NOTES = ("A", "A#", "B", "C", "C#", "D", "D#", "E", "F", "F#", "G", "G#")
PUBLISHED = {"train": 443, "valid": 197, "test": 290, "excluded": 70}
TARGET = Path(__file__).resolve().parents[1] / "mgc" / "datasets" / "gtzan_facts.csv"


def key_name(code: str) -> str:
    """Return Lerch's number as people write a key, ``""`` for none: ``"12"`` is ``"A minor"``."""
    number = int(code)
    return "" if number < 0 else f"{NOTES[number % 12]} {'minor' if number >= 12 else 'major'}"


def main(source: Path, target: Path) -> None:
    """Convert ``source``, check it against the published counts, write ``target``."""
    with source.open(newline="", encoding="utf-8") as handle:
        rows = [row | {"key": key_name(row["key_lerch"])} for row in csv.DictReader(handle)]
    rows.sort(key=lambda row: row["clip"])
    twins = {row["clip"]: row["exact_duplicate_of"] for row in rows if row["exact_duplicate_of"]}
    by_md5 = Counter(row["md5_wav"] for row in rows)
    problems = [
        len({row["clip"] for row in rows}) != 1000 and "there are not 1000 clips",
        Counter(row["filtered_split"] for row in rows) != PUBLISHED and "the split's parts are not the published sizes",
        any(twins.get(twin) != clip for clip, twin in twins.items()) and "a duplicate's twin does not name it",
        sum(by_md5[row["md5_wav"]] > 1 for row in rows) != len(twins) and "checksums and duplicates disagree",
    ]
    if found := [problem for problem in problems if problem]:
        raise SystemExit(f"{source}: {'; '.join(map(str, found))}.")
    with target.open("w", newline="", encoding="utf-8") as handle:
        writer = csv.DictWriter(handle, COLUMNS, extrasaction="ignore", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    print(f"{target}: {len(rows)} clips, {len(twins) // 2} pairs of exact duplicates")


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        raise SystemExit(__doc__)
    main(Path(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) == 3 else TARGET)
