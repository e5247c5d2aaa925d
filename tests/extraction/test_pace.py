from __future__ import annotations

import pytest

from mgc.extraction.pace import FEW, seconds_left
from mgc.extraction.plan import Line, Plan

PLAN = Plan(1, ("descriptors",), 0.0, "", 20, 10)


def told(name: str, at: float, seconds: float, event: str = "done", *, sounding: bool = True) -> list[Line]:
    """Return what one worker tells of a track that takes ``seconds``."""
    return [
        Line(name, "begun", at, writer="w"),
        Line(name, event, at + seconds, "a" * (event == "done" and sounding), sounding=sounding, writer="w"),
    ]


def test_a_track_whose_sound_cannot_be_read_is_over_all_the_same() -> None:
    lines = [line for i in range(10) for line in told(f"s{i}", 2.0 * i, 2.0, "failed" if i % 2 else "done")]
    lines += told("p", 30.0, 0.5, sounding=False)
    assert seconds_left(lines, PLAN) == pytest.approx(9 * 0.5)


def test_before_a_few_tracks_with_sound_there_is_no_pace() -> None:
    lines = [line for i in range(FEW - 1) for line in told(f"s{i}", 2.0 * i, 2.0)]
    assert seconds_left(lines, PLAN) is None
    assert seconds_left(lines + told("more", 20.0, 2.0, "failed"), PLAN) == pytest.approx(5 * 2.0)
