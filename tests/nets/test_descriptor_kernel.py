"""The descriptor model: arrays in, probabilities out, deaf to the volume knob."""

from __future__ import annotations

import numpy as np
import pytest

from mgc.features.descriptors import COLUMNS, describe
from mgc.nets.descriptor_kernel import ARRAYS, DescriptorModel, prepare
from mgc.training import descriptor


def table(n: int, seed: int = 0) -> np.ndarray:
    """Return n rows of plausible positive descriptors."""
    return np.random.default_rng(seed).lognormal(0.0, 0.5, (n, len(COLUMNS)))


def fitted(n: int = 60) -> tuple[DescriptorModel, np.ndarray, np.ndarray]:
    """Return a model fitted on n random rows, the rows and their labels."""
    rows, labels = table(n), np.arange(n) % 10
    return descriptor.fit(rows, labels, n_classes=10, gamma=0.02, c=1.0, landmarks=40, seed=0), rows, labels


def test_probabilities_are_probabilities() -> None:
    model, rows, _ = fitted()
    p = model.probabilities(rows)
    assert p.shape == (60, 10)
    np.testing.assert_allclose(p.sum(axis=1), 1.0)
    assert (p >= 0.0).all()


def test_the_arrays_rebuild_the_same_model() -> None:
    model, rows, _ = fitted()
    again = DescriptorModel.from_arrays(model.to_arrays(), 10)
    np.testing.assert_array_equal(again.probabilities(rows), model.probabilities(rows))


def test_the_folded_matrix_gives_what_scikit_learns_nystroem_pipeline_gives() -> None:
    from sklearn.kernel_approximation import Nystroem
    from sklearn.linear_model import LogisticRegression

    rows, labels = table(60), np.arange(60) % 10
    ours = descriptor.fit(rows, labels, n_classes=10, gamma=0.02, c=1.0, landmarks=60, seed=0)
    seen = (prepare(rows) - ours.mean) / ours.scale
    mapped = Nystroem(gamma=0.02, n_components=60, random_state=0).fit(seen)
    theirs = LogisticRegression(C=1.0, max_iter=2000).fit(mapped.transform(seen), labels)
    np.testing.assert_allclose(ours.probabilities(rows), theirs.predict_proba(mapped.transform(seen)), atol=1e-3)


def test_turning_a_song_down_changes_nothing() -> None:
    rng = np.random.default_rng(1)
    y = (rng.standard_normal(22_050 * 4) * np.hanning(22_050 * 4) * 0.3).astype(np.float32)
    loud, soft = prepare(describe(y)[None]), prepare(describe(y * np.float32(0.25))[None])
    np.testing.assert_allclose(loud, soft, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("band", [126, 127])
def test_emptying_one_of_the_two_highest_bands_changes_next_to_nothing(band: int) -> None:
    """As encoders do: 40 dB off one mel band move each mean MFCC by -40 times its weight in librosa's DCT."""
    from scipy.fft import dct

    rows = table(5)
    where = [COLUMNS.index(f"mfcc{k}_mean") for k in range(1, 21)]
    moved = rows.copy()
    moved[:, where] -= 40.0 * dct(np.eye(128)[band], norm="ortho")[:20]
    before, after = prepare(rows), prepare(moved)
    assert np.abs(moved - rows).max() > 4.0
    np.testing.assert_allclose(after, before, atol=0.5)


def test_a_row_far_from_the_training_rows_is_unfamiliar_and_theirs_are_about_one_away() -> None:
    model, rows, _ = fitted(300)
    assert 0.7 < np.median(model.distance(rows)) < 1.3
    assert model.distance(rows * 1e3)[0] > 3.0 * model.distance(rows).max()


@pytest.mark.parametrize("name", ARRAYS)
def test_a_missing_or_misshapen_array_is_named(name: str) -> None:
    arrays = fitted()[0].to_arrays()
    with pytest.raises(ValueError, match=name):
        DescriptorModel.from_arrays({key: value for key, value in arrays.items() if key != name}, 10)
    with pytest.raises(ValueError, match=r"[Ii]nvalid"):
        DescriptorModel.from_arrays({**arrays, name: np.full((3, 3), np.nan)}, 10)


@pytest.mark.parametrize("name", ["scale", "gamma"])
def test_a_width_that_is_not_above_zero_is_refused(name: str) -> None:
    arrays = fitted()[0].to_arrays()
    with pytest.raises(ValueError, match=f"`{name}`"):
        DescriptorModel.from_arrays({**arrays, name: -arrays[name]}, 10)


def test_a_table_of_another_width_is_refused() -> None:
    with pytest.raises(ValueError, match="57"):
        prepare(np.ones((2, 56)))


@pytest.mark.parametrize("n", [2, 3, 24])
def test_any_number_of_classes_from_two_on_gives_scikit_learns_probabilities(n: int) -> None:
    from sklearn.linear_model import LogisticRegression

    rows, labels = table(4 * n, seed=3), np.arange(4 * n) % n
    ours = descriptor.fit(rows, labels, n_classes=n, gamma=0.02, c=1.0, landmarks=4 * n, seed=0)
    seen = (prepare(rows) - ours.mean) / ours.scale
    kernel = np.exp(-0.02 * ((seen[:, None] - ours.landmarks) ** 2).sum(axis=2))
    values, vectors = np.linalg.eigh(np.exp(-0.02 * ((ours.landmarks[:, None] - ours.landmarks) ** 2).sum(axis=2)))
    mapped = kernel @ (vectors / np.sqrt(values)) @ vectors.T
    theirs = LogisticRegression(C=1.0, max_iter=2000).fit(mapped, labels)
    np.testing.assert_allclose(ours.probabilities(rows), theirs.predict_proba(mapped), atol=1e-6)


def test_a_class_without_rows_is_refused() -> None:
    with pytest.raises(ValueError, match="2 classes"):
        descriptor.fit(table(20), np.arange(20) % 2, n_classes=3, gamma=0.02, c=1.0, landmarks=5, seed=0)
