from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mgc.audit.duplicates import Near
from mgc.audit.leaving import Leaving, leave_out
from mgc.audit.report import Broken, Doubts, Exact
from mgc.datasets.base import Track

NAMES = [f"t{number}" for number in range(8)]


def doubts(exact=(), near=(), broken=()):
    return Doubts(tuple(exact), tuple(near), (), (), (), tuple(broken), (), ())


def tracks(*genres):
    return [Track(name, genre) for name, genre in zip(NAMES, genres, strict=False)]


def test_of_a_pair_the_later_stays_and_each_track_is_named_once():
    found = doubts(
        [Exact("t3", "t1", "samples")],
        [Near("t1", "t2", 0.9, 0.0), Near("t0", "t2", 0.5, 1.0)],
        [Broken("t4", "broken", "No header."), Broken("t5", "clipped", "Loud."), Broken("a.txt", "broken", "What?")],
    )
    assert leave_out(found, tracks(*["jazz"] * 8)) == (
        Leaving("t4", "unusable"),
        Leaving("t1", "copy", "t3", 1.0),
        Leaving("t0", "near copy", "t2", 0.5),
    )


def test_one_sound_under_two_labels_is_left_out_with_both():
    found = doubts([Exact("t0", "t1", "picture")])
    assert [(one.track, one.why) for one in leave_out(found, tracks("rock", "metal"))] == [
        ("t0", "two labels"),
        ("t1", "two labels"),
    ]
    assert [one.track for one in leave_out(found, tracks("rock", "rock"))] == ["t0"]


pairs = st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES)).filter(lambda p: p[0] != p[1]), max_size=12)


@given(pairs, pairs, st.lists(st.sampled_from(["jazz", "rock"]), min_size=8, max_size=8))
def test_what_stays_holds_no_listed_pair_and_what_leaves_has_a_reason_that_is_there(exact, near, genres):
    held = tracks(*genres)
    found = doubts([Exact(*pair, "samples") for pair in exact], [Near(*pair, 0.5, 0.0) for pair in near])
    leaving = leave_out(found, held)
    gone = {one.track for one in leaving}
    assert len(gone) == len(leaving)
    assert all(one in gone or other in gone for one, other in (*exact, *near))
    listed = {frozenset(pair) for pair in (*exact, *near)}
    assert all(one.why == "two labels" or one.other not in gone for one in leaving)
    assert all(any(one.track in pair for pair in listed) for one in leaving)


def test_of_many_copies_each_names_the_one_that_stays():
    found = doubts(near=[Near("t0", "t1", 0.9, 0.0), Near("t1", "t2", 0.8, 0.0)])
    assert [(one.track, one.other) for one in leave_out(found, tracks(*["jazz"] * 4))] == [("t0", "t2"), ("t1", "t2")]
