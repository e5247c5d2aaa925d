"""The PNG files of Kaggle's ``images_original``: how a picture lies in them, read and written.

Conventions
-----------
A file is a 432 x 288 RGBA figure. Its axes begin at pixel column 54 and end above pixel row 252; they are 334.8 by
217.44 pixels, so that pixel column ``54 + i`` shows picture column ``i`` and pixel row ``252 - r`` shows band
``floor(r * 128 / 217.44)``. A black frame line, 0.8 pixels wide, lies over the outermost pixels. Everything around is
white. Decoded from the files; pixels written here equal theirs (see ``tests/golden``).
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from mgc.audio.decode import decode_picture
from mgc.features.filters import N_MELS

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["AXES_WIDTH", "N_COLUMNS", "Picture", "draw", "encode", "palette", "read_picture"]

Picture = npt.NDArray[np.uint8]

AXES_WIDTH: Final = 334.8  # pixels: matplotlib's default 0.775 of 432
AXES_HEIGHT: Final = 217.44  # pixels: 0.755 of 288
N_COLUMNS: Final = 334  # whole pixel columns; four fifths of one more show the clip's last frame
FIGURE: Final = (288, 432)  # pixels, rows x columns
LEFT: Final = 54  # pixel column of picture column 0, under the frame line
RIGHT: Final = 389  # pixel column of the frame line that closes the picture
TOP: Final = 35  # pixel row of the highest band's last pixel, under the frame line
BOTTOM: Final = 252  # pixel row of the frame line that closes the picture
LINE_COVER: Final = 0.8  # of a pixel under the line: 0.8 points at 72 dots an inch
_LINE_ON_WHITE: Final = 51  # 255 / 5
_CORNER_ON_WHITE: Final = 19  # where two lines meet; read from the files


def read_picture(data: bytes | Path, *, decode: Callable[[bytes], npt.NDArray[np.uint8]] = decode_picture) -> Picture:
    """Read one of Kaggle's PNG files back into palette indices.

    Parameters
    ----------
    data : bytes or Path
        a 432 x 288 PNG of ``images_original``
    decode : callable
        decodes the file in a limited process: :meth:`mgc.audio.decode.Series.decode_picture` for many pictures

    Returns
    -------
    np.ndarray [shape=(128, 334), uint8, range 0..255]
        row 0 is the lowest band. Exact but for column 0, which the frame line darkens to a fifth

    Raises
    ------
    UnreadablePicture
        when the file is no image of that size
    """
    image = decode(data.read_bytes() if isinstance(data, Path) else data)
    heights = np.arange(1, BOTTOM - TOP)  # 0 and 217 lie under the frame line
    clear = BOTTOM - heights[np.searchsorted(_band_at(heights), np.arange(N_MELS))]
    pixels = np.asarray(image[clear, LEFT : LEFT + N_COLUMNS], dtype=np.uint8)
    picture = _nearest(pixels, palette())
    picture[:, 0] = _nearest(pixels[:, 0], _under_line(palette()))
    return picture


def draw(picture: Picture) -> npt.NDArray[np.uint8]:
    """Paint a picture of 334 columns as Kaggle's figure [shape=(288, 432, 4), uint8, BGRA as OpenCV orders it]."""
    figure = np.full((*FIGURE, 4), 255, dtype=np.uint8)
    heights = np.arange(1, BOTTOM - TOP + 1)
    inside = palette()[np.pad(picture, ((0, 0), (0, 1)), mode="edge")[_band_at(heights)]]
    inside[:, 0] = _under_line(inside[:, 0])
    inside[-1] = _under_line(inside[-1])
    figure[BOTTOM - heights, LEFT:RIGHT, :3] = inside
    figure[TOP : BOTTOM + 1, RIGHT, :3] = _LINE_ON_WHITE
    figure[BOTTOM, LEFT : RIGHT + 1, :3] = _LINE_ON_WHITE
    figure[[TOP, BOTTOM, BOTTOM], [RIGHT, LEFT, RIGHT], :3] = _CORNER_ON_WHITE
    return figure


def encode(figure: npt.NDArray[np.uint8]) -> bytes:
    """Return the PNG file of a figure."""
    import cv2

    _, png = cv2.imencode(".png", figure)
    return bytes(png)


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
