"""Explore: get to know a data set: hear it, see it, audit it."""

from __future__ import annotations

from mgc.ui import explore, frame

with frame.page(
    "Explore",
    heading="What is in the data?",
    lead="Hear every track, see what tells the genres apart, and find out for yourself what is wrong with the data.",
    keeps=True,
):
    explore.show()
