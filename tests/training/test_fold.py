"""One fold: every recipe learns and judges; a fit that was stopped goes on as if it had not been."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from mgc.errors import RecipeError
from mgc.nets import ARCHITECTURES
from mgc.nets.backbone import BACKBONES
from mgc.recipes import RECIPES, recipe
from mgc.splits import Fold
from mgc.training import gradual
from mgc.training.feed import feed
from mgc.training.fold import fit_everything, fit_fold
from mgc.training.gradual import Epoch, Interrupted, Report
from tests.answering import python
from tests.training.making import fold, material, segments_fold

if TYPE_CHECKING:
    from pathlib import Path

    from mgc.training.fold import Tested

# Networks take up to a minute, a process of its own many seconds.
_ASKED = pytest.mark.nightly

QUICK: dict[str, dict[str, object]] = {
    "ann-table": {"epochs": 20},
    "ann-table-deep": {"epochs": 5},
    "cnn-grey350": {"epochs": 1},
    "cnn-rgb224": {"epochs": 1},
    "mobilenetv2": {"epochs": 2, "tune_epochs": 1},
    "crnn-mel": {"epochs": 2},
    "picture-cnn": {"epochs": 2},
    "yamnet": {"epochs": 20},
    "kernel-table": {"clip_landmarks": 10, "window_landmarks": 50},
    "forest-table": {"trees": 20},
}
LEARNS = (
    "ann-table",
    "yamnet",
    "kernel-table",
    "texture-svm",
    "photo-svm",
    "logreg-table",
    "svm-table",
    "knn-table",
    "forest-table",
)


def run(name: str, folder: Path, *, stop: int | None = None, **options: Any) -> tuple[list[Epoch], Tested]:
    """Train one fold; ``stop``: interrupt it after so many epochs, and go on in the same folder."""
    told: list[Epoch] = []
    held, chosen = material(), recipe(name)
    values = chosen.values({**QUICK.get(name, {}), **options})
    given: dict[str, Any] = {"segments": False, "seed": 3, "folder": folder}
    if stop is not None:
        report = Report(epoch=told.append, is_wanted=lambda: len(told) < stop)
        with pytest.raises(Interrupted):
            fit_fold(chosen, values, held, fold(held), report=report, **given)
        told.clear()
    _, tested = fit_fold(chosen, values, held, fold(held), report=Report(epoch=told.append), **given)
    return told, tested


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=[_ASKED] if name in ("ann-table-deep", "cnn-rgb224", "crnn-mel") else [])
        for name in RECIPES
        if name not in ("vgg19", "efficientnetb0", "inceptionv3")
    ],
)
def test_every_recipe_trains_and_judges_the_test_part(name: str, tmp_path: Path) -> None:
    told, tested = run(name, tmp_path)
    assert tested.units == material().ids[18:]
    np.testing.assert_allclose(tested.probabilities.sum(axis=1), 1.0, atol=1e-4)
    assert bool(told) == RECIPES[name].is_gradual
    assert all(np.isfinite([epoch.loss, epoch.accuracy, epoch.learning_rate]).all() for epoch in told)
    if name in LEARNS:
        assert (tested.probabilities.argmax(axis=1) == tested.labels).mean() > 0.8


WRAPPED = """
import json, sys, tempfile
from pathlib import Path
from tests.training.test_fold import run

told, _ = run("ann-table", Path(tempfile.mkdtemp()), epochs=2, patience=0)
fitted = [name for name in ("sklearn", "pandas") if name in sys.modules]
import pandas, sklearn.svm

again, _ = run("ann-table", Path(tempfile.mkdtemp()), epochs=2, patience=0)
print(json.dumps([len(told), fitted, len(again), sys.modules["sklearn"] is sklearn]))
"""


@_ASKED
def test_a_fit_does_not_wait_for_packages_that_keras_only_wraps(root: Path) -> None:
    assert python(WRAPPED, root, KERAS_BACKEND="tensorflow") == [2, [], 2, True]


@pytest.mark.parametrize(
    "name", ["ann-table", *(pytest.param(one, marks=_ASKED) for one in ("picture-cnn", "crnn-mel", "mobilenetv2"))]
)
@pytest.mark.parametrize("stop", [pytest.param(1, marks=_ASKED), 2])
def test_a_fit_that_was_stopped_goes_on_as_if_it_had_not_been(name: str, stop: int, tmp_path: Path) -> None:
    options = {"epochs": 2, "tune_epochs": 2} if name == "mobilenetv2" else {"epochs": 4}
    for folder in ("whole", "stopped"):
        (tmp_path / folder).mkdir()
    whole, expected = run(name, tmp_path / "whole", **options)
    resumed, tested = run(name, tmp_path / "stopped", stop=stop, **options)
    assert [epoch.number for epoch in resumed] == [epoch.number for epoch in whole] == [1, 2, 3, 4]
    for one, other in zip(resumed, whole, strict=True):
        assert abs(one.loss - other.loss) < 1e-5
        assert one.val_loss is None or other.val_loss is None or abs(one.val_loss - other.val_loss) < 1e-5
        assert one.learning_rate == other.learning_rate
    np.testing.assert_allclose(tested.probabilities, expected.probabilities, atol=1e-5)


def test_half_precision_goes_on_over_a_stop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The optimiser is another one then: it also keeps the scale of the loss."""
    import keras

    known = recipe("ann-table")
    monkeypatch.setitem(globals(), "recipe", lambda name: replace(known, fixed={**known.fixed, "mixed": True}))
    monkeypatch.setattr(gradual, "_has_gpu", lambda: True)
    for folder in ("whole", "stopped"):
        (tmp_path / folder).mkdir()
    try:
        whole, _ = run("ann-table", tmp_path / "whole", epochs=4)
        assert keras.config.dtype_policy().name == "mixed_float16"
        resumed, _ = run("ann-table", tmp_path / "stopped", stop=2, epochs=4)
    finally:
        keras.config.set_dtype_policy("float32")
    assert [epoch.loss for epoch in resumed] == pytest.approx([epoch.loss for epoch in whole], abs=1e-5)


def test_patience_goes_on_over_a_stop(tmp_path: Path) -> None:
    for folder in ("whole", "stopped"):
        (tmp_path / folder).mkdir()
    options = {"epochs": 60, "patience": 2, "learning_rate": 0.5}  # so high that it soon gets worse
    whole, _ = run("ann-table", tmp_path / "whole", **options)
    assert len(whole) < 60
    resumed, _ = run("ann-table", tmp_path / "stopped", stop=len(whole) - 1, **options)
    assert [epoch.val_loss for epoch in resumed] == pytest.approx([epoch.val_loss for epoch in whole], abs=1e-5)


def test_what_is_reported_was_saved_before(tmp_path: Path) -> None:
    seen: list[bool] = []
    held, chosen = material(), recipe("ann-table")
    report = Report(epoch=lambda epoch: seen.append((tmp_path / f"state-0-{epoch.number:06d}").exists()))
    values = chosen.values({"epochs": 3})
    fit_fold(chosen, values, held, fold(held), segments=False, seed=1, folder=tmp_path, report=report)
    assert seen == [True, True, True]


def test_nothing_of_the_test_part_reaches_the_model(tmp_path: Path) -> None:
    """Other test tracks, with absurd numbers, change nothing of what is learnt."""
    chosen = recipe("ann-table")
    nets = []
    for factor in (1.0, 1e6):
        held = material()
        tested = np.isin(held.owners, np.arange(18, 24))
        held.segments[tested] *= factor
        folder = tmp_path / str(factor)
        folder.mkdir()
        values = chosen.values({"epochs": 2})
        fitted, _ = fit_fold(chosen, values, held, fold(held), segments=False, seed=1, folder=folder, report=Report())
        nets.append((fitted.config, fitted.net.get_weights()))
    assert nets[0][0] == nets[1][0]
    for one, other in zip(nets[0][1], nets[1][1], strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("name", ["ann-table", "logreg-table", "kernel-table", "texture-svm", "photo-svm"])
def test_a_validation_part_that_is_judged_is_not_learnt(name: str, tmp_path: Path) -> None:
    """Without early stopping nothing is chosen by the validation part, so it is learnt unless it is judged."""
    chosen = recipe(name)
    values = chosen.values({**QUICK.get(name, {}), **({"epochs": 2, "patience": 0} if chosen.is_gradual else {})})
    nets, judged = [], []
    for factor in (1.0, 1e6):
        held = material()
        held.segments[~np.isin(held.owners, np.arange(12))] *= factor
        held.clips[12:] *= factor
        held.pictures[12:] = held.pictures[12:] if factor == 1.0 else 255 - held.pictures[12:]
        folder = tmp_path / str(factor)
        folder.mkdir()
        fitted, said = fit_fold(
            chosen,
            values,
            held,
            fold(held),
            segments=False,
            seed=1,
            folder=folder,
            report=Report(),
            judges="validation",
        )
        nets.append(fitted.net.get_weights() if chosen.is_gradual else ARCHITECTURES[chosen.net].dump(fitted.net))
        judged.append(said)
    for one, other in zip(*nets, strict=True):
        np.testing.assert_array_equal(one, other)
    assert judged[0].units == material().ids[12:18]
    assert not np.allclose(judged[0].probabilities, judged[1].probabilities)


def test_segments_leak_by_design_and_are_judged_one_by_one(tmp_path: Path) -> None:
    held, chosen = material(), recipe("knn-table")
    _, tested = fit_fold(
        chosen, chosen.values(), held, segments_fold(held), segments=True, seed=1, folder=tmp_path, report=Report()
    )
    assert len(tested.units) == 2 * len(held.ids)
    assert tested.units[0].count(".") == 1


def test_a_genre_without_training_tracks_is_a_sentence(tmp_path: Path) -> None:
    held, chosen = material(), recipe("ann-table")
    part = Fold(tuple(id for id, label in zip(held.ids, held.labels, strict=True) if label), (), held.ids)
    with pytest.raises(RecipeError, match="No track of drone"):
        fit_fold(chosen, chosen.values(), held, part, segments=False, seed=1, folder=tmp_path, report=Report())


def test_a_loss_that_is_no_number_ends_in_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*given: Any, **named: Any) -> Any:
        return feed(*given, **{**named, "weights": np.full(3, np.nan)})

    monkeypatch.setattr("mgc.training.gradual.feed", broken)
    held, chosen = material(), recipe("ann-table")
    values = chosen.values({"epochs": 3})
    with pytest.raises(RecipeError, match="smaller learning rate"):
        fit_fold(chosen, values, held, fold(held), segments=False, seed=1, folder=tmp_path, report=Report())


def test_everything_is_trained_for_the_epochs_that_the_folds_chose(tmp_path: Path) -> None:
    told: list[Epoch] = []
    held, chosen = material(), recipe("ann-table")
    fitted = fit_everything(
        chosen, chosen.values(), held, epochs=(3,), seed=1, folder=tmp_path, report=Report(epoch=told.append)
    )
    assert [epoch.number for epoch in told] == [1, 2, 3]
    assert fitted.epoch == 3
    assert told[0].val_loss is None


@pytest.fixture
def small_backbone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Put one convolution in the place of MobileNetV2."""
    import keras

    def build(*, input_shape: tuple[int, ...], **_: object) -> keras.Model:
        inputs = x = keras.Input(input_shape)
        for strides, name in zip((16, 2), BACKBONES["mobilenetv2"].depths, strict=True):
            x = keras.layers.Conv2D(8, strides + 1, strides=strides, activation="relu", name=name)(x)
            x = keras.layers.BatchNormalization()(x)
        return keras.Model(inputs, x)

    monkeypatch.setattr(keras.applications, "MobileNetV2", build)


@pytest.mark.usefixtures("small_backbone")
@pytest.mark.parametrize(("rate", "helps"), [(0.02, True), (1e4, False)])
def test_the_best_epoch_of_both_stages_is_kept(
    rate: float, helps: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mgc.training.gradual.FINE", rate)
    told: list[Epoch] = []
    held, chosen = material(), recipe("mobilenetv2")
    values = chosen.values({"epochs": 3, "patience": 8, "tune_epochs": 2, "tune_layers": 4})
    report = Report(epoch=told.append)
    fitted, _ = fit_fold(chosen, values, held, fold(held), segments=False, seed=1, folder=tmp_path, report=report)
    losses = [float(epoch.val_loss or 0.0) for epoch in told]
    assert len(losses) == 5
    best, frozen = 1 + int(np.argmin(losses)), 1 + int(np.argmin(losses[:3]))
    assert (best > 3) == helps
    assert fitted.epoch == best
    assert fitted.spent == ((frozen, best - 3) if helps else (frozen, 0))
    at = held.places(fold(held).validation)
    logits = fitted.net.predict_on_batch(held.pictures[at][..., None].astype(np.float32) / 255.0)
    share = np.exp(logits - np.logaddexp.reduce(logits, axis=1, keepdims=True))
    assert -np.log(share[np.arange(len(at)), held.labels[at]]).mean() == pytest.approx(losses[best - 1], rel=1e-3)


@pytest.mark.usefixtures("small_backbone")
@pytest.mark.parametrize("epochs", [(2,), (2, 0), (2, 1)])
def test_everything_is_fine_tuned_as_often_as_the_folds_were(epochs: tuple[int, ...], tmp_path: Path) -> None:
    told: list[Epoch] = []
    held, chosen = material(), recipe("mobilenetv2")
    values = chosen.values({"epochs": 9, "tune_epochs": 7})
    report = Report(epoch=told.append)
    fitted = fit_everything(chosen, values, held, epochs=epochs, seed=1, folder=tmp_path, report=report)
    assert len(told) == sum(epochs)
    assert fitted.epoch == sum(epochs)
