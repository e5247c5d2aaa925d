"""The player: a spectrogram over a stacked timeline of genres and rows of what is heard, all under one cursor.

Sound is Streamlit's own ``st.audio`` in the same keyed container: its bytes are fetched by URL, once, and the native
controls stay. Our component (plain JavaScript beside this file) finds that element, draws, and seeks.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import streamlit as st

from mgc.audio.clip import LEAST_TRIMMED
from mgc.charts.scores import top
from mgc.charts.sound import data_uri
from mgc.charts.spectrum_views import View
from mgc.charts.theme import percent, visible
from mgc.features.audioset import PATCH_HOP_SECONDS, PATCH_SECONDS

if TYPE_CHECKING:
    from mgc.charts.sound import Pictures
    from mgc.features.audioset import Tags
    from mgc.inference import Prediction
    from mgc.models.card import Genre

__all__ = ["VIEWS", "heard_rows", "look", "look_payload", "one_at_a_time", "payload", "show"]

VIEWS: Final = {"mel": "Mel", "log": "Log frequency", "wave": "Waveform"}
SCOPE: Final = "mgc_player"  # key of the container; the component looks for the sound inside it
MOST_CELLS: Final = 400  # of a row of what is heard; a longer song shows the highest score of several patches
LEAST_LISTED: Final = 0.02  # share of the song; genres below it are left out of the list

_HERE: Final = Path(__file__).parent
_component = st.components.v2.component(
    "mgc_player",
    html=(_HERE / "player.html").read_text(encoding="utf-8"),
    css=(_HERE / "player.css").read_text(encoding="utf-8"),
    js=(_HERE / "player.js").read_text(encoding="utf-8"),
)
_hush = st.components.v2.component("mgc_hush", js=(_HERE / "hush.js").read_text(encoding="utf-8"))


def one_at_a_time() -> None:
    """Let the page play one sound at a time, where several players stand without a picture of ours."""
    _hush(key="mgc_hush")


def show(
    prediction: Prediction,
    pictures: Pictures,
    *,
    view: str,
    sound: bytes,
    mime: str,
    offset: float,
    alt: str,
    track: str = "",
    reveal: int = 0,
) -> None:
    """Draw the player of one song: one of :data:`VIEWS` over the timeline of genres.

    The used stretch begins at second ``offset`` of ``sound``; ``alt`` is one sentence for those who do not see it. The
    position is kept when the sound changes but not the ``track``. A new number ``reveal`` scrolls to the song's card
    where it is out of sight; 0 does not.
    """
    data = payload(prediction, pictures, view=view, offset=offset) | {"track": track, "reveal": reveal}
    _draw(data, sound, mime, alt)


def payload(prediction: Prediction, pictures: Pictures, *, view: str, offset: float) -> dict[str, Any]:
    """Return what the component is given: no text of a stranger's among it; no genres where there is no music."""
    drawn = View("", picture={"mel": pictures.mel, "log": pictures.log}.get(view), peaks=pictures.peaks)
    if prediction.outcome == "not music":
        seconds = prediction.heard.used_seconds
        return look_payload(drawn, name=view, scope=SCOPE, seconds=seconds, offset=offset) | heard_rows(prediction.tags)
    shares = top(prediction.probabilities, len(prediction.classes))
    times, rows = _points(prediction)
    return (
        _upper(drawn, view, SCOPE, prediction.heard.used_seconds, offset)
        | {
            "label": "Position in the song; left and right move by a second, space plays",
            "genres": [_labelled(genre) for genre in prediction.classes],
            "song": [
                _labelled(prediction.named(genre)) | {"p": round(share, 6)}
                for genre, share in shares
                if share >= LEAST_LISTED
            ],
            "times": times,
            "rows": rows,
        }
        | heard_rows(prediction.tags)
    )


def _points(prediction: Prediction) -> tuple[list[float], list[list[float]]]:
    """Return the points of the timeline's band: seconds, and a share of each genre, all 0 where there is no music.

    A window stands at its middle. The band ends straight where music does, for between two points shares are drawn
    along a line, and a genre does not fade because the music stops: two points at one time. It goes on flat at either
    end of the song, but for silence that no model was asked about.
    """
    windows = prediction.timeline
    blank = [0.0] * len(prediction.classes)
    times: list[float] = []
    rows: list[list[float]] = []
    for window in windows:
        row = [round(share, 3) for share in window.probabilities.values()] if window.is_music else blank
        middle = (window.start + window.end) / 2
        if rows and any(rows[-1]) != any(row):
            times += [round((times[-1] + middle) / 2, 3)] * 2
            rows += [rows[-1], row]
        times.append(round(middle, 3))
        rows.append(row)
    first, last = windows[0].start, windows[-1].end
    hop = max([LEAST_TRIMMED, *(window.start - first for window in windows[1:2])])  # as much no window may reach
    if first > 0.0:
        times[:0], rows[:0] = [round(first, 3)] * 2, [blank, rows[0]]
    if prediction.heard.used_seconds - last > hop:
        times += [round(last, 3)] * 2
        rows += [rows[-1], blank]
    return times, rows


def heard_rows(tags: Tags | None) -> dict[str, Any]:
    """Return what is heard as rows of shades, 0 to 100: the highest score of all is black.

    The roots of scores are drawn, since in a mix most are low. Of speech the label says how sure it is; in music the
    scores of instruments that sound together say little.
    """
    if tags is None or not tags.names:
        return {"heard": []}
    step = -(-tags.timeline.shape[1] // MOST_CELLS)
    full = np.pad(tags.timeline, ((0, 0), (0, -tags.timeline.shape[1] % step)))
    cells = full.reshape(len(full), -1, step).max(axis=2)
    shades = np.rint(100 * np.sqrt(cells / max(float(cells.max()), 1e-6))).astype(int)
    labels = [name if tags.is_music else f"{name} {percent(share)}" for name, share in tags.shown]
    return {
        "label": f"Position in the sound, of {', '.join(labels)}; left and right move by a second, space plays",
        "heard": [{"label": label, "shades": row} for label, row in zip(labels, shades.tolist(), strict=True)],
        "heard_from": round(float(tags.starts[0]), 3),
        "heard_step": step * PATCH_HOP_SECONDS,
        "heard_over": (PATCH_SECONDS - PATCH_HOP_SECONDS) / 2,
    }


def look(
    view: View,
    *,
    name: str,
    scope: str,
    seconds: float,
    sound: bytes | None,
    mime: str = "audio/wav",
    offset: float = 0.0,
    alt: str = "",
    plays: int = 0,
    track: str = "",
) -> None:
    """Draw one view of a track of a data set, with its cursor; of several on a page one sounds at a time.

    ``name`` is the view, ``scope`` the key of this player's container, unlike any other on the page. The picture shows
    ``seconds`` of ``sound`` (None: only the picture) from second ``offset`` on; ``alt`` is one sentence for those who
    do not see it. A new number ``plays`` plays at once, where the browser allows it; 0 waits for the play button.
    Position and play are kept when the sound changes but not the ``track``.
    """
    is_silent = sound is None
    data = look_payload(view, name=name, scope=scope, seconds=seconds, offset=offset, plays=plays, is_silent=is_silent)
    _draw(data | {"track": track}, sound, mime, alt)


def look_payload(
    view: View,
    *,
    name: str,
    scope: str,
    seconds: float,
    offset: float = 0.0,
    plays: int = 0,
    is_silent: bool = False,
) -> dict[str, Any]:
    """Return what the component is given to draw one view: no text of a stranger's among it."""
    return _upper(view, name, scope, seconds, offset) | {
        "label": "Picture of the track, without its sound"
        if is_silent
        else "Position in the track; left and right move by a second, space plays",
        "scale": list(view.scale),
        "beats": list(view.beats),
        "curve": list(view.curve),
        "bands": list(view.bands),
        "genres": [],
        "times": [],
        "rows": [],
        "plays": plays,
        "silent": is_silent,
        "alone": True,
        "unplayable": "This browser cannot play the file.",
    }


def _upper(view: View, name: str, scope: str, seconds: float, offset: float) -> dict[str, Any]:
    """Return what both kinds of player have: a picture with its ticks, or the peaks of a waveform with marks."""
    return {
        "scope": scope,
        "view": name,
        "duration": round(seconds, 3),
        "offset": round(offset, 3),
        "picture": data_uri(view.picture.png) if view.picture else None,
        "ticks": [
            {"at": round(at, 3), "label": label} for at, label in (view.picture.ticks if view.picture else view.marks)
        ],
        "peaks": None if view.picture else [list(pair) for pair in view.peaks],
    }


def _labelled(genre: Genre) -> dict[str, Any]:
    return {"label": genre.name, "colour": visible(genre.colour)}


def _draw(data: dict[str, Any], sound: bytes | None, mime: str, alt: str) -> None:
    """Draw the component and the sound that it follows into one container."""
    with st.container(key=data["scope"], gap="xsmall"):
        _component(key=f"{data['scope']}_picture", data=data)
        if sound is not None:
            st.audio(sound, format=mime, start_time=int(data["offset"]), alt=alt)
