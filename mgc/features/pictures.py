"""Kaggle's mel pictures: computed from sound, read from Kaggle's files, and cut into windows.

Conventions
-----------
A *picture* is an array ``(128, C)`` of palette indices 0..255 (the colour map "magma"): row 0 is the lowest mel band,
columns follow time at :data:`COLUMNS_PER_SECOND`. It shows mel **power** through librosa's
``amplitude_to_db(ref=max, top_db=80)``, as Kaggle's author did, so black lies 40 true decibels below the peak.

A file of ``images_original`` is a 432 x 288 RGBA figure. Its axes begin at pixel column 54 and end above pixel row 252;
they are 334.8 by 217.44 pixels, so that pixel column ``54 + i`` shows picture column ``i`` and pixel row ``252 - r``
shows band ``floor(r * 128 / 217.44)``. A black frame line, 0.8 pixels wide, lies over the outermost pixels. Everything
around is white. Decoded from the files; ``tests/golden`` draws them again, pixel for pixel.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from mgc.audio.clip import SR, FloatArray
from mgc.audio.decode import decode_picture
from mgc.features.spectrum import HOP_LENGTH, N_MELS

if TYPE_CHECKING:
    from collections.abc import Callable

    from mgc.features.spectrum import Spectrum

__all__ = [
    "COLUMNS_PER_SECOND", "FLOOR", "N_COLUMNS", "PHRASE_WIDTH", "Picture", "columns", "columns_of",
    "filled", "log_mel", "palette", "pauses", "picture_windows", "read_picture",
]  # fmt: skip

Picture = npt.NDArray[np.uint8]

AXES_WIDTH: Final = 334.8  # pixels: matplotlib's default 0.775 of 432
AXES_HEIGHT: Final = 217.44  # pixels: 0.755 of 288
N_COLUMNS: Final = 334  # whole pixel columns; four fifths of one more show the clip's last frame
LEFT: Final = 54  # pixel column of picture column 0, under the frame line
TOP: Final = 35  # pixel row of the highest band's last pixel, under the frame line
BOTTOM: Final = 252  # pixel row of the frame line that closes the picture
LINE_COVER: Final = 0.8  # of a pixel under the line: 0.8 points at 72 dots an inch

_CLIP_FRAMES: Final = 1293  # of GTZAN's usual 661,794 samples
COLUMNS_PER_SECOND: Final = AXES_WIDTH / (_CLIP_FRAMES * HOP_LENGTH / SR)  # 11.15
_KAGGLE_SECONDS: Final = (28.9, 31.0)  # clips in this range fill one picture exactly, as Kaggle's did
_REFERENCE_SECONDS: Final = 30.0  # stretch whose peak is 0 dB: the length of the clips that the models learnt from
_RASTER_SLACK: Final = 0.009  # frames; matplotlib's rasteriser rounds so: 0.008 to 0.010 give all pixels of 60 files
_AMIN: Final = 1e-5  # librosa.amplitude_to_db's floor
_TOP_DB: Final = 80.0

FLOOR: Final = -80.0  # dB under the peak; librosa.power_to_db's top_db
_LEAST_POWER: Final = np.float32(1e-10)  # librosa.power_to_db's smallest power

WINDOW_COLUMNS: Final = 33  # 3 seconds
PHRASE_WIDTH: Final = 128  # columns: 11.5 s, in which a rhythm can be told
_HUSHED: Final = 40  # palette index; 255 are 40 dB, so nothing in such a column comes within 34 dB of the loudest


def columns(mel: FloatArray) -> Picture:
    """Return the picture [shape=(128, C), uint8] of mel power [shape=(128, T), >= 0], as Kaggle drew it.

    C = 334 for 29 to 31 seconds, 11.15 columns a second otherwise. Up to 31 s the peak of the whole is 255; longer
    music is referred to the 30 s around each frame. Silence is 0.
    """
    decibels: FloatArray = np.float32(20) * np.log10(np.maximum(mel, np.float32(_AMIN)))
    if (mel.shape[1] - 1) * HOP_LENGTH / SR <= _KAGGLE_SECONDS[1]:
        high = np.full(mel.shape[1], decibels.max(), dtype=np.float32)
        low = np.full(mel.shape[1], decibels.min(), dtype=np.float32)
    else:
        high, low = _running_range(decibels)
    chosen = _frames_shown(mel.shape[1])
    high, low = high[chosen], np.maximum(low, high - np.float32(_TOP_DB))[chosen]
    span = np.where(high > low, high - low, np.inf)  # constant (silent) stretches are 0
    scaled = (decibels[:, chosen] - low) * (256.0 / span)
    picture: Picture = np.clip(scaled, 0, 255).astype(np.uint8)
    return picture


def columns_of(transform: Spectrum) -> Picture:
    """Return :func:`columns` of a transform's mel power, computed at the first call and kept with the transform."""
    known = transform.kept.get("columns")
    if isinstance(known, np.ndarray):
        return known
    picture = columns(transform.mel)
    transform.kept["columns"] = picture
    return picture


def _frames_shown(n_frames: int) -> npt.NDArray[np.intp]:
    """Return the frame that each column shows [shape=(C,)]."""
    seconds = (n_frames - 1) * HOP_LENGTH / SR
    stretch = n_frames if _KAGGLE_SECONDS[0] <= seconds <= _KAGGLE_SECONDS[1] else _CLIP_FRAMES
    n_columns = max(1, int(n_frames * AXES_WIDTH / stretch))
    shown = np.arange(1, n_columns + 1) * (stretch / AXES_WIDTH) - _RASTER_SLACK
    return np.clip(shown.astype(np.intp), 0, n_frames - 1)


def _running_range(decibels: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return highest and lowest decibel of the 30 s around each frame, the stretch clamped to lie inside the song."""
    from scipy.ndimage import maximum_filter1d, minimum_filter1d

    width = min(round(_REFERENCE_SECONDS * SR / HOP_LENGTH), decibels.shape[1])
    centres = np.clip(np.arange(decibels.shape[1]), width // 2, decibels.shape[1] - width + width // 2)
    high: FloatArray = maximum_filter1d(decibels.max(axis=0), width)[centres]
    low: FloatArray = minimum_filter1d(decibels.min(axis=0), width)[centres]
    return high, low


def log_mel(spectrum: Spectrum) -> FloatArray:
    """Return mel power in decibels under the song's peak [shape=(128, T), dB, range -80..0]."""
    peak = spectrum.mel.max()
    if peak <= _LEAST_POWER:
        return np.full_like(spectrum.mel, FLOOR)
    decibels: FloatArray = np.float32(10) * np.log10(np.maximum(spectrum.mel, _LEAST_POWER) / peak)
    return np.maximum(decibels, np.float32(FLOOR))


def picture_windows(
    picture: Picture, starts: npt.NDArray[np.floating], *, width: int = WINDOW_COLUMNS
) -> npt.NDArray[np.uint8]:
    """Cut windows [shape=(W, 128, width)] out of a picture [shape=(128, C)] at ``starts`` [shape=(W,), seconds].

    Windows that would stand out at the end are moved back inside; a picture narrower than ``width`` is continued
    with 0.
    """
    if picture.shape[1] < width:
        picture = np.pad(picture, ((0, 0), (0, width - picture.shape[1])))
    first = np.floor(np.asarray(starts) * COLUMNS_PER_SECOND + 1e-6).astype(np.intp)
    first = np.clip(first, 0, picture.shape[1] - width)
    return np.lib.stride_tricks.sliding_window_view(picture, width, axis=1)[:, first].transpose(1, 0, 2).copy()


def filled(picture: npt.NDArray[np.uint8], width: int) -> npt.NDArray[np.uint8]:
    """Return a picture [shape=(128, C >= 1)] repeated to ``width`` columns, or as it is where it has as many."""
    n_columns = picture.shape[1]
    return picture if n_columns >= width else np.tile(picture, (1, -(-width // n_columns)))[:, :width]


def pauses(picture: npt.NDArray[np.uint8]) -> float:
    """Return the share of a picture's columns [0..1] in which next to nothing sounds.

    People who speak stop for breath between phrases; music of the ten genres hardly ever falls silent. (The share of
    low-energy frames tells speech from music since Scheirer and Slaney 1997.)
    """
    return float((picture.max(axis=0) < _HUSHED).mean())


def read_picture(data: bytes | Path, *, decode: Callable[[bytes], npt.NDArray[np.uint8]] = decode_picture) -> Picture:
    """Read one of Kaggle's PNG files, a 432 x 288 figure of ``images_original``, back into palette indices.

    ``decode`` decodes the file in a limited process: :meth:`mgc.audio.decode.Series.decode_picture` for many. Returns
    the picture [shape=(128, 334), uint8], exact but for column 0, which the frame line darkens to a fifth. Raises
    UnreadablePicture when the file is no image of that size.
    """
    image = decode(data.read_bytes() if isinstance(data, Path) else data)
    heights = np.arange(1, BOTTOM - TOP)  # 0 and 217 lie under the frame line
    clear = BOTTOM - heights[np.searchsorted(_band_at(heights), np.arange(N_MELS))]
    pixels = np.asarray(image[clear, LEFT : LEFT + N_COLUMNS], dtype=np.uint8)
    picture = _nearest(pixels, palette())
    picture[:, 0] = _nearest(pixels[:, 0], _under_line(palette()))
    return picture


@cache
def palette() -> npt.NDArray[np.uint8]:
    """Return the colour map magma [shape=(256, 3), BGR as OpenCV orders it]."""
    import cv2

    ramp = np.arange(256, dtype=np.uint8)[:, None]
    return np.asarray(cv2.applyColorMap(ramp, cv2.COLORMAP_MAGMA)[:, 0], dtype=np.uint8)


def _band_at(heights: npt.NDArray[np.intp]) -> npt.NDArray[np.intp]:
    """Return the band that each pixel row, counted up from the bottom line, shows."""
    return np.minimum((heights * (N_MELS / AXES_HEIGHT)).astype(np.intp), N_MELS - 1)


def _under_line(colours: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Return colours as the frame line leaves them."""
    return np.asarray(colours * (1 - LINE_COVER) + 1e-6, dtype=np.float64).astype(np.uint8)


def _nearest(pixels: npt.NDArray[np.uint8], entries: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Return the index of the entry nearest to each pixel (squared distance over the three channels)."""
    codes = pixels.astype(np.int32) @ np.array([1 << 16, 1 << 8, 1], dtype=np.int32)
    unique, inverse = np.unique(codes, return_inverse=True)  # a picture has a few hundred colours
    colours = np.stack([unique >> 16, unique >> 8 & 255, unique & 255], axis=1)
    distances = np.square(colours[:, None, :] - entries.astype(np.int32)).sum(axis=2)
    indices: npt.NDArray[np.uint8] = distances.argmin(axis=1).astype(np.uint8)[inverse.reshape(codes.shape)]
    return indices
