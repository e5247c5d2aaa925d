from __future__ import annotations

import cv2
import librosa
import numpy as np
import pytest

from mgc.errors import UnreadablePicture
from mgc.features.pictures import (
    COLUMNS_PER_SECOND,
    FLOOR,
    N_COLUMNS,
    PHRASE_WIDTH,
    columns,
    filled,
    log_mel,
    palette,
    pauses,
    picture_windows,
    read_picture,
)
from mgc.features.spectrum import spectrum
from tests.kaggle_figures import draw, encode, render_png

SR = 22_050


@pytest.mark.parametrize(
    ("seconds", "expected"), [(1, 11), (3, 33), (29, 334), (30, 334), (31, 334), (60, 668), (240, 2676)]
)
def test_pictures_keep_kaggles_pace(seconds: int, expected: int) -> None:
    mel = np.ones((128, 1 + seconds * SR // 512), dtype=np.float32)
    assert abs(columns(mel).shape[1] - expected) <= 1
    assert abs(COLUMNS_PER_SECOND * seconds - expected) <= 12


def test_the_peak_is_white_and_forty_decibels_down_is_black() -> None:
    mel = np.ones((128, 400), dtype=np.float32)
    mel[64] = 1e-2  # 20 dB down
    mel[65:] = 1e-4
    picture = columns(mel)
    assert set(picture[:64].ravel()) == {255}
    assert set(picture[64]) <= {127, 128}
    assert set(picture[65:].ravel()) == {0}


def test_awkward_sound_gives_a_picture_without_a_warning(awkward_clip: np.ndarray) -> None:
    picture = columns(spectrum(awkward_clip).mel)
    assert picture.dtype == np.uint8
    assert picture.shape[0] == 128


def test_silence_is_black() -> None:
    assert columns(np.zeros((128, 500), dtype=np.float32)).max() == 0
    assert columns(np.zeros((128, 5000), dtype=np.float32)).max() == 0


def test_long_music_is_referred_to_the_half_minute_around_it(long_song: np.ndarray) -> None:
    louder = np.concatenate([long_song[: 30 * SR], long_song[: 40 * SR] / 1000, long_song[: 30 * SR]])
    picture = columns(spectrum(louder).mel)
    pace = COLUMNS_PER_SECOND
    quiet = picture[:, round(49 * pace) : round(51 * pace)]  # 30 s around hold nothing loud
    loud = picture[:, round(14 * pace) : round(16 * pace)]
    assert quiet.max() > 200
    assert loud.max() > 240


def test_windows_are_three_seconds_of_the_picture() -> None:
    picture = np.tile(np.arange(334, dtype=np.uint16).astype(np.uint8), (128, 1))
    windows = picture_windows(picture, np.array([0.0, 1.0, 27.0, 100.0]))
    assert windows.shape == (4, 128, 33)
    assert windows[:, 0, 0].tolist() == [0, 11, 301 % 256, 301 % 256]
    assert windows.flags.c_contiguous


def test_a_picture_narrower_than_a_window_is_continued_with_black() -> None:
    windows = picture_windows(np.full((128, 11), 7, dtype=np.uint8), np.zeros(1))
    assert windows[0, :, :11].min() == 7
    assert windows[0, :, 11:].max() == 0


def test_a_drawn_picture_reads_back_exactly() -> None:
    picture = np.random.default_rng(0).integers(0, 256, (128, N_COLUMNS), dtype=np.uint8)
    read = read_picture(encode(draw(picture)))
    np.testing.assert_array_equal(read[:, 1:], picture[:, 1:])
    assert np.abs(read[:, 0].astype(int) - picture[:, 0]).max() <= 8  # the frame line leaves a fifth of its colour


def test_a_rendered_clip_reads_back_as_its_columns(long_song: np.ndarray) -> None:
    y = long_song[: 30 * SR]
    png = render_png(y)
    figure = cv2.imdecode(np.frombuffer(png, dtype=np.uint8), cv2.IMREAD_UNCHANGED)
    assert figure.shape == (288, 432, 4)
    np.testing.assert_array_equal(read_picture(png)[:, 1:], columns(spectrum(y).mel)[:, 1:])


@pytest.mark.parametrize("seconds", [1, 7, 70])
def test_clips_of_any_length_fill_the_figure(seconds: int, long_song: np.ndarray) -> None:
    assert read_picture(render_png(long_song[: seconds * SR])).shape == (128, N_COLUMNS)


@pytest.mark.parametrize("data", [b"", b"no picture", encode(np.zeros((10, 10, 3), dtype=np.uint8))])
def test_what_is_not_kaggles_picture_is_refused(data: bytes) -> None:
    with pytest.raises(UnreadablePicture, match="432 x 288"):
        read_picture(data)


def test_the_palette_has_no_colour_twice() -> None:
    assert len(np.unique(palette(), axis=0)) == 256


def test_log_mel_is_librosas(song: np.ndarray) -> None:
    theirs = librosa.power_to_db(librosa.feature.melspectrogram(y=song, sr=22_050, pad_mode="reflect"), ref=np.max)
    np.testing.assert_allclose(log_mel(spectrum(song)), theirs, atol=0.01)


def test_awkward_sound_stays_between_floor_and_peak(awkward_clip: np.ndarray) -> None:
    decibels = log_mel(spectrum(awkward_clip))
    assert decibels.min() >= FLOOR
    assert decibels.max() <= 0


def test_silence_is_the_floor() -> None:
    assert log_mel(spectrum(np.zeros(30_000, dtype=np.float32))).max() == FLOOR


def test_a_short_clip_is_played_in_a_loop() -> None:
    picture = np.random.default_rng(0).integers(0, 256, (128, 40)).astype(np.uint8)
    shown = filled(picture, PHRASE_WIDTH)
    assert shown.shape == (128, PHRASE_WIDTH)
    np.testing.assert_array_equal(shown[:, :40], picture)
    np.testing.assert_array_equal(shown[:, 40:80], picture)


def test_pauses_are_the_share_of_columns_in_which_next_to_nothing_sounds() -> None:
    picture = np.zeros((128, 100), np.uint8)
    picture[40, :75] = 200
    picture[3, 75:] = 30
    assert pauses(picture) == 0.25
