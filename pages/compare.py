"""Compare: which run is better, and is it really?"""

from __future__ import annotations

from mgc.ui import compare, frame

with frame.page(
    "Compare",
    heading="Which run is better?",
    lead="Choose two to six runs. Their curves, scores and mistakes stand side by side; tests say what is chance.",
    keeps="runs",
):
    compare.show()
