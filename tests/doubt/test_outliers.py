from __future__ import annotations

import csv

import numpy as np
import pytest

from mgc.doubt.outliers import outliers
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
