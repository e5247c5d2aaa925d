"""Bytes of unknown files -> :class:`Clip` or pixels, by a decoder that runs in a limited process of its own.

``bytes -> size -> magic allow-list -> child.py (no environment, empty folder, RLIMITs, wall clock) -> checked answer``.
No answer of the child (a header of fixed size, then samples or pixels) is believed without a check: a file that takes
over a decoder can only falsify its own sound. The sentences for the user are made here, from checked numbers; no text
of the child reaches a page. The promise and what it rests on (measured): RELIABILITY, sections 1.2 and 1.3.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import math
import os
import resource
import selectors
import signal
import subprocess
import sys
import tempfile
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from mgc.audio import probe
from mgc.audio.child import FFMPEG_FORMATS, HEADER_BYTES, JOB_BYTES, SILENCE, TOO_LOUD
from mgc.audio.clip import NOT_FINITE, SR, Clip, Heard, valid_audio
from mgc.audio.probe import ACCEPTED
from mgc.errors import AudioError, DecoderTimeout, RefusedAudio, ServiceBusy, UnreadableAudio
from mgc.settings import Settings, settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Self

    from mgc.audio.clip import FloatArray

__all__ = [
    "ACCEPTED", "MAX_FILE_MB", "Answer", "PictureAnswer", "Series", "SoundAnswer", "child", "converse", "decode",
    "decode_picture", "keep_ready", "max_bytes", "request",
]  # fmt: skip

Ask = Callable[[str, memoryview, "Answer"], None]  # (kind, content of the file, what to fill)

MAX_FILE_MB: Final = 200  # of a data set's file: an hour of 16-bit mono at 22,050 Hz is 159 MB
CHILD: Final = Path(__file__).with_name("child.py")
MAX_SAMPLES: Final = 600 * 48_000 * 4  # of all channels: bounds the time of cheap frames (silence at 8 x 48 kHz)
CPU_SECONDS: Final = 10
MAX_FORKS: Final = 1_000  # files of a series by one parent: each fork takes up to 3 ms of its CPU_SECONDS
READY_AFTER: Final = 2.0  # s; by then most songs are answered, which the next decoder's start would have slowed down
QUEUE_SECONDS: Final = 30.0  # waiting for a free decoder before "busy"
STDERR_KEPT: Final = 4096  # bytes of the child's last words, for the log
STDERR_MOST: Final = 65_536  # bytes after which it is no longer listened to
CHUNK: Final = 262_144  # bytes written at a time
MOSTLY_SILENT: Final = 0.5  # share of tenths of a second
CLIPPED_ABOVE: Final = 0.005  # share of samples at full scale; loud masters stay below

_NAMES: Final = {
    ("OGG", "VORBIS"): "Ogg Vorbis",
    ("OGG", "OPUS"): "Opus",
    ("OGG", "FLAC"): "Ogg FLAC",
    ("MP4", "AAC"): "M4A/AAC",
    ("MP4", "ALAC"): "M4A/ALAC",
    ("MP4", "OPUS"): "M4A/Opus",
    ("MP4", "VORBIS"): "M4A/Vorbis",
    ("WEBM", "OPUS"): "WebM",
    ("WEBM", "VORBIS"): "WebM",
}


def max_bytes() -> int:
    """Return the largest accepted file in bytes (MGC_MAX_UPLOAD_MB; MB of 2**20 bytes, as Streamlit counts)."""
    return settings().max_upload_mb * 2**20


def decode(data: bytes, *, _script: Path = CHILD) -> Clip:
    """Read the bytes of a whole sound file: mono float32 at 22,050 Hz, finite, at least 1 s; of a long file the middle.

    Raises UnreadableAudio when it is no audio of an accepted format, or the decoder crashed or was stopped;
    DecoderTimeout (an UnreadableAudio) when that took too long; RefusedAudio when it lies outside a limit; ServiceBusy
    when no decoder became free within 30 s.
    """
    limits = settings()
    return _clip(data, limits.max_upload_mb, limits.max_seconds, partial(_ask, _script))


def decode_picture(data: bytes, *, _script: Path = CHILD) -> npt.NDArray[np.uint8]:
    """Read one of Kaggle's pictures, a PNG of 432 x 288 pixels [shape=(288, 432, 3), uint8, BGR as OpenCV orders it].

    Raises UnreadablePicture when it is no such picture, or the decoder crashed or was stopped; DecoderTimeout and
    ServiceBusy as :func:`decode`.
    """
    return _pixels(data, partial(_ask, _script))


class Series:
    """A decoder for the many files of a machine's owner, each by a fork of one limited process; use it in a ``with``.

    The owner of the machine chose these files, so their decoders may share a parent; none is decoded in the calling
    process. The worst that a file could do is to falsify the sound of other files of its own set. The parent has the
    libraries of the kinds of files that came so far: a file of another kind starts it anew. Of a file longer than
    ``max_seconds`` the middle part of this length is used.
    """

    def __init__(self, max_seconds: float, *, _script: Path = CHILD) -> None:
        self._seconds = max_seconds
        self._script = _script
        self._running = contextlib.ExitStack()
        self._process: subprocess.Popen[bytes] | None = None
        self._libraries: set[str] = set()  # each by a kind of file that needs it
        self._files = 0  # that the running parent was given

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stop()

    def decode(self, data: bytes) -> Clip:
        """Read a sound file of up to :data:`MAX_FILE_MB`; see :func:`decode`, whose errors these are."""
        return _clip(data, MAX_FILE_MB, self._seconds, self._ask)

    def decode_picture(self, data: bytes) -> npt.NDArray[np.uint8]:
        """Read one of Kaggle's pictures; see :func:`decode_picture`, whose errors these are."""
        return _pixels(data, self._ask)

    def _ask(self, kind: str, payload: memoryview, answer: Answer) -> None:
        """Have one file read; after any trouble the next file gets a new parent."""
        try:
            job = _job(kind, self._seconds, len(payload))
            converse(self._started(kind), payload, answer, settings().decode_timeout, job=job, hang_up=False)
        except AudioError:  # the fork may still be at work, or the rest of an answer may lie in the pipe
            self._stop()
            raise

    def _started(self, kind: str) -> subprocess.Popen[bytes]:
        """Return a running parent of decoders that can read a kind of file; start one when there is none."""
        library = _library(kind)
        is_usable = library in self._libraries and self._files < MAX_FORKS
        if self._process is None or self._process.poll() is not None or not is_usable:
            self._stop()
            self._libraries.add(library)
            self._files = 0
            asked = request(settings(), kinds=sorted(self._libraries))
            self._process = self._running.enter_context(child(self._script, asked))
        self._files += 1
        return self._process

    def _stop(self) -> None:
        self._process = None
        self._running.close()


class _Ready:
    """At most one decoder that has started before its file comes: its start takes longer than reading most files.

    It is a process like any other decoder, under the same limits, and serves one file, as a series of one. It can read
    what soundfile reads. It ends with this process, which holds the other end of its stdin.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._is_kept = False
        self._waiting: tuple[dict[str, Any], subprocess.Popen[bytes], contextlib.ExitStack] | None = None
        self._later: threading.Timer | None = None

    def keep(self, is_kept: bool) -> None:
        """Start one, and the next one when it was used; or end the one that waits, and start no other."""
        with self._lock:
            self._is_kept = is_kept
            if self._later is not None:
                self._later.cancel()
                self._later = None
        if is_kept:
            self._start()
        elif taken := self._taken():
            taken[2].close()

    def take(self, kind: str, limits: Settings) -> tuple[subprocess.Popen[bytes], contextlib.ExitStack] | None:
        """Hand over the one that waits, and what ends it; None when there is none that can read such a file.

        One that has ended, or has other limits than are in force now, is thrown away.
        """
        if _library(kind) != "WAV" or (taken := self._taken()) is None:
            return None
        asked, process, running = taken
        if asked == request(limits, kinds=["WAV"]) and process.poll() is None:
            return process, running
        running.close()
        return None

    def follow(self) -> None:
        """Start the next one in a while, if there should be one."""
        with self._lock, contextlib.suppress(RuntimeError):  # too many threads: then it is started after another file
            if self._is_kept and self._waiting is None and self._later is None:
                later = threading.Timer(READY_AFTER, self._start)
                later.daemon = True
                later.start()
                self._later = later

    def _start(self) -> None:
        asked, running = request(settings(), kinds=["WAV"]), contextlib.ExitStack()
        with self._lock, contextlib.suppress(OSError):  # too little memory: so says the next file, if it is still true
            self._later = None
            if self._is_kept and self._waiting is None:
                self._waiting = asked, running.enter_context(child(CHILD, asked)), running

    def _taken(self) -> tuple[dict[str, Any], subprocess.Popen[bytes], contextlib.ExitStack] | None:
        with self._lock:
            taken, self._waiting = self._waiting, None
        return taken


_READY: Final = _Ready()


def keep_ready(is_kept: bool = True) -> None:
    """Have one decoder wait for the next sound from now on, which is then read a tenth of a second sooner.

    With ``is_kept=False`` the one that waits is ended, and none follows.
    """
    _READY.keep(is_kept)


def _library(kind: str) -> str:
    """Return the kind of file that stands for all that the same library reads."""
    return "MP4" if kind in FFMPEG_FORMATS else "PNG" if kind == "PNG" else "WAV"


def _job(kind: str, max_seconds: float, size: int) -> bytes:
    """Return what a decoder that serves a series is told before each file."""
    return json.dumps({"kind": kind, "max_seconds": max_seconds, "size": size}).encode().ljust(JOB_BYTES)


def _clip(data: bytes, max_mb: int, max_seconds: float, ask: Ask) -> Clip:
    """Check a sound file as far as its first bytes go, have it decoded by ``ask``, and check the answer."""
    if len(data) > max_mb * 2**20:
        raise RefusedAudio(f"The file is {len(data) / 2**20:.1f} MB; accepted: files of up to {max_mb} MB.")
    found = probe.look(data)
    answer = SoundAnswer(found, most=int(max_seconds * SR) + SR)
    ask(found.kind, memoryview(data)[found.start :], answer)
    return Clip(y=answer.samples(), sha256=hashlib.sha256(data).hexdigest(), heard=answer.heard())


def _pixels(data: bytes, ask: Ask) -> npt.NDArray[np.uint8]:
    probe.check_picture(data)
    answer = PictureAnswer()
    ask("PNG", memoryview(data), answer)
    return answer.pixels()


@cache
def _slots(number: int) -> threading.BoundedSemaphore:
    return threading.BoundedSemaphore(number)


def _ask(script: Path, kind: str, payload: memoryview, answer: Answer) -> None:
    """Take a child, when one may run, give it the bytes, and wait for its whole answer."""
    limits = settings()
    slots = _slots(limits.decodes_at_once)
    if not slots.acquire(timeout=QUEUE_SECONDS):
        raise ServiceBusy("Too many files are being read right now; please try again in 10 seconds.", retry_after=10)
    try:
        with contextlib.ExitStack() as running:
            waiting = _READY.take(kind, limits) if script == CHILD else None
            if waiting is None:
                process, job = running.enter_context(child(script, request(limits, kind=kind))), b""
            else:
                process, job = waiting[0], _job(kind, limits.max_seconds, len(payload))
                running.push(waiting[1])
            converse(process, payload, answer, limits.decode_timeout, job=job)
    finally:
        slots.release()
        _READY.follow()


def request(limits: Settings, **what: Any) -> dict[str, Any]:
    """Return the request to a child: ``what`` to read, and its limits by the names of the module ``resource``."""
    return {
        **what,
        "sr": SR,
        "min_rate": probe.MIN_RATE,
        "max_rate": probe.MAX_RATE,
        "max_channels": probe.MAX_CHANNELS,
        "min_seconds": probe.MIN_SECONDS,
        "max_seconds": limits.max_seconds,
        "max_samples": MAX_SAMPLES,
        "limits": {
            "RLIMIT_AS": limits.decode_memory_mb * 2**20,
            "RLIMIT_CPU": CPU_SECONDS,
            "RLIMIT_FSIZE": 0,
            "RLIMIT_NOFILE": 32,
            "RLIMIT_CORE": 0,
        },
    }


@contextlib.contextmanager
def child(script: Path, asked: dict[str, Any]) -> Iterator[subprocess.Popen[bytes]]:
    """Run the decoder in no folder and a session of its own; on leaving, its whole process group is dead.

    The child sets its limits itself (``preexec_fn`` may deadlock in a process with threads), before it sees a byte;
    where the system can, they are set from here as well, so that nothing rests on the script's good will.
    """
    # The folder goes as soon as the child is in it: nothing can be made in there, and nothing is left of a child whose
    # parent is killed.
    with tempfile.TemporaryDirectory(prefix="mgc-") as folder:
        process = subprocess.Popen(
            [sys.executable, "-I", "-B", str(script), json.dumps(asked)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=folder,
            env={"OPENBLAS_NUM_THREADS": "1"},  # each of its threads would reserve address space
            start_new_session=True,
            bufsize=0,
        )
    try:
        if sys.platform == "linux":
            for name, value in asked["limits"].items():
                with contextlib.suppress(ProcessLookupError, PermissionError, ValueError):  # gone; or lower already
                    resource.prlimit(process.pid, getattr(resource, name), (value, value))
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)  # before it is reaped: the number is still its own
        process.wait()
        for pipe in (process.stdin, process.stdout, process.stderr):
            if pipe is not None:
                pipe.close()


def converse(
    process: subprocess.Popen[bytes],
    payload: memoryview,
    answer: Answer,
    timeout: float,
    *,
    job: bytes = b"",
    hang_up: bool = True,
) -> None:
    """Write and read at the same time, without threads, until the answer is whole or the child hangs up.

    ``job`` goes before the payload. ``hang_up`` closes the child's stdin when all is written; a child that serves many
    files keeps it open. Raises DecoderTimeout when the time is over, AudioError when the child ends without a whole
    answer, refuses the file, or writes too much.
    """
    unsent = [memoryview(job), payload] if job else [payload]
    deadline = time.monotonic() + timeout
    last_words = bytearray()
    stdin, stdout, stderr = (pipe.fileno() for pipe in (process.stdin, process.stdout, process.stderr) if pipe)
    with selectors.DefaultSelector() as ready:
        for descriptor in (stdin, stdout, stderr):
            os.set_blocking(descriptor, False)
            ready.register(descriptor, selectors.EVENT_WRITE if descriptor == stdin else selectors.EVENT_READ)
        while not answer.is_complete and stdout in ready.get_map():
            events = ready.select(max(deadline - time.monotonic(), 0.0))
            if time.monotonic() >= deadline:
                details = f"no whole answer within {timeout:g} s; {bytes(last_words)!r}"
                raise DecoderTimeout(answer.unreadable(details).user_message, details=details)
            for key, _ in events:
                if key.fd == stdin:
                    unsent[0] = unsent[0][_write(stdin, unsent[0]) :]
                    if not len(unsent[0]):
                        del unsent[0]
                    is_over = not unsent
                elif key.fd == stdout:
                    count = os.readv(stdout, [answer.room()])
                    answer.take(count)
                    is_over = not count or answer.is_complete
                else:
                    words = os.read(stderr, STDERR_KEPT)
                    last_words += words
                    is_over = not words
                    if len(last_words) > STDERR_MOST:
                        raise answer.unreadable(f"the decoder floods stderr: {bytes(last_words[:STDERR_KEPT])!r}")
                if is_over:
                    ready.unregister(key.fd)
                    if key.fd == stdin and process.stdin and hang_up:
                        process.stdin.close()
        with contextlib.suppress(BlockingIOError):
            last_words += os.read(stderr, STDERR_KEPT)
    if not answer.is_complete:
        words = bytes(last_words[-STDERR_KEPT:])
        with contextlib.suppress(subprocess.TimeoutExpired):  # its pipes close a moment before it has ended
            process.wait(1.0)
        raise answer.unreadable(f"the decoder ended with {process.poll()} and no whole answer: {words!r}")


def _write(descriptor: int, payload: memoryview) -> int:
    """Write some of ``payload``; a child that no longer listens counts as having taken all."""
    try:
        return os.write(descriptor, payload[:CHUNK])
    except BrokenPipeError:
        return len(payload)


# --- the child's answer -----------------------------------------------------------------------------------------------


def _number(value: Any) -> float:
    number = float(value)
    if not (math.isfinite(number) and number >= 0):
        raise ValueError(f"{number} is no amount")
    return number


_FIELDS: Final[dict[str, Callable[[Any], Any]]] = {
    "codec": str,
    **dict.fromkeys(("sample_rate", "channels", "n"), int),
    **dict.fromkeys(("seconds", "promised", "used_start", "used_seconds", "peak", "clipped", "silent"), _number),
    "cancels": bool,
}


class Answer(ABC):
    """A buffer for one answer: the next bytes go into ``room()``, then ``take(n)`` counts ``n`` of them as arrived."""

    def __init__(self, unreadable: Callable[[str], AudioError]) -> None:
        self.unreadable = unreadable  # details for the log -> the error for a file of this kind that cannot be read
        self._head = bytearray(HEADER_BYTES)
        self._room = memoryview(self._head)
        self._is_announced = False

    @property
    def is_complete(self) -> bool:
        """Whether header and content are there."""
        return self._is_announced and not len(self._room)

    def room(self) -> memoryview:
        """Return the part of the buffer that is still empty."""
        return self._room

    def take(self, count: int) -> None:
        """Count ``count`` bytes as arrived; after the last byte of the header, check it and make room for the content.

        Raises AudioError when the child could not read the file, refused it, or sends nonsense.
        """
        self._room = self._room[count:]
        if not self._is_announced and not len(self._room):
            self._room = self._content(bytes(self._head))
            self._is_announced = True

    @abstractmethod
    def _content(self, head: bytes) -> memoryview:
        """Check the header and return the buffer of the content that it announces."""


class SoundAnswer(Answer):
    """An :class:`Answer` of at most ``most`` mono samples, for a file that was recognised as ``found``."""

    def __init__(self, found: probe.Probe, most: int) -> None:
        super().__init__(probe.unreadable)
        self._found = found
        self._most = most
        self._heard: Heard | None = None
        self._y: FloatArray = np.empty(0, dtype=np.float32)

    def _content(self, head: bytes) -> memoryview:
        header = self._checked(head)
        self._heard = Heard(
            format=_NAMES.get((self._found.kind, header["codec"]), self._found.kind),
            **{name: header[name] for name in ("sample_rate", "channels", "seconds", "used_seconds", "used_start")},
            warnings=self._warnings(header),
        )
        self._y = np.empty(header["n"], dtype=np.float32)  # exactly as many as announced, in one place
        return self._y.data.cast("B")

    def samples(self) -> FloatArray:
        """Return the samples [shape=(n,), float32]; raise RefusedAudio when they are not finite."""
        valid_audio(self._y)
        return self._y

    def heard(self) -> Heard:
        """Return what the child found, with warnings in words."""
        if self._heard is None:
            raise probe.unreadable("the decoder answered nothing")
        return self._heard

    def _checked(self, head: bytes) -> dict[str, Any]:
        try:
            raw = json.loads(head)
            if "why" in raw:
                raise _refusal(str(raw["why"]), raw["value"], self._found)
            header: dict[str, Any] = {name: read(raw[name]) for name, read in _FIELDS.items()}
        except (ValueError, TypeError, KeyError, OverflowError, RecursionError) as error:
            raise probe.unreadable(f"the decoder answers nonsense: {error!r}") from error
        if not 0 < header["n"] <= self._most:
            raise probe.unreadable(f"the decoder announces {header['n']} samples")
        probe.check_layout(header["sample_rate"], header["channels"])
        probe.check_length(header["seconds"])
        return header

    def _warnings(self, header: dict[str, Any]) -> tuple[str, ...]:
        warnings = []
        if header["peak"] < SILENCE:
            warnings.append("The file is silent.")
        elif header["silent"] > MOSTLY_SILENT:
            warnings.append(f"The file is mostly empty: {100 * header['silent']:.0f} % of it is silence.")
        if header["cancels"]:
            warnings.append("Its channels cancel each other out, so one of them was used.")
        if header["clipped"] > CLIPPED_ABOVE:
            warnings.append(f"The recording is clipped: {header['clipped']:.1%} of its samples are at full scale.")
        if header["peak"] > TOO_LOUD:
            warnings.append("The samples lie far outside -1 to 1, so they were scaled down.")
        missing = header["promised"] - header["seconds"]
        if self._found.is_cut or missing > max(0.5, 0.02 * header["promised"]):  # an MP3 may only guess its length
            warnings.append("The file ends before its header says so; the available part was used.")
        return tuple(warnings)


class PictureAnswer(Answer):
    """An :class:`Answer` of pixels, as many as the one accepted size of picture has."""

    def __init__(self) -> None:
        super().__init__(probe.unreadable_picture)
        width, height = probe.PICTURE_SIZE
        self._pixels = np.zeros((height, width, 3), np.uint8)

    def _content(self, head: bytes) -> memoryview:
        try:
            header = json.loads(head)
        except (ValueError, RecursionError):
            header = None
        if not isinstance(header, dict) or header.get("shape") != list(self._pixels.shape):
            raise self.unreadable("refused, or nonsense")
        return self._pixels.data.cast("B")

    def pixels(self) -> npt.NDArray[np.uint8]:
        """Return the picture [shape=(288, 432, 3), uint8, BGR as OpenCV orders it]."""
        return self._pixels


def _refusal(why: str, value: Any, found: probe.Probe) -> RefusedAudio | UnreadableAudio:
    """Return the error for a child's refusal, with a sentence of ours."""
    if why == "cut" or (why == "short" and found.is_cut):
        left = f"less than {probe.MIN_SECONDS:g} second of it can be read"
        return UnreadableAudio(f"The file is cut off: {left}; accepted: {ACCEPTED}.")
    if why == "finite":
        return RefusedAudio(NOT_FINITE)
    if why == "codec":
        name = "".join(letter for letter in str(value)[:32] if letter.isalnum() or letter in "_-")
        return RefusedAudio(f"The file's codec ({name.replace('_', ' ')}) is not accepted; accepted: {ACCEPTED}.")
    if why == "no_sound":
        return UnreadableAudio(f"The file has no audio track; accepted: {ACCEPTED}.")
    try:
        number = _number(value)
        if why == "rate":
            probe.check_layout(int(number), 1)
        elif why == "channels":
            probe.check_layout(probe.MIN_RATE, int(number))
        elif why == "short":
            probe.check_length(number)
    except RefusedAudio as refusal:
        return refusal
    except (TypeError, ValueError) as error:
        return probe.unreadable(f"the decoder refuses with nonsense: {error!r}")
    return probe.unreadable(f"the decoder refuses for an unknown reason: {why!r:.80}")
