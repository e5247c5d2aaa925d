"""Versions in use and open-source notices, read from what is installed."""

from __future__ import annotations

import platform
from importlib import metadata
from typing import Final

import streamlit as st

import mgc
from mgc.ui import resources
from mgc.ui.text import plain

__all__ = ["notice", "show"]

PACKAGES: Final = (
    "streamlit", "tensorflow-cpu", "tensorflow", "keras", "numpy", "scipy", "librosa", "scikit-learn", "soundfile",
    "soxr", "av", "opencv-python-headless", "pandas", "plotly", "pydantic-settings", "typer", "h5py",
)  # fmt: skip


def show() -> None:
    """Draw versions, the shipped models, and the licences of the packages in use."""
    st.markdown(f"**mgc {mgc.__version__}** on Python {platform.python_version()}. Models on this server:")
    cards, _ = resources.cards()
    for card in cards.values():
        weights = f", weights `{card.weights.sha256[:12]}`" if card.weights else ""
        st.markdown(
            f"- **{plain(card.title)}**, {card.created}, {card.parameters:,} parameters{weights}. {plain(card.licence)}"
        )
    st.markdown("This program uses the work of others:")
    rows = [row for row in map(notice, PACKAGES) if row]
    lines = ["| Package | Version | Licence |", "| --- | --- | --- |"]
    lines += [f"| {name} | {plain(version)} | {plain(licence)} |" for name, version, licence in rows]
    st.markdown("\n".join(lines))


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
