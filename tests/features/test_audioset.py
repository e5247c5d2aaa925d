"""What is heard: AudioSet's classes in plain words, from made-up scores and from real sound."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from mgc.audio.decode import decode
from mgc.features import yamnet
from mgc.features.audioset import GENRE_ROWS, N_SUMMARY, SHOWN, TAGS, Tags, summaries, tags
from mgc.genres import GENRES

if TYPE_CHECKING:
    from pathlib import Path

WHERE = {tag.name: tag.classes for tag in TAGS}


def scores(n: int = 10, **given: float) -> np.ndarray:
    """Return scores [shape=(n, 521)] of which some tags are not 0."""
    found = np.zeros((n, yamnet.N_CLASSES), np.float32)
    for name, score in given.items():
        found[:, WHERE[name.replace("_", " ")][0]] = score
    return found


def test_a_class_belongs_to_one_tag_at_most_and_every_genre_has_its_row() -> None:
    counts = Counter(one for tag in TAGS for one in tag.classes)
    assert set(counts.values()) == {1}
    assert max(counts) < yamnet.N_CLASSES
    assert len({tag.name for tag in TAGS}) == len(TAGS)
    assert tuple(GENRE_ROWS) == GENRES
    styles = {one for tag in TAGS if tag.family == "style" for one in tag.classes}
    assert set(GENRE_ROWS.values()) <= styles


def test_every_tag_is_named_after_the_class_that_it_stands_for(shared: Path) -> None:
    path = shared / "weights" / "yamnet_class_map.csv"
    if not path.is_file():
        pytest.skip("no map of AudioSet's classes")
    titles = [line.split(",", 2)[2].strip().strip('"').lower() for line in path.read_text().splitlines()[1:]]
    for word in ("speech", "singing", "dog", "bird", "banjo", "trumpet", "techno", "flamenco", "silence", "siren"):
        assert any(word in titles[one] for one in WHERE[word]), word


def test_music_names_its_instruments_and_leaves_out_what_is_hardly_heard() -> None:
    found = tags(scores(music=0.9, singing=0.2, drum_kit=0.1, banjo=0.01, water=0.05))
    assert found.is_music
    assert found.shown == (("singing", pytest.approx(0.2)), ("drum kit", pytest.approx(0.1)))


def test_what_is_no_music_names_no_instrument() -> None:
    found = tags(scores(music=0.1, speech=0.9, piano=0.3, dog=0.2))
    assert not found.is_music
    assert found.names == ("speech", "dog")


def test_a_general_word_gives_way_to_a_specific_one_that_is_nearly_as_sure() -> None:
    assert tags(scores(animal=0.9, bird=0.8)).names == ("bird",)
    assert tags(scores(animal=0.9, bird=0.2)).names == ("animal", "bird")


def test_silent_stretches_do_not_count_unless_there_is_nothing_else() -> None:
    half = np.concatenate([scores(5, music=0.9, trumpet=0.8), scores(5, silence=0.9)])
    assert tags(half).music == pytest.approx(0.9)
    assert tags(half).timeline.shape == (1, 10)
    assert tags(scores(silence=1.0)).names == ("silence",)


def test_the_style_is_the_most_prominent_one() -> None:
    assert tags(scores(music=0.9, piano=0.5, techno=0.3, house=0.2)).style().name == "techno"
    assert tags(scores(music=0.9, piano=0.5)).style() is None


def test_each_of_the_ten_and_the_best_style_beside_them_are_kept() -> None:
    found = tags(scores(music=0.9, soul=0.2, techno=0.3, house=0.2, pop=0.04, jazz=0.1))
    assert list(found.genres) == list(GENRES)
    assert (found.genres["pop"], found.genres["jazz"]) == pytest.approx((0.04, 0.1))
    assert found.other_style == ("techno", pytest.approx(0.3))
    assert tags(scores(music=0.9, soul=0.4, techno=0.3)).other_style == ("", 0.0)  # soul is close to several of the ten


def heard(path: Path) -> Tags:
    """Return the tags of a file as the app hears it."""
    return tags(yamnet.listen(yamnet.levelled(decode(path.read_bytes()).y))[1])


def test_a_stretch_is_summed_up_by_the_patches_in_its_middle_and_by_the_ten_rows() -> None:
    embeddings = np.repeat(np.arange(10, dtype=np.float32)[:, None] ** 2, yamnet.N_EMBEDDING, axis=1)
    found = summaries(embeddings, scores(10, music=0.9, reggae=0.5), np.array([0.0, 2.4, 99.0]), 0.96)
    assert found.shape == (3, N_SUMMARY)
    # The first patch is the only one with its middle in the first 0.96 s; the last one stands for what lies behind it.
    assert found[:, 0] == pytest.approx([0.0, (16 + 25) / 2, 81.0])
    assert found[:, yamnet.N_EMBEDDING] == pytest.approx([0.0, 0.5, 0.0])  # deviation of the roots, 4 and 5
    rows = found[:, -len(GENRE_ROWS) :]
    assert rows.sum(axis=1) == pytest.approx(0.0, abs=1e-5)
    assert (rows.argmax(axis=1) == list(GENRE_ROWS).index("reggae")).all()


@given(arrays.arrays(np.float32, st.tuples(st.integers(1, 8), st.just(521)), elements=st.floats(0, 1, width=32)))
def test_whatever_the_scores_few_tags_are_shown_the_highest_first(every: np.ndarray) -> None:
    found = tags(every)
    assert len(found.names) == len(set(found.names)) == len(found.shares) <= SHOWN
    assert list(found.shares) == sorted(found.shares, reverse=True)
    assert found.timeline.shape == (len(found.names), len(every))
    assert "music" not in found.names


@pytest.mark.parametrize(
    ("file", "is_music", "first"),
    [
        ("198-209-0000", False, "speech"),
        ("3436-172162-0000", False, "speech"),
        ("5703-47212-0000", False, "speech"),
        ("456440__inspectorj__bird-whistling-robin-single-13", False, "bird"),
        ("glacier-bay-humpback", False, "animal"),
        ("sorohanro_-_solo-trumpet-06", True, "trumpet"),
        ("Kevin_MacLeod_-_Vibe_Ace", True, ""),
        ("147793__setuniman__sweet-waltz-0i-22mi", True, ""),
    ],
)
def test_open_recordings_are_heard_as_what_they_are(
    yamnet_weights: Path, shared: Path, file: str, is_music: bool, first: str
) -> None:
    found = heard(shared / "open_audio" / f"{file}.ogg")
    assert found.is_music == is_music
    assert not first or found.names[0] == first


def test_clips_of_all_genres_are_music(yamnet_weights: Path, exact_clips: list[Path]) -> None:
    for path in exact_clips[::6]:
        assert heard(path).is_music, path.name


def test_silent_patches_of_a_stretch_count_only_where_all_of_it_is_silent() -> None:
    embeddings = np.repeat(np.array([4.0] * 5 + [100.0] * 5, np.float32)[:, None], yamnet.N_EMBEDDING, axis=1)
    half = np.concatenate([scores(5, music=0.9, reggae=0.5), scores(5, silence=0.9, jazz=0.9)])
    whole, silent = summaries(embeddings, half, np.array([0.0, 3.0]), 30.0)
    assert whole[:2] == pytest.approx([4.0, 4.0])
    assert whole[-len(GENRE_ROWS) :].argmax() == list(GENRE_ROWS).index("reggae")
    assert silent[0] == pytest.approx(100.0)


def test_patches_count_by_how_much_of_the_ten_genres_is_heard_in_them() -> None:
    embeddings = np.repeat(np.array([1.0, 9.0], np.float32)[:, None], yamnet.N_EMBEDDING, axis=1)
    heard_in = np.concatenate([scores(1, music=0.9, reggae=0.04), scores(1, music=0.9, jazz=0.64)])
    (found,) = summaries(embeddings, heard_in, np.zeros(1), 30.0)
    assert found[0] == pytest.approx(0.2 * 1.0 + 0.8 * 9.0, rel=1e-2)
    assert found[yamnet.N_EMBEDDING] == pytest.approx(0.8, rel=2e-2)  # of the roots 1 and 3: 2 * sqrt(0.2 * 0.8)
    jazz, reggae = (found[list(GENRE_ROWS).index(genre) - len(GENRE_ROWS)] for genre in ("jazz", "reggae"))
    assert jazz - reggae == pytest.approx(np.log((0.8 * 0.64) / (0.2 * 0.04)), rel=2e-2)
    unheard = summaries(embeddings, scores(2, music=0.9), np.zeros(1), 30.0)
    assert unheard[0, 0] == pytest.approx(5.0)  # none of the ten anywhere: all alike


def test_music_is_heard_in_some_stretches_and_not_in_others() -> None:
    mixed = [scores(20, speech=0.9, music=0.02), scores(20, music=0.9, piano=0.3), scores(20, silence=0.9, music=0.5)]
    found = replace(tags(np.concatenate(mixed)), start=10.0)
    assert [found.is_music_in(10.0 + t, 13.0 + t) for t in (0.0, 4.0, 12.0, 22.0)] == [False, False, True, False]
    assert found.is_music_in(20.1, 20.2)  # between the middles of two patches
    assert not found.is_music_in(99.0, 102.0)
