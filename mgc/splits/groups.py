"""Groups: tracks that must stay on one side of a split, because of the same samples, the same artist, or a guest.

Conventions
-----------
Exact duplicates are tracks that name each other in ``duplicate_of``, tracks with the same checksum, and pairs of ids
that the caller has found. Duplicates of duplicates are duplicates. A pair may name a track that is not there.

Artists are the same when their names are, after :func:`mgc.datasets.base.normalised_artist` and without spaces. A name
may hold several: "A feat. Bob", "A / Bob", "A and Bob".
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, Protocol

import numpy as np
import numpy.typing as npt

from mgc.datasets.base import normalised_artist

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from mgc.datasets.base import Track
    from mgc.datasets.validation import Report

__all__ = ["Measured", "Pairs", "artist_groups", "compared_tracks", "groups", "known_duplicates", "names", "singers"]

Pairs = tuple[tuple[str, str], ...]

# Words and signs join two names only where they stand alone: AC/DC is one.
_ALONE: Final = r"(?<![^\s,;|(\[])(?:{dotted}\.|(?:{words})(?!\S))"
_FEATURING: Final = re.compile(_ALONE.format(dotted="(?:feat|ft)", words="feat|ft|featuring"), re.IGNORECASE)
_JOINT: Final = re.compile(
    r"[,;|()\[\]]|"
    + _ALONE.format(dotted="(?:feat|ft|vs)", words=r"&|\+|/|w/|x|\u00d7|and|with|vs|versus|feat|ft|featuring"),
    re.IGNORECASE,
)


class Measured(Protocol):
    """The part of ``mgc.extraction.collected.Collected`` that is needed here; that package is above this one."""

    @property
    def ids(self) -> tuple[str, ...]:
        """Ids of n tracks."""

    @property
    def checksums(self) -> tuple[str, ...]:
        """Checksum of the samples of each track; ``""`` where there is no sound."""


def known_duplicates(report: Report | None, measured: Measured | None) -> Pairs:
    """Return sorted pairs of ids that connect all tracks with the same samples, as far as they were measured.

    ``report`` is a data set's validation (:func:`mgc.datasets.validation.kept`), ``measured`` what extraction measured
    on it; :func:`compared_tracks` says which tracks were compared.
    """
    pairs = set()
    for checksums in _checksums(report, measured):
        first: dict[str, str] = {}
        for name, checksum in sorted(checksums.items()):
            if first.setdefault(checksum, name) != name:
                pairs.add((first[checksum], name))
    return tuple(sorted(pairs))


def compared_tracks(report: Report | None, measured: Measured | None) -> frozenset[str]:
    """Return the ids of the tracks whose samples :func:`known_duplicates` compares."""
    return frozenset().union(*_checksums(report, measured))


def _checksums(report: Report | None, measured: Measured | None) -> tuple[dict[str, str], ...]:
    """Return the checksum of each decoded track, one mapping for each way of decoding: their checksums differ."""
    validated = {name: one.sha256 for name, one in report.measures.items()} if report is not None else {}
    pairs = zip(measured.ids, measured.checksums, strict=True) if measured is not None else ()
    return validated, {name: checksum for name, checksum in pairs if checksum}


def names(tracks: Iterable[Track]) -> dict[str, str]:
    """Return every track's artist by the track's id, in the form in which names are compared; ``""`` where unknown.

    "Marley, Bob" is Bob Marley where another track names Bob Marley.
    """
    given = list(tracks)
    straight = {_key(track.artist) for track in given if "," not in track.artist} - {""}
    turned = {track.id: _turned(track.artist) for track in given}
    return {track.id: turned[track.id] if turned[track.id] in straight else _key(track.artist) for track in given}


def singers(tracks: Iterable[Track]) -> dict[str, set[str]]:
    """Return, by track id, the artist and those parts of the name that are artists of other tracks.

    "Lauryn Hill and Bob Marley" is also Bob Marley, because he has tracks of his own; "Peaches and Herb" stays whole.
    A name beside "feat." is always an artist, in a title too.
    """
    given = list(tracks)
    first = names(given)
    guests = {track.id: _guests(track) for track in given}
    known = set(first.values()).union(*guests.values())
    return {track.id: ({first[track.id]} | guests[track.id] | (_parts(track.artist) & known)) - {""} for track in given}


def _key(name: str) -> str:
    """Return the form in which names are compared; without spaces "JayZ" is "Jay-Z", and "N. W. A." is "NWA"."""
    return normalised_artist(name).replace(" ", "")


def _turned(name: str) -> str:
    """Return the name that "Last, First" stands for, ``""`` where there is not one comma."""
    last, *rest = name.split(",")
    return _key(f"{rest[0]} {last}") if len(rest) == 1 else ""


def _parts(name: str) -> set[str]:
    """Return all that may be a name in a name: the text between any two joints, also with its comma turned."""
    name = name.replace("_", " ")
    joints = list(_JOINT.finditer(name))
    starts, ends = [0, *(joint.end() for joint in joints)], [*(joint.start() for joint in joints), len(name)]
    spans = [name[start:end] for n, start in enumerate(starts) for end in ends[n:]]
    return {key for span in spans for key in (_key(span), _turned(span))}


def _guests(track: Track) -> set[str]:
    """Return the names beside "feat.": the artist before it, and each name behind it."""
    artist, *beside = _FEATURING.split(track.artist.replace("_", " "))
    _, *behind = _FEATURING.split(track.title.replace("_", " "))
    guests = [re.split(r"[)\]]", words)[0] for words in (*beside, *behind)]  # "Song (feat. Bob) [Live]"
    return set().union({_key(artist)} if beside else (), *(_parts(guest) for guest in guests)) - {""}


def artist_groups(tracks: Sequence[Track]) -> npt.NDArray[np.intp]:
    """Return a number per track [shape=(n,)], the same for tracks of one artist; each unknown artist is another one."""
    known = names(tracks)
    artists = [known[track.id] or f" {number}" for number, track in enumerate(tracks)]  # no name begins with a space
    return np.unique(artists, return_inverse=True)[1].astype(np.intp)


def groups(tracks: Sequence[Track], pairs: Pairs = (), *, by_artist: bool) -> npt.NDArray[np.intp]:
    """Return a number per track, the same for tracks that a duplicate, a pair (or an artist) connects."""
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
