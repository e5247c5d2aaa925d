"""A prediction in words and colour."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mgc.charts.genres import top
from mgc.charts.theme import ink_on
from mgc.genres import COLOURS, UNSURE, UNSURE_COLOUR, display_name
from mgc.ui.text import plain

if TYPE_CHECKING:
    from mgc.inference import Prediction

__all__ = ["chip", "headline", "sentence"]


def chip(verdict: str) -> str:
    """Return a genre (or "unsure") on its colour, as Markdown."""
    colour = COLOURS.get(verdict, UNSURE_COLOUR)
    label = f"\u2002{display_name(verdict)}\u2002"
    return f':color[{label}]{{foreground="{ink_on(colour)}" background="{colour}"}}'


def headline(prediction: Prediction) -> str:
    """Return the verdict as Markdown: the chip and how sure the model is."""
    if prediction.verdict == UNSURE:
        return chip(UNSURE)
    return f"{chip(prediction.verdict)}\u2002{prediction.confidence:.0%} sure"


def sentence(prediction: Prediction) -> str:
    """Return the verdict in plain words, with the reason where the model is unsure."""
    (genre, share), (second, other) = top(prediction.probabilities, 2)
    if prediction.verdict == UNSURE:
        closest = f"Closest are {display_name(genre)} ({share:.0%}) and {display_name(second)} ({other:.0%})."
        return f"{plain(prediction.reason)} {closest}"
    return f"The next candidate is {display_name(second)} with {other:.0%}."
