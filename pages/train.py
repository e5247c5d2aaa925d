"""Train: a data set, a recipe and a protocol; trained in the background, fold by fold."""

from __future__ import annotations

from mgc.ui import frame, train

with frame.page(
    "Train",
    heading="Train a model",
    lead="Choose data, a recipe and a protocol, and start. Training goes on in the background, also when you leave.",
    keeps=True,
):
    train.show()
