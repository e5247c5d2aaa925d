"""Runs side by side: what is refused, what each pair comes to, and what that means in words."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from mgc.errors import ComparisonError
from mgc.evaluation import metrics
from mgc.evaluation.comparing import Candidate, Comparison, compare, difference, in_words, matrix
from mgc.evaluation.predictions import Predictions
from mgc.evaluation.significance import corrected_t

GENRES = ("blues", "jazz", "metal", "pop")
N = 1000


def run(name: str, right: np.ndarray, artists: np.ndarray | None = None, *, protocol: str = "artists") -> Candidate:
    """Return a run over ten folds whose wrong answers are the next genre."""
    n = len(right)
    labels = np.arange(n) % 4
    guess = np.where(right, labels, (labels + 1) % 4)
    units = tuple(f"song.{row // 8:05d}.{row % 8}" if protocol == "segments" else f"song.{row:05d}" for row in range(n))
    p = np.full((n, 4), 0.1)
    p[np.arange(n), guess] = 0.7
    owner = np.arange(n) if artists is None else artists
    windows, hits = np.full(n, 9.0), np.where(right, 8.0, 2.0)
    said = Predictions(units, np.arange(n) // 4 % 10, labels, p, owner, windows=windows, windows_right=hits)
    return Candidate(name, "gtzan", protocol, "split", GENRES, 10, True, said)


def pair(only_a: int, only_b: int, artists: np.ndarray | None = None, **about: str) -> tuple[Candidate, Candidate]:
    """Return two runs with so many discordant clips, A's spread over all, B's at the beginning; both right on half."""
    row = np.arange(N)
    b = row < only_b
    a = np.isin(row, np.linspace(only_b, N - 1, only_a).astype(int))
    both = ~a & ~b & (row % 2 == 0)
    return run("A", a | both, artists, **about), run("B", b | both, artists, **about)


def words(*runs: Candidate) -> str:
    whole = compare({one.name.lower(): one for one in runs})
    return in_words(whole, whole.pairs[0]).replace("\N{NO-BREAK SPACE}", " ").replace("\N{MINUS SIGN}", "-")


def shuffled(one: Candidate, seed: int = 3) -> Candidate:
    """Return the same run with its clips and its genres in another order."""
    said, rng = one.predictions, np.random.default_rng(seed)
    order, column = rng.permutation(len(said.units)), rng.permutation(4)
    return replace(
        one,
        classes=tuple(GENRES[number] for number in column),
        predictions=Predictions(
            tuple(said.units[row] for row in order),
            said.fold[order],
            np.argsort(column)[said.labels[order]],
            said.probabilities[np.ix_(order, column)],
            said.artists[order],
            windows=said.windows[order],
            windows_right=said.windows_right[order],
        ),
    )


def test_a_pair_has_its_difference_its_tests_and_its_discordant_clips() -> None:
    a, b = pair(29, 70, np.arange(N) // 5)
    whole = compare({"1": a, "2": b})
    (found,) = whole.pairs
    assert (found.a, found.b, whole.n, whole.n_clips, whole.n_artists) == ("1", "2", N, N, 200)
    assert found.over_clips.value == found.over_artists.value == pytest.approx(-0.041)
    assert (found.mcnemar.only_a, found.mcnemar.only_b) == (29, 70) == (len(found.only_a), len(found.only_b))
    assert found.only_b == tuple(f"song.{row:05d}" for row in range(70))
    by_fold = [a.right[a.predictions.fold == k].mean() - b.right[b.predictions.fold == k].mean() for k in range(10)]
    assert found.corrected_t == corrected_t(by_fold, 1 / 9)
    assert found.holm["mcnemar"] == found.mcnemar.p
    score = whole.scores["2"]
    assert score["accuracy"].over_clips == metrics.bootstrap(b.predictions.labels, b.guess, metrics.accuracy)
    assert score["window_accuracy"].value == metrics.window_accuracy(b.predictions.windows, b.predictions.windows_right)
    assert set(score) == {
        "accuracy", "balanced_accuracy", "macro_f1", "top_3", "log_loss", "brier", "window_accuracy", "ece",
    }  # fmt: skip
    for name, one in score.items():
        if name != "ece":
            assert one.over_clips.low <= one.value <= one.over_clips.high
            assert one.over_artists.low <= one.value <= one.over_artists.high


def test_clips_and_genres_in_another_order_change_nothing() -> None:
    a, b = pair(29, 70)
    straight, turned = compare({"a": a, "b": b}).to_json(), compare({"a": a, "b": shuffled(b)}).to_json()
    assert json.dumps(straight) == json.dumps(turned)
    np.testing.assert_array_equal(difference(a, shuffled(b), fold=2), difference(a, b, fold=2))


def test_known_training_sizes_give_the_ratio_of_the_corrected_test() -> None:
    a, b = pair(29, 70)
    a, b = (replace(one, n_train=(720,) * 10) for one in (a, b))
    assert compare({"a": a, "b": b}).pairs[0].corrected_t.ratio == pytest.approx(100 / 720)


def test_other_folds_over_the_same_clips_are_compared_by_clips_only() -> None:
    a, b = pair(29, 70)
    whole = compare({"a": a, "b": replace(b, split="other"), "c": replace(a, name="C")})
    first, second, third = whole.pairs
    assert first.corrected_t is None
    assert third.corrected_t is None
    assert second.corrected_t is not None
    assert second.holm["corrected_t"] == second.corrected_t.p == 1.0  # the only one of its kind: nothing to correct
    assert first.mcnemar.p < first.holm["mcnemar"] == pytest.approx(3 * first.mcnemar.p)
    assert "corrected_t" not in first.holm
    assert whole.ranks is None


def test_a_single_fold_has_no_test_over_folds() -> None:
    a, b = pair(29, 70)
    fold = np.zeros(N, dtype=int)
    a, b = (replace(one, n_folds=1, predictions=replace(one.predictions, fold=fold)) for one in (a, b))
    whole = compare({"a": a, "b": b, "c": b})
    assert {one.corrected_t for one in whole.pairs} == {None}
    assert whole.ranks is None


def test_three_runs_over_the_same_folds_are_ranked() -> None:
    a, b = pair(29, 70)
    whole = compare({"a": a, "b": b, "c": run("C", np.ones(N, dtype=bool))})
    assert whole.ranks.mean[2] == 1.0
    assert whole.ranks.mean[1] < whole.ranks.mean[0]
    assert whole.to_json()["ranks"]["mean"] == dict(zip("abc", whole.ranks.mean, strict=True))
    assert [(one.a, one.b) for one in whole.pairs] == [("a", "b"), ("a", "c"), ("b", "c")]


def changed(one: Candidate, **about: object) -> Candidate:
    return replace(one, predictions=replace(one.predictions, **about))


A, B = pair(29, 70)
HALF = Predictions(
    *(getattr(B.predictions, name)[:500] for name in ("units", "fold", "labels", "probabilities", "artists"))
)


@pytest.mark.parametrize(
    ("other", "sentence"),
    [
        (
            replace(B, protocol="tracks"),
            "A was tested under the protocol artists, B under tracks: only runs under the same protocol can be "
            "compared.",
        ),
        (
            replace(B, predictions=HALF),
            "Tested on different clips: A on 1,000, B on 500; 500 of them are the same.",
        ),
        (
            changed(B, units=tuple(f"x{name}" for name in B.predictions.units)),
            "Tested on different clips: A on 1,000, B on 1,000; none is the same.",
        ),
        (
            replace(B, classes=("blues", "jazz", "metal", "rock")),
            "A and B were trained on different genres: only one of them knows Pop, Rock.",
        ),
        (
            replace(B, classes=("a", "b"), dataset="studio"),
            "A was tested on the data set gtzan, B on studio, and their genres differ: only runs over the same clips "
            "can be compared.",
        ),
        (
            changed(B, labels=(B.predictions.labels + (np.arange(N) < 3)) % 4),
            "A and B were tested with different labels: 3 of the 1,000 clips have another genre.",
        ),
        (
            changed(B, fold=B.predictions.fold % 3),
            "B has not finished: 3 of its 10 folds are tested.",
        ),
        (replace(B, finished=False), "B has not finished."),
    ],
)
def test_what_cannot_be_compared_is_refused_with_what_differs(other: Candidate, sentence: str) -> None:
    with pytest.raises(ComparisonError) as refused:
        compare({"a": A, "b": other})
    assert refused.value.user_message == sentence


def test_one_run_is_too_few() -> None:
    with pytest.raises(ComparisonError, match="at least two"):
        compare({"a": A})


# The figures that a sentence gives, with the clips, artists and runs that give them.


def test_a_run_is_better_where_clips_and_artists_agree() -> None:
    assert words(*pair(29, 70)) == (
        "B is better than A on these 1,000 clips: 4.1 points, 95 % interval 2.1 to 6.1, McNemar p < 0.0001."
    )
    assert words(*pair(29, 70, np.arange(N) % 250)).startswith(
        "B is better than A on these 1,000 clips: 4.1 points, 95 % interval 2.1 to 6.1, McNemar p < 0.0001; and also "
        "once whole artists are resampled (95 % interval "
    )


def test_the_run_that_is_ahead_comes_first_and_its_points_are_positive() -> None:
    assert words(*pair(70, 29)).startswith("A is better than B on these 1,000 clips: 4.1 points, 95 % interval 2.")


def test_artists_may_disagree_with_clips() -> None:
    said = words(*pair(29, 70, np.arange(N) // 10))  # seven artists hold all that only B has right
    assert said.startswith("B is better than A on these 1,000 clips: 4.1 points, 95 % interval 2.1 to 6.1, McNemar p ")
    assert "; but not once whole artists are resampled (95 % interval -" in said
    few = words(*pair(10, 200, np.arange(N) % 20))
    assert few.endswith("; 20 artists are too few to tell whether this holds for others.")
    assert words(*pair(29, 70, np.zeros(N, dtype=int))).endswith(
        "; all of them are by one artist, so it may not hold for others."
    )


def test_runs_that_cannot_be_told_apart_are_not_called_better() -> None:
    assert words(*pair(40, 46)) == (
        "B and A cannot be told apart on these 1,000 clips: B is ahead by 0.6 points, 95 % interval -1.2 to 2.5, "
        "McNemar p = 0.59."
    )
    assert words(*pair(40, 40)).startswith(
        "A and B cannot be told apart on these 1,000 clips: 0.0 points, 95 % interval -1."
    )
    assert words(*pair(0, 0)) == "A and B are right and wrong on exactly the same clips of these 1,000."


def test_artists_that_see_a_difference_which_clips_do_not_are_reported() -> None:
    # each artist has one discordant clip of either run, but ten have one of B's more
    row = np.arange(N)
    a, b = row % 10 == 0, (row % 10 == 1) | ((row % 10 == 2) & (row < 100))
    both = ~a & ~b & (row % 2 == 1)
    said = words(run("A", a | both, row // 10), run("B", b | both, row // 10))
    assert "cannot be told apart" in said
    assert said.endswith(". But the interval over artists, 0.4 to 1.7, does not contain 0: the tests disagree.")


def test_a_difference_that_does_not_survive_the_number_of_pairs_is_not_called_better() -> None:
    a, b = pair(40, 66)  # p = 0.015
    others = [replace(run(name, A.right), name=name) for name in "CD"]
    whole = compare({one.name: one for one in (a, b, *others)})
    (said,) = [in_words(whole, one) for one in whole.pairs if (one.a, one.b) == ("A", "B")]
    assert said.replace("\N{NO-BREAK SPACE}", " ") == (
        "B is ahead of A on these 1,000 clips, but not significantly once corrected for 6 pairs: 2.6 points, 95 % "
        "interval 0.6 to 4.7, McNemar p = 0.015 (0.059 after Holm's correction for 6 pairs)."
    )


def test_a_result_on_which_only_one_test_agrees_is_borderline() -> None:
    said = words(*pair(5, 14))
    assert said == (
        "Whether B is better than A on these 1,000 clips is borderline: 0.9 points, 95 % interval 0.1 to 1.8, "
        "McNemar p = 0.064."
    )


def test_under_segments_a_difference_says_nothing_about_new_songs() -> None:
    leak = "egments of the same clips are in training and test, so this says nothing about new songs."
    owners = np.arange(N) // 40
    a, b = pair(29, 90, owners, protocol="segments")
    whole = compare({"a": a, "b": b})
    assert (whole.n, whole.n_clips) == (N, 125)
    assert whole.pairs[0].over_clips.n_units == 125  # segments of a clip are drawn together
    assert words(*pair(40, 46, owners, protocol="segments")).endswith(f". S{leak}")
    spread = np.arange(N) % 3 == 0
    assert words(run("A", ~spread, protocol="segments"), run("B", spread | True, protocol="segments")) == (
        "B is better than A on these 1,000 segments: 33.4 points, 95 % interval 32.3 to 34.4 over clips, p = 0.001. "
        f"But s{leak}"
    )
    assert words(a, replace(a, name="B")).endswith(f"on exactly the same segments of these 1,000. S{leak}")


def test_every_sentence_says_better_only_where_the_tests_do() -> None:
    rng = np.random.default_rng(11)
    seen = set()
    for _ in range(20):
        easy = rng.beta(1.4, 0.6, 200)
        artists = rng.integers(0, rng.choice([10, 60, 200]), 200)
        right = [rng.random(200) < easy - gain for gain in rng.choice([0.0, 0.06, 0.12], 3)]
        whole = compare({str(n): run(f"R{n}", one, artists) for n, one in enumerate(right)})
        for one in whole.pairs:
            said = in_words(whole, one)
            better = one.over_clips.p < 0.05 and one.holm["mcnemar"] < 0.05
            seen.add(better)
            assert ("is better than" in said.split(":")[0] and "Whether" not in said) == better
            if better:
                ahead = one.a if one.over_clips.value > 0 else one.b
                assert said.startswith(f"R{ahead} is better than")
                holds = one.holm["over_artists"] < 0.05 and one.over_artists.n_units >= 50
                assert ("; and also" in said) == holds
    assert seen == {True, False}


def test_runs_of_one_name_are_told_apart_by_their_keys() -> None:
    a, b = pair(29, 70)
    whole = compare({"7": a, "cnn": replace(b, name="A")})
    assert in_words(whole, whole.pairs[0]).startswith("A (cnn) is better than A (7) on")


def test_matrices_and_differences_are_those_of_the_predictions() -> None:
    a, b = pair(29, 70)
    np.testing.assert_array_equal(matrix(a), metrics.confusion(a.predictions.labels, a.guess, 4))
    np.testing.assert_array_equal(sum(matrix(a, fold) for fold in range(10)), matrix(a))
    found = difference(a, b)
    np.testing.assert_array_equal(found, matrix(a) - matrix(b))
    assert np.trace(found) == -41
    assert not found.sum(axis=1).any()
    with pytest.raises(ComparisonError, match="Fold 1 of A and of B holds different clips"):
        difference(a, changed(b, fold=(b.predictions.fold + 1) % 10), fold=0)


def test_the_record_is_plain_json_with_every_test_of_each_pair() -> None:
    a, b = pair(29, 70)
    whole = compare({"1": a, "2": b})
    record = json.loads(json.dumps(whole.to_json(), allow_nan=False))
    (found,) = record["pairs"]
    assert record["scores"]["1"]["accuracy"]["value"] == whole.scores["1"]["accuracy"].value
    assert found["difference"] == {key: found["bootstrap"]["over_clips"][key] for key in ("value", "low", "high")}
    assert found["mcnemar"] == {
        "only_a": 29,
        "only_b": 70,
        "p": whole.pairs[0].mcnemar.p,
        "p_holm": whole.pairs[0].holm["mcnemar"],
    }
    assert found["corrected_t"]["ratio"] == pytest.approx(1 / 9)
    assert isinstance(whole, Comparison)
    assert found["words"] == in_words(whole, whole.pairs[0])
