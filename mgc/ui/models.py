"""The choice of model and rule, and how accurate the model is under which protocol."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import streamlit as st

from mgc.charts.scores import PROTOCOL_TITLES
from mgc.charts.theme import percent
from mgc.models.card import PROTOCOLS
from mgc.ui import resources, state
from mgc.ui.text import plain

if TYPE_CHECKING:
    from collections.abc import Mapping

    from streamlit.delta_generator import DeltaGenerator

    from mgc.evaluation.one_table import Row
    from mgc.models.card import Card, Estimate, Scores

__all__ = ["MEANING", "Choice", "accuracy_in_words", "badge", "choose", "clips", "interval", "usable"]

MEANING: Final = {
    "segments": "Segments of one song are in both training and test, so the score rewards memorising.",
    "tracks": "Tested on new clips, but often by artists in the training set: easier than your own music. Exact "
    "duplicates stay in one fold, other excerpts of a recording do not: 103 of 999 clips share artist and title with a "
    "training clip.",
    "artists": "No known artist is in both the training and the test set. Artists are known for 919 of 999 clips; each "
    "other clip counts as a separate artist.",
    "filtered": "No known artist is in both the training and the test set, and 70 of GTZAN's clips, nearly all of them "
    "repetitions, are left out. This is our strictest protocol.",
}
IN_GENERAL: Final = {  # of a model that was trained on other data than GTZAN
    "segments": MEANING["segments"],
    "tracks": "Tested on new clips, but often by artists in the training set: easier than your own music.",
    "artists": "No known artist is in both the training and the test set.",
    "filtered": "No known artist is in both the training and the test set, and known repetitions are left out.",
}
TESTED_ON: Final = {
    "segments": "on segments of known songs",
    "tracks": "on new clips",
    "artists": "on new artists",
    "filtered": "on new artists",
}
NAMED: Final = 12  # genres that are listed in a sentence
BADGE_COLOURS: Final = {"segments": "orange", "tracks": "gray", "artists": "blue", "filtered": "violet"}  # as in charts
RULES: Final = {"mean": "Mean", "median": "Median", "confident": "Most confident half"}
RULE_HELP: Final = (
    "The model classifies a window every second. Of the windows the mean is taken, the median, or the mean of the half "
    "in which the model is most confident; longer stretches of the song count as much as they do. With the mean, the "
    "picture network's verdict comes from its stretches of 30 s alone."
)


@dataclass(frozen=True, slots=True)
class Choice:
    """The usable models' cards, and the visitor's choice of a model's id and a rule."""

    cards: dict[str, Card]
    model: str
    rule: str

    @property
    def members(self) -> tuple[str, ...]:
        """Ids of the models that are no votes of others, in a fixed order."""
        return tuple(sorted(name for name, card in self.cards.items() if not card.members))

    @property
    def needed(self) -> tuple[str, ...]:
        """Those of :attr:`members` that the chosen model's answer needs."""
        return tuple(sorted(self.cards[self.model].needs(self.members)))


def usable() -> dict[str, Card]:
    """Return the usable models' cards by id, the default first; draw a sentence for each model that is not usable."""
    cards, problems = resources.cards()
    for sentence in problems:
        st.warning(plain(sentence), icon=":material/report:")
    return cards


def choose(line: DeltaGenerator) -> Choice | None:
    """Draw, into ``line``, a menu of models and rules named after the model and its accuracy.

    Without a usable model it says so and returns None.
    """
    cards = usable()
    if not cards:
        st.error("No model can be used on this server, so songs cannot be classified.", icon=":material/error:")
        return None
    titles = {name: plain(card.title) for name, card in cards.items()}
    twice = {title for title in titles.values() if list(titles.values()).count(title) > 1}
    titles = {name: f"{title} ({name})" if title in twice else title for name, title in titles.items()}
    default = next(iter(cards))
    shown = cards[state.current("model", titles, default=default) or default]
    rule = state.current("rule", RULES, default="mean") or "mean"
    accuracy = f"{percent(shown.headline.accuracy.value)} correct {TESTED_ON[shown.protocol]}"
    by_rule = ""
    if rule != "mean":  # by which all scores were measured
        by_rule, accuracy = f" ({RULES[rule].lower()})", "accuracy not measured"
    with line.popover(f"{plain(shown.title)}{by_rule}: {accuracy}", icon=":material/verified:"):
        model = state.choose("model", titles, label="Model", default=default) or default
        rule = state.choose("rule", RULES, label="How windows are combined", default="mean", help=RULE_HELP) or "mean"
        if rule != "mean":
            st.markdown(f"Measured with the mean of the windows, not with {RULES[rule].lower()}:")
        _accuracy(cards[model], cards)
    return Choice(cards, model, rule)


def _knows(card: Card, cards: Mapping[str, Card]) -> str:
    """Return which genres a model knows, and from which data; ``cards`` are those of all models."""
    names = [genre.name for genre in card.classes]
    shown = ", ".join(names[:NAMED]) + (f" and {len(names) - NAMED} more" if len(names) > NAMED else "")
    data, count = card.data.get("name", "unnamed data"), card.data.get("clips")
    by_genre = f" Tested on {card.data['by_genre']}." if "by_genre" in card.data else ""
    most = max((int(cards[name].data.get("clips", 0)) for name in card.members if name in cards), default=0)
    if count and most > int(count):
        by_genre = f" Models that it asks were trained on up to {most}.{by_genre}"
    return plain(
        f"{len(names)} genres: {shown}. Trained on {data}" + (f", {count} clips." if count else ".") + by_genre
    )


def _accuracy(card: Card, cards: Mapping[str, Card]) -> None:
    """Draw a model's accuracy under each protocol, strictest first, and what the protocols are."""
    st.markdown(f"**{plain(card.title)}: share of clips classified correctly**")
    st.caption(_knows(card, cards))
    meaning = MEANING if str(card.data.get("name", "")).startswith("GTZAN") else IN_GENERAL
    for name in PROTOCOLS:
        if name in card.scores:
            st.markdown(f"{badge(name)} {accuracy_in_words(card.scores[name])}", help=meaning[name])
    scores = card.headline
    if scores.accuracy_when_sure is not None:
        st.markdown(
            f"It names a genre for {percent(scores.coverage)} of the clips and is unsure about the rest. Of the clips "
            f"it names, {percent(scores.accuracy_when_sure)} are classified correctly "
            f"({PROTOCOL_TITLES[card.protocol].lower()}, {clips(scores.accuracy.n)})."
        )
    st.page_link("pages/about.py", label="About the protocols", icon=":material/info:")


def badge(protocol: str) -> str:
    """Return a protocol's name on its colour, as Markdown."""
    return f":{BADGE_COLOURS[protocol]}-badge[{PROTOCOL_TITLES[protocol]}]"


def accuracy_in_words(scores: Scores) -> str:
    """Return an accuracy with its interval and n, the interval over artists, and the mean of several seeds."""
    over, by_seed = scores.accuracy_by_artist, scores.accuracy_by_seed
    also = f"; {percent(over.low, 1)} to {percent(over.high, 1)} over {over.n_artists} artists" if over else ""
    if by_seed:
        mean, spread = sum(by_seed) / len(by_seed), f"{percent(min(by_seed), 1)} to {percent(max(by_seed), 1)}"
        also += f"; mean of {len(by_seed)} seeds {percent(mean, 1)} ({spread})"
    return interval(scores.accuracy, 1, n=scores.accuracy.n) + also


def interval(value: Estimate | Row, digits: int = 0, *, n: int = 0) -> str:
    """Return a measured share in words: ``"**72 %** (67 % to 77 %, n = 290)"``; without ``n`` if that is 0."""
    behind = f", {clips(n)}" if n else ""
    between = "\N{NO-BREAK SPACE}to\N{NO-BREAK SPACE}"  # in a narrow column an interval is not cut in two
    span = f"{percent(value.low, digits)}{between}{percent(value.high, digits)}"
    return f"**{percent(value.value, digits)}** ({span}{behind})"


def clips(n: int) -> str:
    """Return ``"n = 290"`` with spaces that never break a line."""
    return f"n = {n}".replace(" ", "\N{NO-BREAK SPACE}")
