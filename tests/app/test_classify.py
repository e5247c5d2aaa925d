"""The Classify page: nothing, one, many; the choices in the URL."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from mgc.charts.theme import GREY
from mgc.errors import ServiceBusy
from mgc.genres import COLOURS, GENRES
from mgc.ui import classify, resources
from mgc.ui.classify import listening, song
from tests.app import fakes
from tests.app.conftest import SENTENCE, upload, words

if TYPE_CHECKING:
    from streamlit.testing.v1 import AppTest


def test_an_empty_page_says_what_to_do_and_shows_no_player(app):
    app.run()
    assert not app.exception
    assert [t.value for t in app.title] == ["Which genre is this?"]
    assert "A verdict" in words(app)
    assert len(app.button_group(key="sample").options) == len(GENRES)
    assert not app.get("audio")


def test_one_song_gets_a_verdict_a_player_and_a_report(app):
    upload(app.run(), ("My song.wav", b"jazz"))
    assert not app.exception
    said = words(app)
    assert "\u2002Jazz\u2002" in said
    assert "sure" in said
    assert "44.1 kHz stereo" in said
    assert "My song.wav" in [t.value for t in app.text]
    assert len(app.get("audio")) == 1
    assert len(app.get("bidi_component")) == 2  # the player, and the network's input
    assert [b.label for b in app.get("download_button")] == ["Report (JSON)", "Timeline (CSV)"]


def test_an_unsure_verdict_gives_its_reason(app):
    upload(app.run(), ("speech.wav", b"pop"))
    assert "\u2002None of these\u2002" in words(app)
    assert "Too unlike the training music. Of these, Pop" in words(app)


def test_a_broken_file_says_its_sentence_and_the_good_ones_are_answered(app):
    upload(app.run(), ("good.wav", b"jazz"), ("bad.wav", b"broken"), ("other.wav", b"metal"))
    assert not app.exception
    said = words(app)
    assert "3 songs, 1 without an answer" in said
    assert SENTENCE in said
    assert "\u2002Jazz\u2002" in said
    assert "\u2002Metal\u2002" in said


def test_a_broken_file_alone_is_one_friendly_box(app):
    upload(app.run(), ("bad.wav", b"broken"))
    assert [e.value for e in app.error] == [SENTENCE]


def bars(app: AppTest) -> str:
    (found,) = [one.proto.body for one in app.get("html") if one.proto.body.startswith('<div class="mgc-bars"')]
    return str(found)


def test_the_bars_beside_the_verdict_are_the_most_probable_genres_in_their_colours(app):
    upload(app.run(), ("a.wav", b"jazz"))
    names = re.findall(r"<span>(.*?)</span>", bars(app))
    assert (names[0], len(names)) == ("Jazz", 3)
    first = re.findall(r"--share:([\d.]+);--colour:(#\w+)", bars(app))[0]
    assert first == (f"{fakes.prediction().confidence:.4f}", COLOURS["jazz"])
    assert "Most probable genres: Jazz 82\N{NO-BREAK SPACE}%, " in bars(app)


@pytest.mark.parametrize(("song", "coloured"), [(b"blues", 0), (b"country", 2), (b"pop", 0)])
def test_bars_of_genres_that_are_not_named_are_grey(app, song, coloured):
    upload(app.run(), ("a.wav", song))
    assert bars(app).count(f"--colour:{GREY}") == 3 - coloured


def test_a_genre_of_a_strangers_data_set_is_no_html():
    name = "<b onclick=x>'A&B\""
    named = fakes.prediction()
    classes = tuple(one.model_copy(update={"name": name}) if one.id == "jazz" else one for one in named.classes)
    drawn = song._bars(replace(named, classes=classes))
    assert "<b" not in drawn
    assert drawn.count("&lt;b onclick=x&gt;&#x27;A&amp;B&quot;") == 2


def test_a_file_is_hashed_when_it_comes_and_not_again(app, monkeypatch):
    hashed, sha256 = [], hashlib.sha256
    monkeypatch.setattr(listening.hashlib, "sha256", lambda data: hashed.append(data) or sha256(data))
    upload(app.run(), ("one.wav", b"jazz"))
    app.run()
    upload(app, ("two.wav", b"metal"))
    assert [data for data in hashed if data in (b"jazz", b"metal")] == [b"jazz", b"metal"]


def test_a_broken_file_is_not_decoded_again_at_every_click(app, service):
    upload(app.run(), ("bad.wav", b"broken"))
    app.run()
    assert len(service.heard) == 1


def test_another_song_of_the_list_can_be_opened(app):
    upload(app.run(), ("a.wav", b"jazz one"), ("b.wav", b"metal two"))
    assert "## " + chip("Jazz") in words(app)
    next(b for b in app.button if b.label == "Open").click()
    app.run()
    assert "## " + chip("Metal") in words(app)


def test_the_first_song_of_many_is_shown_while_the_others_are_still_heard(app, service):
    service.cuts = b"metal"  # the visitor goes on while this one is heard
    upload(app.run(), ("a.wav", b"jazz"), ("b.wav", b"metal"), ("c.wav", b"rock"))
    assert not app.exception
    assert "## " + chip("Jazz") in words(app)
    assert "Report (JSON)" in [b.label for b in app.get("download_button")]
    rows = [(b.key[:4], b.disabled) for b in app.button if b.key.startswith(("open", "wait"))]
    assert rows == [("open", True), ("wait", True), ("wait", True)]
    assert "3 songs" not in words(app)  # how many have an answer is not known yet
    service.cuts = None
    app.run()
    assert service.heard == [b"jazz", b"metal", b"metal", b"rock"]
    assert "## " + chip("Jazz") in words(app)
    assert "3 songs" in words(app)
    assert not [b for b in app.button if b.key.startswith("wait")]


def test_a_failure_while_a_song_of_the_list_is_heard_leaves_none_waiting(app, service):
    service.fails = b"metal"
    upload(app.run(), ("a.wav", b"jazz"), ("b.wav", b"metal"), ("c.wav", b"rock"))
    assert [e.value for e in app.error]
    assert "## " + chip("Jazz") in words(app)
    assert not [one for one in app.get("progress") if "of 3" in one.proto.text]
    assert not [b for b in app.button if b.key.startswith("wait")]


def test_songs_in_sight_are_heard_before_those_on_other_pages_of_the_list(app, service):
    songs = [f"rock {i}".encode() for i in range(classify.PAGE + 2)]
    upload(app.run(), *[(f"{i}.wav", data) for i, data in enumerate(songs)])
    app.get("pagination")[0].set_value(2)
    app.run()
    resources.results.clear()
    service.heard.clear()
    app.run()
    assert service.heard == [songs[0], *songs[classify.PAGE :], *songs[1 : classify.PAGE]]


def test_a_song_that_is_cut_short_before_any_answer_is_begun_again(app, service):
    service.cuts = b"metal"
    upload(app.run(), ("a.wav", b"broken"), ("b.wav", b"metal"), ("c.wav", b"rock"))
    assert "Report (JSON)" not in [b.label for b in app.get("download_button")]
    service.cuts = None
    app.run()
    assert "## " + chip("Metal") in words(app)
    assert "3 songs, 1 without an answer" in words(app)


def test_more_songs_than_a_screenful_are_turned_over(app):
    upload(app.run(), *[(f"{i}.wav", f"jazz {i}".encode()) for i in range(classify.PAGE + 3)])
    assert sum(b.label in ("Open", "Shown") for b in app.button) == classify.PAGE
    app.get("pagination")[0].set_value(2)
    app.run()
    assert sum(b.label in ("Open", "Shown") for b in app.button) == 3


def test_the_same_bytes_twice_are_two_songs_heard_once(app, service):
    upload(app.run(), ("a.wav", b"jazz"), ("b.wav", b"jazz"))
    assert not app.exception
    assert len(service.heard) == 1
    assert "2 songs" in words(app)


def test_changing_model_rule_or_picture_hears_nothing_again(app, service):
    upload(app.run(), ("a.wav", b"jazz"))
    for key, value in (("model", "pictures"), ("rule", "median"), ("view", "wave")):
        app.button_group(key=key).set_value(value)
        app.run()
        assert not app.exception
        assert app.query_params[key] == value
    assert len(service.heard) == 1


def answers(app: AppTest) -> list[str]:
    """What the row of models says, a model each."""
    return [m.value for m in app.markdown if m.value.startswith("##### ")]


def test_a_model_that_the_answer_does_not_need_is_asked_when_the_answer_is_shown(app, service):
    app.query_params["model"] = "pictures"
    upload(app.run(), ("a.wav", b"jazz"))
    assert not app.exception
    assert service.asked_later == [(b"jazz", ("descriptors", "pictures"))]
    assert len(answers(app)) == 3
    app.run()
    assert len(answers(app)) == 3
    assert len(service.heard) == len(service.asked_later) == 1


def test_of_many_songs_all_models_are_asked_at_once(app, service):
    app.query_params["model"] = "pictures"
    upload(app.run(), ("a.wav", b"jazz"), ("b.wav", b"metal"))
    assert not app.exception
    assert len(service.heard) == 2
    assert service.asked_later == []
    assert len(answers(app)) == 3


def test_where_the_service_is_busy_the_answer_stays_and_the_other_models_can_be_asked_again(app, service):
    service.late_failure = ServiceBusy("Too many songs.", retry_after=1.0)
    app.query_params["model"] = "pictures"
    upload(app.run(), ("a.wav", b"jazz"))
    assert not app.exception
    assert "\u2002Jazz\u2002" in words(app)
    assert len(answers(app)) == 1
    assert words(app).count("Too many songs.") == 2  # the vote needs them too
    service.late_failure = None
    app.button(key="again_models").click().run()
    assert len(answers(app)) == 3
    assert not [b for b in app.button if b.key == "again_models"]


def test_where_another_model_cannot_be_used_its_cell_says_why(app, service):
    service.missing = {"descriptors": "Its file is gone."}
    app.query_params["model"] = "pictures"
    upload(app.run(), ("a.wav", b"jazz"))
    assert not app.exception
    assert len(answers(app)) == 1
    assert words(app).count("Its file is gone.") == 2


def test_a_failure_while_the_other_models_are_asked_leaves_none_waiting(app, service):
    service.late_failure = RuntimeError("a mistake of ours")
    app.query_params["model"] = "pictures"
    upload(app.run(), ("a.wav", b"jazz"))
    assert "\u2002Jazz\u2002" in words(app)
    assert "\N{HORIZONTAL ELLIPSIS}\u2002" not in words(app)
    assert len(app.error) == 1


@pytest.mark.parametrize("data", [b"disco", b"broken"], ids=["no music", "no sound"])
def test_what_no_model_decides_is_heard_once_whatever_model_is_taken(app, service, data):
    app.query_params["model"] = "pictures"
    upload(app.run(), ("a.wav", data))
    app.button_group(key="model").set_value("descriptors")
    app.run()
    upload(app, ("b.wav", b"jazz"))
    assert service.heard == [data, b"jazz"]


def test_where_the_chosen_model_fails_another_one_answers(app, service):
    service.missing = {"pictures": "Its file is gone."}
    app.query_params["model"] = "pictures"
    upload(app.run(), ("a.wav", b"jazz"))
    assert not app.exception
    assert ["Its file is gone." in w.value for w in app.warning] == [True]
    assert "\u2002Jazz\u2002" in words(app)
    assert len(answers(app)) == 1


def test_a_pasted_link_shows_the_same_view(app):
    app.query_params |= {"sample": "reggae", "model": "descriptors", "rule": "confident", "view": "log"}
    app.run()
    assert not app.exception
    assert "\u2002Reggae\u2002" in words(app)
    assert app.session_state["model"] == "descriptors"
    assert app.session_state["rule"] == "confident"
    assert app.session_state["view"] == "log"


def test_a_link_with_nonsense_is_shown_as_if_it_had_none(app):
    app.query_params |= {"sample": "polka", "model": "<script>", "rule": "../..", "view": ""}
    app.run()
    assert not app.exception
    assert app.session_state["model"] == "vote"
    assert not app.get("audio")


def test_choices_survive_a_visit_to_another_page(app):
    app.run()
    app.button_group(key="model").set_value("pictures")
    app.run()
    app.switch_page("pages/about.py")
    app.run()
    app.switch_page("pages/classify.py")
    app.run()
    assert not app.exception
    assert app.session_state["model"] == "pictures"
    assert app.query_params["model"] == "pictures"


def test_a_model_that_does_not_hold_is_named_and_the_others_work(app, monkeypatch):
    cards = {"descriptors": fakes.card("descriptors")}
    monkeypatch.setattr(resources, "cards", lambda: (cards, ("The model pictures cannot be used. Its file is gone.",)))
    upload(app.run(), ("a.wav", b"jazz"))
    assert not app.exception
    assert [w.value for w in app.warning] == ["The model pictures cannot be used. Its file is gone."]
    assert "\u2002Jazz\u2002" in words(app)


def test_without_any_model_the_page_says_so(app, monkeypatch):
    monkeypatch.setattr(resources, "cards", lambda: ({}, ("The model vote cannot be used. No file.",)))
    upload(app.run(), ("a.wav", b"jazz"))
    assert not app.exception
    assert "No model can be used" in app.error[0].value


def test_songs_outlive_a_look_at_another_page_until_they_are_forgotten(app):
    upload(app.run(), ("a.wav", b"jazz"))
    app.switch_page("pages/about.py").run()
    app.switch_page("pages/classify.py").run()
    assert not app.exception
    assert len(app.get("audio")) == 1
    app.button(key="forget").click().run()
    assert len(app.get("audio")) == 0


def test_a_sample_that_is_misheard_is_owned_up_to(app):
    app.query_params["sample"] = "blues"
    app.run()
    assert any("as Blues" in caption.value for caption in app.caption)


def test_another_rule_says_that_it_was_not_measured(app):
    app.query_params["rule"] = "median"
    upload(app.run(), ("a.wav", b"jazz"))
    assert any("was not measured" in caption.value for caption in app.caption)


def test_session_state_holds_small_plain_values_only(app):
    """Stands in for runner.enforceSerializableSessionState, which refuses Streamlit's own v2 components."""
    upload(app.run(), ("a.wav", b"jazz"), ("b.wav", b"metal"))
    widgets = {"uploads", "recording", "mgc_player_picture", "mgc_seen_picture"}  # Streamlit's own values
    for key, value in app.session_state.items():
        if key in widgets:
            continue
        if key == "kept_songs":
            assert all(isinstance(part, str | bytes) for song in value for part in song)
            continue
        items = value if isinstance(value, list | tuple) else [value]
        assert all(isinstance(item, str | int | float | bool | None) for item in items), key
        assert len(items) <= 64
        assert not isinstance(value, np.ndarray)


@pytest.mark.parametrize("genre", GENRES)
def test_every_genre_has_a_sample_clip_of_its_own(app, genre):
    app.query_params["sample"] = genre
    app.run()
    assert not app.exception
    assert len(app.get("audio")) == 1


def chip(name: str) -> str:
    return f":color[\u2002{name}\u2002]"


def test_once_a_song_is_in_the_inputs_are_behind_a_menu_and_the_answer_comes_first(app):
    app.run()
    assert not [popover for popover in app.get("popover") if "Add songs" in popover.proto.popover.label]
    assert any("how sure the models are" in m.value for m in app.markdown)
    upload(app, ("a.wav", b"jazz"))
    labels = [popover.proto.popover.label for popover in app.get("popover")]
    labels.remove("Background work")  # beside every heading
    assert labels[0] == "Add songs"
    assert "correct on new artists" in labels[1]
    assert not any("how sure the models are" in m.value for m in app.markdown)
    upload(app, ("a.wav", b"jazz"), ("b.wav", b"metal"))  # the uploader in the menu is the same one
    assert "2 songs" in words(app)


def test_a_row_says_what_came_of_a_song_where_no_genre_is_named(app):
    upload(
        app.run(),
        ("a.wav", b"jazz"),
        ("b.wav", b"pop"),
        ("c.wav", b"disco"),
        ("d.wav", b"country"),
        ("e.wav", b"blues"),
    )
    for label in ("None of these", "Not music", "Country?", "No clear genre"):
        assert f"\u2002{label}\u2002" in words(app)


def test_what_is_no_music_is_named_with_its_tags_and_without_genres(app):
    upload(app.run(), ("talk.wav", b"disco"))
    assert not app.exception
    said = words(app)
    assert "\u2002Not music\u2002" in said
    assert "Speech is heard" in said
    assert "Bottom: what is heard; the stronger the shade, the surer." in said
    assert "All models on this song" not in said  # no model decides that
    drawn = json.loads(app.get("bidi_component")[0].proto.json)
    assert drawn["genres"] == []
    assert [row["label"] for row in drawn["heard"]] == ["speech 96\N{NO-BREAK SPACE}%"]


def test_a_song_between_two_genres_names_both_in_their_colours(app):
    upload(app.run(), ("both.wav", b"country"))
    said = words(app)
    assert "Between" in said
    for genre in ("Country", "Rock"):
        assert f"\u2002{genre}\u2002" in said


def test_without_yamnet_one_line_says_what_it_adds(app):
    upload(app.run(), ("a.wav", b"jazz"))
    assert "mgc weights get yamnet" in words(app)


def test_open_asks_the_player_once_to_scroll_to_the_song(app):
    upload(app.run(), ("a.wav", b"jazz one"), ("b.wav", b"metal two"))

    def reveal() -> int:
        data = app.get("bidi_component")[0].proto.json
        return int(json.loads(data)["reveal"])

    assert reveal() == 0
    next(b for b in app.button if b.label == "Open").click()
    app.run()
    first = reveal()
    assert first > 0
    app.run()
    assert reveal() == first  # the browser scrolls when the number changes
