"""The Classify page: songs from files, microphone and our own samples; a list of many; one of them open."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

import streamlit as st

from mgc.audio.clip import SR
from mgc.charts.theme import percent
from mgc.genres import GENRES, NO_GENRE, UNSURE, display_name
from mgc.ui import frame, models, quota, resources, state
from mgc.ui.classify import listening, song
from mgc.ui.classify.listening import Busy, Listened, Outcome, Refused, Song
from mgc.ui.text import plain, shorten

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from streamlit.delta_generator import DeltaGenerator

    from mgc.inference import Prediction
    from mgc.ui.models import Choice

__all__ = ["LEAD", "has_songs", "show"]

LEAD: Final = "Upload a song to see its genre and what is heard in it, second by second, and how sure the models are."

# Extensions only sort the browser's file dialog; what a file is, its first bytes say (mgc.audio.probe).
EXTENSIONS: Final = (
    "wav", "mp3", "flac", "ogg", "oga", "opus", "m4a", "mp4", "aac", "webm", "aiff", "aif", "aifc", "au", "snd",
)  # fmt: skip
KEPT_MB: Final = 40  # of one session (RELIABILITY 4.3)
PAGE: Final = 8  # songs listed at once
PLAYER_HEIGHT: Final = 360  # px that are kept free for the first answer
STEPS: Final = {"decoding": 0.0, "classifying": 0.35, "drawing": 0.9}  # share of the time when each step begins

_SAMPLES: Final = {genre: display_name(genre) for genre in GENRES}
_KEPT: Final = "kept_songs"  # (id, name, bytes, sha256) of the present songs, for when the visitor changes the page
_EARLIER: Final = "earlier_songs"  # of those, the ones from before the page was changed
_OPEN: Final = "open_song"  # id of the song whose answer is shown
_SEEN: Final = "seen_songs"  # ids of the last run, to notice what is new
_REVEAL: Final = "reveal_song"  # when "Open" was last pressed [ms]: the player scrolls to the song once for each


def show() -> None:
    """Draw the page: inputs, in a menu once there is a song; the menu of models; the answers."""
    with st.container():  # one element in both cases, so that the next one keeps its place
        if has_songs():  # then the answer comes first, and all else fits in a line
            line = frame.controls("classify")
            inputs: DeltaGenerator = line.popover("Add songs", icon=":material/library_add:")
        else:
            inputs = st.container()
            line = frame.controls("classify")
    with inputs:
        songs = _songs()
    choice = models.choose(line)
    body = st.empty()  # one place for the landing cards and for the progress: the one replaces the other at once
    if choice and songs:
        _answer(songs, choice, body)
    elif choice:
        with body.container():
            _invite()


def has_songs() -> bool:
    """Tell, before anything is drawn, whether the visitor has handed in any song."""
    earlier = _KEPT if _is_new() else _EARLIER
    handed = (st.session_state.get(key) for key in ("uploads", "recording", earlier))
    return any(handed) or state.current("sample", _SAMPLES) is not None


def _songs() -> list[Song]:
    """Draw uploader, microphone and sample clips; return the songs: the sample first, then recording and files."""
    is_new = _is_new()
    files, microphone = st.columns([3, 2], gap="medium")
    uploads = files.file_uploader(
        "Drop songs here",
        type=EXTENSIONS,
        accept_multiple_files=True,
        max_upload_size=quota.upload_mb(),
        key="uploads",
    )
    recording = microphone.audio_input("Or record a few seconds", sample_rate=SR, key="recording")
    sample = state.choose("sample", _SAMPLES, label="Or try a synthesised clip", pills=True)
    handed = [(upload.name, upload) for upload in uploads]
    if recording is not None:
        handed.insert(0, ("Your recording", recording))
    hashed = {id: sha256 for id, _, _, sha256 in st.session_state.get(_KEPT, ())}  # when it came, not at every rerun
    songs = [Song.of(name, one.getvalue(), id=one.file_id, sha256=hashed.get(one.file_id, "")) for name, one in handed]
    songs = _with_earlier(songs, is_new)
    if sample:
        data = resources.sample_wav(sample)
        songs.insert(0, Song.of(f"{_SAMPLES[sample]} clip", data, id=f"sample-{sample}", made_as=sample))
    return songs


def _is_new() -> bool:
    """Tell whether the page was just opened: Streamlit drops the state of its widgets when a page is left."""
    return "uploads" not in st.session_state


def _with_earlier(songs: list[Song], is_new: bool) -> list[Song]:
    """Add the songs from before the visitor looked at another page, which empties Streamlit's own uploader.

    The bytes live in this session's memory and end with it; what would exceed :data:`KEPT_MB` is not kept.
    """
    if is_new:
        st.session_state[_EARLIER] = st.session_state.get(_KEPT, [])
    ids = {song.id for song in songs}
    earlier = [Song(*kept) for kept in st.session_state.get(_EARLIER, ()) if kept[0] not in ids]
    if earlier:
        with st.container(horizontal=True, vertical_alignment="center"):
            count = "1 song" if len(earlier) == 1 else f"{len(earlier)} songs"
            st.caption(f"{count} from earlier.", width="content")
            st.button("Remove", key="forget", on_click=_forget, type="tertiary")
    everything, room = [*earlier, *songs], KEPT_MB * 2**20
    kept = []
    for one in everything:
        room -= len(one.data)
        if room >= 0:
            kept.append((one.id, one.name, one.data, one.sha256))
    st.session_state[_KEPT] = kept
    return everything


def _forget() -> None:
    st.session_state[_EARLIER] = []


def _invite() -> None:
    """Say what to do and what comes of it, while there is no song."""
    st.space("small")
    promises = (
        (":material/sell:", "A verdict", "A genre and how sure it is; or why none is named, as for speech."),
        (
            ":material/stacked_line_chart:",
            "A timeline",
            "Genres and instruments, second by second; click to play from there.",
        ),
        (
            ":material/verified:",
            "A number you can trust",
            "Every accuracy says how it was tested, on how many clips, and how far chance may move it.",
        ),
    )
    grid = frame.cards(len(promises))
    for icon, title, words in promises:
        with grid.cell():
            st.markdown(f"##### {icon} {title}", anchors=False)
            st.markdown(words)


def _answer(songs: list[Song], choice: Choice, slot: DeltaGenerator) -> None:
    """Answer the song that is shown, with the progress in ``slot``, then the others of the list, each in its row.

    A broken file gets its sentence, the others their answers.
    """
    first = choice.needed if len(songs) == 1 else ()  # of many, no answer waits for another model
    hearing: dict[int, Iterator[Outcome]] = {}
    outcomes: dict[int, Outcome] = {}

    def ask(i: int, place: DeltaGenerator, height: int = 0) -> Outcome:
        if i not in outcomes:
            hearing[i] = listening.hear(songs[i], choice.members, _progress(place, songs, i, height), first=first)
            said = next(hearing[i])
            if first and isinstance(said, Listened) and said.analysis.missing:  # another model may answer
                said = next(hearing[i], said)
            outcomes[i] = said
        return outcomes[i]

    for i, one in enumerate(songs):
        if listening.known(one, choice.members, first):
            ask(i, slot)
    try:
        chosen = _opened(songs, lambda i: ask(i, slot, PLAYER_HEIGHT))
    finally:
        slot.empty()
    if len(songs) == 1:
        _one(songs[chosen], outcomes[chosen], choice, hearing[chosen])
        return
    head, rows = _list(songs, chosen)
    waiting = [i for i in range(len(songs)) if i not in outcomes]
    if waiting:
        _progress(head, songs, waiting[0])("decoding")  # at once, so that nothing moves when its turn has come
    else:
        _head(head, songs, outcomes, choice)
    for i, row in rows.items():
        _row(row, songs[i], outcomes.get(i), choice, is_open=i == chosen)
    _one(songs[chosen], outcomes[chosen], choice, hearing[chosen])
    for i in sorted(waiting, key=lambda i: i not in rows):  # those in sight first
        ask(i, head)
        if i in rows:
            _row(rows[i], songs[i], outcomes[i], choice, is_open=False)
    if waiting:
        _head(head, songs, outcomes, choice)


def _progress(slot: DeltaGenerator, songs: list[Song], i: int, height: int = 0) -> Callable[[str], None]:
    """Return a function that draws the progress of song ``i`` into ``slot``, above a place of ``height`` for it."""

    def on_step(step: str) -> None:
        of = f"{i + 1} of {len(songs)}: " if len(songs) > 1 else ""
        with slot.container():
            share = (i + STEPS[step]) / len(songs)
            st.progress(share, text=f"{of}{step} {plain(shorten(songs[i].name, 40))}")
            if height:
                st.skeleton(height=height)

    return on_step


def _opened(songs: list[Song], ask: Callable[[int], Outcome]) -> int:
    """Return the index of the song to show: the newest that has an answer, until the visitor opens another."""
    ids = [one.id for one in songs]
    new = [i for i, one in enumerate(ids) if one not in st.session_state.get(_SEEN, ())]
    chosen = st.session_state.get(_OPEN)
    if new or chosen not in ids:
        candidates = new or range(len(ids))
        chosen = ids[next((i for i in candidates if isinstance(ask(i), Listened)), candidates[0])]
    ask(ids.index(chosen))
    st.session_state[_SEEN] = ids  # now: what is interrupted before is begun again
    st.session_state[_OPEN] = chosen
    return ids.index(chosen)


def _list(songs: list[Song], chosen: int) -> tuple[DeltaGenerator, dict[int, DeltaGenerator]]:
    """Draw a compact table of the songs; return the places of its head and of the rows in sight, by song."""
    head = st.empty()
    first = 0
    table = st.container(gap=None, key="mgc_songs")
    if len(songs) > PAGE:
        pages = -(-len(songs) // PAGE)
        with frame.controls("songs"):
            # Stretched: at the width of its content it hides all pages but one.
            first = (st.pagination(pages, default=chosen // PAGE + 1, width="stretch", key="songs_page") - 1) * PAGE
    return head, {i: table.empty() for i in range(first, min(first + PAGE, len(songs)))}


def _head(head: DeltaGenerator, songs: list[Song], outcomes: dict[int, Outcome], choice: Choice) -> None:
    """Say how many songs there are, and hand all answers over as a table."""
    found = [outcomes[i] for i in range(len(songs))]
    lacking = sum(not isinstance(outcome, Listened) for outcome in found)
    with head.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        without = f", {lacking} without an answer" if lacking else ""
        st.markdown(f"#### {len(songs)} songs{without}", anchors=False, width="content")
        said = (_guess(outcome, choice) for outcome in found)
        table = song.all_as_csv((one.name, answer) for one, answer in zip(songs, said, strict=True))
        song.download("All songs (CSV)", table, "mgc-songs.csv", key="songs_csv")


def _guess(outcome: Outcome, choice: Choice) -> Prediction | str:
    if isinstance(outcome, Listened):
        return song.answer(outcome, choice.model, choice.rule)
    return outcome.sentence


def _row(row: DeltaGenerator, one: Song, outcome: Outcome | None, choice: Choice, *, is_open: bool) -> None:
    """Draw a song's name, its best guess with a small bar, and a button that opens it below; None: not heard yet."""
    is_answered = isinstance(outcome, Listened)
    with row.container(
        horizontal=True, vertical_alignment="center", gap="xsmall", wrap=not (is_answered or outcome is None)
    ):
        st.text(shorten(one.name, 40), wrap=False, width="stretch")
        if outcome is None:
            st.button("Open", key=f"wait_{one.id}", disabled=True, width=72)
            return
        said = _guess(outcome, choice)
        if not isinstance(said, str):  # an unsure answer is grey, with a question mark
            label = NO_GENRE.get(said.outcome, f"{said.named(said.genre).name}?") if said.verdict == UNSURE else ""
            st.markdown(song.chip(said.named(said.verdict), label=label), width=128)
            has_share = said.outcome not in ("not music", "none")  # of what is neither, a share says nothing
            if has_share:
                st.progress(said.confidence, width=80)
            else:
                st.markdown("", width=80)
            st.markdown(percent(said.confidence) if has_share else "", width=48)
        elif is_answered:
            st.markdown(plain(said))
        elif isinstance(outcome, Refused):
            st.markdown(f":material/music_off: No answer. {plain(said)}")
        else:
            st.markdown(f":material/hourglass_top: {plain(said)}")
            st.button("Try again", key=f"again_{one.id}")
        if is_answered:
            label = "Shown" if is_open else "Open"
            st.button(label, key=f"open_{one.id}", disabled=is_open, width=72, on_click=_open, args=(one.id,))


def _open(song_id: str) -> None:
    st.session_state[_OPEN] = song_id
    st.session_state[_REVEAL] = round(1000 * time.time())


def _one(one: Song, outcome: Outcome, choice: Choice, later: Iterator[Outcome]) -> None:
    if isinstance(outcome, Listened):
        song.show(one, outcome, choice, later, reveal=st.session_state.get(_REVEAL, 0))
        return
    with st.container(border=True):
        st.text(shorten(one.name), wrap=False)
        if isinstance(outcome, Busy):
            st.warning(plain(outcome.sentence), icon=":material/hourglass_top:", title="The server is busy")
            st.button("Try again", key="again", icon=":material/refresh:")
        else:
            st.error(plain(outcome.sentence), icon=":material/music_off:", title="This file cannot be classified")
