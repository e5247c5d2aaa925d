"""Dominant artists: where much of a genre is one artist, a model may learn a voice and a studio, not the genre."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from mgc.datasets.base import normalised_artist

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from mgc.datasets.base import Track

__all__ = ["DOMINANT_SHARE", "Concentration", "concentration", "is_dominated"]

DOMINANT_SHARE: Final = 0.15  # of a genre by one artist: what GTZAN's blues, reggae and pop are known for
_ABOVE_EQUAL: Final = 1.25  # times an equal share; otherwise a genre of six bands with two songs each would count


@dataclass(frozen=True, slots=True)
class Concentration:
    """How the tracks of a genre spread over artists.

    Attributes
    ----------
    genre : str
    tracks, named, artists : int
        tracks, tracks of a known artist, and known artists
    largest : str
        the artist with most tracks, ``""`` when none is known
    largest_tracks : int
    share : float
        0..1, the largest artist's share of all tracks
    effective : float
        effective number of artists: as many artists with equally many tracks each would be as diverse (inverse Simpson
        index). Each track of an unknown artist counts as another artist. 0 when no artist is known
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


def is_dominated(one: Concentration) -> bool:
    """Tell whether one artist dominates a genre: has all of it, or far more than an equal share."""
    artists = one.artists + one.tracks - one.named  # each unknown one counts as another artist
    equal = 1 / max(artists, 1)
    return one.artists > 0 and one.share > DOMINANT_SHARE and (artists == 1 or one.share > _ABOVE_EQUAL * equal)


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
