"""Listen and look: any track in seven views, two side by side, and the mean of a genre."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from mgc.charts.spectrum_views import AXES, AXIS_VIEWS, VIEWS, columns_view
from mgc.ui import player
from mgc.ui.explore import averages, described, hearing, links, picking
from mgc.ui.explore.hearing import HEAR, Looked
from mgc.ui.text import plain, shorten

if TYPE_CHECKING:
    from mgc.datasets.base import Track
    from mgc.ui.explore.hearing import Sound, Unheard
    from mgc.ui.explore.selection import Selection

__all__ = ["panel", "show"]


def show(selection: Selection) -> None:
    """Draw the view."""
    track = picking.pick(selection)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        picking.step(selection, track)
    other = picking.beside(selection, track)
    # What cannot be heard has one picture at most: then there is nothing to choose, and nowhere to click.
    is_heard = any(isinstance(hearing.look(one), Looked) for one in (track, other) if one is not None)
    name = _view() if is_heard else "mel"
    if other is None:
        panel(selection, track, name, scope="explore_player")
    else:
        for column, one, side in zip(st.columns(2, gap="medium"), (track, other), ("left", "right"), strict=True):
            with column:
                panel(selection, one, name, scope=f"explore_player_{side}")
    if is_heard:
        st.caption("Click or drag to listen there; arrow keys move, space plays. A pointer over a picture reads it.")
    averages.show(selection, track)


def panel(selection: Selection, track: Track, name: str, *, scope: str, plays: int = 0) -> None:
    """Draw one track: who it is, one view of it with its player, its numbers, and what is missing.

    Parameters
    ----------
    selection : Selection
    track : Track
    name : str
        of a view, as :func:`mgc.charts.spectrum_views.views` names them
    scope : str
        key of the player's container
    plays : int
        begin to play at once, as :func:`mgc.ui.player.look` has it
    """
    looked = hearing.look(track)
    picking.heading(selection, track, looked)
    if isinstance(looked, Looked):
        for sentence in picking.findings(selection, track):
            st.caption(f":material/flag: {plain(sentence)}")
        _player(track, looked, name, scope, plays)
    else:
        _without_sound(selection, track, looked, scope)
    described.show(selection, track, looked, key=f"{scope}_numbers")


def _view() -> str:
    """Draw the choice of a view, and of its frequency axis where it has one."""
    name = links.one("picture", VIEWS, label="Picture", default="mel", label_visibility="collapsed", wrap=True) or "mel"
    if name not in AXIS_VIEWS:
        return name
    axis = links.one("axis", AXES, label="Frequency axis", default="log", label_visibility="collapsed", wrap=True)
    return f"{name}-{axis or 'log'}"


def _player(track: Track, looked: Looked, name: str, scope: str, plays: int) -> None:
    view = looked.views[name]
    sound = _heard_part(track, looked, scope) if name == "parts" else hearing.playable(track, looked)
    player.look(
        view,
        name=name,
        scope=scope,
        seconds=looked.heard.used_seconds,
        sound=sound.data if sound else None,
        mime=sound.mime if sound else "",
        offset=sound.offset if sound else 0.0,
        alt=f"The track {shorten(track.id)}; the picture above shows it as {VIEWS[name.split('-')[0]].lower()}",
        plays=plays,
    )
    st.caption(plain(view.words))


def _heard_part(track: Track, looked: Looked, scope: str) -> Sound | None:
    part = st.segmented_control("Hear", list(HEAR), key=f"{scope}_hear", default="whole", format_func=HEAR.__getitem__)
    if part in (None, "whole"):
        return hearing.playable(track, looked)
    return hearing.parts(track, looked, part)


def _without_sound(selection: Selection, track: Track, unheard: Unheard, scope: str) -> None:
    """Show the picture that came with the data set, where there is one, and say in one line what is missing."""
    columns = hearing.picture(track)
    has_row = hearing.numbers(track, selection, unheard) is not None
    left = [words for words, there in (("its picture", columns is not None), ("its row of numbers", has_row)) if there]
    rest = f"What there is: {' and '.join(left)}." if left else "Nothing else of it is here either."
    why = " ".join(picking.findings(selection, track)) if track.audio is None else ""
    st.info(plain(f"{why or unheard.sentence} {rest}"), icon=":material/volume_off:")
    if columns is not None:
        view = columns_view(columns)
        player.look(view, name="picture", scope=scope, seconds=track.seconds or 30.0, sound=None)
        st.caption(plain(view.words))
