"""The listener: what AudioSet says, corrected by a few clips."""

from __future__ import annotations

import io

import numpy as np
import pytest

from mgc.features.audioset import N_SUMMARY
from mgc.nets import listener
from mgc.training.listening import fit_listener

ROWS = slice(N_SUMMARY - 10, None)


def artists(n: int) -> np.ndarray:
    return np.arange(n) // 2


def material(n: int, labels: np.ndarray, seed: int, *, audioset: float) -> tuple[np.ndarray, list[np.ndarray]]:
    """Return summaries of clips and of three windows of each; a genre shows in the embedding, less so in its row."""
    rng = np.random.default_rng(seed)
    directions = np.random.default_rng(0).normal(size=(10, N_SUMMARY - 10))

    def some(count: int) -> np.ndarray:
        at = np.repeat(labels, count)
        rows = rng.normal(size=(len(at), 10)) + audioset * np.eye(10)[at]
        embeddings = np.abs(0.5 + 0.1 * directions[at] + 0.3 * rng.normal(size=(len(at), N_SUMMARY - 10)))
        return np.hstack([embeddings, rows - rows.mean(axis=1, keepdims=True)]).astype(np.float32)

    return some(1), list(some(3).reshape(n, 3, -1))


def right(net: object, clips: np.ndarray, labels: np.ndarray) -> float:
    return float((net.probabilities(clips).argmax(axis=1) == labels).mean())  # type: ignore[attr-defined]


def test_a_few_clips_correct_what_the_rows_do_not_know() -> None:
    labels = np.arange(60) % 10
    net = fit_listener(*material(60, labels, 1, audioset=0.5), labels, artists(60), n_classes=10)
    clips, _ = material(60, labels, 2, audioset=0.5)
    alone = float((clips[:, ROWS].argmax(axis=1) == labels).mean())
    assert right(net, clips, labels) > alone + 0.3


def test_a_genre_without_a_clip_keeps_what_its_row_says() -> None:
    labels = np.arange(54) % 9
    net = fit_listener(*material(54, labels, 1, audioset=4.0), labels, artists(54), n_classes=10)
    assert not net.table.arrays["weights"][:, 9].any()
    assert net.table.arrays["bias"][9] == 0.0
    never = np.full(30, 9)
    clips, _ = material(30, never, 3, audioset=8.0)
    assert right(net, clips, never) > 0.8


def test_many_clips_of_a_genre_do_not_make_it_the_answer_to_everything() -> None:
    labels = np.concatenate([np.zeros(90, dtype=int), np.arange(30) % 10])
    net = fit_listener(*material(120, labels, 1, audioset=0.5), labels, artists(120), n_classes=10)
    fresh = np.arange(100) % 10
    assert right(net, material(100, fresh, 7, audioset=0.5)[0], fresh) > 0.7


def test_the_same_clips_give_the_same_listener() -> None:
    labels = np.arange(20) % 10
    first, second = (
        fit_listener(*material(20, labels, 1, audioset=1.0), labels, artists(20), n_classes=10) for _ in range(2)
    )
    assert all(np.array_equal(first.table.arrays[name], second.table.arrays[name]) for name in first.table.arrays)
    assert first.slope == second.slope


def test_the_same_clip_twice_and_artists_of_one_clip_each_are_fitted_as_well() -> None:
    labels = np.arange(20) % 10
    clips, windows = material(20, labels, 1, audioset=1.0)
    twice = np.vstack([clips, clips[:1]]), [*windows, windows[0]]
    net = fit_listener(*twice, np.append(labels, 0), np.append(np.arange(20), 0), n_classes=10)
    assert np.isfinite(net.probabilities(clips)).all()
    alone = fit_listener(clips[:10], windows[:10], labels[:10], np.arange(10), n_classes=10)  # an artist a genre
    assert right(alone, clips[:10], labels[:10]) == 1.0


def test_what_differs_between_artists_of_a_genre_tells_genres_apart_less() -> None:
    labels, by = np.arange(40) % 2, np.arange(40) // 4
    clips, windows = material(40, labels, 1, audioset=0.0)
    of_artist = 5.0 + 4.0 * np.random.default_rng(6).normal(size=(2, 10))
    for rows, owner in [(clips, np.arange(40)), *((one, np.full(3, i)) for i, one in enumerate(windows))]:
        rows[:, 0] = of_artist[labels[owner], by[owner]]  # each artist plays one thing in either genre
        rows[:, 1] = 5.0 + 4.0 * labels[owner]  # and all artists of a genre the same
    scale = fit_listener(clips, windows, labels, by, n_classes=10).table.arrays["scale"]
    assert scale[0] > 5.0 * np.median(scale)
    assert scale[1] < 0.1 * np.median(scale)


def test_a_file_gives_what_was_fitted_to_the_digit() -> None:
    labels = np.arange(20) % 10
    clips, windows = material(20, labels, 1, audioset=1.0)
    net = fit_listener(clips, windows, labels, artists(20), n_classes=10)
    with np.load(io.BytesIO(listener.dump(net)), allow_pickle=False) as held:
        again = listener.load(net.config, 10, held)
    unseen, _ = material(20, labels, 2, audioset=1.0)
    assert np.array_equal(again.probabilities(unseen), net.probabilities(unseen))
    assert np.array_equal(again.distance(unseen), net.distance(unseen))


@pytest.mark.parametrize("n", [1, 2, 5])
def test_clips_that_are_all_equal_teach_nothing_and_are_refused(n: int) -> None:
    clips, windows = material(1, np.zeros(1, dtype=int), 1, audioset=1.0)
    with pytest.raises(ValueError, match=f"Received: {n}, most of them equal"):
        fit_listener(np.repeat(clips, n, axis=0), windows * n, np.zeros(n, dtype=int), np.arange(n), n_classes=10)
