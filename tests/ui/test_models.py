from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from mgc.ui.models import accuracy_in_words
from tests.app.fakes import card

if TYPE_CHECKING:
    from mgc.models.card import Scores


@dataclass(frozen=True)
class Case:
    by_seed: tuple[float, ...] | None
    ending: str


@pytest.mark.parametrize(
    "case",
    [
        Case(None, ")"),
        Case((0.7, 0.72, 0.77), "; mean of 3 seeds 73.0 % (70.0 % to 77.0 %)"),
    ],
)
def test_an_accuracy_says_what_several_seeds_came_to(case: Case) -> None:
    scores: Scores = card().scores["artists"].model_copy(update={"accuracy_by_seed": case.by_seed})
    said = accuracy_in_words(scores)
    assert said.replace("\N{NO-BREAK SPACE}", " ").endswith(case.ending)
    assert ("seeds" in said) == (case.by_seed is not None)
