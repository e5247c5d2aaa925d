from __future__ import annotations

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from mgc.audio.decode import Series
from mgc.audit.duplicates import CONFIRMED, confirmed_by, exact_pairs, identical_pictures, near_pairs, same_song
from mgc.datasets.base import Track
from mgc.features.pictures import COLUMNS_PER_SECOND, columns, read_picture
from mgc.features.spectrum import spectrum


def noise(rng: np.random.Generator) -> np.ndarray:
    return np.repeat((rng.random((32, 334)) ** 4 * 255).astype(np.uint8), 4, axis=0)


def names(n: int) -> list[str]:
    return [f"t{row:02}" for row in range(n)]


def full(pictures: np.ndarray) -> np.ndarray:
    return np.full(len(pictures), pictures.shape[2])


@given(st.lists(st.sampled_from(["", "a", "b", "c"]), max_size=8))
def test_exact_pairs_are_all_pairs_with_the_same_checksum(checksums):
    ids = names(len(checksums))
    expected = {
        (ids[a], ids[b]) for b in range(len(ids)) for a in range(b) if checksums[a] and checksums[a] == checksums[b]
    }
    assert set(exact_pairs(ids, checksums)) == expected


def test_identical_pictures_are_found_and_blank_ones_are_none(pictures):
    pictures[3], pictures[5], pictures[6] = pictures[1], 0, 0
    assert identical_pictures(names(24), pictures) == (("t01", "t03"),)


def test_different_tracks_are_no_pair(pictures):
    assert near_pairs(names(24), pictures, full(pictures)) == ()


@pytest.mark.parametrize("shift", [0, 7, 100, -150])
def test_a_copy_is_found_wherever_it_was_cut(pictures, rng, shift):
    later = np.roll(pictures[2], shift, axis=1)
    beyond = slice(0, shift) if shift > 0 else slice(334 + shift, 334) if shift < 0 else slice(0)
    later[:, beyond] = noise(rng)[:, beyond]  # other music where the copy holds what the first does not
    pictures[7] = np.clip(later * 0.6 + rng.integers(0, 40, later.shape), 0, 255)
    (pair,) = near_pairs(names(24), pictures, full(pictures))
    assert (pair.first, pair.second) == ("t02", "t07")
    assert pair.shift == pytest.approx(-shift / COLUMNS_PER_SECOND)
    assert 0.2 < pair.likeness < 0.995


def test_a_short_track_within_a_longer_one_is_found(pictures):
    widths = full(pictures)
    widths[4] = 120
    pictures[4, :, 120:] = 0
    pictures[4, :, :120] = pictures[11][:, 60:180]
    (pair,) = near_pairs(names(24), pictures, widths)
    assert (pair.first, pair.second) == ("t04", "t11")
    assert pair.shift == pytest.approx(-60 / COLUMNS_PER_SECOND)


def test_tracks_under_five_seconds_silence_and_tracks_without_a_picture_are_not_compared(pictures):
    widths = full(pictures)
    widths[[0, 1]] = 50
    widths[[2, 3]] = 0
    pictures[1] = pictures[0]
    pictures[[2, 3, 5, 6]] = 0
    assert near_pairs(names(24), pictures, widths) == ()


def test_a_data_set_of_silence_has_no_copies():
    silence = np.zeros((8, 128, 334), np.uint8)
    assert near_pairs(names(8), silence, full(silence)) == ()
    assert identical_pictures(names(8), silence) == ()


@pytest.mark.parametrize("n", [0, 1, 2, 3])
def test_few_tracks_are_compared_too(pictures, n):
    few = pictures[:n].copy()
    few[1:] = few[:1]
    assert len(near_pairs(names(n), few, full(few))) == n * (n - 1) // 2


def test_what_shares_one_backing_track_is_no_copy_but_a_copy_of_it_is(pictures):
    backing = pictures[0].copy()
    alike = (0.7 * backing + 0.3 * pictures).astype(np.uint8)
    alike[20] = np.roll(alike[10], 5, axis=1)
    assert [(pair.first, pair.second) for pair in near_pairs(names(24), alike, full(alike))] == [("t10", "t20")]


def test_a_quieter_noisier_later_cut_of_a_real_clip_is_found(exact_clips):
    def picture(y: np.ndarray) -> np.ndarray:
        drawn = columns(spectrum(y.astype(np.float32)).mel)[:, :334]
        return np.pad(drawn, ((0, 0), (0, 334 - drawn.shape[1])))

    clips = [soundfile.read(path, dtype="float32")[0] for path in exact_clips[::6][:10]]
    rough = np.random.default_rng(0).normal(0, 0.003, len(clips[3]) - 88_200)
    shown = np.stack([*map(picture, clips), picture(0.3 * clips[3][88_200:] + rough)])
    widths = np.array([*[334] * 10, 289])
    (pair,) = near_pairs(names(11), shown, widths)
    assert (pair.first, pair.second) == ("t03", "t10")
    assert pair.shift == pytest.approx(4.0, abs=0.2)


def test_pictures_of_real_clips_give_every_published_pair_of_their_genres_and_few_others(shared):
    files = [
        path for genre in ("metal", "disco") for path in sorted((shared / "gtzan/images_original" / genre).iterdir())
    ]
    with Series(31.0) as decoder:
        shown = np.stack([read_picture(path, decode=decoder.decode_picture) for path in files])
    ids = [path.stem for path in files]
    exact = identical_pictures(ids, shown)
    assert len(exact) == 8
    near = {(pair.first, pair.second) for pair in near_pairs(ids, shown, full(shown))} - set(exact)
    assert {("disco00050", "disco00051"), ("disco00060", "disco00089"), ("metal00004", "metal00013")} <= near
    assert len(near) <= 10


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (("Coleman Hawkins", "How Strange"), ("Coleman Hawkins", "How Strang"), True),
        (("KC and The Sunshine Band", "That's The Way (I Like It)"), ("KC & the Sunshine Band", "Thats the way"), True),
        (("Britney Spears", "Stronger"), ("Britney Spears", "Sometimes"), False),
        (("Miles Davis", "So What"), ("Marcus Miller", "So What"), False),
        (("", "Amen"), ("", "Amen"), None),
        (("Vivaldi", ""), ("Vivaldi", ""), None),
        (("Devo", "(untitled)"), ("Devo", "(untitled)"), True),
    ],
)
def test_songs_are_the_same_by_artist_and_title_up_to_spelling(one, other, expected):
    first, second = (Track("x", "pop", artist, title) for artist, title in (one, other))
    assert same_song(first, second) is expected


@pytest.mark.parametrize(
    ("titles", "likeness", "expected"),
    [
        (("One", "One"), 0.1, "names"),
        (("One", "Other"), 0.99, ""),
        (("One", ""), CONFIRMED, "likeness"),
        (("", ""), CONFIRMED - 0.01, ""),
    ],
)
def test_names_decide_where_both_are_known_and_likeness_where_not(titles, likeness, expected):
    one, other = (Track(str(n), "pop", "Artist", title) for n, title in enumerate(titles))
    assert confirmed_by(one, other, likeness) == expected
