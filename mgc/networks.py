"""What runs a network of Keras layers: OpenVINO where a process only answers, elsewhere what Keras trains on.

OpenVINO is imported in 1.2 s instead of TensorFlow's 5, and a server takes some 330 MB less with it (docs/NOTES.md).
But it cannot train. So the app and ``mgc classify`` answer on it, a run trains on TensorFlow, and KERAS_BACKEND decides
where it is set.
"""

from __future__ import annotations

import atexit
import importlib
import logging
import sys
import tempfile
import threading
import weakref
from collections import deque
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

STREAMS: Final = 8  # calls at the same time, at most: 30 s of music are as many
TOGETHER: Final = 8  # inputs of one call; more take as long each
SIZE: Final = 128 * 48  # numbers of an input of which so many are asked in one call; larger ones are asked one by one
SHAPES: Final = 4  # of one network that are kept, each with threads of its own: songs below 30 s are shapes, too


def prepare(name: str) -> None:
    """Import Keras in a process that answers, for the model ``name``; ModelError, naming that, when it cannot be done.

    It runs on OpenVINO unless another backend is named (:func:`mgc.settings.named_backend`), Keras is imported already,
    or OpenVINO cannot be used. Where TensorFlow answers, it gets no GPU, whose memory a run may need, and the cores
    of this process.
    """
    settings.quiet_tensorflow()
    # OpenVINO tells Intel about every import, by way of this package; without it, it does not (its telemetry_stub.py).
    sys.modules.setdefault("openvino_telemetry", cast("Any", None))
    if "keras" not in sys.modules and not settings.named_backend() and _can_answer():
        settings.answer_only()
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

    It may be called from several threads. A call raises ModelError where memory, or room for a temporary
    file, is missing.
    """
    import keras

    name = keras.backend.backend()
    if name == settings.ANSWERS:
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
        self.lock = threading.Lock()
        self._of_shape = lru_cache(SHAPES)(self._requests)
        _ASKED.add(self)

    def __call__(self, x: Array) -> list[Array]:
        together = TOGETHER if x[0].size <= SIZE else 1
        said: list[list[Array]] = []
        at_work: deque[Any] = deque()

        def take() -> None:
            request = at_work.popleft()
            request.wait()
            said.append([np.array(one.data) for one in request.output_tensors])

        with self.lock:
            try:
                requests = self._of_shape((together, *x.shape[1:]))
                for number, at in enumerate(range(0, len(x), together)):
                    if len(at_work) == len(requests):
                        take()
                    part = x[at : at + together]
                    full = np.pad(part, ((0, together - len(part)), *((0, 0),) * (x.ndim - 1)))
                    request = requests[number % len(requests)]
                    request.start_async([full])
                    at_work.append(request)
                while at_work:
                    take()
            except BaseException as error:
                self._of_shape.cache_clear()  # a request may still be at work
                if not isinstance(error, OSError | RuntimeError):
                    raise
                sentence = "A network could not be asked. Is there memory, and room for temporary files?"
                raise ModelError(sentence, details=repr(error)) from error
        return [np.concatenate(parts)[: len(x)] for parts in zip(*said, strict=True)]

    def _requests(self, shape: tuple[int, ...]) -> list[Any]:
        """Compile the network; return twice as many requests as run at the same time, so that no core waits for one."""
        import keras
        import openvino

        core = openvino.Core()
        core.set_property({"ENABLE_MMAP": False})  # the file goes
        with tempfile.TemporaryDirectory() as folder:
            path = f"{folder}/net.xml"
            spec = [keras.InputSpec(shape=shape, dtype="float32")]
            self._net.export(path, format="openvino", verbose=False, input_signature=spec)
            model = core.read_model(path)
        streams = min(settings.threads(), STREAMS)
        how = {
            "INFERENCE_PRECISION_HINT": "f32",  # else half of that where the processor is fast at it
            # A thread for each call: two that share one wait for the slower, whose core has other models to ask.
            "INFERENCE_NUM_THREADS": streams,
            "NUM_STREAMS": streams,
            "ENABLE_CPU_PINNING": False,
        }
        compiled = core.compile_model(model, "CPU", how)
        return [compiled.create_infer_request() for _ in range(2 * streams)]


_ASKED: Final[weakref.WeakSet[_OnOpenVINO]] = weakref.WeakSet()


@atexit.register
def _finish() -> None:
    """Let no call to OpenVINO outlive the interpreter, at whose end a thread that comes back from one is aborted."""
    for one in list(_ASKED):
        one.lock.acquire()  # for ever: who asks now waits until the process is gone


def backend() -> tuple[str, str, list[str]]:
    """Return the backend of Keras that trains, its version, and the accelerators it sees (for ``doctor``).

    Raises ModelError when Keras or its backend cannot be imported.
    """
    settings.quiet_tensorflow()
    try:
        import keras

        name = str(keras.backend.backend())
        if name == settings.ANSWERS:  # where none was named; a run is a process of its own
            name = "tensorflow"
        module = importlib.import_module(name)
        if name == "tensorflow":
            found = module.config.list_physical_devices("GPU")  # also those that this process leaves to a run
            devices = [f"gpu:{number}" for number in range(len(found))]
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
    return "channels_first" if answers_on() == settings.ANSWERS else "channels_last"


def answers_on() -> str:
    """Return the backend of Keras in this process, after :func:`prepare`."""
    import keras

    return str(keras.backend.backend())
