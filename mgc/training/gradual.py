"""Fit a net of Keras layers, epoch by epoch, so that it can be stopped and killed at any moment and goes on.

Conventions
-----------
Everything random is seeded by (seed, epoch): weights, order, windows and dropout. So the same call gives the same net
on a CPU, and a resumed fit equals the uninterrupted one. No data but the training part decides anything, except that
with ``patience`` the validation part chooses the epoch, of a backbone among those of both stages.
"""

from __future__ import annotations

import math
import sys
import time
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, Final, cast

import numpy as np
import numpy.typing as npt

from mgc.errors import RecipeError
from mgc.nets import ARCHITECTURES, backbone, layers
from mgc.training import state as states
from mgc.training.feed import changes, feed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    import keras

    from mgc.recipes import Augmentation, Fit, Recipe, Value

__all__ = ["Epoch", "Interrupted", "Report", "fit"]

FINE: Final = 0.01  # of the learning rate, when the backbone is trained as well
_BATCH: Final = 32  # pictures that a backbone looks at in one call

Array = npt.NDArray[Any]


class Interrupted(Exception):
    """Training was asked to stop; what was saved is as of the last whole epoch."""


@dataclass(frozen=True, slots=True)
class Epoch:
    """What one epoch came to; ``number`` begins at 1 and runs over all stages. Losses are in nats."""

    number: int
    loss: float
    accuracy: float
    val_loss: float | None
    val_accuracy: float | None
    learning_rate: float
    seconds: float


@dataclass(frozen=True, slots=True)
class Report:
    """What a fit calls: where it begins, each epoch once it is saved, and sentences.

    ``is_wanted`` is asked after each batch.
    """

    begin: Callable[[int], None] = lambda epochs_done: None
    epoch: Callable[[Epoch], None] = lambda epoch: None
    note: Callable[[str], None] = lambda sentence: None
    is_wanted: Callable[[], bool] = lambda: True


@dataclass(frozen=True, slots=True, eq=False)
class _Stage:
    """One fit of a model, or of the part of it that learns."""

    model: keras.Model
    train: Array
    validation: Array
    fit: Fit
    change: Augmentation
    n_epochs: int
    learning_rate: float


def fit(
    recipe: Recipe,
    values: Mapping[str, Value],
    x: Array,
    labels: npt.NDArray[np.intp],
    train: npt.NDArray[np.intp],
    validation: npt.NDArray[np.intp],
    *,
    n_classes: int,
    seed: int,
    folder: Path,
    report: Report,
    weights: Path | None = None,
    holds_out: bool = False,
) -> tuple[keras.Model, dict[str, Any], tuple[int, ...], int]:
    """Fit a net, or go on where ``folder`` says.

    Parameters
    ----------
    recipe : Recipe
    values : mapping
        of all its options
    x : np.ndarray [shape=(m, ...)]
        examples, as :class:`mgc.training.material.Examples` holds them
    labels : np.ndarray [shape=(m,), 0..n_classes-1]
        of the examples
    train, validation : np.ndarray of int
        which examples; with ``patience`` 0 all of them train
    n_classes, seed : int
    folder : Path
        where states are saved
    report : Report
    weights : Path, optional
        of the backbone; without it its weights are random
    holds_out : bool
        with ``patience`` 0, do not train on ``validation`` either

    Returns
    -------
    model : keras.Model
        examples -> logits
    config : dict
        of the net, adapted to the training part
    spent : tuple of int
        epochs of each stage that led to these weights: of a backbone with its body frozen, then with its top blocks
        fine-tuned, 0 where fine-tuning made nothing better
    best_epoch : int
        whose weights these are, counted over all stages

    Raises
    ------
    RecipeError
        when the loss is no number any more, or no saved state can be read
    Interrupted
        when it is not wanted any more
    """
    _import_keras()
    import keras

    how = recipe.fit(values)
    if not how.patience and not holds_out:
        train, validation = np.sort(np.concatenate([train, validation])), validation[:0]
    if how.mixed and _has_gpu():
        keras.mixed_precision.set_global_policy("mixed_float16")
    keras.utils.set_random_seed(seed % 2**32)
    architecture = ARCHITECTURES[recipe.net]
    module: Any = architecture.module
    config = layers.read_config(module.Config, layers.plain(recipe.net_config(values)))
    if hasattr(module, "adapt"):
        config = module.adapt(config, x[train])
    model = module.build(config, n_classes, weights=weights) if module is backbone else module.build(config, n_classes)
    saved, sentence = states.load(folder)
    if sentence:
        report.note(sentence)
    progress = saved.progress if saved else states.Progress()
    report.begin(progress.epoch)
    for one in progress.history:  # what was saved may not have been reported
        report.epoch(Epoch(**one))
    for number, stage in enumerate(_stages(recipe, how, values, model, x, train, validation)):
        if number < progress.stage:
            continue
        if number > progress.stage:
            progress, saved = replace(progress, stage=number, wait=0, is_over=False), None
        run = _Run(stage, labels[train], labels[validation], n_classes, seed, folder, report, progress)
        run.go_on(saved)
        progress = run.progress
    best_epoch = progress.best_epoch if how.patience else progress.epoch
    return model, layers.config_json(config), _spent(progress, best_epoch, chosen=bool(how.patience)), best_epoch


def _import_keras() -> None:
    """Import Keras, at first without the packages that it would only offer to wrap.

    No fit needs these, and a fold begins some two seconds sooner (docs/NOTES.md); whoever imports them afterwards gets
    them. Only a thread that does so at the same time would not, and a fold's process has none.
    """
    wrapped = {"sklearn", "pandas"} - set(sys.modules)
    sys.modules.update(dict.fromkeys(wrapped, cast("Any", None)))  # an ImportError, which Keras expects
    try:
        import keras  # noqa: F401
    finally:
        for name in wrapped:
            del sys.modules[name]


def _spent(progress: states.Progress, best_epoch: int, *, chosen: bool) -> tuple[int, ...]:
    """Return the epochs of each stage that led to the weights of ``best_epoch``."""
    if not progress.stage:
        return (best_epoch,)
    if best_epoch <= progress.first:
        return best_epoch, 0
    before = progress.history[: progress.first]  # fine-tuning began from the best of these
    first = 1 + int(np.argmin([_judged(one) for one in before])) if chosen else progress.first
    return first, best_epoch - progress.first


def _judged(epoch: Mapping[str, Any]) -> float:
    """Return the loss that chooses the epoch: the validation's, where there is one."""
    loss = epoch.get("val_loss")
    return float(epoch["loss"] if loss is None else loss)


def _stages(
    recipe: Recipe,
    how: Fit,
    values: Mapping[str, Value],
    model: keras.Model,
    x: Array,
    train: npt.NDArray[np.intp],
    validation: npt.NDArray[np.intp],
) -> Iterator[_Stage]:
    """Yield what is fitted, one after the other: the net; of a backbone first its head, then its top blocks, too."""
    change = recipe.augmentation(values)
    whole = _Stage(model, x[train], x[validation], how, change, how.epochs, how.learning_rate)
    if ARCHITECTURES[recipe.net].module is not backbone:
        yield whole
        return
    body = model.get_layer("backbone")
    body.trainable = False
    below, head = backbone.parts(model)
    seen = [_embedded(below, part) for part in (whole.train, whole.validation)]
    backbone.standardise(model, seen[0])
    if changes(change):
        yield whole
    else:  # the backbone sees the same picture in every epoch: once is enough
        yield replace(whole, model=head, train=seen[0], validation=seen[1])
    if how.tune_epochs:
        body.trainable = True
        learning = [one for one in body.layers if one.weights and type(one).__name__ != "BatchNormalization"]
        for layer in body.layers:
            layer.trainable = layer in learning[-how.tune_layers :]
        yield replace(whole, n_epochs=how.tune_epochs, learning_rate=FINE * how.learning_rate)


def _embedded(below: keras.Model, pictures: Array) -> Array:
    """Return what a frozen backbone makes of pictures [shape=(n, width), float32]."""
    parts = [
        np.asarray(below.predict_on_batch(pictures[at : at + _BATCH, ..., None].astype(np.float32) / 255.0))
        for at in range(0, len(pictures), _BATCH)
    ]
    width = below.output_shape[-1]
    return np.concatenate(parts) if parts else np.empty((0, width), dtype=np.float32)


class _Run:
    """One stage's epochs, from the first or from where a saved state stands."""

    def __init__(
        self,
        stage: _Stage,
        train_labels: npt.NDArray[np.intp],
        validation_labels: npt.NDArray[np.intp],
        n_classes: int,
        seed: int,
        folder: Path,
        report: Report,
        progress: states.Progress,
    ) -> None:
        self.stage, self.progress = stage, progress
        self._first = progress.epoch  # of the stage; a state that was saved in it counts from before
        self._seed, self._folder, self._report = seed, folder, report
        how = stage.fit
        shared: dict[str, Any] = {"n_classes": n_classes, "batch_size": how.batch_size, "seed": seed}
        weights = _class_weights(train_labels, n_classes) if how.balance else None
        crops = how.crops if stage.train.ndim == 3 else 1
        mean = float(stage.train[:: max(1, len(stage.train) // 100)].mean() / 255.0) if stage.train.ndim == 3 else 0.0
        self._train = feed(
            stage.train,
            train_labels,
            **shared,
            crops=crops,
            width=min(how.width, stage.train.shape[2]) if how.width and stage.train.ndim == 3 else 0,
            how=stage.change,
            fill=mean,
            weights=weights,
        )
        self._validation = feed(stage.validation, validation_labels, **shared) if len(stage.validation) else None
        self.best: tuple[Array, ...] = ()

    def go_on(self, saved: states.State | None) -> None:
        """Fit the epochs that are left, then give the model the weights that are taken."""
        model, how, progress = self.stage.model, self.stage.fit, self.progress
        self._compile()
        if saved is not None:
            model.set_weights(list(saved.weights))
            _assign(model.optimizer, saved.optimizer)
            self.best = saved.best
        else:
            self.progress.first = self._first
            if how.patience and progress.best_loss is not None:  # of the stage before, which this one has to beat
                self.best = tuple(np.array(one) for one in model.get_weights())
        last = progress.first + self.stage.n_epochs
        if progress.epoch < last and not progress.is_over:
            model.fit(
                self._train,
                epochs=last,
                initial_epoch=progress.epoch,
                validation_data=self._validation,
                shuffle=False,
                verbose=0,
                callbacks=[self._watch()],
            )
        if how.patience and self.best:
            model.set_weights(list(self.best))

    def _compile(self) -> None:
        import keras

        stage, how = self.stage, self.stage.fit
        rate: Any = stage.learning_rate
        if how.schedule == "cosine":
            steps = max(1, len(self._train) * stage.n_epochs)
            rate = keras.optimizers.schedules.CosineDecay(
                rate / 20,
                decay_steps=max(1, steps - steps // 10),
                alpha=0.01,
                warmup_target=rate,
                warmup_steps=steps // 10,
            )
        optimizer = (
            keras.optimizers.AdamW(rate, weight_decay=how.weight_decay)
            if how.weight_decay
            else keras.optimizers.Adam(rate)
        )
        stage.model.compile(
            optimizer=optimizer,
            loss=keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=how.label_smoothing),
            metrics=[keras.metrics.CategoricalAccuracy(name="accuracy")],
            jit_compile=False if keras.backend.backend() == "tensorflow" else "auto",
        )
        # The model's own: for half precision it is another one around ours, which scales the loss.
        stage.model.optimizer.build(stage.model.trainable_variables)

    def _watch(self) -> keras.callbacks.Callback:
        """Return what seeds an epoch, looks whether it is still wanted, and saves it before it reports it."""
        import keras

        run = self

        class Watch(keras.callbacks.Callback):  # type: ignore[misc]
            began = 0.0

            def on_epoch_begin(self, epoch: int, logs: object = None) -> None:
                self.began = time.monotonic()
                run._train.epoch = epoch
                _seed_layers(self.model, run._seed, epoch)

            def on_train_batch_end(self, batch: int, logs: object = None) -> None:
                if not run._report.is_wanted():
                    raise Interrupted

            def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
                found = {name: float(value) for name, value in (logs or {}).items()}
                run._ended(epoch + 1, found, time.monotonic() - self.began)
                self.model.stop_training = run.progress.is_over

        return Watch()

    def _ended(self, number: int, found: dict[str, float], seconds: float) -> None:
        """Note what an epoch came to, save it, and report it: what is shown can be gone on from."""
        import keras

        model, progress, patience = self.stage.model, self.progress, self.stage.fit.patience
        if not all(math.isfinite(one) for one in found.values()):
            raise RecipeError(f"The loss is no longer a number after epoch {number}; try a smaller learning rate.")
        progress.epoch = number
        judged = _judged(found)
        if progress.best_loss is None or judged < progress.best_loss:
            progress.best_loss, progress.best_epoch, progress.wait = judged, number, 0
            if patience:
                self.best = tuple(np.array(one) for one in model.get_weights())
        else:
            progress.wait += 1
        progress.is_over = bool(patience) and progress.wait >= patience
        epoch = Epoch(
            number,
            found["loss"],
            found["accuracy"],
            found.get("val_loss"),
            found.get("val_accuracy"),
            float(keras.ops.convert_to_tensor(model.optimizer.learning_rate)),
            round(seconds, 3),
        )
        progress.history.append(asdict(epoch))
        states.save(self._folder, self._state())
        self._report.epoch(epoch)

    def _state(self) -> states.State:
        model = self.stage.model
        optimizer = tuple(np.array(one.numpy()) for one in model.optimizer.variables)
        weights = tuple(np.array(one) for one in model.get_weights())
        return states.State(replace(self.progress), weights, optimizer, self.best)


def _has_gpu() -> bool:
    """Tell whether Keras computes on a device; the backends name it "gpu:0", "cuda:0" or "CudaDevice(id=0)"."""
    import keras

    # keras.distribution.list_devices raises where JAX has no GPU, and PyTorch's backend has none (Keras 3.15).
    return "cpu" not in str(keras.ops.zeros(1).device).lower()


def _assign(optimizer: Any, arrays: tuple[Array, ...]) -> None:
    for variable, array in zip(optimizer.variables, arrays, strict=True):
        variable.assign(array)


def _seed_layers(model: keras.Model, seed: int, epoch: int) -> None:
    """Begin an epoch's dropout at a place of its own."""
    import keras

    if keras.backend.backend() == "torch":  # its dropout draws from PyTorch's generator (Keras 3.15)
        keras.utils.set_random_seed(int(np.random.SeedSequence((seed, epoch)).generate_state(1)[0]))
    for number, variable in enumerate(model.non_trainable_variables):
        if variable.path.endswith("seed_generator_state"):
            drawn = np.random.SeedSequence((seed, epoch, number)).generate_state(1)
            state = np.array([drawn[0], 0], dtype=np.uint32)
            # PyTorch has no uint32: there Keras keeps the same bits as int32.
            variable.assign(state.view(np.int32) if variable.dtype == "int32" else state)


def _class_weights(labels: npt.NDArray[np.intp], n_classes: int) -> npt.NDArray[np.float64]:
    """Return a weight for each class [shape=(n_classes,)] that makes all count the same; their mean over rows is 1."""
    counts = np.maximum(np.bincount(labels, minlength=n_classes), 1)
    return np.asarray(len(labels) / (n_classes * counts))
