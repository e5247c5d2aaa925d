from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import pytest

from mgc import records

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Note:
    pitch: int
    loud: float = 1.0


@dataclass(frozen=True, slots=True)
class Song:
    word: Literal["loud", "soft", 2]
    pair: tuple[str, float]
    many: tuple[int, ...] = ()
    notes: tuple[Note, ...] = ()
    named: dict[str, Note] | None = None


WHOLE = {"word": "loud", "pair": ["a", 1], "many": [1, 2], "notes": [{"pitch": 60}], "named": {"x": {"pitch": 1}}}


def read(value: object) -> Song:
    return records.read(Song, json.dumps(value).encode(), "song")


def test_a_record_is_read_with_the_types_it_declares():
    song = read(WHOLE)
    assert song == Song("loud", ("a", 1.0), (1, 2), (Note(60),), {"x": Note(1)})
    assert type(song.pair[1]) is float
    assert read({"word": 2, "pair": ["a", 1.5]}) == Song(2, ("a", 1.5))


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"word": "noisy"}, "song.word"),
        ({"word": 2.5}, "song.word"),
        ({"word": []}, "song.word"),
        ({"pair": ["a"]}, "song.pair.1"),
        ({"pair": ["a", 1, 2]}, "song.pair"),
        ({"pair": [1, 1]}, "song.pair.0"),
        ({"pair": "ab"}, "song.pair"),
        ({"many": [1, "2"]}, "song.many.1"),
        ({"many": [1, 2.0]}, "song.many.1"),
        ({"many": [True]}, "song.many.0"),
        ({"notes": [{"pitch": 1, "colour": 2}]}, "song.notes.0.colour"),
        ({"notes": [{}]}, "song.notes.0.pitch"),
        ({"named": {"x": {"pitch": "1"}}}, "song.named.x.pitch"),
        ({"extra": 1}, "song.extra"),
    ],
)
def test_anything_else_is_refused_and_named(change, where):
    with pytest.raises(ValueError, match="Invalid value") as refused:
        read(WHOLE | change)
    assert f"`{where}`" in str(refused.value)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"null",
        b"[]",
        b"\xff\xfe",
        b'{"word": "loud", "pair": ["a", 1]',
        b'{"word": "loud", "word": "soft", "pair": ["a", 1]}',
        b'{"word": "loud", "pair": ["a", 1], "notes": [{"pitch": 1, "pitch": 2}]}',
        b'{"word": "loud", "pair": ["a", NaN]}',
        b'{"word": "loud", "pair": ["a", 1e999]}',
        b'{"word": "loud", "pair": ' + b"[" * 100_000,
        b'{"word": "loud", "pair": ' + b'{"a":' * 500 + b"1" + b"}" * 501,
        b'{"word": "loud", "pair": ["a", 1], "many": [' + b"9" * 5_000 + b"]}",
    ],
)
def test_what_is_no_such_json_is_refused(data):
    with pytest.raises(ValueError, match=r"."):
        records.read(Song, data, "song")


def test_a_record_is_written_and_read_back(tmp_path: Path):
    song = read(WHOLE)
    records.write(tmp_path / "song.json", song)
    assert records.read(Song, (tmp_path / "song.json").read_bytes(), "song.json") == song
    assert [path.name for path in tmp_path.iterdir()] == ["song.json"]


def test_a_number_that_is_not_finite_is_not_written(tmp_path: Path):
    with pytest.raises(ValueError, match="not JSON compliant"):
        records.write(tmp_path / "song.json", {"loud": float("nan")})
    assert list(tmp_path.iterdir()) == []
