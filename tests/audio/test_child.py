"""The child's own code, run here in the test's process (without its limits)."""

from __future__ import annotations

import io
import json
import resource
import sys
from typing import Any

import numpy as np
import pytest

from mgc.audio import child, decode
from mgc.settings import Settings
from tests.audio.making import ffmpeg, flac_of_silence, sndfile, tone, wav_header


def request(kind: str, **changes: Any) -> dict[str, Any]:
    return decode.request(Settings(), kind=kind) | changes


def listen(data: bytes, kind: str, **changes: Any) -> tuple[dict[str, Any], np.ndarray]:
    child.import_decoders(kind)
    return child.listen(child.open_source(data, kind), request(kind, **changes))


@pytest.mark.parametrize(
    ("data", "kind", "codec"),
    [
        (sndfile(tone(2, 44_100, 2), 44_100), "WAV", "PCM_16"),
        (sndfile(tone(2, 44_100, 2), 44_100, "OGG", "VORBIS"), "OGG", "VORBIS"),
        (ffmpeg(tone(2, 44_100, 2), 44_100, "aac", "ipod"), "MP4", "AAC"),
        (ffmpeg(tone(2, 44_100, 2), 44_100, "aac", "adts"), "AAC", "AAC"),
        (ffmpeg(tone(2, 48_000, 2), 48_000, "libopus", "webm"), "WEBM", "OPUS"),
    ],
)
def test_the_header_describes_the_samples(data: bytes, kind: str, codec: str) -> None:
    header, y = listen(data, kind)
    assert header["codec"] == codec
    assert header["n"] == len(y) == pytest.approx(44_100, abs=1_100)
    assert header["channels"] == 2
    assert header["used_start"] == 0
    assert header["peak"] == pytest.approx(0.5, abs=0.06)
    assert header["clipped"] == 0
    assert len(json.dumps(header)) < child.HEADER_BYTES


@pytest.mark.parametrize(
    ("data", "kind", "why", "value"),
    [
        (sndfile(tone(1, 4_000), 4_000), "WAV", "rate", 4_000),
        (sndfile(tone(1, 8_000, 9), 8_000), "WAV", "channels", 9),
        (sndfile(tone(0.5)), "WAV", "short", 0.5),
        (wav_header(), "WAV", "short", 0),
        (sndfile(np.full((30_000, 1), np.nan), subtype="FLOAT"), "WAV", "finite", 0),
        (sndfile(tone(1), subtype="MS_ADPCM"), "WAV", "codec", "MS_ADPCM"),
        (sndfile(tone(1)), "MP3", "codec", "WAV"),  # what libsndfile sees is not what the magic number said
        (ffmpeg(tone(2, 44_100), 44_100, "ac3", "mp4"), "MP4", "codec", "ac3"),
        (sndfile(tone(8), format="FLAC")[:8_000], "FLAC", "cut", 0),
    ],
)
def test_a_refusal_names_the_reason_and_what_was_found(data: bytes, kind: str, why: str, value: float | str) -> None:
    with pytest.raises(child.RefusedError) as caught:
        listen(data, kind)
    assert (caught.value.why, caught.value.value) == (why, value)


@pytest.mark.parametrize("kind", ["FLAC", "AAC", "WEBM"])
def test_the_middle_is_taken_of_what_is_long(kind: str) -> None:
    y = tone(20, 48_000)
    data = {
        "FLAC": lambda: sndfile(y, 48_000, "FLAC"),
        "AAC": lambda: ffmpeg(y, 48_000, "aac", "adts"),
        "WEBM": lambda: ffmpeg(y, 48_000, "libopus", "webm", live="1"),
    }[kind]()
    header, heard = listen(data, kind, max_seconds=4)
    assert header["seconds"] == pytest.approx(20, abs=0.1)
    assert header["used_start"] == pytest.approx(8, abs=0.1)
    assert header["used_seconds"] == 4
    assert len(heard) == 4 * 22_050


def test_many_channels_shorten_what_is_heard() -> None:
    header, _ = listen(flac_of_silence(20), "FLAC", max_samples=8 * 48_000 * 5)
    assert header["used_seconds"] == 5


def test_a_promise_of_hours_falls_back_to_the_start() -> None:
    data = bytearray(sndfile(tone(2), format="FLAC"))
    data[21] |= 0x0F
    header, y = listen(bytes(data), "FLAC", max_seconds=30)
    assert header["used_start"] == 0
    assert header["promised"] > 3_600 > header["seconds"]
    assert len(y) > 22_050


def test_main_writes_a_header_and_then_the_samples(monkeypatch: pytest.MonkeyPatch) -> None:
    set_limits = []
    monkeypatch.setattr(resource, "setrlimit", lambda number, pair: set_limits.append((number, pair[1])))
    for data, n in ((sndfile(tone(2)), 44_100), (sndfile(tone(0.1)), 0)):
        stdin, stdout = io.BytesIO(data), io.BytesIO()
        monkeypatch.setattr(sys, "argv", ["child.py", json.dumps(request("WAV"))])
        monkeypatch.setattr(sys, "path", list(sys.path))
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(stdin))
        monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(stdout))
        child.main()
        said = stdout.getvalue()
        header = json.loads(said[: child.HEADER_BYTES])
        assert header.get("n", 0) == n
        assert len(said) == child.HEADER_BYTES + 4 * n
        assert ("why" in header) == (n == 0)
    assert set_limits[0][0] == resource.RLIMIT_AS
    assert (resource.RLIMIT_NOFILE, 3) in set_limits


def test_a_limit_is_never_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    was = resource.getrlimit(resource.RLIMIT_CORE)
    tried: list[tuple[int, tuple[int, int]]] = []
    monkeypatch.setattr(resource, "getrlimit", lambda number: (7, 7))
    monkeypatch.setattr(resource, "setrlimit", lambda number, pair: tried.append((number, pair)))
    child.limit({"RLIMIT_CORE": 100, "RLIMIT_CPU": 5})
    assert tried == [(resource.RLIMIT_CORE, (7, 7)), (resource.RLIMIT_CPU, (5, 5))]
    monkeypatch.undo()
    assert resource.getrlimit(resource.RLIMIT_CORE) == was
