"""The ten genres of GTZAN: their order, names and colours.

Conventions
-----------
A genre is named by its lower-case GTZAN folder name. Arrays of probabilities have the ten genres on their last axis,
in the order of :data:`GENRES` (alphabetical, as the folders sort).
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["COLOURS", "GENRES", "NO_GENRE", "UNSURE", "UNSURE_COLOUR", "colour", "display_name", "palette"]

GENRES: Final = (
    "blues",
    "classical",
    "country",
    "disco",
    "hiphop",
    "jazz",
    "metal",
    "pop",
    "reggae",
    "rock",
)

# Paul Tol's "muted" qualitative scheme (https://personal.sron.nl/~pault/, 2021): nine hues that stay apart for the
# common kinds of colour blindness, and his "bright" orange-yellow as the tenth.
COLOURS: Final = {
    "blues": "#332288",
    "classical": "#88CCEE",
    "country": "#999933",
    "disco": "#AA4499",
    "hiphop": "#DDCC77",
    "jazz": "#44AA99",
    "metal": "#882255",
    "pop": "#CC6677",
    "reggae": "#117733",
    "rock": "#EE8866",
}

UNSURE: Final = "unsure"
UNSURE_COLOUR: Final = "#8A8D91"
# What the outcomes of a song without a genre are called (:mod:`mgc.prediction`).
NO_GENRE: Final = {"unsure": "No clear genre", "none": "None of these", "not music": "Not music"}

# Genres of other data sets: Paul Tol's "vibrant" and "bright" schemes, then again in the same order.
_MORE: Final = (
    "#0077BB", "#EE7733", "#009988", "#CC3311", "#33BBEE", "#EE3377",
    "#228833", "#CCBB44", "#AA3377", "#66CCEE", "#EE6677", "#4477AA",
)  # fmt: skip

_DISPLAY = {"hiphop": "Hip-hop"}


def display_name(genre: str) -> str:
    """Return a genre (or ``"unsure"``) as a person writes it, e.g. ``"Hip-hop"``."""
    return _DISPLAY.get(genre, genre.capitalize())


def colour(genre: str) -> str:
    """Return a genre's ``#rrggbb``: its own if it is one of the ten, else one that only depends on its name."""
    if genre == UNSURE:
        return UNSURE_COLOUR
    return COLOURS.get(genre) or _MORE[zlib.crc32(genre.encode()) % len(_MORE)]


def palette(genres: Iterable[str]) -> dict[str, str]:
    """Return a colour for each of a data set's genres; strangers among them share one only when there are over 12."""
    given = list(dict.fromkeys(genres))
    strangers = [genre for genre in given if genre not in COLOURS]
    more = {genre: _MORE[i % len(_MORE)] for i, genre in enumerate(strangers)}
    return {genre: COLOURS.get(genre) or more[genre] for genre in given}
