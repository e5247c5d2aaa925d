"""One song's answer: the verdict in words and colour, the player, every model, the downloads."""

from __future__ import annotations

import html
import json
import re
from typing import TYPE_CHECKING, Final

import streamlit as st

import mgc
from mgc.charts.scores import top
from mgc.charts.theme import GREY, ink_on, percent, visible
from mgc.datasets import registry
from mgc.errors import ModelError
from mgc.features.audioset import GENRE_ROWS
from mgc.features.textures import N_TEXTURES
from mgc.genres import NO_GENRE, UNSURE, display_name
from mgc.settings import settings
from mgc.ui import frame, player, state
from mgc.ui.classify.listening import Busy, Listened, playable
from mgc.ui.text import csv_text, plain, shorten

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from streamlit.delta_generator import DeltaGenerator

    from mgc.inference import Prediction
    from mgc.models.card import Card, Genre
    from mgc.ui.classify.listening import Outcome, Song
    from mgc.ui.models import Choice

__all__ = ["all_as_csv", "answer", "as_csv", "as_json", "cautions", "chip", "download", "file_name", "show"]

UNSAID: Final = {"none": "the model recognises none of its genres", "not music": "no music is heard in it"}
COLOURED: Final = {"between": 2, "unsure": 0, "none": 0}  # bars; of genres that are not named they are grey
WITHOUT_YAMNET: Final = (
    "With YAMNet's weights (`mgc weights get yamnet`, 15 MB) the app also says what is heard and whether it is music."
)
NEAR: Final = 0.2  # from which the second genre is named beside the first that a song is nearest to
WAITING: Final = "\N{HORIZONTAL ELLIPSIS}"
LEAST_NAMED: Final = 0.005  # below, a share would be shown as 0 %
PLAYER_HELP: Final = (
    "Each point shows the genres' probabilities around it. How far they can be trusted was measured for whole songs "
    "only. The verdict is that of the whole song: it also counts longer stretches. Arrow keys move by a second; the "
    "space bar plays and pauses."
)
HEARD_HELP: Final = (
    " What is heard: YAMNet scores 521 kinds of sound every half second, and the most prominent are shown. In a mix of "
    "several instruments each gets a low score."
)


def show(song: Song, outcome: Listened, choice: Choice, later: Iterator[Outcome], *, reveal: int = 0) -> None:
    """Draw everything about one song; where it is out of sight, scroll to it once for each number ``reveal``.

    ``later`` yields the result with all models' answers, where some were not asked yet.
    """
    prediction = _prediction(outcome, choice)
    if prediction is None:
        return
    with st.container(border=True, key="mgc_song"):
        _verdict(song, outcome, prediction, choice.cards[prediction.model])
        _player(song, outcome, prediction, reveal)
    waiting: dict[str, DeltaGenerator] = {}
    if prediction.outcome != "not music":  # which no model decides
        waiting = _side_by_side(outcome, choice, place=chip(prediction.named(UNSURE), label=WAITING))
    below = st.container()
    _heard(outcome)
    with st.container(horizontal=True):
        answer = as_json(prediction, choice.cards[prediction.model], name=song.name, sha256=song.sha256)
        download("Report (JSON)", answer, file_name(song, "json"), key="report_json")
        download("Timeline (CSV)", as_csv(prediction), file_name(song, "csv"), key="report_csv")
    try:
        whole = next(later, outcome)
    except Exception:
        for slot in waiting.values():
            slot.empty()
        raise
    for name, slot in waiting.items():
        _said(slot, whole, name, choice.rule)
    if waiting and isinstance(whole, Busy):
        below.button("Try again", key="again_models", icon=":material/refresh:")


def _prediction(outcome: Listened, choice: Choice) -> Prediction | None:
    """Return the chosen model's answer, or with a sentence that of the best which has one; None where none has."""
    said = answer(outcome, choice.model, choice.rule)
    if not isinstance(said, str):
        return said
    st.warning(plain(said), icon=":material/report:")
    others = (answer(outcome, model, choice.rule) for model in choice.cards)
    return next((one for one in others if not isinstance(one, str)), None)


def _verdict(song: Song, outcome: Listened, prediction: Prediction, card: Card) -> None:
    words, bars = st.columns([3, 2], gap="medium", vertical_alignment="center")
    with words:
        st.text(shorten(song.name), wrap=False)
        st.markdown(f"## {_headline(prediction)}", anchors=False)
        st.markdown(_sentence(prediction))
        knows_studio = card.data.get("name") == registry.STUDIO
        for caution in cautions(prediction, made_as=song.made_as, known=outcome.known, knows_studio=knows_studio):
            st.caption(plain(caution))
        facts = [f"{prediction.heard.sentence()}.", *prediction.heard.warnings, *prediction.notes]
        st.caption(plain(" ".join(fact for fact in facts if fact != prediction.reason)))
    if prediction.outcome == "not music":
        return
    bars.html(_bars(prediction))


def _bars(prediction: Prediction, count: int = 3) -> str:
    """Return the most probable genres as bars from nothing to all, as HTML; those that are not named are grey.

    Three bars need no Plotly, whose 4.7 MB a browser would read before it draws the player.
    """
    coloured = COLOURED.get(prediction.outcome, count)
    best = [(prediction.named(genre), percent(p), p) for genre, p in top(prediction.probabilities, count)]
    rows = [
        f"<span>{html.escape(genre.name)}</span>"
        f'<span style="--share:{p:.4f};--colour:{visible(genre.colour) if i < coloured else GREY}">{share}</span>'
        for i, (genre, share, p) in enumerate(best)
    ]
    spoken = html.escape(", ".join(f"{genre.name} {share}" for genre, share, _ in best))
    return f'<div class="mgc-bars" role="img" aria-label="Most probable genres: {spoken}.">{"".join(rows)}</div>'


def _player(song: Song, outcome: Listened, prediction: Prediction, reveal: int) -> None:
    with frame.controls("picture"):
        view = state.choose("view", player.VIEWS, label="Picture", default="mel", label_visibility="collapsed")
    sound, mime, offset = playable(song, outcome.heard)
    player.show(
        prediction,
        outcome.pictures,
        view=view or "mel",
        sound=sound,
        mime=mime,
        offset=offset,
        alt="The sound"
        if prediction.outcome == "not music"
        else "The song; the timeline above shows its genres and what is heard second by second",
        track=song.sha256[:16],
        reveal=reveal,
    )
    if not outcome.analysis.is_silent:
        _under(prediction)


def _under(prediction: Prediction) -> None:
    """Say what the player shows, and what is heard or what that needs."""
    heard, said = prediction.tags, []
    if prediction.outcome != "not music":
        genres = "the nearest of the genres, none of which is named," if prediction.outcome == "none" else "the genres"
        blank = "; blank where there is no music" if any(not one.is_music for one in prediction.timeline) else ""
        said.append(f"Top: the sound. Middle: {genres} over time{blank}.")
    if heard is not None and heard.names:
        said.append("Bottom: what is heard; the stronger the shade, the surer.")
    elif heard is not None and heard.is_music:
        said.append("No instrument or voice stands out.")
    if said:
        st.caption(" ".join([*said, "Click to play from there."]), help=PLAYER_HELP + (HEARD_HELP if heard else ""))
    if heard is None and settings().registry != "fixed":  # whose visitors cannot fetch anything
        st.caption(WITHOUT_YAMNET)


def _side_by_side(outcome: Listened, choice: Choice, *, place: str) -> dict[str, DeltaGenerator]:
    """Show each model's answer for the song by the same rule; return the slots of those that were not asked yet.

    ``place`` is shown there, a chip: it is as high as an answer.
    """
    waiting: dict[str, DeltaGenerator] = {}
    if len(choice.cards) < 2:
        return waiting
    st.markdown("#### All models on this song", anchors=False)
    grid = frame.cards(len(choice.cards), key="mgc_models")
    for name, card in choice.cards.items():
        with grid.cell():
            st.markdown(f"**{plain(card.title)}**{' (chosen)' if name == choice.model else ''}")
            slot = st.empty()
            st.caption(plain(card.summary))
        if outcome.analysis.was_asked(*card.needs(choice.members)):
            _said(slot, outcome, name, choice.rule)
        else:
            slot.markdown(f"##### {place}", anchors=False)
            waiting[name] = slot
    return waiting


def _said(slot: DeltaGenerator, outcome: Outcome, model: str, rule: str) -> None:
    """Show a model's answer; where it has none, the reason."""
    said = answer(outcome, model, rule) if isinstance(outcome, Listened) else outcome.sentence
    slot.markdown(plain(said) if isinstance(said, str) else f"##### {_headline(said)}", anchors=False)


def answer(outcome: Listened, model: str, rule: str) -> Prediction | str:
    """Return a model's answer, or the sentence why it has none."""
    from mgc import inference

    try:
        return inference.predict(outcome.analysis, model=model, rule=rule)
    except ModelError as error:
        return error.user_message


def _heard(outcome: Listened) -> None:
    with st.expander("Input of the model", icon=":material/hearing:"):
        player.look(outcome.seen, name="seen", scope="mgc_seen", seconds=outcome.heard.used_seconds, sound=None)
        st.caption(
            "Time runs to the right, frequency upwards; bright is loud, black is 40 dB or more below the loudest. "
            "Hover to read values.",
            help="The input of the picture network: 128 mel bands, 11 columns a second, from mono sound at 22,050 Hz, "
            f"in windows of 33 columns (3 s) and 30 s. Textures are {N_TEXTURES:,} numbers of its part below "
            "7.2 kHz. The photo layers see it in colour, 30 s at a time. The descriptor model uses 57 descriptors of "
            "each 3 s and each 30 s window. The listener uses what YAMNet makes of the sound at 16 kHz.",
        )


def chip(genre: Genre, *, label: str = "") -> str:
    """Return a genre (or "unsure") on its colour, as Markdown; ``label`` instead of its name where given."""
    label = f"\u2002{plain(label or genre.name)}\u2002"
    colour = visible(genre.colour)  # as in the charts
    return f':color[{label}]{{foreground="{ink_on(colour)}" background="{colour}"}}'


def _headline(prediction: Prediction) -> str:
    """Return the verdict as Markdown: the chip and how sure the model is."""
    if prediction.outcome in NO_GENRE:
        return chip(prediction.named(UNSURE), label=NO_GENRE[prediction.outcome])
    if prediction.outcome == "between":
        first, second = (chip(prediction.named(genre)) for genre, _ in top(prediction.probabilities, 2))
        return f"Between {first} and {second}"
    shown = chip(prediction.named(prediction.verdict))
    return f"{shown}\u2002{percent(prediction.confidence)}\u00a0sure"


def _sentence(prediction: Prediction) -> str:
    """Return the verdict in plain words, with the reason where the model is unsure."""
    (best, _), (next_best, other) = top(prediction.probabilities, 2)
    genre, second = (plain(prediction.named(one).name) for one in (best, next_best))
    if prediction.outcome in ("not music", "between"):
        return plain(prediction.reason)
    if prediction.outcome == "unsure":
        return f"{plain(prediction.reason)} The next is {second} ({percent(other)})."
    if prediction.outcome == "none":
        # Their probabilities are shares among these genres alone: 91 % of them would sound like an answer.
        nearest = f"{genre} and {second} are the nearest" if other >= NEAR else f"{genre} is the nearest"
        return f"{plain(prediction.reason)} Of these, {nearest}.{_style(prediction)}"
    if other < LEAST_NAMED:
        return f"Every other genre is below {percent(LEAST_NAMED, 1)}."
    return f"The next candidate is {second} with {percent(other)}."


def _style(prediction: Prediction) -> str:
    """Return AudioSet's word for a song that is none of the model's genres; "" if it has none or the reason says it."""
    style = prediction.tags.style() if prediction.tags else None
    own = {GENRE_ROWS[genre.id] for genre in prediction.classes if genre.id in GENRE_ROWS}
    if style is None or prediction.reason.startswith("It sounds like") or not own.isdisjoint(style.classes):
        return ""
    return f" YAMNet's word for it is {style.name}."


def cautions(prediction: Prediction, *, made_as: str = "", known: str = "", knows_studio: bool = False) -> list[str]:
    """Return the reasons to doubt a verdict, as sentences.

    ``made_as`` is the genre of one of our own samples, ``known`` the id of the GTZAN clip that the song is,
    ``knows_studio`` whether the model was trained on the studio's songs, of which the samples are ten.
    """
    found = []
    if made_as:
        whose = f"Synthesised by this program as {display_name(made_as)}"
        if prediction.verdict == UNSURE:
            whose += f"; {UNSAID.get(prediction.outcome, 'the model is unsure')}"
        elif made_as not in prediction.probabilities:
            whose += "; the model was not trained on this genre"
        elif prediction.verdict != made_as:
            whose += "; the model disagrees"
        found.append(f"{whose}.")
    if made_as and knows_studio:
        found.append("The model was trained on this clip, so this answer does not test it.")
    if known and known.partition(".")[0] != prediction.verdict:
        found.append(f"This is GTZAN's clip {known}, which the shipped models were trained on.")
    elif known:
        found.append(
            f"This is GTZAN's clip {known}: the shipped models were trained on it, so this answer does not test them. "
            "Their accuracy is measured on clips outside the training set."
        )
    if prediction.rule != "mean":
        found.append("The accuracy of this rule was not measured; its percentages are calibrated for the mean.")
    return found


def download(label: str, text: str, name: str, *, key: str) -> None:
    """Draw a button that hands ``text`` over as the file ``name``, which ends in ``.json`` or ``.csv``."""
    mime = "application/json" if name.endswith(".json") else "text/csv"
    st.download_button(label, text, name, mime, key=key, on_click="ignore", icon=":material/download:")


def as_json(prediction: Prediction, card: Card, *, name: str, sha256: str) -> str:
    """Return the answer as the command line prints it, with the model's facts and scores beside it."""
    scores = {
        protocol: result.model_dump(include={"accuracy", "macro_f1", "ece"})
        | {"split": card.splits[protocol].hash if protocol in card.splits else None}
        for protocol, result in card.scores.items()
    }
    facts = {name: getattr(card, name) for name in ("id", "title", "summary", "created", "licence", "parameters")}
    report = {
        "file": name,
        "sha256": sha256,
        **prediction.to_json(),
        "rule": prediction.rule,
        "reason": prediction.reason,
        "warnings": list(prediction.heard.warnings),
        "model_card": facts
        | {
            "weights_sha256": card.weights.sha256 if card.weights else None,
            "members": list(card.members),
            "classes": list(card.genres),
            "scores": scores,
        },
        "made_with": f"mgc {mgc.__version__}",
    }
    return json.dumps(report, indent=1, ensure_ascii=False) + "\n"


def as_csv(prediction: Prediction) -> str:
    """Return the timeline: one row a window, one column a genre of the model."""
    rows: list[list[str]] = [["start", "end", *prediction.probabilities]]
    for window in prediction.timeline:
        shares = (f"{share:.6f}" for share in window.probabilities.values())
        rows.append([f"{window.start:.3f}", f"{window.end:.3f}", *shares])
    return csv_text(rows)


def all_as_csv(answers: Iterable[tuple[str, Prediction | str]]) -> str:
    """Return one row a song: its name and the answer, or the sentence why there is none."""
    answers = list(answers)
    genres = list(next((said.probabilities for _, said in answers if not isinstance(said, str)), ()))
    rows = [["file", "verdict", "outcome", "genre", "confidence", "seconds", "model", "rule", *genres, "remark"]]
    for name, said in answers:
        if isinstance(said, str):
            rows.append([name, *[""] * (7 + len(genres)), said])
            continue
        shares = (f"{said.probabilities[genre]:.6f}" for genre in genres)
        about = [said.verdict, said.outcome, said.genre, f"{said.confidence:.6f}", f"{said.heard.seconds:.3f}"]
        rows.append([name, *about, said.model, said.rule, *shares, said.reason])
    return csv_text(rows)


def file_name(song: Song, ending: str) -> str:
    """Return a name for the download: letters and digits of the song's own name, and its digest.

    Nothing else of a stranger's file name is used: no dots, no slashes, no control characters.
    """
    stem = re.sub(r"[^A-Za-z0-9]+", "-", song.name.rsplit(".", 1)[0])[:40].strip("-").lower()
    return "-".join(part for part in ("mgc", stem, song.sha256[:8]) if part) + f".{ending}"
