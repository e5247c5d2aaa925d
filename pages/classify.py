"""Classify: which genre is a song?"""

from __future__ import annotations

from mgc.ui import classify, frame

with frame.page(
    "Classify",
    heading="Which genre is this?",
    lead="" if classify.has_songs() else classify.LEAD,
):
    classify.show()
