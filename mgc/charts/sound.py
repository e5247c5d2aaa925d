"""Pictures of a sound for the player: waveform peaks, mel and log-frequency spectrograms as small PNGs.

Conventions
-----------
A picture is at most :data:`WIDTH` columns wide whatever the song's length: a column shows the loudest frame it covers,
so a drum stroke does not vanish from a ten-minute song. Colours are "magma" over the upper 70 dB.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from mgc.audio.clip import SR
from mgc.features.pictures import palette
from mgc.features.spectrum import N_MELS

if TYPE_CHECKING:
    from mgc.audio.clip import FloatArray
    from mgc.features.spectrum import Spectrum

__all__ = ["MEL_MARKS", "RANGE_DB", "WIDTH", "Picture", "Pictures", "between", "data_uri", "edges", "hertz",
           "log_frequencies", "log_picture", "log_rows", "mel_frequencies", "mel_picture", "mel_ticks", "palette_png",
           "peaks", "pictures", "pool", "shades"]  # fmt: skip

WIDTH: Final = 1000  # columns: sharp on a laptop, some 100 kB as PNG
HEIGHT: Final = 128
RANGE_DB: Final = 70.0
LOWEST: Final = 40.0  # Hz, bottom of the log-frequency picture: a bass guitar's low E is 41
MEL_MARKS: Final = (250, 1000, 2000, 4000, 8000)  # Hz
LOG_MARKS: Final = (80, 250, 1000, 4000)
LEVELS: Final = 64  # shades; more only make the PNG larger


@dataclass(frozen=True, slots=True)
class Picture:
    """A PNG and where to write frequencies on it: (height [0..1 from the bottom], label) pairs."""

    png: bytes
    ticks: tuple[tuple[float, str], ...]


@dataclass(frozen=True, slots=True)
class Pictures:
    """Everything the player can show above the timeline."""

    mel: Picture
    log: Picture
    peaks: tuple[tuple[int, int], ...]  # (low, high) per column, -100..100


def pictures(spectrum: Spectrum) -> Pictures:
    """Draw all pictures of one clip from its one transform."""
    return Pictures(mel=mel_picture(spectrum), log=log_picture(spectrum.magnitude), peaks=peaks(spectrum.y))


def mel_picture(spectrum: Spectrum) -> Picture:
    """Draw mel power on its own (nearly logarithmic above 1 kHz) scale."""
    return Picture(palette_png(shades(pool(spectrum.mel))), mel_ticks())


def mel_ticks() -> tuple[tuple[float, str], ...]:
    """Return where frequencies stand on a picture of 128 mel bands."""
    centres = mel_frequencies(N_MELS)
    return tuple((float(np.interp(f, centres, np.arange(N_MELS))) / (N_MELS - 1), hertz(f)) for f in MEL_MARKS)


def log_picture(magnitude: npt.NDArray[np.floating]) -> Picture:
    """Draw power over a logarithmic frequency axis: an octave is the same height everywhere."""
    octaves = np.log2(SR / 2 / LOWEST)
    ticks = tuple((float(np.log2(f / LOWEST) / octaves), hertz(f)) for f in LOG_MARKS)
    return Picture(palette_png(shades(log_rows(magnitude))), ticks)


def log_rows(magnitude: npt.NDArray[np.floating]) -> npt.NDArray[np.floating]:
    """Return power at frequencies an equal interval apart [shape=(128, columns)], from :data:`LOWEST` upwards.

    Parameters
    ----------
    magnitude : np.ndarray [shape=(1 + n_fft // 2, T), >= 0]
        of a transform
    """
    power = pool(magnitude) ** 2
    return between(power, log_frequencies() / (SR / 2) * (power.shape[0] - 1))


def between(rows: npt.NDArray[np.floating], at: npt.NDArray[np.float64]) -> npt.NDArray[np.floating]:
    """Interpolate linearly between rows [shape=(n, T)], at row numbers that need not be whole [shape=(m,)]."""
    below = np.minimum(at.astype(int), len(rows) - 2)
    share = (at - below)[:, None].astype(rows.dtype)
    return np.asarray(rows[below] * (1 - share) + rows[below + 1] * share)


def log_frequencies() -> npt.NDArray[np.float64]:
    """Return the frequencies of the rows of a logarithmic picture [shape=(128,), Hz]."""
    return LOWEST * (SR / 2 / LOWEST) ** (np.arange(HEIGHT) / (HEIGHT - 1))


def peaks(y: FloatArray, width: int = WIDTH) -> tuple[tuple[int, int], ...]:
    """Return the lowest and highest sample of each of ``width`` stretches, as whole percent of the song's peak."""
    scale, starts = 100.0 / max(float(np.abs(y).max()), 1e-6), edges(len(y), width)
    low, high = np.minimum.reduceat(y, starts) * scale, np.maximum.reduceat(y, starts) * scale
    return tuple((int(a), int(b)) for a, b in zip(np.rint(low), np.rint(high), strict=True))


def palette_png(indices: npt.NDArray[np.uint8]) -> bytes:
    """Encode palette indices [shape=(rows, columns), 0..255], row 0 lowest, as a PNG in magma."""
    import cv2

    image = palette()[np.ascontiguousarray(indices[::-1])]
    done, data = cv2.imencode(".png", image, [cv2.IMWRITE_PNG_COMPRESSION, 3])  # 6: twice the time for 1 % less
    if not done:  # cannot happen for a uint8 array that is not empty
        raise ValueError(f"no PNG could be made of an array of shape {indices.shape}")
    return bytes(data)


def data_uri(png: bytes) -> str:
    """Return a PNG as ``data:image/png;base64,...``."""
    return "data:image/png;base64," + base64.b64encode(png).decode("ascii")


def shades(power: npt.NDArray[np.floating]) -> npt.NDArray[np.uint8]:
    """Map power to palette indices: the peak is 255, RANGE_DB below it 0, in LEVELS steps; silence is 0."""
    peak = float(power.max())
    if peak <= 0.0:
        return np.zeros(power.shape, dtype=np.uint8)
    decibels = 10.0 * np.log10(np.maximum(power / peak, 10.0 ** (-RANGE_DB / 10.0)))
    step = np.rint((1.0 + decibels / RANGE_DB) * (LEVELS - 1))
    return np.asarray(step * (255.0 / (LEVELS - 1)), dtype=np.uint8)


def pool(frames: npt.NDArray[np.floating], width: int = WIDTH) -> npt.NDArray[np.floating]:
    """Keep the loudest frame of each column [shape=(rows, min(T, width))]."""
    return np.asarray(np.maximum.reduceat(frames, edges(frames.shape[1], width), axis=1))


def edges(length: int, width: int = WIDTH) -> npt.NDArray[np.intp]:
    """Return where each of at most ``width`` columns begins among ``length`` frames."""
    columns = min(length, width)
    return np.asarray(np.arange(columns) * length // columns, dtype=np.intp)


def mel_frequencies(n_mels: int) -> npt.NDArray[np.float64]:
    """Return the bands' centres in Hz on Slaney's scale (1998): linear to 1 kHz, then 6.4 to the 27th step."""
    log_step = np.log(6.4) / 27.0
    top = 15.0 + np.log(SR / 2 / 1000.0) / log_step
    mels = np.linspace(0.0, top, n_mels + 2)[1:-1]
    return np.where(mels < 15.0, mels * 200.0 / 3.0, 1000.0 * np.exp(log_step * (mels - 15.0)))


def hertz(frequency: int) -> str:
    """Return a frequency as a label: ``"250 Hz"``, ``"4 kHz"``."""
    return f"{frequency // 1000} kHz" if frequency >= 1000 else f"{frequency} Hz"
