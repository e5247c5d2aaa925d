"""Bad files, table T-A of the reliability study: A-1 to A-6, A-8, and the decoder under random damage."""

from __future__ import annotations

import contextlib
import inspect
import socket
import struct
import tempfile
import time
from typing import TYPE_CHECKING

import numpy as np
import psutil
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mgc.audio import decode as module
from mgc.audio.decode import ACCEPTED, CHILD, SoundAnswer, decode
from mgc.audio.probe import Probe
from mgc.errors import AudioError, RefusedAudio, UnreadableAudio
from tests.audio.making import at_most, ffmpeg, flac_of_silence, id3, sndfile, tone, wav_header

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.faults

WAV = sndfile(tone())
NO_AUDIO = {
    "empty": b"",
    "text": b"hello world, this is no music\n" * 100,
    "png": b"\x89PNG\r\n\x1a\n" + bytes(5_000),
    "zip": b"PK\x03\x04" + bytes(5_000),
    "WAV, 20 bytes of it": WAV[:20],
    "WAV, 40 bytes of it": WAV[:40],
    "WAV, 1,000 bytes of it": WAV[:1_000],
    "FLAC, 60 bytes of it": sndfile(tone(), format="FLAC")[:60],
    "Ogg, first page only": sndfile(tone(), format="OGG", subtype="VORBIS")[:58],
    "ID3 only": id3(2_000),
    "ID3 and one MP3 header": id3(2_000) + b"\xff\xfb\x90\x64",
    "M4A, cut": ffmpeg(tone(3, 44_100), 44_100, "aac", "ipod")[:4_000],
    "WebM, cut": ffmpeg(tone(3, 48_000), 48_000, "libopus", "webm")[:200],
    "ftyp only": b"\x00\x00\x00\x14ftypM4A \x00\x00\x00\x00isom",
}


@pytest.fixture(autouse=True)
def nothing_is_left(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> object:
    """Every fault leaves no child and no folder behind."""
    folder = tmp_path_factory.mktemp("temp")
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    before = set(psutil.Process().children(recursive=True))
    yield
    assert set(psutil.Process().children(recursive=True)) <= before
    assert not list(folder.iterdir())


@pytest.mark.parametrize("name", NO_AUDIO)
def test_a1_what_is_no_audio_is_refused_in_one_sentence(name: str) -> None:
    with at_most(1.0), pytest.raises(UnreadableAudio) as caught:
        decode(NO_AUDIO[name])
    assert caught.value.user_message.endswith(f"accepted: {ACCEPTED}.")
    assert "Traceback" not in caught.value.user_message
    assert "\n" not in caught.value.user_message


def test_a1_kaggles_broken_file_is_refused(shared: Path) -> None:
    with pytest.raises(UnreadableAudio, match="cannot be read as audio; accepted: WAV"):
        decode((shared / "gtzan" / "fixtures" / "jazz.00054.kaggle-corrupt.wav").read_bytes())


def test_a2_a_flac_bomb_costs_little() -> None:
    bomb = flac_of_silence(3_600)  # 5.5 GB of samples
    assert len(bomb) < 0.5e6
    decode(WAV)
    before = psutil.Process().memory_info().rss
    with at_most(3.0):
        clip = decode(bomb)
    assert psutil.Process().memory_info().rss - before < 50e6
    assert clip.heard.seconds == pytest.approx(3_600, abs=0.5)
    assert clip.heard.used_seconds == 300  # at most 600 s; fewer where many channels make each second dear
    assert clip.heard.used_start == pytest.approx(1_650, abs=0.5)
    assert clip.heard.sentence() == "FLAC, 48 kHz 8 channels, 60:00, middle 5 minutes"


def test_a3_an_ogg_bomb_is_called_silent() -> None:
    silence = sndfile(np.zeros((22_050 * 600, 1), np.float32), format="OGG", subtype="VORBIS")
    assert len(silence) < 100_000
    with at_most(3.0):
        clip = decode(silence)
    assert clip.heard.warnings == ("The file is silent.",)
    assert clip.seconds == 600


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("subtype", ["FLOAT", "DOUBLE"])
def test_a4_samples_that_are_not_finite_are_refused(bad: float, subtype: str) -> None:
    y = tone()
    y[-5] = bad
    with pytest.raises(RefusedAudio, match="not finite"):
        decode(sndfile(y, subtype=subtype))


def test_a4_denormal_samples_are_silence() -> None:
    clip = decode(sndfile(np.full((66_150, 1), 1e-40, np.float32), subtype="FLOAT"))
    assert not clip.y.any()
    assert clip.heard.warnings == ("The file is silent.",)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (wav_header(rate=1) + bytes(90_000), "sample rate of 1 Hz; accepted: 8,000 to 192,000 Hz."),
        (wav_header(rate=2_000_000_000), "sample rate of 2,000,000,000 Hz; accepted: 8,000 to 192,000 Hz."),
        (wav_header(rate=0), "sample rate of 0 Hz; accepted: 8,000 to 192,000 Hz."),
        (wav_header(channels=0), "0 channels; accepted: 1 to 8."),
        (wav_header(channels=1_000) + bytes(90_000), "1,000 channels; accepted: 1 to 8."),
        (sndfile(tone(1, 4_000), 4_000, "AIFF"), "sample rate of 4,000 Hz; accepted: 8,000 to 192,000 Hz."),
        (sndfile(tone(1, 22_050, 12), format="AIFF"), "12 channels; accepted: 1 to 8."),
        (wav_header(), "contains no sound; at least 1 second is needed."),
        (sndfile(tone(0.2)), "is only 0.2 seconds long; at least 1 second is needed."),
        (sndfile(tone(0.9), format="OGG", subtype="VORBIS"), "is only 0.9 seconds long; at least 1 second is needed."),
    ],
)
def test_a5_a_header_outside_the_limits_is_refused_with_the_limit(data: bytes, sentence: str) -> None:
    with pytest.raises(RefusedAudio) as caught:
        decode(data)
    assert caught.value.user_message.endswith(sentence)


def test_a5_a_wav_that_claims_gigabytes_is_what_it_holds() -> None:
    data = wav_header(size=0xFFFFFF00) + struct.pack("<44100h", *([1_000, -1_000] * 22_050))
    assert decode(data).seconds == 2


@pytest.fixture
def playlists(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, bytes]:
    """Return playlists that name a file in the working directory and a listening port."""
    (tmp_path / "canary.wav").write_bytes(WAV)
    monkeypatch.chdir(tmp_path)
    canary = (tmp_path / "canary.wav").as_posix()
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0)
        port = server.getsockname()[1]
        url = f"http://127.0.0.1:{port}/x.wav"
        yield {
            "ffconcat": f"ffconcat version 1.0\nfile canary.wav\nfile {canary}\nfile {url}\n".encode(),
            "HLS": f"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n{url}\n#EXTINF:9,\n{canary}\n".encode(),
            "DASH": f'<?xml version="1.0"?><MPD><Period><BaseURL>{url}</BaseURL></Period></MPD>'.encode(),
            "SDP": f"v=0\no=- 0 0 IN IP4 127.0.0.1\nc=IN IP4 127.0.0.1\nm=audio {port} RTP/AVP 0\n".encode(),
            "concat": f"concat:{canary}|{canary}".encode(),
        }
        with pytest.raises(BlockingIOError):
            server.accept()  # nobody called


@pytest.mark.parametrize("kind", ["ffconcat", "HLS", "DASH", "SDP", "concat"])
def test_a6_a_playlist_opens_no_other_file_and_no_socket(kind: str, playlists: dict[str, bytes]) -> None:
    with pytest.raises(UnreadableAudio):
        decode(playlists[kind])
    # And were it to pass the magic numbers: neither FFmpeg nor libsndfile follows it.
    for claimed in ("MP4", "AAC", "WEBM", "MP3", "WAV"):
        begun = time.monotonic()
        with pytest.raises(UnreadableAudio):
            module._ask(CHILD, claimed, memoryview(playlists[kind]), SoundAnswer(Probe(claimed), most=10**6))
        assert time.monotonic() - begun < 10  # promised: 1 s, on a quiet machine; 20 s without the list of demuxers


def test_a8_no_name_of_a_file_ever_reaches_the_decoder() -> None:
    assert [name for name in inspect.signature(decode).parameters if not name.startswith("_")] == ["data"]


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.sampled_from([WAV, *(NO_AUDIO[n] for n in ("FLAC, 60 bytes of it", "M4A, cut")), *[
        sndfile(tone(1.2), format="FLAC"),
        sndfile(tone(1.2), format="OGG", subtype="VORBIS"),
        sndfile(tone(1.2), format="MP3", subtype="MPEG_LAYER_III"),
        sndfile(tone(1.2), format="AIFF"),
        ffmpeg(tone(1.2, 44_100), 44_100, "aac", "ipod"),
        ffmpeg(tone(1.2, 48_000), 48_000, "libopus", "webm"),
    ]]),
    st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), min_size=1, max_size=20),
    st.booleans(),
)  # fmt: skip
def test_damaged_files_never_raise_anything_but_audio_errors(
    data: bytes, changes: list[tuple[float, int]], head_only: bool
) -> None:
    damaged = bytearray(data)
    for share, value in changes:
        damaged[int(share * (min(len(data), 300) - 1 if head_only else len(data) - 1))] = value
    with contextlib.suppress(AudioError):
        assert np.isfinite(decode(bytes(damaged)).y).all()
