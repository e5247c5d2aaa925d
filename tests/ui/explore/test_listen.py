"""Listen and look: every view of a real clip, and tracks of which only a picture or a row of numbers is there."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import pytest
import soundfile
from streamlit.testing.v1 import AppTest

from mgc.audio import decode
from mgc.charts.spectrum_views import PITCH_CLASSES, VIEWS
from mgc.features.descriptors import COLUMNS
from mgc.ui.explore import hearing, listen
from tests.app.conftest import words
from tests.kaggle_figures import draw, encode
from tests.ui.explore import selections
from tests.ui.explore.selections import HERE

if TYPE_CHECKING:
    from pathlib import Path

    from mgc.ui.explore.selection import Known

HEARD = "blues.00000"  # even numbers have audio
SILENT = "blues.00001"


def click(app: AppTest, label: str) -> AppTest:
    return next(button for button in app.button if button.label == label).click().run()


def texts(app: AppTest) -> list[str]:
    return [element.value for element in app.text]


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_of_a_real_clip_is_drawn_and_explained(known: Known, view: str) -> None:
    app = selections.draw("listen", selections.selection(known), track=HEARD, picture=view)
    assert not app.exception
    assert "FLAC, 22.05 kHz mono, 0:30" in words(app)
    looked = hearing.look(known.dataset.track(HEARD))
    assert isinstance(looked, hearing.Looked)
    assert looked.views[f"{view}-log" if view == "stft" else view].words[:30] in words(app)


def test_the_frequency_axis_can_be_linear(known: Known) -> None:
    app = selections.draw("listen", selections.selection(known), track=HEARD, picture="stft", axis="linear")
    assert "Short-time Fourier transform: 2048 samples" in words(app)


def test_one_steps_from_track_to_track_and_the_link_follows(known: Known) -> None:
    app = selections.draw("listen", selections.selection(known))
    assert next(button for button in app.button if button.label == "Previous").disabled
    click(app, "Next")
    assert app.query_params["track"] == SILENT
    click(app, "Previous")
    assert "track" not in app.query_params  # the first one needs no word


def test_a_link_to_a_track_that_the_filters_hide_shows_the_first_that_is_left(known: Known) -> None:
    jazz = tuple(track for track in known.dataset.tracks if track.genre == "jazz")
    app = selections.draw("listen", selections.selection(known, chosen=jazz), track=HEARD)
    assert not app.exception
    assert "**Jazz**" in words(app)


def test_two_tracks_stand_side_by_side(known: Known) -> None:
    app = selections.draw("listen", selections.selection(known), track=HEARD, **{"with": "tango.00002"})
    assert not app.exception
    assert "**Blues**" in words(app)
    assert "**Tango**" in words(app)


def test_a_track_with_a_row_of_numbers_shows_it_and_says_what_is_missing(known: Known) -> None:
    app = selections.draw("listen", selections.selection(known), track=SILENT)
    assert "This track has no audio. Available: its descriptors." in words(app)
    assert list(app.dataframe[0].value["value"]) == pytest.approx(list(known.collected.descriptors[1]))
    assert "From the data set's own table" in words(app)


@pytest.mark.parametrize(
    "text", ["", "filename\nblues.00001.wav\n", "filename,a\n\0", "filename,tempo\nblues.00001.wav,x\n"]
)
def test_a_strange_table_is_no_row(known: Known, tmp_path: Path, text: str) -> None:
    table = tmp_path / "features_30_sec.csv"
    table.write_text(text)
    bare = replace(known, collected=None, dataset=replace(known.dataset, tables={table.name: table}))
    track = bare.dataset.track(SILENT)
    assert hearing.numbers(track, selections.selection(bare), hearing.look(track)) is None


def test_the_row_of_a_track_is_found_before_anything_was_measured(known: Known, tmp_path: Path) -> None:
    table = tmp_path / "features_30_sec.csv"
    values = ",".join(str(number) for number in range(57))
    table.write_text(f"filename,{','.join(COLUMNS)}\n{SILENT}.wav,{values}\n")
    bare = replace(known, collected=None, dataset=replace(known.dataset, tables={table.name: table}))
    app = selections.draw("listen", selections.selection(bare), track=SILENT)
    assert list(app.dataframe[0].value["value"]) == list(range(57))
    assert list(app.dataframe[0].value["unit"])[COLUMNS.index("spectral_centroid_mean")] == "Hz"


def test_what_is_counted_in_deviations_says_so(known: Known) -> None:
    app = selections.draw("listen", selections.selection(known), track=HEARD)
    assert list(app.dataframe[0].value.columns)[3:5] == [
        "mean of the genre",
        "standard deviations from the mean of all",
    ]


def test_a_track_with_a_picture_shows_it(known: Known, tmp_path: Path) -> None:
    columns = np.random.default_rng(0).integers(0, 255, (128, 334), dtype=np.uint8)
    file = tmp_path / "blues00001.png"
    file.write_bytes(encode(draw(columns)))
    track = replace(known.dataset.track(SILENT), picture=file)
    bare = replace(selections.with_tracks(known, track), collected=None)
    app = selections.draw("listen", selections.selection(bare), track=SILENT)
    assert "This track has no audio. Available: its picture." in words(app)
    assert "The picture that came with the data set" in words(app)
    read = hearing.picture(track)
    assert read is not None
    assert (read[:, 1:] == columns[:, 1:]).all()


@pytest.mark.usefixtures("no_decoder_here")
def test_the_apps_process_decodes_no_file_of_a_data_set(known: Known, tmp_path: Path) -> None:
    file = tmp_path / "blues00002.png"
    file.write_bytes(encode(draw(np.full((128, 334), 7, np.uint8))))
    track = replace(known.dataset.track(SILENT), picture=file)
    app = selections.draw("listen", selections.selection(selections.with_tracks(known, track)), track=SILENT)
    assert not app.exception
    assert "The picture that came with the data set" in words(app)


@pytest.fixture
def no_decoder_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fail where this process, and not the limited child, decodes a picture or sound."""
    for name in ("imread", "imdecode", "imreadmulti", "imdecodemulti"):
        monkeypatch.setattr(cv2, name, lambda *_, **__: pytest.fail("decoded in the app's process"))
    for name in ("SoundFile", "read"):
        monkeypatch.setattr(soundfile, name, lambda *_, **__: pytest.fail("decoded in the app's process"))


def test_a_picture_of_another_size_is_never_decoded(known: Known, tmp_path: Path, monkeypatch) -> None:
    file = tmp_path / "bomb.png"
    file.write_bytes(b"\x89PNG\r\n\x1a\n" + b"\0\0\0\rIHDR" + (60_000).to_bytes(4, "big") * 2 + b"\x08\x02\0\0\0")
    monkeypatch.setattr(decode, "child", lambda *_: pytest.fail("it was decoded"))
    assert hearing.picture(replace(known.dataset.track(SILENT), picture=file)) is None


def test_a_broken_or_vanished_file_is_a_sentence(known: Known, tmp_path: Path) -> None:
    broken = tmp_path / "broken.wav"
    broken.write_bytes(b"not a sound at all")
    for path, sentence in ((broken, "cannot be read as audio"), (tmp_path / "gone.wav", "can no longer be read")):
        track = replace(known.dataset.track(HEARD), audio=path)
        app = selections.draw("listen", selections.selection(selections.with_tracks(known, track)), track=HEARD)
        assert not app.exception
        assert sentence in words(app)


def test_what_the_check_found_stands_beside_the_track(known: Known) -> None:
    app = selections.draw(
        "listen", selections.selection(known), track="jazz.00001"
    )  # tests/app/exploring.py reports it broken
    assert "It has no RIFF header. Available: its descriptors." in words(app)


def test_a_file_that_changes_is_looked_at_again(known: Known, tmp_path: Path, exact_clips: list[Path]) -> None:
    file = tmp_path / "one.flac"
    track = replace(known.dataset.track(HEARD), audio=file)
    seen = set()
    for clip in exact_clips[:2]:
        file.write_bytes(clip.read_bytes())
        looked = hearing.look(track)
        assert isinstance(looked, hearing.Looked)
        assert hearing.look(track) is looked
        seen.add(looked.sha256)
    assert len(seen) == 2


def test_the_mean_of_a_genre_offers_to_measure(known: Known) -> None:
    assert len(selections.draw("listen", selections.selection(known), mean="jazz").get("plotly_chart")) == 1
    app = selections.draw("listen", selections.selection(replace(known, collected=None)))
    assert "Extract the features of every track to see the mean spectrum of a genre" in words(app)
    assert app.button(key="explore_extract").label == "Extract features"


def test_the_mean_is_that_of_the_open_tracks_genre_until_another_is_chosen(known: Known) -> None:
    app = selections.draw("listen", selections.selection(known), track=HEARD)
    assert app.button_group(key="explore_mean").value == "blues"
    app.selectbox(key="explore_track").set_value("jazz.00002").run()
    assert app.button_group(key="explore_mean").value == "jazz"
    app.button_group(key="explore_mean").set_value("tango").run()
    app.selectbox(key="explore_track").set_value(HEARD).run()
    assert app.button_group(key="explore_mean").value == "tango"


def test_the_caption_of_a_mean_is_written_letter_by_letter_in_what_is_taken_home(
    known: Known, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken: dict[str, Any] = {}
    monkeypatch.setattr(
        "streamlit.download_button", lambda label, make, file_name, **more: taken.update({file_name: make})
    )
    selections.draw("listen", selections.selection(known), track=SILENT)
    assert "\\" not in taken["mgc-one-clip-mean-blues.html"]().rsplit("<p>", 1)[1]


def pickers(app: AppTest) -> list[str]:
    return [group.label for group in app.button_group]


def test_what_cannot_be_heard_offers_no_other_picture_and_no_place_to_click(known: Known) -> None:
    app = selections.draw("listen", selections.selection(known), track=SILENT, picture="stft")
    assert not {"Picture", "Frequency axis"} & set(pickers(app))
    assert "Click or drag" not in words(app)
    assert words(app).count("This track has no audio") == 1
    both = selections.draw("listen", selections.selection(known), track=SILENT, **{"with": HEARD})
    assert "Picture" in pickers(both)
    assert "Click or drag" in words(both)


def test_a_track_has_one_name_wherever_it_is_shown(known: Known) -> None:
    track = known.dataset.track(HEARD)
    assert listen.label(track) == "blues.00000 \N{MIDDLE DOT} Blues Band 0: Song <b>0</b>"
    assert listen.named(track) == "Blues Band 0: Song <b>0</b>"
    HERE["room"] = selections.selection(known)
    card = AppTest.from_string(
        "from mgc.ui.explore import listen\n"
        "from tests.ui.explore.selections import HERE\n"
        f"listen.card(HERE['room'], '{HEARD}', key='card')",
        default_timeout=60,
    ).run()
    assert texts(card) == ["Blues Band 0: Song <b>0</b>"]


@pytest.mark.parametrize(("width", "drawn"), [(334, 334), (55, 330), (1, 334)])
def test_the_picture_on_a_card_is_wide_also_of_a_short_clip(known: Known, width: int, drawn: int) -> None:
    assert known.collected is not None
    widths = np.full_like(known.collected.widths, width)
    short = replace(known, collected=replace(known.collected, widths=widths))
    png = listen._picture(selections.selection(short), HEARD)
    assert png is not None
    assert cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_COLOR).shape[:2] == (128, drawn)


def test_a_title_that_repeats_the_id_is_said_once(known: Known) -> None:
    track = replace(known.dataset.track(SILENT), artist="", title=SILENT.upper())
    assert listen.label(track) == SILENT
    app = selections.draw("listen", selections.selection(selections.with_tracks(known, track)), track=SILENT)
    assert texts(app) == [SILENT]
    assert SILENT not in words(app)


def test_strangers_words_are_shown_letter_by_letter(known: Known) -> None:
    app = selections.draw("listen", selections.selection(known), track=HEARD)
    assert "Blues Band 0: Song <b>0</b>" in texts(app)
    assert "<b>" not in words(app)


def test_a_picture_of_librosas_says_that_it_loads_and_fills_in(known: Known, monkeypatch: pytest.MonkeyPatch) -> None:
    ready = [False]
    monkeypatch.setattr(hearing, "is_ready", lambda: ready[0])
    app = selections.draw("listen", selections.selection(known), track=HEARD, picture="cqt")
    assert not app.exception
    assert "Loading the library for this picture" in words(app)
    assert "spaced on the mel scale" in words(app)  # meanwhile
    ready[0] = True
    app.run()
    assert "Loading" not in words(app)
    assert "Constant-Q transform" in words(app)


@pytest.mark.parametrize("picture", ["chroma-cqt", "tempogram"])
def test_the_pictures_of_librosa_are_drawn(known: Known, monkeypatch: pytest.MonkeyPatch, picture: str) -> None:
    monkeypatch.setattr(hearing, "is_ready", lambda: True)
    app = selections.draw("listen", selections.selection(known), track=HEARD, picture=picture)
    assert not app.exception
    looked = hearing.look(known.dataset.track(HEARD))
    assert isinstance(looked, hearing.Looked)
    view = hearing.drawn(known.dataset.track(HEARD), looked, picture)
    assert view is not None
    assert len(view.scale) == 2
    assert view.words.split(":")[0].split(",")[0] in words(app)


def test_beats_are_a_grid_and_can_be_heard_as_clicks(known: Known, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hearing, "is_ready", lambda: True)
    drawn: list[Any] = []
    monkeypatch.setattr(listen.player, "look", lambda view, **more: drawn.append((view, more)))
    for beats in ("off", "grid", "clicks"):
        selections.draw("listen", selections.selection(known), track=HEARD, beats=beats)
    (plain, _), (grid, one), (clicks, other) = drawn
    assert plain.beats == ()
    assert len(grid.beats) > 10
    assert grid.beats == clicks.beats
    assert f"{len(grid.beats)} beats at about" in grid.words
    assert other["sound"] != one["sound"]
    assert other["mime"] == "audio/wav"


def test_frame_size_and_hop_can_be_chosen(known: Known) -> None:
    app = selections.draw("listen", selections.selection(known), track=HEARD, picture="stft", fft="4096", hop="256")
    assert "4096 samples (186 ms) a frame, a frame every 256 samples (12 ms)" in words(app).replace("\\", "")
    assert app.selectbox(key="explore_fft").label == "FFT size (samples)"


def test_every_picture_has_a_scale_and_chroma_names_every_note(known: Known) -> None:
    looked = hearing.look(known.dataset.track(HEARD))
    assert isinstance(looked, hearing.Looked)
    for name, view in looked.views.items():
        assert len(view.scale) == 2 if view.picture else name in ("wave", "onsets")
    assert looked.views["mel"].scale == ("\N{MINUS SIGN}70 dB", "0 dB")
    assert next(label for _, label in looked.views["wave"].marks).endswith("dB")
    chroma = looked.views["chroma"].picture
    assert chroma is not None
    assert [label for _, label in chroma.ticks] == list(PITCH_CLASSES)
