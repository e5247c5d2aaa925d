"""What a stretch of a mel picture looks like, in numbers that do not depend on when its sounds come.

Conventions
-----------
Input: pictures [shape=(n, 128, C), 0..1, C >= 128], palette index / 255, lowest mel band first, 11.15 columns a second.
The lowest 112 bands are read, up to 7.2 kHz: what is above depends on the recording (tape, radio, MP3, a phone) as much
as on the music. Output: :data:`N_TEXTURES` numbers each, in the groups of :data:`GROUPS`:

* ``colour``: means of 19 cepstral coefficients of the picture (Davis and Mermelstein 1980), without the level
* ``spread``, ``change``: how 20 of them vary together, and how their differences over two columns do: logarithms of
  covariance matrices, whose straight distances are those between Gaussians (Arsigny et al. 2006)
* ``rhythm``: modulation spectra of 14 bands, up to 5.2 Hz, after the rhythm patterns of Rauber, Pampalk and Merkl
  (2002)
* ``contrast``: the spread of 28 bands over time
* ``lines``, ``edges``: how sharply neighbouring bands differ, 7 or 3 bands wide: tones against noise, as the spectral
  contrast of Jiang et al. (2002)
* ``ripples``: energy by scale (ripples a stretch of 32 bands) and rate, in 6 overlapping stretches: the
  spectro-temporal modulations of Chi, Ru and Shamma (2005)

How the groups were chosen: docs/NOTES.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["GROUPS", "LEAST_COLUMNS", "N_TEXTURES", "textures"]

Array = npt.NDArray[np.float32]

LEAST_COLUMNS: Final = 128  # 11.5 s, the longest period that is measured
GROUPS: Final[Mapping[str, int]] = {
    "colour": 19, "spread": 210, "change": 210, "rhythm": 280, "contrast": 28, "lines": 14, "edges": 14, "ripples": 462,
}  # fmt: skip
N_TEXTURES: Final = sum(GROUPS.values())

_BANDS: Final = 112
_COEFFICIENTS: Final = 20
_HOP: Final = 32  # columns between the stretches whose modulations are averaged
_RATES: Final = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 65)  # cycles in 128 columns; edges of 11 ranges
_SCALES: Final = (0, 1, 2, 3, 5, 8, 12, 17)  # cycles in 32 bands; edges of 7 ranges
_REGION, _REGION_HOP = 32, 16  # bands
_SMALL: Final = np.float32(1e-3)  # before a logarithm: a stretch may be silent
_SMALL_VARIANCE: Final = np.float32(1e-4)


def textures(pictures: npt.NDArray[np.floating]) -> Array:
    """Return the textures [shape=(n, N_TEXTURES), float32] of pictures [shape=(n, 128, C), 0..1].

    ValueError when they have fewer than :data:`LEAST_COLUMNS` columns.
    """
    from scipy.fft import dct

    x = np.asarray(pictures, dtype=np.float32)
    if x.ndim != 3 or x.shape[1] != 128 or x.shape[2] < LEAST_COLUMNS:
        raise ValueError(f"Invalid pictures. Received: shape {x.shape}. Expected: (n, 128, at least {LEAST_COLUMNS}).")
    x = x[:, :_BANDS]
    # Of 64 values, the last eight zero: of 56 new artists were named worse (66.8 instead of 68.0 %, docs/NOTES.md).
    cepstrum = dct(_bands(x, 2), n=64, axis=1, norm="ortho")[:, :_COEFFICIENTS]
    groups = {
        "colour": cepstrum.mean(axis=2)[:, 1:],
        "spread": _log_covariance(cepstrum),
        "change": _log_covariance(cepstrum[..., 2:] - cepstrum[..., :-2]),
        "rhythm": _rhythm(_bands(x, 8)),
        "contrast": np.log(_bands(x, 4).std(axis=2) + _SMALL),
        "lines": _sharpness(x, 7),
        "edges": _sharpness(x, 3),
        "ripples": _ripples(x),
    }
    return np.concatenate([groups[name] for name in GROUPS], axis=1).astype(np.float32)


def _bands(x: Array, size: int) -> Array:
    """Return means of ``size`` neighbouring bands [shape=(n, bands / size, C)]."""
    return np.asarray(x.reshape(len(x), -1, size, x.shape[2]).mean(axis=2))


def _log_covariance(values: Array) -> Array:
    """Return the upper triangle of the logarithm of the covariance of p values [shape=(n, p, C) -> (n, p(p+1)/2)]."""
    p = values.shape[1]
    centred = values - values.mean(axis=2, keepdims=True)
    covariance = centred @ centred.transpose(0, 2, 1) / (values.shape[2] - 1)
    variances, directions = np.linalg.eigh((covariance + _SMALL_VARIANCE * np.eye(p)).astype(np.float64))
    logarithm = (directions * np.log(variances)[:, None, :]) @ directions.transpose(0, 2, 1)
    return np.asarray(logarithm[:, *np.triu_indices(p)], dtype=np.float32)


def _stretches(n_columns: int) -> range:
    return range(0, n_columns - LEAST_COLUMNS + 1, _HOP)


def _rhythm(bands: Array) -> Array:
    """Return log energies of 20 rates in each band [shape=(n, 14, C) -> (n, 280)]."""
    from scipy.fft import rfft

    centred = (bands - bands.mean(axis=2, keepdims=True)).astype(np.float32)
    taper = np.hanning(LEAST_COLUMNS).astype(np.float32)
    starts = _stretches(bands.shape[2])
    energy = sum(np.abs(rfft(centred[..., at : at + LEAST_COLUMNS] * taper)) ** 2 for at in starts) / len(starts)
    by_rate = energy[..., 1:61].reshape(*bands.shape[:2], 20, 3).mean(axis=3)
    return np.asarray(np.log(by_rate + _SMALL).reshape(len(bands), -1))


def _sharpness(x: Array, size: int) -> Array:
    """Return how far bands stand out of the ``size`` around them, in 14 groups of 8 [shape=(n, 14), log]."""
    from scipy.ndimage import uniform_filter1d

    fine = (x - uniform_filter1d(x, size, axis=1)).reshape(len(x), -1, 8, x.shape[2])
    return np.asarray(np.log(fine.std(axis=(2, 3)) + _SMALL))


def _ripples(x: Array) -> Array:
    """Return log energies by stretch of bands, scale and rate [shape=(n, 6 * 7 * 11)]."""
    from scipy.fft import rfft2

    taper = np.outer(np.hanning(_REGION + 2)[1:-1], np.hanning(LEAST_COLUMNS + 2)[1:-1]).astype(np.float32)
    starts, half = _stretches(x.shape[2]), _REGION // 2
    found = []
    for low in range(0, _BANDS - _REGION + 1, _REGION_HOP):
        energy = np.zeros((len(x), half + 1, LEAST_COLUMNS // 2 + 1), dtype=np.float32)
        for at in starts:
            shown = x[:, low : low + _REGION, at : at + LEAST_COLUMNS]
            whole = np.abs(rfft2((shown - shown.mean(axis=(1, 2), keepdims=True)) * taper)) ** 2
            energy += whole[:, : half + 1]
            energy[:, 1:half] += whole[:, :half:-1]  # ripples that rise and ripples that fall alike
        by_rate = np.add.reduceat(energy[..., _RATES[0] :], np.array(_RATES[:-1]) - _RATES[0], axis=2)
        by_both = np.add.reduceat(by_rate, np.array(_SCALES[:-1]), axis=1)
        cells = np.diff(_SCALES)[:, None] * np.diff(_RATES)[None, :] * len(starts)
        found.append(np.log(by_both / cells.astype(np.float32) + _SMALL).reshape(len(x), -1))
    return np.concatenate(found, axis=1)
