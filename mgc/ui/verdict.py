"""A prediction in words and colour."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mgc.charts.genres import top
from mgc.charts.theme import ink_on, percent
from mgc.errors import ModelError
from mgc.genres import COLOURS, UNSURE, UNSURE_COLOUR, display_name
from mgc.ui.text import plain

if TYPE_CHECKING:
    from mgc.inference import Analysis, Prediction

__all__ = ["brief", "chip", "headline", "sentence"]


def chip(verdict: str) -> str:
    """Return a genre (or "unsure") on its colour, as Markdown."""
    colour = COLOURS.get(verdict, UNSURE_COLOUR)
    label = f"\u2002{display_name(verdict)}\u2002"
    return f':color[{label}]{{foreground="{ink_on(colour)}" background="{colour}"}}'


def headline(prediction: Prediction) -> str:
    """Return the verdict as Markdown: the chip and how sure the model is."""
    if prediction.verdict == UNSURE:
        return chip(UNSURE)
    return f"{chip(prediction.verdict)}\u2002{percent(prediction.confidence)} sure"


def brief(analysis: Analysis, *, model: str, rule: str) -> str:
    """Return what one model says, as a line of Markdown; a model that cannot answer says why, and the others do."""
    from mgc import inference

    try:
        return f"##### {headline(inference.predict(analysis, model=model, rule=rule))}"
    except ModelError as error:
        return plain(error.user_message)


def sentence(prediction: Prediction) -> str:
    """Return the verdict in plain words, with the reason where the model is unsure."""
    (genre, share), (second, other) = top(prediction.probabilities, 2)
    if prediction.verdict == UNSURE:
        closest = f"Closest are {display_name(genre)} ({percent(share)}) and {display_name(second)} ({percent(other)})."
        return f"{plain(prediction.reason)} {closest}"
    return f"The next candidate is {display_name(second)} with {percent(other)}."
