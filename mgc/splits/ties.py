"""What ties tracks together: the same samples, the same artist, a guest.

Conventions
-----------
Exact duplicates are tracks that name each other in ``duplicate_of``, tracks of the same checksum, and pairs of ids that
the caller has found; being a duplicate passes on from pair to pair. Ids that no track has are not an error: a pair may
name a track that is not there.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from mgc.datasets.base import normalised_artist

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from mgc.datasets.base import Track

__all__ = ["Pairs", "groups", "names", "singers"]

Pairs = tuple[tuple[str, str], ...]


def names(tracks: Iterable[Track]) -> set[str]:
    """Return the known artists, normalised."""
    return {normalised_artist(track.artist) for track in tracks} - {""}


def singers(tracks: Iterable[Track]) -> dict[str, set[str]]:
    """Return, by track id, the artist's name and those parts of it that are known as artists themselves.

    "Lauryn Hill and Bob Marley" is also Bob Marley, because he has tracks of his own; "Peaches and Herb" stays whole.
    """
    given = list(tracks)
    known = names(given)
    return {
        track.id: (
            {normalised_artist(track.artist)}
            | {normalised_artist(part) for part in re.split(r",\s*|\s+&\s+|\s+and\s+", track.artist)} & known
        )
        - {""}
        for track in given
    }


def groups(tracks: Sequence[Track], pairs: Pairs = (), *, by_artist: bool) -> npt.NDArray[np.intp]:
    """Return a number per track, the same for tracks that a duplicate, a pair (or an artist) ties together."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    position = {track.id: number for number, track in enumerate(tracks)}
    ties = [(n, position[t.duplicate_of]) for n, t in enumerate(tracks) if t.duplicate_of in position]
    ties += [(position[one], position[other]) for one, other in pairs if one in position and other in position]
    first = {track.md5: number for number, track in reversed(list(enumerate(tracks))) if track.md5}
    ties += [(n, first[track.md5]) for n, track in enumerate(tracks) if track.md5 and first[track.md5] != n]
    size = len(tracks)
    if by_artist:
        voices = singers(tracks)
        voice = {name: size + number for number, name in enumerate(sorted(set().union(*voices.values())))}
        ties += [(n, voice[name]) for n, track in enumerate(tracks) for name in voices[track.id]]
        size += len(voice)
    rows, columns = np.array(ties, dtype=np.intp).reshape(-1, 2).T
    graph = coo_array((np.ones(len(rows)), (rows, columns)), shape=(size, size))
    _, labels = connected_components(graph, directed=False)
    return np.asarray(labels[: len(tracks)], dtype=np.intp)
