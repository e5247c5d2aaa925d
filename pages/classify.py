"""Classify: a stranger's song in, an honest answer out."""

from __future__ import annotations

from mgc.ui import frame, models
from mgc.ui.classify import answers, sources

with frame.page(
    "Classify",
    heading="Which genre is this?",
    lead="Drop a song and see what the models hear, how it changes from second to second, and how far to trust them.",
):
    songs = sources.songs()
    choice = models.choose()
    if choice and songs:
        answers.show(songs, choice)
    elif choice:
        answers.invite()
