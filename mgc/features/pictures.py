"""Kaggle's mel pictures: rendered from sound, and read back from its PNG files.

Conventions
-----------
A *picture* here is an array ``(128, C)`` of palette indices 0..255 (the matplotlib map "magma"): row 0 is the lowest
mel band, columns follow time at :data:`COLUMNS_PER_SECOND`. Kaggle's PNG files are 432 x 288 RGBA figures of such a
picture: mel **power** through ``amplitude_to_db(ref=max, top_db=80)``, so black lies 40 true decibels below the peak.

The figure's axes begin at pixel column 54 and end below pixel row 252; they are 334.8 x 217.6 pixels, and a black
frame line covers 80 % of their outermost pixels. All this was decoded from the files and is held by a golden test.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from mgc.audio.clip import SR, FloatArray
from mgc.errors import DatasetError
from mgc.features.filters import HOP_LENGTH, N_MELS

__all__ = [
    "COLUMNS_PER_SECOND",
    "N_COLUMNS",
    "WINDOW_COLUMNS",
    "Picture",
    "columns",
    "picture_windows",
    "read_picture",
    "whole_is_one_picture",
]

Picture = npt.NDArray[np.uint8]

_AXES_WIDTH: Final = 334.8  # pixels: 0.775 of 432
_AXES_HEIGHT: Final = 217.6  # pixels: 0.7556 of 288
_CLIP_FRAMES: Final = 1293  # of GTZAN's usual 661,794 samples
N_COLUMNS: Final = 334  # whole pixels of the axes
COLUMNS_PER_SECOND: Final = _AXES_WIDTH / (_CLIP_FRAMES * HOP_LENGTH / SR)  # 11.15
WINDOW_COLUMNS: Final = 33  # 3 seconds

FIGURE: Final = (288, 432)  # pixels, rows x columns
LEFT: Final = 54  # pixel column of the picture's first column
BOTTOM: Final = 252  # pixel row of the frame line below the picture; row BOTTOM - r shows band r * 128 / 217.6
FRAME_COVER: Final = 0.8  # of a pixel under the frame line (0.8 points wide at 72 dpi)

_KAGGLE_SECONDS: Final = (29.0, 31.0)  # clips in this range fill one picture exactly, as Kaggle's did
_REFERENCE_SECONDS: Final = 30.0  # stretch whose peak is 0 dB, the length of the clips the models were trained on
_AMIN: Final = 1e-5  # librosa.amplitude_to_db's floor
_TOP_DB: Final = 80.0


def whole_is_one_picture(n_frames: int) -> bool:
    """Tell whether a clip of ``n_frames`` is treated as one Kaggle clip: one reference for all of it."""
    return n_frames * HOP_LENGTH / SR <= _KAGGLE_SECONDS[1]


def columns(mel: FloatArray) -> Picture:
    """Show mel power as Kaggle's pictures do.

    Parameters
    ----------
    mel : np.ndarray [shape=(128, T), >= 0]
        mel power, :attr:`mgc.features.spectrum.Spectrum.mel`

    Returns
    -------
    np.ndarray [shape=(128, C), uint8, range 0..255]
        C = 334 for 29 to 31 seconds, 11.15 columns a second otherwise. Up to 31 s the peak of the whole is 255;
        longer music is referred to the 30 s around each frame. Silence is 0.
    """
    decibels = 20.0 * np.log10(np.maximum(mel, np.float32(_AMIN)))
    if whole_is_one_picture(mel.shape[1]):
        high = np.full(mel.shape[1], decibels.max(), dtype=np.float32)
        low = np.full(mel.shape[1], decibels.min(), dtype=np.float32)
    else:
        high, low = _running_range(decibels)
    chosen = _frames_shown(mel.shape[1])
    high, low = high[chosen], np.maximum(low, high - np.float32(_TOP_DB))[chosen]
    span = np.where(high > low, high - low, np.inf)  # constant (silent) stretches are 0
    scaled = (decibels[:, chosen] - low) * (256.0 / span)
    return np.clip(scaled, 0, 255).astype(np.uint8)


def _frames_shown(n_frames: int) -> npt.NDArray[np.intp]:
    """Return the frame that each column shows [shape=(C,)]."""
    seconds = n_frames * HOP_LENGTH / SR
    stretch = n_frames if _KAGGLE_SECONDS[0] <= seconds <= _KAGGLE_SECONDS[1] else _CLIP_FRAMES
    n_columns = max(1, int(n_frames * _AXES_WIDTH / stretch))
    shown = (np.arange(1, n_columns + 1) * (stretch / _AXES_WIDTH)).astype(np.intp)
    return np.minimum(shown, n_frames - 1)


def _running_range(decibels: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return highest and lowest decibel of the 30 s around each frame, the stretch clamped to lie inside the song."""
    from scipy.ndimage import maximum_filter1d, minimum_filter1d

    width = min(round(_REFERENCE_SECONDS * SR / HOP_LENGTH), decibels.shape[1])
    centres = np.clip(np.arange(decibels.shape[1]), width // 2, decibels.shape[1] - width + width // 2)
    high: FloatArray = maximum_filter1d(decibels.max(axis=0), width)[centres]
    low: FloatArray = minimum_filter1d(decibels.min(axis=0), width)[centres]
    return high, low


def picture_windows(
    picture: Picture, starts: npt.NDArray[np.floating], *, width: int = WINDOW_COLUMNS
) -> npt.NDArray[np.uint8]:
    """Cut windows out of a picture.

    Parameters
    ----------
    picture : np.ndarray [shape=(128, C), uint8]
        as :func:`columns` or :func:`read_picture` give it
    starts : np.ndarray [shape=(W,), seconds]
        where the windows begin
    width : int > 0
        columns of a window; 33 are three seconds

    Returns
    -------
    np.ndarray [shape=(W, 128, width), uint8]
        windows that would stand out at the end are moved back inside; a picture narrower than ``width`` is
        continued with 0
    """
    if picture.shape[1] < width:
        picture = np.pad(picture, ((0, 0), (0, width - picture.shape[1])))
    first = np.floor(np.asarray(starts) * COLUMNS_PER_SECOND + 1e-6).astype(np.intp)
    first = np.clip(first, 0, picture.shape[1] - width)
    return np.lib.stride_tricks.sliding_window_view(picture, width, axis=1)[:, first].transpose(1, 0, 2).copy()


def read_picture(data: bytes | Path) -> Picture:
    """Read one of Kaggle's PNG files back into palette indices.

    Parameters
    ----------
    data : bytes or Path
        a 432 x 288 PNG of ``images_original``

    Returns
    -------
    np.ndarray [shape=(128, 334), uint8, range 0..255]
        row 0 is the lowest band

    Raises
    ------
    DatasetError
        when the file is no image of that size
    """
    import cv2

    encoded = np.frombuffer(data if isinstance(data, bytes) else data.read_bytes(), dtype=np.uint8)
    image = cv2.imdecode(encoded, cv2.IMREAD_COLOR) if len(encoded) else None
    if image is None or image.shape[:2] != FIGURE:
        raise DatasetError("The picture is not one of Kaggle's: a PNG of 432 x 288 pixels is expected.")
    pixels = image[pixel_rows(), LEFT : LEFT + N_COLUMNS]
    indices = nearest_entry(pixels, palette())
    indices[:, 0] = nearest_entry(pixels[:, 0], np.rint(palette() * (1 - FRAME_COVER)).astype(np.uint8))
    return indices


@cache
def palette() -> npt.NDArray[np.uint8]:
    """Return the colour map magma [shape=(256, 3), BGR as OpenCV orders it]."""
    import cv2

    ramp = np.arange(256, dtype=np.uint8)[:, None]
    return np.asarray(cv2.applyColorMap(ramp, cv2.COLORMAP_MAGMA)[:, 0], dtype=np.uint8)


@cache
def pixel_rows() -> npt.NDArray[np.intp]:
    """Return, for each band, a pixel row of the figure that shows it clear of the frame line [shape=(128,)]."""
    heights = np.arange(1, int(_AXES_HEIGHT))  # 0 and 217 lie under the frame line
    first = np.searchsorted(band_of_height(heights), np.arange(N_MELS))
    return BOTTOM - heights[first]


def band_of_height(heights: npt.NDArray[np.intp]) -> npt.NDArray[np.intp]:
    """Return the band that each pixel row above the picture's bottom shows."""
    return np.minimum((heights * (N_MELS / _AXES_HEIGHT)).astype(np.intp), N_MELS - 1)


def nearest_entry(pixels: npt.NDArray[np.uint8], entries: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Return the index of the entry nearest to each pixel (squared distance over the three channels)."""
    codes = pixels.astype(np.int32) @ np.array([1 << 16, 1 << 8, 1], dtype=np.int32)
    unique, inverse = np.unique(codes, return_inverse=True)  # a picture has a few hundred colours
    colours = np.stack([unique >> 16, unique >> 8 & 255, unique & 255], axis=1)
    distances = np.square(colours[:, None, :] - entries.astype(np.int32)).sum(axis=2)
    return distances.argmin(axis=1).astype(np.uint8)[inverse.reshape(codes.shape)]
