"""The registry keeps data sets across restarts, copies only what has no place of its own, deletes only its copies."""

from __future__ import annotations

import io
import json
import os
import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from mgc import studio
from mgc.datasets import registry
from mgc.datasets.base import Track
from mgc.datasets.registry import _building
from mgc.errors import DatasetError
from tests.datasets.making import clip, packed, songs, write

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture(autouse=True)
def home(empty_home: Path) -> Path:
    return empty_home


def test_an_empty_registry_offers_the_studio_and_makes_nothing(home: Path) -> None:
    assert registry.ids() == ("studio",)
    assert registry.describe("studio") == registry.Entry("studio", registry.STUDIO_TITLE, "studio", 120, made=False)
    with pytest.raises(DatasetError, match="does not exist yet"):
        registry.open_dataset("studio")
    registry.remove("studio")
    assert not home.exists()


def test_a_folder_is_remembered_and_never_copied(tmp_path: Path, home: Path) -> None:
    source = write(tmp_path / "My first set!", songs())
    name = registry.add_path(str(source))
    assert name == "my-first-set"
    assert registry.ids() == ("studio", "my-first-set")
    assert registry.describe(name) == registry.Entry(name, "My first set!", "folder", 4)
    assert {path.name for path in registry.folder(name).iterdir()} == {"dataset.json"}
    write(source, {"rock/late.wav": clip(0.9)})
    assert len(registry.open_dataset(name).tracks) == 5  # read again, as it is now
    assert registry.add_path(source) == name  # the same place is the same data set
    registry.remove(name)
    assert (source / "rock" / "one.wav").exists()
    assert registry.ids() == ("studio",)
    assert [path.name for path in (home / "datasets").iterdir()] == [".path.lock"]


def test_a_folder_is_added_once_however_its_path_is_spelt_and_however_many_add_it(tmp_path: Path) -> None:
    source = write(tmp_path / "set", songs())
    (tmp_path / "link").symlink_to(source)
    start, added = threading.Barrier(4), []

    def add() -> None:
        start.wait()
        added.append(registry.add_path(source))

    several = [threading.Thread(target=add) for _ in range(4)]
    for one in several:
        one.start()
    for one in several:
        one.join()
    for path in (source / "rock" / "..", tmp_path / "link", f"{tmp_path}/./set/"):
        added.append(registry.add_path(path))
    assert added == ["set"] * 7
    assert registry.ids() == ("studio", "set")


def test_a_folder_that_is_gone_is_one_sentence_and_can_be_removed(tmp_path: Path) -> None:
    name = registry.add_path(write(tmp_path / "set", songs()))
    (tmp_path / "set").rename(tmp_path / "elsewhere")
    with pytest.raises(DatasetError, match="no longer exists"):
        registry.open_dataset(name)
    assert registry.describe(name).tracks == 4
    registry.remove(name)
    with pytest.raises(DatasetError, match="no data set called"):
        registry.open_dataset(name)


def test_sets_of_one_title_get_different_ids_and_nobody_takes_the_studios(tmp_path: Path) -> None:
    data = packed(songs())
    assert [registry.add_zip("a set.zip", io.BytesIO(data)) for _ in range(3)] == ["a-set", "a-set-2", "a-set-3"]
    assert registry.add_zip("Studio.zip", io.BytesIO(data)) == "studio-2"
    assert registry.add_zip("studio.zip", io.BytesIO(data)) == "studio-3"
    assert registry.add_zip("\u65e5\u672c.zip", io.BytesIO(data)) == "set"
    (tmp_path / "on disk.zip").write_bytes(data)
    assert registry.add_path(tmp_path / "on disk.zip") == "on-disk"


def test_uploaded_clips_become_a_small_data_set() -> None:
    clips = {"Hip Hop": [("../../evil/me - you.wav", clip())], "noise": [("b.wav", clip(0.3)), ("c.mp3", b"junk" * 99)]}
    dataset = registry.open_dataset(registry.add_clips(" My  clips ", clips))
    assert (dataset.id, dataset.title, dataset.source) == ("my-clips", "My clips", "upload")
    assert [(track.genre, track.artist, track.title) for track in dataset.tracks] == [
        ("hiphop", "me", "you"), ("noise", "", "b"),
    ]  # fmt: skip
    assert [(fault.subject, fault.kind) for fault in dataset.faults] == [("noise/c.mp3", "broken")]
    with pytest.raises(DatasetError, match="only 'noise' has any"):
        registry.add_clips("x", {"noise": clips["noise"]})
    assert registry.ids() == ("studio", "my-clips")


@pytest.mark.parametrize("name", ["", "..", "a/b", "A", "-a", ".new-x", "a" * 65, "a\n"])
def test_an_id_can_name_no_other_place(name: str) -> None:
    for call in (registry.folder, registry.describe, registry.open_dataset, registry.remove):
        with pytest.raises(DatasetError, match="Invalid id"):
            call(name)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda kept: kept | {"more": 1},
        lambda kept: kept | {"source": "nowhere"},
        lambda kept: kept | {"format": 99},
        lambda kept: kept | {"tracks": [kept["tracks"][0] | {"file": "../../secret"}]},
        lambda kept: kept | {"tracks": [kept["tracks"][0] | {"file": "/etc/passwd"}]},
        lambda kept: [],
    ],
)
def test_a_damaged_record_is_one_sentence_and_the_others_are_listed(spoil: Callable[[Any], Any]) -> None:
    name = registry.add_zip("set.zip", io.BytesIO(packed(songs())))
    record = registry.folder(name) / "dataset.json"
    record.write_text(json.dumps(spoil(json.loads(record.read_text()))))
    with pytest.raises(DatasetError, match=r"damaged|another version"):
        registry.open_dataset(name)
    assert name in registry.ids()
    registry.remove(name)


def test_what_cannot_be_added_leaves_nothing_behind(tmp_path: Path, home: Path) -> None:
    for path in (tmp_path / "nowhere", tmp_path):
        with pytest.raises(DatasetError):
            registry.add_path(path)
    assert not [path for path in (home / "datasets").glob("*")]


def test_what_a_killed_program_left_is_swept_up_and_what_is_under_way_is_not(home: Path) -> None:
    for name in (".new-old", ".removed-old", ".new-fresh"):
        write(home / "datasets" / name / "files", {"00000.wav": b"x"})
        if "old" in name:
            os.utime(home / "datasets" / name, (0, 0))
    assert registry.ids() == ("studio",)
    with _building() as slow:
        os.utime(slow, (0, 0))
        name = registry.add_zip("set.zip", io.BytesIO(packed(songs())))
        assert {path.name for path in (home / "datasets").iterdir()} == {name, slow.name, ".new-fresh"}


def test_what_late_work_leaves_of_a_removed_set_is_swept_up_and_what_is_the_users_stays(home: Path) -> None:
    write(home / "datasets" / "ghost" / "extraction" / "cache" / "00", {"00.entry": b"x"})
    write(home / "datasets" / "music" / "rock", {"mine.wav": b"x"})
    name = registry.add_zip("set.zip", io.BytesIO(packed(songs())))
    write(home / "datasets" / name / "extraction", {"job.json": b"{}"})
    again = registry.add_zip("set.zip", io.BytesIO(packed(songs())))
    assert {path.name for path in (home / "datasets").iterdir()} == {"music", name, again}
    assert (home / "datasets" / name / "extraction").exists()


@pytest.mark.parametrize("kind", ["zip", "gtzan", "studio"])
def test_every_file_is_on_the_disk_before_the_set_is_seen(
    kind: str, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: dict[int, bool] = {}

    def note(descriptor: int) -> None:
        seen = [path for path in (home / "datasets").glob("*/dataset.json") if not path.parent.name.startswith(".")]
        synced[os.fstat(descriptor).st_ino] = not seen

    monkeypatch.setattr(os, "fsync", note)
    monkeypatch.setattr(studio, "render_all", quick_studio([]), raising=False)
    if kind == "studio":
        name = registry.make_studio(per_genre=1)
    else:
        clips = {"genres_original/rock/rock.00001.wav": clip()} if kind == "gtzan" else songs()
        name = registry.add_zip("set.zip", io.BytesIO(packed(clips)))
    files = [path for path in registry.folder(name).rglob("*") if path.is_file()]
    assert len(files) >= 2
    assert all(synced.get(path.stat().st_ino) for path in files)


@pytest.mark.parametrize("path", ["~nobody-of-that-name/set", "x" * 5_000, "a\0b", ""])
def test_a_path_that_is_none_is_one_sentence(path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DatasetError) as refused:
        registry.add_path(path)
    assert ("is empty" in refused.value.user_message) == (not path)


def test_a_path_that_is_not_there_is_repeated_as_it_was_given() -> None:
    with pytest.raises(DatasetError, match="folder or ZIP file '~/no such/place'"):
        registry.add_path("~/no such/place")


def test_a_home_that_cannot_be_written_is_one_sentence(home: Path, tmp_path: Path) -> None:
    home.write_text("a file where a folder should be")
    for call in (
        lambda: registry.add_path(write(tmp_path / "set", songs())),
        lambda: registry.add_zip("a.zip", io.BytesIO(packed(songs()))),
        registry.make_studio,
        registry.add_gtzan,
    ):
        with pytest.raises(DatasetError, match="cannot be written"):
            call()


def test_a_registry_that_is_full_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "MAX_SETS", 1)
    registry.add_zip("a.zip", io.BytesIO(packed(songs())))
    with pytest.raises(DatasetError, match="limit of 1 data sets is reached"):
        registry.add_zip("b.zip", io.BytesIO(packed(songs())))


def quick_studio(calls: list[int]) -> Callable[..., tuple[Track, ...]]:
    """Return a stand-in for the studio, which takes half a minute."""

    def render_all(folder: Path, tell: Any = None, per_genre: int = 12, processes: int = 2) -> tuple[Track, ...]:
        calls.append(per_genre)
        write(folder, {f"{genre}/{genre}.{n}.wav": b"x" for genre in ("rock", "pop") for n in range(5 * per_genre)})
        if tell is not None:
            tell(1, 1)
        files = sorted(folder.glob("*/*"))
        return tuple(Track(f.stem, f.parent.name, "A band", f"Song {f.stem}", 30.0, f) for f in files)

    return render_all


def test_the_studio_is_made_once_and_made_again_when_another_size_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[int] = []
    told: list[tuple[int, int]] = []
    monkeypatch.setattr(studio, "render_all", quick_studio(calls), raising=False)
    several = [threading.Thread(target=registry.make_studio) for _ in range(3)]
    for one in several:
        one.start()
    for one in several:
        one.join()
    assert calls == [12]
    dataset = registry.open_dataset("studio")
    assert (dataset.source, len(dataset.tracks), dataset.tracks[0].artist) == ("studio", 120, "A band")
    assert registry.make_studio(lambda done, total: told.append((done, total)), per_genre=2) == "studio"
    assert (calls, told) == ([12, 2], [(1, 1)])
    assert registry.describe("studio") == replace(registry.describe("studio"), tracks=20, made=True)
    registry.remove("studio")
    assert not registry.describe("studio").made


@pytest.mark.parametrize("left", ["extraction/cache/00/00.entry", "files/rock/rock.1.wav"])
def test_the_studio_is_made_over_what_is_left_of_one(left: str, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[int] = []
    monkeypatch.setattr(studio, "render_all", quick_studio(calls), raising=False)
    write(home / "datasets" / "studio", {left: b"x"})
    assert not registry.describe("studio").made
    assert [registry.make_studio(), registry.make_studio()] == ["studio", "studio"]
    assert registry.describe("studio").made
    assert calls == [12]
    assert registry.ids() == ("studio",)
    assert not (home / "datasets" / "studio" / "extraction").exists()
