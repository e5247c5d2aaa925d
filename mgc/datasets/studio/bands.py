"""Who plays: six bands per genre, each with its own key, tempo, instruments and mix, and how to have one play."""

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

__all__ = ["Band", "StudioClip", "bands", "render", "samples"]

_SONGS: Final[dict[str, Callable[[np.random.Generator, float], FloatArray]]] = {
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
    "blues": ("Delta porch", "Chalk line", "Second line shuffle", "Tin cup", "Mill race", "Corner pocket"),
    "classical": ("Evening quintet", "Orangery", "North transept", "Salon verte", "Winter strings", "Glass pavilion"),
    "country": ("Boxcar morning", "Fence post", "Gravel choir", "Tumbleweed two", "Barn owl", "Silver spur"),
    "disco": ("Mirror ball", "Velvet rope", "Roller rink", "Champagne lift", "Neon parade", "Satin express"),
    "hiphop": ("Night bus", "Corner store", "Paper crates", "Low ceiling", "Tape deck", "Rooftop cipher"),
    "jazz": ("Blue hour", "Cellar five", "Copper kettle", "Slow ferry", "Second set", "Window seat"),
    "metal": ("Iron foundry", "Black anvil", "Rust choir", "Wolf hour", "Slag heap", "Thunder forge"),
    "pop": ("Paper lanterns", "Sugar static", "Postcard club", "Pastel drive", "Lemonade", "Satellite kids"),
    "reggae": ("Harbour sun", "Zinc fence", "Mango yard", "Tide steppers", "Hill and gully", "Low tide dub"),
    "rock": ("Garage light", "Loose cables", "Static summer", "Broken amps", "Tarmac", "Cinder blocks"),
}

_LONGEST: Final = 600.0  # s


@dataclass(frozen=True, slots=True)
class Band:
    """A band: its ``name`` (the artist of its tracks), its ``genre``, and its ``number`` among the genre's six."""

    name: str
    genre: str
    number: int


@dataclass(frozen=True, slots=True)
class StudioClip:
    """A clip of our own music: ``id`` for links, ``genre``, and the ``name`` that people see."""

    id: str
    genre: str
    name: str


def bands(genre: str) -> tuple[Band, ...]:
    """Return the six bands of a genre.

    Raises
    ------
    DatasetError
        when the studio does not play that genre
    """
    if genre not in _NAMES:
        raise DatasetError(f"Invalid genre. Received: {genre!r}. Expected: one of {', '.join(GENRES)}.")
    return tuple(Band(name, genre, number) for number, name in enumerate(_NAMES[genre]))


def samples() -> tuple[StudioClip, ...]:
    """Return ten clips, one per genre by its first band, in the order of :data:`mgc.genres.GENRES`."""
    firsts = [bands(genre)[0] for genre in GENRES]
    return tuple(StudioClip(band.name.lower().replace(" ", "-"), band.genre, band.name) for band in firsts)


def render(genre: str, seed: int = 0, seconds: float = 30.0, band: str | None = None) -> FloatArray:
    """Have a band of a genre play a song.

    Parameters
    ----------
    genre : str
        one of :data:`mgc.genres.GENRES`
    seed : int >= 0
        which song: key, tempo, melodies, accents and small delays; the same seed gives the same samples
    seconds : float in [1, 600]
        length of the clip
    band : str, optional
        the name of one of the genre's :func:`bands`; None asks the first

    Returns
    -------
    np.ndarray [shape=(round(22050 * seconds),), float32, at most 0.9]
        mono at 22,050 Hz, every clip of the same RMS

    Raises
    ------
    DatasetError
        when there is no such genre or band, or the length is outside its range
    """
    known = {one.name: one for one in bands(genre)}
    if band is not None and band not in known:
        raise DatasetError(f"Invalid band. Received: {band!r}. Expected: one of {', '.join(known)}.")
    if not 1.0 <= seconds <= _LONGEST:
        raise DatasetError(f"Invalid length. Received: {seconds} s. Expected: 1 to {_LONGEST:g} s.")
    number = 0 if band is None else known[band].number
    dice = np.random.default_rng([seed, GENRES.index(genre), number] if number else [seed, GENRES.index(genre)])
    return _SONGS[genre](dice, seconds)
