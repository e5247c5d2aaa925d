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
GUESS: Final = (128, 80, 48)  # px of a row's chip, bar and number
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
    """Answer every song, with the progress in ``slot`` until there is something to show.

    A broken file gets its sentence, the others their answers.
    """
    if len(songs) > 1:
        _many(songs, choice, slot)
        return
    _remember(songs, songs[0].id)
    hearing = listening.hear(songs[0], choice.members, _progress(slot, songs[0]), first=choice.needed)
    try:
        outcome = next(hearing)
        if isinstance(outcome, Listened) and outcome.analysis.missing:  # another model may answer
            outcome = next(hearing, outcome)
    finally:
        slot.empty()
    _one(songs[0], outcome, choice, hearing)


def _many(songs: list[Song], choice: Choice, slot: DeltaGenerator) -> None:
    """Answer the song that is shown, then the others, each in its row of the list.

    All models are asked at once: later, no answer waits for another model.
    """
    outcomes = listening.known(songs, choice.members)

    def ask(i: int) -> Outcome:
        if i not in outcomes:
            on_step = _progress(slot, songs[i], len(outcomes), len(songs))
            outcomes[i] = next(listening.hear(songs[i], choice.members, on_step))
        return outcomes[i]

    try:
        chosen = _opened(songs, outcomes, ask)
    finally:
        slot.empty()
    if len(outcomes) < len(songs):
        outcomes |= listening.known(songs, choice.members)  # the same bytes under another name
    guesses = {i: _guess(outcome, choice) for i, outcome in outcomes.items()}
    head, table = st.container(), st.container(gap=None, key="mgc_songs")
    sight = _in_sight(len(songs), chosen)
    waiting = sorted(set(range(len(songs))) - set(outcomes), key=lambda i: (i not in sight, i))
    # Only what waits gets a place of its own: one that is empty for a moment lets the page below it jump.
    rows: dict[int, DeltaGenerator] = {}
    if waiting:
        head = head.empty()
        _at_work(head, songs[waiting[0]], len(outcomes), len(songs))
    else:
        _head(head, songs, outcomes, guesses)
    with table:
        for i in sight:
            if i in outcomes:
                _row(songs[i], outcomes[i], guesses[i], is_open=i == chosen)
            else:
                rows[i] = st.empty()
                with rows[i]:
                    _waiting_row(songs[i])
    try:
        _one(songs[chosen], outcomes[chosen], choice, iter(()))
        for i in waiting:
            _at_work(head, songs[i], len(outcomes), len(songs))
            # Its steps are not drawn: a click stops a run where it next draws, and would cost this song its answer.
            outcomes[i] = next(listening.hear(songs[i], choice.members, lambda _: None))
            guesses[i] = _guess(outcomes[i], choice)
            if i in rows:
                with rows[i]:
                    _row(songs[i], outcomes[i], guesses[i], is_open=False)
    except Exception:  # nothing is to look as if it were still at work
        for place in (head, *(row for i, row in rows.items() if i not in outcomes)):
            place.empty()
        raise
    if waiting:
        _head(head, songs, outcomes, guesses)


def _progress(slot: DeltaGenerator, one: Song, n: int = 0, total: int = 1) -> Callable[[str], None]:
    """Return a function that draws the progress of a song, the one after ``n`` others, into ``slot``."""

    def on_step(step: str) -> None:
        of = f"{n + 1} of {total}: " if total > 1 else ""
        with slot.container():
            st.progress((n + STEPS[step]) / total, text=f"{of}{step} {plain(shorten(one.name, 40))}")
            st.skeleton(height=360)

    return on_step


def _at_work(slot: DeltaGenerator, one: Song, n: int, total: int) -> None:
    """Say in ``slot`` that a song is heard, the one after ``n`` others."""
    slot.progress(n / total, text=f"{n + 1} of {total}: listening to {plain(shorten(one.name, 40))}")


def _opened(songs: list[Song], outcomes: dict[int, Outcome], ask: Callable[[int], Outcome]) -> int:
    """Return the index of the song to show: the newest that has an answer, until the visitor opens another."""
    ids = [one.id for one in songs]
    new = [i for i, one in enumerate(ids) if one not in st.session_state.get(_SEEN, ())]
    chosen = st.session_state.get(_OPEN)
    if new or chosen not in ids:
        candidates = new or sorted(range(len(ids)), key=lambda i: i not in outcomes)
        chosen = ids[next((i for i in candidates if isinstance(ask(i), Listened)), candidates[0])]
    ask(ids.index(chosen))
    _remember(songs, chosen)  # now: what is stopped before is begun again
    return ids.index(chosen)


def _remember(songs: list[Song], chosen: str) -> None:
    st.session_state[_SEEN] = [one.id for one in songs]
    st.session_state[_OPEN] = chosen


def _in_sight(n: int, chosen: int) -> range:
    """Draw the pages of a list of ``n`` songs, where there are several; return the songs of the page in sight."""
    first = 0
    if n > PAGE:
        pages = -(-n // PAGE)
        with frame.controls("songs"):
            # Stretched: at the width of its content it hides all pages but one.
            first = (st.pagination(pages, default=chosen // PAGE + 1, width="stretch", key="songs_page") - 1) * PAGE
    return range(first, min(first + PAGE, n))


def _head(
    place: DeltaGenerator, songs: list[Song], outcomes: dict[int, Outcome], guesses: dict[int, Prediction | str]
) -> None:
    """Say how many songs there are, and hand all answers over as a table."""
    lacking = sum(not isinstance(outcome, Listened) for outcome in outcomes.values())
    with place.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        without = f", {lacking} without an answer" if lacking else ""
        st.markdown(f"#### {len(songs)} songs{without}", anchors=False, width="content")
        table = song.all_as_csv((one.name, guesses[i]) for i, one in enumerate(songs))
        song.download("All songs (CSV)", table, "mgc-songs.csv", key="songs_csv")


def _guess(outcome: Outcome, choice: Choice) -> Prediction | str:
    if isinstance(outcome, Listened):
        return song.answer(outcome, choice.model, choice.rule)
    return outcome.sentence


def _waiting_row(one: Song) -> None:
    """Draw the row of a song that was not heard yet, with room for its answer."""
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        st.text(shorten(one.name, 40), wrap=False, width="stretch")
        for width in GUESS:
            st.markdown("", width=width)
        st.button("Open", key=f"wait_{one.id}", disabled=True, width=72)


def _row(one: Song, outcome: Outcome, said: Prediction | str, *, is_open: bool) -> None:
    """Draw a song's name, its best guess with a small bar, and a button that opens it below."""
    is_answered = isinstance(outcome, Listened)
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", wrap=not is_answered):
        st.text(shorten(one.name, 40), wrap=False, width="stretch")
        if not isinstance(said, str):  # an unsure answer is grey, with a question mark
            label = NO_GENRE.get(said.outcome, f"{said.named(said.genre).name}?") if said.verdict == UNSURE else ""
            chip, bar, number = GUESS
            st.markdown(song.chip(said.named(said.verdict), label=label), width=chip)
            has_share = said.outcome not in ("not music", "none")  # of what is neither, a share says nothing
            if has_share:
                st.progress(said.confidence, width=bar)
            else:
                st.markdown("", width=bar)
            st.markdown(percent(said.confidence) if has_share else "", width=number)
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
