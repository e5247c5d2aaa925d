"""The same music in another wrapping is the same clip (A-10, as far as the decoder goes)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import soundfile

from mgc.audio.decode import decode
from tests.audio.making import at_rate, correlation, ffmpeg, sndfile

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.faults

LOSSLESS = [("WAV", "PCM_16"), ("FLAC", "PCM_16"), ("AIFF", "PCM_24")]
LOSSY = [("MP3", "MPEG_LAYER_III"), ("OGG", "VORBIS")]


@pytest.fixture(scope="module", params=["classical/classical.00001", "metal/metal.00002"])
def y(request: pytest.FixtureRequest, shared: Path) -> np.ndarray:
    path = shared / "gtzan" / "audio_exact" / f"{request.param}.flac"
    loud = soundfile.read(path, dtype="float32", always_2d=True)[0][: 22_050 * 10] * np.float32(0.8)
    # On the steps of 16 bits: whether libsndfile rounds or cuts what lies between them depends on the processor.
    return np.rint(loud * np.float32(32_768)) / np.float32(32_768)


def level(samples: np.ndarray) -> float:
    """Return the level in dB."""
    return float(20 * np.log10(np.sqrt(np.mean(np.square(samples, dtype=np.float64)))))


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("rate", [22_050, 44_100, 48_000])
@pytest.mark.parametrize(("format", "subtype"), LOSSLESS)
def test_a10_lossless_wrappings_give_the_same_samples(
    y: np.ndarray, format: str, subtype: str, rate: int, channels: int
) -> None:
    clip = decode(sndfile(np.repeat(at_rate(y, rate), channels, axis=1), rate, format, subtype))
    assert clip.y.shape == (len(y),)
    # The resampler's filter takes what lies above some 10 kHz; everything else must come back.
    assert np.abs(clip.y - y[:, 0]).max() < (1e-4 if rate == 22_050 else 0.1)
    assert correlation(y[:, 0], clip.y) > (0.9999999 if rate == 22_050 else 0.999)
    assert level(clip.y) == pytest.approx(level(y), abs=0.02)


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("rate", [22_050, 44_100, 48_000])
@pytest.mark.parametrize(("format", "subtype"), LOSSY)
def test_a10_lossy_wrappings_give_nearly_the_same_samples(
    y: np.ndarray, format: str, subtype: str, rate: int, channels: int
) -> None:
    clip = decode(sndfile(np.repeat(at_rate(y, rate), channels, axis=1), rate, format, subtype))
    assert clip.y.shape == pytest.approx((len(y),), abs=2)
    assert correlation(y[:, 0], clip.y, shift=3) > 0.98
    assert level(clip.y) == pytest.approx(level(y), abs=0.3)


@pytest.mark.parametrize(("codec", "container"), [("aac", "ipod"), ("libopus", "webm"), ("libopus", "ogg")])
def test_a10_the_formats_of_phones_and_browsers_sound_the_same(y: np.ndarray, codec: str, container: str) -> None:
    clip = decode(ffmpeg(at_rate(y, 48_000), 48_000, codec, container))
    assert correlation(y[:, 0], clip.y, shift=600) > 0.95
    assert level(clip.y) == pytest.approx(level(y), abs=0.5)
