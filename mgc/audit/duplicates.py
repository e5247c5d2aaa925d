"""The same recording twice: sample by sample, or cut, levelled and encoded differently.

Conventions
-----------
*Exact* pairs have the same samples, or (where there is no sound) pictures that agree in every pixel.

*Near* pairs are found in mel pictures, laid over each other at every shift in time that leaves five seconds in common.
What a picture shows most (loud bass, faint treble, a swell) is common to much music, so each picture is stripped of it
first: what lasts longer than a second is taken away in every band, and the bands are whitened over the whole data set.
Two different recordings are then as good as uncorrelated, even of one song. The likeness of a pair is the best
correlation ``r``, times ``sqrt(seconds in common / 30)``: chance correlates less, the more there is to compare, so
the product is comparable between short and long stretches. 1 is 30 s alike in every detail.

Music from one drum machine, or with one loop, resembles much of its kind. A pair is therefore listed only when it
stands out for both tracks: the odds of its likeness, ``L / (1 - L)``, are :data:`STANDS_OUT` times the odds of either
track's likeness to its sixth most similar track (few recordings occur more often), which is :data:`BACKGROUND` or more.

A near pair is a *candidate* until something else confirms it (:func:`confirmed_by`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np
import numpy.typing as npt

from mgc.datasets.base import normalised_artist
from mgc.features.pictures import COLUMNS_PER_SECOND

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from mgc.datasets.base import Track

__all__ = [
    "BACKGROUND", "CONFIRMED", "LEAST_COLUMNS", "MANY", "STANDS_OUT", "ConfirmedBy", "NearPair", "confirmed_by",
    "exact_pairs", "identical_pictures", "near_pairs", "same_song",
]  # fmt: skip

Pair = tuple[str, str]
ConfirmedBy = Literal["", "names", "likeness"]
Array = npt.NDArray[np.float32]

# Set with GTZAN's pictures and an early studio in view. Of GTZAN's 70 pairs above it 66 are one song by the title; that
# studio's 7,140 pairs, all of a genre on one grid and one drum machine but no recording twice, came up to 1.95.
STANDS_OUT: Final = 2.5
BACKGROUND: Final = 0.06  # the median over GTZAN of the likeness to the sixth-most-alike clip
_RANK: Final = 6  # the likeness to the sixth most similar track is a track's background
_BANDS: Final = 32  # groups of four mel bands: enough to tell recordings apart, four times faster than all
_SECOND: Final = 11  # columns; what lasts longer says nothing about which recording it is
# Fixed on pairs whose truth is known (docs/NOTES_AUDIT.md): the most similar of the studio's 7,140 pairs, all of
# different songs, has 0.31; ten MP3 copies that were planted have 0.97 or more, ten cut ones 0.40 to 0.82.
CONFIRMED: Final = 0.5
LEAST_COLUMNS: Final = 56  # columns in common, five seconds
MANY: Final = 12  # copies of one track that are listed in all pairs
_REFERENCE: Final = 30.0 * COLUMNS_PER_SECOND  # columns that count in full
_RIDGE: Final = 1e-3  # of the strongest direction: directions weaker than that are noise and stay weak
_SPELLING: Final = 0.9  # share of letters in which two spellings of a title agree
_AT_ONCE: Final = 16  # pictures that are compared with all others in one step: 50 MB for 1,000 pictures


@dataclass(frozen=True, slots=True)
class NearPair:
    """Two tracks that may hold the same recording, in the data set's order."""

    first: str
    second: str
    likeness: float  # 0..1, as the head of this module defines it
    shift: float  # seconds by which the shared sound comes later in ``first`` than in ``second``
    confirmed_by: ConfirmedBy = ""  # what confirms that it is one recording; "" for a candidate


def exact_pairs(ids: Sequence[str], checksums: Sequence[str]) -> tuple[Pair, ...]:
    """Return the pairs of tracks with the same checksum of their samples; ``""`` stands for no samples.

    Of more than :data:`MANY` equal tracks each is paired with the first only: all pairs of 3,000 copies are 4 million.
    """
    groups: dict[str, list[str]] = {}
    for name, checksum in zip(ids, checksums, strict=True):
        if checksum:
            groups.setdefault(checksum, []).append(name)
    firsts = {name: group if len(group) <= MANY else group[:1] for name, group in groups.items()}
    return tuple(
        (one, other) for name, group in groups.items() for n, one in enumerate(firsts[name]) for other in group[n + 1 :]
    )


def identical_pictures(ids: Sequence[str], pictures: npt.NDArray[np.uint8]) -> tuple[Pair, ...]:
    """Pair tracks whose pictures [shape=(n, 128, C)] agree in every pixel, as :func:`exact_pairs`; blank ones never."""
    import hashlib

    checksums = [hashlib.sha256(one.tobytes()).hexdigest() if one.any() else "" for one in pictures]
    return exact_pairs(ids, checksums)


def near_pairs(
    ids: Sequence[str],
    pictures: npt.NDArray[np.uint8],
    widths: npt.NDArray[np.integer[Any]],
    *,
    least: float = STANDS_OUT,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[NearPair, ...]:
    """Find recordings that occur in more than one track: most alike first, exact copies among them.

    Time and memory grow with n squared: 1,000 clips of 30 s take about seven seconds on one core.

    Parameters
    ----------
    ids : sequence of str, length n
    pictures : np.ndarray [shape=(n, 128, C), uint8]
        as :func:`mgc.features.pictures.columns` draws them
    widths : np.ndarray [shape=(n,), 0..C]
        columns that show sound; tracks of less than five seconds are not compared
    least : float > 0
        how far a pair must stand out
    progress : callable or None
        called with the number of pairs compared so far and the number of all pairs; may raise to stop
    """
    n = len(ids)
    if n < 2:
        return ()
    likeness, shifts = np.zeros((n, n), dtype=np.float32), np.zeros((n, n), dtype=np.int16)
    for row, alike, best in _compare(_details(pictures, widths), widths):
        likeness[row, row + 1 :], shifts[row, row + 1 :] = alike, best
        if progress and row % _AT_ONCE == 0:
            progress(row * (2 * n - row - 1) // 2, n * (n - 1) // 2)
    likeness += likeness.T
    background = np.full(n, BACKGROUND, dtype=np.float32)
    if n > _RANK:
        background = np.maximum(background, np.partition(likeness, n - _RANK, axis=1)[:, n - _RANK])
    odds = _odds(background)
    found = np.argwhere(np.triu(_odds(likeness) >= least * np.maximum(odds[:, None], odds), k=1))
    pairs = [
        NearPair(ids[a], ids[b], round(float(min(likeness[a, b], 1.0)), 4), float(shifts[a, b]) / COLUMNS_PER_SECOND)
        for a, b in found
    ]
    return tuple(sorted(pairs, key=lambda pair: (-pair.likeness, pair.first, pair.second)))


def confirmed_by(one: Track, other: Track, likeness: float) -> ConfirmedBy:
    """Return what confirms that a near pair is one recording, ``""`` for a candidate.

    Where both tracks name artist and title, the names decide: the same song confirms the pair, another song leaves it a
    candidate. Where a name is unknown, a likeness of :data:`CONFIRMED` or more confirms it.
    """
    same = same_song(one, other)
    if same is not None:
        return "names" if same else ""
    return "likeness" if likeness >= CONFIRMED else ""


def same_song(one: Track, other: Track) -> bool | None:
    """Return whether two tracks are one song by their names, None when an artist or title is unknown.

    Spelling may differ a little ("How Strang" is "How Strange"); words in brackets do not count.
    """
    names = [(normalised_artist(track.artist), _plain(track.title)) for track in (one, other)]
    if not all(artist and title for artist, title in names):
        return None
    (artist, title), (artist2, title2) = names
    return artist == artist2 and SequenceMatcher(None, title, title2, autojunk=False).ratio() >= _SPELLING


def _plain(title: str) -> str:
    outside = re.sub(r"\([^)]*\)", "", title)
    return normalised_artist(outside if outside.strip() else title).replace(" ", "")


def _odds(likeness: Array) -> Array:
    held = np.clip(likeness, 0.0, 0.9999)
    return np.asarray(held / (1 - held), dtype=np.float32)


def _details(pictures: npt.NDArray[np.uint8], widths: npt.NDArray[np.integer[Any]]) -> Array:
    """Return what tells recordings apart [shape=(n, 32, C)]: short events in white bands, 0 where nothing sounds."""
    from scipy.ndimage import uniform_filter1d

    n, bands, length = pictures.shape
    details = np.empty((n, _BANDS, length), dtype=np.float32)
    for row, (picture, width) in enumerate(zip(pictures, widths, strict=True)):
        grouped = picture.reshape(_BANDS, bands // _BANDS, length).mean(axis=1, dtype=np.float32) / 255
        grouped[:, width:] = grouped[:, :width].mean(axis=1, keepdims=True) if width else 0  # no edge at the end
        details[row] = grouped - uniform_filter1d(grouped, _SECOND, axis=1)
        details[row, :, width:] = 0
    together = np.einsum("nbt,nct->bc", details, details, optimize=True) / details[:, 0].size
    size, directions = np.linalg.eigh(together)
    whitening = directions / np.sqrt(size + max(_RIDGE * float(size[-1]), 1e-12))
    white: Array = np.einsum("bk,nbt->nkt", whitening.astype(np.float32), details, optimize=True)
    return white


def _compare(details: Array, widths: npt.NDArray[np.integer[Any]]) -> Iterator[tuple[int, Array, npt.NDArray[np.intp]]]:
    """Yield for every row its likeness to each later row and the best shift of each, in columns."""
    from scipy.fft import irfft, next_fast_len, rfft

    n, _, length = details.shape
    lags = np.arange(LEAST_COLUMNS - length, length - LEAST_COLUMNS + 1)
    size = next_fast_len(2 * length - LEAST_COLUMNS, real=True)
    waves = np.ascontiguousarray(rfft(details, size, axis=2).transpose(2, 0, 1))  # (frequency, row, band)
    sums = np.concatenate([np.zeros((n, 1)), np.cumsum((details**2).sum(axis=1), axis=1)], axis=1)

    def energy(starts: npt.NDArray[np.intp]) -> Array:
        """Return the energy of each row in the stretch that a shift leaves, as 1 / sqrt [shape=(n, lags)]."""
        held = sums[:, length + np.minimum(starts, 0)] - sums[:, np.maximum(starts, 0)]
        return np.asarray(1.0 / np.sqrt(np.maximum(held, 1e-6)), dtype=np.float32)

    early, late = energy(lags), energy(-lags)
    for start in range(0, n, _AT_ONCE):
        products = waves[:, start : start + _AT_ONCE] @ waves[:, start:].conj().transpose(0, 2, 1)
        overlaid = irfft(products.transpose(1, 2, 0), size, axis=2)  # (here, later, shift)
        for row, shifted in enumerate(overlaid, start):
            shared = np.minimum(widths[row], widths[start:, None] + lags) - np.maximum(lags, 0)
            weight = np.sqrt(np.where(shared >= LEAST_COLUMNS, shared / _REFERENCE, 0.0), dtype=np.float32)
            score = shifted[:, lags] * weight * early[row] * late[start:]
            best = score.argmax(axis=1)
            later = slice(row + 1 - start, None)
            yield row, score[np.arange(len(best)), best][later], lags[best][later]
