"""AudioSet's YAMNet: what a network that knows 521 kinds of sound makes of a song, 1024 numbers every 0.48 s.

Plakal and Ellis, "YAMNet" (tensorflow/models, research/audioset/yamnet; Apache-2.0). Rebuilt here from its description;
only arrays are read from the weights file (:mod:`mgc.weights`), each by name and shape.

Conventions
-----------
Mono float32 at 16 kHz; frames of 400 samples every 160, periodic Hann, no centring, FFT of 512, magnitude; 64 mel bands
from 125 to 7,500 Hz on HTK's scale as ``tf.signal.linear_to_mel_weight_matrix`` draws them; ``log(mel + 0.001)``.
A patch is 96 frames (0.96 s), one every 48; the end is filled up with silence to a whole patch.
"""

from __future__ import annotations

import atexit
import logging
import threading
import weakref
from concurrent.futures import Future
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, Final, cast

import numpy as np
import numpy.typing as npt

from mgc import weights
from mgc.audio.clip import SR, FloatArray, valid_audio
from mgc.errors import ModelError
from mgc.features.products import product
from mgc.networks import function, layout, prepare

if TYPE_CHECKING:
    from pathlib import Path

    from mgc.features.spectrum import Spectrum
    from mgc.networks import Function

__all__ = [
    "N_CLASSES",
    "N_EMBEDDING",
    "at_hand",
    "begin",
    "embed",
    "fingerprint",
    "front_end",
    "heard",
    "levelled",
    "listen",
    "load",
]

N_EMBEDDING: Final = 1024
N_CLASSES: Final = 521

RATE: Final = 16_000  # Hz
FRAME: Final = 400
STEP: Final = 160
N_FFT: Final = 512
N_BANDS: Final = 64
LOWEST, HIGHEST = 125.0, 7_500.0  # Hz
OFFSET: Final = 0.001
LEVEL, MOST_GAIN = 0.1, 8.0  # root mean square of what is listened to (GTZAN's median: 0.11), factor at most
PATCH: Final = 96  # frames
PATCH_STEP: Final = 48
FRAMES: Final = 512  # that are transformed at a time, in cache: ten minutes at once would take 660 MB
ENDING: Final = 5.0  # s that a process which ends waits for a thread, at most; half a second is usual
BATCH: Final = 64  # patches of one call, 30 s of music
LONG: Final = 2 * BATCH  # patches, 62 s of music: of longer songs :func:`heard` computes every second patch

# (filters, stride) of the convolutions; the first is an ordinary one, the others are depthwise and pointwise
LAYERS: Final = (
    (32, 2), (64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2),
    (512, 1), (512, 1), (512, 1), (512, 1), (512, 1), (1024, 2), (1024, 1),
)  # fmt: skip
EPSILON: Final = 1e-4  # of batch normalisation, which centres and does not scale

_building = threading.Lock()
_listening: Final[weakref.WeakSet[threading.Thread]] = weakref.WeakSet()
_ending = threading.Event()
_State = tuple[str, tuple[int, int, int]]  # of a file: its path, and when it was changed
_REFUSED: Final[set[_State]] = set()  # files whose contents are not YAMNet's after all
_log: Final = logging.getLogger(__name__)


def embed(y: FloatArray) -> FloatArray:
    """Return a song's embeddings [shape=(P, 1024), float32, >= 0], a row a patch (62 for 30 s); see :func:`listen`."""
    return listen(y)[0]


def listen(y: FloatArray, *, sparse: bool = False) -> tuple[FloatArray, FloatArray]:
    """Return embeddings [shape=(P, 1024)] and the scores of AudioSet's classes [shape=(P, 521), 0..1].

    ``y`` are mono samples [shape=(n,)] at 22,050 Hz. ``sparse``: of more than :data:`LONG` patches every second one is
    computed, and the last; the patch after it gets the same rows (a mean of neighbours would reduce the variance).
    Raises RefusedAudio when the samples are no valid audio, ModelError when the weights are not there or not YAMNet's.
    """
    import soxr

    valid_audio(y)
    patches = front_end(soxr.resample(y.astype(np.float32, copy=False), SR, RATE))
    every = np.arange(len(patches))
    computed = np.union1d(every[::2], every[-1:]) if sparse and len(every) > LONG else every
    patches = patches[computed]
    ask = _loaded()
    said: list[tuple[FloatArray, FloatArray]] = []
    for start in range(0, len(patches), BATCH):
        if _ending.is_set():
            raise ModelError("The program is ending.")
        embeddings, scores = ask(patches[start : start + BATCH, ..., None])
        said.append((embeddings, scores))
    place = np.searchsorted(computed, every, side="right") - 1
    embeddings, scores = (np.concatenate(rows)[place] for rows in zip(*said, strict=True))
    return embeddings, scores


def at_hand() -> bool:
    """Tell whether there is a file of YAMNet's weights that can be used; asked often, answered from its names."""
    path = weights.find("yamnet")
    if path is None:
        return False
    try:
        found = _state(path)
    except OSError:
        return False
    return found not in _REFUSED and _fits(*found)


def fingerprint() -> str:
    """Return what changes with the file of weights, "" where none can be used."""
    path = weights.find("yamnet")
    try:
        return repr(_state(path)[1]) if path is not None and at_hand() else ""
    except OSError:  # it has just been removed
        return ""


def _state(path: Path) -> _State:
    """Return a path with what changes whenever its file, or who may read it, does."""
    held = path.stat()
    return str(path), (held.st_mtime_ns, held.st_ctime_ns, held.st_size)


@lru_cache(8)
def _fits(path: str, _: tuple[int, int, int]) -> bool:
    import h5py

    try:
        with h5py.File(path, "r") as file:
            parts = {f"layer{number}" for number in range(1, len(LAYERS) + 1)} | {"logits"}
            return parts <= set(file) and file["layer1/conv/layer1/conv/kernel:0"].shape == (3, 3, 1, LAYERS[0][0])
    except (OSError, KeyError, ValueError, AttributeError) as error:
        _log.warning("YAMNet's weights cannot be used: %r", error)
        return False


def load() -> None:
    """Load the network, which :func:`listen` does at its first call; ModelError when its weights cannot be used."""
    _loaded()


def heard(song: Spectrum) -> tuple[FloatArray, FloatArray]:
    """Return :func:`listen`, sparse, of a clip at :func:`levelled`, computed once and kept with its spectrum."""
    return begin(song).result()


def begin(song: Spectrum) -> Future[tuple[FloatArray, FloatArray]]:
    """Begin to listen in a thread, while others work on the same clip: a third of an answer's time is spent here.

    Of the threads that share a spectrum, one may ask at a time: whoever comes second gets what the first has begun.
    """
    found = song.kept.get("yamnet")
    if found is None:
        found = song.kept["yamnet"] = Future()
        # A daemon, which a pool's threads are not: a server that is to stop does not wait for the rest of a song.
        thread = threading.Thread(target=_fulfil, args=(found, song.y), name="yamnet", daemon=True)
        _listening.add(thread)
        thread.start()
    return cast("Future[tuple[FloatArray, FloatArray]]", found)


def _fulfil(promise: Future[tuple[FloatArray, FloatArray]], y: FloatArray) -> None:
    try:
        promise.set_result(listen(levelled(y), sparse=True))
    except BaseException as error:  # noqa: BLE001  # raised again where the result is asked for
        promise.set_exception(error)


@atexit.register
def _finish() -> None:
    """Wait for what a thread is at: one that comes back from SciPy or soxr when the interpreter is gone is aborted.

    This runs before the same of :mod:`mgc.networks`, which is imported before and lets no thread go on.
    """
    _ending.set()
    for thread in list(_listening):
        thread.join(timeout=ENDING)


def levelled(y: FloatArray) -> FloatArray:
    """Return samples at a root mean square of 0.1, or as near as a factor of 8 brings them.

    YAMNet takes the logarithm of mel + 0.001, so that a song turned down by 6 dB is another song to it. What is quieter
    than a factor of 8 can mend stays quiet: hiss is not made a storm.
    """
    level = float(np.sqrt(np.einsum("i,i->", y, y, dtype=np.float64) / max(1, len(y))))
    gain = min(max(LEVEL / max(level, 1e-9), 1.0 / MOST_GAIN), MOST_GAIN)
    return (y * np.float32(gain)).astype(np.float32, copy=False)


def front_end(y: FloatArray) -> FloatArray:
    """Return the network's input [shape=(P, 96, 64), log mel] for samples at 16 kHz."""
    import scipy.fft

    patch = (PATCH - 1) * STEP + FRAME
    hop = PATCH_STEP * STEP
    missing = max(0, -(-(len(y) - patch) // hop)) * hop + patch - len(y)
    y = np.pad(y, (0, missing))
    window = (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(FRAME) / FRAME)).astype(np.float32)
    frames = np.lib.stride_tricks.sliding_window_view(y, FRAME)[::STEP]
    log_mel = np.empty((len(frames), N_BANDS), dtype=np.float32)
    for start in range(0, len(frames), FRAMES):
        part = slice(start, start + FRAMES)
        magnitude = np.abs(scipy.fft.rfft(frames[part] * window, N_FFT, axis=1, workers=1))
        log_mel[part] = np.log(product(magnitude, _mel_matrix()) + np.float32(OFFSET))
    cut = np.lib.stride_tricks.sliding_window_view(log_mel, PATCH, axis=0)[::PATCH_STEP]
    return np.ascontiguousarray(cut.transpose(0, 2, 1), dtype=np.float32)


@cache
def _mel_matrix() -> FloatArray:
    """Return triangles on the mel scale [shape=(257, 64)]; the constant part of the spectrum counts for nothing."""

    def mel(hertz: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        return np.asarray(1127.0 * np.log1p(hertz / 700.0))

    bins = mel(np.linspace(0, RATE / 2, N_FFT // 2 + 1))[1:, None]
    lowest, highest = mel(np.array([LOWEST, HIGHEST]))
    edges = np.linspace(lowest, highest, N_BANDS + 2)
    low, centre, high = edges[:-2], edges[1:-1], edges[2:]
    triangles = np.maximum(0, np.minimum((bins - low) / (centre - low), (high - bins) / (high - centre)))
    return np.pad(triangles, ((1, 0), (0, 0))).astype(np.float32)


def _loaded() -> Function:
    """Return the network as a function, built and filled once for each file; ModelError when that cannot be used."""
    path = weights.path("yamnet")
    try:
        found = _state(path)
    except OSError as error:
        raise ModelError("YAMNet's weights have just been removed.", details=repr(error)) from error
    prepare("yamnet")
    with _building:
        try:
            return _network(*found)
        except ModelError:
            _REFUSED.add(found)
            raise


@lru_cache(1)
def _network(path: str, _: tuple[int, int, int] = (0, 0, 0)) -> Function:
    """Build the network and fill it from a file."""
    import h5py

    model = _architecture()
    try:
        with h5py.File(path, "r") as file:
            for layer in model.layers:
                if layer.weights:
                    layer.set_weights(_weights(file, layer))
    except (OSError, KeyError, ValueError) as error:
        sentence = "The file of YAMNet's weights is damaged or belongs to another network."
        raise ModelError(sentence, details=str(error)) from error
    return function(model)


def _architecture() -> Any:
    """Return the network; each batch normalisation is folded into the convolution before it (:func:`_folded`)."""
    from keras import Input, Model, layers

    inputs = x = Input((PATCH, N_BANDS, 1))
    if (form := layout()) == "channels_first":
        x = layers.Permute((3, 1, 2), name="permute")(x)
    common = {"padding": "same", "activation": "relu", "data_format": form}
    for number, (filters, stride) in enumerate(LAYERS, start=1):
        if number == 1:
            x = layers.Conv2D(filters, 3, strides=stride, name="layer1_conv", **common)(x)
            continue
        x = layers.DepthwiseConv2D(3, strides=stride, name=f"layer{number}_depthwise_conv", **common)(x)
        x = layers.Conv2D(filters, 1, name=f"layer{number}_pointwise_conv", **common)(x)
    embeddings = layers.GlobalAveragePooling2D(data_format=form)(x)
    scores = layers.Dense(N_CLASSES, activation="sigmoid", name="logits")(embeddings)
    return Model(inputs, [embeddings, scores], name="yamnet")


def _weights(file: Any, layer: Any) -> list[npt.NDArray[np.float32]]:
    """Return a layer's kernel and bias; Keras 2 repeated a layer's path before the names of its variables."""
    kernel, bias = (tuple(variable.shape) for variable in layer.weights)
    if layer.name == "logits":
        return [_array(file, "logits", "kernel", kernel), _array(file, "logits", "bias", bias)]
    first, _, rest = layer.name.partition("_")
    is_depthwise = rest == "depthwise_conv"
    place, names = f"{first}/{rest}", ("beta", "moving_mean", "moving_variance")
    found = _array(file, place, "depthwise_kernel" if is_depthwise else "kernel", kernel)
    normalisation = [_array(file, f"{place}/bn", name, bias) for name in names]
    return _folded(found, *normalisation, is_depthwise=is_depthwise)


def _folded(
    kernel: FloatArray, beta: FloatArray, mean: FloatArray, variance: FloatArray, *, is_depthwise: bool
) -> list[FloatArray]:
    """Return the kernel and bias of a convolution that does what it and the normalisation behind it did.

    ``(x * kernel - mean) / sqrt(variance + epsilon) + beta``: two thirds of the layers, a seventh of the time less.
    """
    gain = 1.0 / np.sqrt(variance + np.float32(EPSILON))
    return [kernel * (gain[:, None] if is_depthwise else gain), beta - mean * gain]


def _array(file: Any, place: str, kind: str, shape: tuple[int, ...]) -> FloatArray:
    name = f"{place}/{place}/{kind}:0"
    found = file[name]
    if tuple(getattr(found, "shape", ())) != shape or found.dtype.kind != "f":
        raise ValueError(f"{name} is not of shape {shape}")
    return np.asarray(found[()], dtype=np.float32)
