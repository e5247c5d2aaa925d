from __future__ import annotations

import io

import numpy as np
import pytest

from mgc.errors import RecipeError
from mgc.features.pictures import COLUMNS_PER_SECOND
from mgc.features.textures import N_TEXTURES
from mgc.nets import ARCHITECTURES
from mgc.nets.asking import judge_picture
from mgc.nets.baselines import TableModel
from mgc.nets.picture_kernel import PictureKernel
from mgc.recipes import recipe
from mgc.training.direct import fit_groups, fit_pictures
from tests.training.making import material

NET = ARCHITECTURES["texture_kernel"]


def test_a_machine_comes_back_from_its_file_as_it_was_fitted_and_its_size_is_known() -> None:
    held = material()
    machine = fit_pictures("texture_kernel", held, np.arange(18), recipe("texture-svm").values(), seed=0)
    with np.load(io.BytesIO(NET.dump(machine)), allow_pickle=False) as file:
        arrays = dict(file)
    assert sum(array.size for array in arrays.values()) == NET.parameters(machine.config, 3)
    again = NET.load(machine.config, 3, arrays)
    shown = held.pictures[18:, :, :, None] / np.float32(255.0)
    np.testing.assert_array_equal(again.probabilities(shown), machine.probabilities(shown))
    np.testing.assert_allclose(machine.probabilities(shown).sum(axis=1), 1.0)


def test_single_precision_answers_as_double_does() -> None:
    held = material()
    machine = fit_pictures("texture_kernel", held, np.arange(18), recipe("texture-svm").values(), seed=0)
    table = machine.table
    double = TableModel(table.form, {name: one.astype(np.float64) for name, one in table.arrays.items()}, 3)
    shown = held.pictures[18:, :, :, None] / np.float32(255.0)
    np.testing.assert_allclose(
        machine.probabilities(shown), PictureKernel("texture_kernel", double).probabilities(shown), atol=1e-5
    )


def test_a_machine_of_other_numbers_is_refused() -> None:
    with pytest.raises(ValueError, match=f"Expected: {N_TEXTURES}"):
        NET.parameters({"inputs": N_TEXTURES - 1, "landmarks": 10}, 3)
    with pytest.raises(ValueError, match="landmarks"):
        NET.parameters({"inputs": N_TEXTURES}, 3)


@pytest.mark.parametrize("seconds", [1.0, 4.0, 20.0, 30.0, 31.0, 70.0])
def test_windows_are_judged_with_what_is_around_them_and_the_song_in_stretches_of_30_s(seconds: float) -> None:
    widths: list[tuple[int, float]] = []

    def ask(shown: np.ndarray) -> np.ndarray:
        widths.extend((shown.shape[2], float(one[0, 0, 0])) for one in shown)
        return np.full((len(shown), 3), 1 / 3)

    n_columns = int(seconds * COLUMNS_PER_SECOND)
    picture = np.tile(np.minimum(np.arange(n_columns) // 4, 255).astype(np.uint8), (128, 1))
    starts = np.arange(0.0, max(1.0, seconds - 2.0))
    judged = judge_picture(ask, picture, starts, seconds=3.0, judges="clips")
    assert len(judged.windows) == len(starts)
    assert judged.blocks is not None
    windows, blocks = widths[: len(starts)], widths[len(starts) :]
    assert {width for width, _ in windows} == {128}
    assert {width for width, _ in blocks} == {min(334, max(128, n_columns))}
    assert len(blocks) == (1 if n_columns <= 334 else 1 + -(-2 * (n_columns - 334) // 334))
    begins = [begin * 255 * 4 for _, begin in windows]
    assert begins == sorted(begins)
    middle = (starts + 1.5) * COLUMNS_PER_SECOND - 64  # the window is in the middle of what is shown
    np.testing.assert_allclose(begins, middle.clip(0, max(0, n_columns - 128)), atol=5.0)
    assert blocks[-1][1] * 255 * 4 == pytest.approx(max(0, n_columns - 334), abs=5.0)


@pytest.mark.parametrize("seconds", [1.0, 20.0, 30.0, 31.0, 70.0])
def test_a_net_that_judges_stretches_lends_each_window_the_answer_of_the_nearest(seconds: float) -> None:
    def ask(shown: np.ndarray) -> np.ndarray:
        first = shown[:, 0, 0, 0] * 255 * 4 / 1000  # where the stretch begins, for a probability
        return np.stack([first, 1 - first], axis=1)

    n_columns = int(seconds * COLUMNS_PER_SECOND)
    picture = np.tile(np.minimum(np.arange(n_columns) // 4, 255).astype(np.uint8), (128, 1))
    starts = np.arange(0.0, max(1.0, seconds - 2.0))
    judged = judge_picture(ask, picture, starts, seconds=3.0, judges="stretches")
    assert judged.blocks is not None
    np.testing.assert_allclose(judged.song(), judged.blocks.mean(axis=0))  # the stretches decide
    begins = np.unique(judged.blocks[:, 0])
    assert len(judged.windows) == len(starts)
    assert set(judged.windows[:, 0]) <= set(begins)
    assert (np.diff(judged.windows[:, 0]) >= 0).all()
    middle = begins * 1000 + min(334, max(128, n_columns)) / 2
    own = (starts + 1.5) * COLUMNS_PER_SECOND
    nearest = begins[np.abs(own[:, None] - middle).argmin(axis=1)]
    assert (judged.windows[:, 0] == nearest).mean() > 0.95  # a column or two at the border


def test_numbers_that_never_vary_in_training_do_not_drown_the_rest() -> None:
    rng = np.random.default_rng(0)
    labels = np.arange(40) % 2
    rows = np.concatenate([np.full((40, 4), np.log(1e-3)), rng.normal(3.0 * labels[:, None], 1.0, (40, 4))], axis=1)
    values = recipe("texture-svm").values({"gamma": 0.3})
    net = fit_groups(rows.astype(np.float32), [4, 4], labels, values, n_classes=2, seed=0)
    rows[:, :4] += 3.0  # a song where that band does sound
    assert (net.probabilities(rows).argmax(axis=1) == labels).mean() > 0.9


def test_short_tracks_are_left_out_and_a_genre_without_long_ones_is_refused() -> None:
    held = material()
    values = recipe("texture-svm").values()
    held.widths[:3] = 100
    assert fit_pictures("texture_kernel", held, np.arange(18), values, seed=0).config["landmarks"] <= 15
    held.widths[held.labels == 1] = 100
    with pytest.raises(RecipeError, match=r"No track of hum in the training part lasts 11\.5 s"):
        fit_pictures("texture_kernel", held, np.arange(18), values, seed=0)
