"""Train, validation and test: four protocols from leaky to strict, the hash that pins each split, and its leaks.

Conventions
-----------
* ``segments``: rows of 3 s, shuffled; leaky on purpose (rows of one clip are in training and test), to show the effect.
* ``tracks``: stratified k folds over clips; known exact duplicates stay together (:mod:`mgc.splits.groups`).
* ``artists``: the same, and no artist is on two sides, nor a guest of another artist: a name beside "feat.", and an
  artist with tracks of his own who is named with "and", "with", "vs." and the like. A clip of an unknown artist is a
  group of its own.
* ``filtered``: one published partition, artists disjoint and faults removed (for GTZAN 443 / 197 / 290 clips; Kereliuk,
  Sturm and Larsen 2015). The clip jazz.00054 is in its lists but has no usable file in Kaggle's edition: a split holds
  only tracks that it was given.

Within a fold the three parts are disjoint, and over the folds of ``tracks`` and ``artists`` each track is tested once.
Genres may have any names. Grouping and stratifying are scikit-learn's ``StratifiedGroupKFold``; another version of it
may draw another split, which the hash shows.
"""

from __future__ import annotations

from mgc.splits.folds import (
    FORMS,
    N_SEGMENTS,
    PROTOCOLS,
    SEED,
    Fold,
    Form,
    Leak,
    Protocol,
    Split,
    find_leaks,
    make_split,
)
from mgc.splits.groups import Measured, artist_groups, compared_tracks, known_duplicates

__all__ = [
    "FORMS", "N_SEGMENTS", "PROTOCOLS", "SEED", "Fold", "Form", "Leak", "Measured", "Protocol", "Split",
    "artist_groups", "compared_tracks", "find_leaks", "known_duplicates", "make_split",
]  # fmt: skip
