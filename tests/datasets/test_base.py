"""The spelling of artists' names."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mgc.datasets.base import Dataset, Track, normalised_artist, stamps

if TYPE_CHECKING:
    from pathlib import Path


def test_a_stamp_is_the_size_and_the_date_of_each_file(tmp_path: Path) -> None:
    sound, picture = tmp_path / "a.wav", tmp_path / "a.png"
    dataset = Dataset("x", "x", "", (Track("a", "rock", audio=sound, picture=picture), Track("b", "rock", audio=sound)))
    sound.write_bytes(b"1234")
    os.utime(sound, ns=(1, 5))
    assert stamps(dataset) == {"a": "4@5 gone", "b": "4@5 -"}
    picture.write_bytes(b"12")
    os.utime(picture, ns=(1, 6))
    assert stamps(dataset) == {"a": "4@5 2@6", "b": "4@5 -"}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Guns N' Roses", "Guns and Roses"),
        ("Guns 'n' Roses", "guns & roses"),
        ("Guns'n'Roses", "Guns N\u2019 Roses"),
        ("Florence + The Machine", "Florence and the Machine"),
        ("Røyksopp", "Royksopp"),
        ("Ætherfold", "Aetherfold"),
        ("Łona", "Lona"),
        ("Straße", "STRASSE"),
        ("Bob_Marley", "Bob Marley"),
    ],
)
def test_signs_and_letters_that_people_leave_out_do_not_part_an_artist_from_himself(one: str, other: str) -> None:
    assert normalised_artist(one) == normalised_artist(other) != ""


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("!!!", "!!!"),
        ("\N{OPTICAL DISC}", "\N{OPTICAL DISC}"),
        ("The", "the"),
        ("N.W.A.", "nwa"),
        ("N. W. A.", "n w a"),
        ("AC/DC", "ac dc"),
        ("Marley, Bob", "marley bob"),
        ("Earth, Wind & Fire", "earth wind and fire"),
    ],
)
def test_a_name_stays_readable_and_one_of_signs_alone_is_a_name(name: str, found: str) -> None:
    assert normalised_artist(name) == found


@pytest.mark.parametrize(
    "name",
    ["", " ", "Unknown", "unknown artist", "The Unknown Artist", "Various Artists", "VA", "V.A.", "V/A", "N/A",
     "Unknown_Artist", "?", "? ?", "-", "\u2014", "_", "\u200b", ".\x1b"],
)  # fmt: skip
def test_what_stands_where_nobody_is_named_is_unknown(name: str) -> None:
    assert normalised_artist(name) == ""


@settings(deadline=None)
@given(st.text(st.sampled_from("aNn &+.'!?-_,/() the\u0130\u00f8\u1fb3"), max_size=14) | st.text(max_size=14))
def test_a_normalised_name_is_its_own_normalised_form(name: str) -> None:
    once = normalised_artist(name)
    assert normalised_artist(once) == once
