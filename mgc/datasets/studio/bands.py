"""Who plays what: one band per genre, and the clips that they recorded for us."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from mgc.datasets.studio import acoustic, electric
from mgc.errors import DatasetError
from mgc.genres import GENRES

if TYPE_CHECKING:
    from collections.abc import Callable

    from mgc.audio.clip import FloatArray

__all__ = ["StudioClip", "render", "samples"]

_BANDS: Final[dict[str, Callable[[np.random.Generator, float], FloatArray]]] = {
    "blues": acoustic.blues,
    "classical": acoustic.classical,
    "country": acoustic.country,
    "disco": electric.disco,
    "hiphop": electric.hiphop,
    "jazz": acoustic.jazz,
    "metal": electric.metal,
    "pop": electric.pop,
    "reggae": electric.reggae,
    "rock": electric.rock,
}

_NAMES: Final = {
    "blues": "Delta porch",
    "classical": "Evening quintet",
    "country": "Boxcar morning",
    "disco": "Mirror ball",
    "hiphop": "Night bus",
    "jazz": "Blue hour",
    "metal": "Iron foundry",
    "pop": "Paper lanterns",
    "reggae": "Harbour sun",
    "rock": "Garage light",
}

_LONGEST: Final = 600.0  # s


@dataclass(frozen=True, slots=True)
class StudioClip:
    """A clip of our own music: ``id`` for links, ``genre``, and the ``name`` that people see."""

    id: str
    genre: str
    name: str


def samples() -> tuple[StudioClip, ...]:
    """Return the ten clips, one per genre, in the order of :data:`mgc.genres.GENRES`."""
    return tuple(StudioClip(_NAMES[genre].lower().replace(" ", "-"), genre, _NAMES[genre]) for genre in GENRES)


def render(genre: str, seed: int = 0, seconds: float = 30.0) -> FloatArray:
    """Play a genre's song.

    Parameters
    ----------
    genre : str
        one of :data:`mgc.genres.GENRES`
    seed : int >= 0
        of melodies, accents and small delays; the same seed gives the same samples
    seconds : float in [1, 600]
        length of the clip

    Returns
    -------
    np.ndarray [shape=(round(22050 * seconds),), float32, at most 0.9]
        mono at 22,050 Hz, every clip of the same RMS

    Raises
    ------
    DatasetError
        when there is no such band, or the length is outside its range
    """
    if genre not in _BANDS:
        raise DatasetError(f"Invalid genre. Received: {genre!r}. Expected: one of {', '.join(GENRES)}.")
    if not 1.0 <= seconds <= _LONGEST:
        raise DatasetError(f"Invalid length. Received: {seconds} s. Expected: 1 to {_LONGEST:g} s.")
    return _BANDS[genre](np.random.default_rng([seed, GENRES.index(genre)]), seconds)
