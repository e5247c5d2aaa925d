"""What the decoder child answers, checked: a header of fixed size, then samples or pixels.

The child works on an unknown file, so its answer is not trusted. The sentences for the user are made here, from checked
numbers; no text of the child reaches a page.
"""

from __future__ import annotations

import json
import math
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from mgc.audio import probe
from mgc.audio.child import HEADER_BYTES, SILENCE, TOO_LOUD
from mgc.audio.clip import NOT_FINITE, Heard, valid_audio
from mgc.errors import RefusedAudio, UnreadableAudio

if TYPE_CHECKING:
    from collections.abc import Callable

    from mgc.audio.clip import FloatArray
    from mgc.errors import AudioError

__all__ = ["Answer", "PictureAnswer", "SoundAnswer"]

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


def _number(value: Any) -> float:
    number = float(value)
    if not (math.isfinite(number) and number >= 0):
        raise ValueError(f"{number} is no amount")
    return number


_FIELDS: Final[dict[str, Callable[[Any], Any]]] = {
    "codec": str,
    **dict.fromkeys(("sample_rate", "channels", "n"), int),
    **dict.fromkeys(("seconds", "promised", "used_start", "used_seconds", "peak", "clipped", "silent"), _number),
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
            warnings.append(f"The file is mostly empty: {header['silent']:.0%} of it is silence.")
        if header["clipped"] > CLIPPED_ABOVE:
            warnings.append(f"The recording is clipped: {header['clipped']:.1%} of its samples are at full scale.")
        if header["peak"] > TOO_LOUD:
            warnings.append("The samples lie far outside -1 to 1; they were scaled down.")
        missing = header["promised"] - header["seconds"]
        if self._found.is_cut or missing > max(0.5, 0.02 * header["promised"]):  # an MP3 may only guess its length
            warnings.append("The file ends before its header says so; the part that is there was used.")
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
        return UnreadableAudio(f"The file is cut off: {left}; accepted: {probe.ACCEPTED}.")
    if why == "finite":
        return RefusedAudio(NOT_FINITE)
    if why == "codec":
        name = "".join(letter for letter in str(value)[:32] if letter.isalnum() or letter in "_-")
        return RefusedAudio(f"The file's codec ({name.replace('_', ' ')}) is not accepted; accepted: {probe.ACCEPTED}.")
    if why == "no_sound":
        return UnreadableAudio(f"The file has no audio track; accepted: {probe.ACCEPTED}.")
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
