"""What was measured, on how many tracks, and from what; what else could be."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from mgc.errors import ModelError
from mgc.ui.explore import extraction

if TYPE_CHECKING:
    from mgc.extraction.collected import Collected
    from mgc.ui.explore.selection import Selection

__all__ = ["show"]


def show(selection: Selection) -> None:
    """Draw the section."""
    st.markdown("#### What was measured", anchors=False)
    held = selection.collected
    if held is None:
        _not_yet(selection)
        return
    st.markdown(_descriptors(held))
    if held.embeddings is not None:
        st.markdown(f"YAMNet's embedding, 1,024 numbers of what a network of Google's hears: {_of(held, 'embedding')}.")
    elif _knows_yamnet():
        st.markdown("YAMNet's embeddings, which make another map, were not asked for.")
        st.button(
            "Measure them too",
            key="explore_embeddings",
            icon=":material/play_arrow:",
            on_click=extraction.begin,
            args=(selection.id, ("descriptors", "mel", "embeddings")),
        )


def _not_yet(selection: Selection) -> None:
    """Say which views wait for the measuring, and offer it; tracks can be heard without."""
    from mgc.extraction import job

    if job.status(selection.id).state in extraction.WORDS:
        words = "Features, map and audit open when the tracks have been measured; you can listen to the tracks now."
        st.info(words, icon=":material/hourglass_top:")
    else:
        extraction.invite(selection, "What features, map and audit show")


def _descriptors(held: Collected) -> str:
    count = {origin: held.origins.count(origin) for origin in ("audio", "table", "picture")}
    words = [
        f"57 descriptors: {_of(held, 'descriptors')} "
        f"({count['audio']:,} from sound, {count['table']:,} from the table that came with the data set).",
        f"Mel pictures: {_of(held, 'picture')}.",
    ]
    return " ".join(words)


def _of(held: Collected, what: str) -> str:
    """Return of how many tracks something is known."""
    known = int(getattr(held, f"has_{what}").sum())
    return f"{known:,} of {len(held.ids):,} tracks"


def _knows_yamnet() -> bool:
    from mgc.features import yamnet

    try:
        yamnet.weights_path()
    except ModelError:
        return False
    return True
