"""The player: a spectrogram over a stacked timeline of genres, with one cursor that follows and moves the sound.

Sound is Streamlit's own ``st.audio`` in the same keyed container: its bytes are fetched by URL, once, and the native
controls stay. Our component (plain JavaScript beside this file) finds that element, draws, and seeks.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import streamlit as st

from mgc.charts.scores import top
from mgc.charts.sound import data_uri
from mgc.charts.theme import visible

if TYPE_CHECKING:
    from mgc.charts.sound import Pictures
    from mgc.charts.spectrum_views import View
    from mgc.inference import Prediction
    from mgc.models.card import Genre

__all__ = ["VIEWS", "look", "look_payload", "one_at_a_time", "payload", "show"]

VIEWS: Final = {"mel": "Mel", "log": "Log frequency", "wave": "Waveform"}
SCOPE: Final = "mgc_player"  # key of the container; the component looks for the sound inside it
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
    """Draw the player of one song.

    Parameters
    ----------
    prediction : Prediction
        its timeline is drawn
    pictures : Pictures
        what can stand above it
    view : str
        one of :data:`VIEWS`
    sound, mime : bytes, str
        what the browser plays
    offset : float
        second of ``sound`` at which the used stretch begins
    alt : str
        one sentence for those who do not see it
    track : str
        which song it is: as long as it stays the same, the position is kept when the sound changes
    reveal : int
        scroll to the song's card where it is out of sight: any number that differs from the last one; 0 to stay
    """
    data = payload(prediction, pictures, view=view, offset=offset) | {"track": track, "reveal": reveal}
    with st.container(key=SCOPE, gap="xsmall"):
        _component(key="mgc_player_picture", data=data)
        st.audio(sound, format=mime, start_time=int(offset), alt=alt)


def payload(prediction: Prediction, pictures: Pictures, *, view: str, offset: float) -> dict[str, Any]:
    """Return what the component is given: no text of a stranger's among it."""
    picture = {"mel": pictures.mel, "log": pictures.log}.get(view)
    windows = prediction.timeline
    return {
        "scope": SCOPE,
        "view": view,
        "label": "Position in the song; left and right move by a second, space plays",
        "duration": round(prediction.heard.used_seconds, 3),
        "offset": round(offset, 3),
        "picture": data_uri(picture.png) if picture else None,
        "ticks": [{"at": round(at, 3), "label": label} for at, label in picture.ticks] if picture else [],
        "peaks": None if picture else [list(pair) for pair in pictures.peaks],
        "genres": [{"label": genre.name, "colour": visible(genre.colour)} for genre in prediction.classes],
        "song": [
            {
                "label": prediction.named(genre).name,
                "colour": visible(prediction.named(genre).colour),
                "p": round(share, 3),
            }
            for genre, share in top(prediction.probabilities, len(prediction.classes))
            if share >= LEAST_LISTED
        ],
        "times": [round((window.start + window.end) / 2, 3) for window in windows],
        "rows": [[round(share, 3) for share in window.probabilities.values()] for window in windows],
    }


def _labelled(genre: Genre) -> dict[str, Any]:
    return {"label": genre.name, "colour": visible(genre.colour)}


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
    """Draw one view of a track of a data set, with its cursor; several may stand on a page, of which one is heard.

    Parameters
    ----------
    view : View
        what is drawn
    name, scope : str
        which view it is, and the key of this player's container, unlike any other on the page
    seconds : float
        length of what is drawn
    sound, mime : bytes or None, str
        what the browser plays; None for a track without sound: then the picture is all
    offset : float
        second of ``sound`` at which the picture begins
    alt : str
        one sentence for those who do not see it
    plays : int
        begin at once (where the browser allows it), because a hand has just asked for this track: any number that
        differs from the last one; 0 to wait for the play button
    track : str
        which track it is: as long as it stays the same, position and play are kept when the sound changes
    """
    with st.container(key=scope, gap="xsmall"):
        data = look_payload(
            view, name=name, scope=scope, seconds=seconds, offset=offset, plays=plays, is_silent=sound is None
        )
        _component(key=f"{scope}_picture", data=data | {"track": track})
        if sound is not None:
            st.audio(sound, format=mime, start_time=int(offset), alt=alt)


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
    return {
        "scope": scope,
        "view": name,
        "label": "Picture of the track, without its sound"
        if is_silent
        else "Position in the track; left and right move by a second, space plays",
        "duration": round(seconds, 3),
        "offset": round(offset, 3),
        "picture": data_uri(view.picture.png) if view.picture else None,
        "ticks": [
            {"at": round(at, 3), "label": label} for at, label in (view.picture.ticks if view.picture else view.marks)
        ],
        "scale": list(view.scale),
        "beats": list(view.beats),
        "peaks": None if view.picture else [list(pair) for pair in view.peaks],
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
