"""The models in memory: each loaded once per process, from verified weights into our own architecture.

Conventions
-----------
A model here is a function ``(spectrum, window starts [s]) -> Answer``. Keras is imported when the first network is
loaded; where that fails, the models that are plain arrays go on answering.
"""

from __future__ import annotations

import importlib
import logging
import threading
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from mgc.audio.clip import FloatArray
from mgc.errors import ModelError
from mgc.features.phrases import phrases
from mgc.features.pictures import columns_of, picture_windows
from mgc.features.spectrum import Spectrum
from mgc.inference.prediction import Array, Member
from mgc.models.catalog import HOP_SECONDS, Catalog
from mgc.nets.picture_cnn import BANDS, WIDTH, CNNConfig
from mgc.settings import quiet_tensorflow

if TYPE_CHECKING:
    import numpy.typing as npt

    from mgc.nets.descriptor_kernel import DescriptorModel

__all__ = ["Answer", "Model", "Shelf", "backend"]

log = logging.getLogger(__name__)

BATCH: Final = 128  # windows per call: two minutes of music in some 100 MB of activations

Call = Callable[[FloatArray], FloatArray]  # pictures (n, 128, any width, 1) -> probabilities (n, 10)


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """What a model says of a song, and how unfamiliar the song is to it (None: it cannot tell)."""

    member: Member
    distance: float | None = None


Model = Callable[[Spectrum, Array], Answer]


class Shelf:
    """The loaded models of one catalogue: each loaded once, by whoever comes first, while the others wait."""

    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog
        self._lock = threading.Lock()
        self._models: dict[str, Model | ModelError] = {}  # a failure is kept too: importing in vain takes seconds

    def take(self, names: Sequence[str]) -> tuple[dict[str, Model], dict[str, str]]:
        """Return the models that can be loaded, and why the others cannot."""
        models: dict[str, Model] = {}
        missing: dict[str, str] = {}
        for name in names:
            with self._lock:
                held = self._models.get(name) or self._models.setdefault(name, _try_to_load(self.catalog, name))
            if isinstance(held, ModelError):
                missing[name] = held.user_message
            else:
                models[name] = held
        return models, missing


def _try_to_load(catalog: Catalog, name: str) -> Model | ModelError:
    try:
        return _load(catalog, name)
    except ModelError as error:
        log.warning("model %s is not available: %s %s", name, error.user_message, error.details)
        return error


def _load(catalog: Catalog, name: str) -> Model:
    kind = catalog.card(name).kind
    if kind == "vote":
        raise ModelError(f"The model {name} is a vote of others, which are asked instead.")
    return _descriptors(catalog, name) if kind == "descriptors" else _pictures(catalog, name)


def _descriptors(catalog: Catalog, name: str) -> Model:
    from mgc.features.descriptors import describe_blocks, describe_windows
    from mgc.nets.descriptor_kernel import DescriptorModel

    arrays = catalog.arrays(name)
    parts: dict[str, DescriptorModel] = {}
    try:
        for part in ("window", "clip"):
            prefix = part + "__"
            own = {key.removeprefix(prefix): value for key, value in arrays.items() if key.startswith(prefix)}
            parts[part] = DescriptorModel.from_arrays(own)
    except ValueError as error:
        raise ModelError(f"The model {name} cannot be used: {error}") from error

    def answer(song: Spectrum, starts: Array) -> Answer:
        _, table = describe_windows(song, hop_seconds=HOP_SECONDS)
        blocks = describe_blocks(song)
        clip = parts["clip"]
        member = Member(parts["window"].probabilities(table[: len(starts)]), clip.probabilities(blocks))
        return Answer(member, float(np.mean(clip.distance(blocks))))

    return answer


def _pictures(catalog: Catalog, name: str) -> Model:
    call = _network(catalog, name)

    def answer(song: Spectrum, starts: Array) -> Answer:
        picture = columns_of(song)
        windows = _judge(call, picture_windows(picture, starts, width=WIDTH))
        return Answer(Member(windows, _judge(call, phrases(picture))))

    return answer


def _judge(call: Call, shown: npt.NDArray[np.uint8]) -> Array:
    """Return probabilities [shape=(n, 10)] of stretches of a picture [shape=(n, 128, width)]."""
    batch = max(1, BATCH * WIDTH // shown.shape[2])
    seen = shown[..., None].astype(np.float32) / np.float32(255.0)
    return np.concatenate([call(seen[at : at + batch]) for at in range(0, len(seen), batch)]).astype(np.float64)


def _network(catalog: Catalog, name: str) -> Call:
    """Rebuild our own architecture, load verified weights into it, and compile it for any width."""
    quiet_tensorflow()
    try:
        import keras

        from mgc.nets import picture_cnn
    except (ImportError, ValueError) as error:  # ValueError: Keras, of a KERAS_BACKEND that it does not know
        raise ModelError(f"The model {name} needs Keras, which cannot be imported.", details=repr(error)) from error
    path = catalog.weights_path(name)
    if keras.backend.backend() == "tensorflow":
        _leave_gpus_alone()
    net = picture_cnn.build(CNNConfig.from_json(catalog.card(name).net.config))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", UserWarning)  # Keras only warns of layers that it leaves at random weights
            net.load_weights(path)
    except (ValueError, KeyError, OSError, UserWarning) as error:
        raise ModelError(f"The weights of model {name} do not fit its net.", details=repr(error)) from error
    return _compiled(net, keras.backend.backend())


def _leave_gpus_alone() -> None:
    """Keep TensorFlow off the GPUs of this process: it would take all their memory from the training runs."""
    import tensorflow as tf

    try:
        tf.config.set_visible_devices([], "GPU")
    except RuntimeError:  # TensorFlow is at work in this process already (a notebook, a training script)
        log.info("TensorFlow has its devices already; they are left as they are")


def _compiled(net: Any, name: str) -> Call:
    if name != "tensorflow":
        import keras

        return lambda x: np.asarray(keras.ops.convert_to_numpy(keras.ops.softmax(net(x, training=False))))
    import tensorflow as tf

    def call(x: Any) -> Any:
        return tf.nn.softmax(net(x, training=False))

    # One fixed signature: no retracing, whatever the length of the song; ten times faster than `predict` over threads.
    compiled = tf.function(call, input_signature=[tf.TensorSpec((None, BANDS, None, 1), tf.float32)])
    return lambda x: np.asarray(compiled(tf.constant(x)))


def backend() -> tuple[str, str, list[str]]:
    """Return Keras' backend, its version, and the accelerators it sees (for ``doctor``; imports it all).

    Raises
    ------
    ModelError
        when Keras or its backend cannot be imported
    """
    quiet_tensorflow()
    try:
        import keras

        name = str(keras.backend.backend())
        module = importlib.import_module(name)
        devices = [str(device) for device in keras.distribution.list_devices("gpu")]
    except (ImportError, ValueError, RuntimeError) as error:
        raise ModelError(f"Keras cannot be used: {error}", details=repr(error)) from error
    return name, str(module.__version__), devices
