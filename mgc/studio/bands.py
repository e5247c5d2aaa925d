"""Who plays: six bands per genre, each with its own key, tempo, instruments and mix, and how to have one play."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from mgc.errors import DatasetError
from mgc.genres import GENRES
from mgc.studio.band import Band
from mgc.studio.lineup import blues, classical, country, disco, hiphop, jazz, metal, pop, reggae, rock

if TYPE_CHECKING:
    from mgc.audio.clip import FloatArray

__all__ = ["Band", "StudioClip", "bands", "render", "samples"]

_LINEUP: Final[dict[str, tuple[Band, ...]]] = {
    "blues": blues.BANDS,
    "classical": classical.BANDS,
    "country": country.BANDS,
    "disco": disco.BANDS,
    "hiphop": hiphop.BANDS,
    "jazz": jazz.BANDS,
    "metal": metal.BANDS,
    "pop": pop.BANDS,
    "reggae": reggae.BANDS,
    "rock": rock.BANDS,
}

_LONGEST: Final = 600.0  # s


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
    if genre not in _LINEUP:
        raise DatasetError(f"Invalid genre. Received: {genre!r}. Expected: one of {', '.join(GENRES)}.")
    return _LINEUP[genre]


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
        when there is no such genre, band or song, or the length is outside its range
    """
    known = {one.name: one for one in bands(genre)}
    if band is not None and band not in known:
        raise DatasetError(f"Invalid band. Received: {band!r}. Expected: one of {', '.join(known)}.")
    if not 1.0 <= seconds <= _LONGEST:
        raise DatasetError(f"Invalid length. Received: {seconds} s. Expected: 1 to {_LONGEST:g} s.")
    if seed < 0:
        raise DatasetError(f"Invalid seed. Received: {seed}. Expected: 0 or more.")
    player = next(iter(known.values())) if band is None else known[band]
    return player.play(seed, seconds)
