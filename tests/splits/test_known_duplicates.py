"""What was measured on a data set says which of its tracks are copies."""

from __future__ import annotations

from dataclasses import dataclass

from mgc.datasets.base import Track
from mgc.datasets.validation import Measure, Report
from mgc.splits import compared_tracks, find_leaks, known_duplicates, make_split


@dataclass(frozen=True)
class Measured:
    ids: tuple[str, ...]
    checksums: tuple[str, ...]


def report(**prints: str) -> Report:
    return Report("whole", (), {}, {name: Measure(1.0, 22_050, 1, -1.0, -9.0, mark) for name, mark in prints.items()})


def test_copies_are_those_of_either_measurement_and_no_sound_is_no_copy() -> None:
    validated = report(b="x", a="x", c="x", d="y")
    measured = Measured(("d", "e", "f", "g"), ("x", "x", "", ""))
    assert known_duplicates(validated, None) == (("a", "b"), ("a", "c"))
    assert known_duplicates(None, measured) == (("d", "e"),)
    assert known_duplicates(validated, measured) == (("a", "b"), ("a", "c"), ("d", "e"))
    assert compared_tracks(validated, measured) == {"a", "b", "c", "d", "e"}


def test_where_nothing_was_measured_nothing_was_compared() -> None:
    assert known_duplicates(None, None) == ()
    assert compared_tracks(None, None) == frozenset()


def test_a_split_that_is_given_them_parts_no_copies() -> None:
    tracks = [Track(f"{genre}{number}", genre) for genre in ("rock", "pop") for number in range(12)]
    same = known_duplicates(report(**{track.id: track.id[-1] for track in tracks}), None)
    for protocol in ("tracks", "artists"):
        split = make_split(tracks, protocol, k=2, together=same)
        assert sum(leak.duplicates + leak.validation for leak in find_leaks(split, tracks, exact=same)) == 0
    assert sum(leak.duplicates for leak in find_leaks(make_split(tracks, "tracks", k=2), tracks, exact=same)) > 0
