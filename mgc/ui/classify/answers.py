"""Many songs: work through them with real progress, list them, open one."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Final

import streamlit as st

from mgc.errors import ModelError
from mgc.ui import models
from mgc.ui.classify import listening, report, song, verdict
from mgc.ui.classify.listening import Busy, Listened, Outcome, Refused, Song
from mgc.ui.text import plain, shorten

if TYPE_CHECKING:
    from collections.abc import Callable

    from streamlit.delta_generator import DeltaGenerator

    from mgc.inference import Prediction
    from mgc.ui.models import Choice

__all__ = ["invite", "show"]

PAGE: Final = 8  # songs listed at once; more than a screenful is turned over
STEPS: Final = {"decoding": 0.0, "listening": 0.35, "drawing": 0.9}  # share of the time when each step begins

WORDS: Final = {"decoding": "decoding", "listening": "listening to", "drawing": "drawing"}

_OPEN: Final = "open_song"  # id of the song whose answer is shown
_SEEN: Final = "seen_songs"  # ids of the last run, to notice what is new


def invite() -> None:
    """Say what to do and what comes of it, while there is no song."""
    st.space("small")
    promises = (
        (":material/sell:", "A verdict", "One of ten genres with a calibrated probability, or an honest *unsure*."),
        (
            ":material/stacked_line_chart:",
            "A timeline",
            "What the models hear second by second; click to listen there.",
        ),
        (":material/verified:", "A number you can trust", "Every accuracy names its protocol, its interval and its n."),
    )
    for column, (icon, title, words) in zip(st.columns(3, gap="medium"), promises, strict=True):
        with column.container(border=True, height="stretch", gap="xsmall"):
            st.markdown(f"##### {icon} {title}", anchors=False)
            st.markdown(words)


def show(songs: list[Song], choice: Choice) -> None:
    """Answer every song; a broken one says its sentence and the others are answered."""
    outcomes = _work(songs, models.members(choice.cards))
    chosen = _opened(songs, outcomes)
    if len(songs) > 1:
        _list(songs, outcomes, choice, chosen)
    _one(songs[chosen], outcomes[chosen], choice)


def _work(songs: list[Song], members: tuple[str, ...]) -> list[Outcome]:
    """Hear all songs, telling what is being done; nothing is drawn when everything is known."""
    slot = st.empty()
    try:
        return [listening.hear(one, members, _teller(slot, songs, i)) for i, one in enumerate(songs)]
    finally:
        slot.empty()


def _teller(slot: DeltaGenerator, songs: list[Song], i: int) -> Callable[[str], None]:
    """Return what draws the progress of song ``i`` into ``slot``."""

    def tell(step: str) -> None:
        of = f"{i + 1} of {len(songs)}: " if len(songs) > 1 else ""
        with slot.container():
            share = (i + STEPS[step]) / len(songs)
            st.progress(share, text=f"{of}{WORDS[step]} {plain(shorten(songs[i].name, 40))}")
            st.skeleton(height=360)

    return tell


def _opened(songs: list[Song], outcomes: list[Outcome]) -> int:
    """Return the index of the song to show: the newest that could be heard, until the visitor opens another."""
    ids = [one.id for one in songs]
    new = [i for i, one in enumerate(ids) if one not in st.session_state.get(_SEEN, ())]
    st.session_state[_SEEN] = ids
    if new or st.session_state.get(_OPEN) not in ids:
        candidates = new or range(len(ids))
        best = next((i for i in candidates if isinstance(outcomes[i], Listened)), candidates[0])
        st.session_state[_OPEN] = ids[best]
    return ids.index(st.session_state[_OPEN])


def _list(songs: list[Song], outcomes: list[Outcome], choice: Choice, chosen: int) -> None:
    heard = sum(isinstance(outcome, Listened) for outcome in outcomes)
    missing = f"; {len(songs) - heard} could not be answered" if heard < len(songs) else ""
    st.markdown(f"#### {len(songs)} songs{missing}", anchors=False)
    first = 0
    rows = st.container(gap="xxsmall")
    _all(songs, outcomes, choice)
    if len(songs) > PAGE:
        pages = -(-len(songs) // PAGE)
        first = (st.pagination(pages, default=chosen // PAGE + 1, key="songs_page") - 1) * PAGE
    with rows:
        for i in range(first, min(first + PAGE, len(songs))):
            _row(songs[i], outcomes[i], choice, is_open=i == chosen)


def _all(songs: list[Song], outcomes: list[Outcome], choice: Choice) -> None:
    from mgc import inference

    answers: list[tuple[str, Prediction | None, str]] = []
    for one, outcome in zip(songs, outcomes, strict=True):
        if isinstance(outcome, Listened):
            with suppress(ModelError):
                said = inference.predict(outcome.analysis, model=choice.model, rule=choice.rule)
                answers.append((one.name, said, ""))
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


def _row(one: Song, outcome: Outcome, choice: Choice, *, is_open: bool) -> None:
    with st.container(border=True, key=f"row_{one.id}"):
        name, answer, button = st.columns([5, 5, 2], vertical_alignment="center")
        with name:
            st.text(shorten(one.name), wrap=False)
            if isinstance(outcome, Listened):
                st.caption(plain(outcome.heard.sentence()))
        if isinstance(outcome, Listened):
            words = verdict.brief(outcome.analysis, model=choice.model, rule=choice.rule)
            answer.markdown(words, anchors=False)
        else:
            sign = (
                ":material/hourglass_top: Waiting." if isinstance(outcome, Busy) else ":material/music_off: Not heard."
            )
            answer.markdown(f"{sign} {plain(outcome.sentence)}")
        if isinstance(outcome, Busy):
            button.button("Try again", key=f"again_{one.id}", width="stretch")
        elif isinstance(outcome, Listened):
            button.button(
                "Shown below" if is_open else "Open",
                key=f"open_{one.id}",
                disabled=is_open,
                width="stretch",
                on_click=_open,
                args=(one.id,),
            )


def _open(song_id: str) -> None:
    st.session_state[_OPEN] = song_id


def _one(one: Song, outcome: Outcome, choice: Choice) -> None:
    if isinstance(outcome, Listened):
        song.show(one, outcome, choice)
        return
    with st.container(border=True):
        st.text(shorten(one.name), wrap=False)
        if isinstance(outcome, Refused):
            st.error(plain(outcome.sentence), icon=":material/music_off:", title="This file could not be heard")
        else:
            st.warning(plain(outcome.sentence), icon=":material/hourglass_top:", title="One moment")
            st.button("Try again", key="again", icon=":material/refresh:")
