"""What a data set is made of: tracks per genre, and how few artists stand behind them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mgc.charts.theme import GREY, Chart, finish, literal, percent, short_name

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["artists", "tracks_per_genre"]

LARGEST: Final = 8  # artists drawn by themselves; the rest of a genre is one light piece
_MORE: Final = "\N{HORIZONTAL ELLIPSIS}"  # what the piece of all other artists begins with
_NOBODY: Final = "rgba(138,141,145,0.25)"
_OUTLINE: Final = {"color": GREY, "width": 1}


def tracks_per_genre(counts: Mapping[str, tuple[int, int]], *, colours: Mapping[str, str]) -> Chart:
    """Draw how many tracks each genre has, those that can be heard solid.

    Parameters
    ----------
    counts : mapping of genre to (with audio, without)
    colours : mapping of genre to ``#rrggbb``
    """
    import plotly.graph_objects as go

    genres = list(counts)
    names = [literal(short_name(genre)) for genre in genres]
    hues = [colours[genre] for genre in genres]
    heard, silent = ([counts[genre][i] for genre in genres] for i in (0, 1))
    figure = go.Figure()
    bars = (("with audio", heard, 1.0), ("without audio", silent, 0.35))
    for words, numbers, opacity in bars:
        if any(numbers):
            figure.add_bar(
                x=numbers,
                y=names,
                orientation="h",
                marker={"color": hues, "line": _OUTLINE, "opacity": opacity},
                hovertemplate="%{y}: %{x} " + words + "<extra></extra>",
            )
    total = [one + other for one, other in zip(heard, silent, strict=True)]
    for name, number in zip(names, total, strict=True):
        figure.add_annotation(x=number, y=name, text=f"{number:,}", xanchor="left", showarrow=False, xshift=6)
    finish(figure, height=50 + 30 * len(genres))
    figure.update_layout(barmode="stack", bargap=0.25)
    figure.update_xaxes(visible=False, range=[0, max(total, default=1) * 1.12])
    figure.update_yaxes(autorange="reversed", showgrid=False)
    spoken = ", ".join(f"{short_name(genre)} {number}" for genre, number in zip(genres, total, strict=True))
    faint = " Faint: no audio here, only a picture or a table's row." if any(silent) else ""
    return Chart(figure, f"Tracks per genre: {spoken}.", f"Tracks per genre.{faint}")


def artists(counts: Mapping[str, Sequence[tuple[str, int]]], *, colours: Mapping[str, str]) -> Chart:
    """Draw each genre as a bar cut into its artists, the largest first.

    Parameters
    ----------
    counts : mapping of genre to (artist, tracks), largest first
        an artist ``""`` stands for tracks whose artist nobody knows and comes last
    colours : mapping of genre to ``#rrggbb``
    """
    import plotly.graph_objects as go

    totals = {genre: sum(number for _, number in pieces) or 1 for genre, pieces in counts.items()}
    cuts = {genre: _cut(pieces) for genre, pieces in counts.items()}
    figure = go.Figure()
    for rank in range(max(map(len, cuts.values()), default=0)):  # one trace per rank: a trace costs a millisecond
        held = {genre: cut[rank] for genre, cut in cuts.items() if rank < len(cut)}
        known = {genre: bool(artist) and not artist.startswith(_MORE) for genre, (artist, _) in held.items()}
        figure.add_bar(
            x=[number / totals[genre] for genre, (_, number) in held.items()],
            y=[literal(short_name(genre)) for genre in held],
            orientation="h",
            marker={
                "color": [colours[genre] if known[genre] else _NOBODY for genre in held],
                "opacity": [max(1.0 - 0.1 * rank, 0.3) if known[genre] else 1.0 for genre in held],
                "line": _OUTLINE,
            },
            customdata=[
                f"{literal(artist[:60]) or 'artist not known'}: {number} of {totals[genre]} tracks"
                for genre, (artist, number) in held.items()
            ],
            hovertemplate="%{customdata}<extra></extra>",
        )
    spoken = [
        f"{short_name(genre)}: {pieces[0][0]} {percent(pieces[0][1] / totals[genre])}"
        for genre, pieces in counts.items()
        if pieces and pieces[0][0]
    ]
    finish(figure, height=60 + 32 * len(counts))
    figure.update_layout(barmode="stack", bargap=0.25)
    figure.update_xaxes(tickformat=".0%", range=[0, 1], nticks=6)
    figure.update_yaxes(autorange="reversed", showgrid=False)
    return Chart(
        figure,
        "The artist with most tracks in each genre. " + ("; ".join(spoken) or "No artist is known") + ".",
        "Each piece is an artist, the largest first; grey: everybody else, or unknown. A wide piece lets a model learn "
        "the singer instead of the genre.",
    )


def _cut(pieces: Sequence[tuple[str, int]]) -> list[tuple[str, int]]:
    """Return the largest artists, then all the others as one, then the unknown."""
    named = [piece for piece in pieces if piece[0]]
    rest = sum(number for _, number in named[LARGEST:])
    unknown = sum(number for artist, number in pieces if not artist)
    cut = list(named[:LARGEST])
    if rest:
        cut.append((f"{_MORE} {len(named) - LARGEST} more artists", rest))
    return [*cut, ("", unknown)] if unknown else cut
