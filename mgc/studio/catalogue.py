"""Everything that the studio's bands have recorded: ids, titles and seeds, known without playing a note."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from mgc.errors import DatasetError
from mgc.genres import GENRES
from mgc.studio.bands import bands

__all__ = ["StudioTrack", "catalogue"]

_MOST: Final = 600  # songs a genre

# A title is a word of the first row and one of the second; each genre has its own, and no title comes twice in it.
_WORDS: Final = {
    "blues": (
        "Muddy Lonesome Midnight Empty Rainy Dusty Broken Cold Borrowed Crooked Last Worried",
        "Road Bottle Train River Window Shoes Morning Letter Mule Bridge Dime Kitchen",
    ),
    "classical": (
        "Little Evening Autumn Quiet Distant Spring Silver Grave Gentle Courtly Northern Winter",
        "Serenade Nocturne Pastoral Minuet Elegy Romance Prelude Aria Pavane Cradle-song Intermezzo Reverie",
    ),
    "country": (
        "Gravel Summer Sunday Wooden County Faded Southbound Painted Harvest Red-dirt Rusty Homemade",
        "Road Porch Radio Fence Sky Wheels Church Pony Promise Mailbox Creek Waltz",
    ),
    "disco": (
        "Electric Midnight Golden Satin Endless Crystal Saturday Burning Velvet Starlight Sweet Neon",
        "Fever Dancer Motion Paradise Shoes City Groove Champagne Mirror Rhythm Emotion Elevator",
    ),
    "hiphop": (
        "Concrete Corner Late-night Blue Broken Paper Third-floor Cracked Cassette Subway Static Silver",
        "Stories Lights Chain Summer Cipher Windows Dreams Receipts Poetry Pavement Ledger Echoes",
    ),
    "jazz": (
        "Blue Slow After-hours Crooked Velvet Lost Uptown Rainy Second Copper Sleepless Quiet",
        "Taxi Corner Waltz Alibi Umbrella Kettle Avenue Staircase Minor Ferry Cigar Saturday",
    ),
    "metal": (
        "Iron Black Burning Hollow Frozen Broken Crimson Endless Silent Ashen Ancient Blind",
        "Crown Throne Winter Blade Tower Wolves Storm Oath Gate Furnace Ruin Legion",
    ),
    "pop": (
        "Paper Neon Summer Sugar Telephone Midnight Strawberry Plastic Cinema Golden Postcard Sunday",
        "Hearts Rain Kisses Lights Holiday Secrets Dreams Motel Balloons Weather Season Satellites",
    ),
    "reggae": (
        "Island Mango Sunday Rising Sweet Lively Righteous Harbour Morning Easy Country Golden",
        "Breeze Road Yard River Children Vibration Tide Market Lantern Rain Love Highway",
    ),
    "rock": (
        "Broken Gasoline Static Loaded Silver Wasted Rusty Highway Concrete Lightning Crooked Loud",
        "Radio Summer Wheels Heart Saints Cigarette Parade Rooftop Engine Bones Windows Avenue",
    ),
}


@dataclass(frozen=True, slots=True)
class StudioTrack:
    """One song of the catalogue; ``render(genre, seed, band=band)`` plays it."""

    id: str
    genre: str
    band: str
    title: str
    seed: int


def catalogue(per_genre: int = 12) -> tuple[StudioTrack, ...]:
    """Return the studio's songs, genre by genre and in each band by band; 12 a genre are two a band.

    A larger catalogue holds the smaller ones: a song keeps its id, title and sound.

    Raises
    ------
    DatasetError
        when ``per_genre`` lies outside 1 to 600
    """
    if not 1 <= per_genre <= _MOST:
        raise DatasetError(f"Invalid number of songs. Received: {per_genre}. Expected: 1 to {_MOST} per genre.")
    return tuple(track for genre in GENRES for track in _of(genre, per_genre))


def _of(genre: str, count: int) -> list[StudioTrack]:
    players = bands(genre)
    numbered = [(number % len(players), number // len(players)) for number in range(count)]
    tracks = []
    for which, song in sorted(numbered):
        band = players[which].name
        name = f"{genre}-{band.lower().replace(' ', '-')}-{song + 1:02d}"
        tracks.append(StudioTrack(name, genre, band, _title(genre, song * len(players) + which), song))
    return tracks


def _title(genre: str, number: int) -> str:
    """Return the title of a genre's song; the words' distance grows with every 12, so no pair comes twice in 144."""
    first, second = (row.split() for row in _WORDS[genre])
    turn, place = divmod(number, len(first))
    title = f"{first[(place + turn) % len(first)]} {second[(place + 2 * turn) % len(second)].lower()}"
    part = turn // len(second)
    return title if part == 0 else f"{title}, part {part + 1}"
