"""How much of a genre is one artist: a model may learn a voice and a studio instead of a genre."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from mgc.datasets.base import normalised_artist

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from mgc.datasets.base import Track

__all__ = ["MUCH", "Concentration", "concentration", "is_concentrated"]

MUCH: Final = 0.15  # of a genre by one artist: what GTZAN's blues, reggae and pop are known for
_FAR_MORE: Final = 1.25  # times an equal share; else a genre of six bands with two songs each would count


@dataclass(frozen=True, slots=True)
class Concentration:
    """Who is heard in a genre.

    Attributes
    ----------
    genre : str
    tracks, named, artists : int
        how many there are, of how many the artist is known, and how many artists those are
    largest : str
        the artist with most tracks, "" when none is known
    largest_tracks : int
    share : float
        0..1, the largest artist's part of all tracks
    effective : float
        artists as they would count if all had equally many tracks (inverse Simpson index); unknown ones are taken to
        be all different. 0 when no artist is known
    """

    genre: str
    tracks: int
    named: int
    artists: int
    largest: str
    largest_tracks: int
    share: float
    effective: float


def concentration(tracks: Iterable[Track], genres: Sequence[str]) -> tuple[Concentration, ...]:
    """Count artists by genre, the most concentrated genre first; spellings of one name count as one artist."""
    given = list(tracks)
    found = [_of_genre(genre, [track for track in given if track.genre == genre]) for genre in genres]
    return tuple(sorted(found, key=lambda one: -one.share))


def is_concentrated(one: Concentration) -> bool:
    """Tell whether one artist makes up much of a genre: all of it, or far more than an equal share."""
    voices = one.artists + one.tracks - one.named  # unknown ones are taken to be all different
    equal = 1 / max(voices, 1)
    return one.artists > 0 and one.share > MUCH and (voices == 1 or one.share > _FAR_MORE * equal)


def _of_genre(genre: str, tracks: Sequence[Track]) -> Concentration:
    counts = Counter(normalised_artist(track.artist) for track in tracks)
    unknown = counts.pop("", 0)
    if not counts:
        return Concentration(genre, len(tracks), 0, 0, "", 0, 0.0, 0.0)
    name, most = min(counts.items(), key=lambda item: (-item[1], item[0]))
    spelt = Counter(track.artist for track in tracks if normalised_artist(track.artist) == name)
    effective = len(tracks) ** 2 / (sum(count**2 for count in counts.values()) + unknown)
    return Concentration(
        genre,
        len(tracks),
        len(tracks) - unknown,
        len(counts),
        spelt.most_common(1)[0][0],
        most,
        round(most / len(tracks), 4),
        round(effective, 2),
    )
