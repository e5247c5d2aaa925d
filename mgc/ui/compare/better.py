"""Is it really better? The tests of a pair in words and numbers, the same pair elsewhere, and where they disagree."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

import streamlit as st

from mgc.charts import comparing as charts
from mgc.charts.comparing import Ranked
from mgc.charts.scores import PROTOCOL_TITLES
from mgc.errors import ComparisonError, MgcError
from mgc.evaluation import comparing
from mgc.runs import comparison
from mgc.ui import export, links, models
from mgc.ui.compare import choosing, clips
from mgc.ui.compare.choosing import Chosen
from mgc.ui.text import plain

if TYPE_CHECKING:
    from mgc.evaluation.comparing import Comparison, Pair
    from mgc.runs import Recorded

__all__ = ["compared", "show"]

TESTS: Final = {
    "mcnemar": ("McNemar, exact", "is the split of the clips that only one has right more than chance?"),
    "over_clips": ("Bootstrap over clips", "would it hold for other clips like these?"),
    "over_artists": ("Bootstrap over artists", "would it hold for other artists?"),
    "corrected_t": ("Corrected t-test over folds", "would it hold after training on other data of this kind?"),
}
P: Final = "%.2g"  # two digits of a small p, which four decimals would show as 0


def show(chosen: Chosen, refused: str) -> None:
    """Draw the view; ``refused`` says why the runs cannot be compared, "" where they can."""
    if len(chosen.runs) < 2:
        st.info("Choose a second run to test the difference.", icon=":material/balance:")
        return
    if refused:
        comparable = _of_one_protocol(chosen)
        if comparable is None:
            st.info("No two of these runs can be tested against each other.", icon=":material/block:")
            return
        chosen = comparable
    found = compared(chosen.stamp, chosen.runs, chosen.names)
    pair = _pair(chosen, found)
    st.markdown(f"### {plain(comparing.in_words(found, pair))}")
    _elsewhere(chosen, pair)
    _tests(found, pair)
    if len(found.pairs) > 1:
        _all_pairs(found)
    _discordant(chosen, pair)


def _of_one_protocol(chosen: Chosen) -> Chosen | None:
    """Return those runs that can be tested against each other, of the protocol that is picked; None without two."""
    groups: dict[str, Chosen] = {}
    for protocol in chosen.protocols:
        alike = [
            (one, now) for one, now in zip(chosen.runs, chosen.stamp, strict=True) if one.config.protocol == protocol
        ]
        group = Chosen(tuple(one for one, _ in alike), chosen.names, tuple(now for _, now in alike))
        with suppress(ComparisonError):
            comparison.check(group.runs, group.names)
            groups[protocol] = group
    if not groups:
        return None
    titles = {name: PROTOCOL_TITLES[name] for name in groups}
    return groups[links.one("under", titles, label="Runs tested under", default=next(iter(titles)))]


@st.cache_resource(max_entries=16, show_spinner="Resampling clips and artists")
def compared(stamp: tuple[object, ...], _runs: tuple[Recorded, ...], _names: dict[str, str]) -> Comparison:
    """Return the comparison of runs, worked out once."""
    return comparison.compare(_runs, _names)


def _pair(chosen: Chosen, found: Comparison) -> Pair:
    """Return the only pair, or the one that is chosen."""
    if len(found.pairs) == 1:
        return found.pairs[0]
    words = {f"{one.a}~{one.b}": f"{chosen.names[one.a]} and {chosen.names[one.b]}" for one in found.pairs}
    picked = links.one("pair", words, label="Pair", default=next(iter(words)), look="select")
    return next(one for one in found.pairs if f"{one.a}~{one.b}" == picked)


def _elsewhere(chosen: Chosen, pair: Pair) -> None:
    """Say how the same two recipes compare under other protocols, where they were run."""
    by_id = {one.id: one for one in chosen.runs}
    others = comparison.elsewhere(by_id[pair.a], by_id[pair.b])
    lines = []
    for protocol, ids in others.items():
        try:
            stamps = tuple(choosing.stamp(id) for id in ids)
            said = _sentence(ids, stamps, tuple(chosen.names[id] for id in (pair.a, pair.b)))
        except MgcError as error:
            said = error.user_message
        lines.append(f"- {models.badge(protocol)} {plain(said)}")
    if lines:
        st.markdown("The same two recipes under other protocols:\n" + "\n".join(lines))


@st.cache_resource(max_entries=64, show_spinner=False)
def _sentence(ids: tuple[str, str], stamps: tuple[object, ...], names: tuple[str, ...]) -> str:
    both = [choosing.recorded(id) for id in ids]
    found = comparison.compare(both, dict(zip(ids, names, strict=True)))
    return comparing.in_words(found, found.pairs[0])


def _tests(found: Comparison, pair: Pair) -> None:
    """Draw what each test says, and what it asks."""
    rows: list[tuple[Any, ...]] = []
    for name, (title, asks) in TESTS.items():
        test = getattr(pair, name)
        if test is None:
            rows.append((title, None, "", None, None, f"{asks} Needs the same folds, two or more, and two artists."))
            continue
        value = {"mcnemar": pair.over_clips.value, "corrected_t": getattr(test, "difference", None)}.get(name)
        value = test.value if value is None else value
        between = "" if name == "mcnemar" else f"{100 * test.low:+.1f} to {100 * test.high:+.1f}"
        rows.append((title, 100 * value, between, test.p, pair.holm[name], asks))
    head: tuple[str, ...] = ("Test", "A - B, points", "95 % interval", "p", "p, Holm", "It asks")
    shape = {
        "A - B, points": st.column_config.NumberColumn(format="%+.1f"),
        "p": st.column_config.NumberColumn(format=P),
        "p, Holm": st.column_config.NumberColumn(format=P, help="Corrected for the number of pairs"),
    }
    st.caption(
        f"A: {plain(found.names[pair.a])}. B: {plain(found.names[pair.b])}. Only A is right on "
        f"{pair.mcnemar.only_a:,}, only B on {pair.mcnemar.only_b:,} of {found.n:,}."
    )
    if len(found.pairs) == 1:  # there is nothing to correct for
        head, rows = (*head[:4], head[5]), [(*row[:4], row[5]) for row in rows]
    export.table((head, rows), key="tests", name="tests", latex=True, column_config=shape)


def _all_pairs(found: Comparison) -> None:
    """Draw all pairs, and the mean ranks over folds where all runs share them."""
    with st.expander("All pairs", icon=":material/table:", key="compare_pairs"):
        rows = [
            (
                found.names[one.a],
                found.names[one.b],
                100 * one.over_clips.value,
                one.mcnemar.p,
                one.holm["mcnemar"],
                one.over_artists.p if one.over_artists else None,
                one.holm.get("over_artists"),
            )
            for one in found.pairs
        ]
        head = ("A", "B", "A - B, points", "McNemar p", "p, Holm", "artists p", "artists p, Holm")
        shape = {name: st.column_config.NumberColumn(format=P) for name in head[3:]}
        shape["A - B, points"] = st.column_config.NumberColumn(format="%+.1f")
        export.table((head, rows), key="pairs", name="pairs", latex=True, column_config=shape)
    if found.ranks is not None:
        ranked = [Ranked(name, mean) for name, mean in zip(found.names.values(), found.ranks.mean, strict=True)]
        chart = charts.critical_difference(ranked, found.ranks.critical_difference, over=f"{found.ranks.n_folds} folds")
        export.draw(chart, key="ranks_of_folds", name="ranks")


def _discordant(chosen: Chosen, pair: Pair) -> None:
    """List the clips that only one of the two has right, to listen to."""
    st.markdown("#### Where only one is right", anchors=False)
    sides = {"a": (pair.a, pair.only_a), "b": (pair.b, pair.only_b)}
    words = {side: f"Only {plain(chosen.names[id])} ({len(units):,})" for side, (id, units) in sides.items()}
    side = links.one("right", words, label="Right", default="a", label_visibility="collapsed", wrap=True)
    by_id = {one.id: one for one in chosen.runs}
    both = {id: chosen.names[id] for id in (pair.a, pair.b)}
    units = sides[side][1]
    clips.listing([by_id[id] for id in both], both, units, key=f"only_{side}")
