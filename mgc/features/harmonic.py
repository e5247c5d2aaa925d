"""Harmonic-percussive separation: the sustained part of a song; what is left of it is the percussive part.

Conventions
-----------
As ``librosa.effects.hpss`` with its defaults (Fitzgerald, 2010): medians of 31 along time and along frequency of the
magnitude, soft masks with power 2. The two masks add up to one, so the percussive signal is the song minus the
harmonic one: one inverse transform instead of two.

librosa 0.7, which made Kaggle's tables, inverted only up to the centre of the last frame and filled the rest of the
clip, up to 511 samples, with zeros. So does this module: it is a thousandth of ``harmony_var``.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Final, TypeVar

import numpy as np
import numpy.typing as npt

from mgc.features.spectrum import HOP_LENGTH, N_FFT, chunks, hann

if TYPE_CHECKING:
    from mgc.audio.clip import FloatArray
    from mgc.features.spectrum import Spectrum

__all__ = ["HALF", "WIDTH", "median_of_padded", "separate"]

WIDTH: Final = 31  # of the median, librosa.effects.hpss's kernel size; the scheme below is made for 2 ** k - 1
HALF: Final = WIDTH // 2
_GROUP: Final = 16  # outputs that are computed together

Number = TypeVar("Number", np.uint16, np.float32)
Row = npt.NDArray[Any]
Rows = list[Row]  # the same-sized arrays that a network's lines carry, sorted upwards unless said

_CHUNK: Final = 216  # frames at most at once; with all rows of the median's network about the size of a core's cache
_HOPS: Final = N_FFT // HOP_LENGTH
_DROPPED: Final = 12  # of the 23 bits of a float's fraction
_TINY: Final = np.finfo(np.float32).tiny
_MOST_KEY: Final = 2**16 - 2  # one less than the largest, which rounding up may reach


def separate(spectrum: Spectrum) -> FloatArray:
    """Return the harmonic and the percussive part of a song [shape=(2, n), float32, like its samples]."""
    import scipy.fft

    n_frames = spectrum.n_frames
    hops = np.zeros((n_frames + _HOPS - 1, HOP_LENGTH), dtype=np.float32)
    for part in chunks(n_frames, -(-n_frames // -(-n_frames // _CHUNK))):  # of equal size: a short rest costs as much
        mask = _mask(_around(spectrum.magnitude.T, part))
        frames = scipy.fft.irfft(spectrum.stft.T[part] * mask, axis=1, workers=1)
        frames *= hann()
        _overlap_add(hops[part.start : part.stop + _HOPS - 1], frames)
    inverted = hops[_HOPS // 2 : _HOPS // 2 + n_frames - 1]
    signals = np.zeros((2, len(spectrum.y)), dtype=np.float32)
    filled = signals[:, : inverted.size]
    harmonic = filled[0].reshape(inverted.shape)
    first, inside, last = _window_sums()
    np.divide(inverted, inside, out=harmonic)
    harmonic[0], harmonic[-1] = inverted[0] / first, inverted[-1] / last
    np.subtract(spectrum.y[: filled.shape[1]], filled[0], out=filled[1])
    return signals


def _around(magnitude: FloatArray, part: slice) -> FloatArray:
    """Return the rows of some frames and of the 15 on either side, which are mirrored at the ends of the song."""
    low, high = part.start - HALF, part.stop + HALF
    before, after = max(0, -low), max(0, high - len(magnitude))
    found = magnitude[max(0, low) : high]
    return np.pad(found, ((before, after), (0, 0)), mode="symmetric") if before or after else found


def _mask(magnitude: FloatArray) -> FloatArray:
    """Return the share of each bin that is harmonic [shape=(t, 1025), range 0..1], given ``t + 30`` frames."""
    keys, lowest = _keys(magnitude)
    across = np.pad(np.ascontiguousarray(keys[HALF:-HALF].T), ((HALF, HALF), (0, 0)), mode="symmetric")
    total = _of_keys(np.ascontiguousarray(median_of_padded(across).T), lowest)
    harmonic = _of_keys(median_of_padded(keys), lowest)
    total *= total
    total += _TINY
    harmonic *= harmonic
    harmonic += _TINY  # so where nothing is heard either way, both parts get half
    total += harmonic
    harmonic /= total
    return harmonic


def _keys(magnitude: FloatArray) -> tuple[npt.NDArray[np.uint16], np.int32]:
    """Return magnitudes as integers of the same order, and the bits of the one that 0 stands for.

    The bits of floats >= 0, read as integers, have the order of the floats. Without the 12 last ones, what lies up to
    192 dB under the peak fits into 16 bits, rounded to one part in 4,096; what lies deeper becomes 0.
    """
    bits = magnitude.view(np.int32)
    lowest = np.maximum(bits.max() - np.int32(_MOST_KEY << _DROPPED), np.int32(0))
    keys = bits - (lowest - np.int32(1 << (_DROPPED - 1)))
    keys >>= _DROPPED
    return np.maximum(keys, 0, out=keys).astype(np.uint16), lowest


def _of_keys(keys: npt.NDArray[np.uint16], lowest: np.int32) -> FloatArray:
    """Return the magnitudes of :func:`_keys`; what lies deeper than 192 dB under the peak is lifted to there."""
    bits = np.left_shift(keys, _DROPPED, dtype=np.int32)
    bits += lowest
    return bits.view(np.float32)


def _overlap_add(hops: FloatArray, frames: FloatArray) -> None:
    """Add windowed frames into consecutive hops, in place."""
    for k in range(_HOPS):
        hops[k : k + len(frames)] += frames[:, k * HOP_LENGTH : (k + 1) * HOP_LENGTH]


@cache
def _window_sums() -> FloatArray:
    """Return the sum of the squared windows over the first, an inner and the last inverted hop [shape=(3, 512)].

    Four windows lie over an inner hop, which makes 1.5, three over the first and the last. Of the fewest frames that a
    transform has (2048 samples make five) these are the hops 2, 3 and 5.
    """
    n_frames = 1 + N_FFT // HOP_LENGTH
    hops = np.zeros((n_frames + _HOPS - 1, HOP_LENGTH), dtype=np.float32)
    _overlap_add(hops, np.broadcast_to(hann() ** 2, (n_frames, N_FFT)))
    return hops[[_HOPS // 2, _HOPS // 2 + 1, n_frames]]


def median_of_padded(padded: npt.NDArray[Number]) -> npt.NDArray[Number]:
    """Return the running median over axis 0, exactly scipy's, about ten times faster.

    ``padded`` [shape=(n + 30, m), finite] is the signal with 15 rows of context on either side; uint16 takes half the
    time of float32. Row ``i`` of the result [shape=(n, m)] is the median of ``padded[i : i + 31]``.

    The outputs are taken in groups of sixteen, whose windows share sixteen elements. Those are sorted once; the two
    halves of the group then share eight more elements, their halves four more, and so on down to a single output. At
    each step only those order statistics are kept that can still become the median: of a sorted core with ``e``
    elements to come, the middle ``e + 1``. That makes 28 minima and maxima for each output, all of whole rows at once,
    where sorting needs hundreds of comparisons element by element. The idea is that of Adams, "Fast Median Filters
    using Separable Sorting Networks" (ACM Transactions on Graphics 40, 2021), in one dimension.
    """
    n = len(padded) - WIDTH + 1
    groups = -(-n // _GROUP)
    missing = _GROUP * groups + WIDTH - n - (WIDTH - 1)
    if missing:
        padded = np.concatenate([padded, np.repeat(padded[-1:], missing, axis=0)])
    out = np.empty((groups * _GROUP, padded.shape[1]), dtype=padded.dtype)
    # line[k] holds element 16 g + k of every group g; 0..46 are the elements that the sixteen windows reach
    line = [padded[k : k + (groups - 1) * _GROUP + 1 : _GROUP] for k in range(WIDTH + _GROUP)]
    twos = {k: _merge(line[k : k + 1], line[k + 1 : k + 2]) for k in range(1, WIDTH + _GROUP - 2, 2)}
    fours = {k: _merge(twos[k], twos[k + 2]) for k in range(3, WIDTH + _GROUP - 6, 4)}
    eights = {k: _merge(fours[k], fours[k + 4]) for k in (7, 15, 23, 31)}
    blocks = {1: {k: [line[k]] for k in range(len(line))}, 2: twos, 4: fours, 8: eights}
    _descend(_merge(eights[15], eights[23]), 15, 31, 8, blocks, out)
    return out[:n]


def _descend(core: Rows, first: int, last: int, size: int, blocks: dict[int, dict[int, Rows]], out: Row) -> None:
    """Extend a core that covers elements ``first <= k < last`` to either side, down to single outputs."""
    for block, start in ((blocks[size][first - size], first - size), (blocks[size][last], first)):
        if size > 1:
            _descend(_keep_middle(core, block), start, start + last - first + size, size // 2, blocks, out)
        else:
            np.maximum(core[0], np.minimum(core[1], block[0]), out=out[start::_GROUP])


def _keep_middle(core: Rows, block: Rows) -> Rows:
    """Return the ``n`` middle order statistics of ``2 n`` sorted values and ``n`` more sorted ones."""
    n = len(block)
    lower = _sort_bitonic([np.minimum(core[n + i], block[n - 1 - i]) for i in range(n)])  # with core[:n]: the 2n least
    return _sort_bitonic([np.maximum(core[i], lower[n - 1 - i]) for i in range(n)])  # and of those the n greatest


def _merge(left: Rows, right: Rows) -> Rows:
    """Merge two sorted lists of equal, power-of-two length."""
    n = len(left)
    low = [np.minimum(left[i], right[n - 1 - i]) for i in range(n)]
    high = [np.maximum(left[i], right[n - 1 - i]) for i in range(n)]
    return _sort_bitonic(low) + _sort_bitonic(high)


def _sort_bitonic(values: Rows) -> Rows:
    """Sort a list that first rises and then falls, or the reverse (a bitonic merger)."""
    half = len(values) // 2
    if not half:
        return values
    low = [np.minimum(values[i], values[i + half]) for i in range(half)]
    high = [np.maximum(values[i], values[i + half]) for i in range(half)]
    return _sort_bitonic(low) + _sort_bitonic(high)
