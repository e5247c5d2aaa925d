"""How much one visitor may ask for."""

from __future__ import annotations

import math
import time
from typing import Final

import streamlit as st

from mgc.errors import ServiceBusy
from mgc.settings import settings

__all__ = ["PER_MINUTE", "admit", "server_mb", "upload_mb"]

# RELIABILITY 4.3 names 6 a minute for a public demo; a class that drops an album in at once needs more.
PER_MINUTE: Final = 30
_KEY: Final = "asked_at"


def admit() -> None:
    """Count one classification of this session.

    Raises
    ------
    ServiceBusy
        when :data:`PER_MINUTE` of them began within the last minute; nothing is counted then
    """
    now = time.monotonic()
    recent = [moment for moment in st.session_state.get(_KEY, ()) if now - moment < 60.0]
    if len(recent) >= PER_MINUTE:
        wait = max(math.ceil(60.0 - (now - recent[0])), 1)
        raise ServiceBusy(
            f"You have sent {PER_MINUTE} songs within a minute; the next one can be heard in {wait} s.",
            retry_after=wait,
        )
    st.session_state[_KEY] = [*recent, now]


def upload_mb() -> int:
    """Return the largest upload in MB: ours, or Streamlit's own where that is smaller."""
    return min(settings().max_upload_mb, server_mb())


def server_mb() -> int:
    """Return what Streamlit lets through at all, in MB, whatever an uploader promises."""
    return int(st.get_option("server.maxUploadSize"))
