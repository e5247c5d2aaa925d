"""Scores of a card: nothing that a score uses was fitted on its own test part."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from mgc.evaluation import scores
from mgc.evaluation.scores import Unseen

if TYPE_CHECKING:
    from collections.abc import Sequence

N = 200
LABELS = np.arange(N) % 10
MEMBERS = ("descriptors", "pictures")


def unseen(
    seed: int, positions: np.ndarray | None = None, right: float = 0.7, names: Sequence[str] = MEMBERS
) -> Unseen:
    """Return predictions that are right for some share of the clips."""
    rng = np.random.default_rng(seed)
    where = np.arange(N) if positions is None else positions

    def judge() -> np.ndarray:
        p = rng.dirichlet(np.full(10, 2.0), len(where))  # nowhere near 0: who is wrong is not certain of it
        hit = rng.random(len(where)) < right
        p[hit, LABELS[where][hit]] += 0.5
        return p / p.sum(axis=1, keepdims=True)

    members = {name: judge() for name in names}
    return Unseen(where, np.arange(len(where)) % 5, members, rng.uniform(0.5, 1.5, len(where)), np.zeros(len(where)))


def test_every_model_is_scored_on_every_tested_clip_with_an_interval_round_its_value() -> None:
    found = scores.score(unseen(0), unseen(1), LABELS, together=False)
    assert set(found) == {"descriptors", "pictures", "vote"}
    for one in found.values():
        assert one["accuracy"]["n"] == N
        assert one["accuracy"]["low"] <= one["accuracy"]["value"] <= one["accuracy"]["high"]
        assert np.sum(one["confusion"]) == N
        assert 0.0 <= one["coverage"] <= 1.0


def test_calibration_never_sees_a_clip_of_the_part_it_is_used_on(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[set[int]] = []
    reference, tested = unseen(1), unseen(2)
    fit = scores.fit_calibration

    def watch(given: Unseen, labels: np.ndarray, rows: np.ndarray, **how: Any) -> scores.Calibration:
        seen.append(set(given.positions[rows].tolist()))
        return fit(given, labels, rows, **how)

    monkeypatch.setattr(scores, "fit_calibration", watch)
    scores.score(tested, reference, LABELS, together=False)
    assert len(seen) == 5
    for number, fitted_on in enumerate(seen):
        assert not fitted_on & set(tested.positions[tested.fold == number].tolist())
        assert fitted_on


def test_a_single_test_part_is_kept_out_as_a_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[set[int]] = []
    reference, tested = unseen(1), unseen(2, positions=np.arange(0, N, 3))
    fit = scores.fit_calibration

    def watch(given: Unseen, labels: np.ndarray, rows: np.ndarray, **how: Any) -> scores.Calibration:
        seen.append(set(given.positions[rows].tolist()))
        return fit(given, labels, rows, **how)

    monkeypatch.setattr(scores, "fit_calibration", watch)
    found = scores.score(tested, reference, LABELS, together=True)
    assert seen == [set(range(N)) - set(range(0, N, 3))]
    assert found["vote"]["accuracy"]["n"] == len(tested.positions)


def test_the_vote_of_two_independent_judges_beats_each_of_them() -> None:
    found = scores.score(unseen(3), unseen(4), LABELS, together=False)
    alone = max(found[name]["accuracy"]["value"] for name in MEMBERS)
    assert found["vote"]["accuracy"]["value"] > alone


def test_answered_clips_are_right_more_often_than_all_clips() -> None:
    for one in scores.score(unseen(5, right=0.6), unseen(6, right=0.6), LABELS, together=False).values():
        assert one["accuracy_when_sure"] >= one["accuracy"]["value"]


def test_the_interval_over_artists_is_there_when_the_artists_are_known() -> None:
    artists = np.repeat(np.arange(20), 10)
    tested = unseen(0, positions=np.arange(100))
    found = scores.score(tested, unseen(1), LABELS, together=True, artists=artists)
    for one in found.values():
        over = one["accuracy_by_artist"]
        assert over["n_artists"] == 10
        assert over["low"] < one["accuracy"]["value"] < over["high"]
    assert "accuracy_by_artist" not in scores.score(tested, unseen(1), LABELS, together=True)["vote"]


def at(given: Unseen, rows: np.ndarray) -> Unseen:
    """Return the predictions at some rows, in their order and as often as they are named."""
    return replace(
        given,
        positions=given.positions[rows],
        fold=given.fold[rows],
        members={name: p[rows] for name, p in given.members.items()},
        distance=given.distance[rows],
        pauses=given.pauses[rows],
    )


def test_clips_of_rare_genres_are_repeated_as_often_as_asked_and_no_more() -> None:
    given = unseen(9)
    of = LABELS[given.positions]
    kept = np.flatnonzero((of == 0) | (np.arange(len(of)) % 40 < 10))  # the first genre has four times as many

    def fitted(rows: np.ndarray, repeated: int) -> scores.Calibration:
        return scores.fit_calibration(at(given, rows), LABELS, np.ones(len(rows), dtype=bool), repeated=repeated)

    counts = np.bincount(of[kept])
    assert np.rint(counts.max() / counts[1:].max()) > 2
    by_hand = np.concatenate([kept, kept[of[kept] > 0]])
    assert fitted(kept, 2).temperatures == pytest.approx(fitted(by_hand, 1).temperatures, rel=1e-4)
    assert fitted(kept, 2).temperatures != pytest.approx(fitted(kept, 9).temperatures, rel=1e-4)


def test_a_balanced_fit_does_not_change_when_a_genre_has_more_clips() -> None:
    given = unseen(9)
    often = np.concatenate([np.arange(N), *[np.flatnonzero(LABELS[given.positions] == 0)] * 3])
    more = at(given, often)
    fits = [
        scores.fit_calibration(one, LABELS, np.ones(len(one.positions), dtype=bool), repeated=most)
        for one in (given, more)
        for most in (9, 1)
    ]
    assert fits[2].shares == pytest.approx(fits[0].shares, abs=0.02)
    assert fits[2].temperatures == pytest.approx(fits[0].temperatures, rel=0.02)
    assert fits[3].temperatures != pytest.approx(fits[1].temperatures, rel=0.001)


@pytest.mark.parametrize("names", [("recurrent",), ("recurrent", "embeddings", "pictures")])
def test_the_members_are_those_of_the_predictions_whatever_their_names(names: tuple[str, ...]) -> None:
    tested, reference = unseen(7, names=names), unseen(8, names=names)
    fitted = scores.fit_calibration(reference, LABELS, np.ones(N, dtype=bool))
    assert tuple(fitted.shares) == names
    assert sum(fitted.shares.values()) == pytest.approx(1.0)
    assert list(scores.score(tested, reference, LABELS, together=False)) == [*names, "vote"]


def test_a_member_with_a_temperature_of_its_own_keeps_it() -> None:
    every = np.ones(N, dtype=bool)
    free = scores.fit_calibration(unseen(1), LABELS, every)
    held = scores.fit_calibration(unseen(1), LABELS, every, fixed={"pictures": 2.0})
    assert held.temperatures["pictures"] == 2.0 != free.temperatures["pictures"]
    assert held.temperatures["descriptors"] == free.temperatures["descriptors"]
    found = scores.calibrated(unseen(2), unseen(1), LABELS, together=False, fixed={3: {"pictures": 2.0}})
    other = scores.calibrated(unseen(2), unseen(1), LABELS, together=False)
    third = unseen(2).fold == 3
    assert (found["pictures"][0][~third] == other["pictures"][0][~third]).all()
    assert (found["pictures"][0][third] != other["pictures"][0][third]).all()
