"""Any folder of genre/track.ext is a data set; what cannot be a track is named."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mgc.datasets import folder
from mgc.errors import DatasetError
from mgc.genres import GENRES
from tests.datasets.making import songs, write

if TYPE_CHECKING:
    from pathlib import Path


def test_folders_are_genres_and_files_are_tracks(tmp_path: Path) -> None:
    dataset = folder.open_folder(write(tmp_path / "My set", songs()))
    assert dataset.title == "My set"
    assert dataset.genres == ("rock", "noise core")  # what we know comes first
    assert [track.id for track in dataset.tracks] == [
        "noise core.Someone - A song", "noise core.four", "rock.one", "rock.two",
    ]  # fmt: skip
    assert (dataset.tracks[0].artist, dataset.tracks[0].title) == ("Someone", "A song")
    assert all(track.audio is not None and track.audio.is_file() for track in dataset.tracks)
    assert dataset.faults == ()


def test_a_folder_between_names_the_artist_and_wrapping_is_taken_away(tmp_path: Path) -> None:
    files = {f"download/set/{genre}/The Band/live/song.mp3": b"x" for genre in ("Hip-Hop", "jazz_funk")}
    dataset = folder.open_folder(write(tmp_path, files | {"read me.txt": b"hello"}))
    assert [(track.genre, track.artist, track.title) for track in dataset.tracks] == [
        ("hiphop", "The Band", "song"),
        ("jazz funk", "The Band", "song"),
    ]
    assert [fault.subject for fault in dataset.faults] == ["read me.txt"]


def test_nothing_is_left_out_silently(tmp_path: Path) -> None:
    odd = {"top.wav": b"x", "rock/notes.pdf": b"x", ".DS_Store": b"x", "rock/._one.wav": b"x", "__MACOSX/a.wav": b"x"}
    dataset = folder.open_folder(write(tmp_path, songs() | odd))
    assert len(dataset.tracks) == 4
    assert {(fault.subject, fault.kind) for fault in dataset.faults} == {
        ("top.wav", "unlabelled"),
        ("rock/notes.pdf", "left-out"),
        ("system files", "left-out"),
    }
    assert "3 hidden or system files" in dataset.faults[-1].sentence


def test_two_files_of_one_name_are_two_tracks(tmp_path: Path) -> None:
    files = {"rock/a/song.wav": b"x", "rock/b/song.wav": b"x", "rock/song.mp3": b"x", "pop/song.wav": b"x"}
    dataset = folder.open_folder(write(tmp_path, files))
    assert len({track.id for track in dataset.tracks}) == 4


@pytest.mark.parametrize("files", [{}, {"rock/a.wav": b"x"}, {"a.wav": b"x", "b.wav": b"x"}, {"a/b.txt": b"x"}])
def test_fewer_than_two_genres_are_one_sentence(tmp_path: Path, files: dict[str, bytes]) -> None:
    with pytest.raises(DatasetError, match="at least two folders"):
        folder.open_folder(write(tmp_path, files))
    with pytest.raises(DatasetError, match="is not a folder"):
        folder.open_folder(tmp_path / "nowhere")


def test_a_folder_of_endless_files_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folder, "MAX_FILES", 3)
    with pytest.raises(DatasetError, match="more than 3 files"):
        folder.open_folder(write(tmp_path, songs()))


def test_folders_that_link_in_a_circle_end(tmp_path: Path) -> None:
    write(tmp_path, songs())
    os.symlink(tmp_path, tmp_path / "rock" / "again")
    os.symlink(tmp_path.parent, tmp_path / "a way out")
    dataset = folder.open_folder(tmp_path)
    assert len(dataset.tracks) == 4
    assert [fault.subject for fault in dataset.faults] == ["a way out", "rock/again"]
    assert "was already read" in dataset.faults[0].sentence


def test_a_folder_is_read_once_and_under_its_own_name_whatever_leads_there(tmp_path: Path) -> None:
    write(tmp_path / "set", songs())
    write(tmp_path / "elsewhere", {"one.wav": b"x"})
    os.symlink(tmp_path / "set" / "rock", tmp_path / "set" / "a link that is met first")
    os.symlink(tmp_path / "elsewhere", tmp_path / "set" / "pop")
    dataset = folder.open_folder(tmp_path / "set")
    assert dataset.genres == ("pop", "rock", "noise core")
    assert len(dataset.tracks) == 5
    assert [fault.subject for fault in dataset.faults] == ["a link that is met first"]


def test_what_lies_too_deep_is_named(tmp_path: Path) -> None:
    write(tmp_path, songs() | {"rock/1/2/3/4/5/heard.wav": b"x", "rock/1/2/3/4/5/6/lost.wav": b"x"})
    dataset = folder.open_folder(tmp_path)
    assert len(dataset.tracks) == 5
    assert [fault.subject for fault in dataset.faults] == ["rock/1/2/3/4/5/6"]
    assert "more than 6 folders deep" in dataset.faults[0].sentence


def test_only_ordinary_files_are_tracks(tmp_path: Path) -> None:
    write(tmp_path, songs())
    os.mkfifo(tmp_path / "rock" / "pipe.wav")
    os.symlink(tmp_path / "nothing", tmp_path / "rock" / "gone.wav")
    os.symlink(tmp_path / "rock" / "circle.wav", tmp_path / "rock" / "circle.wav")
    dataset = folder.open_folder(tmp_path)
    assert len(dataset.tracks) == 4
    assert [fault.subject for fault in dataset.faults] == ["rock/circle.wav", "rock/gone.wav", "rock/pipe.wav"]


class Counting(dict[str, folder.Track]):
    """Counts how often it is asked whether a name is taken."""

    asked = 0

    def __contains__(self, name: object) -> bool:
        self.asked += 1
        return super().__contains__(name)


def test_many_files_of_one_name_are_numbered_without_trying_every_number_again() -> None:
    taken, numbers = Counting(), {}
    for _ in range(500):
        taken[folder._free("rock.01 Track", taken, numbers)] = folder.Track("", "")
    assert list(taken)[:3] == ["rock.01 Track", "rock.01 Track (2)", "rock.01 Track (3)"]
    assert list(taken)[-1] == "rock.01 Track (500)"
    assert taken.asked < 2_000


@given(st.text(max_size=80))
def test_any_name_becomes_one_printable_line(name: str) -> None:
    shown = folder.plain(name)
    assert shown.isprintable()
    assert all(len(part) <= 60 for part in shown.split("/"))
    genre = folder.genre_name(name)
    assert genre.isprintable()
    assert len(genre) <= 60 or "/" in name
    assert genre in GENRES or genre == genre.strip()


paths = st.lists(st.sampled_from(["rock", "pop", "set", ".x", "a.wav", "b.mp3", "c.txt"]), min_size=1, max_size=4)


@given(st.lists(paths.map(tuple), max_size=12))
def test_unwrapping_keeps_every_path_and_its_end(found: list[tuple[str, ...]]) -> None:
    short = folder.unwrapped(found)
    assert len(short) == len(found)
    assert all(path and whole[-len(path) :] == path for path, whole in zip(short, found, strict=True))
    tracks, faults = folder.named((path, folder.Path("x")) for path in short)
    rubbish = sum(folder.is_rubbish(path) for path in short)
    assert len(tracks) + len(faults) - bool(rubbish) + rubbish == len(found)
