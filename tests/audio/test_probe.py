"""probe: recognise a file by its first bytes, and never be surprised by any bytes."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mgc.audio.probe import ACCEPTED, check_layout, check_length, look
from mgc.errors import AudioError, RefusedAudio, UnreadableAudio
from tests.audio.making import ffmpeg, id3, sndfile, tone, wav_header

MP3 = sndfile(tone(1), format="MP3", subtype="MPEG_LAYER_III")
GOLDEN = {
    "WAV": sndfile(tone(0.1)),
    "AIFF": sndfile(tone(0.1), format="AIFF"),
    "AU": sndfile(tone(0.1), format="AU"),
    "FLAC": sndfile(tone(0.1), format="FLAC"),
    "OGG": sndfile(tone(0.1), format="OGG", subtype="VORBIS"),
    "MP3": MP3,
    "AAC": ffmpeg(tone(1, 44_100), 44_100, "aac", "adts"),
    "MP4": ffmpeg(tone(1, 44_100), 44_100, "aac", "ipod"),
    "WEBM": ffmpeg(tone(1, 48_000), 48_000, "libopus", "webm"),
}


@pytest.mark.parametrize("kind", GOLDEN)
def test_each_accepted_kind_is_recognised_with_and_without_a_tag(kind: str) -> None:
    assert look(GOLDEN[kind]).kind == kind
    assert look(GOLDEN[kind]).start == 0
    tagged = look(id3(33) + GOLDEN[kind])
    assert (tagged.kind, tagged.start) == (kind, 43)


@pytest.mark.parametrize("kind", ["WAV", "AU", "FLAC"])
def test_simple_headers_tell_rate_and_channels(kind: str) -> None:
    assert (look(GOLDEN[kind]).sample_rate, look(GOLDEN[kind]).channels) == (22_050, 1)
    stereo = look(sndfile(tone(0.1, 96_000, 2), 96_000, kind))
    assert (stereo.sample_rate, stereo.channels) == (96_000, 2)


def test_metadata_before_the_format_of_a_wav_is_skipped() -> None:
    plain = GOLDEN["WAV"]
    probe = look(plain[:12] + b"LIST\x05\x00\x00\x00hello\x00" + plain[12:])  # odd sizes are padded
    assert (probe.sample_rate, probe.channels) == (22_050, 1)


def test_a_wav_shorter_than_it_says_is_known_to_be_cut() -> None:
    assert not look(GOLDEN["WAV"]).is_cut
    assert look(GOLDEN["WAV"][:-2]).is_cut
    assert look(GOLDEN["AIFF"][:-2]).is_cut
    assert not look(wav_header(size=0xFFFFFFFF)).is_cut  # a stream: length unknown


def test_the_first_frame_behind_a_tag_and_junk_is_found() -> None:
    assert (
        look(id3(50) + b"\xff\xfb\x90\x00" + bytes(77) + MP3).start == 60 + 81
    )  # a sync without a second frame is none
    with pytest.raises(UnreadableAudio):
        look(bytes(8) + MP3)  # without a tag nothing is searched


NO_AUDIO = {
    "text": b"hello world, this is no music",
    "UTF-16 text": "hello world, this is no music".encode("utf-16"),
    "png": b"\x89PNG\r\n\x1a\n" + bytes(100),
    "zip": b"PK\x03\x04" + bytes(100),
    "html": b"<!doctype html><html></html>",
    "tag only": id3(200),
    "tag of 256 MB": b"ID3\x04\x00\x00\x7f\x7f\x7f\x7f",
    "RIFF of AVI": b"RIFF\x00\x00\x00\x00AVI LIST" + bytes(100),
    "Matroska": b"\x1a\x45\xdf\xa3\x42\x82\x88matroska" + bytes(100),
    "MPEG layer II": b"\xff\xfd\x84\x00" + bytes(1_000),
    "AU cut": b".snd\x00\x00",
    "zeros": bytes(1_000),
}


@pytest.mark.parametrize("name", NO_AUDIO)
def test_what_is_no_audio_is_refused_in_one_sentence(name: str) -> None:
    with pytest.raises(UnreadableAudio) as caught:
        look(NO_AUDIO[name])
    assert caught.value.user_message == f"This file cannot be read as audio; accepted: {ACCEPTED}."
    assert caught.value.details


def test_an_empty_file_is_called_empty() -> None:
    with pytest.raises(UnreadableAudio, match=r"^The file is empty; accepted: WAV"):
        look(b"")


@pytest.mark.parametrize(
    ("rate", "channels", "sentence"),
    [
        (7_999, 1, "The file has a sample rate of 7,999 Hz; accepted: 8,000 to 192,000 Hz."),
        (192_001, 1, "The file has a sample rate of 192,001 Hz; accepted: 8,000 to 192,000 Hz."),
        (44_100, 0, "The file has 0 channels; accepted: 1 to 8."),
        (44_100, 9, "The file has 9 channels; accepted: 1 to 8."),
    ],
)
def test_the_limits_are_in_the_sentence(rate: int, channels: int, sentence: str) -> None:
    with pytest.raises(RefusedAudio) as caught:
        check_layout(rate, channels)
    assert caught.value.user_message == sentence
    with pytest.raises(RefusedAudio):
        look(wav_header(rate=rate, channels=channels))


def test_the_outermost_accepted_values_pass() -> None:
    check_layout(8_000, 1)
    check_layout(192_000, 8)
    check_length(1.0)


def test_too_short_and_empty_sound_are_told_apart() -> None:
    with pytest.raises(RefusedAudio, match=r"^The file is only 0\.2 seconds long; at least 1 second is needed\.$"):
        check_length(0.2)
    with pytest.raises(RefusedAudio, match=r"^The file contains no sound; at least 1 second is needed\.$"):
        check_length(0)


BUSY_MACHINE = settings(deadline=None, max_examples=300, suppress_health_check=[HealthCheck.too_slow])


@BUSY_MACHINE
@given(st.binary(max_size=300))
def test_random_bytes_never_raise_anything_but_audio_errors(data: bytes) -> None:
    with contextlib.suppress(AudioError):
        assert look(data).kind in GOLDEN


@BUSY_MACHINE
@given(
    st.sampled_from(sorted(GOLDEN)),
    st.lists(st.tuples(st.integers(0, 200), st.integers(0, 255)), max_size=12),
    st.integers(0, 400),
    st.booleans(),
)
def test_mutated_headers_never_raise_anything_but_audio_errors(
    kind: str, changes: list[tuple[int, int]], length: int, tagged: bool
) -> None:
    data = bytearray((id3(20) if tagged else b"") + GOLDEN[kind][:length])
    for at, value in changes:
        if at < len(data):
            data[at] = value
    with contextlib.suppress(AudioError):
        probe = look(bytes(data))
        assert 0 <= probe.start < len(data)
        assert probe.kind in GOLDEN
