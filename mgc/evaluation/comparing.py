"""Runs side by side: their scores, the difference of each pair with its tests, and what that means in words.

Conventions
-----------
Only runs over the same clips, with the same genres and under one protocol are compared; anything else is refused with a
:class:`mgc.errors.ComparisonError`, whose sentence says what differs. Runs are known by the keys of the mapping they
are given in; ``name`` is what sentences call them. A difference is A minus B, in accuracy, where A is given before B.

Under the protocol ``segments`` the units are segments of 3 s. Segments of one clip are alike, so intervals over clips
draw all segments of a clip together; McNemar's p counts segments as independent and is too small there.
"""

from __future__ import annotations

import itertools
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from mgc.errors import ComparisonError
from mgc.evaluation import metrics
from mgc.evaluation.predictions import Predictions
from mgc.evaluation.significance import (
    LEVEL,
    CorrectedT,
    Difference,
    McNemar,
    Ranks,
    bootstrap_difference,
    corrected_t,
    friedman,
    holm,
    mcnemar,
)
from mgc.genres import display_name

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mgc.evaluation.metrics import Interval

__all__ = [
    "FEW_ARTISTS", "Candidate", "Comparison", "Pair", "Score", "check", "compare", "difference", "in_words",
    "matrix", "scores",
]  # fmt: skip

FEW_ARTISTS: Final = 50  # with 30 a bootstrap over artists rejects in 7.7 % instead of 5, with 10 in 10 (docs/NOTES.md)
_SMALLEST: Final = 0.0001  # p below which no digits are told
_BINS: Final = 10  # of the calibration error, as in cards
_TOP: Final = f"top_{metrics.TOP}"
_OF_CLASSES: Final = {
    "accuracy": metrics.accuracy,
    "balanced_accuracy": metrics.balanced_accuracy,
    "macro_f1": metrics.macro_f1,
}
_OF_PROBABILITIES: Final = {_TOP: metrics.top_k, "log_loss": metrics.log_loss, "brier": metrics.brier}

Units = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True, eq=False)
class Candidate:
    """A run that may be compared.

    Attributes
    ----------
    name : str
        what sentences call it
    dataset, protocol : str
    split : str
        hash of the folds
    classes : tuple of str
        genres, in the order of the columns of the probabilities
    n_folds : int
        planned
    finished : bool
    predictions : Predictions
        of all finished folds
    n_train : tuple of int
        units that each fold was trained on, without those of validation; empty where it is not known
    """

    name: str
    dataset: str
    protocol: str
    split: str
    classes: tuple[str, ...]
    n_folds: int
    finished: bool
    predictions: Predictions
    n_train: tuple[int, ...] = ()

    @property
    def guess(self) -> Units:
        """The most probable class of each unit [shape=(n,)]."""
        return np.asarray(self.predictions.probabilities.argmax(axis=1), dtype=np.intp)

    @property
    def right(self) -> npt.NDArray[np.bool_]:
        """Whether each unit is classified correctly [shape=(n,)]."""
        return np.asarray(self.guess == self.predictions.labels)


@dataclass(frozen=True, slots=True)
class Score:
    """A score of one run, with its 95 % intervals where it has them.

    The calibration error has none: resampling adds noise to every bin and so raises it. There is none over artists
    where there is only one.
    """

    value: float
    over_clips: Interval | None = None
    over_artists: Interval | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Pair:
    """Two runs over the same clips.

    Attributes
    ----------
    a, b : str
        keys of the runs
    over_clips : Difference
        in accuracy, with its bootstrap over clips
    over_artists : Difference or None
        the same over artists; None where there is only one
    mcnemar : McNemar
    corrected_t : CorrectedT or None
        None for a single fold, for other folds, and where every fold has the same difference
    holm : mapping of str to float
        p of each test, by the names of the attributes, adjusted for the number of pairs that it was computed for
    only_a, only_b : tuple of str
        ids of the discordant units: those that only A, or only B, classified correctly
    """

    a: str
    b: str
    over_clips: Difference
    over_artists: Difference | None
    mcnemar: McNemar
    corrected_t: CorrectedT | None
    holm: Mapping[str, float]
    only_a: tuple[str, ...]
    only_b: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """Runs over the same clips.

    Attributes
    ----------
    names : mapping of str to str
        what sentences call each run, by its key
    protocol : str
    n, n_clips, n_artists : int
        tested units, the clips that they belong to (fewer under ``segments`` only), and their artists
    scores : mapping of str to mapping of str to Score
        of each run, by name of the score; ``window_accuracy`` only where windows were recorded
    pairs : tuple of Pair
    ranks : Ranks or None
        over folds, in the order of ``names``; None for fewer than three runs, for other folds, and for a single fold
    """

    names: Mapping[str, str]
    protocol: str
    n: int
    n_clips: int
    n_artists: int
    scores: Mapping[str, Mapping[str, Score]]
    pairs: tuple[Pair, ...]
    ranks: Ranks | None

    def to_json(self) -> dict[str, Any]:
        """Return all of it as ``mgc compare --json`` prints it."""
        about = ("protocol", "n", "n_clips", "n_artists")
        return {
            **{name: getattr(self, name) for name in about},
            "names": dict(self.names),
            "scores": {
                run: {name: _score_json(one) for name, one in found.items()} for run, found in self.scores.items()
            },
            "pairs": [_pair_json(self, one) for one in self.pairs],
            "ranks": None if self.ranks is None else asdict(self.ranks) | {"mean": _by_run(self.names, self.ranks)},
        }


def _by_run(names: Mapping[str, str], ranks: Ranks) -> dict[str, float]:
    return dict(zip(names, ranks.mean, strict=True))


def _score_json(one: Score) -> dict[str, Any]:
    over = {"over_clips": one.over_clips, "over_artists": one.over_artists}
    bounds = {key: None if found is None else {"low": found.low, "high": found.high} for key, found in over.items()}
    return {"value": one.value, **bounds}


def _pair_json(whole: Comparison, one: Pair) -> dict[str, Any]:
    def test(name: str) -> dict[str, Any] | None:
        found = getattr(one, name)
        return None if found is None else asdict(found) | {"p_holm": one.holm[name]}

    return {
        "a": one.a,
        "b": one.b,
        "difference": {"value": one.over_clips.value, "low": one.over_clips.low, "high": one.over_clips.high},
        "mcnemar": test("mcnemar"),
        "corrected_t": test("corrected_t"),
        "bootstrap": {"over_clips": test("over_clips"), "over_artists": test("over_artists")},
        "only_a": list(one.only_a),
        "only_b": list(one.only_b),
        "words": in_words(whole, one),
    }


def compare(runs: Mapping[str, Candidate]) -> Comparison:
    """Compare two runs or more over the same clips.

    The corrected t-test takes its ratio n_test / n_train from ``n_train`` where that is known, else 1 / (k - 1) for k
    folds. Runs over the same clips in other folds are compared by clips and artists only.

    Raises
    ------
    ComparisonError
        with one sentence that says what differs: protocol, genres, clips or labels; that a run has not finished; or
        that there are fewer than two
    """
    aligned = check(runs)
    names = {key: one.name for key, one in aligned.items()}
    base = next(iter(aligned.values()))
    clips, over_artists = _clips(base), _artists(base)
    pairs = [_pair(a, b, aligned, clips, over_artists) for a, b in itertools.combinations(aligned, 2)]
    same_folds = all(_same_folds(one, base) for one in aligned.values())
    return Comparison(
        names,
        base.protocol,
        len(base.predictions.units),
        len(base.predictions.units) if clips is None else len(np.unique(clips)),
        len(np.unique(base.predictions.artists)),
        {key: _scores(one, clips, over_artists) for key, one in aligned.items()},
        _adjusted(pairs),
        friedman(np.stack([_by_fold(one) for one in aligned.values()], axis=1))
        if len(runs) > 2 and same_folds
        else None,
    )


def check(runs: Mapping[str, Candidate]) -> dict[str, Candidate]:
    """Return runs with their clips and genres in the order of the first, each with a name of its own.

    Raises as :func:`compare` does.
    """
    if len(runs) < 2:
        raise ComparisonError("Choose at least two runs to compare.")
    names = _names(runs)
    first, *_ = runs
    base = replace(runs[first], name=names[first])
    return {key: _aligned(replace(one, name=names[key]), base) for key, one in runs.items()}


def scores(one: Candidate) -> dict[str, Score]:
    """Return the scores of a run, as a comparison has them; it may be unfinished."""
    return _scores(one, _clips(one), _artists(one))


def _names(runs: Mapping[str, Candidate]) -> dict[str, str]:
    """Return what each run is called: its name, with its key where another has the same name."""
    given = [one.name for one in runs.values()]
    return {key: f"{one.name} ({key})" if given.count(one.name) > 1 else one.name for key, one in runs.items()}


def _aligned(one: Candidate, base: Candidate) -> Candidate:
    """Return a run with its units and genres in the order of another; ComparisonError says why they do not match."""
    for each in (base, one):
        done = len(np.unique(each.predictions.fold))
        if done < each.n_folds or not each.finished:
            so_far = f": {done} of its {each.n_folds} folds are tested" if done < each.n_folds else ""
            raise ComparisonError(f"{each.name} has not finished{so_far}.")
    if set(one.classes) != set(base.classes):
        raise ComparisonError(_other_genres(base, one))
    if one.protocol != base.protocol:
        raise ComparisonError(
            f"{base.name} was tested under the protocol {base.protocol}, {one.name} under {one.protocol}: only runs "
            "under the same protocol can be compared."
        )
    return _in_order(one, base)


def _other_genres(base: Candidate, one: Candidate) -> str:
    if one.dataset != base.dataset:
        return (
            f"{base.name} was tested on the data set {base.dataset}, {one.name} on {one.dataset}, and their genres "
            "differ: only runs over the same clips can be compared."
        )
    missing = [name for name in (*base.classes, *one.classes) if (name in base.classes) != (name in one.classes)]
    listed = ", ".join(map(display_name, missing[:3])) + (f" and {len(missing) - 3} more" if len(missing) > 3 else "")
    return f"{base.name} and {one.name} were trained on different genres: only one of them knows {listed}."


def _in_order(one: Candidate, base: Candidate) -> Candidate:
    said, wanted = one.predictions, base.predictions.units
    unit = "segments" if one.protocol == "segments" else "clips"
    a, b = base.name, one.name
    row = {name: number for number, name in enumerate(said.units)}
    shared = sum(name in row for name in wanted)
    if not shared == len(wanted) == len(row):
        raise ComparisonError(
            f"Tested on different {unit}: {a} on {len(wanted):,}, {b} on {len(row):,}; "
            f"{f'{shared:,} of them are' if shared else 'none is'} the same."
        )
    order = np.array([row[name] for name in wanted], dtype=np.intp)
    column = np.array([one.classes.index(name) for name in base.classes], dtype=np.intp)
    labels = np.argsort(column)[said.labels[order]]
    if unlike := int((labels != base.predictions.labels).sum()):
        raise ComparisonError(
            f"{a} and {b} were tested with different labels: {unlike:,} of the {len(wanted):,} {unit} "
            "have another genre."
        )
    optional = {name: getattr(said, name) for name in ("distance", "pauses", "windows", "windows_right")}
    return replace(
        one,
        classes=base.classes,
        predictions=Predictions(
            wanted,
            said.fold[order],
            labels,
            said.probabilities[np.ix_(order, column)],
            said.artists[order],
            **{name: None if found is None else found[order] for name, found in optional.items()},
        ),
    )


def _clips(one: Candidate) -> Units | None:
    """Return a number for the clip that each segment belongs to; None where each unit is a clip of its own."""
    if one.protocol != "segments":
        return None
    return np.unique([unit.rpartition(".")[0] for unit in one.predictions.units], return_inverse=True)[1]


def _artists(one: Candidate) -> Units | None:
    """Return a number for the artist of each unit; None where all of them are by one."""
    artists = one.predictions.artists
    return artists if len(np.unique(artists)) > 1 else None


def _scores(one: Candidate, clips: Units | None, artists: Units | None) -> dict[str, Score]:
    said = one.predictions
    given: dict[str, tuple[npt.NDArray[Any], npt.NDArray[Any], Any]] = {
        name: (said.labels, one.guess, metric) for name, metric in _OF_CLASSES.items()
    }
    given |= {name: (said.labels, said.probabilities, metric) for name, metric in _OF_PROBABILITIES.items()}
    if said.windows is not None and said.windows_right is not None and said.windows.all():
        given["window_accuracy"] = (said.windows, said.windows_right, metrics.window_accuracy)
    found = {}
    for name, (truth, guess, metric) in given.items():
        over_clips = metrics.bootstrap(truth, guess, metric, groups=clips)
        over_artists = None if artists is None else metrics.bootstrap(truth, guess, metric, groups=artists)
        found[name] = Score(over_clips.value, over_clips, over_artists)
    return found | {"ece": Score(metrics.expected_calibration_error(said.probabilities, said.labels, bins=_BINS))}


def _pair(a: str, b: str, runs: Mapping[str, Candidate], clips: Units | None, artists: Units | None) -> Pair:
    right_a, right_b = runs[a].right, runs[b].right
    units = np.asarray(runs[a].predictions.units, dtype=object)
    return Pair(
        a,
        b,
        bootstrap_difference(right_a, right_b, groups=clips),
        None if artists is None else bootstrap_difference(right_a, right_b, groups=artists),
        mcnemar(right_a, right_b),
        _corrected_t(runs[a], runs[b]),
        {},
        tuple(units[right_a & ~right_b].tolist()),
        tuple(units[right_b & ~right_a].tolist()),
    )


def _same_folds(one: Candidate, other: Candidate) -> bool:
    """Return whether two aligned runs were trained and tested on the same folds, two or more."""
    folds = one.predictions.fold
    return one.split == other.split and bool((folds == other.predictions.fold).all()) and len(np.unique(folds)) > 1


def _by_fold(one: Candidate) -> npt.NDArray[np.float64]:
    """Return the accuracy in each fold [shape=(J,)]."""
    folds = np.unique(one.predictions.fold, return_inverse=True)[1]
    return np.asarray(np.bincount(folds, weights=one.right) / np.bincount(folds))


def _corrected_t(a: Candidate, b: Candidate) -> CorrectedT | None:
    if not _same_folds(a, b):
        return None
    n_folds = len(np.unique(a.predictions.fold))
    known = len(a.n_train) == n_folds and all(a.n_train)
    ratio = len(a.predictions.units) / sum(a.n_train) if known else 1.0 / (n_folds - 1)
    found = corrected_t(_by_fold(a) - _by_fold(b), ratio)
    return found if np.isfinite(found.t) else None


def _adjusted(pairs: Sequence[Pair]) -> tuple[Pair, ...]:
    """Return pairs with the p of each test adjusted for as many pairs as it was computed for."""
    adjusted: list[dict[str, float]] = [{} for _ in pairs]
    for test in ("mcnemar", "over_clips", "over_artists", "corrected_t"):
        there = [number for number, pair in enumerate(pairs) if getattr(pair, test) is not None]
        for number, p in zip(there, holm([getattr(pairs[n], test).p for n in there]), strict=True):
            adjusted[number][test] = p
    return tuple(replace(pair, holm=values) for pair, values in zip(pairs, adjusted, strict=True))


def matrix(one: Candidate, fold: int | None = None) -> npt.NDArray[np.int64]:
    """Return the confusion matrix of a run, or of one of its folds: row = truth, column = prediction."""
    rows = slice(None) if fold is None else one.predictions.fold == fold
    n = len(one.classes)
    if not len(one.predictions.labels[rows]):
        return np.zeros((n, n), dtype=np.int64)
    return metrics.confusion(one.predictions.labels[rows], one.guess[rows], n)


def difference(a: Candidate, b: Candidate, fold: int | None = None) -> npt.NDArray[np.int64]:
    """Return the confusion matrix of A minus that of B: row = truth, column = prediction, each row sums to 0.

    Raises
    ------
    ComparisonError
        as :func:`compare` does, and for a fold that does not hold the same clips in both
    """
    b = _aligned(b, a)
    if fold is not None and not ((a.predictions.fold == fold) == (b.predictions.fold == fold)).all():
        raise ComparisonError(f"Fold {fold + 1} of {a.name} and of {b.name} holds different clips.")
    return matrix(a, fold) - matrix(b, fold)


def in_words(whole: Comparison, pair: Pair) -> str:
    """Say in one or two sentences which run of a pair is better, and how far that can be relied on.

    "Better" needs both an interval over clips without 0 and McNemar's p below 0.05 after Holm's correction; where only
    one of them agrees, the result is called borderline. Under ``segments`` the bootstrap over clips decides alone. That
    a difference holds for other artists is said only with :data:`FEW_ARTISTS` or more.
    """
    ahead, behind = (pair.a, pair.b) if pair.over_clips.value >= 0 else (pair.b, pair.a)
    ahead, behind = whole.names[ahead], whole.names[behind]
    if whole.protocol == "segments":
        return _of_segments(whole, pair, ahead, behind)
    n_pairs, where = len(whole.pairs), f"on these {whole.n:,} clips"
    if not pair.only_a and not pair.only_b:
        return f"{ahead} and {behind} are right and wrong on exactly the same clips of these {whole.n:,}."
    p, adjusted = pair.mcnemar.p, pair.holm["mcnemar"]
    found = f"{_said(pair.over_clips)}, McNemar {_p(p, adjusted, n_pairs)}"
    significant, apart = p < LEVEL, pair.over_clips.p < LEVEL
    if apart and adjusted < LEVEL:
        return f"{ahead} is better than {behind} {where}: {found}{_of_artists(pair, n_pairs)}"
    if apart and significant:
        return (
            f"{ahead} is ahead of {behind} {where}, but not significantly once corrected for {n_pairs} pairs: {found}."
        )
    if apart or significant:
        return f"Whether {ahead} is better than {behind} {where} is borderline: {found}."
    other = pair.over_artists
    by_artist = ""
    if other is not None and other.p < LEVEL and other.n_units >= FEW_ARTISTS:
        by_artist = f" But the interval over artists, {_bounds(other)}, does not contain 0: the tests disagree."
    return f"{ahead} and {behind} cannot be told apart {where}: {_favour(pair, ahead)}{found}.{by_artist}"


def _of_segments(whole: Comparison, pair: Pair, ahead: str, behind: str) -> str:
    where = f"on these {whole.n:,} segments"
    leak = "egments of the same clips are in training and test, so this says nothing about new songs."
    if not pair.only_a and not pair.only_b:
        return f"{ahead} and {behind} are right and wrong on exactly the same segments of these {whole.n:,}. S{leak}"
    found = f"{_said(pair.over_clips)} over clips, {_p(pair.over_clips.p, pair.holm['over_clips'], len(whole.pairs))}"
    if pair.holm["over_clips"] < LEVEL:
        return f"{ahead} is better than {behind} {where}: {found}. But s{leak}"
    return f"{ahead} and {behind} cannot be told apart {where}: {_favour(pair, ahead)}{found}. S{leak}"


def _of_artists(pair: Pair, n_pairs: int) -> str:
    """Return the end of a sentence that calls a run better: whether that holds when artists are drawn."""
    found = pair.over_artists
    if found is None:
        return "; all of them are by one artist, so it may not hold for others."
    if found.n_units == found.n:  # each clip has an artist of its own: the two bootstraps are one
        return "."
    adjusted = pair.holm["over_artists"]
    said = f"95\N{NO-BREAK SPACE}% interval {_bounds(found)}"
    if found.p >= LEVEL:
        return f"; but not once whole artists are resampled ({said})."
    if adjusted >= LEVEL:
        return (
            f"; but once whole artists are resampled, not significantly among {n_pairs} pairs "
            f"({said}, p after the same correction {_number(adjusted)})."
        )
    if found.n_units < FEW_ARTISTS:
        return f"; {found.n_units} artists are too few to tell whether this holds for others."
    return f"; and also once whole artists are resampled ({said})."


def _favour(pair: Pair, ahead: str) -> str:
    return "" if len(pair.only_a) == len(pair.only_b) else f"{ahead} is ahead by "


def _said(found: Difference) -> str:
    """Return a difference and its interval, as seen by the run that is ahead."""
    return f"{_points(abs(found.value))} points, 95\N{NO-BREAK SPACE}% interval {_bounds(found)}"


def _bounds(found: Difference) -> str:
    low, high = (found.low, found.high) if found.value >= 0 else (-found.high, -found.low)
    return f"{_points(low)} to {_points(high)}"


def _points(share: float) -> str:
    return f"{100 * share + 0.0:.1f}".replace("-0.0", "0.0").replace("-", "\N{MINUS SIGN}")


def _p(p: float, adjusted: float, n_pairs: int) -> str:
    equals = "" if p < _SMALLEST else "= "
    corrected = f" ({_number(adjusted)} after Holm's correction for {n_pairs} pairs)" if n_pairs > 1 else ""
    return f"p {equals}{_number(p)}{corrected}"


def _number(p: float) -> str:
    return f"{p:.2g}" if p >= _SMALLEST else f"< {_SMALLEST}"
