"""Classify: a visitor's song in, an honest answer out."""

from __future__ import annotations

from mgc.ui import classify, frame

with frame.page(
    "Classify",
    heading="Which genre is this?",
    lead="" if classify.has_songs() else classify.LEAD,
):
    classify.show()
