"""Sixty bands of our own: synthesised music, licence-free, the same on every machine, and always there.

Recipes of rhythm, harmony and sound that are typical of a genre; no recording of anybody is in it. It is there to try
the program without a file, and to show what a band does to a measure: each of a genre's six bands has its own key,
tempo, instruments and mix.

It does not measure a model. The tones are those of real clips (``desk.py``), and the levels were set while watching
the answers of models fitted on GTZAN, the shipped ones among them, so their accuracy on it proves nothing.
"""

from __future__ import annotations

from mgc.studio.band import Band
from mgc.studio.catalogue import StudioClip, StudioTrack, bands, catalogue, render, samples
from mgc.studio.making import render_all, tracks

__all__ = ["Band", "StudioClip", "StudioTrack", "bands", "catalogue", "render", "render_all", "samples", "tracks"]
