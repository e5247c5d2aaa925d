"""The 57 descriptors in words that a class can read."""

from __future__ import annotations

import re
from typing import Final

__all__ = ["FAMILIES", "describe", "family", "label", "name", "unit"]

_WORDS: Final = {
    "length": ("Length", "samples at 22,050 Hz"),
    "chroma_stft": ("Tonal fullness", "chroma: how much of the twelve pitch classes sounds at once"),
    "rms": ("Loudness", "root mean square of the samples"),
    "spectral_centroid": ("Brightness", "spectral centroid, Hz: where the middle of the sound lies"),
    "spectral_bandwidth": ("Breadth", "spectral bandwidth, Hz: how far the sound spreads around its middle"),
    "rolloff": ("Highs", "spectral roll-off, Hz: below it lies 85 % of the energy"),
    "zero_crossing_rate": ("Noisiness", "zero-crossing rate: how often the wave changes sign"),
    "harmony": ("Sustained part", "the harmonic part of the sound, after separation"),
    "perceptr": ("Struck part", "the percussive part of the sound, after separation"),
    "tempo": ("Tempo", "beats per minute, estimated"),
}
_TERMS: Final = {  # as the literature has them
    "chroma_stft": "chroma",
    "rms": "RMS",
    "spectral_centroid": "spectral centroid",
    "spectral_bandwidth": "spectral bandwidth",
    "rolloff": "spectral roll-off",
    "zero_crossing_rate": "zero-crossing rate",
    "harmony": "harmonic",
    "perceptr": "percussive",
}
_UNITS: Final = {
    "length": "samples",
    "spectral_centroid": "Hz",
    "spectral_bandwidth": "Hz",
    "rolloff": "Hz",
    "tempo": "beats a minute",
}
_MOMENTS: Final = {"mean": "mean", "var": "variance"}
FAMILIES: Final = ("Loudness and tempo", "Spectrum", "Harmony", "Timbre (MFCC)")
_FAMILY: Final = {
    "length": FAMILIES[0],
    "rms": FAMILIES[0],
    "tempo": FAMILIES[0],
    "chroma_stft": FAMILIES[2],
    "harmony": FAMILIES[2],
    "perceptr": FAMILIES[2],
}


def name(column: str) -> str:
    """Return a column as a person says it: ``"rms_mean"`` is ``"Loudness, mean"``."""
    stem, moment = _parts(column)
    mfcc = re.fullmatch(r"mfcc(\d+)", stem)
    head = f"MFCC {mfcc[1]}" if mfcc else _WORDS.get(stem, (stem.replace("_", " ").capitalize(), ""))[0]
    return f"{head}, {_MOMENTS[moment]}" if moment else head


def label(column: str) -> str:
    """Return a column by both its names and its unit: ``"Brightness (spectral centroid), mean, Hz"``."""
    stem, moment = _parts(column)
    head = name(stem) + (f" ({_TERMS[stem]})" if stem in _TERMS else "")
    return ", ".join(filter(None, (head, _MOMENTS.get(moment, ""), unit(column))))


def unit(column: str) -> str:
    """Return the unit of a column; ``""`` where there is none, and for a variance, whose unit is squared."""
    stem, moment = _parts(column)
    return "" if moment == "var" else _UNITS.get(stem, "")


def describe(column: str) -> str:
    """Return what a column measures, in one line; ``""`` when nobody has said it."""
    stem, moment = _parts(column)
    if re.fullmatch(r"mfcc\d+", stem):
        what = "mel-frequency cepstral coefficient: one stroke of the spectrum's outline, which is heard as timbre"
    else:
        what = _WORDS.get(stem, ("", ""))[1]
    if what and moment:
        return f"{_MOMENTS[moment].capitalize()} over the clip of: {what}"
    return what[:1].upper() + what[1:]


def family(column: str) -> str:
    """Return which of :data:`FAMILIES` a column belongs to."""
    stem, _ = _parts(column)
    return FAMILIES[3] if stem.startswith("mfcc") else _FAMILY.get(stem, FAMILIES[1])


def _parts(column: str) -> tuple[str, str]:
    for moment in _MOMENTS:
        if column.endswith(f"_{moment}"):
            return column.removesuffix(f"_{moment}"), moment
    return column, ""
