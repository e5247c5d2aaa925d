"""The record of what leaks are worth: written, read back, and never a reason to fail."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mgc.evaluation.one_table import NAME, Row, read, write

if TYPE_CHECKING:
    from pathlib import Path

ROWS = (Row("segments", "SVM", 0.9, 0.88, 0.92, 100, 10), Row("filtered", "SVM", 0.5, 0.4, 0.6, 30, 3))


def test_a_record_comes_back_as_it_was_written(tmp_path: Path) -> None:
    write(ROWS, tmp_path)
    assert read(tmp_path) == ROWS


@pytest.mark.parametrize("content", ["", "{", "[1]", '[{"protocol": "tracks"}]', "7"])
def test_a_missing_or_foreign_record_is_no_record(tmp_path: Path, content: str) -> None:
    assert read(tmp_path) == ()
    (tmp_path / NAME).write_text(content, encoding="utf-8")
    assert read(tmp_path) == ()
