"""Explore: get to know a data set: hear it, see it, audit it."""

from __future__ import annotations

from mgc.ui import explore, frame

with frame.page(
    "Explore",
    heading="What is in the data?",
    lead="Listen to every track, see which features separate the genres, and find faults in the data.",
    keeps="data sets",
):
    explore.show()
