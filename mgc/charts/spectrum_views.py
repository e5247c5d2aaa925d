"""Every picture of one track, with its caption, its scale and the names of its rows.

Conventions
-----------
A view is what the player draws above its time axis: a PNG in magma, a waveform, or a curve over a waveform. ``bands``
name its rows from the bottom, so that hovering reads a frequency, a pitch or a coefficient. Decibels are relative to
the loudest cell of the picture. librosa computes :data:`MUSICAL_VIEWS` and the beats: its import and first feature take
seconds, so callers warm it up in the background (:func:`warm_up`).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from mgc.audio.clip import SR
from mgc.charts import sound
from mgc.features.chroma import chroma
from mgc.features.descriptors import cepstrum, song_of
from mgc.features.pictures import log_mel
from mgc.features.spectrum import N_MELS
from mgc.features.spectrum import spectrum as transform

if TYPE_CHECKING:
    from collections.abc import Callable

    from mgc.audio.clip import FloatArray
    from mgc.features.spectrum import Spectrum

__all__ = ["AXES", "AXIS_VIEWS", "FFT_SIZES", "HOPS", "MUSICAL_VIEWS", "PITCH_CLASSES", "VIEWS", "View", "beats",
           "columns_view", "musical_view", "named", "stft", "tall", "views", "warm_up", "with_clicks"]  # fmt: skip

VIEWS: Final = {
    "wave": "Waveform",
    "stft": "STFT",
    "mel": "Mel",
    "chroma": "Chroma",
    "mfcc": "MFCC",
    "onsets": "Onsets, tempo",
    "parts": "Harmonic, percussive",
}
MUSICAL_VIEWS: Final = {"cqt": "Constant-Q", "chroma-cqt": "Chroma (constant-Q)", "tempogram": "Tempogram"}
AXES: Final = {"log": "Log frequency", "linear": "Linear frequency"}
AXIS_VIEWS: Final = ("stft",)  # whose frequency axis can be chosen; a view's key is then "stft-log" or "stft-linear"
FFT_SIZES: Final = (512, 1024, 2048, 4096, 8192)  # samples
HOPS: Final = (128, 256, 512, 1024)

PITCH_CLASSES: Final = ("C", "C\u266f", "D", "D\u266f", "E", "F", "F\u266f", "G", "G\u266f", "A", "A\u266f", "B")
_LINEAR_MARKS: Final = (2000, 4000, 6000, 8000, 10000)  # Hz
_LINEAR_ROWS: Final = 128  # of the bins: several share a row
_SPREAD: Final = 2.5  # standard deviations that a coefficient's colours reach to either side
_SILENCE_DB: Final = -96.0  # what 16 bits call silence
_WAVE_MARKS: Final = (0.0, -6.0, -12.0)  # dB below the peak
_DECIBELS: Final = (f"\N{MINUS SIGN}{sound.RANGE_DB:.0f} dB", "0 dB")
_HOP: Final = 512
_OCTAVES: Final = 7  # from C1, 32.7 Hz, to B7, 3951 Hz
_TEMPI: Final = (30.0, 300.0)  # beats per minute, the ends of a tempogram
_TEMPO_MARKS: Final = (40, 60, 90, 120, 180, 240)
_ROWS: Final = 128
_WINDOW: Final = 384  # frames of a tempogram's window: 8.9 s
_LEAST: Final = 4  # s of sound that a constant-Q transform needs
_LOUDNESS: Final = 0.7  # of the music under the clicks


@dataclass(frozen=True, slots=True)
class View:
    """One way to look at a track; what is empty is not drawn."""

    words: str  # what one looks at, with the numbers that were measured
    picture: sound.Picture | None = None  # below the cursor
    peaks: tuple[tuple[int, int], ...] = ()  # waveform, -100..100 per column; drawn when there is no picture
    curve: tuple[int, ...] = ()  # 0..100 per column, over the waveform
    bands: tuple[str, ...] = ()  # names of the picture's rows, lowest first
    scale: tuple[str, ...] = ()  # what the darkest and the brightest colour stand for
    marks: tuple[tuple[float, str], ...] = ()  # levels to write on a waveform: height 0..1 from the bottom, label
    beats: tuple[float, ...] = ()  # seconds at which a line is drawn
    help: str = ""  # more about it, behind a help mark


def views(spectrum: Spectrum) -> dict[str, View]:
    """Draw every view of a track from its one transform, of at least a frame.

    Returns
    -------
    dict of str to View
        by the names of :data:`VIEWS`, those of :data:`AXIS_VIEWS` with each axis: ``"stft-log"``, ``"stft-linear"``
    """
    drawn: dict[str, Callable[[Spectrum], View]] = {
        "wave": _wave,
        "stft-log": lambda spectrum: _stft_view(spectrum.magnitude, "log", 2048, 512),
        "stft-linear": lambda spectrum: _stft_view(spectrum.magnitude, "linear", 2048, 512),
        "mel": _mel,
        "chroma": _chroma,
        "mfcc": _mfcc,
        "onsets": _onsets,
        "parts": _parts,
    }
    return {name: draw(spectrum) for name, draw in drawn.items()}


def columns_view(columns: npt.NDArray[np.uint8]) -> View:
    """Show Kaggle's picture of a clip [shape=(128, n), 0..255], for a track whose sound is not there."""
    picture = sound.Picture(sound.palette_png(columns), sound.mel_ticks())
    return View(
        f"The picture that came with the data set: {N_MELS} mel bands, {columns.shape[1]} columns.",
        picture,
        bands=named(sound.mel_frequencies(N_MELS)),
        scale=("\N{MINUS SIGN}40 dB", "0 dB"),
    )


def _wave(spectrum: Spectrum) -> View:
    loudest, mean = _decibels(float(np.abs(spectrum.y).max())), _decibels(float(np.sqrt(np.mean(spectrum.y**2))))
    words = f"Waveform: peak {loudest:.1f} dB, mean level (RMS) {mean:.1f} dB, relative to full scale."
    levels = [(10.0 ** (mark / 20.0), f"{loudest + mark:.0f} dB") for mark in _WAVE_MARKS if loudest > _SILENCE_DB]
    marks = tuple((0.5 + height / 2.1, label.replace("-", "\N{MINUS SIGN}")) for height, label in levels)
    return View(words.replace("-", "\N{MINUS SIGN}"), peaks=sound.peaks(spectrum.y), marks=marks)


def stft(y: FloatArray, axis: str, n_fft: int, hop_length: int) -> View:
    """Draw a short-time Fourier transform with a frame size and a hop of one's choice.

    Parameters
    ----------
    y : np.ndarray [shape=(n,), 22,050 Hz]
    axis : "log" or "linear"
    n_fft, hop_length : int
        samples; a power of two from 512 to 8192
    """
    import scipy.fft
    import scipy.signal

    window = scipy.signal.get_window("hann", n_fft).astype(np.float32)
    padded = np.pad(y, n_fft // 2, mode="reflect" if len(y) > n_fft // 2 else "constant")
    frames = np.lib.stride_tricks.sliding_window_view(padded, n_fft)[::hop_length]
    step = 256  # frames at once: a long song never needs all its windowed frames in memory
    parts = [np.abs(scipy.fft.rfft(frames[i : i + step] * window, axis=1)) for i in range(0, len(frames), step)]
    columns = [sound.pool(part.T, max(1, sound.WIDTH * len(part) // len(frames) or 1)) for part in parts]
    return _stft_view(np.concatenate(columns, axis=1), axis, n_fft, hop_length)


def _stft_view(magnitude: npt.NDArray[np.floating], axis: str, n_fft: int, hop_length: int) -> View:
    words = (
        f"Short-time Fourier transform: {n_fft} samples ({1000 * n_fft / SR:.0f} ms) a frame, a frame every "
        f"{hop_length} samples ({1000 * hop_length / SR:.0f} ms)."
    )
    help = "A longer frame has a better frequency resolution and a worse time resolution. "
    if axis == "log":
        picture = sound.log_picture(magnitude)
        help += "An octave has the same height everywhere."
        return View(words, picture, bands=named(sound.log_frequencies()), scale=_DECIBELS, help=help)
    power = sound.pool(magnitude)[:-1] ** 2
    rows = power.reshape(_LINEAR_ROWS, -1, power.shape[1]).max(axis=1)
    picture = sound.Picture(
        sound.palette_png(sound.shades(rows)), tuple((mark / (SR / 2), sound.hertz(mark)) for mark in _LINEAR_MARKS)
    )
    bands = named((np.arange(_LINEAR_ROWS) + 0.5) * (SR / 2 / _LINEAR_ROWS))
    return View(words, picture, bands=bands, scale=_DECIBELS, help=f"{help}Overtones are equally spaced.")


def _mel(spectrum: Spectrum) -> View:
    return View(
        "Power in 128 bands, spaced on the mel scale: the input of the picture network.",
        sound.mel_picture(spectrum),
        bands=named(sound.mel_frequencies(N_MELS)),
        scale=_DECIBELS,
    )


def _chroma(spectrum: Spectrum) -> View:
    tuning = song_of(spectrum).peaks.tuning(slice(0, spectrum.n_frames))
    side = "above" if tuning > 0 else "below"
    cents = round(abs(tuning) * 100)
    pitch = f"{cents} cent{'s' * (cents != 1)} {side} A = 440 Hz" if cents else "to A = 440 Hz"
    return _pitch_classes(chroma(spectrum.magnitude, tuning), f" over all octaves. Tuned {pitch}; strongest")


def _pitch_classes(frames: npt.NDArray[np.floating], words: str, help: str = "") -> View:
    """Draw the energy of the pitch classes [shape=(12, T), 0..1]."""
    values = sound.pool(frames)
    return View(
        f"Energy of the twelve pitch classes{words}: {PITCH_CLASSES[int(values.mean(axis=1).argmax())]}.",
        sound.Picture(sound.palette_png(tall(np.clip(values, 0.0, 1.0) * 255.0)), _row_ticks(PITCH_CLASSES)),
        bands=PITCH_CLASSES,
        scale=("0", "maximum"),
        help=help,
    )


def _row_ticks(rows: tuple[str, ...], every: int = 1) -> tuple[tuple[float, str], ...]:
    """Return where the names of every so many rows stand on a picture."""
    return tuple(((row + 0.5) / len(rows), rows[row]) for row in range(0, len(rows), every))


def _mfcc(spectrum: Spectrum) -> View:
    values = cepstrum(log_mel(spectrum))
    centred = values - values.mean(axis=1, keepdims=True)
    scaled = centred / np.maximum(values.std(axis=1, keepdims=True), np.float32(1e-3))
    shades = np.clip(scaled / (2 * _SPREAD) + 0.5, 0.0, 1.0) * 255.0
    ticks = tuple(((number - 0.5) / len(values), str(number)) for number in (1, 5, 10, 15, 20))
    return View(
        "Twenty mel-frequency cepstral coefficients, which describe timbre.",
        sound.Picture(sound.palette_png(tall(shades[:, sound.edges(shades.shape[1])])), ticks),
        bands=tuple(f"MFCC {number + 1}" for number in range(len(values))),
        scale=(f"\N{MINUS SIGN}{_SPREAD} sd", f"+{_SPREAD} sd"),
        help="Each row is scaled to its own mean and standard deviation (sd).",
    )


def _onsets(spectrum: Spectrum) -> View:
    song = song_of(spectrum)
    strength = sound.pool(song.onsets[None])[0]
    curve = np.rint(strength * (100.0 / max(float(strength.max()), 1e-6)))
    tempo = song.tempogram.tempo(slice(0, spectrum.n_frames)) if strength.any() else 0.0
    found = f"Estimated tempo: about {tempo:.0f} beats per minute." if tempo else "No onsets, so there is no tempo."
    return View(
        f"Onset strength over the waveform: peaks are note onsets and drum hits. {found}",
        help="Half or double the true tempo is a common mistake.",
        peaks=sound.peaks(spectrum.y),
        curve=tuple(int(value) for value in curve),
    )


def _parts(spectrum: Spectrum) -> View:
    signals = song_of(spectrum).signals
    energy = np.square(signals, dtype=np.float64).sum(axis=1)
    share = 100.0 * energy[0] / max(float(energy.sum()), 1e-12)
    rows = [sound.log_rows(transform(signal).magnitude) for signal in reversed(signals)]  # percussive below
    halved = np.concatenate([np.maximum(one[::2], one[1::2]) for one in rows])  # the two share the height of one
    indices = sound.shades(halved)
    indices[len(indices) // 2] = 200  # a light line between them
    bands = named(sound.log_frequencies()[::2])
    return View(
        f"Harmonic part above, percussive part below: {share:.0f}\N{NO-BREAK SPACE}% of the energy is harmonic.",
        sound.Picture(sound.palette_png(indices), ((0.96, "harmonic"), (0.46, "percussive"))),
        bands=(*bands, *bands),
        scale=_DECIBELS,
        help="Separated by median filters along time and along frequency (Fitzgerald 2010).",
    )


def tall(shades: npt.NDArray[Any], height: int = 240) -> npt.NDArray[np.uint8]:
    """Repeat the few rows of a picture, so that a browser's smoothing leaves their edges sharp."""
    return np.repeat(np.rint(shades).astype(np.uint8), height // len(shades), axis=0)


def named(frequencies: npt.NDArray[Any]) -> tuple[str, ...]:
    """Return frequencies as labels."""
    return tuple(f"{f / 1000:.2f} kHz" if f >= 1000 else f"{f:.0f} Hz" for f in frequencies)


def _decibels(amplitude: float) -> float:
    return max(float(20.0 * np.log10(max(amplitude, 1e-9))), _SILENCE_DB)


def warm_up() -> None:
    """Import librosa and let it compile what the views need; some seconds, once."""
    y = np.random.default_rng(0).normal(0.0, 0.1, _LEAST * SR).astype(np.float32)
    for name in MUSICAL_VIEWS:
        musical_view(name, y)
    with_clicks(y, beats(y)[1])


def musical_view(name: str, y: FloatArray) -> View:
    """Draw one of :data:`MUSICAL_VIEWS` of samples at 22,050 Hz [shape=(n,)]."""
    drawn: dict[str, Callable[[FloatArray], View]] = {"cqt": _cqt, "chroma-cqt": _chroma_cqt, "tempogram": _tempogram}
    return drawn[name](y)


def beats(y: FloatArray) -> tuple[float, tuple[float, ...]]:
    """Return the tempo [beats per minute] and the beats [s], by dynamic programming over onsets (Ellis 2007)."""
    import librosa

    tempo, frames = librosa.beat.beat_track(onset_envelope=_onset_strength(y), sr=SR, hop_length=_HOP)
    times = librosa.frames_to_time(frames, sr=SR, hop_length=_HOP)
    return float(np.atleast_1d(tempo)[0]), tuple(round(float(time), 3) for time in times)


def with_clicks(y: FloatArray, times: tuple[float, ...]) -> FloatArray:
    """Return the samples with a click at each of ``times``."""
    import librosa

    clicks = librosa.clicks(times=np.asarray(times), sr=SR, length=len(y)) if times else np.zeros(len(y))
    return np.asarray(_LOUDNESS * y + 0.5 * clicks, dtype=np.float32)


def _cqt(y: FloatArray) -> View:
    import librosa

    levels = _padded(partial(librosa.cqt, n_bins=12 * _OCTAVES), y)
    notes = tuple(f"{PITCH_CLASSES[row % 12]}{row // 12 + 1}" for row in range(12 * _OCTAVES))
    shades = sound.shades(sound.pool(np.abs(levels)) ** 2)
    return View(
        "Constant-Q transform: a row for each semitone from C1 to B7.",
        sound.Picture(sound.palette_png(tall(shades)), _row_ticks(notes, 12)),
        bands=notes,
        scale=_DECIBELS,
        help="Frames are long for low notes and short for high ones, so every semitone has the same height.",
    )


def _chroma_cqt(y: FloatArray) -> View:
    import librosa

    help = "Low notes are resolved better than in the chroma of the Fourier transform."
    values = _padded(librosa.feature.chroma_cqt, y)
    return _pitch_classes(values, ", from the constant-Q transform. Strongest", help)


def _tempogram(y: FloatArray) -> View:
    import librosa

    onsets = _onset_strength(y)
    grid = librosa.feature.tempogram(onset_envelope=onsets, sr=SR, hop_length=_HOP, win_length=_WINDOW)
    tempi = np.geomspace(*_TEMPI, _ROWS)
    rows = sound.pool(sound.between(grid, 60.0 * SR / (_HOP * tempi)))  # lags in frames
    ticks = tuple((float(np.log(mark / _TEMPI[0]) / np.log(_TEMPI[1] / _TEMPI[0])), str(mark)) for mark in _TEMPO_MARKS)
    said = f"Strongest: about {tempi[int(rows.mean(axis=1).argmax())]:.0f} beats per minute." if onsets.any() else ""
    return View(
        f"Tempogram: how strongly the onsets repeat at each tempo (beats per minute). {said}".rstrip(),
        sound.Picture(sound.palette_png(np.rint(np.clip(rows, 0.0, 1.0) * 255.0).astype(np.uint8)), ticks),
        bands=tuple(f"{tempo:.0f} beats per minute" for tempo in tempi),
        scale=("0", "1"),
        help="Autocorrelation of the onset strength in windows of 9 s (Grosche et al. 2010). A steady beat is a "
        "horizontal line; lines at half and double the tempo are usual.",
    )


def _padded(transform: Callable[..., Any], y: FloatArray) -> npt.NDArray[Any]:
    """Return a constant-Q transform of librosa's without the frames of the padding: a low note needs a long frame."""
    long = np.pad(y, (0, max(0, _LEAST * SR - len(y))))
    tuning = None if y.any() else 0.0  # estimated, but in silence there is none
    frames = transform(y=long, sr=SR, hop_length=_HOP, tuning=tuning)
    return np.asarray(frames[:, : 1 + len(y) // _HOP])


def _onset_strength(y: FloatArray) -> npt.NDArray[np.float32]:
    import librosa

    return np.asarray(librosa.onset.onset_strength(y=y, sr=SR, hop_length=_HOP), dtype=np.float32)
