"""A trained net, and how its training went, in the forms of other programs: Keras, ONNX and TensorBoard.

What is written is read again and asked: a file that does not answer as the net does is an error.
"""

from __future__ import annotations

import importlib.util
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from mgc.errors import ModelError
from mgc.features.pictures import N_COLUMNS
from mgc.settings import quiet_tensorflow

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    import keras

__all__ = ["save_keras", "save_onnx", "save_scalars"]

TOLERANCE: Final = 1e-4  # of a probability that is read from a file


def save_keras(net: keras.Model, folder: Path) -> Path:
    """Write a net as ``model.keras`` or, where it has a layer of our own, as TensorFlow's ``saved_model``.

    Either needs nothing of this program to be read, and answers with probabilities, uncalibrated.

    Raises
    ------
    ModelError
        when the backend cannot write a SavedModel, or what was written answers otherwise
    """
    import keras

    whole = _with_softmax(net)
    folder.mkdir(parents=True, exist_ok=True)
    if not any(type(layer).__module__.startswith("mgc.") for layer in net.layers):
        path = folder / "model.keras"
        whole.save(path)
        _compare(whole, lambda x: keras.models.load_model(path).predict_on_batch(x))
        return path
    if keras.backend.backend() != "tensorflow":
        raise ModelError("This net has a custom layer, so it is written as a SavedModel: set KERAS_BACKEND=tensorflow.")
    import tensorflow as tf

    path = folder / "saved_model"
    whole.export(path, format="tf_saved_model", verbose=False)
    read = tf.saved_model.load(str(path))
    _compare(whole, read.serve)
    return path


def save_onnx(net: keras.Model, path: Path) -> Path:
    """Write a net as ONNX: inputs -> probabilities, uncalibrated.

    Raises
    ------
    ModelError
        when a package is missing, or what was written answers otherwise (asked where onnxruntime is installed)
    """
    import keras

    of_backend = {"tensorflow": ["tf2onnx"], "torch": ["onnxscript"]}.get(keras.backend.backend(), ["tf2onnx"])
    if missing := [name for name in ("onnx", *of_backend) if importlib.util.find_spec(name) is None]:
        raise ModelError(f"Writing ONNX needs other packages: pip install {' '.join(missing)}")
    whole = _with_softmax(net)
    path.parent.mkdir(parents=True, exist_ok=True)
    whole(_example(whole))  # else Keras 3.15 takes it for a model without inputs
    whole.export(path, format="onnx", verbose=False)
    if importlib.util.find_spec("onnxruntime") is not None:
        import onnxruntime

        def ask(x: npt.NDArray[np.float32]) -> Any:
            session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
            return session.run(None, {session.get_inputs()[0].name: x})[0]

        _compare(whole, ask)
    return path


def save_scalars(folder: Path, scalars: Iterable[tuple[int, Mapping[str, float]]]) -> None:
    """Write TensorBoard's event file of one fold into ``folder``: (epoch, name -> value)."""
    quiet_tensorflow()
    import tensorflow as tf

    # As tensorboard.summary.scalar marks them, without that package, which TensorFlow 2.21 comes without.
    about = tf.compat.v1.SummaryMetadata(data_class="DATA_CLASS_SCALAR")
    about.plugin_data.plugin_name = "scalars"
    with tf.summary.create_file_writer(str(folder)).as_default():
        for step, values in scalars:
            for name, value in values.items():
                tf.summary.write(name, tf.constant(value, tf.float32), step=step, metadata=about)


def _with_softmax(net: keras.Model) -> keras.Model:
    import keras

    return keras.Model(net.inputs[0], keras.layers.Softmax(name="probabilities")(net.outputs[0]), name=net.name)


def _compare(net: keras.Model, ask: Any) -> None:
    """Ask a net and what was read from its file the same; raise a ModelError when they answer otherwise."""
    x = _example(net)
    expected, said = np.asarray(net.predict_on_batch(x)), np.asarray(ask(x))
    if said.shape != expected.shape or not np.abs(said - expected).max() <= TOLERANCE:
        raise ModelError("The file that was written gives other predictions than the model; do not use it.")


def _example(net: keras.Model) -> npt.NDArray[np.float32]:
    shape = [2, *(N_COLUMNS if one is None else one for one in net.inputs[0].shape[1:])]
    return np.random.default_rng(1).random(shape, dtype=np.float32)
