"""The map: methods, colours, neighbours, what a click does, and what is said when nothing was measured."""

from __future__ import annotations

import json
import re
import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest
from streamlit.util import AttributeDictionary

from mgc import jobs
from mgc.datasets import registry
from mgc.evaluation import statistics
from mgc.extraction import maps as kept_maps
from mgc.features.descriptors import COLUMNS
from mgc.ui.explore import map as view
from tests.app.conftest import words
from tests.ui.explore import selections

if TYPE_CHECKING:
    from mgc.ui.explore.selection import Known


def figure(app: AppTest) -> dict[str, Any]:
    (chart,) = app.get("plotly_chart")
    return dict(json.loads(chart.proto.spec))


def groups(app: AppTest) -> dict[str, int]:
    """How many points each group of the map has that can be clicked."""
    return {trace["name"]: len(trace["customdata"]) for trace in figure(app)["data"] if "customdata" in trace}


@pytest.mark.parametrize("method", view.METHODS)
def test_every_track_is_a_point(known: Known, method: str) -> None:
    app = selections.draw("map", selections.selection(known), map=method)
    assert not app.exception
    assert groups(app) == {"Blues": 12, "Jazz": 12, "Tango": 12}


def test_the_map_is_coloured_by_artist_tempo_or_fold(known: Known) -> None:
    here = selections.selection(known)
    artists = groups(selections.draw("map", here, colour="artist"))
    assert artists["Blues Band 0"] == 6
    assert artists["unknown artist"] == 3
    assert groups(selections.draw("map", here, colour="tempo")) == {"tempo": 36}
    app = selections.draw("map", here, colour="fold")
    folds = groups(app)
    assert sum(folds.values()) == 36
    assert set(folds) == {f"fold {number}" for number in range(1, 6)}
    assert "coloured by test fold \\(5 folds grouped by artist, where known\\)" in words(app)


def hovered(app: AppTest, track: str) -> str:
    """What a pointer over a track's point reads."""
    traces = [trace for trace in figure(app)["data"] if track in trace.get("customdata", ())]
    return str(traces[0]["hovertext"][traces[0]["customdata"].index(track)])


def test_a_pointer_reads_what_colours_the_point(known: Known) -> None:
    here = selections.selection(known)
    tempo = known.collected.descriptors[0, COLUMNS.index("tempo")]
    assert hovered(selections.draw("map", here), "blues.00000").endswith("Song &lt;b&gt;0&lt;/b&gt; (Blues)")
    assert hovered(selections.draw("map", here, colour="tempo"), "blues.00000").endswith(
        f"(Blues, {tempo:.0f} beats per minute)"
    )
    assert re.search(r"\(Blues, fold [1-5]\)$", hovered(selections.draw("map", here, colour="fold"), "blues.00000"))
    assert hovered(selections.draw("map", here, colour="artist"), "blues.00011").endswith("(Blues, unknown artist)")


def only(known: Known, revision: str, **counts: int) -> Known:
    """Return what is known with so many tracks of each genre."""
    held = tuple(track for track in known.dataset.tracks if int(track.id[-5:]) < counts.get(track.genre, 12))
    return replace(known, revision=revision, dataset=replace(known.dataset, tracks=held))


def test_a_rare_genre_makes_fewer_folds_and_the_caption_says_so(known: Known) -> None:
    held = tuple(replace(track, artist="") for track in only(known, "", tango=3).dataset.tracks)
    known = replace(known, revision="r6", dataset=replace(known.dataset, tracks=held))
    app = selections.draw("map", selections.selection(known), colour="fold")
    assert set(groups(app)) == {"fold 1", "fold 2", "fold 3"}
    assert "3 folds grouped by artist, where known, the most that these genres and artists allow" in words(app)


def test_folds_are_not_offered_where_a_genre_has_one_track(known: Known) -> None:
    app = selections.draw("map", selections.selection(only(known, "r7", tango=1)), colour="fold")
    assert app.button_group(key="explore_colour").options == ["Genre", "Artist", "Tempo"]
    assert "Fold" not in app.button_group(key="explore_colour").value
    assert "Received" not in words(app)


def test_of_artists_with_equally_many_tracks_those_of_the_track_and_its_neighbours_are_coloured(known: Known) -> None:
    pairs = tuple(replace(track, artist=f"Duo {i // 2:02d}") for i, track in enumerate(known.dataset.tracks))
    here = selections.selection(replace(known, revision="r8", dataset=replace(known.dataset, tracks=pairs)))
    place = view.find_place(here, "descriptors", "pca")
    names, colours = view.grouped(here, place, "artist", (35, 20))
    assert {names[35], names[20]} == {"Duo 17", "Duo 10"}
    assert len(set(names) - set(view.QUIET)) == view.MOST_ARTISTS
    assert len(colours) == view.MOST_ARTISTS + 2
    app = selections.draw("map", here, colour="artist", track="tango.00011")
    assert "Duo 17" in groups(app)
    assert "the 10 with the most tracks" in words(app)


def test_artists_with_most_tracks_keep_their_colours_whatever_is_looked_at(known: Known) -> None:
    sizes = [name for i in range(12) for name in [f"Band {i:02d}"] * (12 - i)][:36]
    held = tuple(replace(track, artist=name) for track, name in zip(known.dataset.tracks, sizes, strict=True))
    here = selections.selection(replace(known, revision="r9", dataset=replace(known.dataset, tracks=held)))
    place = view.find_place(here, "descriptors", "pca")
    assert view.grouped(here, place, "artist") == view.grouped(here, place, "artist", (35, 1))


def test_under_filters_the_artists_of_what_is_left_are_coloured(known: Known) -> None:
    alone = tuple(replace(track, artist=f"Solo {track.id}") for track in known.dataset.tracks[12:])
    held = (*(replace(track, artist=f"Many {i % 4}") for i, track in enumerate(known.dataset.tracks[:12])), *alone)
    known = replace(known, revision="r11", dataset=replace(known.dataset, tracks=held))
    shown = groups(selections.draw("map", selections.selection(known, chosen=alone[:8]), colour="artist"))
    assert set(shown) == {f"Solo {track.id}" for track in alone[:8]}


def laid_out(known: Known, monkeypatch: pytest.MonkeyPatch) -> None:
    """Compute the map of a data set by t-SNE."""
    registered(known, monkeypatch)
    assert jobs.wait(kept_maps.start(known.id, "descriptors").id).state == "finished"


def registered(known: Known, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a job find a data set in the registry."""
    registry.folder(known.id).mkdir(parents=True)
    monkeypatch.setattr("mgc.datasets.registry.open_dataset", lambda id: known.dataset)
    monkeypatch.setattr("mgc.extraction.collected.collected", lambda id: known.collected)


def test_what_is_taken_home_names_data_set_method_and_colours(
    threads: None, known: Known, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken: dict[str, Any] = {}

    def offer(label: str, make: Any, name: str = "", mime: str = "", *, file_name: str = "", **more: Any) -> None:
        taken[name or file_name] = make

    monkeypatch.setattr(st, "download_button", offer)
    laid_out(known, monkeypatch)
    app = selections.draw("map", selections.selection(known), colour="fold", map="tsne")
    assert not app.exception
    assert list(taken)[:2] == [
        "mgc-one-clip-map-tsne-descriptors-fold.html",
        "mgc-one-clip-map-tsne-descriptors-fold.csv",
    ]
    page = taken["mgc-one-clip-map-tsne-descriptors-fold.html"]()
    assert "Rings mark blues.00000 and its neighbours.</p>" in page
    assert "Click" not in page.rsplit("<p>", 1)[1]  # nothing sounds there
    head, first, *_ = taken["mgc-one-clip-map-tsne-descriptors-fold.csv"]().splitlines()
    assert head == 'track,genre,artist,x,y,"tempo, beats per minute",fold'
    assert first.startswith("blues.00000,blues,Blues Band 0,")


def test_filters_hide_points_and_move_none(known: Known) -> None:
    jazz = tuple(track for track in known.dataset.tracks if track.genre == "jazz")
    whole, part = (selections.draw("map", selections.selection(known, chosen=chosen)) for chosen in (None, jazz))
    assert groups(part) == {"Jazz": 12}
    before, after = (next(t for t in figure(app)["data"] if t.get("name") == "Jazz") for app in (whole, part))
    assert (before["x"], before["y"]) == (after["x"], after["y"])


def test_the_nearest_are_listed_without_the_track_itself(known: Known) -> None:
    app = selections.draw("map", selections.selection(known), track="jazz.00002")
    assert "Same label (Jazz): " in words(app)
    names = [text.value for text in app.text[1:]]
    assert len(names) == 5
    assert not any(name.startswith("jazz.00002") for name in names)


def test_a_long_name_leaves_the_button_beside_the_sound_of_a_neighbour(known: Known) -> None:
    app = selections.draw("map", selections.selection(known), track="jazz.00002")
    columns = [column for column in app.columns if any(button.label == "Show" for button in column.button)]
    assert len(columns) == 5
    assert not any(column.text for column in columns)


def test_a_neighbour_becomes_the_track_that_is_looked_at(known: Known) -> None:
    app = selections.draw("map", selections.selection(known), track="jazz.00002")
    next(button for button in app.button if button.label == "Show").click().run()
    assert app.query_params["track"] != "jazz.00002"
    assert not app.exception


def click() -> None:
    import streamlit as st

    from mgc.ui import links
    from mgc.ui.explore import listen

    listen.clicked("map_board")
    st.text(f"{listen.new_click()} {listen.new_click()}")
    links.publish()


def test_a_click_names_the_track_and_asks_for_its_sound_once() -> None:
    app = AppTest.from_function(click, default_timeout=60)
    app.session_state["map_board"] = AttributeDictionary({"selection": {"points": [{"customdata": ["jazz.00004"]}]}})
    assert app.run().text[0].value == "1 0"
    assert app.query_params["track"] == "jazz.00004"
    app.session_state["map_board"] = AttributeDictionary({"selection": {"points": []}})  # beside every point
    assert app.run().text[0].value == "0 0"


def test_without_measurements_the_map_offers_to_measure(known: Known) -> None:
    app = selections.draw("map", selections.selection(replace(known, collected=None)))
    assert "Extract the features of every track to see the map" in words(app)
    assert app.button(key="explore_extract").label == "Extract features"


def test_a_single_track_with_numbers_is_no_map(known: Known) -> None:
    table = known.collected.descriptors.copy()
    table[1:] = np.nan
    known = replace(known, revision="r5", collected=replace(known.collected, descriptors=table))
    assert "A map needs the features of at least two tracks" in words(
        selections.draw("map", selections.selection(known))
    )


def test_the_track_that_is_looked_at_stands_beside_the_map(known: Known) -> None:
    app = selections.draw("map", selections.selection(known), track="jazz.00002")
    board, beside = app.columns[:2]
    assert len(board.get("plotly_chart")) == 1
    assert beside.text[0].value == "Jazz Band 0: Song <b>2</b>"
    assert beside.get("audio")
    beside.button(key="map_open").click().run()
    assert app.session_state["explore_view"] == "listen"
    assert app.session_state["explore_track"] == "jazz.00002"


def test_tracks_of_which_nothing_was_measured_are_counted(known: Known) -> None:
    table = known.collected.descriptors.copy()
    table[:3] = np.nan
    known = replace(known, revision="r4", collected=replace(known.collected, descriptors=table))
    app = selections.draw("map", selections.selection(known))
    assert "3 tracks are not on the map" in words(app)
    assert "This track is not on the map" in words(app)
    assert groups(app)["Blues"] == 9


def test_one_track_without_numbers_is_counted_as_one(known: Known) -> None:
    table = known.collected.descriptors.copy()
    table[0] = np.nan
    known = replace(known, revision="r10", collected=replace(known.collected, descriptors=table))
    assert "1 track is not on the map: it has no features." in words(
        selections.draw("map", selections.selection(known))
    )


def test_embeddings_are_offered_where_there_are_some(known: Known) -> None:
    assert list(view.offered_spaces(selections.selection(known))) == ["descriptors"]
    vectors = np.random.default_rng(1).normal(size=(36, 1024)).astype(np.float32)
    rich = replace(known, revision="r2", collected=replace(known.collected, embeddings=vectors))
    app = selections.draw("map", selections.selection(rich), of="embeddings")
    assert any(caption.help and "all 1024 dimensions" in caption.help for caption in app.caption)


def test_where_all_is_by_one_artist_no_folds_are_offered(known: Known) -> None:
    one = tuple(replace(track, artist="One and the same") for track in known.dataset.tracks)
    known = replace(known, revision="r3", dataset=replace(known.dataset, tracks=one))
    app = selections.draw("map", selections.selection(known), colour="fold")
    assert not app.exception
    assert "Fold" not in app.button_group(key="explore_colour").options
    assert groups(app) == {"Blues": 12, "Jazz": 12, "Tango": 12}


def test_the_map_by_pca_is_shown_at_once_and_t_sne_fills_in(
    threads: None, known: Known, monkeypatch: pytest.MonkeyPatch
) -> None:
    go, real = threading.Event(), statistics.project
    told: list[tuple[int, int]] = []

    def slow(table: Any, method: str = "pca", seed: int = 0, progress: Any = None) -> Any:
        if method == "tsne":
            go.wait(60)
            return real(table, method, seed, lambda *done: (told.append(done), progress(*done)))
        return real(table, method, seed)

    monkeypatch.setattr(statistics, "project", slow)
    table = known.collected.descriptors + 1e-3  # another table than any other test's
    known = replace(known, id="slow", revision="r20", collected=replace(known.collected, descriptors=table))
    registered(known, monkeypatch)
    here = selections.selection(known)
    app = selections.draw("map", here, map="tsne")
    assert groups(app) == {"Blues": 12, "Jazz": 12, "Tango": 12}
    assert "until it is ready, the map shows PCA" in words(app)
    assert app.get("progress")
    assert app.button(key="map_stop").label == "Stop"
    assert "explain" in figure_help(app)
    go.set()
    for _ in range(600):
        if not app.run().get("progress"):
            break
        time.sleep(0.1)
    assert "t-SNE keeps neighbours together" in figure_help(app)
    assert told == [(0, 4), (1, 4), (2, 4), (3, 4)]
    assert [(job.title, job.result) for job in jobs.jobs()] == [
        ("Compute the t-SNE map of slow (descriptors)", {"tracks": 36})
    ]


def test_a_map_that_was_stopped_waits_until_it_is_resumed(
    threads: None, known: Known, monkeypatch: pytest.MonkeyPatch
) -> None:
    stopped, real = threading.Event(), statistics.project

    def slow(table: Any, method: str = "pca", seed: int = 0, progress: Any = None) -> Any:
        if method == "tsne":
            stopped.wait(60)
        return real(table, method, seed, progress)

    monkeypatch.setattr(statistics, "project", slow)
    known = replace(known, id="stopped", revision="r21")
    registered(known, monkeypatch)
    app = selections.draw("map", selections.selection(known), map="tsne")
    app.button(key="map_stop").click().run()
    stopped.set()
    assert not app.exception
    assert not app.get("progress")
    assert "stopped" in words(app)
    assert groups(app) == {"Blues": 12, "Jazz": 12, "Tango": 12}
    app.button(key="map_again").click().run()
    assert jobs.wait(jobs.jobs()[0].id).state == "finished"
    assert "t-SNE keeps neighbours together" in figure_help(app.run())


def figure_help(app: AppTest) -> str:
    """What stands behind the help marks of the captions."""
    return " ".join(caption.help or "" for caption in app.caption)
