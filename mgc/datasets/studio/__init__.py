"""Ten bands of our own: synthesised music, licence-free, made in half a second, one clip per genre.

This music was written for this program: recipes of rhythm, harmony and sound that are typical of a genre, and no
recording of anybody. It is there to try the program without a file at hand; it is not GTZAN and no measure of a model.
"""

from __future__ import annotations

from mgc.datasets.studio.bands import StudioClip, render, samples

__all__ = ["StudioClip", "render", "samples"]
