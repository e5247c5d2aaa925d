"""How training went: loss and accuracy by epoch, each fold thin, their mean thick, validation beside training.

These curves grow while one looks at them. Streamlit replaces a Plotly chart whose data have changed, which flickers, so
they are drawn by a component of ours (``mgc/ui/train/curves``); here is what it draws.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["CAPTION", "WITHOUT_VALIDATION", "Curves", "curves"]

CAPTION: Final = (
    "Grey: training. Green: validation. Thin lines are folds, thick lines their mean. Rings mark the epoch whose "
    "weights were kept. Hover to read values."
)
WITHOUT_VALIDATION: Final = (
    "Grey: training; without early stopping there is no validation. Thin lines are folds, thick lines their mean. "
    "Hover to read values."
)
_TITLES: Final = {"loss": "Loss (nats)", "accuracy": "Accuracy"}
_DIGITS: Final = 5
Epochs = dict[int, list[Any]]  # by fold, as they are given


@dataclass(frozen=True, slots=True)
class Curves:
    """What is drawn, as JSON: a panel for each of loss and accuracy.

    A panel has ``title``, ``percent``, ``lines`` (name, part, thick, values by epoch), ``means`` (words, values) and
    ``rings`` (epoch, value). The parts are "training" and "validation".
    """

    panels: list[dict[str, Any]]
    epochs: int  # of the longest fold
    alt: str  # what they show, for those who do not see them


def curves(epochs: Sequence[Mapping[str, Any]], best: Mapping[int, int]) -> Curves:
    """Return the curves of a run.

    Parameters
    ----------
    epochs : sequence of mapping, at least one
        ``fold``, ``number``, ``loss``, ``accuracy``, ``val_loss``, ``val_accuracy`` (None without validation)
    best : mapping of int to int
        fold -> the epoch whose weights were kept, of folds that have ended
    """
    by_fold: Epochs = defaultdict(list)
    for epoch in epochs:
        by_fold[epoch["fold"]].append(epoch)
    panels = [_panel(by_fold, best, what) for what in _TITLES]
    longest = max(len(held) for held in by_fold.values())
    said = [
        f"{panel['title']}, mean of folds at the last epoch: "
        + ", ".join(f"{mean['words']} {mean['values'][-1]:.3f}" for mean in panel["means"])
        for panel in panels
    ]
    return Curves(panels, longest, f"{len(by_fold)} folds over {longest} epochs. {'. '.join(said)}.")


def _panel(by_fold: Epochs, best: Mapping[int, int], what: str) -> dict[str, Any]:
    lines, means = [], []
    for name, words in ((what, "training"), (f"val_{what}", "validation")):
        series = {fold: [one[name] for one in held] for fold, held in by_fold.items()}
        if any(value is None for values in series.values() for value in values):
            continue
        mean = _mean(list(series.values()))
        means.append({"words": words, "values": mean})
        many = len(series) > 1
        for fold, values in series.items():
            rounded = [round(value, _DIGITS) for value in values]
            lines.append({"name": f"{words} {fold}", "part": words, "thick": not many, "values": rounded})
        if many:
            lines.append({"name": f"{words} mean", "part": words, "thick": True, "values": mean})
    kept = [
        (number, by_fold[fold][number - 1][f"val_{what}"])
        for fold, number in best.items()
        if 0 < number <= len(by_fold.get(fold, ()))
    ]
    rings = [[number, round(value, _DIGITS)] for number, value in kept if value is not None]
    title, percent = _TITLES[what], what == "accuracy"
    return {"title": title, "percent": percent, "lines": lines, "means": means, "rings": rings}


def _mean(series: Sequence[Sequence[float]]) -> list[float]:
    """Return the mean of folds at each epoch that all of them have reached."""
    reached = min(len(one) for one in series)
    mean = np.mean([one[:reached] for one in series], axis=0)
    return [round(float(value), _DIGITS) for value in mean]
