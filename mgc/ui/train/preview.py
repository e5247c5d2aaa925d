"""Hear and see how training changes the pictures of a track: a window before and after, with the form's values."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Final

import numpy as np
import streamlit as st

from mgc.audio.clip import wav
from mgc.charts.spectrum_views import columns_view
from mgc.charts.theme import percent
from mgc.extraction.collected import collected
from mgc.features.pictures import COLUMNS_PER_SECOND
from mgc.features.resynthesis import sound_of
from mgc.recipes import LEFT_OUT, Augmentation
from mgc.training.feed import changes, pictures_batch, place
from mgc.ui import links, player
from mgc.ui.text import plain, shorten

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

    from mgc.recipes import Recipe, Value

__all__ = ["NAMES", "show"]

NAMES: Final = ("preview", "draw", "track")  # of its choices in the URL
LOUDNESS: Final = 0.5  # of the louder sound's peak
CAPTION: Final = (
    "Both sounds are rebuilt from the pictures (128 mel bands, 11 columns a second, no phase), so they are rough: the "
    "network gets no more of the track."
)


def show(dataset: str, chosen: Recipe, values: Mapping[str, Value]) -> None:
    """Draw the preview of a recipe that reads pictures, where the data set has some."""
    found = collected(dataset)
    if found is None or not found.has_picture.any():
        return
    if not links.switch("preview", label="Preview the augmentation of a training picture", default=False):
        return
    rows = np.flatnonzero(found.has_picture)
    names = {found.ids[row]: shorten(found.ids[row], 60) for row in rows}
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        id = links.one("track", names, label="Track", default=found.ids[rows[0]], look="select", width=360)
        draw = _draw()
        st.button(
            "Draw again",
            key="train_draw_anew",
            icon=":material/casino:",
            help="Training windows are changed at random, differently in each epoch",
            on_click=links.go,
            kwargs={"draw": str(draw + 1)},
        )
    how, width = chosen.augmentation(values), chosen.fit(values).width
    row = int(found.rows([id])[0])
    other = int(rows[np.random.default_rng(draw).integers(len(rows))])
    fill = float(np.asarray(found.pictures[rows[:: max(1, len(rows) // 100)]]).mean() / 255.0)
    pair = np.asarray(found.pictures[[row, other]])
    before, after, own, sounds = _changed(pair, tuple(asdict(how).items()), width, fill, draw)
    _windows(before, after, sounds)
    if own < 1.0:
        st.caption(
            f"Mixed with {percent(1.0 - own)} of {plain(shorten(found.ids[other], 60))}; the label is mixed "
            "in the same proportion."
        )
    if not changes(how):
        st.caption("Before and after are the same: no augmentation is set under More options.")
    st.caption(CAPTION, help=" ".join(LEFT_OUT.values()))


def _draw() -> int:
    """Return the number of the draw."""
    held = links.chosen("draw") or ""
    return int(held) if held.isdecimal() and len(held) < 9 else 0


def _windows(before: npt.NDArray[np.uint8], after: npt.NDArray[np.uint8], sounds: tuple[bytes, bytes]) -> None:
    """Draw two windows side by side, each with its sound."""
    seconds = before.shape[1] / COLUMNS_PER_SECOND
    drawn = zip(st.columns(2, gap="medium"), ("Before", "After"), (before, after), sounds, strict=True)
    for column, words, window, sound in drawn:
        with column:
            st.markdown(f"**{words}**")
            scope = f"train_{words.lower()}"
            alt = f"The window {words.lower()} the change, rebuilt from its picture"
            player.look(columns_view(window), name="picture", scope=scope, seconds=seconds, sound=sound, alt=alt)


@st.cache_data(max_entries=16, show_spinner="Computing")
def _changed(
    pair: npt.NDArray[np.uint8], how: tuple[tuple[str, float], ...], width: int, fill: float, draw: int
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8], float, tuple[bytes, bytes]]:
    """Return a window before and after, the share of the track in it, and their sounds as WAV.

    ``pair`` [shape=(2, 128, 334)] are the track's picture and another, which mixup may blend into it.
    """
    change = Augmentation(**dict(how))  # type: ignore[arg-type]  # as it was taken apart
    columns = width or pair.shape[2]
    start, _ = place(pair.shape[2], change, np.random.default_rng(draw), width=columns)
    before = pair[0, :, start : start + columns]
    targets = np.eye(2, dtype=np.float32)
    windows, shares = pictures_batch(pair, targets, change, np.random.default_rng(draw), width=columns, fill=fill)
    after = windows[0, :, :, 0]
    heard = [sound_of(one) for one in (before.astype(np.float32) / np.float32(255.0), after)]
    peak = max(1e-6, *(float(np.abs(one).max()) for one in heard))
    sounds = tuple(wav(np.asarray(LOUDNESS * one / peak, dtype=np.float32)) for one in heard)
    return before, np.rint(after * 255.0).astype(np.uint8), float(shares[0, 0]), (sounds[0], sounds[1])
