"""What is written down about a data set is read back as it was, whatever strangers call their songs."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from mgc.datasets import entry
from mgc.datasets.base import Dataset, Fault, Track
from mgc.errors import DatasetError

text = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
seconds = st.none() | st.floats(0, 600)


@hypothesis_settings(max_examples=50, deadline=None)
@given(
    st.lists(st.tuples(text, text, text, seconds), max_size=5),
    st.lists(st.tuples(text, text, text), max_size=3),
    text,
    st.sampled_from(["studio", "gtzan", "folder", "upload"]),
)
def test_a_record_is_read_back_as_it_was_written(songs, faults, title, source) -> None:  # type: ignore[no-untyped-def]
    with TemporaryDirectory() as name:
        folder = Path(name)
        tracks = tuple(
            Track(f"{number} {genre}", genre, artist, song, length, folder / "files" / f"{number:05}.wav")
            for number, (genre, artist, song, length) in enumerate(songs)
        )
        dataset = Dataset("x", title, "free", tracks, {}, tuple(Fault(*fault) for fault in faults), source)
        entry.save(entry.pack(dataset, folder), folder)
        assert entry.load(folder).unpack("x", folder) == dataset
        assert [path.name for path in folder.iterdir()] == ["dataset.json"]


def test_a_folder_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="cannot be written"):
        entry.write_json(tmp_path / "nowhere" / "a.json", {})
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("genre", ["rock", "\u65e5\u672c", "zouk"])
def test_known_genres_come_first_and_others_by_name(genre: str) -> None:
    tracks = tuple(Track(f"{name}.1", name) for name in ("zouk", "rock", "afro", "blues", genre))
    genres = Dataset("x", "x", "", tracks).genres
    assert genres[:2] == ("blues", "rock")
    assert genres[2:] == tuple(sorted({"zouk", "afro", genre} - {"rock"}))
