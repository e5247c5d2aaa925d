"""The probabilities of one song as bars."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mgc.charts.theme import Chart, finish, literal, percent

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mgc.models.card import Genre

__all__ = ["probability_bars", "top"]


def top(probabilities: Mapping[str, float], count: int = 3) -> list[tuple[str, float]]:
    """Return the ``count`` most probable genres with their probabilities, best first."""
    return sorted(probabilities.items(), key=lambda item: -item[1])[:count]


def probability_bars(probabilities: Mapping[str, float], classes: Sequence[Genre], *, count: int = 3) -> Chart:
    """Draw the most probable genres as horizontal bars in their colours.

    Parameters
    ----------
    probabilities : mapping of genre to float [0..1]
    classes : sequence of Genre
        their names and colours
    count : int
        how many genres to show
    """
    import plotly.graph_objects as go

    best = top(probabilities, count)
    known = {genre.id: genre for genre in classes}
    names = [literal(known[genre].name) for genre, _ in best]
    shares = [share for _, share in best]
    bars = go.Bar(
        x=shares,
        y=names,
        orientation="h",
        marker={"color": [known[genre].colour for genre, _ in best], "line": {"width": 0}, "cornerradius": 4},
        text=[percent(share) for share in shares],
        textposition="outside",
        cliponaxis=False,
        hovertext=[f"{n}: {percent(s, 1)}" for n, s in zip(names, shares, strict=True)],
        hoverinfo="text",
    )
    figure = finish(go.Figure(bars), height=36 * len(best) + 16)
    # Always from 0 to all: a narrow lead must not look like a safe one. Beyond 1 stand the numbers.
    figure.update_xaxes(visible=False, range=[0, 1.18])
    figure.update_yaxes(autorange="reversed", ticks="", showgrid=False)
    alt = "Most probable genres: " + ", ".join(f"{n} {percent(s)}" for n, s in zip(names, shares, strict=True)) + "."
    return Chart(figure, alt, "How probable each genre is for the whole song, after calibration.")
