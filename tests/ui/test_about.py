from __future__ import annotations

from mgc.evaluation.one_table import Row
from mgc.ui import about


def row(protocol: str, model: str, value: float) -> Row:
    return Row(protocol, model, value, value, value, 10, 10)


def test_the_model_that_loses_most_is_found_in_the_record():
    record = (
        row("segments", "SVM", 0.9),
        row("segments", "Tree", 0.8),
        row("filtered", "SVM", 0.7),
        row("filtered", "Tree", 0.3),
    )
    assert about._largest_fall(record).startswith("Tree loses most: 80")
    assert about._largest_fall(record[:2]) == ""
