"""Label issues: tracks that sound like another genre (confident learning; Northcutt, Jiang and Chuang 2021; cleanlab).

Conventions
-----------
A track's probabilities come from models that were not trained on its artist, as far as artists are known: folds are
:func:`mgc.splits.make_split`'s by artist, duplicates that were found stay in one fold, and scaling is fitted inside a
fold. The model is a logistic regression on descriptors and picture features, averaged over five shuffles of the folds,
so that the list does not depend on one of them. It is often wrong (:class:`LabelModel` says how often): a listed track
is a reason to listen, not a verdict.

Picture features: a picture is relative to its own peak, so they do not depend on how loud a track is. For each of 32
groups of bands: mean, standard deviation and mean change from column to column. For each of 8 groups: the strength of
its modulation in ten ranges of 0.2 to 5.6 Hz (the logarithm of the mean of the spectrum of its course in time).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from mgc.datasets.base import normalised_artist
from mgc.errors import DatasetError
from mgc.features.pictures import COLUMNS_PER_SECOND

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from mgc.datasets.base import Track

__all__ = [
    "FITS", "N_PICTURE_FEATURES", "LabelIssue", "LabelModel", "conflicts", "feature_table", "find_issues",
    "out_of_fold", "picture_features", "rare_genres", "score_model",
]  # fmt: skip

Array = npt.NDArray[np.float64]

_SHUFFLES: Final = 5
_FOLDS: Final = 5
FITS: Final = _SHUFFLES * _FOLDS  # models that are fitted at most
_C: Final = 0.03  # of the regression: the best log loss of 0.01, 0.03 and 0.1 on GTZAN by artists

_BANDS: Final = 32
_COARSE: Final = 8
_MODULATIONS: Final = (0.2, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0, 4.8, 5.6)  # Hz; half of 11.15 columns a second
_SMALL: Final = 1e-3  # added before the logarithm: a band that never changes has none
N_PICTURE_FEATURES: Final = 3 * _BANDS + _COARSE * (len(_MODULATIONS) - 1)


@dataclass(frozen=True, slots=True)
class LabelIssue:
    """A track that sounds like another genre than its label; of one with a twin no probability is given."""

    track: str
    given: str  # its label
    looks_like: str  # the most probable genre
    score: float  # 0..1, cleanlab's self-confidence, which ranks the list: ``p_given``, 0 for a track with a twin
    p: float | None  # 0..1, probability of ``looks_like``
    p_given: float | None  # 0..1, probability of the label
    twin: str = ""  # an exact duplicate with another label: one of the two labels is wrong


@dataclass(frozen=True, slots=True)
class LabelModel:
    """How good the model behind the label issues is on this data set; intervals hold 95 %."""

    right: float  # 0..1, share of tracks whose label it predicts
    low: float  # bounds of its interval over tracks
    high: float
    n: int  # tracks with a prediction
    unnamed: int  # of these, tracks of an unknown artist, who may be in the training part too
    low_by_artist: float  # bounds of its interval over artists
    high_by_artist: float
    n_artists: int  # an unknown one is counted for each of its tracks


def conflicts(pairs: Iterable[tuple[str, str]], genres: Mapping[str, str]) -> tuple[LabelIssue, ...]:
    """Return the tracks of exact pairs whose labels differ, each once."""
    found = {
        one: LabelIssue(one, genres[one], genres[other], 0.0, None, None, twin=other)
        for pair in reversed(list(pairs))  # a track of several pairs keeps its first twin
        for one, other in (pair[::-1], pair)
        if genres[one] != genres[other]
    }
    return tuple(reversed(found.values()))


def rare_genres(tracks: Iterable[Track]) -> tuple[str, ...]:
    """Return the genres with too few tracks for the folds, each of which needs a track of every genre; sorted.

    Where two genres have five tracks, genres with fewer are rare; otherwise only those with a single track.
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
    progress: Callable[[int, int], None] | None = None,
) -> tuple[Array, tuple[str, ...]]:
    """Predict every track's genre by models that were trained on other artists and on no duplicate of it.

    Parameters
    ----------
    tracks : sequence of Track, length n
        none of a genre of :func:`rare_genres`; a DatasetError says that there are too few, or too few artists
    table : np.ndarray [shape=(n, p)]
        features of each track; NaN where unknown
    together : iterable of (id, id)
        duplicates that were found
    seed : int
        of the shuffles
    progress : callable or None
        called with the number of models fitted so far and the number of all models; may raise to stop

    Returns
    -------
    np.ndarray [shape=(n, g)], tuple of str, length g
        probabilities, a row of NaN where the track's genre was never in training, and the genres, sorted
    """
    from mgc.splits import make_split

    genres = tuple(sorted({track.genre for track in tracks}))
    labels = np.array([genres.index(track.genre) for track in tracks])
    at = {track.id: row for row, track in enumerate(tracks)}
    folds = min(_FOLDS, *(int(count) for count in np.bincount(labels))) if len(genres) > 1 else 0
    if folds < 2:
        raise DatasetError("Checking labels needs at least two genres with two tracks each.")
    pairs = tuple(together)
    total, fitted = np.zeros((len(tracks), len(genres))), np.zeros((len(tracks), 1))
    for shuffle in range(_SHUFFLES):
        split = make_split(tracks, "artists", k=folds, seed=seed + shuffle, together=pairs)
        for number, fold in enumerate(split.folds):
            if progress:
                progress(shuffle * folds + number, _SHUFFLES * folds)
            train = np.array([at[name] for name in (*fold.train, *fold.validation)])
            test = np.array([at[name] for name in fold.test])
            test = test[np.isin(labels[test], labels[train])]
            if len(test) and len(np.unique(labels[train])) > 1:
                total[test] += _predict(table[train], labels[train], table[test], len(genres))
                fitted[test] += 1
    return np.where(fitted > 0, total / np.maximum(fitted, 1), np.nan), genres


def score_model(tracks: Sequence[Track], predicted: Array, genres: Sequence[str]) -> LabelModel | None:
    """Return how often the models are right, None when they predicted nothing; parameters as :func:`find_issues`."""
    from mgc.evaluation.metrics import accuracy, bootstrap
    from mgc.splits import artist_groups

    rows: list[int] = np.flatnonzero(np.isfinite(predicted).all(axis=1)).tolist()
    if not rows:
        return None
    known = [tracks[row] for row in rows]
    labels = np.array([genres.index(track.genre) for track in known])
    answers, artists = predicted[rows].argmax(axis=1), artist_groups(known)
    by_track = bootstrap(labels, answers, accuracy)
    by_artist = bootstrap(labels, answers, accuracy, groups=artists)
    return LabelModel(
        right=round(by_track.value, 4),
        low=round(by_track.low, 4),
        high=round(by_track.high, 4),
        n=by_track.n,
        unnamed=sum(not normalised_artist(track.artist) for track in known),
        low_by_artist=round(by_artist.low, 4),
        high_by_artist=round(by_artist.high, 4),
        n_artists=len(np.unique(artists)),
    )


def _predict(known: Array, labels: npt.NDArray[np.intp], asked: Array, n_genres: int) -> Array:
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    model: Any = make_pipeline(
        SimpleImputer(keep_empty_features=True), StandardScaler(), LogisticRegression(C=_C, max_iter=1000)
    )
    model.fit(known, labels)
    predicted = np.zeros((len(asked), n_genres))
    predicted[:, model.classes_] = model.predict_proba(asked)
    return predicted


def find_issues(tracks: Sequence[Track], predicted: Array, genres: Sequence[str]) -> tuple[LabelIssue, ...]:
    """Return the tracks whose labels are issues to cleanlab, the worst first.

    ``predicted`` are probabilities [shape=(n, g)] as :func:`out_of_fold` gives them; rows of NaN are passed over.
    """
    from cleanlab.filter import find_label_issues  # type: ignore[import-untyped]
    from cleanlab.rank import get_label_quality_scores  # type: ignore[import-untyped]

    labels = np.array([genres.index(track.genre) for track in tracks], dtype=np.intp)
    known = np.isfinite(predicted).all(axis=1)
    # cleanlab estimates each genre's threshold from its own tracks: a genre with fewer than two is left out.
    counts = np.bincount(labels[known], minlength=len(genres))
    held = np.flatnonzero(counts > 1)
    rows = np.flatnonzero(known & np.isin(labels, held))
    if len(held) < 2:
        return ()
    p, given = predicted[rows][:, held], np.searchsorted(held, labels[rows])
    p = p / np.maximum(p.sum(axis=1, keepdims=True), np.finfo(float).tiny)
    flagged = find_label_issues(given, p, n_jobs=1)
    scores = get_label_quality_scores(given, p, method="self_confidence")
    order = [at for at in np.argsort(scores, kind="stable").tolist() if flagged[at] and p[at].argmax() != given[at]]
    return tuple(
        LabelIssue(
            tracks[rows[at]].id,
            genres[held[given[at]]],
            genres[held[p[at].argmax()]],
            round(float(scores[at]), 4),
            round(float(p[at].max()), 4),
            round(float(p[at, given[at]]), 4),
        )
        for at in order
    )


def feature_table(descriptors: Array, pictures: npt.NDArray[np.uint8], widths: npt.NDArray[np.integer[Any]]) -> Array:
    """Return level-free descriptors beside picture features [shape=(n, 53 + 176)], NaN where unknown."""
    from mgc.nets.descriptor_kernel import prepare

    known = np.asarray(np.isfinite(descriptors).all(axis=1))
    prepared = prepare(np.where(known[:, None], descriptors, 0.0))
    prepared[~known] = np.nan
    return np.concatenate([prepared, picture_features(pictures, widths)], axis=1)


def picture_features(pictures: npt.NDArray[np.uint8], widths: npt.NDArray[np.integer[Any]]) -> Array:
    """Return the picture features [shape=(n, 176)], NaN for tracks that show less than a second.

    ``pictures`` [shape=(n, 128, C)] are those of :func:`mgc.features.pictures.columns`, of which ``widths``
    [shape=(n,), 0..C] columns show sound.
    """
    found = np.full((len(pictures), N_PICTURE_FEATURES), np.nan)
    for row, (picture, width) in enumerate(zip(pictures, widths, strict=True)):
        if width >= COLUMNS_PER_SECOND:
            found[row] = _summary(np.asarray(picture[:, :width]), pictures.shape[2])
    return found


def _summary(picture: npt.NDArray[np.uint8], length: int) -> Array:
    """Return the features of one picture; for the modulation, silence follows it up to ``length`` columns."""
    grouped = picture.reshape(_BANDS, -1, picture.shape[1]).mean(axis=1) / 255.0
    coarse = grouped.reshape(_COARSE, -1, picture.shape[1]).mean(axis=1)
    course = (coarse - coarse.mean(axis=1, keepdims=True)) * np.hanning(picture.shape[1])
    strength = np.abs(np.fft.rfft(course, length, axis=1))
    at = np.fft.rfftfreq(length, 1.0 / COLUMNS_PER_SECOND)
    modulation = [strength[:, (at >= low) & (at < high)].mean(axis=1) for low, high in pairwise(_MODULATIONS)]
    changes = np.abs(np.diff(grouped, axis=1)).mean(axis=1)
    return np.concatenate(
        [grouped.mean(axis=1), grouped.std(axis=1), changes, np.log(np.stack(modulation, axis=1) + _SMALL).ravel()]
    )
