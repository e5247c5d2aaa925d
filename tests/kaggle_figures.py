"""Kaggle's picture files drawn from our pictures, to be read back and to be held to the published files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from mgc.features import pictures
from mgc.features.pictures import BOTTOM, LEFT, N_COLUMNS, TOP, columns, palette
from mgc.features.spectrum import spectrum

if TYPE_CHECKING:
    import numpy.typing as npt

    from mgc.audio.clip import FloatArray
    from mgc.features.pictures import Picture

FIGURE = (288, 432)  # pixels, rows x columns
RIGHT = 389  # pixel column of the frame line that closes the picture
LINE_ON_WHITE = 51  # 255 / 5
CORNER_ON_WHITE = 19  # where two lines meet; read from the files


def draw(picture: Picture) -> npt.NDArray[np.uint8]:
    """Paint a picture of 334 columns as Kaggle's figure [shape=(288, 432, 4), uint8, BGRA as OpenCV orders it]."""
    figure = np.full((*FIGURE, 4), 255, dtype=np.uint8)
    heights = np.arange(1, BOTTOM - TOP + 1)
    inside = palette()[np.pad(picture, ((0, 0), (0, 1)), mode="edge")[pictures._band_at(heights)]]
    inside[:, 0] = pictures._under_line(inside[:, 0])
    inside[-1] = pictures._under_line(inside[-1])
    figure[BOTTOM - heights, LEFT:RIGHT, :3] = inside
    figure[TOP : BOTTOM + 1, RIGHT, :3] = LINE_ON_WHITE
    figure[BOTTOM, LEFT : RIGHT + 1, :3] = LINE_ON_WHITE
    figure[[TOP, BOTTOM, BOTTOM], [RIGHT, LEFT, RIGHT], :3] = CORNER_ON_WHITE
    return figure


def encode(figure: npt.NDArray[np.uint8]) -> bytes:
    """Return the PNG file of a figure."""
    _, png = cv2.imencode(".png", figure)
    return bytes(png)


def render_png(y: FloatArray) -> bytes:
    """Return the file that ``images_original`` would hold for samples; any length is fitted into the figure."""
    picture = columns(spectrum(y).mel)
    chosen = (np.arange(N_COLUMNS) * (picture.shape[1] / N_COLUMNS)).astype(np.intp)
    return encode(draw(picture[:, chosen]))
