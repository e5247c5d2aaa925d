"""From a mel picture to the image that Kaggle's PNG shows of it, as a Keras layer: grey or in colour, of any size.

Conventions
-----------
Input [shape=(n, 128, width, 1), float32, 0..1]: palette index / 255, lowest band first, as every net that reads
pictures. Output [shape=(n, size, size, 1 or 3), float32, 0..255], lowest band at the bottom, RGB. ``frame`` draws the
white margins of Kaggle's 432 x 288 figure around it (:mod:`mgc.features.pictures`), which projects that read the files
as they are have trained on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from mgc.features.pictures import BOTTOM, LEFT, N_COLUMNS, TOP, palette

if TYPE_CHECKING:
    import keras

__all__ = ["image_layer"]

FIGURE: Final = (288, 432)  # pixels of Kaggle's files
_GREY: Final = np.array([0.114, 0.587, 0.299])  # of B, G and R: ITU-R BT.601, OpenCV's COLOR_BGR2GRAY


def image_layer(size: int, *, grey: bool, frame: bool) -> keras.layers.Layer:
    """Return the layer for square images of ``size`` pixels."""
    import keras
    from keras import ops

    bgr = palette().astype(np.float32)
    colours = (bgr @ _GREY)[:, None] if grey else bgr[:, ::-1]

    class Image(keras.layers.Layer):  # type: ignore[misc]
        """Colours, turns and scales a picture."""

        def call(self, x: Any) -> Any:
            index = ops.cast(ops.clip(ops.round(x[..., 0] * 255.0), 0.0, 255.0), "int32")
            image = ops.flip(
                ops.take(ops.convert_to_tensor(np.ascontiguousarray(colours), "float32"), index, axis=0), 1
            )
            if frame:
                inner = ops.image.resize(image, (BOTTOM - TOP - 1, N_COLUMNS), interpolation="nearest")
                line = ops.pad(inner, ((0, 0), (1, 1), (0, 1), (0, 0)), constant_values=0.0)
                below, right = FIGURE[0] - BOTTOM - 1, FIGURE[1] - LEFT - N_COLUMNS - 1
                image = ops.pad(line, ((0, 0), (TOP, below), (LEFT, right), (0, 0)), constant_values=255.0)
            return ops.image.resize(image, (size, size), interpolation="bilinear")

        def compute_output_shape(self, shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
            return (shape[0], size, size, colours.shape[1])

    return Image(name="image", trainable=False, dtype="float32")  # 0..255 does not fit half precision's three digits
