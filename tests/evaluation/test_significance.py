"""Tests of differences: published examples, and how often each rejects when neither run is better."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks import bench_significance as simulation
from mgc.evaluation import significance
from mgc.evaluation.significance import LEVEL, bootstrap_difference, corrected_t, friedman, holm, mcnemar

# Demsar 2006, table 6: AUC of C4.5, with m, with cf, and with both tuned, on 14 data sets. The paper ranks "voting"
# (the last row but one) 4, 1, 2, 3: its scores were ranked before they were rounded, hence 0.9751.
DEMSAR = np.array(
    [
        [0.763, 0.768, 0.771, 0.798], [0.599, 0.591, 0.590, 0.569], [0.954, 0.971, 0.968, 0.967],
        [0.628, 0.661, 0.654, 0.657], [0.882, 0.888, 0.886, 0.898], [0.936, 0.931, 0.916, 0.931],
        [0.661, 0.668, 0.609, 0.685], [0.583, 0.583, 0.563, 0.625], [0.775, 0.838, 0.866, 0.875],
        [1.000, 1.000, 1.000, 1.000], [0.940, 0.962, 0.965, 0.962], [0.619, 0.666, 0.614, 0.669],
        [0.972, 0.981, 0.9751, 0.975], [0.957, 0.978, 0.946, 0.970],
    ]
)  # fmt: skip


def test_mcnemar_gives_the_published_p_of_airway_hyper_responsiveness_in_21_children() -> None:
    """Fagerland, Lydersen and Laake 2013, table 1 (data of Bentur et al.): exact conditional p = 0.070."""
    before = [True] * 2 + [False] * 19
    after = [True, False] + [True] * 7 + [False] * 12
    found = mcnemar(before, after)
    assert (found.only_a, found.only_b) == (1, 7)
    assert found.p == pytest.approx(0.0703125)  # 2 (1 + 8) / 2^8
    assert mcnemar([True, False], [True, False]).p == 1.0  # no discordant clip


def test_the_corrected_t_test_gives_the_values_of_scikit_learns_worked_example() -> None:
    """ "Statistical comparison of models using grid search" (scikit-learn.org, plot_grid_search_stats).

    SVMs with an RBF and a linear kernel by ten times ten folds: corrected t = 0.750, one-sided p = 0.227; uncorrected
    t = 2.611, p = 0.005.
    """
    from sklearn.datasets import make_moons
    from sklearn.model_selection import RepeatedStratifiedKFold, cross_val_score
    from sklearn.svm import SVC

    x, y = make_moons(noise=0.352, random_state=1, n_samples=100)
    folds = RepeatedStratifiedKFold(n_splits=10, n_repeats=10, random_state=0)
    rbf, linear = (cross_val_score(SVC(kernel=k), x, y, cv=folds, scoring="roc_auc") for k in ("rbf", "linear"))
    corrected, naive = corrected_t(rbf - linear, 10 / 90), corrected_t(rbf - linear, 0.0)
    assert (corrected.t, corrected.p / 2) == pytest.approx((0.750, 0.227), abs=5e-4)
    assert (naive.t, naive.p / 2) == pytest.approx((2.611, 0.005), abs=5e-4)
    assert corrected.n_folds == 100
    assert corrected.low < 0.0 < corrected.high


@settings(deadline=None)
@given(st.lists(st.floats(-1, 1), min_size=2, max_size=20), st.floats(0, 1))
def test_without_its_correction_the_test_is_the_paired_t_test_and_with_it_the_interval_is_wider(
    values: list[float], ratio: float
) -> None:
    d = np.array(values)
    if d.std() < 1e-6:
        return
    naive, found = corrected_t(d, 0.0), corrected_t(d, ratio)
    expected = scipy.stats.ttest_1samp(d, 0.0)
    assert (naive.t, naive.p) == pytest.approx((expected.statistic, expected.pvalue))
    assert (naive.low, naive.high) == pytest.approx(tuple(expected.confidence_interval()))
    assert found.t == pytest.approx(naive.t / np.sqrt(1.0 + len(d) * ratio))
    if abs(found.p - LEVEL) > 1e-9:
        assert (found.p < LEVEL) == (found.low > 0.0 or found.high < 0.0)


def test_folds_that_do_not_differ_or_differ_alike_are_no_crash_and_one_fold_is_refused() -> None:
    assert (corrected_t([0.0, 0.0], 0.25).t, corrected_t([0.0, 0.0], 0.25).p) == (0.0, 1.0)
    assert corrected_t([-0.5, -0.5], 0.25).t == -np.inf
    with pytest.raises(ValueError, match="Expected: two folds"):
        corrected_t([0.1], 0.25)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**31), st.integers(2, 60), st.booleans())
def test_a_bootstrap_p_is_below_5_percent_exactly_when_the_interval_leaves_out_0(
    seed: int, n: int, grouped: bool
) -> None:
    rng = np.random.default_rng(seed)
    a, b = rng.random(n) < 0.8, rng.random(n) < 0.6
    groups = rng.integers(0, 8, n) if grouped else None
    found, turned = bootstrap_difference(a, b, groups=groups), bootstrap_difference(b, a, groups=groups)
    assert (found.p < LEVEL) == (found.low > 0.0 or found.high < 0.0)
    assert found.low <= found.high
    assert (turned.value, turned.low, turned.high, turned.p) == (-found.value, -found.high, -found.low, found.p)


@pytest.mark.parametrize(("beyond", "is_apart"), [(48, True), (49, True), (50, False), (51, False)])
def test_the_interval_leaves_out_0_up_to_the_last_resample_that_p_allows(
    beyond: int, is_apart: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = np.stack([np.where(np.arange(2000) < beyond, -1.0, 2.0), np.full(2000, 20.0)], axis=1)
    monkeypatch.setattr(significance, "resampled", lambda *_, **__: drawn)
    found = bootstrap_difference(np.ones(20, dtype=bool), np.zeros(20, dtype=bool))
    assert (found.p < LEVEL, found.low > 0.0) == (is_apart, is_apart)


def test_the_paired_interval_is_that_of_the_normal_approximation_and_narrower_than_an_unpaired_one() -> None:
    """Newcombe 1998, method 1: the variance of A - B is (b + c - (b - c)^2 / n) / n^2 with b, c discordant clips."""
    a = np.repeat([True, True, False, False], [600, 100, 60, 240])
    b = np.repeat([True, False, True, False], [600, 100, 60, 240])
    found = bootstrap_difference(a, b)
    half = 1.96 * np.sqrt((160 - 40**2 / 1000) / 1000**2)
    assert found.value == pytest.approx(0.04)
    assert (found.low, found.high) == pytest.approx((0.04 - half, 0.04 + half), abs=0.002)
    assert half < 1.96 * np.sqrt((0.7 * 0.3 + 0.66 * 0.34) / 1000)


def test_holm_gives_the_values_of_a_worked_example() -> None:
    """Pingouin's documentation of ``pingouin.holm``; ties and the limit of 1 beside it."""
    assert holm([0.50, 0.003, 0.32, 0.054, 0.0003]) == pytest.approx((0.64, 0.012, 0.64, 0.162, 0.0015))
    assert holm([0.9, 0.8]) == (1.0, 1.0)
    assert holm([]) == ()


def test_ranks_and_the_critical_difference_are_those_of_demsar() -> None:
    """Demsar 2006, section 3.2.3: ranks, chi-squared = 9.28 (not corrected for ties), critical difference 1.25."""
    found = friedman(DEMSAR)
    assert found.mean == pytest.approx((3.143, 2.000, 2.893, 1.964), abs=5e-4)
    assert found.critical_difference == pytest.approx(1.25, abs=5e-3)
    ties = 60 + 3 * 6  # t^3 - t summed over ties: one of four, three of two
    assert found.statistic * (1 - ties / (14 * (4**3 - 4))) == pytest.approx(9.28, abs=5e-3)
    assert found.p == scipy.stats.friedmanchisquare(*DEMSAR.T).pvalue
    # Demsar's table 5: q of 0.05 for three runs and for ten
    assert friedman(np.eye(3)).critical_difference == pytest.approx(2.343 * np.sqrt(12 / 18), abs=1e-3)
    assert friedman(np.eye(10)).critical_difference == pytest.approx(3.164 * np.sqrt(110 / 60), abs=1e-3)
    assert friedman(np.ones((5, 3))).p == 1.0
    with pytest.raises(ValueError, match="Expected: two folds, three runs"):
        friedman(DEMSAR[:, :2])


def test_each_test_rejects_in_about_5_percent_where_its_assumption_holds_and_too_often_where_not() -> None:
    """The benchmark's simulation, smaller: always the same draws, as 5 % of 500 have a standard error of 1 %."""
    clips = simulation.rates(lambda rng: simulation.clip_tests(rng, 290), 500)
    artists = simulation.rates(lambda rng: simulation.artist_tests(rng, 200), 250)
    parts = simulation.rates(lambda rng: simulation.fold_tests(rng, 10, k_fold=False), 500)
    kept = [*clips.values(), artists["bootstrap, artists"], parts["corrected t"]]
    assert all(0.03 <= rate <= 0.07 for rate in kept), (clips, artists, parts)
    assert min(artists["McNemar"], artists["bootstrap, clips"]) > 0.15
    assert parts["naive t"] > 0.12
