from __future__ import annotations

from typing import get_args

import pytest

from mgc.errors import JobError
from mgc.jobs.records import ACTIVE, ARROWS, Pace, State, check

STATES = get_args(State)


@pytest.mark.parametrize("before", STATES)
@pytest.mark.parametrize("after", STATES)
def test_only_the_arrows_are_allowed(before: State, after: State) -> None:
    if after in ARROWS[before]:
        check(before, after)
    else:
        with pytest.raises(JobError, match=f"is {before} cannot become {after}"):
            check(before, after)


def test_every_state_can_be_reached_and_an_active_one_can_always_be_stopped() -> None:
    assert set(ARROWS) == set(STATES)
    reached = {"queued"}
    while more := {after for before in reached for after in ARROWS[before]} - reached:
        reached |= more
    assert reached == set(STATES)
    assert all({"failed", "cancelled"} <= ARROWS[state] for state in ACTIVE)
    assert not ARROWS["finished"]


# Seconds at which the 60 tracks of an extraction ended, as recorded on two cores; the first came 2.3 s after the start.
RECORDED = [
    0.7,
    0.8,
    1.0,
    1.1,
    1.3,
    1.3,
    1.6,
    1.6,
    1.9,
    2.0,
    2.2,
    2.2,
    2.5,
    2.6,
    3.0,
    3.0,
    3.3,
    3.3,
    3.6,
    3.6,
    3.8,
    3.9,
    4.2,
    4.2,
    4.4,
    4.5,
    4.7,
    4.7,
    5.1,
    5.2,
    5.4,
    5.4,
    5.7,
    5.7,
    5.9,
    6.0,
    6.2,
    6.2,
    6.5,
    6.5,
    6.7,
    6.8,
    7.1,
    7.2,
    7.4,
    7.5,
    7.6,
    7.8,
    7.9,
    8.0,
    8.2,
    8.3,
    8.4,
    8.6,
    8.7,
    8.8,
    9.1,
    9.4,
    9.6,
    9.9,
]


@pytest.mark.parametrize("slower", [1, 4])  # a busier machine
def test_the_time_left_is_right_within_a_factor_of_one_and_a_half_after_the_first_tenth(slower: int) -> None:
    pace, said, end = Pace(), 0, slower * RECORDED[-1]
    for done, now in enumerate((slower * one for one in RECORDED), 1):
        pace = pace.after(now, float(done))
        if pace.pace and 0.1 * len(RECORDED) <= done <= 0.75 * len(RECORDED):
            left = (len(RECORDED) - done) / pace.pace
            assert 1 / 1.5 < left / (end - now) < 1.5, f"{done} tracks done"
            said += 1
    assert said > 30


def test_an_epoch_that_compiles_first_does_not_slow_the_pace_of_those_that_follow() -> None:
    pace, now = Pace().after(0.0, 0.0), 6.0
    for done in range(1, 41):  # ten a second, after six seconds for the first
        pace = pace.after(now, float(done))
        now += 0.1
    assert pace.pace == pytest.approx(10.0, rel=0.05)


def test_work_of_which_each_piece_fills_a_window_is_measured_from_its_beginning_on() -> None:
    assert Pace().after(0.0, 0.0).after(60.0, 1.0).pace == pytest.approx(1 / 60)
