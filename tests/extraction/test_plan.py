from __future__ import annotations

import json
import tempfile
from dataclasses import asdict, replace
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from mgc.extraction.plan import Ended, Files, Goods, Item, Line, Plan

TEXT = st.text(st.characters(codec="utf-8"), max_size=30)
LINES = st.lists(
    st.builds(
        Line,
        TEXT,
        st.sampled_from(("begun", "done", "failed")),
        st.floats(0, 2e9),
        st.text("0123456789abcdef", max_size=64),
        st.text("0123456789abcdef", max_size=64),
        TEXT,
    ),
    max_size=8,
)


@settings(max_examples=60, deadline=None)
@given(LINES, st.integers(0, 400))
def test_of_a_cut_journal_every_whole_line_is_read(lines: list[Line], cut: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        files = Files(Path(folder))
        files.attempt(1).mkdir(parents=True)
        said = [json.dumps({name: value for name, value in asdict(line).items() if value}).encode() for line in lines]
        said = [word for word, line in zip(said, lines, strict=True) if line.track and line.time]
        kept = [replace(line, writer="w") for line in lines if line.track and line.time]
        data = b"".join(word + b"\n" for word in said)
        data = data[: max(0, len(data) - cut)]
        files.journal(1, "w").write_bytes(data)
        assert list(files.lines(1)) == kept[: data.count(b"\n")]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.builds(Item, TEXT, TEXT, TEXT, TEXT), max_size=5), st.dictionaries(TEXT, TEXT, max_size=2))
def test_a_plan_comes_back_as_it_was_written(items: list[Item], tables: dict[str, str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        files = Files(Path(folder))
        plan, goods = Plan(3, ("mel",), 1.5, "tls://127.0.0.1:1", len(items), 0), Goods(tuple(items), tables)
        files.write_plan(plan, goods)
        assert (files.plan(), files.goods(3)) == (plan, goods)
        assert not files.is_cancelled(3)


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_in_any_file_are_no_plan_and_no_error(data: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        files = Files(Path(folder))
        files.attempt(1).mkdir(parents=True)
        for path in (files.folder / "job.json", files.attempt(1) / "goods.json", files.attempt(1) / "ended.json"):
            path.write_bytes(data)
        files.journal(1, "w").write_bytes(data)
        assert (files.plan(), files.goods(1), files.ended(1)) == (None, None, None)
        list(files.lines(1))


def test_a_new_plan_sweeps_up_after_the_old(tmp_path: Path) -> None:
    files = Files(tmp_path)
    plan = Plan(1, ("mel",), 1.0, "tls://127.0.0.1:1", 0, 0)
    files.write_plan(plan, Goods((), {}))
    files.end(1, Ended("finished", 2.0))
    files.write_plan(replace(plan, attempt=2), Goods((), {}))
    assert files.ended(1) is None
    assert [path.name for path in (tmp_path / "attempts").iterdir()] == ["2"]
