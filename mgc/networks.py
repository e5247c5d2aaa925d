"""What runs a network of Keras layers: OpenVINO where a process only answers, elsewhere what Keras trains on.

OpenVINO's import takes 1.2 s instead of TensorFlow's 5 and 400 MB less memory (docs/NOTES.md), but it cannot train. So
the app and ``mgc classify`` answer on it, a run trains on TensorFlow, and KERAS_BACKEND decides where it is set.
"""

from __future__ import annotations

import importlib
import logging
import sys
import tempfile
import threading
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias, cast

import numpy as np
import numpy.typing as npt

from mgc import settings
from mgc.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Callable

    import keras

__all__ = ["answers_on", "backend", "function", "layout", "prepare"]

_log: Final = logging.getLogger(__name__)

Array = npt.NDArray[np.float32]
Function: TypeAlias = "Callable[[Array], list[Array]]"

ANSWERS: Final = "openvino"  # Keras' backend that cannot train
STREAMS: Final = 8  # calls at the same time, at most: 30 s of music are as many
TOGETHER: Final = 8  # inputs of one call; more take as long each
SIZE: Final = 128 * 48  # numbers of an input of which so many are asked in one call; larger ones are asked one by one
SHAPES: Final = 16  # of one network that are kept: stretches of a song shorter than 30 s are as wide as it is long


def prepare(name: str) -> None:
    """Import Keras in a process that answers; ModelError, which says that the model ``name`` needs it, when it cannot.

    The backend is OpenVINO unless KERAS_BACKEND names another, Keras is imported already, or OpenVINO cannot be used.
    TensorFlow, where it is to answer, gets no GPU, whose memory a run may need, and the cores of this process.
    """
    settings.quiet_tensorflow()
    # OpenVINO tells Intel about every import, by way of this package; without it, it does not (its telemetry_stub.py).
    sys.modules.setdefault("openvino_telemetry", cast("Any", None))
    if "keras" not in sys.modules and _can_answer():
        settings.choose_backend(ANSWERS)
    try:
        import keras

        is_tensorflow = keras.backend.backend() == "tensorflow"
        if is_tensorflow:
            import tensorflow as tf
    except (ImportError, ValueError) as error:  # ValueError: Keras, of a KERAS_BACKEND that it does not know
        raise ModelError(f"The model {name} needs Keras, which cannot be imported.", details=repr(error)) from error
    if is_tensorflow:
        _limit(tf.config)


def _can_answer() -> bool:
    try:
        import openvino  # noqa: F401
    except (ImportError, OSError):
        return False
    return True


@cache
def _limit(config: Any) -> None:
    """Give TensorFlow no GPU, whose memory it would take from training, and the cores that this process may use."""
    threading_of = config.threading
    try:
        config.set_visible_devices([], "GPU")
        if not settings.are_threads_given() and not threading_of.get_intra_op_parallelism_threads():
            threading_of.set_intra_op_parallelism_threads(settings.cores())  # by itself it counts those of the machine
    except RuntimeError:  # TensorFlow is at work in this process already (a notebook, a training script)
        _log.info("TensorFlow is set up already; it is left as it is")


def function(net: keras.Model) -> Function:
    """Return a network of one input as a plain function: inputs [shape=(n, ...), n >= 1] -> its outputs, in a list.

    It may be called from several threads. A call raises ModelError where no temporary file can be written.
    """
    import keras

    name = keras.backend.backend()
    if name == ANSWERS:
        return _OnOpenVINO(net)
    if name != "tensorflow":
        return lambda x: [np.asarray(keras.ops.convert_to_numpy(one)) for one in _several(net(x, training=False))]
    import tensorflow as tf

    # One fixed signature: no retracing, whatever the length of the song; ten times faster than `predict` over threads.
    call = tf.function(
        lambda x: net(x, training=False), input_signature=[tf.TensorSpec(net.inputs[0].shape, tf.float32)]
    )
    return lambda x: [np.asarray(one) for one in _several(call(tf.constant(x)))]


def _several(said: Any) -> list[Any]:
    return list(said) if isinstance(said, list | tuple) else [said]


class _OnOpenVINO:
    """A network on OpenVINO, compiled once for each shape of an input.

    Some layers, exported for inputs of any shape, fix what they were shown first (Reshape, resizing, GRU: Keras 3.15),
    so the number of inputs is fixed, too.
    """

    def __init__(self, net: keras.Model) -> None:
        self._net = net
        self._lock = threading.Lock()
        self._of_shape = lru_cache(SHAPES)(self._queue)

    def __call__(self, x: Array) -> list[Array]:
        together = TOGETHER if x[0].size <= SIZE else 1
        said: dict[int, list[Array]] = {}

        def keep(request: Any, at: int) -> None:
            said[at] = [np.array(one.data)[: len(x) - at] for one in request.output_tensors]

        with self._lock:
            queue = self._of_shape((together, *x.shape[1:]))
            queue.set_callback(keep)
            for at in range(0, len(x), together):
                part = x[at : at + together]
                full = np.pad(part, ((0, together - len(part)), *((0, 0),) * (x.ndim - 1)))
                queue.start_async({0: full}, at)
            queue.wait_all()
        return [np.concatenate(parts) for parts in zip(*(said[at] for at in sorted(said)), strict=True)]

    def _queue(self, shape: tuple[int, ...]) -> Any:
        import keras
        import openvino

        threads = settings.threads()
        streams = min(threads, STREAMS)
        how = {
            "INFERENCE_PRECISION_HINT": "f32",  # else half of that where the processor is fast at it
            "INFERENCE_NUM_THREADS": threads,
            # One thread a call: two that share a call wait for the slower one, whose core has other models to ask.
            "NUM_STREAMS": streams,
            "ENABLE_CPU_PINNING": False,
        }
        try:
            core = openvino.Core()
            core.set_property({"ENABLE_MMAP": False})  # the file goes
            with tempfile.TemporaryDirectory() as folder:
                path = f"{folder}/net.xml"
                spec = [keras.InputSpec(shape=shape, dtype="float32")]
                self._net.export(path, format="openvino", verbose=False, input_signature=spec)
                model = core.read_model(path)
            return openvino.AsyncInferQueue(core.compile_model(model, "CPU", how), streams)
        except (OSError, RuntimeError) as error:
            sentence = "A network could not be made ready. Is there room in the folder for temporary files?"
            raise ModelError(sentence, details=repr(error)) from error


def backend() -> tuple[str, str, list[str]]:
    """Return the backend of Keras that trains, its version, and the accelerators it sees (for ``doctor``).

    Raises ModelError when Keras or its backend cannot be imported.
    """
    settings.quiet_tensorflow()
    try:
        import keras

        name = str(keras.backend.backend())
        if name == ANSWERS:  # which only answers: a run is another process, and Keras' own choice is TensorFlow
            name = "tensorflow"
        module = importlib.import_module(name)
        if name == "tensorflow":
            devices = [f"gpu:{number}" for number, _ in enumerate(module.config.list_logical_devices("GPU"))]
        else:
            devices = [str(device) for device in keras.distribution.list_devices("gpu")]
    except (ImportError, ValueError, RuntimeError) as error:
        raise ModelError(f"Keras cannot be used: {error}", details=repr(error)) from error
    return name, str(module.__version__), devices


def layout() -> Literal["channels_first", "channels_last"]:
    """Return where convolutions are to have their channels in this process, after :func:`prepare`.

    OpenVINO has them first and would turn the values round before and after each layer: half of YAMNet's time.
    TensorFlow has them last on a processor. The weights are the same.
    """
    return "channels_first" if answers_on() == ANSWERS else "channels_last"


def answers_on() -> str:
    """Return the backend of Keras in this process, after :func:`prepare`."""
    import keras

    return str(keras.backend.backend())
