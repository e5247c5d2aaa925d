"""Material that any recipe learns from in a second: three genres, told apart by a stripe, a row, an embedding."""

from __future__ import annotations

import numpy as np

from mgc.splits import Fold
from mgc.training.material import Material

N = 24
CLASSES = ("drone", "hum", "whistle")


def material(n: int = N, classes: tuple[str, ...] = CLASSES, seed: int = 0) -> Material:
    rng = np.random.default_rng(seed)
    labels = np.arange(n) % len(classes)
    pictures = rng.integers(0, 60, (n, 128, 334), dtype=np.uint8)
    for picture, label in zip(pictures, labels, strict=True):
        height = 120 // len(classes)
        picture[label * height : label * height + height // 2] += 150
    patches = np.abs(rng.normal(0.0, 0.1, (n * 6, 1024)))
    for patch, label in zip(patches, np.repeat(labels, 6), strict=True):
        patch[label * 100 : label * 100 + 100] += 1.0
    clips = np.abs(rng.normal(1.0, 0.1, (n, 57)) + 0.3 * labels[:, None]) + 0.1
    return Material(
        classes=classes,
        ids=tuple(f"t{i:02d}" for i in range(n)),
        labels=labels.astype(np.intp),
        pictures=pictures,
        widths=np.full(n, 334),
        clips=clips,
        segments=np.abs(np.repeat(clips, 10, axis=0) + rng.normal(0.0, 0.02, (n * 10, 57))) + 0.05,
        owners=np.repeat(np.arange(n), 10),
        patches=patches.astype(np.float16),
        patch_owners=np.repeat(np.arange(n), 6),
    )


def fold(held: Material) -> Fold:
    """Return a fold of half, a quarter and a quarter."""
    half, rest = len(held.ids) // 2, 3 * len(held.ids) // 4
    return Fold(held.ids[:half], held.ids[half:rest], held.ids[rest:])


def segments_fold(held: Material) -> Fold:
    """Return the same over segments, which leaks: every track is in all parts."""
    ids = [f"{id}.{k}" for k in range(10) for id in held.ids]
    return Fold(
        tuple(ids[: 6 * len(held.ids)]),
        tuple(ids[6 * len(held.ids) : 8 * len(held.ids)]),
        tuple(ids[8 * len(held.ids) :]),
    )
