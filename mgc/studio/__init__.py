"""Sixty bands of our own: synthesised music, licence-free, the same on every machine, and always there.

This music was written for this program: recipes of rhythm, harmony and sound that are typical of a genre, and no
recording of anybody. It is there to try the program without a file at hand, and to show what a band does to a measure:
six bands a genre, each with its own key, tempo, instruments and mix.

It is no measure of a model. The tones are those of real clips (``tone.py``), and the levels were set while watching
what models fitted on GTZAN, the shipped ones among them, made of the songs: that they know most of them says nothing.
"""

from __future__ import annotations

from mgc.studio.band import Band
from mgc.studio.catalogue import StudioClip, StudioTrack, bands, catalogue, render, samples
from mgc.studio.making import render_all

__all__ = ["Band", "StudioClip", "StudioTrack", "bands", "catalogue", "render", "render_all", "samples"]
