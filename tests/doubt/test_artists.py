from __future__ import annotations

import pytest

from mgc.datasets import gtzan
from mgc.datasets.base import Track
from mgc.doubt.artists import concentration
from mgc.genres import GENRES


def test_gtzans_crowds_are_counted_as_published():
    found = {one.genre: one for one in concentration(gtzan.tracks(), GENRES)}
    crowds = {(one.genre, one.largest, one.largest_tracks) for one in found.values()}
    assert {("reggae", "Bob Marley", 35), ("pop", "Britney Spears", 24), ("blues", "Robert Johnson", 17)} <= crowds
    assert next(iter(found)) == "reggae"  # the most crowded first
    assert sum(one.named for one in found.values()) == 919


def test_equal_artists_count_in_full_and_spellings_as_one():
    tracks = [Track(str(n), "rock", artist) for n, artist in enumerate(["The Who", "Who", "Cream", "Cream"])]
    (found,) = concentration(tracks, ["rock"])
    assert (found.artists, found.effective, found.share) == (2, 2.0, 0.5)


@pytest.mark.parametrize("n", [0, 3])
def test_a_genre_of_strangers_names_nobody(n):
    (found,) = concentration([Track(str(row), "rock") for row in range(n)], ["rock"])
    assert (found.tracks, found.named, found.largest, found.share, found.effective) == (n, 0, "", 0.0, 0.0)
