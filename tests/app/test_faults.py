"""What goes wrong stays friendly: busy, hostile names, exceptions (U-7, U-9, U-13, A-8)."""

from __future__ import annotations

import logging

import pytest

from mgc.errors import MgcError, ServiceBusy
from mgc.ui import about, classify, quota
from tests.app.conftest import upload, words

HOSTILE = [
    "<script>alert(1)</script>.wav",
    "**bold** [link](http://evil.example) :red[red] $x^2$ :smile: # h1.wav",
    "../../../etc/passwd.wav",
    "gnp.\u202egnos.wav",  # a right-to-left override
    "a\nb\x1b[31m.wav",
    "x" * 4096 + ".wav",
    "\u2003.wav",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_is_shown_as_plain_short_text(app, name):
    upload(app.run(), (name, b"jazz"), ("other.wav", b"metal"))
    assert not app.exception
    shown = [t.value for t in app.text]
    assert all(len(text) <= 60 and text.isprintable() for text in shown)
    for piece in ("<script>", "evil.example", "passwd", ":red["):
        assert piece not in words(app)


def test_a_busy_service_asks_for_patience_and_a_retry_answers(app, service):
    service.failure = ServiceBusy("Many songs are waiting; try again in 4 s.", retry_after=4.0)
    upload(app.run(), ("a.wav", b"jazz"))
    assert not app.exception
    assert [w.value for w in app.warning] == ["Many songs are waiting; try again in 4 s."]
    service.failure = None
    next(b for b in app.button if b.label == "Try again").click()
    app.run()
    assert not app.warning
    assert "\u2002Jazz\u2002" in words(app)


def test_a_busy_service_beside_a_known_song_loses_nothing(app, service):
    upload(app.run(), ("a.wav", b"jazz"))
    service.failure = ServiceBusy("Try again in 4 s.", retry_after=4.0)
    upload(app, ("a.wav", b"jazz"), ("b.wav", b"metal"))
    assert "\u2002Jazz\u2002" in words(app)
    assert "Try again in 4 s." in words(app)


def test_one_visitor_may_send_so_many_songs_a_minute_and_is_told_when_to_go_on(app):
    files = [(f"{i}.wav", f"jazz {i}".encode()) for i in range(quota.PER_MINUTE + 1)]
    upload(app.run(), *files)
    assert not app.exception
    assert f"{quota.PER_MINUTE + 1} songs, 1 without an answer" in words(app)
    app.get("pagination")[0].set_value(-(-len(files) // 8))
    app.run()
    assert "songs within a minute; please send the next one in" in words(app)


def test_an_unexpected_failure_gives_a_number_and_keeps_its_stack_in_the_log(app, service, caplog):
    service.failure = RuntimeError("secret: /var/lib/mgc/key")
    with caplog.at_level(logging.ERROR, logger="mgc.ui"):
        upload(app.run(), ("a.wav", b"jazz"))
    assert not app.exception
    (box,) = app.error
    number = box.value.split("`")[1]
    assert number in caplog.text
    assert "secret: /var/lib/mgc/key" in caplog.text
    assert "secret" not in words(app)
    assert "Traceback" not in words(app)
    assert "Files up to" in words(app)  # the frame stands


def test_after_a_failure_the_other_page_still_works(app, service):
    service.failure = RuntimeError("boom")
    upload(app.run(), ("a.wav", b"jazz"))
    app.switch_page("pages/about.py")
    app.run()
    assert not app.exception
    assert not app.error


@pytest.mark.parametrize(
    ("path", "owner", "name"),
    [("pages/classify.py", classify, "_songs"), ("pages/about.py", about, "show")],
)
def test_every_page_turns_an_error_of_ours_into_its_sentence(app, monkeypatch, path, owner, name):
    def fail() -> None:
        raise MgcError("The *registry* is <b>empty</b>.", details="not for the browser")

    monkeypatch.setattr(owner, name, fail)
    app.run()
    app.switch_page(path)
    app.run()
    assert not app.exception
    assert [e.value for e in app.error] == [r"The \*registry\* is \<b\>empty\</b\>."]
    assert "not for the browser" not in words(app)
