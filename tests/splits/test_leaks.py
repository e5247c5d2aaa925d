"""Ties over several tracks, and what training and validation share."""

from __future__ import annotations

import pytest

from mgc.datasets.base import Track
from mgc.splits import Fold, Leak, Split, find_leaks

CLEAN = Leak(tracks=0, artists=0, guests=0, duplicates=0)


def leak(fold: Fold, *tracks: Track, **pairs: tuple[tuple[str, str], ...]) -> Leak:
    return find_leaks(Split("tracks", 1, 0, (fold,), "", ""), tracks, **pairs)[0]


def test_a_near_copy_of_a_copy_is_a_near_copy() -> None:
    tracks = [Track(name, "x") for name in "abc"]
    fold = Fold(("a",), (), ("c",))
    assert leak(fold, *tracks, exact=(("a", "b"),), near=(("b", "c"),)).near == 1
    assert leak(Fold(("c",), (), ("a",)), *tracks, exact=(("a", "b"),), near=(("b", "c"),)).near == 1


def test_near_copies_pass_on_over_a_track_in_no_part() -> None:
    tracks = [Track(name, "x") for name in "abc"]
    assert leak(Fold(("a",), (), ("c",)), *tracks, near=(("a", "b"), ("b", "c"))).near == 1


def test_an_exact_copy_is_not_counted_as_a_near_one_and_a_pair_of_strangers_is_no_error() -> None:
    tracks = [Track(name, "x") for name in "abc"]
    found = leak(Fold(("a",), (), ("b",)), *tracks, exact=(("a", "b"),), near=(("a", "b"), ("a", "nowhere")))
    assert (found.duplicates, found.near) == (1, 0)
    both = leak(Fold(("a", "c"), (), ("b",)), *tracks, exact=(("a", "b"),), near=(("c", "a"),))
    assert (both.duplicates, both.near) == (1, 1)


@pytest.mark.parametrize(
    ("one", "other", "pairs"),
    [
        (Track("a", "x", "Ann"), Track("b", "x", "Ann feat. Bob"), {}),
        (Track("a", "x", duplicate_of="b"), Track("b", "x"), {}),
        (Track("a", "x"), Track("b", "x"), {"exact": (("a", "b"),)}),
        (Track("a", "x"), Track("b", "x"), {"near": (("a", "b"),)}),
    ],
)
def test_what_training_and_validation_share_is_counted_by_itself(
    one: Track, other: Track, pairs: dict[str, tuple[tuple[str, str], ...]]
) -> None:
    rest = (Track("c", "x", "Cy"), Track("d", "x", "Dee"))
    fold = Fold(("a", "c"), ("b",), ("d",))
    assert leak(fold, one, other, *rest, **pairs) == Leak(0, 0, 0, 0, validation=1)
    assert leak(Fold(("a", "c"), ("a",), ("d",)), one, other, *rest) == Leak(0, 0, 0, 0, validation=1)
    assert leak(Fold(("c",), ("b",), ("d",)), one, other, *rest, **pairs) == CLEAN
