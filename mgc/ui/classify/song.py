"""One song's answer, whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from mgc.charts.genres import probability_bars
from mgc.charts.theme import CONFIG
from mgc.ui import player, state
from mgc.ui.classify import report, verdict
from mgc.ui.classify.listening import Listened, playable
from mgc.ui.text import plain, shorten

if TYPE_CHECKING:
    from mgc.inference import Prediction
    from mgc.ui.classify.listening import Song
    from mgc.ui.models import Choice

__all__ = ["show"]


def show(song: Song, outcome: Listened, choice: Choice) -> None:
    """Draw everything about one song: verdict, player, all models, what was heard, report."""
    from mgc import inference

    prediction = inference.predict(outcome.analysis, model=choice.model, rule=choice.rule)
    with st.container(border=True):
        _verdict(song, outcome, prediction)
        _player(song, outcome, prediction)
    _side_by_side(outcome, choice)
    _heard(outcome)
    _downloads(song, prediction, choice)


def _verdict(song: Song, outcome: Listened, prediction: Prediction) -> None:
    words, bars = st.columns([3, 2], gap="medium", vertical_alignment="center")
    with words:
        st.text(shorten(song.name), wrap=False)
        st.markdown(f"## {verdict.headline(prediction)}", anchors=False)
        st.markdown(verdict.sentence(prediction))
        for caution in verdict.cautions(prediction, made_as=song.made_as, known=outcome.known):
            st.caption(plain(caution))
        st.caption(plain(" ".join([prediction.heard.sentence() + ".", *prediction.heard.warnings])))
    if outcome.analysis.is_silent:
        return
    with bars:
        chart = probability_bars(prediction.probabilities)
        st.plotly_chart(chart.figure, config=CONFIG, key="top_three", alt=chart.alt)


def _player(song: Song, outcome: Listened, prediction: Prediction) -> None:
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
    )
    st.caption(
        "Above, the sound; below, what the model says around each moment (3 s windows, one a second). Its temperature "
        "and thresholds are fitted for whole songs with the mean rule: a moment's shares are not calibrated, and their "
        "average, beside the picture, is not the verdict, which also weighs longer stretches. "
        "Click or drag to listen there; arrow keys move, space plays."
    )


def _side_by_side(outcome: Listened, choice: Choice) -> None:
    """Show what each model says about the song by the same rule."""
    if len(choice.cards) < 2:
        return
    st.markdown("#### All models on this song", anchors=False)
    for column, (name, card) in zip(st.columns(len(choice.cards)), choice.cards.items(), strict=True):
        with column.container(border=True, height="stretch", gap="xsmall"):
            chosen = " (chosen)" if name == choice.model else ""
            st.markdown(f"**{plain(card.title)}**{chosen}")
            st.markdown(verdict.brief(outcome.analysis, model=name, rule=choice.rule), anchors=False)
            st.caption(plain(card.summary))


def _heard(outcome: Listened) -> None:
    heard = outcome.heard
    with st.expander("What the model heard", icon=":material/hearing:"):
        line = heard.sentence()
        st.markdown(plain(line[:1].upper() + line[1:]) + ".")
        for warning in heard.warnings:
            st.markdown(plain(warning))
        st.image(
            outcome.seen,
            width="stretch",
            alt="Mel spectrogram: time runs to the right, pitch upwards, brightness is loudness",
        )
        st.caption(
            "128 mel bands, 11 columns a second, at 22,050 Hz in mono: the picture network sees this and nothing else, "
            "33 columns (3 s) and 128 columns (11.5 s) at a time. The descriptor model sees 57 numbers about each 3 s "
            "and each 30 s instead."
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
