"""One song's answer: the verdict in words and colour, the player, every model, the report."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import streamlit as st

from mgc.charts.scores import probability_bars, top
from mgc.charts.theme import CONFIG, ink_on, percent
from mgc.errors import ModelError
from mgc.genres import UNSURE, display_name
from mgc.ui import frame, player, state
from mgc.ui.classify import report
from mgc.ui.classify.listening import Listened, playable
from mgc.ui.text import plain, shorten

if TYPE_CHECKING:
    from mgc.inference import Analysis, Prediction
    from mgc.models.card import Genre
    from mgc.ui.classify.listening import Song
    from mgc.ui.models import Choice

__all__ = ["brief", "cautions", "chip", "headline", "sentence", "show"]

LEAST_NAMED: Final = 0.005  # below, a share would be shown as 0 %
PLAYER_HELP: Final = (
    "Each moment shows the genres of a window of 3 seconds around it. Temperature and thresholds are fitted for whole "
    "songs with the mean rule, so the shares of a moment are not calibrated. The verdict uses those of the whole "
    "song, and longer windows, too. Arrow keys move, space plays."
)


def show(song: Song, outcome: Listened, choice: Choice, *, reveal: int = 0) -> None:
    """Draw everything about one song: verdict, player, all models, the network's input, report.

    Parameters
    ----------
    song, outcome, choice
    reveal : int
        scroll to the song where it is out of sight: any number that differs from the last one; 0 to stay
    """
    from mgc import inference

    prediction = inference.predict(outcome.analysis, model=choice.model, rule=choice.rule)
    with st.container(border=True, key="mgc_song"):
        _verdict(song, outcome, prediction)
        _player(song, outcome, prediction, reveal)
    _side_by_side(outcome, choice)
    _heard(outcome)
    _downloads(song, prediction, choice)


def _verdict(song: Song, outcome: Listened, prediction: Prediction) -> None:
    words, bars = st.columns([3, 2], gap="medium", vertical_alignment="center")
    with words:
        st.text(shorten(song.name), wrap=False)
        st.markdown(f"## {headline(prediction)}", anchors=False)
        st.markdown(sentence(prediction))
        for caution in cautions(prediction, made_as=song.made_as, known=outcome.known):
            st.caption(plain(caution))
        facts = prediction.heard.sentence().removeprefix("heard: ")
        st.caption(plain(" ".join([f"{facts}.", *prediction.heard.warnings])))
    if outcome.analysis.is_silent:
        return
    with bars:
        chart = probability_bars(prediction.probabilities, prediction.classes)
        st.plotly_chart(frame.figure(chart), config=CONFIG, key="top_three", alt=chart.alt)


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
        alt="The song; the timeline above shows its genres second by second",
        track=song.sha256[:16],
        reveal=reveal,
    )
    st.caption("Above, the sound; below, the genres around each moment. Click to listen there.", help=PLAYER_HELP)


def _side_by_side(outcome: Listened, choice: Choice) -> None:
    """Show each model's answer for the song by the same rule."""
    if len(choice.cards) < 2:
        return
    st.markdown("#### All models on this song", anchors=False)
    for column, (name, card) in zip(st.columns(len(choice.cards)), choice.cards.items(), strict=True):
        with column.container(border=True, height="stretch", gap="xsmall"):
            chosen = " (chosen)" if name == choice.model else ""
            st.markdown(f"**{plain(card.title)}**{chosen}")
            st.markdown(brief(outcome.analysis, model=name, rule=choice.rule), anchors=False)
            st.caption(plain(card.summary))


def _heard(outcome: Listened) -> None:
    heard = outcome.heard
    with st.expander("Input of the model", icon=":material/hearing:"):
        st.markdown(plain(heard.sentence().removeprefix("heard: ")) + ".")
        for warning in heard.warnings:
            st.markdown(plain(warning))
        player.look(outcome.seen, name="seen", scope="mgc_seen", seconds=heard.used_seconds, sound=None)
        st.caption(
            "Time runs to the right, frequency upwards; bright is loud, black is 40 dB below the loudest. "
            "Hover to read values.",
            help="The input of the picture network: 128 mel bands, 11 columns a second, from mono sound at 22,050 Hz. "
            "It gets 33 columns (3 s) and 128 columns (11.5 s) at a time. The descriptor model gets 57 descriptors of "
            "each 3 s and each 30 s instead.",
        )


def _downloads(song: Song, prediction: Prediction, choice: Choice) -> None:
    with st.container(horizontal=True):
        st.download_button(
            "Report (JSON)",
            report.as_json(prediction, choice.card, name=song.name, sha256=song.sha256),
            file_name=report.file_name(song, "json"),
            mime="application/json",
            on_click="ignore",
            icon=":material/download:",
            key="report_json",
        )
        st.download_button(
            "Timeline (CSV)",
            report.as_csv(prediction),
            file_name=report.file_name(song, "csv"),
            mime="text/csv",
            on_click="ignore",
            icon=":material/download:",
            key="report_csv",
        )


def chip(genre: Genre, *, label: str = "") -> str:
    """Return a genre (or "unsure") on its colour, as Markdown; ``label`` instead of its name where given."""
    label = f"\u2002{plain(label or genre.name)}\u2002"
    return f':color[{label}]{{foreground="{ink_on(genre.colour)}" background="{genre.colour}"}}'


def headline(prediction: Prediction) -> str:
    """Return the verdict as Markdown: the chip and how sure the model is."""
    shown = chip(prediction.named(prediction.verdict))
    if prediction.verdict == UNSURE:
        return shown
    return f"{shown}\u2002{percent(prediction.confidence)}\u00a0sure"


def brief(analysis: Analysis, *, model: str, rule: str) -> str:
    """Return one model's answer as a line of Markdown; where it has none, the reason."""
    from mgc import inference

    try:
        return f"##### {headline(inference.predict(analysis, model=model, rule=rule))}"
    except ModelError as error:
        return plain(error.user_message)


def sentence(prediction: Prediction) -> str:
    """Return the verdict in plain words, with the reason where the model is unsure."""
    (best, share), (next_best, other) = top(prediction.probabilities, 2)
    genre, second = (plain(prediction.named(one).name) for one in (best, next_best))
    if share == other:  # silence: no model was asked
        return plain(prediction.reason)
    if prediction.verdict == UNSURE:
        closest = f"Closest are {genre} ({percent(share)}) and {second} ({percent(other)})."
        return f"{plain(prediction.reason)} {closest}"
    if other < LEAST_NAMED:
        return f"Every other genre is below {percent(LEAST_NAMED, 1)}."
    return f"The next candidate is {second} with {percent(other)}."


def cautions(prediction: Prediction, *, made_as: str = "", known: str = "") -> list[str]:
    """Return the reasons to doubt a verdict, as sentences.

    Parameters
    ----------
    prediction : Prediction
    made_as : str
        the genre that one of our own samples was made as
    known : str
        id of the GTZAN clip that the song is, sample for sample
    """
    found = []
    if made_as:
        whose = f"This program synthesised this clip as {display_name(made_as)}"
        if prediction.verdict == UNSURE:
            wrong = "the model is unsure"
        else:
            wrong = (
                "the model disagrees"
                if made_as in prediction.probabilities
                else "the model was not trained on this genre"
            )
        found.append(f"{whose}." if prediction.verdict == made_as else f"{whose}; {wrong}.")
    if known:
        found.append(
            f"This is GTZAN's clip {known}: the shipped models were trained on it, so this answer does not test them. "
            "Their accuracy is measured on clips outside the training set."
        )
    if prediction.rule != "mean":
        found.append("The accuracy of this rule was not measured: the percentages are calibrated for the mean.")
    return found
