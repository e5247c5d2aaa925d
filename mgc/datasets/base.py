"""What a data set is: tracks with labels, where their files lie, and what is wrong with it.

Conventions
-----------
A track's ``id`` is unique in its data set and never a path. Nothing is left out silently: what a loader could not use
is a :class:`Fault` of the data set.
"""

from __future__ import annotations

import contextlib
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal

from mgc.errors import DatasetError
from mgc.genres import GENRES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

__all__ = [
    "Dataset",
    "Fault",
    "Part",
    "Progress",
    "Source",
    "Track",
    "normalised_artist",
    "os_errors",
    "stamp",
    "stamps",
]


def stamps(dataset: Dataset) -> dict[str, str]:
    """Return the stamp of each track by its id."""
    return {track.id: stamp(track) for track in dataset.tracks}


def stamp(track: Track) -> str:
    """Return the sizes of a track's sound and picture, and when they were last written to.

    Each file is ``"<bytes>@<nanoseconds since 1970>"``, ``"-"`` where a track has none, ``"gone"`` where it is missing.
    """
    return f"{_stamp(track.audio)} {_stamp(track.picture)}"


def _stamp(file: Path | None) -> str:
    if file is None:
        return "-"
    try:
        found = file.stat()
    except OSError:
        return "gone"
    return f"{found.st_size}@{found.st_mtime_ns}"


Part = Literal["train", "valid", "test", "excluded"]
Source = Literal["studio", "gtzan", "folder", "upload"]
Progress = Callable[[int, int], None]  # steps done, steps in all

# Letters that Unicode does not take apart into a plain one and a sign; "_" is how file names spell a space.
_PLAIN: Final = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "\u0131": "i", "_": " "}
)
_QUOTES: Final = "'`\u2018\u2019\u02bc"
_NOBODY: Final = re.compile(r"[?.\-\u2013\u2014]*")  # a question mark or a dash for a name
_UNKNOWN: Final = frozenset({
    "artist unknown", "n a", "no artist", "unknown", "unknown artist", "v a", "va", "various", "various artists",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Track:
    """One labelled piece of music."""

    id: str  # e.g. "blues.00000"
    genre: str  # one of :data:`mgc.genres.GENRES` for GTZAN and the studio; any lower-case name elsewhere
    artist: str = ""  # "" when unknown
    title: str = ""
    seconds: float | None = None  # nominal length
    audio: Path | None = None  # files, None when absent or broken
    picture: Path | None = None
    md5: str | None = None  # of the audio file as published; for finding damaged copies, not for security
    duplicate_of: str | None = None  # id of a track with the very same samples
    part: Part | None = None  # where a published partition puts it


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that could not be used, why in one sentence, and one of :data:`mgc.datasets.validation.KINDS`."""

    subject: str
    sentence: str
    kind: str = "left-out"


@dataclass(frozen=True, slots=True)
class Dataset:
    """Tracks, tables of features that came with them (file name -> path), and faults.

    ``source`` says where it came from: made here ("studio"), a path ("gtzan", "folder"), or a browser ("upload").
    """

    id: str
    title: str
    licence: str
    tracks: tuple[Track, ...]
    tables: Mapping[str, Path] = field(default_factory=dict)
    faults: tuple[Fault, ...] = ()
    source: Source = "folder"

    @property
    def genres(self) -> tuple[str, ...]:
        """Genres that have tracks: the ten that we know in their usual order, others behind them by name."""
        held = {track.genre for track in self.tracks}
        return (*(genre for genre in GENRES if genre in held), *sorted(held.difference(GENRES)))

    def track(self, name: str) -> Track:
        """Return the track of that id; raise a DatasetError when there is none."""
        for track in self.tracks:
            if track.id == name:
                return track
        raise DatasetError(f"The data set {self.title} has no track called {name!r}.")

    def summary(self) -> str:
        """Say in one line what is there."""
        heard = sum(track.audio is not None for track in self.tracks)
        seen = sum(track.picture is not None for track in self.tracks)
        tables = ", ".join(self.tables) or "none"
        return (
            f"{self.title}: {len(self.tracks)} tracks, {heard} with audio, {seen} with a picture; "
            f"tables: {tables}; {len(self.faults)} faults"
        )


@contextlib.contextmanager
def os_errors(sentence: str) -> Iterator[None]:
    """Raise an OSError that occurs meanwhile as a DatasetError with this sentence."""
    try:
        yield
    except OSError as error:
        raise DatasetError(sentence, details=str(error)) from error


def normalised_artist(name: str) -> str:
    """Return a name in the form in which two spellings of one artist are equal, ``""`` for an unknown one.

    Case, accents, punctuation, "the" and the spelling of "and" do not count: ``"Earth, Wind & Fire"`` is
    ``"earth wind and fire"``. A name of nothing but signs stays as it is (``"!!!"``). ``"Unknown Artist"``,
    ``"Various Artists"``, ``"?"`` and their like name nobody.
    """
    plain = unicodedata.normalize("NFKD", name).casefold().translate(_PLAIN)
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    spaced = re.sub(f"[{_QUOTES}]n[{_QUOTES}]", " n ", plain).replace("&", " and ").replace(" + ", " and ")
    words = re.sub(r"\W+", " ", re.sub(f"[{_QUOTES}.]", "", spaced)).split()
    words = [word for word in words if word != "the"] or words
    # Rock n Roll, but not N W A
    ands = [n for n in range(1, len(words) - 1) if words[n] == "n" and min(len(words[n - 1]), len(words[n + 1])) > 1]
    found = " ".join("and" if n in ands else word for n, word in enumerate(words))
    if not found:
        found = "".join(sign for sign in plain if unicodedata.category(sign)[0] not in "CZ")  # what can be seen of it
    return "" if found in _UNKNOWN or _NOBODY.fullmatch(found) else found
