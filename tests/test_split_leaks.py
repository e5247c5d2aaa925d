"""The forms of a split, what ties tracks together, and that no planted leak escapes the audit."""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from mgc.cli import app
from mgc.datasets import gtzan
from mgc.datasets.base import Dataset, Track
from mgc.errors import DatasetError
from mgc.splits import FORMS, Fold, Leak, Split, find_leaks, make_split
from mgc.studio import catalogue

TRACKS = gtzan.tracks()
STUDIO = tuple(Track(song.id, song.genre, song.band, song.title) for song in catalogue())
CLEAN = Leak(tracks=0, artists=0, guests=0, duplicates=0, near=0)


@st.composite
def crowds(draw):
    """Return tracks of two to four genres of any name, of artists and checksums that no two tracks share."""
    genres = draw(st.lists(st.text("abcdeü -", min_size=1, max_size=8), min_size=2, max_size=4, unique=True))
    sizes = [draw(st.integers(8, 14)) for _ in genres]
    return tuple(
        Track(f"{number}-{place}", genre, f"Artist {number} {place}", md5=f"{number}/{place}")
        for number, (genre, size) in enumerate(zip(genres, sizes, strict=True))
        for place in range(size)
    )


def planted(kind, tracks, seen, tested):
    """Return (tracks, exact pairs, near pairs) in which one kind of tie joins the two tracks, and nothing else."""
    one, other = (next(track for track in tracks if track.id == name) for name in (seen, tested))
    changed = {
        "artists": [replace(one, artist="The Shared, Éva"), replace(other, artist="shared eva")],
        "guests": [replace(one, artist="Solo"), replace(other, artist="Solo & Guest")],
        "duplicates": [replace(one, duplicate_of=other.id), other],
        "backwards": [one, replace(other, duplicate_of=one.id)],
        "checksum": [replace(one, md5="same"), replace(other, md5="same")],
    }.get(kind, [one, other])
    rest = [track for track in tracks if track.id not in {seen, tested}]
    pairs = ((seen, tested),)
    return [*rest, *changed], pairs if kind == "found" else (), pairs if kind == "near" else ()


COUNTED = dict.fromkeys(("duplicates", "backwards", "checksum", "found"), "duplicates")


@settings(max_examples=60, deadline=None)
@given(
    crowds(),
    st.sampled_from(["tracks", "artists", "guests", "duplicates", "backwards", "checksum", "found", "near"]),
    st.sampled_from(["train", "validation"]),
    st.data(),
)
def test_the_audit_finds_every_planted_leak_in_its_fold_and_no_other(tracks, kind, side, data):
    split = make_split(tracks, "tracks", k=3)
    number = data.draw(st.integers(0, 2))
    fold = split.folds[number]
    seen, tested = data.draw(st.sampled_from(getattr(fold, side))), data.draw(st.sampled_from(fold.test))
    if kind == "tracks":
        folds = list(split.folds)
        folds[number] = replace(fold, test=(*fold.test, seen))
        split, exact, near = replace(split, folds=tuple(folds)), (), ()
    else:
        tracks, exact, near = planted(kind, tracks, seen, tested)
    found = find_leaks(split, tracks, exact=exact, near=near)[number]
    expected = {COUNTED.get(kind, kind): 1} | ({"artists": 1} if kind == "tracks" else {})
    assert found == replace(CLEAN, **expected)


def test_a_duplicate_of_a_duplicate_is_a_duplicate_and_no_near_one():
    tracks = [Track("a", "x"), Track("b", "x", duplicate_of="a"), Track("c", "x", duplicate_of="b"), Track("d", "x")]
    split = Split("tracks", 1, 0, (Fold(("a", "d"), (), ("c",)),), "", "")
    (leak,) = find_leaks(split, tracks, near=(("c", "a"), ("c", "nowhere")))
    assert leak == replace(CLEAN, duplicates=1)
    (leak,) = find_leaks(split, tracks, near=(("d", "c"),))
    assert leak == replace(CLEAN, duplicates=1, near=1)


def test_rows_are_audited_as_the_tracks_that_they_were_cut_from():
    tracks = [Track("one.wav", "x", "Ann"), Track("two.wav", "y", "Bob")]
    split = Split("segments", 1, 0, (Fold(("one.wav.0", "two.wav.0"), (), ("one.wav.1",)),), "", "")
    assert find_leaks(split, tracks) == (Leak(1, 1, 0, 0),)


def test_a_split_of_other_tracks_is_refused_in_one_sentence():
    with pytest.raises(DatasetError, match="not among the tracks"):
        find_leaks(make_split(STUDIO, "tracks"), STUDIO[1:])


@pytest.mark.parametrize(("form", "k", "shares"), [("written", 10, (72, 18, 10)), ("intended", 5, (64, 16, 20))])
@pytest.mark.parametrize("tracks", [TRACKS, STUDIO], ids=["gtzan", "studio"])
def test_the_two_forms_have_their_folds_and_shares(form, k, shares, tracks):
    split = make_split(tracks, "tracks", form=form)
    assert (split.form, split.k, len(split.folds)) == (form, k, k)
    assert " / ".join(map(str, shares)) in split.description
    assert sorted(name for fold in split.folds for name in fold.test) == sorted(track.id for track in tracks)
    for fold in split.folds:
        sizes = [len(fold.train), len(fold.validation), len(fold.test)]
        assert sizes == pytest.approx([share / 100 * len(tracks) for share in shares], abs=8)
        assert len({*fold.train, *fold.validation, *fold.test}) == len(tracks)
    assert split.hash != make_split(tracks, "tracks", k=k).hash
    assert set(find_leaks(make_split(STUDIO, "artists", form=form), STUDIO)) == {CLEAN}


@pytest.mark.parametrize(("protocol", "form"), [("filtered", "written"), ("tracks", "other")])
def test_a_form_that_is_none_is_refused(protocol, form):
    with pytest.raises(DatasetError, match=f"{' or '.join(FORMS)}, not with 'filtered'"):
        make_split(TRACKS, protocol, form=form)


@settings(max_examples=40, deadline=None)
@given(crowds(), st.integers(2, 5), st.integers(0, 2**16), st.data())
def test_by_track_any_genres_are_dealt_out_evenly_within_two_clips_and_pairs_stay_together(tracks, k, seed, data):
    ids = data.draw(st.permutations([track.id for track in tracks]))
    pairs = tuple(zip(ids[:6:2], ids[1:6:2], strict=True))
    split = make_split(tracks, "tracks", k=k, seed=seed, together=pairs)
    assert split.hash == make_split(tracks[::-1], "tracks", k=k, seed=seed, together=pairs).hash
    whole, genre = Counter(track.genre for track in tracks), {track.id: track.genre for track in tracks}
    for fold, leak in zip(split.folds, find_leaks(split, tracks, exact=pairs), strict=True):
        counts = Counter(genre[name] for name in fold.test)
        assert all(abs(counts[name] - size / k) <= 2 for name, size in whole.items())
        assert leak == CLEAN


def test_the_studio_split_by_track_shares_its_bands_and_by_artist_none():
    assert all(leak.artists > 5 for leak in find_leaks(make_split(STUDIO, "tracks"), STUDIO))
    assert set(find_leaks(make_split(STUDIO, "artists"), STUDIO)) == {CLEAN}


def test_the_splits_of_the_shipped_models_are_still_the_ones_that_their_cards_name(root):
    usable = [track for track in TRACKS if track.id != "jazz.00054"]
    cards = [json.loads(card.read_text())["splits"] for card in sorted((root / "models").glob("*/card.json"))]
    named = {(protocol, one["k"], one["hash"]) for card in cards for protocol, one in card.items()}
    assert len(named) == 3
    for protocol, k, digest in named:
        assert make_split(usable, protocol, k=k, seed=20261121).hash == digest


def test_the_command_of_the_readme_reproduces_every_hash_of_every_card_from_the_published_facts(
    root, shared, monkeypatch
):
    """The tracks are read from the facts as they are published, not from the table that ships."""
    with (shared / "gtzan/facts.csv").open(newline="") as file:
        facts = list(csv.DictReader(file))
    tracks = tuple(
        Track(
            row["clip"], row["genre"], row["artist"], row["title"],
            md5=row["md5_wav"], duplicate_of=row["exact_duplicate_of"] or None, part=row["filtered_split"] or None,
        )
        for row in facts
    )  # fmt: skip
    monkeypatch.setattr("mgc.cli.datasets.opened", lambda name: Dataset(name, "GTZAN", "", tracks))
    monkeypatch.setattr("mgc.datasets.validation.kept", lambda name, dataset: None)
    monkeypatch.setattr("mgc.extraction.collected.collected", lambda name: None)
    (documented,) = re.findall(
        r"mgc (splits gtzan --protocol artists --seed .+?)  +#", (root / "README.md").read_text()
    )
    cards = [json.loads(path.read_text()) for path in sorted((root / "models").glob("*/card.json"))]
    assert len(cards) == 7
    for card in cards:
        for protocol, held in card["splits"].items():
            command = documented.replace("--protocol artists", f"--protocol {protocol}").split()
            assert command[command.index("--seed") + 1] == str(card["seed"])
            made = CliRunner().invoke(app, [*command, "--k", str(held["k"]), "--json"])
            assert made.exit_code == 0, made.stderr
            split = json.loads(made.stdout)
            assert split["hash"] == held["hash"]
            tested = sum(len(fold["test"]) for fold in split["folds"])
            # Of the models that use YAMNet only the clips whose audio was at hand were tested, in the same folds.
            assert tested == held["n"] or (tested > held["n"] and "by_genre" in card["data"])
