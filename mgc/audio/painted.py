"""What a decoder child says of a picture, checked: a header of fixed size, then palette indices.

The pictures are Kaggle's mel spectrograms: sound that somebody has drawn. They come with data sets, and their files are
read by the same limited processes as the files of the sound.
"""

from __future__ import annotations

import json
from typing import Final

import numpy as np
import numpy.typing as npt

from mgc.audio.answer import HEADER_BYTES
from mgc.errors import UnreadablePicture

__all__ = ["SHAPE", "Painted", "unreadable"]

SHAPE: Final = (128, 334)  # as mgc.features.kaggle_png reads them: mel bands, columns


class Painted:
    """An inbox, as :class:`mgc.audio.answer.Answer` is one: ``room()`` is where the next bytes belong."""

    def __init__(self) -> None:
        self._bytes = bytearray(HEADER_BYTES + SHAPE[0] * SHAPE[1])
        self._taken = 0

    @property
    def is_complete(self) -> bool:
        """Whether all of it is there."""
        return self._taken == len(self._bytes)

    def room(self) -> memoryview:
        """Return the part of the inbox that is still empty."""
        return memoryview(self._bytes)[self._taken :]

    def take(self, count: int) -> None:
        """Count ``count`` bytes as arrived.

        Raises
        ------
        UnreadablePicture
            when the header says that it is no such picture
        """
        before, self._taken = self._taken, self._taken + count
        if before < HEADER_BYTES <= self._taken and not self._is_picture():
            raise unreadable("refused, or nonsense")

    def picture(self) -> npt.NDArray[np.uint8]:
        """Return palette indices [shape=(128, 334), uint8, 0..255], the lowest band first."""
        return np.frombuffer(self._bytes, np.uint8, offset=HEADER_BYTES).reshape(SHAPE)

    def _is_picture(self) -> bool:
        try:
            said = json.loads(self._bytes[:HEADER_BYTES])
        except (ValueError, RecursionError):
            return False
        return isinstance(said, dict) and said.get("shape") == list(SHAPE)


def unreadable(details: str) -> UnreadablePicture:
    """Return the one sentence for everything that is no picture of that kind."""
    return UnreadablePicture(
        "The picture is not one of Kaggle's: a PNG of 432 x 288 pixels is expected.", details=details
    )
