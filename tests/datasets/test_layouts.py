"""GTZAN in the layouts of Kaggle, Marsyas and Hugging Face: as folders, and packed as they are downloaded."""

from __future__ import annotations

import io
import tarfile
import zipfile
from typing import TYPE_CHECKING

import pytest
import soundfile

from mgc.datasets import gtzan, shelf, validation
from mgc.errors import DatasetError
from tests.datasets.making import clip, write

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("empty_home")


@pytest.fixture(scope="module")
def clips(exact_clips: list[Path]) -> dict[str, bytes]:
    """Return three clips as WAV files, by their names in GTZAN."""
    found = {}
    for path in exact_clips[::25]:
        out = io.BytesIO()
        samples, rate = soundfile.read(path, dtype="int16")
        soundfile.write(out, samples, rate, format="WAV", subtype="PCM_16")
        found[f"{path.parent.name}/{path.stem}.wav"] = out.getvalue()
    return found


def as_au(wav: bytes) -> bytes:
    out = io.BytesIO()
    samples, rate = soundfile.read(io.BytesIO(wav), dtype="int16")
    soundfile.write(out, samples, rate, format="AU", subtype="PCM_16")
    return out.getvalue()


def below(folder: str, files: dict[str, bytes]) -> dict[str, bytes]:
    return {f"{folder}/{name}": data for name, data in files.items()}


def tar(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return out.getvalue()


@pytest.mark.parametrize("place", ["genres", "data/genres", "."])
def test_marsyas_and_hugging_faces_folders_are_recognised(tmp_path: Path, clips: dict[str, bytes], place: str) -> None:
    marsyas = write(tmp_path / "m" / place, {f"{name[:-4]}.au": as_au(data) for name, data in clips.items()})
    write(marsyas, {"jazz/jazz.00054.au": b"no sound"})
    write(tmp_path / "h" / place, clips)
    for root, edition in ((tmp_path / "m", "Marsyas"), (tmp_path / "h", "Hugging Face")):
        name = shelf.add_path(root)
        dataset = shelf.open_dataset(name)
        assert (dataset.title, dataset.source) == (f"GTZAN ({edition})", "gtzan")
        report = validation.validate(dataset)
        assert len(report.measures) == 3
        assert report.counts["absent"] == (996 if edition == "Marsyas" else 997)
        assert report.counts.get("broken", 0) == (edition == "Marsyas")
        assert "altered" not in report.counts  # an AU file has no published checksum, the WAV files have theirs
    assert dataset.tracks[0].artist


def test_a_folder_that_only_looks_like_gtzan_is_a_folder_of_genres(tmp_path: Path) -> None:
    write(tmp_path, {"genres/blues/my song.wav": clip(), "genres/rock/rock.99999.wav": clip(0.3)})
    assert not gtzan.is_tree(tmp_path)
    assert shelf.open_dataset(shelf.add_path(tmp_path)).source == "folder"


def test_kaggles_zip_is_unpacked_by_the_names_of_our_index(
    tmp_path: Path, shared: Path, clips: dict[str, bytes]
) -> None:
    picture = next((shared / "gtzan" / "images_original" / "rock").glob("*.png"))
    odd = {"Data/genres_original/rock/._rock.00001.wav": b"x", "Data/read me.txt": b"x"}
    table = {"Data/features_30_sec.csv": b"filename,length\njazz.00001.wav,1\n"}
    with zipfile.ZipFile(tmp_path / "archive.zip", "w") as file:
        pictures = {f"Data/images_original/rock/{picture.name}": picture.read_bytes()}
        for name, data in (below("Data/genres_original", clips) | pictures | odd | table).items():
            file.writestr(name, data)
    name = shelf.add_path(tmp_path / "archive.zip")
    dataset = shelf.open_dataset(name)
    assert (name, dataset.title, dataset.source, len(dataset.tracks)) == ("gtzan", "GTZAN (Kaggle)", "gtzan", 5)
    assert sum(track.picture is not None for track in dataset.tracks) == 1
    assert list(dataset.tables) == ["features_30_sec.csv"]
    assert dataset.validate() == ()
    (tmp_path / "archive.zip").unlink()
    assert shelf.open_dataset(name) == dataset  # it was copied
    shelf.remove(name)


def test_hugging_faces_tar_is_unpacked_and_nothing_else_of_it(tmp_path: Path, clips: dict[str, bytes]) -> None:
    odd = {
        "genres/rock/../../../up.wav": b"x",
        "/genres/rock/rock.00001.wav.sh": b"x",
        "genres/rock/._rock.00001.wav": b"x",
    }
    (tmp_path / "genres.tar.gz").write_bytes(tar(below("genres", clips) | odd))
    name = shelf.add_path(tmp_path / "genres.tar.gz")
    assert shelf.open_dataset(name).title == "GTZAN (Hugging Face)"
    files = {path.name for path in shelf.folder(name).rglob("*") if path.is_file()}
    assert files == {"dataset.json"} | {path.rpartition("/")[2] for path in clips}
    assert not list(tmp_path.rglob("up.wav"))


def test_hugging_faces_folder_with_its_tar_in_it_is_unpacked_and_says_how_far_it_is(
    tmp_path: Path, clips: dict[str, bytes]
) -> None:
    (tmp_path / "gtzan" / "data").mkdir(parents=True)
    (tmp_path / "gtzan" / "README.md").write_text("# GTZAN")
    (tmp_path / "gtzan" / "data" / "genres.tar.gz").write_bytes(tar(below("genres", clips)))
    told: list[tuple[int, int]] = []
    dataset = shelf.open_dataset(shelf.add_path(tmp_path / "gtzan", lambda *said: told.append(said)))
    assert (dataset.title, len(dataset.tracks)) == ("GTZAN (Hugging Face)", len(clips))
    assert told
    assert all(0 <= done <= total for done, total in told)
    assert told == sorted(told)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (tar({"a.txt": b"x"}), "for GTZAN only"),
        (tar({"genres/rock/rock.00001.wav": bytes(99_999)})[:-40], "damaged"),
        (b"\x1f\x8b" + bytes(99), "damaged"),
    ],
)
def test_other_tars_are_refused(tmp_path: Path, data: bytes, sentence: str) -> None:
    (tmp_path / "a.tar.gz").write_bytes(data)
    with pytest.raises(DatasetError, match=sentence):
        shelf.add_path(tmp_path / "a.tar.gz")
    with pytest.raises(DatasetError, match="no ZIP file"):
        shelf.add_zip("a.zip", io.BytesIO(data))  # a stranger's tar is not even opened
    assert shelf.ids() == ("studio",)
