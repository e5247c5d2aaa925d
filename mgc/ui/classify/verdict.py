"""A prediction in words and colour."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mgc.charts.genres import top
from mgc.charts.theme import ink_on, percent
from mgc.errors import ModelError
from mgc.genres import COLOURS, UNSURE, UNSURE_COLOUR, display_name
from mgc.ui.text import plain

LEAST_NAMED = 0.005  # below, a share would be shown as 0 %

if TYPE_CHECKING:
    from mgc.inference import Analysis, Prediction

__all__ = ["brief", "cautions", "chip", "headline", "sentence"]


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
    if share == other:  # silence: nobody was asked, and nothing leads
        return plain(prediction.reason)
    if prediction.verdict == UNSURE:
        closest = f"Closest are {display_name(genre)} ({percent(share)}) and {display_name(second)} ({percent(other)})."
        return f"{plain(prediction.reason)} {closest}"
    if other < LEAST_NAMED:
        return "No other genre comes near."
    return f"The next candidate is {display_name(second)} with {percent(other)}."


def cautions(prediction: Prediction, *, made_as: str = "", known: str = "") -> list[str]:
    """Return what should be known before the verdict is believed, as sentences.

    Parameters
    ----------
    prediction : Prediction
    made_as : str
        the genre that one of our own samples was made as
    known : str
        id of the GTZAN clip that the song is, sample for sample
    """
    found = []
    if made_as:
        whose = f"Music that this program makes itself, written as {display_name(made_as)}"
        right = prediction.verdict == made_as
        wrong = "the model is not sure" if prediction.verdict == UNSURE else "the model hears something else"
        found.append(f"{whose}." if right else f"{whose}: {wrong}.")
    if known:
        found.append(
            f"This is GTZAN's clip {known}, which the shipped models learned from: here they remember. "
            "How well they hear is measured on clips they never met."
        )
    if prediction.rule != "mean":
        found.append("How often this rule is right was not measured: the percentages were calibrated for the mean.")
    return found
