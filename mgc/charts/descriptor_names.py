"""The 57 descriptors by the names of the literature, with a gloss and a unit for each.

Every view, export and finding takes its words from here, so a descriptor has one name.
"""

from __future__ import annotations

import re
from typing import Final

__all__ = ["describe", "label", "name", "term", "unit"]

_MFCC: Final = (
    "mel-frequency cepstral coefficient: one component of the shape of the spectrum, which is heard as timbre"
)
_TERMS: Final = {  # column -> (term, gloss, unit of its mean)
    "length": ("length", "length of the clip at 22,050 Hz", "samples"),
    "chroma_stft": ("chroma", "energy of the twelve pitch classes; high when many of them sound at once", ""),
    "rms": ("RMS level", "root mean square of the samples: how loud the sound is", ""),
    "spectral_centroid": ("spectral centroid", "centre of mass of the spectrum; high values sound bright", "Hz"),
    "spectral_bandwidth": ("spectral bandwidth", "spread of the spectrum around its centroid", "Hz"),
    "rolloff": ("spectral roll-off", "frequency below which 85 % of the energy lies", "Hz"),
    "zero_crossing_rate": ("zero-crossing rate", "how often the waveform changes sign; high for noise", ""),
    "harmony": ("harmonic", "the harmonic (sustained) part of the signal after separation", ""),
    "perceptr": ("percussive", "the percussive (struck) part of the signal after separation", ""),
    "tempo": ("tempo", "estimated tempo", "beats a minute"),
}
_MOMENTS: Final = {"mean": "mean", "var": "variance"}


def term(column: str) -> str:
    """Return the term for a column without its moment: ``"rolloff_mean"`` is ``"spectral roll-off"``."""
    stem, _ = _parts(column)
    mfcc = re.fullmatch(r"mfcc(\d+)", stem)
    return f"MFCC {mfcc[1]}" if mfcc else _TERMS.get(stem, (stem.replace("_", " "),))[0]


def name(column: str) -> str:
    """Return a column's name: ``"rolloff_mean"`` is ``"Spectral roll-off, mean"``."""
    head, (_, moment) = term(column), _parts(column)
    return f"{head[0].upper()}{head[1:]}" + (f", {_MOMENTS[moment]}" if moment else "")


def label(column: str) -> str:
    """Return a column's name with its unit: ``"Spectral roll-off, mean (Hz)"``."""
    return f"{name(column)} ({unit(column)})" if unit(column) else name(column)


def unit(column: str) -> str:
    """Return the unit of a column; ``""`` where there is none, and for a variance, whose unit is squared."""
    stem, moment = _parts(column)
    return "" if moment == "var" or stem not in _TERMS else _TERMS[stem][2]


def describe(column: str) -> str:
    """Return what a column measures, in one line; ``""`` for an unknown one."""
    stem, moment = _parts(column)
    what = _MFCC if re.fullmatch(r"mfcc\d+", stem) else _TERMS.get(stem, ("", ""))[1]
    said = f"{what} ({_MOMENTS[moment]} over the clip)" if what and moment else what
    return said[:1].upper() + said[1:]


def _parts(column: str) -> tuple[str, str]:
    for moment in _MOMENTS:
        if column.endswith(f"_{moment}"):
            return column.removesuffix(f"_{moment}"), moment
    return column, ""
