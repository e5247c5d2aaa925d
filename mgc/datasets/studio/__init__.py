"""Ten bands of our own: synthesised music, licence-free, made in half a second, one clip per genre.

This music was written for this program: recipes of rhythm, harmony and sound that are typical of a genre, and no
recording of anybody. It is there to try the program without a file at hand.

It is no measure of a model. The tones are those of real clips (``tone.py``), and the levels were set while watching
what models fitted on GTZAN, the shipped ones among them, made of the songs: that they know most of them says nothing.
"""

from __future__ import annotations

from mgc.datasets.studio.bands import StudioClip, render, samples

__all__ = ["StudioClip", "render", "samples"]
