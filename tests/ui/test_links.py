"""Choices in the URL: one step in the browser's history each, and the way back through them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from streamlit.runtime.state.query_params_proxy import QueryParamsProxy
from streamlit.testing.v1 import AppTest

from mgc.ui import links


def page() -> None:
    import streamlit as st

    from mgc.ui import links

    links.follow("explore")
    words = {"a": "Same", "b": "Same", "c": "Other"}
    st.text(links.one("one", words, label="One", default="a", look="select"))
    st.text(links.one("way", {"x": "X", "y": "Y"}, label="Way", default="x"))
    st.text(", ".join(links.many("some", {"p": "P", "q": "Q"}, label="Some")))
    st.text(links.words("typed", label="Typed"))
    st.button("Go", on_click=links.go, kwargs={"one": "c", "way": "y", "some": ["q"], "typed": "w"})
    links.publish()


@pytest.fixture
def app() -> AppTest:
    return AppTest.from_function(page, default_timeout=60)


def shown(app: AppTest) -> list[str]:
    assert not app.exception
    return [text.value for text in app.text]


def test_of_two_options_with_the_same_words_the_one_in_the_link_is_chosen(app: AppTest) -> None:
    app.query_params["one"] = "b"
    assert shown(app.run())[0] == "b"
    assert app.selectbox[0].options == ["Same [a]", "Same [b]", "Other"]
    app.selectbox[0].set_value("a").run()
    assert shown(app)[0] == "a"
    assert "one" not in app.query_params


def test_many_choices_of_one_run_are_one_step_in_the_history(app: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    steps = []
    write = QueryParamsProxy.from_dict
    monkeypatch.setattr(
        QueryParamsProxy, "from_dict", lambda self, params: (steps.append(dict(params)), write(self, params))[1]
    )
    app.run()
    assert steps == []
    app.button[0].click().run()
    assert shown(app) == ["c", "y", "q", "w"]
    assert steps == [{"one": ["c"], "way": ["y"], "some": ["q"], "typed": ["w"]}]
    app.run()
    assert len(steps) == 1


def test_going_back_chooses_what_the_url_says_and_a_click_what_was_clicked(
    app: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    app.run()
    app.button[0].click().run()
    app.query_params = {"way": "x", "one": "b"}
    app.run()
    assert shown(app) == ["c", "y", "q", "w"]  # no history: an old URL that came with a quick click changes nothing
    app.query_params = {"one": "b"}
    with monkeypatch.context() as patch:
        context = links.get_script_run_ctx
        patch.setattr(links, "get_script_run_ctx", lambda: replace(context(), is_history_navigation=True))
        app.run()
    assert shown(app) == ["b", "x", "", ""]
    assert list(app.query_params) == ["one"]
    app.run()
    assert shown(app) == ["b", "x", "", ""]


def test_streamlit_still_says_when_a_visitor_went_back() -> None:
    from streamlit.runtime.scriptrunner_utils.script_run_context import ScriptRunContext

    assert "is_history_navigation" in ScriptRunContext.__init__.__code__.co_varnames


@pytest.mark.parametrize(("said", "chosen"), [("3: running", "3"), ("3", "3"), ("4: running", "2"), ("x", "2")])
def test_words_that_an_open_list_still_had_choose_what_they_stood_for(said: str, chosen: str) -> None:
    def page() -> None:
        import streamlit as st

        from mgc.ui import links

        links.follow("train")
        words = {"2": "2: finished", "3": "3: finished"}
        links.reread("run", words)
        st.text(links.one("run", words, label="Run", default="2", look="select"))

    app = AppTest.from_function(page, default_timeout=60)
    app.session_state["train_run"] = said
    assert shown(app.run()) == [chosen]
