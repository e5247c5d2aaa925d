"""Train, validation and test: four protocols from leaky to strict, the hash that pins each split, and its leaks.

Conventions
-----------
* ``segments``: rows of 3 s, shuffled; leaky on purpose (rows of one clip are in training and test), to show the effect.
* ``tracks``: stratified k folds over clips; known exact duplicates stay together (:func:`groups`).
* ``artists``: the same, and no artist is on two sides, nor a guest of another artist: a name beside "feat.", and an
  artist with tracks of his own who is named with "and", "with", "vs." and the like. A clip of an unknown artist is a
  group of its own.
* ``filtered``: one published partition, artists disjoint and faults removed (for GTZAN 443 / 197 / 290 clips; Kereliuk,
  Sturm and Larsen 2015). The clip jazz.00054 is in its lists but has no usable file in Kaggle's edition: a split holds
  only tracks that it was given.

Within a fold the three parts are disjoint, and over the folds of ``tracks`` and ``artists`` each track is tested once.
Genres may have any names. Grouping and stratifying are scikit-learn's ``StratifiedGroupKFold``; another version of it
may draw another split, which the hash shows.

Exact duplicates are tracks that name each other in ``duplicate_of``, tracks with the same checksum, and pairs of ids
that the caller has found. Duplicates of duplicates are duplicates. A pair may name a track that is not there. Artists
are the same when their names are, after :func:`mgc.datasets.base.normalised_artist` and without spaces. A name may hold
several: "A feat. Bob", "A / Bob", "A and Bob". A leak is what a test part shares with its training and validation
parts. Only known ties count: duplicates that were not compared and artists that are not named are not found.
"""

from __future__ import annotations

import hashlib
import json
import re
import typing
from collections import defaultdict
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any, Final, Literal, get_args

import numpy as np
import numpy.typing as npt

from mgc.datasets.base import normalised_artist
from mgc.errors import DatasetError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from mgc.datasets.base import Track
    from mgc.datasets.validation import Report

__all__ = [
    "FORMS", "N_SEGMENTS", "PROTOCOLS", "SEED", "Fold", "Form", "Leak", "Measured", "Pairs", "Protocol", "Split",
    "artist_groups", "compared_tracks", "find_leaks", "first_folds", "groups", "known_duplicates", "make_split",
    "names", "singers",
]  # fmt: skip

Protocol = Literal["filtered", "artists", "tracks", "segments"]
PROTOCOLS: Final[tuple[Protocol, ...]] = get_args(Protocol)  # strictest first

Form = Literal["written", "intended"]
# (folds, parts of the rest of which one validates, description): the source projects describe 64 / 16 / 20 %, but their
# ten folds give 72 / 18 / 10 %.
FORMS: Final[dict[Form, tuple[int, int, str]]] = {
    "written": (10, 5, "as written, 72 / 18 / 10 %"),
    "intended": (5, 5, "as intended, 64 / 16 / 20 %"),
}

SEED: Final = 2002
N_SEGMENTS: Final = 10  # of 3 s in a clip of 30 s, as in Kaggle's table; of a shorter track some do not exist
_VALIDATION: Final = 8  # one eighth of the training part validates: 70 / 10 / 20 % at k = 5

_DESCRIPTIONS: Final[dict[Protocol, str]] = {
    "segments": "leaky: 3 s segments of one clip are in both training and test",
    "tracks": "{k} folds over clips, known exact duplicates kept together; artists are mixed",
    "artists": "{k} folds over artists, as far as they are known: no artist is in both training and test",
    "filtered": "the published fault-filtered partition: artists disjoint, faulty clips removed",
}

Pairs = tuple[tuple[str, str], ...]

# Words and signs join two names only where they stand alone: AC/DC is one.
_ALONE: Final = r"(?<![^\s,;|(\[])(?:{dotted}\.|(?:{words})(?!\S))"
_FEATURING: Final = re.compile(_ALONE.format(dotted="(?:feat|ft)", words="feat|ft|featuring"), re.IGNORECASE)
_JOINT: Final = re.compile(
    r"[,;|()\[\]]|"
    + _ALONE.format(dotted="(?:feat|ft|vs)", words=r"&|\+|/|w/|x|\u00d7|and|with|vs|versus|feat|ft|featuring"),
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Fold:
    """Ids of one fold's parts; for ``segments`` ids of rows such as ``"blues.00000.3"``.

    Every track has :data:`N_SEGMENTS` ids, however long it is: skip those that a table does not have.
    """

    train: tuple[str, ...]
    validation: tuple[str, ...]
    test: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Split:
    """All folds of one protocol; ``hash`` is the sha256 of the ids in them."""

    protocol: Protocol
    k: int
    seed: int
    folds: tuple[Fold, ...]
    hash: str
    description: str
    form: Form | None = None


def make_split(
    tracks: Sequence[Track],
    protocol: Protocol,
    k: int = 5,
    seed: int = SEED,
    *,
    form: Form | None = None,
    together: Pairs = (),
) -> Split:
    """Split tracks by a protocol; the order of ``tracks`` does not matter.

    Parameters
    ----------
    tracks : sequence of Track
        with different ids
    protocol : str
        one of :data:`PROTOCOLS`
    k : int >= 2
        folds, of 70 / 10 / 20 % at 5; ``filtered`` always has one
    seed : int
        of the shuffling; ``filtered`` does not depend on it
    form : "written" or "intended", optional
        one of :data:`FORMS`, whose number of folds replaces ``k``
    together : tuple of (str, str)
        pairs of ids, such as duplicates, that ``tracks`` and ``artists`` keep on one side

    Raises
    ------
    DatasetError
        when the tracks cannot be split that way: too few of a genre or of artists, no published partition
    """
    if protocol not in PROTOCOLS:
        raise DatasetError(f"Invalid protocol. Received: {protocol!r}. Expected: one of {', '.join(PROTOCOLS)}.")
    if form is not None and (form not in FORMS or protocol == "filtered"):
        raise DatasetError(f"Invalid form. Received: {form!r}. Expected: {' or '.join(FORMS)}, not with 'filtered'.")
    given = sorted(tracks, key=lambda track: track.id)
    if len({track.id for track in given}) < len(given):
        raise DatasetError("Two of the tracks to split have the same id.")
    description = _DESCRIPTIONS[protocol]
    folds: tuple[Fold, ...]
    if protocol == "filtered":
        k, folds = 1, (_published(given),)
    else:
        k, n_parts, told = FORMS[form] if form is not None else (k, _VALIDATION, "")
        folds = tuple(_folds(*_units(given, protocol, together), k, n_parts, seed))
        description += f"; {told}" if told else ""
    return Split(protocol, k, seed, folds, _hash(folds), description.format(k=k), form)


def _units(
    tracks: Sequence[Track], protocol: Protocol, together: Pairs
) -> tuple[npt.NDArray[np.str_], npt.NDArray[np.str_], npt.NDArray[np.intp]]:
    """Return ids, genres and groups of the units that are split: clips, or rows for ``segments``."""
    ids = np.array([track.id for track in tracks], dtype=np.str_)
    genres = np.array([track.genre for track in tracks], dtype=np.str_)
    if protocol != "segments":
        return ids, genres, groups(tracks, together, by_artist=protocol == "artists")
    rows = np.array([f"{name}.{number}" for name in ids for number in range(N_SEGMENTS)], dtype=np.str_)
    return rows, np.repeat(genres, N_SEGMENTS), np.arange(len(rows))


def _folds(
    ids: npt.NDArray[np.str_],
    genres: npt.NDArray[np.str_],
    group: npt.NDArray[np.intp],
    k: int,
    n_parts: int,
    seed: int,
) -> Iterable[Fold]:
    smallest = min(np.unique(genres, return_counts=True)[1], default=0)
    if smallest == 1:
        raise DatasetError("Each genre needs at least two tracks: one to train on and one to test.")
    if not 2 <= k <= smallest:
        raise DatasetError(
            f"Invalid number of folds. Received: {k}. Expected: 2 to {smallest} (tracks of the rarest genre)."
        )
    pairs = _parted(genres, group, np.arange(len(ids)), k, seed) if len(np.unique(group)) >= k else []
    if not pairs or not all(len(test) for _, test in pairs):
        raise DatasetError(
            f"There are too few artists or different clips for {k} folds: at least one would have no test clips."
        )
    for number, (rest, test) in enumerate(pairs):
        few = min(n_parts, len(np.unique(group[rest])), min(np.unique(genres[rest], return_counts=True)[1]))
        held_out = _parted(genres, group, rest, int(few), seed + number) if few >= 2 else [(rest, rest[:0])]
        train, validation = min(held_out, key=lambda parts: _unevenness(genres[parts[1]], genres[rest], few))
        yield Fold(*(tuple(ids[part].tolist()) for part in (train, validation, test)))


def _parted(
    genres: npt.NDArray[np.str_], group: npt.NDArray[np.intp], rows: npt.NDArray[np.intp], k: int, seed: int
) -> list[tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]]:
    """Return k times the positions of the rest and of a part of ``rows``, with groups kept together."""
    from sklearn.model_selection import StratifiedKFold

    # Where everything is a group of its own the plain splitter promises the same and is much faster (10,000 rows).
    alone = len(np.unique(group)) == len(group)
    kind = StratifiedKFold if alone else _grouping()
    pairs = kind(k, shuffle=True, random_state=seed).split(rows, genres[rows], None if alone else group[rows])
    return [(rows[rest], rows[part]) for rest, part in pairs]


@cache
def _grouping() -> Any:
    """Return scikit-learn's splitter of groups, which asks what each fold would be in one step instead of k.

    Ten folds of GTZAN take a tenth of the time, and each group goes where it went. Of scikit-learn one private method
    is replaced: where a version has none of that name it is slow, and the tests compare the two.
    """
    from sklearn.model_selection import StratifiedGroupKFold

    class Grouping(StratifiedGroupKFold):  # type: ignore[misc]  # scikit-learn has no types
        def _find_best_fold(self, y_counts_per_fold: Any, y_cnt: Any, group_y_counts: Any) -> int:
            folds = np.arange(self.n_splits)
            proposed = np.repeat(y_counts_per_fold[None], self.n_splits, axis=0)
            proposed[folds, folds] += group_y_counts
            uneven = (proposed / y_cnt).std(axis=1).mean(axis=1).tolist()
            size = y_counts_per_fold.sum(axis=1).tolist()
            best = 0
            for i in range(1, self.n_splits):  # one after the other: what is close to the best depends on the order
                is_close = abs(uneven[i] - uneven[best]) <= 1e-8 + 1e-5 * uneven[best]  # as np.isclose
                if uneven[i] < uneven[best] or (is_close and size[i] < size[best]):
                    best = i
            return best

    return Grouping


def _unevenness(part: npt.NDArray[np.str_], whole: npt.NDArray[np.str_], n_parts: int) -> float:
    """Return how far a part's genres are from an even share: large artists make some parts lopsided."""
    names, counts = np.unique(whole, return_counts=True)
    mine = np.array([np.count_nonzero(part == name) for name in names])
    return float(np.sum((mine - counts / n_parts) ** 2))


def _published(tracks: Sequence[Track]) -> Fold:
    parts = {part: tuple(track.id for track in tracks if track.part == part) for part in ("train", "valid", "test")}
    if not parts["train"] or not parts["test"]:
        raise DatasetError("No published partition: the fault-filtered protocol exists for GTZAN only.")
    return Fold(parts["train"], parts["valid"], parts["test"])


def _hash(folds: Sequence[Fold]) -> str:
    parts = [[sorted(fold.train), sorted(fold.validation), sorted(fold.test)] for fold in folds]
    return hashlib.sha256(json.dumps(parts, separators=(",", ":"), ensure_ascii=True).encode()).hexdigest()


def first_folds(split: Split, n: int) -> Split:
    """Return the split with its first ``n`` folds only, and the hash of these."""
    return replace(split, folds=split.folds[:n], hash=_hash(split.folds[:n]))


class Measured(typing.Protocol):
    """The part of ``mgc.extraction.collected.Collected`` that is needed here: that package is above this one."""

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


@dataclass(frozen=True, slots=True)
class Leak:
    """What one fold's test part shares with its other parts, as counts, and what validation shares with training."""

    tracks: int  # test tracks that are themselves in another part
    artists: int  # artists in the test part and in another
    guests: int  # artists that the test part shares only through a collaboration ("A and B" here, "B" there)
    duplicates: int  # test tracks with an exact duplicate in another part
    # test tracks with a near duplicate in another part, of the pairs that the caller knows; near duplicates of
    # duplicates count, also over tracks in no part
    near: int = 0
    # validation tracks that share any of these with the training part: they bias the choice of an epoch, not the score
    validation: int = 0


def find_leaks(split: Split, tracks: Iterable[Track], *, exact: Pairs = (), near: Pairs = ()) -> tuple[Leak, ...]:
    """Count the leaks of every fold.

    ``tracks`` are at least those in the split (else a DatasetError is raised); ``exact`` and ``near`` are pairs of ids
    of duplicates, in addition to those that the tracks name themselves.
    """
    by_id = {track.id: track for track in tracks}
    given = list(by_id.values())
    itself = {id: number for number, id in enumerate(by_id)}
    duplicates = dict(zip(by_id, groups(given, exact, by_artist=False).tolist(), strict=True))
    families = dict(zip(by_id, groups(given, (*exact, *near), by_artist=False).tolist(), strict=True))
    artist_of, artists_of = names(given), singers(given)

    def leak(fold: Fold) -> Leak:
        train, validation, tested = (_tracks(split, ids, by_id) for ids in (fold.train, fold.validation, fold.test))
        seen = train | validation
        artists = {artist_of[one] for one in seen} & {artist_of[one] for one in tested} - {""}
        all_artists = _artists(seen, artists_of) & _artists(tested, artists_of)
        train_families, train_artists = {families[one] for one in train}, _artists(train, artists_of)
        return Leak(
            tracks=len(seen & tested),
            artists=len(artists),
            guests=len(all_artists - artists),
            duplicates=_shared(tested, seen, duplicates, itself),
            near=_shared(tested, seen, families, duplicates),
            validation=sum(
                families[one] in train_families or not train_artists.isdisjoint(artists_of[one]) for one in validation
            ),
        )

    return tuple(leak(fold) for fold in split.folds)


def _tracks(split: Split, ids: Iterable[str], by_id: Mapping[str, Track]) -> set[str]:
    """Return the ids of one part's tracks; for rows, of the tracks that they were cut from."""
    is_rows = split.protocol == "segments"
    named = {name.rpartition(".")[0] if is_rows else name for name in ids}
    if unknown := named.difference(by_id):
        raise DatasetError(f"The split names {min(unknown)!r}, which is not among the tracks.")
    return named


def _artists(ids: Iterable[str], artists_of: Mapping[str, set[str]]) -> set[str]:
    return {artist for one in ids for artist in artists_of[one]}


def _shared(tested: set[str], seen: set[str], group: Mapping[str, int], same: Mapping[str, int]) -> int:
    """Count the test tracks whose group has a track in another part that is not the same."""
    held: defaultdict[int, set[int]] = defaultdict(set)
    for one in seen:
        held[group[one]].add(same[one])
    return sum(any(other != same[one] for other in held[group[one]]) for one in tested)
