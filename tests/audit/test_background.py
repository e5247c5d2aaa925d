from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from mgc.audit import background
from mgc.datasets import registry
from mgc.datasets.validation import Finding, Report


@pytest.fixture
def registered(band, monkeypatch, tmp_path):
    """A registered data set, and a count of how often it was examined."""
    dataset, collected = band()
    collected.pictures[1] = collected.pictures[0]
    collected.descriptors[:] = np.random.default_rng(1).uniform(1, 2, collected.descriptors.shape)
    collected.descriptors[5] *= 60  # an odd one, whose reasons are pairs of word and number
    monkeypatch.setattr(registry, "_root", lambda: tmp_path / "datasets")
    registry.folder("mine").mkdir(parents=True)
    looked = []
    examine = background.examine
    monkeypatch.setattr(background, "examine", lambda *args, **more: (looked.append(args), examine(*args, **more))[1])
    return dataset, collected, looked


def test_an_audit_is_made_once_and_read_back_to_the_letter(registered):
    dataset, collected, looked = registered
    report = Report("whole", (), {}, {})
    first = background.audit("mine", dataset, collected, report)
    assert first.near
    assert first.outliers
    assert background.audit("mine", dataset, collected, report) == first
    assert background.find("mine", dataset, collected, report) == first
    assert len(looked) == 1


@pytest.mark.parametrize("what", ["label", "artist", "numbers", "picture", "report"])
def test_any_change_of_what_it_depends_on_has_it_made_again(registered, what):
    dataset, collected, looked = registered
    background.audit("mine", dataset, collected, None)
    report = None
    if what == "label":
        dataset = replace(dataset, tracks=(replace(dataset.tracks[0], genre="jazz"), *dataset.tracks[1:]))
    elif what == "artist":
        dataset = replace(dataset, tracks=(replace(dataset.tracks[0], artist="Other"), *dataset.tracks[1:]))
    elif what == "numbers":
        collected.descriptors[3, 3] += 1e-9
    elif what == "picture":
        collected.pictures[3, 3, 3] ^= 1
    else:
        report = Report("altered", (Finding("silent", "jazz.00", "Nothing is heard."),), {}, {})
    assert background.find("mine", dataset, collected, report) is None
    background.audit("mine", dataset, collected, report)
    assert len(looked) == 2


@pytest.mark.parametrize("damage", [b"", b"{", b'{"format": 1}', b"[]", b"\xff"])
def test_a_damaged_file_is_made_again(registered, damage):
    dataset, collected, looked = registered
    first = background.audit("mine", dataset, collected, None)
    file = registry.folder("mine") / "audit" / "report.json"
    file.write_bytes(damage)
    assert background.audit("mine", dataset, collected, None) == first
    assert json.loads(file.read_bytes())["format"] == background.FORMAT
    assert len(looked) == 2


def test_a_data_set_that_was_removed_meanwhile_does_not_come_back(registered):
    dataset, collected, _ = registered
    registry.folder("mine").rmdir()
    assert background.audit("mine", dataset, collected, None).near
    assert not registry.folder("mine").exists()
    assert background.audit("No id at all", dataset, collected, None).near
