"""Labels that sound like another genre (confident learning; Northcutt, Jiang and Chuang 2021, through cleanlab).

Conventions
-----------
Every track is judged by models that heard nothing of its artist, as far as artists are named: folds are
:func:`mgc.splits.make_split`'s by artist, copies that were found are kept together too, and scaling is learnt inside a
fold. The judge is a plain logistic regression on descriptors and the pictures' numbers, averaged over five deals of the
folds, so that the list does not hang on one of them. It errs often (:class:`Judge` says how often): a place on the list
is a reason to listen, no verdict.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from mgc.errors import DatasetError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from mgc.datasets.base import Track

__all__ = ["FITS", "Doubted", "Judge", "conflicts", "doubtful", "judge", "out_of_fold", "rare"]

Array = npt.NDArray[np.float64]

_DEALS: Final = 5
_FOLDS: Final = 5
FITS: Final = _DEALS * _FOLDS  # models that are fitted at most
_C: Final = 0.03  # of the regression: the best log loss of 0.01, 0.03 and 0.1 on GTZAN by artists


@dataclass(frozen=True, slots=True)
class Doubted:
    """A track that sounds like another genre than the one it is labelled with.

    Attributes
    ----------
    track, given, looks_like : str
        id, its label, and the genre that the judge would give it
    score : float
        0..1, cleanlab's self-confidence, which ranks the list: ``p_given``, or 0 where a twin leaves no doubt
    p, p_given : float or None
        0..1, probability of ``looks_like`` and of the label; None where a twin leaves no doubt
    twin : str
        id of a track with the very same sound and the other label, which leaves no doubt that one is wrong; else ""
    """

    track: str
    given: str
    looks_like: str
    score: float
    p: float | None
    p_given: float | None
    twin: str = ""


@dataclass(frozen=True, slots=True)
class Judge:
    """How good the judge is on this data set.

    Attributes
    ----------
    right, low, high : float
        0..1, share of tracks whose label it names, with the bounds of its 95 % interval over tracks
    n : int
        tracks judged
    unnamed : int
        of these, tracks that name no artist: their artist may have been heard in other tracks
    """

    right: float
    low: float
    high: float
    n: int
    unnamed: int


def conflicts(pairs: Iterable[tuple[str, str]], genres: Mapping[str, str]) -> tuple[Doubted, ...]:
    """Return the tracks of exact pairs whose labels differ, each once."""
    found = {
        one: Doubted(one, genres[one], genres[other], 0.0, None, None, twin=other)
        for pair in reversed(list(pairs))  # a track of several pairs keeps its first twin
        for one, other in (pair[::-1], pair)
        if genres[one] != genres[other]
    }
    return tuple(reversed(found.values()))


def rare(tracks: Iterable[Track]) -> tuple[str, ...]:
    """Return the genres with too few tracks to be judged with the others, sorted.

    Each fold needs a track of every genre. Where two genres have five tracks, those with fewer are left out; else only
    those with a single track.
    """
    counts = Counter(track.genre for track in tracks)
    enough = _FOLDS if sum(count >= _FOLDS for count in counts.values()) > 1 else 2
    return tuple(sorted(genre for genre, count in counts.items() if count < enough))


def out_of_fold(
    tracks: Sequence[Track],
    table: Array,
    *,
    together: Iterable[tuple[str, str]] = (),
    seed: int = 0,
    tell: Callable[[int, int], None] | None = None,
) -> tuple[Array, tuple[str, ...]]:
    """Judge every track by models that heard nothing of its named artist, nor a copy of it.

    Parameters
    ----------
    tracks : sequence of Track, length n
        none of a genre that is :func:`rare`
    table : np.ndarray [shape=(n, p)]
        numbers of each track; NaN where something is not known
    together : iterable of (id, id)
        copies that were found
    seed : int
        of the deals
    tell : callable or None
        is told how many models are fitted, and how many there are to be

    Returns
    -------
    np.ndarray [shape=(n, g)], tuple of str, length g
        probabilities, a row of NaN where the track's genre was never in training, and the genres, sorted

    Raises
    ------
    DatasetError
        when there are too few tracks or artists to judge by
    """
    from mgc.splits import make_split

    genres = tuple(sorted({track.genre for track in tracks}))
    labels = np.array([genres.index(track.genre) for track in tracks])
    at = {track.id: row for row, track in enumerate(tracks)}
    folds = min(_FOLDS, *(int(count) for count in np.bincount(labels))) if len(genres) > 1 else 0
    if folds < 2:
        raise DatasetError("Labels can be checked from two genres of two tracks each upwards.")
    pairs = tuple(together)
    total, heard = np.zeros((len(tracks), len(genres))), np.zeros((len(tracks), 1))
    for deal in range(_DEALS):
        split = make_split(tracks, "artists", k=folds, seed=seed + deal, together=pairs)
        for number, fold in enumerate(split.folds):
            if tell:
                tell(deal * folds + number, _DEALS * folds)
            train = np.array([at[name] for name in (*fold.train, *fold.validation)])
            test = np.array([at[name] for name in fold.test])
            test = test[np.isin(labels[test], labels[train])]
            if len(test) and len(np.unique(labels[train])) > 1:
                total[test] += _judge(table[train], labels[train], table[test], len(genres))
                heard[test] += 1
    return np.where(heard > 0, total / np.maximum(heard, 1), np.nan), genres


def judge(tracks: Sequence[Track], said: Array, genres: Sequence[str]) -> Judge | None:
    """Return how often the judge is right, None when it judged nothing; parameters as :func:`doubtful`."""
    from mgc.datasets.base import normalised_artist
    from mgc.evaluation.intervals import bootstrap
    from mgc.evaluation.metrics import accuracy

    rows: list[int] = np.flatnonzero(np.isfinite(said).all(axis=1)).tolist()
    if not rows:
        return None
    labels = np.array([genres.index(tracks[row].genre) for row in rows])
    found = bootstrap(labels, said[rows].argmax(axis=1), accuracy)
    unnamed = sum(not normalised_artist(tracks[row].artist) for row in rows)
    return Judge(round(found.value, 4), round(found.low, 4), round(found.high, 4), found.n, unnamed)


def _judge(known: Array, labels: npt.NDArray[np.intp], asked: Array, n_genres: int) -> Array:
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    judge: Any = make_pipeline(
        SimpleImputer(keep_empty_features=True), StandardScaler(), LogisticRegression(C=_C, max_iter=1000)
    )
    judge.fit(known, labels)
    said = np.zeros((len(asked), n_genres))
    said[:, judge.classes_] = judge.predict_proba(asked)
    return said


def doubtful(tracks: Sequence[Track], said: Array, genres: Sequence[str]) -> tuple[Doubted, ...]:
    """Return the tracks whose labels cleanlab doubts, the most doubtful first.

    Parameters
    ----------
    tracks : sequence of Track, length n
    said : np.ndarray [shape=(n, g)]
        probabilities as :func:`out_of_fold` gives them; rows of NaN are passed over
    genres : sequence of str, length g
    """
    from cleanlab.filter import find_label_issues  # type: ignore[import-untyped]
    from cleanlab.rank import get_label_quality_scores  # type: ignore[import-untyped]

    labels = np.array([genres.index(track.genre) for track in tracks], dtype=np.intp)
    judged = np.isfinite(said).all(axis=1)
    # cleanlab learns from each genre how sure the judge is of it: one of which too little was judged is no candidate.
    counts = np.bincount(labels[judged], minlength=len(genres))
    held = np.flatnonzero(counts > 1)
    rows = np.flatnonzero(judged & np.isin(labels, held))
    if len(held) < 2:
        return ()
    p, given = said[rows][:, held], np.searchsorted(held, labels[rows])
    p = p / np.maximum(p.sum(axis=1, keepdims=True), np.finfo(float).tiny)
    flagged = find_label_issues(given, p, n_jobs=1)
    scores = get_label_quality_scores(given, p, method="self_confidence")
    order = [at for at in np.argsort(scores, kind="stable").tolist() if flagged[at] and p[at].argmax() != given[at]]
    return tuple(
        Doubted(
            tracks[rows[at]].id,
            genres[held[given[at]]],
            genres[held[p[at].argmax()]],
            round(float(scores[at]), 4),
            round(float(p[at].max()), 4),
            round(float(p[at, given[at]]), 4),
        )
        for at in order
    )
