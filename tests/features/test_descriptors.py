from __future__ import annotations

from typing import TYPE_CHECKING

import librosa
import numpy as np
import pytest

from mgc.errors import RefusedAudio
from mgc.features.descriptors import (
    COLUMNS,
    STABLE_COLUMNS,
    describe,
    describe_blocks,
    describe_segments,
    describe_windows,
)
from mgc.features.spectrum import spectrum

if TYPE_CHECKING:
    from pathlib import Path

SR = 22_050


def test_columns_are_those_of_kaggles_table(shared: Path) -> None:
    header = (shared / "gtzan/features_30_sec.csv").read_text().splitlines()[0].split(",")
    assert list(COLUMNS) == header[2:-1]
    assert len(STABLE_COLUMNS) == 54


def test_each_descriptor_equals_librosa_called_on_the_waveform(song: np.ndarray) -> None:
    reflect = {"y": song, "pad_mode": "reflect"}
    harmonic, percussive = librosa.effects.hpss(**reflect)
    inverted = len(song) // 512 * 512
    harmonic[inverted:] = percussive[inverted:] = 0  # as librosa 0.7 did, see mgc.features.harmonic
    expected = {
        "chroma_stft": librosa.feature.chroma_stft(**reflect, sr=SR),
        "rms": librosa.feature.rms(**reflect),
        "spectral_centroid": librosa.feature.spectral_centroid(**reflect, sr=SR),
        "spectral_bandwidth": librosa.feature.spectral_bandwidth(**reflect, sr=SR),
        "rolloff": librosa.feature.spectral_rolloff(**reflect, sr=SR),
        "zero_crossing_rate": librosa.feature.zero_crossing_rate(song),
        "harmony": harmonic,
        "perceptr": percussive,
    }
    mfccs = librosa.feature.mfcc(**reflect, sr=SR)
    expected |= {f"mfcc{i + 1}": mfcc for i, mfcc in enumerate(mfccs)}
    onsets = librosa.onset.onset_strength(**reflect, sr=SR, aggregate=np.median)
    described = dict(zip(COLUMNS, describe(song), strict=True))
    for name, values in expected.items():
        assert described[f"{name}_var"] == pytest.approx(values.var(), rel=1e-4), name
        if name not in ("harmony", "perceptr"):
            assert described[f"{name}_mean"] == pytest.approx(values.mean(), rel=1e-4), name
    assert described["tempo"] == pytest.approx(librosa.feature.tempo(onset_envelope=onsets, sr=SR)[0])


def test_awkward_sound_gives_finite_numbers_without_a_warning(awkward_clip: np.ndarray) -> None:
    one = spectrum(awkward_clip)
    starts, windows = describe_windows(one)
    assert starts.tolist() == [0.0, 1.0]
    for table in (describe(awkward_clip), describe_segments(awkward_clip), windows, describe_blocks(one)):
        assert np.isfinite(table).all()


def test_silence_is_described_as_nothing() -> None:
    described = dict(zip(COLUMNS, describe(np.zeros(3 * SR, dtype=np.float32)), strict=True))
    for name in ("chroma_stft", "rms", "spectral_centroid", "spectral_bandwidth", "rolloff", "harmony", "perceptr"):
        assert described[f"{name}_mean"] == described[f"{name}_var"] == 0


def test_a_tone_is_where_it_is() -> None:
    tone = np.sin(2 * np.pi * 880 * np.arange(3 * SR) / SR).astype(np.float32)
    described = dict(zip(COLUMNS, describe(tone), strict=True))
    assert described["spectral_centroid_mean"] == pytest.approx(880, abs=20)
    assert described["rms_mean"] == pytest.approx(np.sqrt(0.5), rel=0.01)
    assert described["zero_crossing_rate_mean"] == pytest.approx(2 * 880 / SR, rel=0.02)  # the ends are padded
    assert described["perceptr_var"] < 0.02 * described["harmony_var"]


def test_a_pulse_of_120_beats_a_minute_is_heard_as_such() -> None:
    t = np.arange(20 * SR) / SR
    noise = np.random.default_rng(0).standard_normal(len(t))
    pulse = (noise * np.exp(-40 * (t % 0.5))).astype(np.float32)
    assert describe(pulse)[COLUMNS.index("tempo")] == pytest.approx(120, abs=4)


@pytest.mark.parametrize(
    ("n", "rows"),
    [(SR, 1), (66_148, 1), (66_149, 1), (132_298, 1), (132_299, 2), (661_499, 10), (661_794, 10), (800_000, 10)],
)
def test_as_many_segments_as_fit_are_described(n: int, rows: int) -> None:
    assert describe_segments(np.zeros(n, dtype=np.float32)).shape == (rows, 57)


def test_a_segment_is_described_as_if_it_were_alone(song: np.ndarray) -> None:
    np.testing.assert_array_equal(describe_segments(song)[1], describe(song[66_150 : 66_150 + 66_149]))


def test_less_than_a_second_is_refused_by_all() -> None:
    y = np.zeros(SR - 1, dtype=np.float32)
    for refuses in (
        describe,
        describe_segments,
        lambda y: describe_windows(spectrum(y)),
        lambda y: describe_blocks(spectrum(y)),
    ):
        with pytest.raises(RefusedAudio, match="at least one second"):
            refuses(y)


def test_one_second_is_enough() -> None:
    y = np.random.default_rng(0).uniform(-1, 1, SR).astype(np.float32)
    starts, table = describe_windows(spectrum(y))
    assert starts.tolist() == [0]
    np.testing.assert_allclose(table[0], describe(y))


def test_windows_start_every_second_and_lie_inside_the_song(song: np.ndarray) -> None:
    starts, table = describe_windows(spectrum(song))
    assert starts.tolist() == [0, 1, 2, 3, 4]
    assert table.shape == (5, 57)
    starts, _ = describe_windows(spectrum(song), hop_seconds=0.5)
    assert len(starts) == 9


def test_a_short_song_is_one_block_and_a_long_one_is_covered_to_its_end(
    song: np.ndarray, long_song: np.ndarray
) -> None:
    np.testing.assert_array_equal(describe_blocks(spectrum(song))[0], describe(song))
    blocks = describe_blocks(spectrum(long_song))
    assert blocks.shape == (4, 57)  # 0, 13.3, 26.7 and 40 s
    exact = describe(long_song[40 * SR :])
    stable = [COLUMNS.index(name) for name in STABLE_COLUMNS]
    np.testing.assert_allclose(blocks[-1][stable], exact[stable], rtol=0.05, atol=1.0)


def test_windows_agree_with_segments_cut_out_of_the_song(exact_clips: list[Path]) -> None:
    import soundfile

    fast, exact = [], []
    for path in exact_clips[::6]:
        y, _ = soundfile.read(path, dtype="float32")
        starts, table = describe_windows(spectrum(y))
        for k in range(0, len(starts), 6):
            first = 512 * round(starts[k] * SR / 512)  # the window's first frame
            fast.append(table[k])
            exact.append(describe(y[first : first + 66_149]))
    for i, name in enumerate(COLUMNS):
        if name in STABLE_COLUMNS:
            assert np.corrcoef(np.array(fast)[:, i], np.array(exact)[:, i])[0, 1] > 0.99, name


@pytest.mark.slow
def test_ten_minutes_fit_into_a_container(long_song: np.ndarray) -> None:
    """Peak memory of NumPy's arrays, the samples included, for the longest song that is listened to."""
    import tracemalloc

    tracemalloc.start()
    try:
        one = spectrum(np.resize(long_song, 600 * SR))
        describe_windows(one, hop_seconds=60.0)
        describe_blocks(one, hop_seconds=285.0)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    print(f"ten minutes: {peak / 1e6:.0f} MB")
    assert peak < 1.0e9
