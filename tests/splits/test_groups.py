"""Who is heard on a track: spellings, guests, and that neither a split nor its audit misses them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mgc.datasets.base import Track
from mgc.splits import Fold, Leak, Split, find_leaks, make_split, singers

if TYPE_CHECKING:
    from collections.abc import Callable

CLEAN = Leak(tracks=0, artists=0, guests=0, duplicates=0)

JOINED = (
    "{} feat. {}", "{} feat {}", "{} ft. {}", "{} FT {}", "{} featuring {}", "{} with {}", "{} AND {}", "{} And {}",
    "{} and {}", "{} & {}", "{} / {}", "{} + {}", "{}; {}", "{};{}", "{}, {}", "{} vs. {}", "{} vs {}", "{} x {}",
    "{} X {}", "{} (feat. {})", "{} [ft. {}]", "{} (with {})", "{}_feat._{}", "{} feat.{}", "{} | {}", "{} w/ {}",
)  # fmt: skip


def heard(*artists: str) -> list[set[str]]:
    """Return the singers of tracks by these artists."""
    found = singers([Track(str(number), "rock", artist) for number, artist in enumerate(artists)])
    return [found[str(number)] for number in range(len(artists))]


def leak(one: Track, other: Track, *rest: Track) -> Leak:
    """Return what leaks when one track is trained and another tested."""
    split = Split("tracks", 1, 0, (Fold((one.id,), (), (other.id,)),), "", "")
    return find_leaks(split, [one, other, *rest])[0]


@pytest.mark.parametrize("joined", JOINED)
def test_a_guest_is_tied_to_his_own_tracks_however_he_is_joined(joined: str) -> None:
    alone, guest, turned = heard("Bob Dee", joined.format("Ann", "Bob Dee"), joined.format("bob dee", "Ann"))
    assert alone == {"bobdee"}
    assert alone < guest
    assert alone < turned
    assert leak(Track("a", "x", joined.format("Ann", "Bob Dee")), Track("b", "x", "Bob Dee")) == replace(
        CLEAN, guests=1
    )


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("AC/DC", "ACDC"),
        ("JayZ", "Jay-Z"),
        ("Marley, Bob", "Bob Marley"),
        ("Røyksopp", "Royksopp"),
        ("Bob_Marley", "Bob Marley"),
        ("Guns N' Roses", "Guns and Roses"),
        ("N. W. A.", "NWA"),
        ("!!!", "!!!"),
    ],
)
def test_two_spellings_are_one_artist_to_split_and_audit(one: str, other: str) -> None:
    first, second = heard(one, other)
    assert first & second
    assert leak(Track("a", "x", one), Track("b", "x", other)) == replace(CLEAN, artists=1)


@pytest.mark.parametrize("nobody", ["", "Unknown Artist", "Various Artists", "VA", "?"])
def test_who_is_unknown_is_no_artist_that_tracks_could_share(nobody: str) -> None:
    assert heard(nobody, nobody, f"Ann feat. {nobody}") == [set(), set(), {"ann", heard_as("Ann feat.", nobody)}]
    tracks = [Track(f"{genre}{number}", genre, nobody) for genre in ("rock", "pop") for number in range(6)]
    assert len(make_split(tracks, "artists", k=3).folds) == 3


def heard_as(*words: str) -> str:
    """Return what the whole of a name is compared as."""
    return "".join(words).replace(" ", "").replace(".", "").replace("?", "").casefold()


def test_a_slash_within_a_word_joins_nobody_and_a_whole_band_stays_whole() -> None:
    assert heard("AC/DC", "AC", "DC")[0] == {"acdc"}
    assert heard("Peaches and Herb", "Ann") == [{"peachesandherb"}, {"ann"}]
    assert heard("Lipps, Inc.", "")[0] == {"lippsinc"}
    assert "earthwindandfire" in heard("The Emotions with Earth, Wind & Fire", "Earth Wind and Fire")[0]


def test_guests_without_a_track_of_their_own_are_tied_by_feat() -> None:
    one, other = heard("Ann feat. Bob & Cy", "Dee (ft. Cy)")
    assert one & other == {"cy"}
    assert leak(Track("a", "x", "Ann feat. Bob"), Track("b", "x", "Ann feat. Cy")) == replace(CLEAN, guests=1)


def test_a_guest_in_a_title_is_a_guest() -> None:
    with_guest = Track("a", "x", "Ann", "A song (feat. Bob) [Live]")
    assert leak(with_guest, Track("b", "x", "Bob")) == replace(CLEAN, guests=1)
    assert leak(with_guest, Track("b", "x", "Live")) == CLEAN
    assert leak(Track("a", "x", "Ann", "Bob and I"), Track("b", "x", "Bob")) == CLEAN


PEOPLE = ("Ann Lee", "Bob-Dee", "The Cy's", "Élan Øst", "N.E.D.", "Guns n Daisies", "!!!")
SPELT: tuple[Callable[[str], str], ...] = (
    str,
    str.upper,
    str.lower,
    lambda name: name.replace(" ", "_"),
    lambda name: name.replace("-", " "),
    lambda name: name.replace("É", "E").replace("Ø", "O"),
    lambda name: name.replace(".", ". "),
    lambda name: name.replace(" n ", " & "),
    lambda name: f"The {name}" if name[0].isalpha() else name,
)
PERSON = st.sampled_from(PEOPLE)
SPELLING = st.sampled_from(SPELT)


@st.composite
def performances(draw: st.DrawFn) -> tuple[tuple[Track, ...], dict[str, set[str]]]:
    """Return tracks of two genres, and who is truly heard on each; everybody has a track of his own."""
    bills = [[person] for person in PEOPLE]
    bills += draw(st.lists(st.lists(PERSON, min_size=1, max_size=3, unique=True), max_size=6))
    bills += [[] for _ in range(12)]
    tracks, people = [], {}
    for number, bill in enumerate(bills):
        spelt = [draw(SPELLING)(person) for person in bill]
        artist = draw(st.sampled_from(["", "Unknown Artist", "VA"])) if not spelt else spelt[0]
        for guest in spelt[1:]:
            artist = draw(st.sampled_from(JOINED)).format(artist, guest)
        track = Track(f"{number:02d}", ("rock", "pop")[number % 2], artist)
        tracks.append(track)
        people[track.id] = set(bill)
    return tuple(tracks), people


@settings(max_examples=60, deadline=None)
@given(performances(), st.integers(2, 4), st.integers(0, 2**16))
def test_by_artist_nobody_is_heard_on_two_sides_however_he_is_spelt(
    given_tracks: tuple[tuple[Track, ...], dict[str, set[str]]], k: int, seed: int
) -> None:
    tracks, people = given_tracks
    split = make_split(tracks, "artists", k=k, seed=seed)
    for fold in split.folds:
        sides = [{who for name in part for who in people[name]} for part in (fold.train, fold.validation, fold.test)]
        assert sum(map(len, sides)) == len(set().union(*sides))
    assert set(find_leaks(split, tracks)) == {CLEAN}


@settings(max_examples=200, deadline=None)
@given(PERSON, PERSON, SPELLING, SPELLING, st.sampled_from(["{}", *JOINED]))
def test_the_audit_finds_every_planted_spelling(
    person: str,
    host: str,
    one: Callable[[str], str],
    other: Callable[[str], str],
    joined: str,
) -> None:
    planted = one(person) if joined == "{}" else joined.format(host, one(person))
    found = leak(Track("a", "x", planted), Track("b", "x", other(person)))
    assert found.artists + found.guests > 0
