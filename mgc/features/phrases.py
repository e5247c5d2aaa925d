"""Stretches of a picture that are long enough for a phrase of music.

Three seconds say what is sounding now; a verdict on a song also wants to know how it goes on. The picture network reads
any length, so a song is judged on both.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

__all__ = ["HOP", "WIDTH", "pauses", "phrases"]

WIDTH: Final = 128  # columns: 11.5 s, and a whole number of halvings for the network's four poolings
HUSHED: Final = 40  # palette index; 255 are 40 dB, so nothing in such a column comes within 34 dB of the loudest
HOP: Final = 56  # columns: 5 s, so that neighbours share more than half


def phrases(picture: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Cut a picture into overlapping phrases.

    Parameters
    ----------
    picture : np.ndarray [shape=(128, n_columns >= 1), uint8]

    Returns
    -------
    np.ndarray [shape=(n_phrases, 128, 128), uint8]
        one every 5 s, the last one flush with the end; a picture shorter than a phrase is played in a loop to fill one
    """
    n_columns = picture.shape[1]
    if n_columns < WIDTH:
        picture = np.tile(picture, (1, -(-WIDTH // n_columns)))[:, :WIDTH]
        n_columns = WIDTH
    starts = list(range(0, n_columns - WIDTH + 1, HOP))
    if starts[-1] != n_columns - WIDTH:
        starts.append(n_columns - WIDTH)
    return np.stack([picture[:, start : start + WIDTH] for start in starts])


def pauses(picture: npt.NDArray[np.uint8]) -> float:
    """Return the share of a picture's columns [0..1] in which next to nothing sounds.

    People who speak stop for breath between phrases; music of the ten genres hardly ever falls silent. (The share of
    low-energy frames tells speech from music since Scheirer and Slaney 1997.)
    """
    return float((picture.max(axis=0) < HUSHED).mean())
