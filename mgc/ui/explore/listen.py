"""Listen and look: any track in ten pictures, two tracks side by side, and the mean spectrum of a genre.

Also which track is looked at, picked from a list or by a click into a chart; its heading, and a small card of it.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
import streamlit as st

from mgc.charts import distributions
from mgc.charts.sound import palette_png
from mgc.charts.spectrum_views import AXES, FFT_SIZES, HOPS, MUSICAL_VIEWS, VIEWS, columns_view
from mgc.genres import display_name
from mgc.ui import export, links, player
from mgc.ui.explore import extraction, hearing, numbers
from mgc.ui.explore.hearing import HEAR, Looked
from mgc.ui.explore.selection import BY_DATA, genre_words, open_track
from mgc.ui.text import plain, shorten

if TYPE_CHECKING:
    from mgc.charts.spectrum_views import View
    from mgc.datasets.base import Track
    from mgc.ui.explore.hearing import Unheard
    from mgc.ui.explore.selection import Selection

__all__ = ["PICTURES", "beside", "card", "clicked", "findings", "heading", "label", "named", "new_click", "open_button",
           "panel", "pick", "show"]  # fmt: skip

PICTURES: Final = {**VIEWS, **MUSICAL_VIEWS}
BEATS: Final = {"off": "No beats", "grid": "Beat grid", "clicks": "Grid and clicks"}
POLL: Final = 1.0  # s between two looks whether librosa is loaded
_FOLLOWED: Final = "mean_followed"  # in the session: the genre of the track that was open


def show(selection: Selection) -> None:
    """Draw the view."""
    track = pick(selection)
    other = beside(selection, track)
    # A track without audio has one picture at most: then there is nothing to choose, and nowhere to click.
    is_heard = any(isinstance(hearing.look(one), Looked) for one in (track, other) if one is not None)
    name, beats = _choices() if is_heard else ("mel", "off")
    if is_heard:
        help = "Arrow keys move by a second; the space bar plays and pauses."
        st.caption("Click or drag in a picture to listen from there. Hover to read values.", help=help)
    if other is None:
        panel(selection, track, name, scope="explore_player", beats=beats)
    else:
        for column, one, side in zip(st.columns(2, gap="medium"), (track, other), ("left", "right"), strict=True):
            with column:
                panel(selection, one, name, scope=f"explore_player_{side}", beats=beats)
    _mean(selection, track)


def panel(selection: Selection, track: Track, name: str, *, scope: str, plays: int = 0, beats: str = "off") -> None:
    """Draw one track: its name, a picture with its player, its descriptors, and what is missing.

    ``name`` is that of a picture (:func:`mgc.charts.spectrum_views.views`, :func:`mgc.ui.explore.hearing.drawn`),
    ``beats`` one of :data:`BEATS`; ``scope`` and ``plays`` are those of :func:`mgc.ui.player.look`.
    """
    looked = hearing.look(track)
    heading(selection, track, looked)
    if isinstance(looked, Looked):
        for sentence in findings(selection, track):
            st.caption(f":material/flag: {plain(sentence)}")
        _player(track, looked, name, scope, plays, beats)
    else:
        _without_sound(selection, track, looked, scope)
    numbers.table(selection, track, looked, key=f"{scope}_numbers")


def _choices() -> tuple[str, str]:
    """Draw the choice of a picture with its options; return the picture's name and what is done with the beats."""
    name = links.one("picture", PICTURES, label="Picture", default="mel", wrap=True)
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        if name == "stft":
            axis = links.one("axis", AXES, label="Frequency axis", default="log", wrap=True)
            sizes = {str(size): f"{size:,}" for size in FFT_SIZES}
            hops = {str(hop): f"{hop:,}" for hop in HOPS}
            n_fft = links.one("fft", sizes, label="FFT size (samples)", default="2048", look="select", width=160)
            hop = links.one("hop", hops, label="Hop (samples)", default="512", look="select", width=160)
            name = f"stft-{axis}" if (n_fft, hop) == ("2048", "512") else f"stft-{axis}-{n_fft}-{hop}"
        beats = links.one("beats", BEATS, label="Beats", default="off", wrap=True)
    return name, beats


def _player(track: Track, looked: Looked, name: str, scope: str, plays: int, beats: str) -> None:
    view, sound = _view(track, looked, name, beats), None
    if name == "parts":
        view, key = replace(view, beats=()), f"{scope}_hear"
        part = st.segmented_control("Hear", list(HEAR), key=key, default="whole", format_func=HEAR.__getitem__)
        sound = None if part in (None, "whole") else hearing.parts(track, looked, part)
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
        alt=f"The track {shorten(track.id)}; the picture above: {PICTURES[name if name in PICTURES else 'stft']}",
        plays=plays,
        track=looked.sha256[:16],
    )
    st.caption(plain(view.words), help=view.help or None)


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
    tempo = "" if name in ("onsets", "tempogram") else f" at about {found.tempo:.0f} beats per minute"  # they say it
    said = f"{len(found.times)} beats{tempo}." if found.times else "No beats found."
    return replace(view, beats=found.times, words=f"{view.words} {said}")


@st.fragment(run_every=POLL)
def _wait() -> None:
    """Say that librosa is loading, and draw the page again when it is loaded."""
    if hearing.is_ready():
        st.rerun()
    st.info(
        "Loading the library for this picture. This can take a minute the first time; the page updates by itself.",
        icon=":material/hourglass_top:",
    )


def _without_sound(selection: Selection, track: Track, unheard: Unheard, scope: str) -> None:
    """Show the picture that came with the data set, where there is one, and say in one line what is missing."""
    columns = hearing.picture(track)
    has_row = hearing.numbers(track, selection, unheard) is not None
    left = [words for words, there in (("its picture", columns is not None), ("its descriptors", has_row)) if there]
    rest = f"Available: {' and '.join(left)}." if left else "Picture and descriptors are not available either."
    why = " ".join(findings(selection, track)) if track.audio is None else ""
    st.info(plain(f"{why or unheard.sentence} {rest}"), icon=":material/volume_off:")
    if columns is not None:
        view = columns_view(columns)
        player.look(view, name="picture", scope=scope, seconds=track.seconds or 30.0, sound=None)
        st.caption(plain(view.words))


def _mean(selection: Selection, track: Track) -> None:
    """Draw the mean spectrum of a genre: that of ``track``, unless another is chosen."""
    st.markdown("#### Mean spectrum of a genre", anchors=False)
    if not extraction.invite(selection, "the mean spectrum of a genre"):
        return
    if selection.collected is None or not selection.collected.has_picture.any():
        st.caption("No track of this data set has a spectrogram.")
        return
    _follow(track)
    names = {genre: genre_words(genre) for genre in selection.dataset.genres}
    look: links.Look = "pills" if len(names) <= links.MOST_PILLS else "select"
    genre = links.one("mean", names, label="Genre", default=track.genre, look=look)
    levels, genres = _levels(selection)
    of_genre = levels[genres == genre]
    if not len(of_genre):
        st.caption(f"No track of {genre_words(genre)} has a spectrogram.")
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


@st.cache_resource(max_entries=4, show_spinner=False, hash_funcs=BY_DATA)
def _levels(selection: Selection) -> tuple[distributions.Spectra, np.ndarray]:
    """Return the mean spectrum of each track that has a picture, and its genre; never written to."""
    collected = selection.collected
    assert collected is not None  # noqa: S101 - the caller asked
    there = collected.has_picture
    share = np.minimum(np.asarray(collected.widths)[there] / collected.pictures.shape[2], 1.0)
    levels = distributions.track_levels(np.asarray(collected.thumbnails)[there], share)
    return levels, np.array(collected.genres, dtype=object)[there]


_CLICKS: Final = "point_clicks"  # in the session: how many points were clicked
_PLAYED: Final = "point_played"  # and which of these clicks has been answered with sound


def pick(selection: Selection) -> Track:
    """Draw the list of the chosen tracks with a step back and a step on; return the track that is looked at."""
    options = {track.id: label(track) for track in selection.chosen}
    ids = list(options)
    here = ids.index(links.one("track", options, label="Track", default=ids[0], look="select"))
    sides: tuple[Literal["left", "right"], ...] = ("left", "right")
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        for word, to, side in zip(("Previous", "Next"), (here - 1, here + 1), sides, strict=True):
            is_there = 0 <= to < len(ids)
            st.button(
                word,
                key=f"step_{word.lower()}",
                icon=f":material/chevron_{side}:",
                icon_position=side,
                disabled=not is_there,
                on_click=links.go,
                kwargs={"track": ids[to]} if is_there else None,
            )
        st.caption(f"{here + 1:,} of {len(ids):,}", width="content")
    return selection.chosen[here]


def beside(selection: Selection, track: Track) -> Track | None:
    """Draw the choice of a second track, from the whole data set, and return it if there is one."""
    others = {one.id: one for one in selection.dataset.tracks if one.id != track.id}
    id = links.one(
        "with",
        {id: label(one) for id, one in others.items()},
        label="Compare with",
        look="select",
        placeholder="Compare with another track",
        label_visibility="collapsed",
    )
    return others[id] if id else None


def clicked(chart: str) -> None:
    """Choose the track whose point was clicked in the chart of this key; a callback."""
    points = st.session_state[chart].selection.points
    if points:
        id = points[-1].get("customdata")
        id = id[0] if isinstance(id, list) else id
        if isinstance(id, str):
            links.go(track=id)
            st.session_state[_CLICKS] = st.session_state.get(_CLICKS, 0) + 1


def new_click() -> int:
    """Return the number of a click whose track has not been played yet, else 0."""
    clicks: int = st.session_state.get(_CLICKS, 0)
    is_new = clicks != st.session_state.get(_PLAYED, 0)
    st.session_state[_PLAYED] = clicks
    return clicks if is_new else 0


def open_button(selection: Selection, id: str, *, key: str) -> None:
    """Draw the way to the large view of a track."""
    given = (id, selection.passes(id))
    icon = ":material/graphic_eq:"
    st.button("Listen and look", key=key, icon=icon, type="tertiary", on_click=open_track, args=given)


def label(track: Track) -> str:
    """Return a track's id, and artist and title where they are known; shown as plain text."""
    return _label(track.id, named(track))


def named(track: Track) -> str:
    """Return artist and title as far as they are known, ``""`` when there is neither, or no more than the id says."""
    words = ": ".join(part for part in (track.artist, track.title) if part)
    return "" if words.casefold() == track.id.casefold() else words


@lru_cache(maxsize=4096)  # a thousand of them stand in a list at every rerun
def _label(id: str, words: str) -> str:
    return shorten(id, 40) + (f" \N{MIDDLE DOT} {shorten(words, 60)}" if words else "")


def heading(selection: Selection, track: Track, looked: Looked | Unheard) -> None:
    """Say who a track is, what was decoded, and what is known of it."""
    words = named(track)
    st.text(shorten(words or track.id), wrap=False)
    facts = [f"**{genre_words(track.genre)}**"]
    if words:
        facts.append(plain(shorten(track.id, 40)))
    if isinstance(looked, Looked):
        facts.append(plain(looked.heard.sentence()))
    facts += [plain(fact) for fact in _facts(selection, track)]
    st.markdown(" \N{MIDDLE DOT} ".join(facts))


def findings(selection: Selection, track: Track) -> list[str]:
    """Return what the validation says of a track, in sentences; that it is absent the page says itself."""
    if selection.report is None:
        return []
    return [one.sentence for one in selection.report.findings if one.track == track.id and one.kind != "absent"]


def _facts(selection: Selection, track: Track) -> list[str]:
    """Return what others have found out about a track of GTZAN, and what this data set says of it."""
    facts = []
    if selection.dataset.source == "gtzan":
        tempo, key = _annotated().get(track.id, ("", ""))
        facts += [f"annotated: {', '.join(part for part in (tempo, key) if part)}"] if tempo or key else []
    if track.duplicate_of:
        facts.append(f"the same samples as {track.duplicate_of}")
    if track.part == "excluded":
        facts.append("left out of the fault-filtered partition")
    return facts


@st.cache_data(show_spinner=False)
def _annotated() -> dict[str, tuple[str, str]]:
    """Return tempo and key of GTZAN's clips in words, as people have annotated them."""
    from mgc.datasets import gtzan

    table = gtzan.facts()
    return {
        clip: (f"{tempo:.0f} beats per minute" if tempo == tempo else "", key)  # NaN differs from itself
        for clip, tempo, key in zip(table["clip"], table["tempo_bpm"], table["key"], strict=True)
    }


def card(selection: Selection, id: str, *, key: str, note: str = "", heading: str = "") -> None:
    """Draw a track with its picture and its player, as far as they are here.

    ``heading`` says what the track is here ("Typical jazz"), ``note`` is one more line about it; both in plain words.
    """
    track = selection.dataset.track(id)
    with st.container(border=True, gap="xsmall", height="stretch"):
        if heading:
            st.markdown(f"**{plain(heading)}**")
        words = named(track)
        st.text(shorten(words or track.id))
        labelled = f"labelled **{genre_words(track.genre)}**"
        st.caption(f"{plain(shorten(track.id))} \N{MIDDLE DOT} {labelled}" if words else labelled)
        if note:
            st.markdown(plain(note))
        picture, sound = _picture(selection, id), hearing.at_once(track)
        if picture is not None:
            st.image(picture, width="stretch", alt=f"Mel spectrogram of {shorten(id)}")
        if sound is not None:
            st.audio(sound.data, format=sound.mime, alt=f"The track {shorten(id)}")
        elif picture is not None:
            st.caption(":material/music_off: No audio; this is the picture from the data set.")
        else:
            st.caption(":material/music_off: Neither audio nor picture is available.")
        open_button(selection, id, key=f"{key}_open")


def _picture(selection: Selection, id: str) -> bytes | None:
    """Return the track's mel picture as a PNG, of a short clip as wide as of a long one; None when there is none."""
    held = selection.collected
    row = next(iter(held.rows([id])), None) if held is not None else None
    if held is None or row is None or not held.widths[row]:
        return None
    columns = held.pictures[row][:, : held.widths[row]]
    return palette_png(np.repeat(columns, max(1, held.pictures.shape[2] // held.widths[row]), axis=1))
