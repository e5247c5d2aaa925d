"""From a clip to an answer: :func:`analyse` is expensive and done once, :func:`predict` cheap, per model and rule.

analysis.py    windows, and who is asked
models.py      the models in memory, each loaded once
gate.py        how many clips at once
prediction.py  what is made of the answers
"""

from __future__ import annotations

from mgc.inference.analysis import Analysed, analyse, classify, predict, warm_up
from mgc.inference.models import backend, window_starts
from mgc.inference.prediction import RULES, Analysis, Member, Prediction, Window

__all__ = [
    "RULES",
    "Analysed",
    "Analysis",
    "Member",
    "Prediction",
    "Window",
    "analyse",
    "backend",
    "classify",
    "predict",
    "warm_up",
    "window_starts",
]
