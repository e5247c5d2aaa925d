"""What a file of a data set sounds like, measured once for each content.

Conventions
-----------
Peaks and levels are in dB of full scale, of the mono mix, never below :data:`FLOOR`. A reading depends on the bytes of
a file alone, so it is kept in the data set's cache under their sha256. The extraction measures in the same way, so the
validation does not decode again what was extracted. A failure is not kept: the machine may be the cause.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import asdict, dataclass
from queue import SimpleQueue
from typing import TYPE_CHECKING, Final

import numpy as np

from mgc import records
from mgc.audio.decode import MAX_FILE_MB, Series
from mgc.errors import AudioError, DecoderTimeout
from mgc.settings import cores, settings

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from mgc.audio.clip import Clip
    from mgc.datasets.base import Track
    from mgc.features.cache import Arrays, Cache

__all__ = ["FLOOR", "ODD", "Measure", "Reading", "key", "listen", "measure", "pack", "unpack"]

FLOOR: Final = -120.0  # dB; below the noise of 16 bits, and a number where silence would have none
VERSION: Final = 2  # to be raised when a number changes

# What the decoder's warnings begin with (mgc.audio.decode), and the kind of finding that each is.
ODD: Final = {
    "The file is silent": "silent",
    "The file is mostly empty": "silent",
    "The recording is clipped": "clipped",
    "The samples lie far outside": "clipped",
    "The file ends before": "short",
}
MOST_DECODERS: Final = 8  # at a time; beyond, reading the disk is the limit


@dataclass(frozen=True, slots=True)
class Measure:
    """What a file's sound is like; ``sha256`` is of its samples as decoded (mono, 22,050 Hz, float32)."""

    seconds: float
    sample_rate: int
    channels: int
    peak_db: float
    rms_db: float
    sha256: str


@dataclass(frozen=True, slots=True)
class Reading:
    """One file: its md5, and a measure, or a sentence when it cannot be decoded.

    ``odd`` holds (kind, sentence) of each warning of the decoder.
    """

    md5: str = ""
    error: str = ""
    is_gone: bool = False
    measure: Measure | None = None
    odd: tuple[tuple[str, str], ...] = ()


def listen(data: bytes, series: Series) -> tuple[Reading, Clip]:
    """Decode a whole file and measure it; raise an AudioError when it cannot be decoded.

    A decoder that ran out of time is asked once more: on a busy machine that is no fault of the file.
    """
    try:
        clip = series.decode(data)
    except DecoderTimeout:
        clip = series.decode(data)
    power = float(np.mean(np.square(clip.y, dtype=np.float64)))
    found = Measure(
        seconds=round(clip.heard.seconds, 4),
        sample_rate=clip.heard.sample_rate,
        channels=clip.heard.channels,
        peak_db=_decibels(float(np.abs(clip.y).max())),
        rms_db=_decibels(power**0.5),
        sha256=hashlib.sha256(clip.y.data).hexdigest(),
    )
    odd = tuple((kind, word) for word in clip.heard.warnings for start, kind in ODD.items() if word.startswith(start))
    return Reading(_md5(data), measure=found, odd=odd), clip


def key(sha256: str) -> str:
    """Return the cache's key of a file's reading."""
    return f"{sha256} sound longest={settings().max_seconds:g} v{VERSION}"


def pack(reading: Reading) -> Arrays:
    """Return a reading as the cache takes it."""
    return {"reading": np.array(json.dumps(asdict(reading)))}


def unpack(arrays: Arrays | None) -> Reading | None:
    """Return a reading from the cache's arrays, None when there are none or others."""
    try:
        return records.read(Reading, str(arrays["reading"]).encode(), "reading") if arrays else None
    except (KeyError, ValueError):
        return None


def measure(
    tracks: Sequence[Track],
    progress: Callable[[int, int], None] | None = None,
    *,
    cache: Cache | None = None,
    known: Mapping[str, Reading] | None = None,
) -> dict[str, Reading]:
    """Read the audio of every track, in limited processes; return the readings by track id, in the order given.

    Parameters
    ----------
    tracks : sequence of Track
        with audio
    progress : callable
        called with (files read, files in all) from the caller's own thread
    cache : Cache or None
        of the data set: content that it knows is not decoded, other content is added
    known : mapping of str to Reading
        by track id, what was read just now; these files are not opened
    """
    readings = dict(known or {})
    unread = [track for track in tracks if track.id not in readings]
    n_decoders = max(1, min(cores(), MOST_DECODERS, len(unread)))
    with contextlib.ExitStack() as stack:
        idle: SimpleQueue[Series] = SimpleQueue()
        for _ in range(n_decoders):
            idle.put(stack.enter_context(Series(settings().max_seconds)))
        # Threads only wait for the processes that decode.
        pool = stack.enter_context(ThreadPoolExecutor(n_decoders))
        tasks = {pool.submit(_read, track, idle, cache): track.id for track in unread}
        try:
            for done, task in enumerate(as_completed(tasks), len(tracks) - len(unread) + 1):
                readings[tasks[task]] = task.result()
                if progress is not None:
                    progress(done, len(tracks))
        finally:
            pool.shutdown(cancel_futures=True)  # where the caller gave up, the rest is not read
    return {track.id: readings[track.id] for track in tracks}


def _read(track: Track, idle: SimpleQueue[Series], cache: Cache | None) -> Reading:
    data = b""
    try:
        if track.audio is not None:
            data = _bytes(track.audio)
    except FileNotFoundError:
        return Reading(error="The file no longer exists.", is_gone=True)
    except OSError as error:
        return Reading(error=f"The file cannot be read ({error.strerror}).")
    name = key(hashlib.sha256(data).hexdigest())
    if cache is not None and (found := unpack(cache.find(name))) is not None:
        return found
    series = idle.get()
    try:
        reading, _ = listen(data, series)
    except AudioError as error:
        return Reading(_md5(data), error.user_message)
    finally:
        idle.put(series)
    if cache is not None:
        cache.fetch(name, lambda: pack(reading))
    return reading


def _bytes(path: Path) -> bytes:
    """Return a file's bytes, at most one more than a decoder takes."""
    with path.open("rb") as file:
        return file.read(MAX_FILE_MB * 2**20 + 1)


def _md5(data: bytes) -> str:
    return hashlib.md5(data, usedforsecurity=False).hexdigest()


def _decibels(amplitude: float) -> float:
    return round(20 * float(np.log10(max(amplitude, 10 ** (FLOOR / 20)))), 2)
