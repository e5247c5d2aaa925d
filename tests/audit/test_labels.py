from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from mgc.audit import labels
from mgc.datasets.base import Track
from mgc.errors import DatasetError


@pytest.fixture
def told_apart(band):
    """Tracks of three genres and numbers that tell them apart."""
    dataset, _ = band()
    rng = np.random.default_rng(1)
    table = rng.normal(size=(48, 6)) + np.repeat(np.eye(3, 6) * 4, 16, axis=0)
    return list(dataset.tracks), table


def test_a_changed_label_stands_first_and_says_what_it_was(told_apart):
    tracks, table = told_apart
    tracks[5] = replace(tracks[5], genre="polka")
    found = labels.doubtful(tracks, *labels.out_of_fold(tracks, table))
    assert (found[0].track, found[0].given, found[0].looks_like) == (tracks[5].id, "polka", "blues")
    assert found[0].p > 0.5 > found[0].p_given
    assert [doubt.score for doubt in found] == sorted(doubt.score for doubt in found)


def test_labels_that_fit_are_not_doubted(told_apart):
    assert labels.doubtful(told_apart[0], *labels.out_of_fold(*told_apart)) == ()


def test_nobody_is_judged_by_his_own_artist_nor_by_a_copy(told_apart, monkeypatch):
    tracks, table = told_apart
    table[:, 5] = np.arange(48)  # marks the row
    tracks[0], tracks[40] = replace(tracks[0], artist=""), replace(tracks[40], artist="", genre="blues")
    copies = [(tracks[0].id, tracks[40].id)]
    asked = []

    def judge(known, numbers, rows, n_genres):
        seen = {int(row[5]) for row in known}
        for row in rows:
            me = int(row[5])
            asked.append(me)
            assert not any(tracks[other].artist and tracks[other].artist == tracks[me].artist for other in seen)
            assert not {0, 40} <= seen | {me} or me not in (0, 40)
        return np.full((len(rows), n_genres), 1 / n_genres)

    monkeypatch.setattr(labels, "_judge", judge)
    labels.out_of_fold(tracks, table, together=copies)
    assert sorted(asked) == sorted([*range(48)] * 5)


def test_unknown_numbers_do_not_stop_the_judge_and_the_same_seed_gives_the_same_list(told_apart):
    tracks, table = told_apart
    table[3], table[:, 4] = np.nan, np.nan
    first, genres = labels.out_of_fold(tracks, table, seed=3)
    assert np.isfinite(first).all()
    np.testing.assert_allclose(first.sum(axis=1), 1.0)
    np.testing.assert_array_equal(first, labels.out_of_fold(tracks, table, seed=3)[0])
    assert genres == ("blues", "jazz", "polka")


def test_a_genre_of_one_artist_is_not_judged(told_apart):
    tracks, table = told_apart
    tracks = [replace(track, artist="The Only Ones") if track.genre == "jazz" else track for track in tracks]
    said, _ = labels.out_of_fold(tracks, table)
    jazz = np.array([track.genre == "jazz" for track in tracks])
    assert np.isnan(said[jazz]).all()
    assert np.isfinite(said[~jazz]).all()
    assert not any(doubt.given == "jazz" for doubt in labels.doubtful(tracks, said, ("blues", "jazz", "polka")))


@pytest.mark.parametrize("kept", [slice(0, 16), slice(0, 0), slice(15, 17)])
def test_too_little_to_judge_by_is_said_in_a_sentence(told_apart, kept):
    tracks, table = told_apart
    with pytest.raises(DatasetError):
        labels.out_of_fold(tracks[kept], table[kept])


@pytest.mark.parametrize("judged", [0, 1, 16])
def test_where_one_genre_or_none_was_judged_nothing_is_doubted(told_apart, judged):
    said = np.full((48, 3), np.nan)
    said[:judged] = [0.1, 0.8, 0.1]
    assert labels.doubtful(told_apart[0], said, ("blues", "jazz", "polka")) == ()


def test_copies_under_two_labels_are_both_doubted():
    found = labels.conflicts([("a", "b"), ("c", "d")], {"a": "metal", "b": "rock", "c": "pop", "d": "pop"})
    assert [(one.track, one.given, one.looks_like, one.twin) for one in found] == [
        ("a", "metal", "rock", "b"),
        ("b", "rock", "metal", "a"),
    ]


def test_a_track_of_many_copies_is_doubted_once():
    genres = {"a": "jazz", "b": "jazz", "c": "rock"}
    found = labels.conflicts([("a", "c"), ("b", "c"), ("a", "b")], genres)
    assert sorted((one.track, one.given, one.looks_like) for one in found) == [
        ("a", "jazz", "rock"),
        ("b", "jazz", "rock"),
        ("c", "rock", "jazz"),
    ]
    assert {(one.p, one.p_given) for one in found} == {(None, None)}  # nobody judged them


@pytest.mark.parametrize(
    ("counts", "left_out"),
    [
        ({"a": 20, "b": 20, "c": 1}, ("c",)),
        ({"a": 20, "b": 20, "c": 4}, ("c",)),
        ({"a": 20, "b": 4, "c": 1}, ("c",)),
        ({"a": 5, "b": 5}, ()),
        ({"a": 2, "b": 3}, ()),
        ({"a": 1, "b": 1}, ("a", "b")),
        ({}, ()),
    ],
)
def test_a_rare_genre_is_left_out_and_the_others_are_judged(counts, left_out):
    tracks = [Track(f"{genre}{n}", genre) for genre, count in counts.items() for n in range(count)]
    assert labels.rare(tracks) == left_out


def test_the_judge_says_how_often_it_is_right_and_of_how_many(told_apart):
    tracks, table = told_apart
    tracks = [replace(track, artist="") if row < 10 else track for row, track in enumerate(tracks)]
    said, genres = labels.out_of_fold(tracks, table)
    found = labels.judge(tracks, said, genres)
    assert found.n == 48
    assert found.unnamed == 10
    assert found.low <= found.right <= found.high
    assert found.right == pytest.approx(
        np.mean([genres[row.argmax()] == t.genre for row, t in zip(said, tracks, strict=True)]), abs=1e-4
    )
    assert labels.judge(tracks, np.full_like(said, np.nan), genres) is None
