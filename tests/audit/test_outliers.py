from __future__ import annotations

import csv

import numpy as np
import pytest

from mgc.audit.outliers import in_words, outliers
from mgc.features.descriptors import COLUMNS


@pytest.fixture(scope="module")
def reggae(shared) -> tuple[list[str], np.ndarray]:
    with (shared / "gtzan/features_30_sec.csv").open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["label"] == "reggae"]
    return [row["filename"] for row in rows], np.array([[float(row[name]) for name in COLUMNS] for row in rows])


def test_the_clip_that_is_noise_from_its_seventh_second_on_is_the_oddest_reggae(reggae):
    ids, table = reggae
    first = outliers(ids, table)[0]
    assert first.track == "reggae.00086.wav"
    assert first.distance > 1.5
    assert len(first.because) == 3
    assert all(name in COLUMNS and abs(z) > 2 for name, z in first.because)


def test_tracks_without_descriptors_are_passed_over(reggae):
    ids, table = reggae
    holed = np.insert(table, 0, np.nan, axis=0)
    assert outliers(["nothing", *ids], holed) == outliers(ids, table)


def test_a_dozen_tracks_or_all_the_same_have_no_outlier(reggae):
    ids, table = reggae
    assert outliers(ids[:12], table[:12]) == ()
    assert outliers(ids, np.repeat(table[:1], len(ids), axis=0)) == ()


def test_copies_are_no_company_and_do_not_make_all_others_odd(reggae):
    ids, table = reggae
    crowd = np.concatenate([np.repeat(table[:1], 60, axis=0), table[1:]])
    names = [f"copy {n}" for n in range(60)] + ids[1:]
    alone = outliers(ids, table)
    found = outliers(names, crowd)
    assert next(one.track for one in found if not one.track.startswith("copy")) == alone[0].track
    assert max(one.distance for one in found) < 10
    few = np.concatenate([np.repeat(table[:1], 30, axis=0), table[1:12]])
    assert outliers([str(n) for n in range(len(few))], few) == ()


@pytest.mark.parametrize(
    ("column", "deviations", "words"),
    [
        ("spectral_centroid_mean", -3.1, "very low spectral centroid"),
        ("spectral_centroid_var", 2.0, "very variable spectral centroid"),
        ("rolloff_mean", 4.0, "extremely high spectral roll-off"),
        ("mfcc13_var", -1.5, "rather steady MFCC 13"),
        ("rms_var", -2.5, "very steady loudness (RMS)"),
        ("perceptr_var", 2.5, "very strong percussive part"),
        ("harmony_var", -5.0, "extremely weak harmonic part"),
        ("tempo", 2.5, "very high tempo"),
    ],
)
def test_what_is_unusual_is_said_in_words(column, deviations, words):
    assert in_words(column, deviations) == words
