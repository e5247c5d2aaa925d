"""Who is tested on what: four protocols, from leaky to strict, the hash that pins each split, and what still leaks.

Conventions
-----------
* ``segments``: rows of 3 s, shuffled; leaky on purpose (rows of one clip stand on both sides), to show what that does.
* ``tracks``: stratified k folds over clips; clips that are known to hold the very same samples stay together
  (:mod:`mgc.splits.ties`; what was measured tells more of them: :func:`copies`).
* ``artists``: the same, and no artist stands on two sides; nor does anybody who sings along on another artist's track:
  who is named beside "feat.", and who has tracks of his own and is named with "and", "with", "vs." and the like.
  A clip of an unknown artist is a group of its own.
* ``filtered``: one published partition, artists disjoint and faults removed (for GTZAN 443 / 197 / 290 clips; Kereliuk,
  Sturm and Larsen 2015). The clip jazz.00054 stands in its lists but has no usable file in Kaggle's edition: a split
  holds only tracks that it was given.

Within a fold the three parts are disjoint, and over the folds of ``tracks`` and ``artists`` each track is tested once.
Tracks may be of any genres. Grouping and stratifying are scikit-learn's ``StratifiedGroupKFold``; another version of it
may draw another split, which is what the hash is for.
"""

from __future__ import annotations

from mgc.splits.copies import Measured, copies, heard
from mgc.splits.dealing import FORMS, N_SEGMENTS, PROTOCOLS, SEED, Fold, Form, Protocol, Split, make_split
from mgc.splits.leaks import Leak, audit

__all__ = [
    "FORMS",
    "N_SEGMENTS",
    "PROTOCOLS",
    "SEED",
    "Fold",
    "Form",
    "Leak",
    "Measured",
    "Protocol",
    "Split",
    "audit",
    "copies",
    "heard",
    "make_split",
]
