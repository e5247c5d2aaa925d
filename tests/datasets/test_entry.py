"""What is written down about a data set is read back as it was, whatever strangers call their songs."""

from __future__ import annotations

import json
import os
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from mgc.datasets import entry, registry, validation
from mgc.datasets.base import Dataset, Fault, Track, stamps
from mgc.errors import DatasetError
from tests.datasets.making import songs, write

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


def test_a_folder_whose_name_is_no_utf_8_is_added_and_opened_again(tmp_path: Path, empty_home: Path) -> None:
    place = write(Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9")), songs())
    name = registry.add_path(place)
    assert entry.load(registry.folder(name)).path == str(place)
    assert [track.audio.parent.parent for track in registry.open_dataset(name).tracks if track.audio] == [place] * 4
    assert registry.add_path(place) == name


ROW = {"id": "a", "genre": "rock", "artist": "", "title": "", "file": "files/00000.wav", "seconds": None}
RECORD = {"format": 1, "title": "x", "source": "folder", "licence": "", "n_tracks": 1, "added": "", "path": None,
          "tracks": [ROW], "faults": []}  # fmt: skip
nonsense = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.just("\0") | st.just("\udcff"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


def _open_all() -> list[str]:
    """Do with every data set what the page and the command line do with it; return the sentences of the errors."""
    sentences = []
    for name in registry.ids():
        try:
            registry.describe(name)
            dataset = registry.open_dataset(name)
            validation.kept(name, dataset)
            stamps(dataset)
        except DatasetError as error:
            sentences.append(error.user_message)
    return sentences


@hypothesis_settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_a_damaged_record_ends_in_one_sentence(empty_home: Path, data: st.DataObject) -> None:
    whole = json.dumps(RECORD).encode()
    kind = data.draw(st.sampled_from(["cut", "bit", "field", "row", "any", "deep"]))
    if kind == "cut":
        said = whole[: data.draw(st.integers(0, len(whole)))]
    elif kind == "bit":
        bit = data.draw(st.integers(0, 8 * len(whole) - 1))
        said = bytes(byte ^ (1 << bit % 8) * (at == bit // 8) for at, byte in enumerate(whole))
    elif kind == "field":
        said = json.dumps(RECORD | {data.draw(st.sampled_from(sorted(RECORD))): data.draw(nonsense)}).encode()
    elif kind == "row":
        said = json.dumps(RECORD | {"tracks": [ROW | {data.draw(st.sampled_from(sorted(ROW))): data.draw(nonsense)}]})
        said = said.encode()
    elif kind == "any":
        said = json.dumps(data.draw(nonsense)).encode()
    else:
        said = b"[" * data.draw(st.sampled_from([900, 990, 100_000]))
    folder = registry.folder("mine")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / entry.FILE).write_bytes(said)
    (folder / validation.FILE).write_bytes(said)
    assert all(sentence and "\n" not in sentence for sentence in _open_all())
    assert entry.by_path(folder.parent, empty_home) is None


@pytest.mark.parametrize("change", [{"path": "/a\0b"}, {"path": 1}, {"tracks": [ROW | {"file": "a\0.wav"}]}])
def test_a_path_that_no_file_can_have_is_damage(empty_home: Path, change: dict[str, object]) -> None:
    folder = registry.folder("mine")
    folder.mkdir(parents=True)
    (folder / entry.FILE).write_text(json.dumps(RECORD | change))
    with pytest.raises(DatasetError, match="damaged"):
        registry.open_dataset("mine")
    assert entry.by_path(folder.parent, empty_home) is None
