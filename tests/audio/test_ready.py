"""A decoder that waits for its file."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import psutil
import pytest

from mgc.audio import decode as module
from mgc.audio.child import JOB_BYTES
from mgc.audio.decode import CHILD, CPU_SECONDS, decode, keep_ready
from mgc.errors import DecoderTimeout, UnreadableAudio
from mgc.settings import Settings
from tests.audio.making import ffmpeg, sndfile, tone

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

WAV = sndfile(tone())
FILES = {
    "WAV": WAV,
    "FLAC": sndfile(tone(3, 44_100, 2), 44_100, format="FLAC", subtype="PCM_16"),
    "Ogg Vorbis": sndfile(tone(), format="OGG", subtype="VORBIS"),
    "MP3": sndfile(tone(3, 44_100, 2), 44_100, format="MP3", subtype="MPEG_LAYER_III"),
    "M4A": ffmpeg(tone(3, 44_100), 44_100, "aac", "ipod"),
}
OTHERS: set[psutil.Process] = set()  # a worker of data sets keeps its decoder; other tests may have left one


@pytest.fixture(autouse=True)
def ready(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """One waits; none follows it unless a test says so; none is left."""
    OTHERS.clear()
    OTHERS.update(decoders())
    monkeypatch.setattr(module, "READY_AFTER", 1000.0)
    keep_ready()
    yield
    keep_ready(False)
    assert not decoders()


@pytest.fixture
def fresh(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Requests to the decoders that are started from now on."""
    started, child = [], module.child

    def noted(script: Path, asked: dict[str, Any]) -> Any:
        started.append(asked)
        return child(script, asked)

    monkeypatch.setattr(module, "child", noted)
    return started


def decoders() -> set[psutil.Process]:
    """Return the decoders of this process that a test of this module has started."""
    found = set()
    for one in psutil.Process().children():
        with contextlib.suppress(psutil.Error):  # it has just ended
            if str(CHILD) in one.cmdline():
                found.add(one)
    return found - OTHERS


def the_one() -> psutil.Process:
    (found,) = decoders()
    return found


def has_ended(one: psutil.Process) -> bool:
    with contextlib.suppress(psutil.NoSuchProcess):
        return one.status() == psutil.STATUS_ZOMBIE
    return True


def until(is_so: Callable[[], bool]) -> None:
    """Wait for something that happens in a moment; the longest wait is for busy machines."""
    for _ in range(1500):
        if is_so():
            return
        time.sleep(0.02)
    pytest.fail("it did not happen within 30 s")


@pytest.mark.parametrize("name", FILES)
def test_what_waited_hears_what_any_other_decoder_hears(name: str, fresh: list[dict[str, Any]]) -> None:
    waiting = the_one()
    heard = decode(FILES[name])
    assert waiting.is_running() == bool(fresh) == (name == "M4A")  # which another library reads
    keep_ready(False)
    alone = decode(FILES[name])
    np.testing.assert_array_equal(heard.y, alone.y)
    assert heard.heard == alone.heard


def test_each_serves_one_file_and_another_follows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "READY_AFTER", 0.0)
    seen = {the_one()}
    for number in range(1, 4):
        assert decode(WAV).seconds == 3
        until(lambda: len(decoders()) == 1)
        seen |= decoders()
        assert len(seen) == number + 1


def test_a_file_that_comes_before_the_next_one_is_ready_is_read_by_its_own_decoder() -> None:
    for _ in range(2):
        assert decode(WAV).seconds == 3
    assert not decoders()


@pytest.mark.parametrize("data", [WAV[:60], b"RIFF\x24\x00\x00\x00WAVE" + bytes(100), WAV[:40] + b"\xff" * 40])
def test_a_bad_file_gets_its_sentence_and_takes_the_decoder_along(data: bytes) -> None:
    with pytest.raises(UnreadableAudio) as waited:
        decode(data)
    assert not decoders()
    with pytest.raises(UnreadableAudio) as alone:
        decode(data)
    assert waited.value.user_message == alone.value.user_message


def test_what_waits_is_limited_before_it_sees_a_byte() -> None:
    waiting = the_one()
    until(lambda: waiting.rlimit(psutil.RLIMIT_NOFILE) == (3, 3))  # the last thing that it does
    assert waiting.num_fds() == 3
    assert waiting.rlimit(psutil.RLIMIT_CPU)[1] == CPU_SECONDS
    assert waiting.rlimit(psutil.RLIMIT_AS)[1] == Settings().decode_memory_mb * 2**20
    assert waiting.rlimit(psutil.RLIMIT_FSIZE) == (0, 0)
    assert not waiting.environ().keys() - {"OPENBLAS_NUM_THREADS", "LC_CTYPE"}
    assert not Path(waiting.cwd()).exists()
    assert os.getsid(waiting.pid) == waiting.pid


def test_a_decoder_with_other_limits_is_not_used(monkeypatch: pytest.MonkeyPatch, fresh: list[dict[str, Any]]) -> None:
    monkeypatch.setattr(module, "settings", lambda: Settings(decode_memory_mb=512))
    assert decode(WAV).seconds == 3
    assert [asked["limits"]["RLIMIT_AS"] for asked in fresh] == [512 * 2**20]
    assert not decoders()


def test_one_that_died_while_it_waited_is_replaced_by_a_fresh_one(fresh: list[dict[str, Any]]) -> None:
    waiting = the_one()
    waiting.kill()
    until(lambda: waiting.status() == psutil.STATUS_ZOMBIE)
    assert decode(WAV).seconds == 3
    assert len(fresh) == 1
    assert not decoders()


def test_where_no_thread_can_be_started_a_song_is_answered_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: object) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Timer, "start", full)
    assert decode(WAV).seconds == 3
    monkeypatch.undo()
    monkeypatch.setattr(module, "READY_AFTER", 0.0)
    assert decode(WAV).seconds == 3
    until(lambda: len(decoders()) == 1)


def test_no_more_than_one_is_on_its_way() -> None:
    for _ in range(3):
        assert decode(WAV).seconds == 3
    assert len(timers()) == 1
    keep_ready(False)
    until(lambda: not timers())


def timers() -> list[threading.Timer]:
    """Return what will start a decoder in a while."""
    every = [one for one in threading.enumerate() if isinstance(one, threading.Timer)]
    return [one for one in every if one.function == module._READY._start]


def test_one_that_hangs_is_ended_by_the_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    hangs = the_one()
    hangs.suspend()
    monkeypatch.setattr(module, "settings", lambda: Settings(decode_timeout=1))
    with pytest.raises(DecoderTimeout):
        decode(WAV)
    assert not decoders()
    monkeypatch.setattr(module, "settings", Settings)
    assert decode(WAV).seconds == 3


def test_a_fork_that_is_killed_is_one_more_unreadable_file_and_the_log_says_how(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    waiting = the_one()
    write = module._write

    def killing(descriptor: int, part: memoryview) -> int:
        count = write(descriptor, part)
        if len(part) == JOB_BYTES:
            until(lambda: bool(waiting.children()))  # it knows its job, and waits for the file
            waiting.children()[0].send_signal(signal.SIGSEGV)
        return count

    monkeypatch.setattr(module, "_write", killing)
    with pytest.raises(UnreadableAudio) as caught:
        decode(WAV)
    assert "the fork ended with -11" in caught.value.details


def test_it_ends_with_the_program_however_that_ends() -> None:
    program = "import sys\nfrom mgc.audio.decode import keep_ready\nkeep_ready()\nprint(flush=True)\nsys.stdin.read()"
    for ending in (signal.SIGKILL, signal.SIGTERM, None):
        with subprocess.Popen(
            [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        ) as running:
            assert running.stdout is not None
            assert running.stdin is not None
            running.stdout.readline()
            (waiting,) = psutil.Process(running.pid).children()
            if ending:
                running.send_signal(ending)
            else:
                running.stdin.close()
            running.wait(60)
        until(lambda one=waiting: has_ended(one))  # type: ignore[misc]
