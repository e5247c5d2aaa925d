"""What a map is coloured by, without drawing it."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from mgc.ui.explore import map as maps
from tests.ui.explore import selections

if TYPE_CHECKING:
    from mgc.ui.explore.selection import Known


def test_copies_that_were_heard_are_of_one_fold(known: Known) -> None:
    held = known.collected
    assert held is not None
    tracks = tuple(replace(track, artist="") for track in known.dataset.tracks)
    copied = [track.id for track in tracks][::6]
    same = replace(held, checksums=tuple("same" if name in copied else name for name in held.ids))
    changed = replace(known, revision="with copies", dataset=replace(known.dataset, tracks=tracks), collected=same)
    all_of_them: Any = SimpleNamespace(ids=tuple(copied), tracks=())
    names, _ = maps.grouped(selections.selection(changed), all_of_them, "fold")
    assert len(copied) == 6
    assert len(set(names)) == 1
