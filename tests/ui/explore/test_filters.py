"""The filters, without a page."""

from __future__ import annotations

import pytest

from mgc.ui.explore.selection import NO_FILTERS, Filters, apply_filters, in_words
from tests.app import exploring

KNOWN = exploring.known()


@pytest.mark.parametrize(
    ("wanted", "left"),
    [
        (NO_FILTERS, 36),
        (Filters(genres=("jazz",)), 12),
        (Filters(genres=("jazz", "tango"), artist="jazz band 0"), 6),
        (Filters(only="test"), 3),
        (Filters(only="audio"), 0),
        (Filters(only="found"), 1),
        (Filters(only="clean"), 35),
        (Filters(words="TANGO.00003"), 1),
        (Filters(words="song <b>3"), 3),
        (Filters(genres=("jazz",), words="tango"), 0),
    ],
)
def test_a_track_passes_when_every_filter_lets_it(wanted: Filters, left: int) -> None:
    assert len(apply_filters(KNOWN.dataset, KNOWN.report, wanted)) == left


def test_the_order_is_the_data_sets() -> None:
    ids = [track.id for track in apply_filters(KNOWN.dataset, None, Filters(genres=("tango", "blues")))]
    assert ids == [track.id for track in KNOWN.dataset.tracks if track.genre != "jazz"]


def test_what_is_shown_is_said_with_strangers_words_escaped() -> None:
    assert in_words(NO_FILTERS, 36, 36) == "36 tracks"
    assert in_words(Filters(words="<b>"), 1, 36) == "**1 of 36 tracks** \N{MIDDLE DOT} \\<b\\>"
