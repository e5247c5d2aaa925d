"""The sixty bands as a data set: the catalogue, the recorder, and what a band is."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import wave
from collections import Counter

import numpy as np
import pytest

from mgc.errors import DatasetError
from mgc.genres import GENRES
from mgc.studio import bands, catalogue, making, render, render_all
from mgc.studio.band import SCALES, chord
from mgc.studio.desk import PEAK, RMS

BANDS = [band for genre in GENRES for band in bands(genre)]


def test_every_genre_has_six_bands_and_no_name_comes_twice():
    assert [len(bands(genre)) for genre in GENRES] == [6] * 10
    assert all(band.genre == genre for genre in GENRES for band in bands(genre))
    assert len({band.name for band in BANDS}) == 60


@pytest.mark.parametrize("genre", GENRES)
def test_no_two_bands_of_a_genre_share_tempo_mix_or_parts(genre):
    six = bands(genre)
    assert len({band.bpm for band in six}) == len({band.mix for band in six}) == len({band.tilt for band in six}) == 6
    assert len({tuple((part.instrument.function.__name__, part.rhythm) for part in band.parts) for band in six}) == 6


@pytest.mark.parametrize("band", BANDS, ids=lambda band: band.name)
def test_what_a_band_plays_is_spelled_right_and_in_its_mix(band):
    levels, room = band._mix()
    assert set(levels) == set(room) == {part.track for part in band.parts}
    assert set(band.drive) | set(band.echo) <= set(levels)
    assert all(0.0 <= share <= 1.0 for share in room.values())
    for symbol in " ".join(band.changes).split():
        assert chord(symbol)
    for part in band.parts:
        assert getattr(part, "scale", "C major").split(" ", 1)[1] in SCALES
        assert all(set(rhythm) <= set("Xxo.") for rhythm in (*part.rhythm.split(), part.fill))
        assert set(part.bars) <= set("x.")
        assert set(part.on) <= set("ivc")


@pytest.mark.parametrize("band", BANDS[::7], ids=lambda band: band.name)
def test_a_clip_of_any_band_is_finite_does_not_clip_and_is_as_loud_as_the_others(band):
    y = render(band.genre, seed=1, band=band.name)
    assert y.shape == (661_500,)
    assert np.isfinite(y).all()
    assert np.abs(y).max() <= PEAK
    assert abs(20 * np.log10(y.std() / RMS)) < 0.5  # dB


def test_a_bands_songs_differ_in_key_and_tempo():
    band = bands("jazz")[0]
    one, other = (render("jazz", seed=seed, seconds=5.0, band=band.name) for seed in (0, 1))
    assert abs(float(np.corrcoef(one, other)[0, 1])) < 0.9


def test_the_first_band_plays_when_nobody_is_named_and_strangers_are_refused():
    first = bands("blues")[0].name
    np.testing.assert_array_equal(render("blues", seconds=2.0), render("blues", seconds=2.0, band=first))
    with pytest.raises(DatasetError, match="Expected: one of Delta porch"):
        render("blues", band="Mirror ball")
    with pytest.raises(DatasetError, match="Expected: one of blues"):
        bands("polka")


def test_the_catalogue_has_two_songs_a_band_and_no_title_twice_in_a_genre():
    songs = catalogue()
    assert len(songs) == len({song.id for song in songs}) == 120
    assert set(Counter((song.genre, song.band) for song in songs).values()) == {2}
    assert {song.seed for song in songs} == {0, 1}
    large = catalogue(100)
    assert len({(song.genre, song.title) for song in large}) == len(large) == 1000
    assert set(songs) <= set(large)


@pytest.mark.parametrize("count", [0, 601])
def test_a_catalogue_of_no_or_too_many_songs_is_refused(count):
    with pytest.raises(DatasetError, match="1 to 600 per genre"):
        catalogue(count)


def test_recordings_made_by_other_processes_are_the_same_samples(tmp_path, monkeypatch):
    songs = [catalogue()[number] for number in (0, 7, 119)]
    monkeypatch.setattr(making, "catalogue", lambda per_genre: songs)
    told = []
    tracks = render_all(tmp_path / "studio", progress=lambda done, total: told.append((done, total)))
    assert told == [(0, 3), (1, 3), (2, 3), (3, 3)]
    assert [(track.id, track.genre, track.artist) for track in tracks] == [
        (song.id, song.genre, song.band) for song in songs
    ]
    for song, track in zip(songs, tracks, strict=True):
        assert track.audio == tmp_path / "studio" / song.genre / f"{song.id}.wav"
        with wave.open(str(track.audio)) as file:
            assert (file.getframerate(), file.getnchannels(), file.getnframes()) == (22_050, 1, 661_500)
            written = hashlib.sha256(file.readframes(661_500)).hexdigest()
        y = render(song.genre, song.seed, band=song.band)
        assert written == hashlib.sha256(np.rint(y * 32_767.0).astype("<i2").tobytes()).hexdigest()
    assert not list(tmp_path.rglob("*.part"))


def test_a_processor_without_vector_instructions_plays_the_same_within_a_ten_thousandth(tmp_path, root):
    wanted = [bands(genre)[3] for genre in ("blues", "hiphop", "metal")]
    names = [(band.genre, band.name) for band in wanted]
    script = (
        "import sys, numpy; from mgc.studio import render\n"
        f"numpy.save(sys.argv[1], [render(genre, 1, 4.0, band) for genre, band in {names}])"
    )
    plain = {"NPY_DISABLE_CPU_FEATURES": "FMA3 AVX2 AVX512F AVX512CD AVX512_SKX", "PYTHONHASHSEED": "7"}
    there = tmp_path / "there.npy"
    subprocess.run([sys.executable, "-c", script, str(there)], cwd=root, env={**os.environ, **plain}, check=True)
    for band, y in zip(wanted, np.load(there), strict=True):
        np.testing.assert_allclose(y, render(band.genre, 1, 4.0, band.name), rtol=0.0, atol=1e-4)


class Stopped(Exception):
    pass


def test_a_progress_callback_can_stop_the_recording(tmp_path):
    def stop(done: int, total: int) -> None:
        if done == 1:
            raise Stopped

    with pytest.raises(Stopped):
        render_all(tmp_path, progress=stop)
    assert len(list(tmp_path.rglob("*.wav"))) < 10


def test_a_folder_that_cannot_be_written_is_one_sentence(tmp_path):
    with pytest.raises(DatasetError, match="Expected: 1 or more"):
        render_all(tmp_path, processes=0)
    (tmp_path / "file").write_text("")
    with pytest.raises(DatasetError, match="their folder cannot be created"):
        render_all(tmp_path / "file")
    (tmp_path / "blues").write_text("")
    with pytest.raises(DatasetError, match="cannot be synthesised: File exists"):
        render_all(tmp_path, per_genre=1)


def test_ctrl_c_ends_the_parent_and_not_its_child(tmp_path, root):
    order = json.dumps(["jazz", bands("jazz")[0].name, 0, "jazz/one.wav"]) + "\n"
    command = [sys.executable, "-c", "from mgc.studio.making import main; main()", str(tmp_path)]
    with subprocess.Popen(command, cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
        for _ in range(2):
            child.stdin.write(order)
            child.stdin.flush()
            assert child.stdout.readline() == "done\n"
            child.send_signal(signal.SIGINT)
        child.stdin.close()
    assert child.returncode == 0
