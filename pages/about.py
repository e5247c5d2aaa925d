"""About: the data, its faults, the protocols, the limits, the sources."""

from __future__ import annotations

from mgc.ui import about, frame

with frame.page(
    "About",
    heading="How far can you trust the results?",
    lead="Short answers about the data, the numbers and their limits.",
):
    about.show()
