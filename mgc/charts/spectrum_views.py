"""Everything that can be seen of one track, each view with the words and numbers that belong to it.

Conventions
-----------
A view is what the player draws above its time axis: a PNG in magma, a waveform, or a curve over a waveform. ``bands``
name its rows from the bottom, so that a pointer over the picture reads a frequency, a pitch class or a coefficient.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from mgc.audio.clip import SR
from mgc.charts import sound

if TYPE_CHECKING:
    from collections.abc import Callable

    from mgc.features.spectrum import Spectrum

__all__ = ["AXES", "AXIS_VIEWS", "VIEWS", "View", "columns_view", "views"]

VIEWS: Final = {
    "wave": "Waveform",
    "stft": "STFT",
    "mel": "Mel",
    "chroma": "Chroma",
    "mfcc": "MFCC",
    "onsets": "Onsets, tempo",
    "parts": "Harmonic, percussive",
}
AXES: Final = {"log": "Log frequency", "linear": "Linear frequency"}
AXIS_VIEWS: Final = ("stft",)  # whose frequency axis can be chosen; a view's key is then "stft-log" or "stft-linear"

PITCH_CLASSES: Final = ("C", "C\u266f", "D", "D\u266f", "E", "F", "F\u266f", "G", "G\u266f", "A", "A\u266f", "B")
_LINEAR_MARKS: Final = (2000, 4000, 6000, 8000, 10000)  # Hz
_LINEAR_ROWS: Final = 128  # of 1024 bins: eight share a row
_SPREAD: Final = 2.5  # standard deviations that a coefficient's colours reach to either side
_SILENCE_DB: Final = -96.0  # what 16 bits call silence


@dataclass(frozen=True, slots=True)
class View:
    """One way to look at a track.

    Attributes
    ----------
    words : str
        "what am I looking at", with the numbers that were measured
    picture : Picture or None
        drawn below the cursor
    peaks : tuple of (int, int)
        waveform, -100..100 per column; drawn when there is no picture
    curve : tuple of int
        0..100 per column, drawn over the waveform; empty for none
    bands : tuple of str
        names of the picture's rows, lowest first; empty for none
    """

    words: str
    picture: sound.Picture | None = None
    peaks: tuple[tuple[int, int], ...] = ()
    curve: tuple[int, ...] = ()
    bands: tuple[str, ...] = ()


def views(spectrum: Spectrum) -> dict[str, View]:
    """Draw every view of a track from its one transform.

    Parameters
    ----------
    spectrum : Spectrum
        of at least a frame

    Returns
    -------
    dict of str to View
        by the names of :data:`VIEWS`, those of :data:`AXIS_VIEWS` with each axis: ``"stft-log"``, ``"stft-linear"``
    """
    drawn: dict[str, Callable[[Spectrum], View]] = {
        "wave": _wave,
        "stft-log": _stft_log,
        "stft-linear": _stft_linear,
        "mel": _mel,
        "chroma": _chroma,
        "mfcc": _mfcc,
        "onsets": _onsets,
        "parts": _parts,
    }
    return {name: draw(spectrum) for name, draw in drawn.items()}


def columns_view(columns: npt.NDArray[np.uint8]) -> View:
    """Show Kaggle's picture of a clip [shape=(128, n), 0..255], for a track whose sound is not there."""
    from mgc.features.spectrum import N_MELS

    picture = sound.Picture(sound.palette_png(columns), sound.mel_ticks())
    return View(
        f"The picture that came with the data set: {N_MELS} mel bands, {columns.shape[1]} columns, decibels as colour.",
        picture,
        bands=_named(sound.mel_frequencies(N_MELS)),
    )


def _wave(spectrum: Spectrum) -> View:
    loudest, mean = _decibels(float(np.abs(spectrum.y).max())), _decibels(float(np.sqrt(np.mean(spectrum.y**2))))
    words = f"The samples themselves: peak {loudest:.1f} dB, mean level {mean:.1f} dB below full scale."
    return View(words.replace("-", "\N{MINUS SIGN}"), peaks=sound.peaks(spectrum.y))


def _stft_log(spectrum: Spectrum) -> View:
    return View(
        "Short-time Fourier transform in dB, 2048 samples (93 ms) a frame; an octave is the same height everywhere.",
        sound.log_picture(spectrum),
        bands=_named(sound.log_frequencies()),
    )


def _stft_linear(spectrum: Spectrum) -> View:
    power = sound.pool(spectrum.magnitude)[:-1] ** 2
    rows = power.reshape(_LINEAR_ROWS, -1, power.shape[1]).max(axis=1)
    ticks = tuple((frequency / (SR / 2), sound.hertz(frequency)) for frequency in _LINEAR_MARKS)
    return View(
        "Short-time Fourier transform in dB; every hertz is the same height, so overtones stand in equal steps.",
        sound.Picture(sound.palette_png(sound.shades(rows)), ticks),
        bands=_named((np.arange(_LINEAR_ROWS) + 0.5) * (SR / 2 / _LINEAR_ROWS)),
    )


def _mel(spectrum: Spectrum) -> View:
    from mgc.features.spectrum import N_MELS

    return View(
        "Power in 128 mel bands in dB, as wide as the ear hears apart: what the picture network looks at.",
        sound.mel_picture(spectrum),
        bands=_named(sound.mel_frequencies(N_MELS)),
    )


def _chroma(spectrum: Spectrum) -> View:
    from mgc.features.chroma import chroma
    from mgc.features.song import song_of

    tuning = song_of(spectrum).peaks.tuning(slice(0, spectrum.n_frames))
    values = sound.pool(chroma(spectrum.magnitude, tuning))
    ticks = tuple(((row + 0.5) / 12, PITCH_CLASSES[row]) for row in (0, 4, 7, 11))
    side = "above" if tuning > 0 else "below"
    cents = round(abs(tuning) * 100)
    pitch = f"{cents} cent{'s' * (cents != 1)} {side} A = 440 Hz" if cents else "to A = 440 Hz"
    strongest = PITCH_CLASSES[int(values.mean(axis=1).argmax())]
    return View(
        f"Which of the twelve pitch classes sound, whatever the octave. Tuned {pitch}; strongest: {strongest}.",
        sound.Picture(sound.palette_png(_tall(values * 255.0)), ticks),
        bands=PITCH_CLASSES,
    )


def _mfcc(spectrum: Spectrum) -> View:
    from mgc.features.mel import log_mel
    from mgc.features.song import cepstrum

    values = cepstrum(log_mel(spectrum))
    centred = values - values.mean(axis=1, keepdims=True)
    scaled = centred / np.maximum(values.std(axis=1, keepdims=True), np.float32(1e-3))
    shades = np.clip(scaled / (2 * _SPREAD) + 0.5, 0.0, 1.0) * 255.0
    columns = np.arange(min(shades.shape[1], sound.WIDTH)) * shades.shape[1] // min(shades.shape[1], sound.WIDTH)
    ticks = tuple(((number - 0.5) / len(values), str(number)) for number in (1, 5, 10, 15, 20))
    return View(
        "Twenty cepstral coefficients, timbre in short; each row is scaled to its own mean and spread.",
        sound.Picture(sound.palette_png(_tall(shades[:, columns])), ticks),
        bands=tuple(f"MFCC {number + 1}" for number in range(len(values))),
    )


def _onsets(spectrum: Spectrum) -> View:
    from mgc.features.song import song_of

    song = song_of(spectrum)
    strength = sound.pool(song.onsets[None])[0]
    curve = np.rint(strength * (100.0 / max(float(strength.max()), 1e-6)))
    tempo = song.tempogram.tempo(slice(0, spectrum.n_frames)) if strength.any() else 0.0
    found = f"They repeat at about {tempo:.0f} beats a minute (half or double is a common mistake)."
    return View(
        "How much the sound rises from moment to moment: the strokes. "
        + (found if tempo else "Nothing rises here, so there is no tempo."),
        peaks=sound.peaks(spectrum.y),
        curve=tuple(int(value) for value in curve),
    )


def _parts(spectrum: Spectrum) -> View:
    from mgc.features.song import song_of
    from mgc.features.spectrum import spectrum as transform

    signals = song_of(spectrum).signals
    energy = np.square(signals, dtype=np.float64).sum(axis=1)
    share = 100.0 * energy[0] / max(float(energy.sum()), 1e-12)
    harmonic, percussive = (_halved(sound.log_rows(transform(signal).magnitude)) for signal in signals)
    ticks = ((0.96, "harmonic"), (0.46, "percussive"))
    named = _named(sound.log_frequencies()[::2])
    return View(
        f"Above what is sustained, below what is struck: {share:.0f}\N{NO-BREAK SPACE}% of the energy is harmonic "
        "(medians along time and along frequency, Fitzgerald 2010).",
        sound.Picture(sound.palette_png(_parted(sound.shades(np.concatenate([percussive, harmonic])))), ticks),
        bands=(*named, *named),
    )


def _halved(rows: npt.NDArray[np.floating]) -> npt.NDArray[np.floating]:
    """Keep the louder of every two rows: two pictures share the height of one."""
    return np.asarray(np.maximum(rows[::2], rows[1::2]))


def _parted(indices: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Draw a light line between the halves, in place."""
    indices[len(indices) // 2] = 200
    return indices


def _tall(shades: npt.NDArray[Any], height: int = 240) -> npt.NDArray[np.uint8]:
    """Repeat the few rows of a picture, so that a browser's smoothing leaves their edges sharp."""
    return np.repeat(np.rint(shades).astype(np.uint8), height // len(shades), axis=0)


def _named(frequencies: npt.NDArray[Any]) -> tuple[str, ...]:
    return tuple(f"{f / 1000:.2f} kHz" if f >= 1000 else f"{f:.0f} Hz" for f in frequencies)


def _decibels(amplitude: float) -> float:
    return max(float(20.0 * np.log10(max(amplitude, 1e-9))), _SILENCE_DB)
