"""Which model answers, by which rule, and how good it is under which protocol."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import streamlit as st

from mgc.charts.protocols import PROTOCOL_TITLES
from mgc.charts.theme import percent
from mgc.ui import resources, state
from mgc.ui.text import plain

if TYPE_CHECKING:
    from mgc.models.card import Card, Estimate, Scores

__all__ = ["MEANING", "Choice", "accuracy_in_words", "badge", "choose", "estimate", "members", "protocol_badge"]

MEANING: Final = {
    "segments": "Pieces of one song are in training and test: the number rewards memorising.",
    "tracks": "Tested on other clips, often by artists in its training set: easier than your own music. Exact "
    "duplicates stay together, other excerpts of a recording do not: 103 of 999 clips share artist and title with a "
    "training clip.",
    "artists": "No known artist is in both the training and the test set. Artists are known for 919 of 999 clips; each "
    "other clip counts as an artist of its own.",
    "filtered": "No known artist is in both the training and the test set, and 70 of GTZAN's clips, nearly all of them "
    "repetitions, are left out: the strictest of our protocols.",
}
BADGE_COLOURS: Final = {"segments": "orange", "tracks": "gray", "artists": "blue", "filtered": "violet"}  # as in charts
RULES: Final = {"mean": "Mean", "median": "Median", "confident": "Most confident half"}
RULE_HELP: Final = (
    "A song is cut into windows of 3 seconds, one every second. The rule makes one answer of them: their mean, their "
    "median, or the mean of the half of them in which the model is most certain."
)


class Choice:
    """What the visitor chose: the cards at hand, the model's id and the rule's name."""

    def __init__(self, cards: dict[str, Card], model: str, rule: str) -> None:
        self.cards = cards
        self.model = model
        self.rule = rule

    @property
    def card(self) -> Card:
        """Card of the chosen model."""
        return self.cards[self.model]


def choose() -> Choice | None:
    """Draw the pickers of model and rule with the badge; None when no model can be used (and say so)."""
    cards, problems = resources.cards()
    for sentence in problems:
        st.warning(plain(sentence), icon=":material/report:")
    if not cards:
        st.error("No model can be used on this server, so no song can be judged.", icon=":material/error:")
        return None
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        titles = {name: card.title for name, card in cards.items()}
        default = next(iter(cards))
        model = state.choose("model", titles, label="Model", default=default)
        rule = state.choose("rule", RULES, label="Rule over the song", default="mean", help=RULE_HELP)
        choice = Choice(cards, model or default, rule or "mean")
        protocol_badge(choice.card)
    return choice


def members(cards: dict[str, Card]) -> tuple[str, ...]:
    """Return the ids of the models that look at the sound themselves, in a fixed order."""
    return tuple(sorted(name for name, card in cards.items() if not card.members))


def protocol_badge(card: Card) -> None:
    """Draw the model's headline number as a button that explains itself."""
    accuracy = card.headline.accuracy
    with st.popover(
        f"{percent(accuracy.value)} right, {PROTOCOL_TITLES[card.protocol].lower()}", icon=":material/verified:"
    ):
        st.markdown(f"**{plain(card.title)}: how good is it?**")
        for name in ("filtered", "artists", "tracks", "segments"):
            if name in card.scores:
                st.markdown(f"{badge(name)} {accuracy_in_words(card.scores[name])}")
                st.caption(MEANING[name])
        scores = card.headline
        if scores.accuracy_when_sure is not None:
            st.markdown(
                f"{PROTOCOL_TITLES[card.protocol]}, n = {accuracy.n}: it calls {percent(scores.coverage)} of clips by "
                f"name and leaves the rest unsure; of those it names, {percent(scores.accuracy_when_sure)} are right."
            )
        st.page_link("pages/about.py", label="What the protocols are", icon=":material/info:")


def badge(protocol: str) -> str:
    """Return a protocol's name on its colour, as Markdown."""
    return f":{BADGE_COLOURS[protocol]}-badge[{PROTOCOL_TITLES[protocol]}]"


def accuracy_in_words(scores: Scores) -> str:
    """Return an accuracy as :func:`estimate` does, with the interval over artists where the card has one."""
    over = scores.accuracy_by_artist
    also = f"; {percent(over.low, 1)} to {percent(over.high, 1)} over {over.n_artists} artists" if over else ""
    return estimate(scores.accuracy) + also


def estimate(value: Estimate) -> str:
    """Return a measured share in words: ``"**72.4 %** (67.2 % to 77.2 %, n = 290)"``."""
    return f"**{percent(value.value, 1)}** ({percent(value.low, 1)} to {percent(value.high, 1)}, n = {value.n})"
