"""GTZAN in the layouts of Kaggle, Marsyas and Hugging Face: as folders, and packed as they are downloaded."""

from __future__ import annotations

import gzip
import io
import tarfile
import zipfile
from typing import TYPE_CHECKING

import pytest
import soundfile

from mgc.datasets import archive, gtzan, registry, validation
from mgc.errors import BadArchive, DatasetError
from tests.datasets.making import clip, packed, write

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
        name = registry.add_path(root)
        dataset = registry.open_dataset(name)
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
    assert registry.open_dataset(registry.add_path(tmp_path)).source == "folder"


def test_a_folder_or_zip_of_other_clips_under_gtzans_names_is_a_data_set_of_its_own(
    tmp_path: Path, clips: dict[str, bytes]
) -> None:
    name, other = max(clips.items())
    other = other[:-1] + bytes([other[-1] ^ 1])  # of GTZAN's length, but not GTZAN's
    alike = {"blues/blues.00000.wav": clip(), "rock/rock.00001.wav": clip(0.3), name: other}
    write(tmp_path / "alike" / "genres", alike)
    assert not gtzan.is_tree(tmp_path / "alike")
    (tmp_path / "alike.zip").write_bytes(packed(below("genres", alike)))
    (tmp_path / "alike.tar.gz").write_bytes(tar(below("genres", alike)))
    for place in ("alike", "alike.zip"):
        dataset = registry.open_dataset(registry.add_path(tmp_path / place))
        assert dataset.source in ("folder", "upload")
        assert len(dataset.tracks) == 3
        assert not any(track.artist or track.md5 for track in dataset.tracks)
    with pytest.raises(BadArchive, match="for GTZAN only"):
        registry.add_path(tmp_path / "alike.tar.gz")
    write(tmp_path / "alike" / "genres", clips)  # one published clip among them is enough
    assert gtzan.is_tree(tmp_path / "alike")


def test_most_of_the_clips_are_gtzan_whatever_became_of_their_files(tmp_path: Path) -> None:
    for track in gtzan.tracks()[:501]:
        write(tmp_path / "genres" / track.genre, {f"{track.id}.wav": b"RIFF"})
    assert gtzan.is_tree(tmp_path)
    (tmp_path / "genres" / "blues" / "blues.00000.wav").unlink()
    assert not gtzan.is_tree(tmp_path)


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
    name = registry.add_path(tmp_path / "archive.zip")
    dataset = registry.open_dataset(name)
    assert (name, dataset.title, dataset.source, len(dataset.tracks)) == ("gtzan", "GTZAN (Kaggle)", "gtzan", 5)
    assert sum(track.picture is not None for track in dataset.tracks) == 1
    assert {(fault.subject, fault.kind) for fault in dataset.faults} == {
        ("Data/read me.txt", "left-out"), ("system files", "left-out"),
    }  # fmt: skip
    assert list(dataset.tables) == ["features_30_sec.csv"]
    assert not validation.validate(dataset).of("altered")
    (tmp_path / "archive.zip").unlink()
    assert registry.open_dataset(name) == dataset  # it was copied
    registry.remove(name)


def test_hugging_faces_tar_is_unpacked_and_nothing_else_of_it(tmp_path: Path, clips: dict[str, bytes]) -> None:
    odd = {
        "genres/rock/../../../up.wav": b"x",
        "/genres/rock/rock.00001.wav.sh": b"x",
        "genres/rock/._rock.00001.wav": b"x",
    }
    (tmp_path / "genres.tar.gz").write_bytes(tar(below("genres", clips) | odd))
    name = registry.add_path(tmp_path / "genres.tar.gz")
    assert registry.open_dataset(name).title == "GTZAN (Hugging Face)"
    files = {path.name for path in registry.folder(name).rglob("*") if path.is_file()}
    assert files == {"dataset.json"} | {path.rpartition("/")[2] for path in clips}
    assert not list(tmp_path.rglob("up.wav"))
    assert [fault.subject for fault in registry.open_dataset(name).faults] == [
        "rock/rock.00001.wav.sh",
        "system files",
    ]


def test_hugging_faces_folder_with_its_tar_in_it_is_unpacked_and_says_how_far_it_is(
    tmp_path: Path, clips: dict[str, bytes]
) -> None:
    (tmp_path / "gtzan" / "data").mkdir(parents=True)
    (tmp_path / "gtzan" / "README.md").write_text("# GTZAN")
    (tmp_path / "gtzan" / "data" / "genres.tar.gz").write_bytes(tar(below("genres", clips)))
    told: list[tuple[int, int]] = []
    dataset = registry.open_dataset(registry.add_path(tmp_path / "gtzan", lambda *said: told.append(said)))
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
    ids=["of something else", "cut short", "no gzip"],  # of the bytes, in which the time stands, two workers make two
)
def test_other_tars_are_refused(tmp_path: Path, data: bytes, sentence: str) -> None:
    (tmp_path / "a.tar.gz").write_bytes(data)
    with pytest.raises(DatasetError, match=sentence):
        registry.add_path(tmp_path / "a.tar.gz")
    with pytest.raises(DatasetError, match="not a ZIP file"):
        registry.add_zip("a.zip", io.BytesIO(data))  # a stranger's tar is not even opened
    assert registry.ids() == ("studio",)


@pytest.mark.parametrize("packing", ["zip", "tar"])
def test_a_damaged_or_huge_clip_costs_only_itself_and_is_still_named_when_opened_again(
    tmp_path: Path, clips: dict[str, bytes], packing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second, _ = sorted(clips)
    monkeypatch.setattr(archive, "MAX_CLIP", 2_000_000)
    if packing == "tar":
        (tmp_path / "a.tar.gz").write_bytes(tar(below("genres", clips | {second: bytes(2_000_001)})))
    else:
        files = below("genres", clips | {second: bytes(2_000_001)})
        data = bytearray(packed(files, zipfile.ZIP_STORED))
        data[data.index(clips[first]) + 9_999] ^= 1  # its checksum no longer fits
        (tmp_path / "a.zip").write_bytes(bytes(data))
    name = registry.add_path(next(tmp_path.glob("a.*")))
    faults = {fault.subject: fault.kind for fault in registry.open_dataset(name).faults}
    stem = {path: path.rpartition("/")[2].removesuffix(".wav") for path in clips}
    damaged = {stem[first]: "broken"} if packing == "zip" else {}
    assert faults == damaged | {stem[second]: "left-out"}
    report = validation.validate(registry.open_dataset(name))
    assert set(report.measures) == {stem[path] for path in clips} - set(faults)
    assert [finding.track for finding in report.of("broken")] == list(damaged)
    assert stem[second] in {finding.track for finding in report.of("absent")}
    assert len(list(registry.folder(name).rglob("*.wav"))) == 3 - len(faults)


def test_an_archive_of_gtzan_of_which_nothing_can_be_read_is_said_to_be_bad(
    tmp_path: Path, clips: dict[str, bytes]
) -> None:
    name, wav = next(iter(clips.items()))
    data = bytearray(packed(below("genres", {name: wav}), zipfile.ZIP_STORED))
    data[data.index(wav) + 9_999] ^= 1
    with pytest.raises(BadArchive, match="No file of GTZAN"):
        registry.add_zip("a.zip", io.BytesIO(bytes(data)))


def test_a_tar_of_endless_zeros_is_stopped_by_what_it_unpacks_to(tmp_path: Path) -> None:
    files = {f"genres/rock/not gtzan {number}": bytes(2**20) for number in range(5)}
    data = tar(files)
    assert len(data) < 2**16
    with pytest.raises(BadArchive, match="more than 4 MB"):
        archive.unpack_tar(io.BytesIO(data), tmp_path / "new", 4 * 2**20)
    with pytest.raises(BadArchive, match="for GTZAN only"):
        archive.unpack_tar(io.BytesIO(data), tmp_path / "new", 6 * 2**20)


def test_a_tar_of_endless_files_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MAX_FILES", 3)
    with pytest.raises(BadArchive, match="too many files"):
        archive.unpack_tar(io.BytesIO(tar({f"{n}.txt": b"" for n in range(4)})), tmp_path / "new", 2**30)


def test_a_file_that_is_not_as_long_as_the_archive_says_is_damaged(tmp_path: Path) -> None:
    with pytest.raises(BadArchive, match="damaged"):
        archive._write(io.BytesIO(b"short"), tmp_path / "rock" / "a.wav", 99)


@pytest.mark.parametrize("spoilt", ["a clip", "a header"])
def test_a_tar_whose_checksum_does_not_fit_is_damaged_wherever_that_is(
    tmp_path: Path, clips: dict[str, bytes], spoilt: str
) -> None:
    inside = bytearray(gzip.decompress(tar(below("genres", clips))))
    middle = f"genres/{sorted(clips)[1]}".encode()
    inside[inside.index(middle) + (9_999 if spoilt == "a clip" else 150)] ^= 1  # 150: within the header's own checksum
    data = gzip.compress(bytes(inside))
    right = gzip.compress(gzip.decompress(tar(below("genres", clips))))
    assert archive.unpack_tar(io.BytesIO(right), tmp_path / "whole", 2**30).faults == ()
    with pytest.raises(BadArchive, match="damaged"):
        archive.unpack_tar(io.BytesIO(data[:-8] + right[-8:]), tmp_path / "new", 2**30)
