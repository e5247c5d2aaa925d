"""Train: a data set, a recipe and a protocol; trained in the background, fold by fold."""

from __future__ import annotations

from mgc.ui import frame, train

with frame.page(
    "Train",
    heading="Train a model",
    lead="Choose a data set, a recipe and a protocol, then start. Training continues after you leave the page.",
    keeps="runs",
):
    train.show()
