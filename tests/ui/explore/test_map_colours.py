"""What a map is coloured by, without drawing it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

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
    here = selections.selection(changed)
    place = maps.find_place(here, "descriptors", "pca")
    names = [name for name, id in zip(maps.grouped(here, place, "fold")[0], place.ids, strict=True) if id in copied]
    assert len(copied) == 6
    assert len(set(names)) == 1


def test_without_artists_no_colour_by_artist_is_offered(known: Known) -> None:
    tracks = tuple(replace(track, artist="") for track in known.dataset.tracks)
    changed = replace(known, revision="no artists", dataset=replace(known.dataset, tracks=tracks))
    app = selections.draw("map", selections.selection(changed))
    assert "Artist" not in app.button_group(key="explore_colour").options
