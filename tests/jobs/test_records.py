from __future__ import annotations

from typing import get_args

import pytest

from mgc.errors import JobError
from mgc.jobs.records import ACTIVE, ARROWS, State, check

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
