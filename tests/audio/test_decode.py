"""decode(): every accepted format, what is said about it, and its manners under load."""

from __future__ import annotations

import hashlib
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np
import pytest

from mgc.audio import decode as module
from mgc.audio.decode import decode, max_bytes
from mgc.errors import DecoderTimeout, RefusedAudio, ServiceBusy, UnreadableAudio
from mgc.settings import Settings
from tests.audio.making import correlation, ffmpeg, id3, silent_film, sndfile, tone

if TYPE_CHECKING:
    from pathlib import Path

SNDFILE = [
    ("WAV", "PCM_16", "WAV", 1e-4),
    ("WAV", "PCM_U8", "WAV", 1e-2),
    ("WAV", "PCM_24", "WAV", 1e-6),
    ("WAV", "FLOAT", "WAV", 0.0),
    ("WAV", "DOUBLE", "WAV", 1e-7),
    ("WAV", "ULAW", "WAV", 0.03),
    ("WAVEX", "PCM_16", "WAV", 1e-4),
    ("RF64", "PCM_16", "WAV", 1e-4),
    ("AIFF", "PCM_16", "AIFF", 1e-4),
    ("AIFF", "FLOAT", "AIFF", 0.0),
    ("AU", "PCM_16", "AU", 1e-4),
    ("AU", "ALAW", "AU", 0.03),
    ("FLAC", "PCM_16", "FLAC", 1e-4),
    ("FLAC", "PCM_24", "FLAC", 1e-6),
    ("OGG", "VORBIS", "Ogg Vorbis", 0.15),
    ("MP3", "MPEG_LAYER_III", "MP3", 0.15),
]


@pytest.mark.parametrize(("format", "subtype", "name", "tolerance"), SNDFILE)
def test_a_file_of_libsndfile_gives_its_samples(format: str, subtype: str, name: str, tolerance: float) -> None:
    y = tone()
    clip = decode(sndfile(y, 22_050, format, subtype))
    assert clip.heard.format == name
    assert (clip.heard.sample_rate, clip.heard.channels, clip.heard.warnings) == (22_050, 1, ())
    assert clip.heard.seconds == clip.heard.used_seconds == 3.0
    assert clip.y.dtype == np.float32
    heart = slice(2_000, -2_000) if subtype in ("VORBIS", "MPEG_LAYER_III") else slice(None)  # coders blur the ends
    assert np.abs(clip.y - y[:, 0])[heart].max() <= tolerance


FFMPEG = [
    ("aac", "ipod", 44_100, "M4A/AAC"),
    ("aac", "adts", 44_100, "AAC"),
    ("alac", "ipod", 44_100, "M4A/ALAC"),
    ("libopus", "webm", 48_000, "WebM"),
    ("libopus", "ogg", 48_000, "Opus"),
    ("libmp3lame", "mp3", 44_100, "MP3"),
]


@pytest.mark.parametrize(("codec", "container", "rate", "name"), FFMPEG)
def test_a_file_of_ffmpeg_gives_its_sound(codec: str, container: str, rate: int, name: str) -> None:
    clip = decode(ffmpeg(tone(3, rate, 2), rate, codec, container))
    assert clip.heard.format == name
    assert (clip.heard.sample_rate, clip.heard.channels, clip.heard.warnings) == (rate, 2, ())
    assert clip.heard.seconds == pytest.approx(3.0, abs=0.06)  # two frames of AAC: not every muxer says what to skip
    assert correlation(tone()[:, 0], clip.y, shift=600) > 0.99


def test_the_sound_of_a_film_is_heard() -> None:
    clip = decode(ffmpeg(tone(3, 44_100), 44_100, "aac", "mp4", film=True))
    assert clip.heard.format == "M4A/AAC"
    assert correlation(tone()[:, 0], clip.y, shift=600) > 0.99


def test_a_recording_without_a_length_is_heard_whole() -> None:
    # live=1 is how a browser's MediaRecorder writes: no duration, no index
    clip = decode(ffmpeg(tone(5, 48_000), 48_000, "libopus", "webm", live="1"))
    assert clip.heard.seconds == pytest.approx(5, abs=0.03)
    assert clip.heard.warnings == ()


def test_surround_is_mixed_down_by_the_mean() -> None:
    y = tone(2, channels=6) * np.array([1, 0, 0, 0, 0, 0.5], np.float32)
    clip = decode(sndfile(y, subtype="FLOAT"))
    np.testing.assert_allclose(clip.y, y.mean(axis=1), atol=1e-6)
    assert clip.heard.sentence() == "WAV, 22.05 kHz 6 channels, 0:02"


def test_channels_that_cancel_each_other_out_are_not_silence() -> None:
    y = tone(2, channels=2) * np.array([0.5, -0.5], np.float32)
    clip = decode(sndfile(y, subtype="FLOAT"))
    np.testing.assert_array_equal(np.abs(clip.y), np.abs(y[:, 0]))
    assert clip.heard.warnings == ("Its channels cancel each other out, so one of them was used.",)


def test_stereo_at_another_rate_is_mixed_and_resampled_as_librosa_does() -> None:
    from librosa import resample, to_mono

    y = tone(4, 44_100, 2) * np.array([1, -0.3], np.float32)
    expected = resample(to_mono(y.T), orig_sr=44_100, target_sr=22_050)  # soxr_hq, as in librosa.load
    np.testing.assert_allclose(decode(sndfile(y, 44_100, subtype="FLOAT")).y, expected, atol=1e-6)


def test_real_clips_keep_every_sample(exact_clips: list[Path]) -> None:
    import soundfile

    path = exact_clips[0]
    y, _ = soundfile.read(path, dtype="float32")
    clip = decode(path.read_bytes())
    np.testing.assert_array_equal(clip.y, y)
    assert clip.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


def test_all_open_audio_is_read(shared: Path) -> None:
    for path in sorted((shared / "open_audio").glob("*.ogg")):
        clip = decode(path.read_bytes())
        assert clip.heard.format == "Ogg Vorbis"
        assert clip.seconds == pytest.approx(clip.heard.seconds, abs=1e-3)


@pytest.mark.parametrize("kind", ["flac", "mp3", "m4a", "webm", "aac"])
def test_of_a_long_file_the_middle_is_heard_and_said(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "settings", lambda: Settings(max_seconds=30))
    # silence, 30 s of sound in the middle, silence
    rest = np.zeros((35 * 48_000, 1), np.float32)
    y = np.concatenate([rest, tone(30, 48_000), rest])
    if kind == "flac":
        data = sndfile(y, 48_000, "FLAC")
    elif kind == "mp3":
        data = sndfile(y, 48_000, "MP3", "MPEG_LAYER_III")
    else:
        codec, container = {"m4a": ("aac", "ipod"), "webm": ("libopus", "webm"), "aac": ("aac", "adts")}[kind]
        data = ffmpeg(y, 48_000, codec, container)
    heard = (clip := decode(data)).heard
    assert heard.used_seconds == pytest.approx(30, abs=0.01)
    assert heard.seconds == pytest.approx(100, abs=0.1)
    assert heard.used_start == pytest.approx(35, abs=0.1)
    assert heard.sentence().endswith("1:40, middle 30 seconds")
    assert correlation(tone(30)[:, 0], clip.y, shift=2_400) > 0.95


def test_a_header_that_promises_too_much_costs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "settings", lambda: Settings(max_seconds=30))
    data = bytearray(sndfile(tone(4), format="FLAC"))
    data[21] |= 0x0F  # STREAMINFO: 36 bits of sample count, the upper four in byte 21
    clip = decode(bytes(data))
    assert clip.heard.used_seconds == pytest.approx(4, abs=0.3)
    assert clip.heard.used_start == 0
    assert "ends before its header says so" in clip.heard.warnings[0]


def test_tags_before_the_sound_are_skipped() -> None:
    mp3 = sndfile(tone(), format="MP3", subtype="MPEG_LAYER_III")
    plain = decode(mp3)
    np.testing.assert_array_equal(decode(id3(300_000) + mp3).y, plain.y)
    np.testing.assert_array_equal(decode(id3(100) + id3(7) + bytes(500) + mp3).y, plain.y)
    assert decode(id3(1_000) + sndfile(tone(), format="FLAC")).heard.format == "FLAC"


@pytest.mark.parametrize(
    ("y", "warning"),
    [
        (tone() * 0, "The file is silent."),
        (np.concatenate([tone(), np.zeros((22_050 * 9, 1))]), "The file is mostly empty: 75 % of it is silence."),
        (np.clip(tone(level=2), -1, 1), "The recording is clipped: "),
        (tone(level=30_000), "The samples lie far outside -1 to 1, so they were scaled down."),
    ],
)
def test_what_is_odd_about_a_file_is_said(y: np.ndarray, warning: str) -> None:
    clip = decode(sndfile(y, subtype="FLOAT"))
    assert any(said.startswith(warning) for said in clip.heard.warnings)
    assert np.abs(clip.y).max() <= 1.0


def test_a_file_cut_in_half_is_heard_with_a_warning() -> None:
    for data in (sndfile(tone(8)), sndfile(tone(8), format="FLAC"), sndfile(tone(8), format="AIFF")):
        clip = decode(data[: len(data) // 2])
        assert 3 < clip.seconds < 5
        assert clip.heard.warnings == ("The file ends before its header says so; the available part was used.",)


def test_a_file_over_the_limit_is_refused_before_anything_else() -> None:
    with pytest.raises(RefusedAudio, match=r"20\.0 MB; accepted: files of up to 20 MB") as caught:
        decode(bytes(max_bytes() + 1))
    assert caught.value.user_message.count(".") <= 2


def test_a_codec_off_the_list_is_refused_by_name() -> None:
    with pytest.raises(RefusedAudio, match=r"codec \(IMA ADPCM\) is not accepted; accepted: WAV"):
        decode(sndfile(tone(), subtype="IMA_ADPCM"))
    with pytest.raises(RefusedAudio, match=r"codec \(ac3\) is not accepted"):
        decode(ffmpeg(tone(3, 44_100), 44_100, "ac3", "mp4"))


def test_a_film_without_sound_is_refused() -> None:
    with pytest.raises(UnreadableAudio, match="has no audio track"):
        decode(silent_film())


def test_many_threads_get_the_same_clip() -> None:
    data = [sndfile(tone(2, level=0.1 * (k % 3 + 1)), format="FLAC") for k in range(3)]
    alone = [decode(one).y for one in data]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda k: decode(data[k % 3]).y, range(12)))
    for k, y in enumerate(together):
        np.testing.assert_array_equal(y, alone[k % 3])


def test_no_more_children_than_allowed_run_and_waiting_ends_in_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    slots = threading.BoundedSemaphore(1)
    monkeypatch.setattr(module, "_slots", lambda number: slots)
    monkeypatch.setattr(module, "QUEUE_SECONDS", 0.05)
    data = sndfile(tone(), format="FLAC")
    with slots, pytest.raises(ServiceBusy, match="try again in 10 seconds") as caught:
        decode(data)
    assert caught.value.retry_after == 10
    assert decode(data).seconds == 3  # the slot was not lost


def test_a_decoder_that_is_too_slow_is_told_apart_from_a_broken_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = tmp_path / "sleeper.py"
    script.write_text("import time\ntime.sleep(60)")
    monkeypatch.setattr(module, "settings", lambda: Settings(decode_timeout=1))
    with pytest.raises(DecoderTimeout, match="cannot be read as audio"):
        decode(sndfile(tone()), _script=script)
