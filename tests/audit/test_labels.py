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
    found = labels.find_issues(tracks, *labels.out_of_fold(tracks, table))
    assert (found[0].track, found[0].given, found[0].looks_like) == (tracks[5].id, "polka", "blues")
    assert found[0].p > 0.5 > found[0].p_given
    assert [issue.score for issue in found] == sorted(issue.score for issue in found)


def test_labels_that_fit_are_no_issues(told_apart):
    assert labels.find_issues(told_apart[0], *labels.out_of_fold(*told_apart)) == ()


def test_no_track_is_predicted_by_a_model_trained_on_its_artist_or_on_a_duplicate(told_apart, monkeypatch):
    tracks, table = told_apart
    table[:, 5] = np.arange(48)  # marks the row
    tracks[0], tracks[40] = replace(tracks[0], artist=""), replace(tracks[40], artist="", genre="blues")
    copies = [(tracks[0].id, tracks[40].id)]
    asked = []

    def predict(known, numbers, rows, n_genres):
        seen = {int(row[5]) for row in known}
        for row in rows:
            me = int(row[5])
            asked.append(me)
            assert not any(tracks[other].artist and tracks[other].artist == tracks[me].artist for other in seen)
            assert not {0, 40} <= seen | {me} or me not in (0, 40)
        return np.full((len(rows), n_genres), 1 / n_genres)

    monkeypatch.setattr(labels, "_predict", predict)
    labels.out_of_fold(tracks, table, together=copies)
    assert sorted(asked) == sorted([*range(48)] * 5)


def test_unknown_numbers_do_not_stop_the_model_and_the_same_seed_gives_the_same_list(told_apart):
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
    assert not any(issue.given == "jazz" for issue in labels.find_issues(tracks, said, ("blues", "jazz", "polka")))


@pytest.mark.parametrize("kept", [slice(0, 16), slice(0, 0), slice(15, 17)])
def test_too_little_to_judge_by_is_said_in_a_sentence(told_apart, kept):
    tracks, table = told_apart
    with pytest.raises(DatasetError):
        labels.out_of_fold(tracks[kept], table[kept])


@pytest.mark.parametrize("judged", [0, 1, 16])
def test_where_one_genre_or_none_was_judged_there_are_no_issues(told_apart, judged):
    said = np.full((48, 3), np.nan)
    said[:judged] = [0.1, 0.8, 0.1]
    assert labels.find_issues(told_apart[0], said, ("blues", "jazz", "polka")) == ()


def test_duplicates_under_two_labels_are_both_issues():
    found = labels.conflicts([("a", "b"), ("c", "d")], {"a": "metal", "b": "rock", "c": "pop", "d": "pop"})
    assert [(one.track, one.given, one.looks_like, one.twin) for one in found] == [
        ("a", "metal", "rock", "b"),
        ("b", "rock", "metal", "a"),
    ]


def test_a_track_with_many_duplicates_is_listed_once():
    genres = {"a": "jazz", "b": "jazz", "c": "rock"}
    found = labels.conflicts([("a", "c"), ("b", "c"), ("a", "b")], genres)
    assert sorted((one.track, one.given, one.looks_like) for one in found) == [
        ("a", "jazz", "rock"),
        ("b", "jazz", "rock"),
        ("c", "rock", "jazz"),
    ]
    assert {(one.p, one.p_given) for one in found} == {(None, None)}  # no model judged them


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
    assert labels.rare_genres(tracks) == left_out


def test_the_model_is_scored_over_tracks_and_over_artists(told_apart):
    tracks, table = told_apart
    tracks = [replace(track, artist="") if row < 10 else track for row, track in enumerate(tracks)]
    said, genres = labels.out_of_fold(tracks, table)
    said[20:24] = [1.0, 0.0, 0.0]  # one artist of jazz
    found = labels.score_model(tracks, said, genres)
    assert found.n == 48
    assert found.unnamed == 10
    assert found.low <= found.right <= found.high
    assert found.right == pytest.approx(
        np.mean([genres[row.argmax()] == t.genre for row, t in zip(said, tracks, strict=True)]), abs=1e-4
    )
    assert found.n_artists == len({track.artist for track in tracks} - {""}) + 10
    assert found.low_by_artist < found.low < found.right  # the errors are all of one artist
    assert labels.score_model(tracks, np.full_like(said, np.nan), genres) is None


def test_a_beat_shows_at_its_speed():
    at = np.arange(334) / 11.15
    picture = np.zeros((128, 334))
    picture[32:48] = 100 + 100 * np.sin(2 * np.pi * 2.2 * at)  # 2.2 a second, in the third of eight groups
    (found,) = labels.picture_features(picture[None].astype(np.uint8), np.array([334]))
    beats = found[96:].reshape(8, 10)
    assert np.unravel_index(beats.argmax(), beats.shape) == (2, 4)  # 2.0 to 2.5


def test_level_bands_and_changes_are_those_of_the_picture(pictures):
    found = labels.picture_features(pictures[:2], np.array([334, 334]))
    grouped = pictures[:2].reshape(2, 32, 4, 334).mean(axis=2) / 255
    np.testing.assert_allclose(found[:, :32], grouped.mean(axis=2))
    np.testing.assert_allclose(found[:, 32:64], grouped.std(axis=2))
    np.testing.assert_allclose(found[:, 64:96], np.abs(np.diff(grouped)).mean(axis=2))


def test_what_lies_behind_the_end_of_a_short_track_does_not_count(pictures):
    blank = pictures[:1].copy()
    blank[:, :, 150:] = 0
    widths = np.array([150])
    np.testing.assert_array_equal(labels.picture_features(blank, widths), labels.picture_features(pictures[:1], widths))


@pytest.mark.parametrize("width", [0, 11])
def test_a_track_that_shows_next_to_nothing_has_no_numbers(pictures, width):
    assert np.isnan(labels.picture_features(pictures[:1], np.array([width]))).all()


def test_unknown_features_stay_unknown_in_the_table(pictures):
    descriptors = np.abs(np.random.default_rng(0).normal(size=(3, 57)))
    descriptors[1] = np.nan
    table = labels.feature_table(descriptors, pictures[:3], np.array([334, 334, 0]))
    assert table.shape == (3, 53 + labels.N_PICTURE_FEATURES)
    assert np.isfinite(table[0]).all()
    assert np.isnan(table[1, :53]).all()
    assert np.isfinite(table[1, 53:]).all()
    assert np.isnan(table[2, 53:]).all()
