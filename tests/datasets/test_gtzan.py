from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest

from mgc.audio.decode import decode
from mgc.datasets import gtzan
from mgc.datasets.base import normalised_artist
from mgc.datasets.gtzan import known_clip
from mgc.errors import DatasetError
from mgc.genres import GENRES

if TYPE_CHECKING:
    from pathlib import Path


def test_every_exact_clip_is_known_again_from_its_samples(exact_clips: list[Path]) -> None:
    for path in exact_clips:
        assert known_clip(decode(path.read_bytes()).y) == path.stem


def test_one_other_sample_makes_another_clip(exact_clips: list[Path]) -> None:
    y = decode(exact_clips[0].read_bytes()).y.copy()
    y[1000] += 1 / 32_768
    assert known_clip(y) == ""


def test_anything_else_is_nobody_we_know() -> None:
    assert known_clip(np.zeros(22_050, dtype=np.float32)) == ""
    assert known_clip(np.full(100, 1.5, dtype=np.float32)) == ""


@pytest.fixture(scope="session")
def kaggle_tree(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("kaggle")
    script = shared / "tools" / "make_kaggle_tree.py"
    subprocess.run([sys.executable, str(script), str(folder)], check=True, capture_output=True)
    return folder


def test_the_facts_are_whole_and_the_copy_is_the_callers():
    facts = gtzan.facts()
    assert len(facts) == facts["clip"].nunique() == 1000
    assert facts.groupby("genre").size().to_dict() == dict.fromkeys(GENRES, 100)
    parts = facts["filtered_split"].value_counts().to_dict()
    assert parts == {"train": 443, "valid": 197, "test": 290, "excluded": 70}
    assert (facts["artist"] != "").sum() == 919
    assert (facts["exact_duplicate_of"] != "").sum() == 28
    assert facts["tempo_bpm"].notna().sum() == 999  # one clip has no tempo
    facts["genre"] = "spoilt"
    assert set(gtzan.facts()["genre"]) == set(GENRES)


def test_exact_duplicates_name_each_other_and_have_the_same_checksum():
    by_id = {track.id: track for track in gtzan.tracks()}
    twins = [track for track in by_id.values() if track.duplicate_of]
    assert len(twins) == 28
    for track in twins:
        other = by_id[track.duplicate_of]
        assert other.duplicate_of == track.id
        assert other.md5 == track.md5


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Earth, Wind & Fire", "Earth Wind and Fire"),
        ("Rage Against The Machine", "Rage Against the Machine"),
        ("The Rolling Stones", "rolling stones"),
        ("Boney M.", "Boney M"),
        ("Céline Dion", "Celine Dion"),
        ("Guns N' Roses", "Guns N\u2019 Roses"),
    ],
)
def test_two_spellings_of_one_artist_are_equal(one, other):
    assert normalised_artist(one) == normalised_artist(other) != ""


def test_different_artists_stay_different_and_unknown_is_empty():
    assert normalised_artist("") == ""
    assert normalised_artist("The The") == "the the"
    assert normalised_artist("Lauryn Hill") != normalised_artist("Lauryn Hill and Bob Marley")


def test_the_kaggle_tree_is_opened_whole_and_the_broken_clip_is_named(kaggle_tree):
    dataset = gtzan.open_tree(kaggle_tree)
    assert len(dataset.tracks) == 1000
    assert sum(track.audio is not None for track in dataset.tracks) == 60
    assert sum(track.picture is not None for track in dataset.tracks) == 999
    assert list(dataset.tables) == ["features_30_sec.csv", "features_3_sec.csv"]
    assert {fault.subject for fault in dataset.faults} == {"jazz.00054"}
    assert any("no RIFF header" in fault.sentence for fault in dataset.faults)
    assert any("no picture" in fault.sentence for fault in dataset.faults)
    assert dataset.track("jazz.00054").audio is None
    assert "60 with audio, 999 with a picture" in dataset.summary()


def altered(dataset):
    """Return the tracks whose audio file is not the one that was published."""
    files = [track for track in dataset.tracks if track.audio is not None]
    return [
        track.id
        for track in files
        if hashlib.md5(track.audio.read_bytes(), usedforsecurity=False).hexdigest() != track.md5
    ]


def test_pointing_straight_at_data_opens_the_same(kaggle_tree):
    assert gtzan.open_tree(kaggle_tree / "Data") == gtzan.open_tree(str(kaggle_tree))


def test_every_clip_of_the_tree_has_the_published_checksum(kaggle_tree, tmp_path):
    assert not altered(gtzan.open_tree(kaggle_tree))
    blues = tmp_path / "genres_original" / "blues"
    blues.mkdir(parents=True)
    whole = (kaggle_tree / "Data" / "genres_original" / "blues" / "blues.00000.wav").read_bytes()
    (blues / "blues.00000.wav").write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    assert altered(gtzan.open_tree(tmp_path)) == ["blues.00000"]


@pytest.mark.parametrize(
    ("part", "n_tracks", "n_audio", "n_pictures"),
    [("genres_original", 61, 60, 0), ("images_original", 999, 0, 999), ("features_30_sec.csv", 1000, 0, 0)],
)
def test_a_tree_with_one_part_only_is_fine(kaggle_tree, tmp_path, part, n_tracks, n_audio, n_pictures):
    (tmp_path / part).symlink_to(kaggle_tree / "Data" / part)
    dataset = gtzan.open_tree(tmp_path)
    assert len(dataset.tracks) == n_tracks
    assert sum(track.audio is not None for track in dataset.tracks) == n_audio
    assert sum(track.picture is not None for track in dataset.tracks) == n_pictures


def test_files_that_gtzan_does_not_have_are_named_not_skipped_silently(kaggle_tree, tmp_path):
    blues = tmp_path / "images_original" / "blues"
    blues.mkdir(parents=True)
    picture = kaggle_tree / "Data" / "images_original" / "blues" / "blues00000.png"
    for name in ("blues00000.png", "blues00123.png", "jazz00001.png", "notes.txt"):
        shutil.copy(picture, blues / name)
    os.mkfifo(blues / "blues00002.png")
    (tmp_path / "features_30_sec.csv").write_text("filename,length\nblues.00001.wav,1\nblues.99999.wav,1\n")
    dataset = gtzan.open_tree(tmp_path)
    assert [track.id for track in dataset.tracks] == ["blues.00000", "blues.00001"]
    assert {fault.subject for fault in dataset.faults} == {
        "blues/blues00002.png",
        "blues/blues00123.png",
        "blues/jazz00001.png",
        "blues/notes.txt",
        "features_30_sec.csv",
    }


def test_what_is_no_such_tree_is_refused_in_one_sentence(tmp_path):
    with pytest.raises(DatasetError, match="'nowhere' does not exist"):
        gtzan.open_tree(tmp_path / "nowhere")
    with pytest.raises(DatasetError, match="contains none of these"):
        gtzan.open_tree(tmp_path)
    (tmp_path / "genres_original").mkdir()
    with pytest.raises(DatasetError, match="no clip, picture or table row"):
        gtzan.open_tree(tmp_path)
    (tmp_path / "features_30_sec.csv").write_text("a,b\n1,2\n")
    with pytest.raises(DatasetError, match="first column is not"):
        gtzan.open_tree(tmp_path)


def test_an_unknown_track_is_refused(kaggle_tree):
    with pytest.raises(DatasetError, match="no track called"):
        gtzan.open_tree(kaggle_tree).track("blues.7")
