from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mgc.audit.duplicates import NearPair
from mgc.audit.report import AuditReport, BrokenFile, ExactPair, Exclusion, exclusions
from mgc.datasets.base import Track

NAMES = [f"t{number}" for number in range(8)]


def report(exact=(), near=(), broken=()):
    return AuditReport(tuple(exact), tuple(near), (), (), (), tuple(broken), (), ())


def tracks(*genres):
    return [Track(name, genre) for name, genre in zip(NAMES, genres, strict=False)]


def test_of_a_pair_the_later_stays_and_each_track_is_named_once():
    found = report(
        [ExactPair("t3", "t1", "samples")],
        [NearPair("t1", "t2", 0.9, 0.0, "likeness"), NearPair("t0", "t2", 0.5, 1.0, "names")],
        [
            BrokenFile("t4", "broken", "No header."),
            BrokenFile("t5", "clipped", "Loud."),
            BrokenFile("a.txt", "broken", "What?"),
        ],
    )
    assert exclusions(found, tracks(*["jazz"] * 8)) == (
        Exclusion("t4", "unusable"),
        Exclusion("t1", "copy", "t3", 1.0),
        Exclusion("t0", "near copy", "t2", 0.5),
    )


def test_one_sound_under_two_labels_is_left_out_with_both():
    found = report([ExactPair("t0", "t1", "picture")])
    assert [(one.track, one.why) for one in exclusions(found, tracks("rock", "metal"))] == [
        ("t0", "two labels"),
        ("t1", "two labels"),
    ]
    assert [one.track for one in exclusions(found, tracks("rock", "rock"))] == ["t0"]


pairs = st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES)).filter(lambda p: p[0] != p[1]), max_size=12)


@given(pairs, pairs, st.lists(st.sampled_from(["jazz", "rock"]), min_size=8, max_size=8))
def test_what_stays_holds_no_listed_pair_and_what_leaves_has_a_reason_that_is_there(exact, near, genres):
    held = tracks(*genres)
    found = report(
        [ExactPair(*pair, "samples") for pair in exact], [NearPair(*pair, 0.5, 0.0, "names") for pair in near]
    )
    leaving = exclusions(found, held)
    gone = {one.track for one in leaving}
    assert len(gone) == len(leaving)
    assert all(one in gone or other in gone for one, other in (*exact, *near))
    listed = {frozenset(pair) for pair in (*exact, *near)}
    assert all(one.why == "two labels" or one.other not in gone for one in leaving)
    assert all(any(one.track in pair for pair in listed) for one in leaving)


def test_of_many_copies_each_names_the_one_that_stays():
    found = report(near=[NearPair("t0", "t1", 0.9, 0.0, "names"), NearPair("t1", "t2", 0.8, 0.0, "names")])
    assert [(one.track, one.other) for one in exclusions(found, tracks(*["jazz"] * 4))] == [("t0", "t2"), ("t1", "t2")]


def test_a_candidate_for_a_near_duplicate_is_not_left_out():
    candidate, confirmed = NearPair("t0", "t1", 0.9, 0.0), NearPair("t2", "t3", 0.2, 0.0, "names")
    found = report(near=[candidate, confirmed])
    assert [one.track for one in exclusions(found, tracks(*["jazz"] * 4))] == ["t2"]
