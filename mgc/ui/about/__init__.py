"""The About page: short answers in tabs. Every number names its source."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import streamlit as st

import mgc
from mgc.charts.scores import PROTOCOL_TITLES, confusion, scores_by_protocol
from mgc.charts.theme import CONFIG, percent
from mgc.models.card import PROTOCOLS
from mgc.ui import frame, models, resources
from mgc.ui.about import notices
from mgc.ui.text import plain

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mgc.evaluation.one_table import Row

__all__ = ["show"]

LENIENT_FIRST: Final = tuple(reversed(PROTOCOLS))

# Not on the cards, which hold no predictions per clip.
AUDITED: Final = (
    "**Intervals over artists are wider.** Clips of one artist are alike, so intervals over clips are too narrow by a "
    "factor of 1.6 to 2.1. Over artists, the vote's 95 % interval is 68.0 % to 77.7 % under the protocol *artists* "
    "and **58.3 % to 76.4 % fault-filtered** (290 clips by 124 artists). Source: an independent recomputation of "
    "all predictions on 2026-11-21, which agreed with the confusion matrices of the cards."
)

# Accuracy in %, on the same 290 test clips as our fault-filtered numbers; published by others.
PEERS: Final = (
    ("M2D-AS, linear probe", "87.6 \N{PLUS-MINUS SIGN} 0.9", "nttcslab/eval-audio-repr"),
    ("Jukebox features", "79.7", "Castellon et al. 2021"),
    ("PANNs CNN14, linear probe", "78.7 \N{PLUS-MINUS SIGN} 3.0", "nttcslab/eval-audio-repr"),
    ("VGGish, PCA and SVM", "77.6", "jordipons/sklearn-audio-transfer-learning"),
    ("MFCC and SVM", "53.4", "jordipons/sklearn-audio-transfer-learning"),
)


def show() -> None:
    """Draw the tabs."""
    numbers, data, limits, sources, software = st.tabs(["The numbers", "The data", "Limits", "Sources", "Software"])
    with numbers:
        _numbers()
    with data:
        _data()
    with limits:
        _limits()
    with sources:
        _sources()
    with software:
        notices.show()


def _numbers() -> None:
    st.markdown(
        "The same model gets very different scores depending on **which clips it is tested on**. That choice is called "
        "the protocol. No number is shown here without it."
    )
    for column, name in zip(st.columns(4), LENIENT_FIRST, strict=True):
        with column.container(border=True, height="stretch", gap="xsmall"):
            st.markdown(models.badge(name))
            st.markdown(models.MEANING[name])
    _our_scores()
    _one_table()


def _our_scores() -> None:
    cards, problems = resources.cards()
    for sentence in problems:
        st.warning(plain(sentence), icon=":material/report:")
    if not cards:
        return
    st.markdown("#### Our models", anchors=False)
    chart = scores_by_protocol(list(cards.values()))
    st.plotly_chart(frame.figure(chart), config=CONFIG, key="scores", alt=chart.alt)
    st.caption(chart.caption)
    rows = [
        (
            plain(card.title),
            PROTOCOL_TITLES[name],
            models.accuracy_in_words(card.scores[name]),
            models.estimate(card.scores[name].macro_f1),
            f"{card.scores[name].ece:.3f}",
            f"{percent(card.scores[name].coverage)} (n = {card.scores[name].accuracy.n})",
        )
        for name in LENIENT_FIRST
        for card in cards.values()
        if name in card.scores
    ]
    with st.expander("As a table", icon=":material/table:"):
        st.markdown(_table(("Model", "Protocol", "Accuracy", "Macro-F1", "ECE (10 bins)", "Not unsure"), rows))
        st.caption(
            "Brackets: 95 % bootstrap intervals over clips. ECE: expected calibration error. Not unsure: share of "
            "clips for which the model names a genre."
        )
    if not all(card.scores[name].accuracy_by_artist for card in cards.values() for name in card.scores):
        st.markdown(AUDITED)
    first = next(iter(cards.values()))
    with st.expander(f"Which genres the {plain(first.title.lower())} confuses", icon=":material/grid_on:"):
        matrix = confusion(first.headline, first.classes)
        st.plotly_chart(frame.figure(matrix), config=CONFIG, key="confusion", alt=matrix.alt)
        st.caption(f"{PROTOCOL_TITLES[first.protocol]}. {matrix.caption}")


def _one_table() -> None:
    record = resources.one_table()
    if not record:
        return
    st.markdown("#### Why it matters: one table, only the split changes", anchors=False)
    names = tuple(dict.fromkeys(row.model for row in record))
    rows = []
    for protocol in LENIENT_FIRST:
        told = [_share(row) for row in record if row.protocol == protocol]
        if len(told) == len(names):
            rows.append((PROTOCOL_TITLES[protocol], *told))
    st.markdown(_table(("Protocol", *names), rows))
    clips = [row.clips for row in record]
    st.caption(
        "Share of 3 s rows of Kaggle's descriptors that three simple models classify correctly, with 95 % bootstrap "
        f"intervals over {max(clips)} clips ({min(clips)} where fault-filtered). {_largest_fall(record)}"
    )


def _largest_fall(record: tuple[Row, ...]) -> str:
    """Return a sentence about the model that loses most without leaks; empty when the record lacks a protocol."""
    leaky = {row.model: row.value for row in record if row.protocol == "segments"}
    strict = {row.model: row.value for row in record if row.protocol == "filtered"}
    both = [name for name in leaky if name in strict]
    if not both:
        return ""
    model = max(both, key=lambda name: leaky[name] - strict[name])
    return (
        f"{plain(model)} loses most: from {percent(leaky[model])} with segments of one song in training and test to "
        f"{percent(strict[model])} fault-filtered."
    )


def _share(row: Row) -> str:
    return f"**{percent(row.value)}** ({percent(row.low)} to {percent(row.high)})"


def _data() -> None:
    st.markdown(
        """
**GTZAN** (Tzanetakis and Cook, 2002): ten genres, a hundred clips of 30 seconds each, 22,050 Hz mono. It is the most
used data set of the field, and it has faults. Our models are trained on 999 clips of Kaggle's copy; `jazz.00054` is
broken there.

- **Repetitions.** 50 exact replicas, 22 further excerpts of the same recordings and 13 other versions of the same song
  (Sturm 2013). 14 pairs of files are identical byte for byte.
- **Labels.** 43 conspicuous and 63 contentious mislabellings (Sturm 2013). A perfect listener would score about 94.5 %
  against these labels; **a higher number is a warning, not a success**.
- **Artists.** 35 of the 100 reggae clips are Bob Marley, 24 of the 100 pop clips Britney Spears, 17 of the 100 blues
  clips Robert Johnson. A model can learn the singer instead of the genre; the protocols show how much.
- **Sound.** Some clips are distorted. The last 23 seconds of `reggae.00086` are noise.

**No licence.** The audio has none, and its rights holders were never asked. So this program contains no clip, no
picture and no table of GTZAN, only weights that we trained, scores that we measured and facts about the clips. The
sample clips on the Classify page are our own music, synthesised on request.
"""
    )


def _limits() -> None:
    st.markdown(
        """
- **Ten genres, as one collection defines them.** The data set was published in 2002. For other or newer music the
  verdict is often *unsure*, as it should be.
- **No music.** Speech, birdsong and noise should be *unsure* too, but some get a genre.
- **Genre is a matter of opinion.** With ten genres to choose from, people agree with the label of a short excerpt in
  about 70 % of cases (Perrott and Gjerdingen, on other clips). Read a verdict as an opinion with a probability.
- **Right for the wrong reason.** Systems trained on GTZAN were shown to use content below 20 Hz, which is inaudible
  (Rodriguez-Algarra et al.). A verdict depends on features of the sound, not on what the music means.
- **Small on purpose.** Our models were trained on a thousand clips and nothing else. Others reached:
"""
    )
    st.markdown(_table(("System", "Accuracy, fault-filtered, %", "Source"), PEERS))
    st.caption(
        "All but the last were pre-trained on other audio. All were tested on the split of Kereliuk et al. 2015."
    )


def _sources() -> None:
    st.markdown(
        """
- G. Tzanetakis, P. Cook: *Musical genre classification of audio signals*. IEEE Transactions on Speech and Audio
  Processing 10 (5), 2002. The data set.
- B. L. Sturm: *An analysis of the GTZAN music genre dataset*. ACM MIRUM, 2012. The first list of its faults.
- B. L. Sturm: *The GTZAN dataset: its contents, its faults, their effects on evaluation, and its future use*.
  [arXiv 1306.1461](https://arxiv.org/abs/1306.1461), 2013. The counts of faults and the ceiling shown here.
- C. Kereliuk, B. L. Sturm, J. Larsen: *Deep learning and music adversaries*. IEEE Transactions on Multimedia 17 (11),
  2015. The fault-filtered split.
- F. Rodriguez-Algarra, B. L. Sturm, H. Maruri-Aguilar: *Analysing scattering-based music content analysis systems:
  where's the music?* ISMIR 2016. The content below 20 Hz.
- D. Perrott, R. Gjerdingen: *Scanning the dial: an exploration of factors in the identification of musical style*,
  1999. The accuracy of people.
- R. Castellon, C. Donahue, P. Liang: *Codified audio language modeling learns useful representations for music
  information retrieval*. ISMIR 2021. The Jukebox features.
- P. Tol: *Colour schemes*, 2021. The colours of the genres, distinguishable with colour-blindness.
"""
    )
    st.caption(f"To cite this program: mgc, the music-genre lab, version {mgc.__version__}.")


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """Return a Markdown table; every cell is ours or went through :func:`mgc.ui.text.plain`."""
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)
