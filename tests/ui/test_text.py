from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mgc.ui.text import LONGEST, plain, shorten


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("song.mp3", "song.mp3"),
        ("", "(no name)"),
        ("a\x00b\nc.wav", "a\ufffdb\ufffdc.wav"),
        ("gnp.\u202egnos.wav", "gnp.\ufffdgnos.wav"),
        ("../../x.wav", "../../x.wav"),  # it is only shown
    ],
)
def test_a_name_is_shown_as_one_line_without_invisible_signs(name, shown):
    assert shorten(name) == shown


def test_a_long_name_keeps_its_beginning_and_its_ending():
    shown = shorten("a" * 4096 + "-final-mix.wav")
    assert len(shown) == LONGEST
    assert shown.startswith("aaaa")
    assert shown.endswith("nal-mix.wav")


@given(st.text(max_size=300))
def test_any_name_becomes_one_short_printable_line(name):
    shown = shorten(name)
    assert 0 < len(shown) <= LONGEST
    assert "\n" not in shown
    assert "\x00" not in shown


@pytest.mark.parametrize(
    "text",
    ["<b>x</b>", "**x**", "[a](http://b)", "# head", "`code`", "$x$", "~~x~~", "| a | b |", "![i](http://b)", "a_b_c"],
)
def test_every_sign_of_markdown_is_escaped(text):
    escaped = plain(text)
    assert escaped.replace("\\", "").replace("\u200b", "") == text
    for sign in "*_[]()<>#`$~|!":
        assert escaped.count(sign) == escaped.count("\\" + sign)


@pytest.mark.parametrize("text", [":smile:", ":red[x]", ":material/home:", ":red-background[x]"])
def test_streamlits_own_codes_are_broken(text):
    assert plain(text).startswith(":\u200b")


@pytest.mark.parametrize(
    ("text", "broken"),
    [
        ("https://evil.example", "https://\u200bevil.example"),
        ("see HTTP://x.y", "see HTTP://\u200bx.y"),
        ("WWW.evil.example", "WWW\u200b.evil.example"),
        ("a@b.c", "a@\u200bb.c"),
    ],
)
def test_a_bare_address_is_no_link(text, broken):
    assert plain(text) == broken


def test_a_clock_and_a_sentence_stay_as_they_are():
    sentence = "MP3, 44.1 kHz stereo, 3:41, middle 10 minutes."
    assert plain(sentence) == sentence


def test_a_line_that_begins_like_a_list_is_no_list():
    assert plain("- one") == r"\- one"
