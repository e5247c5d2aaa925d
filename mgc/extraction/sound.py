"""What is computed from one track, each kind under the content it came from.

Conventions
-----------
A file is decoded once. Of a track longer than 31 s the middle 31 s are described: what a data set's tracks are compared
by must be of one length, and the models learnt from such clips. Entries of the cache, by part:

* ``sound``        reading [str, JSON of :class:`mgc.datasets.measuring.Reading`]: what the validation needs
* ``descriptors``  whole [shape=(57,)], segments [shape=(k, 57), k <= 10]
* ``mel``          decibels [shape=(128, T), uint8: 0 is -80 dB, 255 the peak]
* ``picture``      picture [shape=(128, C), uint8], as :mod:`mgc.features.pictures` says
* ``embeddings``   patches [shape=(P, 1024), float16], one every 0.48 s
"""

from __future__ import annotations

import hashlib
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from mgc.audio.clip import SR
from mgc.datasets import measuring
from mgc.features.descriptors import describe_blocks, describe_segments
from mgc.features.pictures import FLOOR, columns, log_mel
from mgc.features.spectrum import Spectrum, spectrum

if TYPE_CHECKING:
    from collections.abc import Callable

    from mgc.audio.clip import Clip, FloatArray
    from mgc.audio.decode import Series

__all__ = ["LONGEST", "PARTS", "Arrays", "Sound", "key"]

Arrays = dict[str, npt.NDArray[Any]]

LONGEST: Final = 31.0  # s; GTZAN's longest clip has 30.65
VERSION: Final = 3  # to be raised when a number changes

# kind of a job -> parts of the cache
PARTS: Final = {
    "descriptors": ("sound", "descriptors"),
    "mel": ("sound", "mel", "picture"),
    "embeddings": ("sound", "embeddings"),
}


def key(sha256: str, part: str) -> str:
    """Return the cache's key of a part of a file."""
    return measuring.key(sha256) if part == "sound" else f"{sha256} {part} longest={LONGEST:g} v{VERSION}"


class Sound:
    """A file that is decoded at most once, and only when a part of it is not in the cache.

    Parameters
    ----------
    data : bytes
        the whole file
    series : Series
        the decoder; hears as much of a long file as the settings allow
    """

    def __init__(self, data: bytes, series: Series) -> None:
        self.sha256 = hashlib.sha256(data).hexdigest()
        self._data = data
        self._series = series

    def maker(self, part: str) -> Callable[[], Arrays]:
        """Return what computes a part."""
        makers: dict[str, Callable[[], Arrays]] = {
            "sound": self._sound,
            "descriptors": self._descriptors,
            "mel": self._mel,
            "picture": self._picture,
            "embeddings": self._embeddings,
        }
        return makers[part]

    @cached_property
    def _heard(self) -> tuple[measuring.Reading, Clip]:
        return measuring.listen(self._data, self._series)

    @cached_property
    def _y(self) -> FloatArray:
        """The middle of the samples [shape=(n,), at most 31 s]."""
        y = self._heard[1].y
        spare = max(0, len(y) - int(LONGEST * SR)) // 2
        return y[spare : spare + int(LONGEST * SR)]

    @cached_property
    def _spectrum(self) -> Spectrum:
        return spectrum(self._y)

    def _sound(self) -> Arrays:
        return measuring.pack(self._heard[0])

    def _descriptors(self) -> Arrays:
        whole = describe_blocks(self._spectrum, seconds=LONGEST)  # one block: nothing is longer
        return {"whole": whole[0], "segments": describe_segments(self._y)}

    def _mel(self) -> Arrays:
        levels = np.rint((log_mel(self._spectrum) - FLOOR) * (255 / -FLOOR))
        return {"decibels": levels.astype(np.uint8)}

    def _picture(self) -> Arrays:
        return {"picture": columns(self._spectrum.mel)}

    def _embeddings(self) -> Arrays:
        from mgc.features.yamnet import embed

        return {"patches": embed(self._y).astype(np.float16)}
