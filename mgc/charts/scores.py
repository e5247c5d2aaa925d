"""What a model answers and how often it is right: probabilities, accuracy by protocol, a confusion matrix."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Final

import numpy as np
import plotly.graph_objects as go

from mgc.charts.confusion import drawn
from mgc.charts.theme import (
    GREY,
    PROTOCOL_COLOURS,
    SEQUENTIAL,
    Chart,
    error_bars,
    faint,
    finish,
    interval_words,
    percent,
)
from mgc.models.card import PROTOCOLS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mgc.models.card import Card, Estimate, Genre, Scores

__all__ = ["PROTOCOL_TITLES", "confusion", "scores_by_protocol", "top"]

PROTOCOL_TITLES: Final = {
    "segments": "Segments (leaky)",
    "tracks": "Tracks",
    "artists": "Artists",
    "filtered": "Fault-filtered",
}


def top(probabilities: Mapping[str, float], count: int = 3) -> list[tuple[str, float]]:
    """Return the ``count`` most probable genres with their probabilities, best first."""
    return sorted(probabilities.items(), key=lambda item: -item[1])[:count]


def scores_by_protocol(cards: Sequence[Card]) -> Chart:
    """Draw each model's accuracy as a point with its 95 % interval, one band per protocol.

    Protocols are never joined by a line nor averaged: they answer different questions.
    """
    figure = go.Figure()
    spoken = []
    shown = [name for name in reversed(PROTOCOLS) if any(name in card.scores for card in cards)]  # lenient first
    for name in shown:
        rated = [(card, card.scores[name].accuracy) for card in cards if name in card.scores]
        figure.add_trace(_band(name, rated))
        spoken += [f"{PROTOCOL_TITLES[name]}, {card.title}: {interval_words(a)}" for card, a in rated]
    finish(figure, height=90 + 46 * len(spoken))
    for n_classes in sorted({len(card.classes) for card in cards}):
        figure.add_vline(x=1 / n_classes, line={"dash": "dot", "color": GREY, "width": 1})
    fifths = [i / 5 for i in range(6)]
    figure.update_xaxes(range=[0, 1], tickvals=fifths, ticktext=[percent(x) for x in fifths])
    figure.update_xaxes(title_text="accuracy (dotted line: chance)")
    figure.update_yaxes(autorange="reversed", dividercolor=faint(GREY, 0.4))
    return Chart(
        figure,
        "Accuracy by protocol. " + "; ".join(spoken) + ".",
        "Share of clips classified correctly, with 95 % intervals. Compare models only within a protocol.",
    )


def confusion(scores: Scores, classes: Sequence[Genre]) -> Chart:
    """Draw what was called what: rows are the labels, columns the answers, shaded by the row's share."""
    names = [genre.name for genre in classes]
    counts = np.array(scores.confusion, dtype=np.float64)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    text = [[str(count or "") for count in row] for row in scores.confusion]  # zeros only hide the mistakes
    hover = [[f"{count} clips" for count in row] for row in scores.confusion]
    figure = drawn(shares, (0.0, 1.0), SEQUENTIAL, names, text, hover)
    pairs = [
        (shares[i, j], f"{names[i]} called {names[j]} ({scores.confusion[i][j]})")
        for i, j in itertools.permutations(range(len(names)), 2)
    ]
    worst = ", ".join(text for _, text in sorted(pairs, reverse=True)[:3])
    return Chart(
        figure,
        f"Confusion matrix of {sum(map(sum, scores.confusion))} clips. Most frequent mistakes: {worst}.",
        "Rows are labels, columns the model's answers; numbers are clips. Dark: over 30 % of the row.",
    )


def _band(protocol: str, rated: list[tuple[Card, Estimate]]) -> go.Scatter:
    return go.Scatter(
        x=[a.value for _, a in rated],
        y=[[PROTOCOL_TITLES[protocol]] * len(rated), [card.title for card, _ in rated]],
        error_x=error_bars([a for _, a in rated], PROTOCOL_COLOURS[protocol], thickness=2, width=6),
        mode="markers+text",
        marker={"size": 13, "color": PROTOCOL_COLOURS[protocol]},
        text=[percent(a.value) for _, a in rated],
        textposition="top center",
        cliponaxis=False,
        hovertext=[f"{card.title}: {interval_words(a)}, n = {a.n}" for card, a in rated],
        hoverinfo="text",
    )
