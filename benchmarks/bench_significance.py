"""What comparing runs costs, and how often each test rejects at 5 % although neither run is better.

``python -m benchmarks.bench_significance [n]`` makes n simulations a row: 4000 without it, about four minutes; 0 for
the times alone. A test keeps its promise when it rejects in 3 to 7 % of them where its assumption holds. Three meanings
of "neither is better":

* clips: each clip has a difficulty of its own, and both runs classify it correctly with that probability. Clips are
  independent.
* artists: each run classifies the clips of an artist correctly with a probability drawn for that run and artist. Clips
  of an artist are alike; which run is better changes from artist to artist, by chance.
* training: learners on separate features that are equally informative by construction, and a new draw of the data each
  time. Which is better depends on the clips that they happen to be trained and tested on.
"""

from __future__ import annotations

import sys
import time
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from mgc.evaluation import metrics
from mgc.evaluation.comparing import Candidate, compare
from mgc.evaluation.predictions import Predictions
from mgc.evaluation.significance import LEVEL, bootstrap_difference, corrected_t, friedman, mcnemar

if TYPE_CHECKING:
    from collections.abc import Callable

LEAST, MOST = 0.03, 0.07
SECONDS = {"artists": (1000, 1.0), "segments": (7901, 3.0)}  # of comparing six runs over so many units, at most
GENRES, FEATURES, SHIFT = 10, 20, 2.0  # of the learners' data; about 60 % are classified correctly

Rates = dict[str, float]


class Folds(NamedTuple):
    """What three learners come to in each fold."""

    accuracy: np.ndarray  # (folds, learners)
    ratio: float  # n_test / n_train
    right: np.ndarray  # (tested clips, learners)


def of_clips(rng: np.random.Generator, n: int = 1000) -> tuple[np.ndarray, np.ndarray]:
    """Draw whether two runs classify n clips correctly: 70 % each, 28 % of the clips discordant."""
    easy = rng.beta(1.4, 0.6, n)
    return rng.random(n) < easy, rng.random(n) < easy


def of_artists(
    rng: np.random.Generator, n_artists: int = 200, n: int = 1000
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Draw the same for clips of artists, few of whom have many clips; also return the artist of each clip."""
    share = 1.0 / np.arange(5, n_artists + 5)
    artists = np.concatenate([np.arange(n_artists), rng.choice(n_artists, n - n_artists, p=share / share.sum())])
    a, b = (rng.random(n) < rng.beta(2.8, 1.2, n_artists)[artists] for _ in range(2))
    return a, b, artists


def of_training(rng: np.random.Generator, n_folds: int = 10, *, k_fold: bool = True, n: int = 200) -> Folds:
    """Train and test three nearest-centroid learners on k folds, or as often on 90 and 10 % drawn at random."""
    labels = np.arange(n) % GENRES
    truth = np.eye(GENRES)[labels]
    x = rng.normal(size=(3, n, FEATURES)) + SHIFT * np.eye(GENRES, FEATURES)[labels]
    if k_fold:
        tests = np.array_split(rng.permutation(n), n_folds)
    else:
        tests = [rng.permutation(n)[: n // 10] for _ in range(n_folds)]
    right = []
    for test in tests:
        member = truth.copy()
        member[test] = 0.0
        centroids = member.T @ x / np.maximum(member.sum(axis=0)[:, None], 1.0)  # (3, GENRES, FEATURES)
        distance = (centroids**2).sum(axis=-1)[:, None] - 2.0 * x[:, test] @ centroids.transpose(0, 2, 1)
        right.append((distance.argmin(axis=-1) == labels[test]).T)
    size = len(tests[0])
    return Folds(np.array([one.mean(axis=0) for one in right]), size / (n - size), np.concatenate(right))


def clip_tests(rng: np.random.Generator, n: int) -> Rates:
    a, b = of_clips(rng, n)
    return {"McNemar": mcnemar(a, b).p, "bootstrap, clips": bootstrap_difference(a, b).p}


def artist_tests(rng: np.random.Generator, n_artists: int) -> Rates:
    a, b, artists = of_artists(rng, n_artists)
    over = bootstrap_difference(a, b, groups=artists).p
    return {"McNemar": mcnemar(a, b).p, "bootstrap, clips": bootstrap_difference(a, b).p, "bootstrap, artists": over}


def fold_tests(rng: np.random.Generator, n_folds: int, k_fold: bool) -> Rates:
    found = of_training(rng, n_folds, k_fold=k_fold)
    difference = found.accuracy[:, 0] - found.accuracy[:, 1]
    p = {"corrected t": corrected_t(difference, found.ratio).p, "naive t": corrected_t(difference, 0.0).p}
    if k_fold:  # each clip is tested once
        p |= {"McNemar": mcnemar(*found.right.T[:2]).p, "Friedman (3 runs)": friedman(found.accuracy).p}
    return p


def rates(draw: Callable[[np.random.Generator], Rates], n: int, seed: int = 7) -> Rates:
    """Return the share of n simulations in which each test rejects."""
    rng = np.random.default_rng(seed)
    found = [draw(rng) for _ in range(n)]
    return {name: float(np.mean([one[name] < LEVEL for one in found])) for name in found[0]}


# name -> what is drawn, and the tests whose assumption holds there
SETTINGS: dict[str, tuple[Callable[[np.random.Generator], Rates], set[str]]] = {
    "clips: 1,000": (lambda rng: clip_tests(rng, 1000), {"McNemar", "bootstrap, clips"}),
    "clips: 290": (lambda rng: clip_tests(rng, 290), {"McNemar", "bootstrap, clips"}),
    "clips: 60": (lambda rng: clip_tests(rng, 60), set()),
    "artists: 1,000 clips of 200": (lambda rng: artist_tests(rng, 200), {"bootstrap, artists"}),
    "artists: 1,000 clips of 60": (lambda rng: artist_tests(rng, 60), {"bootstrap, artists"}),
    "artists: 1,000 clips of 30": (lambda rng: artist_tests(rng, 30), set()),
    "artists: 1,000 clips of 10": (lambda rng: artist_tests(rng, 10), set()),
    "artists: 1,000 clips of 5": (lambda rng: artist_tests(rng, 5), set()),
    "training: 10 random parts": (lambda rng: fold_tests(rng, 10, False), {"corrected t"}),
    "training: 30 random parts": (lambda rng: fold_tests(rng, 30, False), {"corrected t"}),
    "training: 5 folds": (lambda rng: fold_tests(rng, 5, True), set()),
    "training: 10 folds": (lambda rng: fold_tests(rng, 10, True), set()),
}


def made_up(rng: np.random.Generator, n: int, protocol: str) -> Candidate:
    """Return a run over n clips of 300 artists, or n segments of clips, that classifies 70 % correctly."""
    number = np.arange(n)
    labels = number % GENRES
    p = rng.dirichlet(np.full(GENRES, 0.4), n)
    hit = rng.random(n) < 0.65
    p[hit, labels[hit]] += 1.0
    units = tuple(f"{row // 8}.{row % 8}" if protocol == "segments" else str(row) for row in number)
    windows, right = np.full(n, 9.0), np.where(hit, 7.0, 3.0)
    said = Predictions(
        units, number % 10, labels, p / p.sum(axis=1, keepdims=True), number // 8 % 300, None, None, windows, right
    )
    return Candidate("run", "bench", protocol, "split", tuple("abcdefghij"), 10, True, said)


def speed() -> bool:
    """Measure six runs side by side, and an interval with its resamples at once and one after the other."""
    kept = True
    for protocol, (n, most) in SECONDS.items():
        runs = {str(seed): made_up(np.random.default_rng(seed), n, protocol) for seed in range(6)}
        (first, *later), cores = timed(partial(compare, runs), 6)
        kept &= cores <= most  # on a quiet machine what it takes of a core is what it takes by the clock
        print(f"six runs, {n:,} {'segments' if protocol == 'segments' else 'clips'}: {min(later):.2f} s at best")
        print(f"  (first {first:.2f} s, median {np.median(later):.2f} s, of a core {cores:.2f} s, at most {most:g} s)")
    for n, _ in SECONDS.values():
        one = made_up(np.random.default_rng(0), n, "tracks")
        for groups in (None, one.predictions.artists):
            given = partial(metrics.bootstrap, one.predictions.labels, one.guess, groups=groups)
            (_, *fast), _ = timed(partial(given, metric=metrics.accuracy), 6)
            (_, *slow), _ = timed(partial(given, metric=lambda truth, guess: metrics.accuracy(truth, guess)), 3)
            over = "clips" if groups is None else f"{len(np.unique(groups))} artists"
            ratio = min(slow) / min(fast)
            print(
                f"interval of an accuracy, n = {n:,} over {over}: {1000 * min(fast):.1f} ms, {ratio:.0f} times faster"
            )
    return kept


def timed(work: Callable[[], object], times: int) -> tuple[list[float], float]:
    """Return the seconds that each call takes, and of a core for the cheapest."""
    wall, cores = [], []
    for _ in range(times):
        began, worked = time.perf_counter(), time.process_time()
        work()
        wall.append(time.perf_counter() - began)
        cores.append(time.process_time() - worked)
    return wall, min(cores)


def main(n: int) -> int:
    kept = speed()
    if not n:
        return 0 if kept else 1
    error = 100 * (LEVEL * (1 - LEVEL) / n) ** 0.5
    print(f"{n} simulations a row; rejected at 5 %, in percent (standard error of 5 %: {error:.1f})")
    for name, (draw, holds) in SETTINGS.items():
        began = time.perf_counter()
        found = rates(draw, n)
        said = []
        for test, rate in found.items():
            fine = LEAST <= rate <= MOST
            kept &= fine or test not in holds
            said.append(
                f"{test} {100 * rate:.1f}" + ("" if test not in holds else " (kept)" if fine else " (NOT KEPT)")
            )
        print(f"{name:28} {' · '.join(said)}   [{time.perf_counter() - began:.0f} s]", flush=True)
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 4000))
