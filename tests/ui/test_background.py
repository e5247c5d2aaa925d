"""How long a job still takes, and how long ago it ended, in words."""

from __future__ import annotations

import pytest

from mgc.ui.background import roughly


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (-2.0, "1 second"),
        (1.2, "1 second"),
        (89.0, "89 seconds"),
        (90.0, "2 minutes"),
        (168.0, "3 minutes"),
        (5_399.0, "90 minutes"),
        (7_000.0, "2 hours"),
        (86_400.0, "24 hours"),
        (200_000.0, "2 days"),
    ],
)
def test_a_time_is_a_whole_number_of_its_unit(seconds: float, said: str) -> None:
    assert roughly(seconds) == said
