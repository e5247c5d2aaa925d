"""Many songs: analyse them with real progress, list them, open one."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

import streamlit as st

from mgc.charts.theme import percent
from mgc.errors import ModelError
from mgc.genres import UNSURE
from mgc.ui import frame, models
from mgc.ui.classify import listening, report, song
from mgc.ui.classify.listening import Busy, Listened, Outcome, Refused, Song
from mgc.ui.text import plain, shorten

if TYPE_CHECKING:
    from collections.abc import Callable

    from streamlit.delta_generator import DeltaGenerator

    from mgc.inference import Prediction
    from mgc.ui.models import Choice

__all__ = ["invite", "show"]

PAGE: Final = 8  # songs listed at once
STEPS: Final = {"decoding": 0.0, "classifying": 0.35, "drawing": 0.9}  # share of the time when each step begins

_OPEN: Final = "open_song"  # id of the song whose answer is shown
_SEEN: Final = "seen_songs"  # ids of the last run, to notice what is new
_REVEAL: Final = "reveal_song"  # when "Open" was last pressed [ms]: the player scrolls to the song once for each


def invite() -> None:
    """Say what to do and what comes of it, while there is no song."""
    st.space("small")
    promises = (
        (":material/sell:", "A verdict", "A genre with a calibrated probability, or an honest *unsure*."),
        (
            ":material/stacked_line_chart:",
            "A timeline",
            "The genres second by second; click to listen there.",
        ),
        (":material/verified:", "A number you can trust", "Every accuracy names its protocol, its interval and its n."),
    )
    for column, (icon, title, words) in zip(st.columns(3, gap="medium"), promises, strict=True):
        with column.container(border=True, height="stretch", gap="xsmall"):
            st.markdown(f"##### {icon} {title}", anchors=False)
            st.markdown(words)


def show(songs: list[Song], choice: Choice, slot: DeltaGenerator) -> None:
    """Answer every song, with the progress in ``slot``; a broken file gets its sentence, the others their answers."""
    outcomes = _work(songs, models.members(choice.cards), slot)
    chosen = _opened(songs, outcomes)
    if len(songs) > 1:
        _list(songs, outcomes, choice, chosen)
    _one(songs[chosen], outcomes[chosen], choice)


def _work(songs: list[Song], members: tuple[str, ...], slot: DeltaGenerator) -> list[Outcome]:
    """Analyse all songs and show the progress; nothing is drawn for those in the cache."""
    try:
        return [listening.hear(one, members, _progress(slot, songs, i)) for i, one in enumerate(songs)]
    finally:
        slot.empty()


def _progress(slot: DeltaGenerator, songs: list[Song], i: int) -> Callable[[str], None]:
    """Return a function that draws the progress of song ``i`` into ``slot``."""

    def on_step(step: str) -> None:
        of = f"{i + 1} of {len(songs)}: " if len(songs) > 1 else ""
        with slot.container():
            share = (i + STEPS[step]) / len(songs)
            st.progress(share, text=f"{of}{step} {plain(shorten(songs[i].name, 40))}")
            st.skeleton(height=360)

    return on_step


def _opened(songs: list[Song], outcomes: list[Outcome]) -> int:
    """Return the index of the song to show: the newest that has an answer, until the visitor opens another."""
    ids = [one.id for one in songs]
    new = [i for i, one in enumerate(ids) if one not in st.session_state.get(_SEEN, ())]
    st.session_state[_SEEN] = ids
    if new or st.session_state.get(_OPEN) not in ids:
        candidates = new or range(len(ids))
        best = next((i for i in candidates if isinstance(outcomes[i], Listened)), candidates[0])
        st.session_state[_OPEN] = ids[best]
    return ids.index(st.session_state[_OPEN])


def _list(songs: list[Song], outcomes: list[Outcome], choice: Choice, chosen: int) -> None:
    """Draw a compact table of the songs: name, best guess with a small bar, a button that opens the song below."""
    said = {i: _said(outcome, choice) for i, outcome in enumerate(outcomes) if isinstance(outcome, Listened)}
    lacking = f", {len(songs) - len(said)} without an answer" if len(said) < len(songs) else ""
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.markdown(f"#### {len(songs)} songs{lacking}", anchors=False, width="content")
        _all(songs, outcomes, said)
    first = 0
    rows = st.container(gap=None, key="mgc_songs")
    if len(songs) > PAGE:
        pages = -(-len(songs) // PAGE)
        with frame.controls("songs"):
            first = (st.pagination(pages, default=chosen // PAGE + 1, key="songs_page") - 1) * PAGE
    with rows:
        for i in range(first, min(first + PAGE, len(songs))):
            _row(songs[i], outcomes[i], said.get(i), is_open=i == chosen)


def _said(outcome: Listened, choice: Choice) -> Prediction | str:
    """Return the chosen model's answer, or the sentence why it has none."""
    from mgc import inference

    try:
        return inference.predict(outcome.analysis, model=choice.model, rule=choice.rule)
    except ModelError as error:
        return error.user_message


def _all(songs: list[Song], outcomes: list[Outcome], said: dict[int, Prediction | str]) -> None:
    answers: list[tuple[str, Prediction | None, str]] = []
    for i, (one, outcome) in enumerate(zip(songs, outcomes, strict=True)):
        if isinstance(outcome, Listened):
            answer = said[i]
            answers.append((one.name, None, answer) if isinstance(answer, str) else (one.name, answer, ""))
        else:
            answers.append((one.name, None, outcome.sentence))
    st.download_button(
        "All songs (CSV)",
        report.all_as_csv(answers),
        file_name="mgc-songs.csv",
        mime="text/csv",
        on_click="ignore",
        icon=":material/download:",
        key="songs_csv",
    )


def _row(one: Song, outcome: Outcome, said: Prediction | str | None, *, is_open: bool) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", wrap=said is None):
        st.text(shorten(one.name, 40), wrap=False, width="stretch")
        if isinstance(outcome, Busy):
            st.markdown(f":material/hourglass_top: {plain(outcome.sentence)}")
            st.button("Try again", key=f"again_{one.id}")
        elif isinstance(outcome, Refused):
            st.markdown(f":material/music_off: No answer. {plain(outcome.sentence)}")
        elif isinstance(said, str):
            st.markdown(plain(said))
        elif said is not None:
            _guess(said)
        if isinstance(outcome, Listened):
            st.button(
                "Below" if is_open else "Open",
                key=f"open_{one.id}",
                disabled=is_open,
                width=72,
                on_click=_open,
                args=(one.id,),
            )


def _guess(said: Prediction) -> None:
    """Draw the most probable genre and its probability; an unsure answer is grey, with a question mark."""
    label = f"{said.named(said.genre).name}?" if said.verdict == UNSURE else ""
    st.markdown(song.chip(said.named(said.verdict), label=label), width=112)
    st.progress(said.confidence, width=96)
    st.markdown(percent(said.confidence), width=48)


def _open(song_id: str) -> None:
    st.session_state[_OPEN] = song_id
    st.session_state[_REVEAL] = round(1000 * time.time())


def _one(one: Song, outcome: Outcome, choice: Choice) -> None:
    if isinstance(outcome, Listened):
        song.show(one, outcome, choice, reveal=st.session_state.get(_REVEAL, 0))
        return
    with st.container(border=True):
        st.text(shorten(one.name), wrap=False)
        if isinstance(outcome, Refused):
            st.error(plain(outcome.sentence), icon=":material/music_off:", title="This file cannot be classified")
        else:
            st.warning(plain(outcome.sentence), icon=":material/hourglass_top:", title="One moment")
            st.button("Try again", key="again", icon=":material/refresh:")
