"""Listen and look: any track in ten pictures, two tracks side by side, and the mean spectrum of a genre."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np
import streamlit as st

from mgc.charts import distributions
from mgc.charts.spectrum_views import AXES, FFT_SIZES, HOPS, MUSICAL_VIEWS, VIEWS, columns_view
from mgc.genres import display_name
from mgc.ui import player
from mgc.ui.explore import export, extraction, hearing, links, numbers, picking
from mgc.ui.explore.hearing import HEAR, Looked
from mgc.ui.text import plain, shorten

if TYPE_CHECKING:
    from mgc.charts.spectrum_views import View
    from mgc.datasets.base import Track
    from mgc.ui.explore.hearing import Sound, Unheard
    from mgc.ui.explore.selection import Selection

__all__ = ["PICTURES", "panel", "show"]

PICTURES: Final = {**VIEWS, **MUSICAL_VIEWS}
BEATS: Final = {"off": "No beats", "grid": "Beat grid", "clicks": "Grid and clicks"}
POLL: Final = 1.0  # s between two looks whether librosa is loaded
_MOST_PILLS: Final = 12  # genres; more are a list
_FOLLOWED: Final = "mean_followed"  # in the session: the genre of the track that was open


def show(selection: Selection) -> None:
    """Draw the view."""
    track = picking.pick(selection)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        picking.step(selection, track)
    other = picking.beside(selection, track)
    # A track without audio has one picture at most: then there is nothing to choose, and nowhere to click.
    is_heard = any(isinstance(hearing.look(one), Looked) for one in (track, other) if one is not None)
    name, beats = _choices() if is_heard else ("mel", "off")
    if other is None:
        panel(selection, track, name, scope="explore_player", beats=beats)
    else:
        for column, one, side in zip(st.columns(2, gap="medium"), (track, other), ("left", "right"), strict=True):
            with column:
                panel(selection, one, name, scope=f"explore_player_{side}", beats=beats)
    if is_heard:
        help = "Arrow keys move by a second, the space bar plays and pauses."
        st.caption("Click or drag to listen from there. Hover to read values.", help=help)
    _mean(selection, track)


def panel(selection: Selection, track: Track, name: str, *, scope: str, plays: int = 0, beats: str = "off") -> None:
    """Draw one track: its name, a picture with its player, its descriptors, and what is missing.

    Parameters
    ----------
    selection : Selection
    track : Track
    name : str
        of a picture, as :func:`mgc.ui.explore.hearing.drawn` and :func:`mgc.charts.spectrum_views.views` name them
    scope : str
        key of the player's container
    plays : int
        begin to play at once, as :func:`mgc.ui.player.look` has it
    beats : str
        of :data:`BEATS`
    """
    looked = hearing.look(track)
    picking.heading(selection, track, looked)
    if isinstance(looked, Looked):
        for sentence in picking.findings(selection, track):
            st.caption(f":material/flag: {plain(sentence)}")
        _player(track, looked, name, scope, plays, beats)
    else:
        _without_sound(selection, track, looked, scope)
    numbers.table(selection, track, looked, key=f"{scope}_numbers")


def _choices() -> tuple[str, str]:
    """Draw the choice of a picture with its options; return the picture's name and what is done with the beats."""
    name = links.one("picture", PICTURES, label="Picture", default="mel", wrap=True) or "mel"
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        if name == "stft":
            axis = links.one("axis", AXES, label="Frequency axis", default="log", wrap=True) or "log"
            sizes = {str(size): f"{size:,}" for size in FFT_SIZES}
            hops = {str(hop): f"{hop:,}" for hop in HOPS}
            n_fft = links.one("fft", sizes, label="FFT size (samples)", default="2048", look="select", width=160)
            hop = links.one("hop", hops, label="Hop (samples)", default="512", look="select", width=160)
            name = f"stft-{axis}" if (n_fft, hop) == ("2048", "512") else f"stft-{axis}-{n_fft}-{hop}"
        beats = links.one("beats", BEATS, label="Beats", default="off", wrap=True) or "off"
    return name, beats


def _player(track: Track, looked: Looked, name: str, scope: str, plays: int, beats: str) -> None:
    view, sound = _view(track, looked, name, beats), None
    if name == "parts":
        view, sound = replace(view, beats=()), _heard_part(track, looked, scope)
    elif beats == "clicks" and view.beats:
        sound = hearing.parts(track, looked, "clicks")
    sound = sound or hearing.playable(track, looked)
    player.look(
        view,
        name=name,
        scope=scope,
        seconds=looked.heard.used_seconds,
        sound=sound.data if sound else None,
        mime=sound.mime if sound else "",
        offset=sound.offset if sound else 0.0,
        alt=f"The track {shorten(track.id)}; the picture above is its {PICTURES[_base(name)]}",
        plays=plays,
        track=looked.sha256[:16],
    )
    st.caption(plain(view.words), help=view.help or None)


def _base(name: str) -> str:
    return name if name in PICTURES else name.split("-")[0]


def _view(track: Track, looked: Looked, name: str, beats: str) -> View:
    """Return what is drawn; while librosa loads, a picture that needs it is a mel spectrogram, and that is said."""
    needs = name in MUSICAL_VIEWS or beats != "off"
    is_ready = not needs or hearing.is_ready()
    if not is_ready:
        _wait()
    view = looked.views.get(name)
    if view is None and (is_ready or name not in MUSICAL_VIEWS):
        view = hearing.drawn(track, looked, name)
    view = view or looked.views["mel"]
    found = hearing.beats(track, looked) if beats != "off" and is_ready else None
    if found is None:
        return view
    said = (
        f"Estimated tempo: {found.tempo:.0f} beats a minute, {len(found.times)} beats."
        if found.times
        else "No beats found."
    )
    return replace(view, beats=found.times, words=f"{view.words} {said}")


@st.fragment(run_every=POLL)
def _wait() -> None:
    """Say that librosa is loading, and draw the page again when it is loaded."""
    if hearing.is_ready():
        st.rerun()
    st.info(
        "Loading the library for this picture: a few seconds, the first time up to a minute. It appears by itself.",
        icon=":material/hourglass_top:",
    )


def _heard_part(track: Track, looked: Looked, scope: str) -> Sound | None:
    part = st.segmented_control("Hear", list(HEAR), key=f"{scope}_hear", default="whole", format_func=HEAR.__getitem__)
    return None if part in (None, "whole") else hearing.parts(track, looked, part)


def _without_sound(selection: Selection, track: Track, unheard: Unheard, scope: str) -> None:
    """Show the picture that came with the data set, where there is one, and say in one line what is missing."""
    columns = hearing.picture(track)
    has_row = hearing.numbers(track, selection, unheard) is not None
    left = [words for words, there in (("its picture", columns is not None), ("its descriptors", has_row)) if there]
    rest = f"Available: {' and '.join(left)}." if left else "Nothing else of it is available."
    why = " ".join(picking.findings(selection, track)) if track.audio is None else ""
    st.info(plain(f"{why or unheard.sentence} {rest}"), icon=":material/volume_off:")
    if columns is not None:
        view = columns_view(columns)
        player.look(view, name="picture", scope=scope, seconds=track.seconds or 30.0, sound=None)
        st.caption(plain(view.words))


def _mean(selection: Selection, track: Track) -> None:
    """Draw the mean spectrum of a genre: that of ``track``, unless another is chosen."""
    st.markdown("#### The mean of a genre", anchors=False)
    if not extraction.invite(selection, "The mean of a genre"):
        return
    if selection.collected is None or not selection.collected.has_picture.any():
        st.caption("No track of this data set has a spectrogram.")
        return
    _follow(track)
    names = {genre: plain(shorten(display_name(genre), 24)) for genre in selection.dataset.genres}
    look: links.Look = "pills" if len(names) <= _MOST_PILLS else "select"
    genre = links.one("mean", names, label="Mean spectrum of", default=track.genre, look=look) or track.genre
    levels, genres = _levels(selection.id, selection.revision, selection)
    of_genre = levels[genres == genre]
    if not len(of_genre):
        st.caption(f"No track of {plain(shorten(display_name(genre), 24))} has a spectrogram.")
        return
    name = shorten(display_name(genre), 24)
    chart = distributions.mean_spectrum(of_genre, levels, name=name, colour=selection.colours[genre])
    rows = distributions.spectrum_rows(of_genre, levels)
    export.draw(chart, key="genre_mean", name=f"{selection.id} mean {genre}", rows=rows)


def _follow(track: Track) -> None:
    """Let the mean be that of the track's genre, until another one is chosen."""
    before, here = st.session_state.get(_FOLLOWED), links.key("mean")
    if before not in (None, track.genre) and st.session_state.get(here, before) == before:
        links.go(mean=None)
    st.session_state[_FOLLOWED] = track.genre


@st.cache_resource(max_entries=4, show_spinner=False)
def _levels(id: str, revision: str, _selection: Selection) -> tuple[distributions.Spectra, np.ndarray]:
    """Return the mean spectrum of each track that has a picture, and its genre; never written to."""
    collected = _selection.collected
    assert collected is not None  # noqa: S101 - the caller asked
    there = collected.has_picture
    share = np.minimum(np.asarray(collected.widths)[there] / collected.pictures.shape[2], 1.0)
    levels = distributions.track_levels(np.asarray(collected.thumbnails)[there], share)
    return levels, np.array(collected.genres, dtype=object)[there]
