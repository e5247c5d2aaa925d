from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from mgc.audit import labels
from mgc.audit.report import STEPS, _listed, examine, exclusions, published
from mgc.datasets import gtzan
from mgc.datasets.base import Dataset, Fault
from mgc.datasets.validation import Finding, Report
from mgc.errors import DatasetError


def test_planted_copies_labels_and_silence_are_found_and_nothing_else(band):
    dataset, collected = band()
    at = {name: row for row, name in enumerate(collected.ids)}
    checksums, pictures = list(collected.checksums), collected.pictures
    pictures[at["jazz.00"]] = pictures[at["blues.00"]]  # the same samples under two labels
    checksums[at["jazz.00"]] = checksums[at["blues.00"]]
    pictures[at["polka.11"]] = np.roll(pictures[at["polka.10"]], 9, axis=1)  # cut differently
    pictures[[at["blues.33"], at["blues.32"]]] = 0  # silence is no copy of silence
    checksums[at["blues.33"]] = checksums[at["blues.32"]]
    told = []
    found = examine(dataset, replace(collected, checksums=tuple(checksums)), progress=lambda *said: told.append(said))
    assert [(one.first, one.second, one.by) for one in found.exact] == [("blues.00", "jazz.00", "samples")]
    assert [(one.first, one.second) for one in found.near] == [("polka.10", "polka.11")]
    assert [(one.track, one.twin) for one in found.labels[:2]] == [("blues.00", "jazz.00"), ("jazz.00", "blues.00")]
    assert {one.track for one in found.labels} <= {"blues.00", "jazz.00", "blues.32", "blues.33"}
    assert {one.effective for one in found.artists} == {4.0}
    assert found.published == ()
    assert list(dict.fromkeys(step for step, _, _ in told)) == list(STEPS)
    assert all(0 <= done <= total for _, done, total in told)
    assert {total for step, _, total in told if step == STEPS[0]} == {48 * 47 // 2}  # pairs
    assert [done for step, done, _ in told if step == STEPS[1]] == list(range(labels.FITS))
    assert json.loads(json.dumps(found.to_json()))["exact"][0]["by"] == "samples"


class Cancelled(Exception):
    pass


@pytest.mark.parametrize("step", STEPS)
def test_an_audit_is_cancelled_by_its_progress_callback(band, step):
    dataset, collected = band()
    calls = []

    def progress(at, done, total):
        calls.append(at)
        if at == step:
            raise Cancelled

    with pytest.raises(Cancelled):
        examine(dataset, collected, progress=progress)
    assert calls.count(step) == 1


def test_a_near_pair_is_confirmed_by_its_names_or_where_they_are_unknown_by_its_likeness(band):
    dataset, collected = band()
    pictures, tracks = collected.pictures, list(dataset.tracks)
    for one, other in ((0, 1), (4, 5), (8, 9)):
        pictures[other] = np.roll(pictures[one], 9, axis=1)
    tracks[1] = replace(tracks[1], title=tracks[0].title)
    tracks[8] = replace(tracks[8], title="")
    found = examine(replace(dataset, tracks=tuple(tracks)), collected)
    assert {(pair.first, pair.confirmed_by) for pair in found.near} == {
        (tracks[0].id, "names"),
        (tracks[4].id, ""),  # two titles
        (tracks[8].id, "likeness"),
    }
    assert {one.track for one in exclusions(found, tracks)} == {tracks[0].id, tracks[8].id}


def test_pictures_tell_copies_only_where_there_is_no_sound(band):
    dataset, collected = band()
    collected.pictures[3] = collected.pictures[0]
    collected.pictures[30] = collected.pictures[20]
    checksums = ["" if row in (0, 3, 20) else mark for row, mark in enumerate(collected.checksums)]
    checksums[30] = ""
    checksums[3] = collected.checksums[3]
    found = examine(dataset, replace(collected, checksums=tuple(checksums)))
    ids = collected.ids
    assert [(one.first, one.second, one.by) for one in found.exact] == [
        (ids[0], ids[3], "picture"),
        (ids[20], ids[30], "picture"),
    ]
    louder = examine(dataset, collected)  # other samples, the same picture: the same recording at another level
    assert louder.exact == ()
    assert [(one.first, one.second) for one in louder.near] == [(ids[0], ids[3]), (ids[20], ids[30])]


def test_what_could_not_be_examined_is_said(band):
    dataset, collected = band()
    collected.widths[[1, 2]] = 0
    solo = tuple(replace(track, artist="Me") if track.genre == "polka" else track for track in dataset.tracks)
    found = examine(replace(dataset, tracks=solo), collected)
    assert any("labels of 2 tracks could not be checked" in note for note in found.notes)
    assert any("2 tracks without a spectrogram of five seconds" in note for note in found.notes)
    assert any("only one artist: polka" in note for note in found.notes)


def test_a_note_names_the_first_eight_of_many_genres():
    assert _listed([f"g{i}" for i in range(8)]).endswith("g7")
    assert _listed([f"g{i}" for i in range(60)]).endswith("g7 and 52 more")


def test_a_data_set_of_one_genre_or_of_nothing_is_examined_too(band):
    dataset, collected = band()
    found = examine(replace(dataset, tracks=dataset.tracks[:16]), collected)
    assert found.labels == ()
    assert any("two genres" in note for note in found.notes)
    assert found.unseen == ("labels", "outliers")
    assert found.judge is None
    empty = examine(Dataset("none", "None", "", ()), collected)
    assert (empty.exact, empty.near, empty.artists, empty.labels, empty.outliers) == ((), (), (), (), ())
    assert empty.unseen == ("near", "labels", "outliers")


def test_too_many_tracks_to_compare_all_with_all_are_examined_all_the_same(band, monkeypatch):
    monkeypatch.setattr("mgc.audit.report._MOST", 40)
    dataset, collected = band()
    collected.pictures[1] = collected.pictures[0]
    found = examine(dataset, collected)
    assert found.near == ()
    assert found.notes[0].startswith("Near duplicates were not searched")


def test_broken_files_are_those_of_the_data_set_and_of_its_validation_each_once(band):
    dataset, collected = band()
    faulty = replace(
        dataset, faults=(Fault("polka.99", "No header.", "broken"), Fault("a.txt", "No clip.", "left-out"))
    )
    findings = (
        Finding("silent", "jazz.00", "Nothing is heard."),
        Finding("broken", "polka.99", "No header."),
        Finding("absent", "jazz.77", "It is not there."),
    )
    report = Report("altered", findings, {}, {})
    assert [(one.track, one.kind) for one in examine(faulty, collected, report).broken] == [
        ("polka.99", "broken"),
        ("jazz.00", "silent"),
    ]
    assert [one.track for one in examine(faulty, collected).broken] == ["polka.99"]


def test_published_counts_stand_beside_gtzan_whole_or_partial_and_no_other(band):
    whole = Dataset("g", "GTZAN", "", gtzan.tracks())
    assert {one.subject for one in published(whole)} >= {"exact", "near", "artists", "labels", "broken"}
    assert published(replace(whole, tracks=whole.tracks[:30])) == published(whole)
    assert published(replace(whole, tracks=(replace(whole.tracks[0], genre="rock"), *whole.tracks[1:]))) == ()
    assert published(Dataset("none", "None", "", ())) == ()


def test_no_model_that_was_trained_on_a_duplicate_checks_its_twin(band, monkeypatch):
    dataset, collected = band()
    collected.pictures[20] = collected.pictures[0]
    handed = []
    monkeypatch.setattr(labels, "out_of_fold", lambda *_, together, **__: handed.extend(together) or refuse())

    def refuse():
        raise DatasetError("Enough.")

    found = examine(dataset, collected)
    assert [(pair.first, pair.second) for pair in found.near] == handed == [(collected.ids[0], collected.ids[20])]
    assert found.unseen == ("labels", "outliers")


def test_one_genre_with_a_single_track_does_not_keep_the_others_from_being_judged(band):
    dataset, collected = band()
    tracks = (replace(dataset.tracks[0], genre="tango"), *dataset.tracks[1:])
    found = examine(replace(dataset, tracks=tracks), collected)
    assert found.judge.n == 47
    assert any("Too few tracks to check the labels of tango" in note for note in found.notes)


def test_thousands_of_copies_of_one_clip_are_no_millions_of_pairs(band):
    from mgc.audit.duplicates import MANY, exact_pairs

    ids = [str(n) for n in range(3000)]
    assert exact_pairs(ids, ["same"] * 3000) == tuple(("0", id) for id in ids[1:])
    assert len(exact_pairs(ids[:MANY], ["same"] * MANY)) == MANY * (MANY - 1) // 2
