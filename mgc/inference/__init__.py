"""From a clip to an answer: :func:`analyse` is expensive and done once, :func:`predict` cheap, per model and rule."""

from __future__ import annotations

from mgc.inference.analysis import Analysed, analyse, backend, classify, warm_up, window_starts
from mgc.inference.prediction import RULES, Analysis, Member, Prediction, Window, predict

__all__ = [
    "RULES", "Analysed", "Analysis", "Member", "Prediction", "Window",
    "analyse", "backend", "classify", "predict", "warm_up", "window_starts",
]  # fmt: skip
