"""The About page: short answers in tabs. Every number names its source."""

from __future__ import annotations

import platform
from importlib import metadata
from typing import TYPE_CHECKING, Final

import streamlit as st

import mgc
from mgc.charts.scores import PROTOCOL_TITLES, confusion, scores_by_protocol
from mgc.charts.theme import CONFIG, percent
from mgc.models.card import PROTOCOLS
from mgc.ui import frame, models, resources
from mgc.ui.compare import ladder
from mgc.ui.text import plain

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mgc.evaluation.one_table import Row
    from mgc.models.card import Card

__all__ = ["notice", "show"]

OURS: Final = "GTZAN"  # how the data is called that the shipped models were tested on
LENIENT_FIRST: Final = tuple(reversed(PROTOCOLS))

# Accuracy in %, on the same 290 test clips as our fault-filtered numbers; published by others.
PEERS: Final = (
    ("M2D-AS, linear probe", "87.6 \N{PLUS-MINUS SIGN} 0.9", "nttcslab/eval-audio-repr"),
    ("Jukebox features", "79.7", "Castellon et al. 2021"),
    ("PANNs CNN14, linear probe", "78.7 \N{PLUS-MINUS SIGN} 3.0", "nttcslab/eval-audio-repr"),
    ("VGGish, PCA and SVM", "77.6", "jordipons/sklearn-audio-transfer-learning"),
    ("MFCC and SVM", "53.4", "jordipons/sklearn-audio-transfer-learning"),
)
PACKAGES: Final = (
    "streamlit", "tensorflow-cpu", "tensorflow", "keras", "openvino", "numpy", "scipy", "librosa", "scikit-learn",
    "soundfile", "soxr", "av", "opencv-python-headless", "pandas", "plotly", "pydantic-settings", "typer", "h5py",
)  # fmt: skip


def show() -> None:
    """Draw the tabs."""
    titles = {"The numbers": _numbers, "The data": _data, "Limits": _limits, "Sources": _sources, "Software": _software}
    for tab, draw in zip(st.tabs(list(titles)), titles.values(), strict=True):
        with tab:
            draw()


def _numbers() -> None:
    _say(
        "The same model gets very different scores depending on **which clips it is tested on**. That choice is called "
        "the protocol. No number is shown here without it."
    )
    _ladder()
    grid = frame.cards(len(LENIENT_FIRST))
    for name in LENIENT_FIRST:
        with grid.cell():
            st.markdown(models.badge(name))
            st.markdown(models.MEANING[name])
    every = list(models.usable().values())
    groups: dict[str, list[Card]] = {}  # a score on other clips is no number to compare with
    for card in every:
        groups.setdefault(str(card.data["name"]), []).append(card)
    shown = [cards for name, cards in groups.items() if name.startswith(OURS)] or list(groups.values())[:1]
    for number, cards in enumerate(shown):
        _our_scores(cards, number)
    if sum(map(len, shown)) < len(every):
        st.caption("Scores of models trained on other data are on the Train page, with their runs.")
    record = resources.one_table()
    if record:
        _one_table(record)


def _ladder() -> None:
    """Draw what each leak is worth to recipes of the gallery."""
    chart = ladder.chart_of_gallery()
    if chart is not None:
        st.plotly_chart(frame.figure(chart), config=CONFIG, key="ladder", alt=chart.alt)
        st.caption(f"{chart.caption} {chart.help}")
        more = {"view": "ladder"}
        st.page_link("pages/compare.py", label="Compare recipes", icon=":material/stairs:", query_params=more)


def _our_scores(cards: list[Card], number: int) -> None:
    """Draw the scores of models that were tested on the same clips; ``number`` counts such groups."""
    by_genre = cards[0].data.get("by_genre")
    st.markdown("#### Our models that use YAMNet" if by_genre else "#### Our models", anchors=False)
    if by_genre:
        st.caption(f"Tested on a part of the clips, those whose audio was at hand: {plain(str(by_genre))}.")
    chart = scores_by_protocol(cards)
    st.plotly_chart(frame.figure(chart), config=CONFIG, key=f"scores_{number}", alt=chart.alt)
    st.caption(chart.caption)
    rows = [
        (
            plain(card.title),
            PROTOCOL_TITLES[name],
            models.accuracy_in_words(scores),
            models.interval(scores.macro_f1, 1),
            f"{scores.ece:.3f}",
            percent(scores.coverage),
        )
        for name in LENIENT_FIRST
        for card in cards
        if (scores := card.scores.get(name))
    ]
    with st.expander("As a table", icon=":material/table:"):
        _table(("Model", "Protocol", "Accuracy", "Macro-F1", "ECE (10 bins)", "Answered"), rows)
        st.caption(
            "Brackets: 95\N{NO-BREAK SPACE}% bootstrap intervals over clips; n: number of clips. Clips of one artist "
            "are alike, so these intervals are too narrow; those over artists resample artists. ECE: expected "
            "calibration error. Answered: share of clips for which the model names a genre."
        )
    first = cards[0]
    with st.expander(f"Which genres are confused: {plain(first.title)}", icon=":material/grid_on:"):
        matrix = confusion(first.headline, first.classes)
        st.plotly_chart(frame.figure(matrix), config=CONFIG, key=f"confusion_{number}", alt=matrix.alt)
        st.caption(f"{PROTOCOL_TITLES[first.protocol]}. {matrix.caption}")


def _one_table(record: tuple[Row, ...]) -> None:
    st.markdown("#### Why the protocol matters: same data, different splits", anchors=False)
    names = tuple(dict.fromkeys(row.model for row in record))
    rows = []
    for protocol in LENIENT_FIRST:
        shares = [models.interval(row) for row in record if row.protocol == protocol]
        if len(shares) == len(names):
            rows.append((PROTOCOL_TITLES[protocol], *shares))
    _table(("Protocol", *names), rows)
    clips = [row.clips for row in record]
    st.caption(
        "Accuracy of three simple models on the 3 s segments of Kaggle's table. Brackets: "
        f"95\N{NO-BREAK SPACE}% bootstrap intervals over {max(clips)} clips ({min(clips)} when fault-filtered). "
        + _largest_fall(record)
    )


def _largest_fall(record: tuple[Row, ...]) -> str:
    """Return a sentence about the model that loses most without leaks; empty when the record lacks a protocol."""
    leaky = {row.model: row.value for row in record if row.protocol == "segments"}
    strict = {row.model: row.value for row in record if row.protocol == "filtered"}
    both = [name for name in leaky if name in strict]
    if not both:
        return ""
    model = max(both, key=lambda name: leaky[name] - strict[name])
    with_leaks = f"{percent(leaky[model])} with segments of one song in both training and test"
    return f"{plain(model)} loses most: {with_leaks}, {percent(strict[model])} fault-filtered."


def _data() -> None:
    _say(
        """
**GTZAN** (Tzanetakis and Cook, 2002): ten genres, a hundred clips of 30 seconds each, 22,050 Hz mono. It is the most
widely used data set of the field, and it has faults. Our models are trained on 999 clips of Kaggle's copy, in which
`jazz.00054` is broken.

- **Repetitions.** 50 exact replicas, 22 further excerpts of the same recordings and 13 other versions of the same song
  (Sturm 2013). 14 pairs of files are identical byte for byte.
- **Labels.** 43 conspicuous and 63 contentious mislabellings (Sturm 2013). A perfect listener would score about 94.5 %
  against these labels; **a higher number is a warning, not a success**.
- **Artists.** 35 of the 100 reggae clips are by Bob Marley, 24 of the 100 pop clips by Britney Spears, 17 of the 100
  blues clips by Robert Johnson. A model can learn the singer instead of the genre; the protocols show how much.
- **Sound.** Some clips are distorted. `reggae.00086` turns into noise in its seventh second; Sturm (2013) counts
  five that are usable.

**No licence.** The audio has none, and its rights holders were never asked. So this program contains no clip, no
picture and no table of GTZAN, only weights that we trained, scores that we measured and facts about the clips. The
sample clips on the Classify page are our own music, synthesised on request.
"""
    )


def _limits() -> None:
    _say(
        """
- **Ten genres, as one collection defines them.** The data set was published in 2002. For other or newer music the
  verdict is often *none of these*, *no clear genre* or *between* two genres, as it should be.
- **Not music.** YAMNet, a network of Google's that knows 521 kinds of sound, tells speech, animals and noise from
  music. Where its weights are not there, only pauses and unusual sound give them away, and some get a genre.
- **Genre is a matter of opinion.** With ten genres to choose from, people agree with the label of a short excerpt in
  about 70 % of cases (Perrott and Gjerdingen, on other clips). Read a verdict as an opinion with a probability.
- **Right for the wrong reason.** Systems trained on GTZAN were shown to use content below 20 Hz, which is inaudible
  (Rodriguez-Algarra et al.). A verdict depends on features of the sound, not on what the music means.
- **Small on purpose.** Our own networks were trained on a thousand clips and nothing else. The models that use YAMNet
  add what it learned from some two million recordings. Other systems reached:
"""
    )
    _table(("System", "Accuracy, fault-filtered, %", "Source"), PEERS)
    st.caption(
        "All but the last were pre-trained on other audio. All were tested on the split of Kereliuk et al. 2015."
    )


def _sources() -> None:
    _say(
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
- J. F. Gemmeke et al.: *Audio Set: an ontology and human-labeled dataset for audio events*. ICASSP 2017. The kinds of
  sound that YAMNet knows.
- M. Plakal, D. Ellis: *YAMNet*, 2020, in the TensorFlow Model Garden (Apache-2.0). What is heard in a song.
- D. Perrott, R. Gjerdingen: *Scanning the dial: an exploration of factors in the identification of musical style*,
  1999. The accuracy of people.
- R. Castellon, C. Donahue, P. Liang: *Codified audio language modeling learns useful representations for music
  information retrieval*. ISMIR 2021. The Jukebox features.
- P. Tol: *Colour schemes*, 2021. The colours of the genres, chosen for colour-blind readers.
"""
    )
    st.caption(f"To cite this program: mgc, the music-genre lab, version {mgc.__version__}.")


def _software() -> None:
    """Draw versions, the models on this server, and the licences of the packages in use."""
    st.markdown(f"**mgc {mgc.__version__}** on Python {platform.python_version()}. Models on this server:")
    for card in resources.cards()[0].values():
        weights = f", weights `{card.weights.sha256[:12]}`" if card.weights else ""
        st.markdown(
            f"- **{plain(card.title)}**, {card.created}, {card.parameters:,} parameters{weights}. {plain(card.licence)}"
        )
    st.markdown("This program uses the work of others:")
    rows = [(name, plain(version), plain(licence)) for name, version, licence in filter(None, map(notice, PACKAGES))]
    _table(("Package", "Version", "Licence"), rows)


def notice(package: str) -> tuple[str, str, str] | None:
    """Return name, version and licence of an installed package, or None."""
    try:
        facts = metadata.metadata(package)
    except metadata.PackageNotFoundError:
        return None
    licence = next((facts[key] for key in ("License-Expression", "License") if key in facts), "")
    if not licence or len(licence) > 60:  # some put the whole text there; the classifier names it
        named = [c.rsplit(" :: ", 1)[-1] for c in facts.get_all("Classifier", []) if c.startswith("License ::")]
        licence = ", ".join(named) or "see the package"
    return package, facts["Version"], " ".join(licence.split())


def _say(text: str) -> None:
    """Draw Markdown in which no line ends between a number and its percent sign."""
    st.markdown(text.replace(" %", "\N{NO-BREAK SPACE}%"))


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> None:
    """Draw a Markdown table; every cell is ours or went through :func:`mgc.ui.text.plain`."""
    lines = [head, tuple("---" for _ in head), *rows]
    _say("\n".join("| " + " | ".join(cells) + " |" for cells in lines))
