from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.model_selection import StratifiedGroupKFold

from mgc.datasets import gtzan
from mgc.datasets.base import Track, normalised_artist
from mgc.errors import DatasetError
from mgc.splits import N_SEGMENTS, Leak, _grouping, find_leaks, make_split

TRACKS = gtzan.tracks()
GENRE = {track.id: track.genre for track in TRACKS}
CLEAN = Leak(tracks=0, artists=0, guests=0, duplicates=0)


@st.composite
def collections(draw):
    """Return 3 genres x 6-15 tracks with few artists, unknown ones among them, and some exact duplicates."""
    tracks: list[Track] = []
    for genre in ("blues", "jazz", "rock"):
        for number in range(draw(st.integers(6, 15))):
            artist = draw(st.sampled_from(["", "", "", "Ann", "ann", "The Ann", "Bob", "Ann & Bob", "Cy", "Dee"]))
            tracks.append(Track(f"{genre}.{number:05d}", genre, artist))
    order = draw(st.permutations(range(len(tracks))))
    for one, other in zip(order[0:6:2], order[1:6:2], strict=True):
        tracks[one] = replace(tracks[one], duplicate_of=tracks[other].id)
        tracks[other] = replace(tracks[other], duplicate_of=tracks[one].id)
    return tuple(tracks)


def parts(fold):
    return [*fold.train, *fold.validation, *fold.test]


@settings(max_examples=25, deadline=None)
@given(collections(), st.sampled_from(["tracks", "artists"]), st.integers(2, 4), st.integers(0, 2**16))
def test_every_track_is_tested_once_and_no_track_artist_or_duplicate_is_shared(tracks, protocol, k, seed):
    ids = sorted(track.id for track in tracks)
    split = make_split(tracks, protocol, k=k, seed=seed)
    assert len(split.folds) == k
    assert sorted(name for fold in split.folds for name in fold.test) == ids
    for fold in split.folds:
        assert sorted(parts(fold)) == ids
        training_and_validation = replace(fold, validation=(), test=fold.validation)
        for leak in find_leaks(replace(split, folds=(fold, training_and_validation)), tracks):
            assert leak.tracks == leak.duplicates == 0
            if protocol == "artists":
                assert leak == CLEAN


@settings(max_examples=15, deadline=None)
@given(collections(), st.randoms(), st.integers(0, 2**16))
def test_the_order_of_the_tracks_does_not_matter(tracks, random, seed):
    shuffled = list(tracks)
    random.shuffle(shuffled)
    assert make_split(shuffled, "tracks", k=3, seed=seed) == make_split(tracks, "tracks", k=3, seed=seed)


@settings(max_examples=60, deadline=None)
@given(st.data(), st.integers(2, 12), st.integers(1, 12), st.integers(0, 2**16))
def test_groups_go_where_scikit_learn_puts_them(data, k, n_genres, seed):
    n = data.draw(st.integers(3 * k * n_genres, 60 + 3 * k * n_genres))
    genres = np.resize(np.arange(n_genres), n)
    groups = np.array(data.draw(st.lists(st.integers(0, n // 2), min_size=n, max_size=n)))
    if len(np.unique(groups)) < k:
        groups[:k] = np.arange(k)
    rows = np.zeros(n)
    theirs, ours = (
        [test.tolist() for _, test in kind(k, shuffle=True, random_state=seed).split(rows, genres, groups)]
        for kind in (StratifiedGroupKFold, _grouping())
    )
    assert ours == theirs


@pytest.mark.parametrize("protocol", ["tracks", "artists", "segments"])
def test_the_same_seed_gives_the_same_hash_and_another_seed_another(protocol):
    one, again, other = (make_split(TRACKS, protocol, k=5, seed=seed) for seed in (7, 7, 8))
    assert one == again
    assert one.hash != other.hash
    assert len(one.hash) == 64


@pytest.mark.parametrize(("k", "seed"), [(5, 0), (5, 2002), (5, 20261121), (10, 0)])
def test_gtzan_by_track_is_stratified_within_two_clips(k, seed):
    for fold in make_split(TRACKS, "tracks", k=k, seed=seed).folds:
        counts = Counter(GENRE[name] for name in fold.test)
        assert all(abs(counts[genre] - 100 / k) <= 2 for genre in set(GENRE.values()))
        assert set(Counter(GENRE[name] for name in fold.validation)) == set(GENRE.values())


@pytest.mark.parametrize("k", [5, 10])
def test_gtzan_by_artist_shares_no_artist_guest_track_or_duplicate(k):
    split = make_split(TRACKS, "artists", k=k)
    assert set(find_leaks(split, TRACKS)) == {CLEAN}
    artist = {track.id: normalised_artist(track.artist) for track in TRACKS}
    for fold in split.folds:  # counted once more without the audit's help
        seen = {artist[name] for name in (*fold.train, *fold.validation)} - {""}
        assert seen.isdisjoint(artist[name] for name in fold.test)
        assert {artist[name] for name in fold.train}.isdisjoint({artist[name] for name in fold.validation} - {""})


def test_the_fault_filtered_split_is_the_published_one():
    split = make_split(TRACKS, "filtered", k=5, seed=3)
    (fold,) = split.folds
    assert (split.k, len(fold.train), len(fold.validation), len(fold.test)) == (1, 443, 197, 290)
    assert split.hash == make_split(TRACKS, "filtered", seed=4).hash
    (leak,) = find_leaks(split, TRACKS)
    assert (leak.tracks, leak.artists, leak.duplicates) == (0, 0, 0)
    assert leak.guests == 1  # "Lauryn Hill and Bob Marley" is tested, Bob Marley trained: published that way


def test_a_filtered_split_holds_only_tracks_that_it_was_given():
    given_tracks = [track for track in TRACKS if track.id != "jazz.00054"]
    whole, fewer = make_split(TRACKS, "filtered"), make_split(given_tracks, "filtered")
    assert "jazz.00054" in parts(whole.folds[0])
    assert set(parts(whole.folds[0])) - set(parts(fewer.folds[0])) == {"jazz.00054"}


def test_the_segments_split_leaks_and_the_audit_says_how_much():
    split = make_split(TRACKS, "segments", k=5)
    assert sorted(name for fold in split.folds for name in fold.test)[0] == "blues.00000.0"
    assert sum(len(fold.test) for fold in split.folds) == 1000 * N_SEGMENTS
    assert all(leak.tracks > 800 for leak in find_leaks(split, TRACKS))
    assert "leaky" in split.description


@pytest.mark.parametrize(
    ("tracks", "protocol", "k", "said"),
    [
        (TRACKS, "random", 5, "Expected: one of filtered, artists, tracks, segments"),
        (TRACKS, "tracks", 1, "Expected: 2 to 100"),
        (TRACKS[:150], "tracks", 60, "Expected: 2 to 50"),
        ((), "tracks", 5, "Received: 5"),
        ((TRACKS[0], TRACKS[0]), "tracks", 2, "same id"),
        (tuple(Track(f"x.{n}", "rock", "One Band") for n in range(9)), "artists", 3, "too few artists"),
        (
            (Track("a", "rock"), Track("b", "pop"), Track("c", "pop")),
            "tracks",
            2,
            "Each genre needs at least two tracks",
        ),
        (tuple(replace(track, part=None) for track in TRACKS), "filtered", 1, "GTZAN only"),
    ],
)
def test_what_cannot_be_split_is_refused_in_one_sentence(tracks, protocol, k, said):
    with pytest.raises(DatasetError, match=said):
        make_split(tracks, protocol, k=k)
