"""The studio's bands and songs: six bands per genre, the ids, titles and seeds of their songs, and how to play one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from mgc.errors import DatasetError
from mgc.genres import GENRES
from mgc.studio.lineup import BANDS

if TYPE_CHECKING:
    from mgc.audio.clip import FloatArray
    from mgc.studio.band import Band

__all__ = ["StudioClip", "StudioTrack", "bands", "catalogue", "render", "samples"]

# Of the ten samples, those that are not by their genre's first band: these are plainer examples of it.
_PLAINER: Final = {"country": "Barn owl", "rock": "Loose cables"}
_LONGEST: Final = 600.0  # s
_MOST: Final = 600  # songs a genre

# A title is a word of each row of its genre; no title comes twice in a genre.
_FIRST: Final = {
    "blues": "Muddy Lonesome Midnight Empty Rainy Dusty Broken Cold Borrowed Crooked Last Worried",
    "classical": "Little Evening Autumn Quiet Distant Spring Silver Grave Gentle Courtly Northern Winter",
    "country": "Gravel Summer Sunday Wooden County Faded Southbound Painted Harvest Red-dirt Rusty Homemade",
    "disco": "Electric Midnight Golden Satin Endless Crystal Saturday Burning Velvet Starlight Sweet Neon",
    "hiphop": "Concrete Corner Late-night Blue Broken Paper Third-floor Cracked Cassette Subway Static Silver",
    "jazz": "Blue Slow After-hours Crooked Velvet Lost Uptown Rainy Second Copper Sleepless Quiet",
    "metal": "Iron Black Burning Hollow Frozen Broken Crimson Endless Silent Ashen Ancient Blind",
    "pop": "Paper Neon Summer Sugar Telephone Midnight Strawberry Plastic Cinema Golden Postcard Sunday",
    "reggae": "Island Mango Sunday Rising Sweet Lively Righteous Harbour Morning Easy Country Golden",
    "rock": "Broken Gasoline Static Loaded Silver Wasted Rusty Highway Concrete Lightning Crooked Loud",
}
_SECOND: Final = {
    "blues": "Road Bottle Train River Window Shoes Morning Letter Mule Bridge Dime Kitchen",
    "classical": "Serenade Nocturne Pastoral Minuet Elegy Romance Prelude Aria Pavane Cradle-song Intermezzo Reverie",
    "country": "Road Porch Radio Fence Sky Wheels Church Pony Promise Mailbox Creek Waltz",
    "disco": "Fever Dancer Motion Paradise Shoes City Groove Champagne Mirror Rhythm Emotion Elevator",
    "hiphop": "Stories Lights Chain Summer Cipher Windows Dreams Receipts Poetry Pavement Ledger Echoes",
    "jazz": "Taxi Corner Waltz Alibi Umbrella Kettle Avenue Staircase Minor Ferry Cigar Saturday",
    "metal": "Crown Throne Winter Blade Tower Wolves Storm Oath Gate Furnace Ruin Legion",
    "pop": "Hearts Rain Kisses Lights Holiday Secrets Dreams Motel Balloons Weather Season Satellites",
    "reggae": "Breeze Road Yard River Children Vibration Tide Market Lantern Rain Love Highway",
    "rock": "Radio Summer Wheels Heart Saints Cigarette Parade Rooftop Engine Bones Windows Avenue",
}


@dataclass(frozen=True, slots=True)
class StudioClip:
    """A clip of our own music: ``id`` for links, ``genre``, and the ``name`` that people see."""

    id: str
    genre: str
    name: str


def bands(genre: str) -> tuple[Band, ...]:
    """Return the six bands of a genre; raise DatasetError when the studio does not play that genre."""
    if genre not in GENRES:
        raise DatasetError(f"Invalid genre. Received: {genre!r}. Expected: one of {', '.join(GENRES)}.")
    return tuple(band for band in BANDS if band.genre == genre)


def samples() -> tuple[StudioClip, ...]:
    """Return ten clips, one per genre, in the order of :data:`mgc.genres.GENRES`; ``name`` is the band that plays."""
    players = [next(band for band in bands(one) if band.name == _PLAINER.get(one, band.name)) for one in GENRES]
    return tuple(StudioClip(_slug(band), band.genre, band.name) for band in players)


def render(genre: str, seed: int = 0, seconds: float = 30.0, band: str | None = None) -> FloatArray:
    """Return a song of a band [shape=(round(22050 * seconds),), float32, at most 0.9], every one of the same RMS.

    ``genre`` is one of :data:`mgc.genres.GENRES`, ``band`` the name of one of its :func:`bands` (None: the first).
    ``seed`` (0 or more) is the song: key, tempo, melodies, accents and small delays; the same seed gives the same
    samples. ``seconds`` is 1 to 600. Raises DatasetError when there is no such genre, band or song, or the length is
    outside its range.
    """
    known = {one.name: one for one in bands(genre)}
    if band is not None and band not in known:
        raise DatasetError(f"Invalid band. Received: {band!r}. Expected: one of {', '.join(known)}.")
    if not 1.0 <= seconds <= _LONGEST:
        raise DatasetError(f"Invalid length. Received: {seconds} s. Expected: 1 to {_LONGEST:g} s.")
    if seed < 0:
        raise DatasetError(f"Invalid seed. Received: {seed}. Expected: 0 or more.")
    player = next(iter(known.values())) if band is None else known[band]
    return player.play(seed, seconds)


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

    A larger catalogue holds the smaller ones: a song keeps its id, title and sound. Raises DatasetError when
    ``per_genre`` lies outside 1 to 600.
    """
    if not 1 <= per_genre <= _MOST:
        raise DatasetError(f"Invalid number of songs. Received: {per_genre}. Expected: 1 to {_MOST} per genre.")
    return tuple(
        StudioTrack(f"{genre}-{_slug(band)}-{song + 1:02d}", genre, band.name, _title(genre, number), song)
        for genre in GENRES
        for which, band in enumerate(bands(genre))
        for song, number in enumerate(range(which, per_genre, len(bands(genre))))
    )


def _slug(band: Band) -> str:
    return band.name.lower().replace(" ", "-")


def _title(genre: str, number: int) -> str:
    """Return the title of a genre's song; the words' distance grows with every 12, so no pair comes twice in 144."""
    first, second = _FIRST[genre].split(), _SECOND[genre].split()
    turn, place = divmod(number, len(first))
    title = f"{first[(place + turn) % len(first)]} {second[(place + 2 * turn) % len(second)].lower()}"
    part = turn // len(second)
    return title if part == 0 else f"{title}, part {part + 1}"
