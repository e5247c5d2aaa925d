"""Views that librosa computes: constant-Q transform, its chroma, tempogram, and the beats.

librosa's import and its first feature take seconds: callers warm it up in the background (:func:`warm_up`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from mgc.audio.clip import SR
from mgc.charts import sound
from mgc.charts.spectrum_views import PITCH_CLASSES, View, tall

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from mgc.audio.clip import FloatArray

__all__ = ["VIEWS", "beats", "view", "warm_up", "with_clicks"]

VIEWS: Final = {"cqt": "Constant-Q", "chroma-cqt": "Chroma (constant-Q)", "tempogram": "Tempogram"}
_HOP: Final = 512
_OCTAVES: Final = 7  # from C1, 32.7 Hz, to B7, 3951 Hz
_TEMPI: Final = (30.0, 300.0)  # beats a minute, the ends of a tempogram
_TEMPO_MARKS: Final = (40, 60, 90, 120, 180, 240)
_ROWS: Final = 128
_WINDOW: Final = 384  # frames of a tempogram's window: 8.9 s
_LEAST: Final = 4  # s of sound that a constant-Q transform needs
_LOUDNESS: Final = 0.7  # of the music under the clicks


def warm_up() -> None:
    """Import librosa and let it compile what the views need; some seconds, once."""
    y = np.random.default_rng(0).normal(0.0, 0.1, _LEAST * SR).astype(np.float32)
    for name in VIEWS:
        view(name, y)
    with_clicks(y, beats(y)[1])


def view(name: str, y: FloatArray) -> View:
    """Draw one of :data:`VIEWS` of samples at 22,050 Hz [shape=(n,)]."""
    drawn: dict[str, Callable[[FloatArray], View]] = {"cqt": _cqt, "chroma-cqt": _chroma, "tempogram": _tempogram}
    return drawn[name](y)


def beats(y: FloatArray) -> tuple[float, tuple[float, ...]]:
    """Return the tempo [beats a minute] and the beats [s], by dynamic programming over onsets (Ellis 2007)."""
    import librosa

    tempo, frames = librosa.beat.beat_track(onset_envelope=_onsets(y), sr=SR, hop_length=_HOP)
    times = librosa.frames_to_time(frames, sr=SR, hop_length=_HOP)
    return float(np.atleast_1d(tempo)[0]), tuple(round(float(time), 3) for time in times)


def with_clicks(y: FloatArray, times: tuple[float, ...]) -> FloatArray:
    """Return the samples with a click at each of ``times``."""
    import librosa

    clicks = librosa.clicks(times=np.asarray(times), sr=SR, length=len(y)) if times else np.zeros(len(y))
    return np.asarray(_LOUDNESS * y + 0.5 * clicks, dtype=np.float32)


def _cqt(y: FloatArray) -> View:
    import librosa

    levels = _cut(np.abs(librosa.cqt(_long(y), sr=SR, hop_length=_HOP, n_bins=12 * _OCTAVES, tuning=_tuning(y))), y)
    notes = tuple(f"{PITCH_CLASSES[row % 12]}{row // 12 + 1}" for row in range(12 * _OCTAVES))
    shades = sound.shades(sound.pool(levels) ** 2)
    ticks = tuple(((12 * octave + 0.5) / len(notes), notes[12 * octave]) for octave in range(_OCTAVES))
    return View(
        "Constant-Q transform: a row for each semitone from C1 to B7.",
        sound.Picture(sound.palette_png(tall(shades)), ticks),
        bands=notes,
        scale=(f"\N{MINUS SIGN}{sound.RANGE_DB:.0f} dB", "0 dB"),
        help="Frames are long for low notes and short for high ones, so every semitone has the same height.",
    )


def _chroma(y: FloatArray) -> View:
    import librosa

    values = _cut(librosa.feature.chroma_cqt(y=_long(y), sr=SR, hop_length=_HOP, tuning=_tuning(y)), y)
    values = sound.pool(values)
    ticks = tuple(((row + 0.5) / 12, note) for row, note in enumerate(PITCH_CLASSES))
    return View(
        f"Energy of the twelve pitch classes, from the constant-Q transform. "
        f"Strongest: {PITCH_CLASSES[int(values.mean(axis=1).argmax())]}.",
        sound.Picture(sound.palette_png(tall(np.clip(values, 0.0, 1.0) * 255.0)), ticks),
        bands=PITCH_CLASSES,
        scale=("0", "maximum"),
        help="Low notes are resolved better than in the chroma of the Fourier transform.",
    )


def _tempogram(y: FloatArray) -> View:
    import librosa

    onsets = _onsets(y)
    grid = librosa.feature.tempogram(onset_envelope=onsets, sr=SR, hop_length=_HOP, win_length=_WINDOW)
    tempi = np.geomspace(*_TEMPI, _ROWS)
    lags = 60.0 * SR / (_HOP * tempi)  # frames
    below = np.minimum(lags.astype(int), _WINDOW - 2)
    share = (lags - below)[:, None]
    rows = sound.pool(grid[below] * (1 - share) + grid[below + 1] * share)
    ticks = tuple((float(np.log(mark / _TEMPI[0]) / np.log(_TEMPI[1] / _TEMPI[0])), str(mark)) for mark in _TEMPO_MARKS)
    said = f"Strongest: about {tempi[int(rows.mean(axis=1).argmax())]:.0f} beats a minute." if onsets.any() else ""
    return View(
        f"Tempogram: how strongly the onsets repeat at each tempo (beats a minute). {said}".rstrip(),
        sound.Picture(sound.palette_png(np.rint(np.clip(rows, 0.0, 1.0) * 255.0).astype(np.uint8)), ticks),
        bands=tuple(f"{tempo:.0f} beats a minute" for tempo in tempi),
        scale=("0", "1"),
        help="Autocorrelation of the onset strength in windows of 9 s (Grosche and others 2010). A steady beat is a "
        "horizontal line; lines at half and double the tempo are usual.",
    )


def _long(y: FloatArray) -> FloatArray:
    """Pad a short clip: a low note needs a long frame."""
    return np.pad(y, (0, max(0, _LEAST * SR - len(y))))


def _cut(frames: npt.NDArray[np.floating], y: FloatArray) -> npt.NDArray[np.floating]:
    """Leave out the frames of the padding."""
    return frames[:, : 1 + len(y) // _HOP]


def _tuning(y: FloatArray) -> float | None:
    """Return None, so that librosa estimates the tuning, except in silence, where there is none."""
    return None if y.any() else 0.0


def _onsets(y: FloatArray) -> npt.NDArray[np.float32]:
    import librosa

    return np.asarray(librosa.onset.onset_strength(y=y, sr=SR, hop_length=_HOP), dtype=np.float32)
