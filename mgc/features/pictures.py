"""Kaggle's mel pictures, computed from sound; windows of them; and what OpenCV makes of them for other nets.

Conventions
-----------
A *picture* is an array ``(128, C)`` of palette indices 0..255 (the colour map "magma"): row 0 is the lowest mel band,
columns follow time at :data:`COLUMNS_PER_SECOND`. It shows mel **power** through librosa's
``amplitude_to_db(ref=max, top_db=80)``, as Kaggle's author did, so black lies 40 true decibels below the peak.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from mgc.audio.clip import SR, FloatArray
from mgc.features.filters import HOP_LENGTH
from mgc.features.kaggle_png import AXES_WIDTH, N_COLUMNS, Picture, draw, encode, palette, read_picture
from mgc.features.spectrum import Spectrum, spectrum

__all__ = [
    "COLUMNS_PER_SECOND",
    "N_COLUMNS",
    "WINDOW_COLUMNS",
    "Picture",
    "columns",
    "columns_of",
    "grey",
    "picture_windows",
    "read_picture",
    "render_png",
    "rgb",
]

_CLIP_FRAMES: Final = 1293  # of GTZAN's usual 661,794 samples
COLUMNS_PER_SECOND: Final = AXES_WIDTH / (_CLIP_FRAMES * HOP_LENGTH / SR)  # 11.15
WINDOW_COLUMNS: Final = 33  # 3 seconds

_KAGGLE_SECONDS: Final = (28.9, 31.0)  # clips in this range fill one picture exactly, as Kaggle's did
_REFERENCE_SECONDS: Final = 30.0  # stretch whose peak is 0 dB: the length of the clips that the models learnt from
_RASTER_SLACK: Final = 0.009  # frames; matplotlib's rasteriser rounds so: 0.008 to 0.010 give all pixels of 60 files
_AMIN: Final = 1e-5  # librosa.amplitude_to_db's floor
_TOP_DB: Final = 80.0


def _is_one_picture(n_frames: int) -> bool:
    """Tell whether a clip of ``n_frames`` is treated as one Kaggle clip: one reference for all of it."""
    return (n_frames - 1) * HOP_LENGTH / SR <= _KAGGLE_SECONDS[1]


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
    decibels: FloatArray = np.float32(20) * np.log10(np.maximum(mel, np.float32(_AMIN)))
    if _is_one_picture(mel.shape[1]):
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


def render_png(y: FloatArray) -> bytes:
    """Return the file Kaggle's ``images_original`` would hold for these samples (432 x 288 RGBA).

    Parameters
    ----------
    y : np.ndarray [shape=(n,), float32]
        mono samples at 22,050 Hz; a clip that is not about 30 s long is squeezed or stretched into the figure
    """
    return encode(draw(_one_figure(y)))


def grey(source: FloatArray | bytes) -> npt.NDArray[np.uint8]:
    """Return the picture of samples, or of one of Kaggle's PNG files, in grey [shape=(350, 350), uint8].

    The frame is cut off; the lowest band is at the bottom.
    """
    import cv2

    return np.asarray(cv2.cvtColor(_resized(source, 350), cv2.COLOR_BGR2GRAY), dtype=np.uint8)


def rgb(source: FloatArray | bytes) -> npt.NDArray[np.uint8]:
    """Return the picture of samples, or of one of Kaggle's PNG files, in colour [shape=(224, 224, 3), uint8, RGB].

    The frame is cut off; the lowest band is at the bottom.
    """
    import cv2

    return np.asarray(cv2.cvtColor(_resized(source, 224), cv2.COLOR_BGR2RGB), dtype=np.uint8)


def _one_figure(y: FloatArray) -> Picture:
    """Return the picture of samples in exactly 334 columns."""
    picture = columns(spectrum(y).mel)
    chosen = (np.arange(N_COLUMNS) * (picture.shape[1] / N_COLUMNS)).astype(np.intp)
    return picture[:, chosen]


def _resized(source: FloatArray | bytes, side: int) -> npt.NDArray[np.uint8]:
    """Return a square BGR image of a picture, averaged over the area of each pixel."""
    import cv2

    picture = read_picture(source) if isinstance(source, bytes) else _one_figure(source)
    image = palette()[picture[::-1]]
    return np.asarray(cv2.resize(image, (side, side), interpolation=cv2.INTER_AREA), dtype=np.uint8)
