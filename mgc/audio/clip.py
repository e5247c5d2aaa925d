"""A clip: the sound that every part of the program works on.

Conventions
-----------
Samples are mono ``float32`` at :data:`SR` Hz, nominally in [-1, 1]. Times are seconds from the start of the *used*
stretch unless a name says otherwise.
"""

from __future__ import annotations

import hashlib
import io
import wave
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from mgc.errors import RefusedAudio

__all__ = [
    "NOT_FINITE", "SR", "Clip", "FloatArray", "Heard", "clock", "sounding", "span", "valid_audio", "wav",
]  # fmt: skip

SR: Final = 22_050  # Hz; GTZAN's rate, and librosa's default

SILENT_DB: Final = 60.0  # below the loudest tenth of a second; librosa.effects.trim takes the same by default
LEAST_TRIMMED: Final = 1.0  # s at an end; what is shorter belongs to the music, as in the training clips
LEAST_KEPT: Final = 3.0  # s around the sound, where it is shorter: a window of most models

NOT_FINITE: Final = "The audio holds samples that are not finite numbers (NaN or infinity)."

FloatArray = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Heard:
    """What the decoder found and did, kept to be shown beside every answer.

    ``seconds`` is the length of the file, ``used_start`` and ``used_seconds`` the stretch of it that was read.
    """

    format: str  # as people name it: "MP3", "WAV", "FLAC", "Ogg Vorbis", "Opus", "AIFF", "AU", "M4A/AAC", "WebM"
    sample_rate: int  # Hz, of the file
    channels: int  # of the file
    seconds: float
    used_seconds: float
    used_start: float = 0.0
    warnings: tuple[str, ...] = ()  # sentences, e.g. "The file is silent."

    def sentence(self) -> str:
        """Say it in one line, e.g. ``"MP3, 44.1 kHz stereo, 3:41, middle 10 minutes"``."""
        layout = {1: "mono", 2: "stereo"}.get(self.channels, f"{self.channels} channels")
        line = f"{self.format}, {self.sample_rate / 1000:g} kHz {layout}, {clock(self.seconds)}"
        if self.used_seconds < self.seconds - 0.5:
            line += f", middle {span(self.used_seconds)}"
        return line


@dataclass(frozen=True, slots=True, eq=False)
class Clip:
    """Audio ready to be analysed."""

    y: FloatArray  # [shape=(n,)] mono samples at SR Hz, finite
    sha256: str  # of the bytes the clip came from; the key of every cache (never hash y: see DESIGN, decision 8)
    heard: Heard

    @property
    def seconds(self) -> float:
        """Length of the used stretch in seconds."""
        return len(self.y) / SR

    @classmethod
    def from_samples(cls, y: npt.NDArray[np.floating], *, name: str = "samples") -> Clip:
        """Wrap samples of our own making (the studio, tests), mono at :data:`SR` Hz; see :func:`valid_audio`."""
        y = np.ascontiguousarray(y, dtype=np.float32)
        valid_audio(y)
        seconds = len(y) / SR
        heard = Heard(format=name, sample_rate=SR, channels=1, seconds=seconds, used_seconds=seconds)
        return cls(y=y, sha256=hashlib.sha256(y.tobytes()).hexdigest(), heard=heard)


def valid_audio(y: npt.NDArray[np.floating]) -> None:
    """Raise RefusedAudio for what is not mono, floating and finite (as ``librosa.util.valid_audio``)."""
    if y.ndim != 1 or not np.issubdtype(y.dtype, np.floating):
        sentence = "The audio is not a single channel of floating-point samples."
        raise RefusedAudio(sentence, details=f"{y.shape} {y.dtype}")
    if not np.isfinite(y).all():
        raise RefusedAudio(NOT_FINITE)


def sounding(y: FloatArray) -> tuple[int, int]:
    """Return where a sound begins and ends in y [shape=(n,)]: everything but silence of a second or more at its ends.

    Silent is what lies 60 dB below the loudest tenth of a second. At least 3 s are kept, if there are as many.
    """
    step = SR // 10
    tenths = np.add.reduceat(np.square(y, dtype=np.float32), np.arange(0, max(len(y), 1), step)) if len(y) else y
    loud = np.flatnonzero(tenths > tenths.max(initial=0.0) * 10.0 ** (-SILENT_DB / 10.0))
    if not len(loud):
        return 0, len(y)
    first, last = int(loud[0]) * step, min(len(y), (int(loud[-1]) + 1) * step)
    missing = max(0, int(LEAST_KEPT * SR) - (last - first))
    first = max(0, first - missing)
    last = max(last, min(len(y), first + int(LEAST_KEPT * SR)))
    least = int(LEAST_TRIMMED * SR)
    return (first if first >= least else 0), (last if len(y) - last >= least else len(y))


def wav(y: FloatArray) -> bytes:
    """Return samples [shape=(n,), -1..1] as a 16-bit WAV at :data:`SR` Hz; louder ones are turned down, not clipped."""
    loudest = max(float(np.abs(y).max(initial=0.0)), 1.0)
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setparams((1, 2, SR, 0, "NONE", ""))
        file.writeframes(np.rint(y * (32_767.0 / loudest)).astype("<i2").tobytes())
    return out.getvalue()


def clock(seconds: float) -> str:
    """Return a length as minutes and seconds, e.g. ``"3:41"``."""
    whole = round(seconds)
    return f"{whole // 60}:{whole % 60:02d}"


def span(seconds: float) -> str:
    """Return a stretch in words: ``"10 minutes"``, ``"7.5 minutes"``, and below two minutes ``"90 seconds"``."""
    whole = round(seconds)
    if whole == 1:
        return "1 second"
    return f"{whole} seconds" if whole < 120 else f"{round(whole / 60, 1):g} minutes"
