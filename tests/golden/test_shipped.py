"""M-5: what ships gives today the probabilities that it gave when it was shipped, whatever Keras is installed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest

from mgc.features import yamnet
from mgc.genres import GENRES
from scripts import ship_models
from tests.answering import python
from tests.golden.write_shipped import GOLDEN, answers, gtzan_clips, made_clips, shipped

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from mgc.audio.clip import Clip

pytestmark = [
    # Keras 3.15 converts TensorFlow variables in a way that NumPy 2 deprecates.
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),
]

TOLERANCE = 1e-4  # RELIABILITY, M-5
BY_EAR = {"listener", "vote-yamnet"}  # answer where YAMNet's weights are at hand


@pytest.fixture(scope="module")
def stored() -> dict[str, dict[str, list[float]]]:
    assert GOLDEN.exists(), "models are shipped without golden answers: python -m tests.golden.write_shipped"
    data: dict[str, dict[str, list[float]]] = json.loads(GOLDEN.read_text())
    return data


def compare(clips: Iterable[tuple[str, Clip]], stored: dict[str, dict[str, list[float]]]) -> None:
    said = {name: answers(clip) for name, clip in clips}
    for name, found in said.items():
        assert set(found) == (set(stored[name]) if yamnet.at_hand() else set(stored[name]) - BY_EAR)
    check(said, stored)


def test_m5_made_clips_get_the_stored_probabilities(stored: dict[str, dict[str, list[float]]]) -> None:
    compare(made_clips(), stored)


def test_m5_real_clips_get_the_stored_probabilities(shared: Path, stored: dict[str, dict[str, list[float]]]) -> None:
    assert sum(name.startswith("gtzan/") for name in stored) == len(GENRES)
    compare(gtzan_clips(shared), stored)


def test_m5_the_models_that_hear_through_yamnet_give_the_stored_probabilities(
    yamnet_weights: Path, stored: dict[str, dict[str, list[float]]]
) -> None:
    assert all(set(one) >= BY_EAR for one in stored.values())
    compare(made_clips(), stored)


ANSWER = """
import itertools, json, sys
from pathlib import Path
from tests.golden.write_shipped import answers, gtzan_clips, made_clips

from mgc import networks

clips = itertools.chain(made_clips(), *(gtzan_clips(Path(shared)) for shared in sys.argv[1:]))
said = {name: answers(clip) for name, clip in clips}
assert networks.answers_on() == "openvino"
print(json.dumps(said))
"""


def test_m5_a_process_that_only_answers_gives_the_stored_probabilities_of_made_clips(
    root: Path, stored: dict[str, dict[str, list[float]]]
) -> None:
    said = python(ANSWER, root, PYTHONPATH=str(root))
    assert set(said) == {name for name, _ in made_clips()}
    assert all(set(found) == set(stored[name]) - BY_EAR for name, found in said.items())
    check(said, stored)


def test_m5_a_process_that_only_answers_gives_the_stored_probabilities_of_real_clips_with_yamnet(
    root: Path, shared: Path, yamnet_file: Path, stored: dict[str, dict[str, list[float]]]
) -> None:
    said = python(ANSWER, root, str(shared), PYTHONPATH=str(root), MGC_YAMNET=str(yamnet_file))
    assert set(said) == set(stored)
    assert all(set(found) == set(stored[name]) for name, found in said.items())
    check(said, stored)


def check(said: dict[str, dict[str, list[float]]], stored: dict[str, dict[str, list[float]]]) -> None:
    for name, found in said.items():
        for model, probabilities in found.items():
            np.testing.assert_allclose(
                probabilities, stored[name][model], atol=TOLERANCE, rtol=0, err_msg=f"{model} on {name}"
            )


def test_what_ships_is_whole_and_pinned() -> None:
    opened = shipped()
    assert opened.broken() == {}
    told = {name: (opened.card(name).title, opened.card(name).summary) for name in ship_models.TITLES}
    assert told == ship_models.TITLES
    for name in told:
        assert opened.card(name).licence == ship_models.LICENCES.get(name, ship_models.LICENCE)
    assert [card.id for card in opened.cards()] == ["vote", "pictures", "textures", "photo", "descriptors"]
    for card in opened.cards():
        assert set(card.scores) == {"tracks", "artists", "filtered"}
        assert card.protocol == "filtered"
        for protocol, scores in card.scores.items():
            counted = np.array(scores.confusion)
            assert counted.sum() == scores.accuracy.n == scores.macro_f1.n == card.splits[protocol].n
            assert np.trace(counted) / counted.sum() == pytest.approx(scores.accuracy.value, abs=1e-4)
            assert scores.accuracy.low <= scores.accuracy.value <= scores.accuracy.high
