"""mgc, the music-genre lab: classify music by genre, explore data sets, see how far the numbers can be trusted.

Importing this package loads nothing heavy; public names arrive on first use.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mgc.audio.clip import Clip
    from mgc.audio.decode import decode
    from mgc.errors import MgcError
    from mgc.genres import GENRES
    from mgc.inference import Prediction, classify

__version__ = "0.1.0"
__all__ = ["GENRES", "Clip", "MgcError", "Prediction", "__version__", "classify", "decode"]

_HOMES = {
    "Clip": "mgc.audio.clip",
    "GENRES": "mgc.genres",
    "MgcError": "mgc.errors",
    "Prediction": "mgc.inference",
    "classify": "mgc.inference",
    "decode": "mgc.audio.decode",
}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'mgc' has no attribute {name!r}")
