"""The ten genres of GTZAN: their order, names and colours.

Conventions
-----------
A genre is named by its lower-case GTZAN folder name. Arrays of probabilities have the ten genres on their last axis,
in the order of :data:`GENRES` (alphabetical, as the folders sort).
"""

from __future__ import annotations

from typing import Final

__all__ = ["COLOURS", "GENRES", "UNSURE", "UNSURE_COLOUR", "display_name"]

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

_DISPLAY = {"hiphop": "Hip-hop"}


def display_name(genre: str) -> str:
    """Return a genre (or ``"unsure"``) as a person writes it, e.g. ``"Hip-hop"``."""
    return _DISPLAY.get(genre, genre.capitalize())
