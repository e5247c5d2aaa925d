"""How often each test rejects at 5 % although neither run is better: python -m benchmarks.bench_significance [n].

n simulations a row (4000 without it, about four minutes). A test keeps its promise when it rejects in 3 to 7 % of
them where its assumption holds. Three meanings of "neither is better":

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
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from mgc.evaluation.significance import LEVEL, bootstrap_difference, corrected_t, friedman, mcnemar

if TYPE_CHECKING:
    from collections.abc import Callable

LEAST, MOST = 0.03, 0.07
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


def main(n: int) -> int:
    kept = True
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
