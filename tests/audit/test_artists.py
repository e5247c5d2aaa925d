from __future__ import annotations

import pytest

from mgc.audit.report import concentration, is_dominated
from mgc.datasets import gtzan
from mgc.datasets.base import Track
from mgc.genres import GENRES


def test_the_dominant_artists_of_gtzan_are_counted_as_published():
    found = {one.genre: one for one in concentration(gtzan.tracks(), GENRES)}
    dominant = {(one.genre, one.largest, one.largest_tracks) for one in found.values()}
    assert {("reggae", "Bob Marley", 35), ("pop", "Britney Spears", 24), ("blues", "Robert Johnson", 17)} <= dominant
    assert next(iter(found)) == "reggae"  # the most dominated first
    assert sum(one.named for one in found.values()) == 919


def test_equal_artists_count_in_full_and_spellings_as_one():
    tracks = [Track(str(n), "rock", artist) for n, artist in enumerate(["The Who", "Who", "Cream", "Cream"])]
    (found,) = concentration(tracks, ["rock"])
    assert (found.artists, found.effective, found.share) == (2, 2.0, 0.5)


@pytest.mark.parametrize("n", [0, 3])
def test_a_genre_without_known_artists_names_none(n):
    (found,) = concentration([Track(str(row), "rock") for row in range(n)], ["rock"])
    assert (found.tracks, found.named, found.largest, found.share, found.effective) == (n, 0, "", 0.0, 0.0)


@pytest.mark.parametrize(
    ("artists", "expected"),
    [
        (["Solo"] * 10, True),
        (["A"] * 7 + ["B"] * 3, True),
        (["A"] * 5 + ["B"] * 5, False),
        ([name for name in "ABCDEF" for _ in range(2)], False),
        (["A"] * 40 + [""] * 60, True),
        (["A"] * 10 + [str(n) for n in range(90)], False),
        ([""] * 9, False),
        ([], False),
    ],
)
def test_a_genre_is_dominated_when_one_artist_has_far_more_than_his_share(artists, expected):
    (found,) = concentration([Track(str(n), "rock", artist) for n, artist in enumerate(artists)], ["rock"])
    assert is_dominated(found) is expected
