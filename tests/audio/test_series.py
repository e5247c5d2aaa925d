from __future__ import annotations

import contextlib
import json
import os
from typing import TYPE_CHECKING

import numpy as np
import pytest

from mgc.audio import child
from mgc.audio import decode as module
from mgc.audio.child import HEADER_BYTES
from mgc.audio.clip import SR
from mgc.audio.decode import Series, decode, decode_picture
from mgc.errors import AudioError, DecoderTimeout, RefusedAudio, UnreadableAudio, UnreadablePicture
from mgc.settings import Settings
from tests.audio.making import ffmpeg, sndfile, tone, wav_header

if TYPE_CHECKING:
    from pathlib import Path

FILES = [
    sndfile(tone(2, 44_100, 2), 44_100),
    sndfile(tone(2, 22_050), 22_050, "OGG", "VORBIS"),
    ffmpeg(tone(2, 44_100, 2), 44_100, "aac", "ipod"),
    sndfile(tone(3, 22_050), 22_050, "FLAC", "PCM_16"),
]
BROKEN = sndfile(tone(2))[:30] + b"junk" * 100


def test_a_series_hears_what_a_single_decoder_hears() -> None:
    with Series(31.0) as decoder:
        for data in FILES:
            one, alone = decoder.decode(data), decode(data)
            assert np.array_equal(one.y, alone.y)
            assert (one.heard, one.sha256) == (alone.heard, alone.sha256)


def test_a_broken_file_does_not_harm_the_next() -> None:
    with Series(31.0) as decoder:
        for data in FILES:
            for bad in (BROKEN, b"", b"nonsense", wav_header(), sndfile(tone(0.5))):
                with pytest.raises(AudioError):
                    decoder.decode(bad)
            assert np.array_equal(decoder.decode(data).y, decode(data).y)


def test_of_a_long_file_the_middle_is_heard() -> None:
    with Series(2.0) as decoder:
        clip = decoder.decode(sndfile(tone(6)))
    assert clip.seconds == pytest.approx(2.0, abs=0.01)
    assert clip.heard.used_start == pytest.approx(2.0, abs=0.01)


def test_one_parent_serves_all_good_files() -> None:
    with Series(31.0) as decoder:
        decoder.decode(FILES[0])
        decoder.decode(FILES[2])  # by another library: a parent that has both is started
        first = decoder._process
        for data in FILES:
            decoder.decode(data)
        assert decoder._process is first


def test_a_parent_is_replaced_before_its_forks_have_used_up_its_processor_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_FORKS", 2)
    with Series(31.0) as decoder:
        parents = [decoder.decode(FILES[0]) and decoder._process for _ in range(5)]
    assert parents[0] is parents[1] is not parents[2] is parents[3] is not parents[4]


def test_leaving_ends_the_parent() -> None:
    with Series(31.0) as decoder:
        decoder.decode(FILES[0])
        process = decoder._process
    assert process is not None
    assert process.returncode is not None


def test_a_file_above_the_limit_is_refused_unread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_FILE_MB", 0)
    with Series(31.0) as decoder, pytest.raises(RefusedAudio, match="of up to 0 MB"):
        decoder.decode(FILES[0])
    assert decoder._process is None


@pytest.mark.parametrize(
    "evil",
    [
        "import os; os.kill(os.getpid(), 11)",
        "import sys; sys.stdout.buffer.write(b'x' * 9000); sys.stdout.flush()",
        "print('a', flush=True)",
    ],
    ids=["dies", "raves", "stops"],
)
def test_a_parent_that_misbehaves_is_an_unreadable_file(tmp_path: Path, evil: str) -> None:
    script = tmp_path / "evil.py"
    script.write_text(evil)
    with Series(31.0, _script=script) as decoder:
        for _ in range(2):
            with pytest.raises(UnreadableAudio):
                decoder.decode(FILES[0])


def test_a_file_behind_one_that_a_parent_answered_unread_waits_no_longer_than_the_clock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    header = {"codec": "PCM_16", "sample_rate": SR, "channels": 1, "n": SR, "cancels": False}
    header |= dict.fromkeys(("seconds", "promised", "used_seconds"), 1.0)
    header |= dict.fromkeys(("used_start", "peak", "clipped", "silent"), 0.5)
    deaf = tmp_path / "deaf.py"
    answer = f"{json.dumps(header)!r}.encode().ljust({HEADER_BYTES}) + bytes({4 * SR})"
    deaf.write_text(f"import sys, time\nsys.stdout.buffer.write({answer})\nsys.stdout.flush()\ntime.sleep(60)")
    long = sndfile(tone(30))  # more than a pipe holds
    with Series(31.0, _script=deaf) as decoder:
        assert decoder.decode(long).seconds == 1
        monkeypatch.setattr(module, "settings", lambda: Settings(decode_timeout=1))
        with pytest.raises(DecoderTimeout):
            decoder.decode(long)


def test_the_child_takes_exactly_what_it_asks_for(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = bytearray(b"abcdefgh")

    def read(descriptor: int, most: int) -> bytes:
        part = bytes(stream[: min(most, 3)])  # pipes give less than was asked for
        del stream[: len(part)]
        return part

    monkeypatch.setattr(child.os, "read", read)
    assert child._take(5) == b"abcde"
    assert child._take(3) == b"fgh"
    assert child._take(3) == b""
    with contextlib.suppress(AttributeError):
        monkeypatch.undo()


def test_a_series_reads_the_pictures_that_a_single_decoder_reads(shared: Path) -> None:
    files = sorted((shared / "gtzan" / "images_original" / "jazz").glob("*.png"))[:3]
    with Series(31.0) as decoder:
        for path in files:
            data = path.read_bytes()
            assert np.array_equal(decoder.decode_picture(data), decode_picture(data))
            assert np.array_equal(decoder.decode(FILES[0]).y, decode(FILES[0]).y)
            for bad in (b"", data[:8], data[:5000], data[:8] + b"x" * 100, data + bytes(5 << 20)):
                with pytest.raises(UnreadablePicture, match="PNG of 432 x 288 pixels is expected"):
                    decoder.decode_picture(bad)


@pytest.mark.parametrize("header", [b"", b"[]", b'{"why": "picture"}', b'{"shape": [1, 1]}', b"[" * 4096])
def test_a_header_that_speaks_of_no_picture_is_refused(header: bytes) -> None:
    picture = module.PictureAnswer()
    picture.room()[: len(header)] = header
    picture.take(4000)
    with pytest.raises(UnreadablePicture):
        picture.take(1000)


def test_a_decoder_at_work_has_no_folder_that_could_be_left_behind() -> None:
    with Series(31.0) as decoder:
        decoder.decode(FILES[0])
        assert decoder._process is not None
        place = os.readlink(f"/proc/{decoder._process.pid}/cwd")
    assert place.endswith(" (deleted)")
