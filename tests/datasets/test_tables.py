from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mgc.datasets.tables import CLIPS, read_table, tracks_in
from mgc.errors import DatasetError
from mgc.features.descriptors import COLUMNS

if TYPE_CHECKING:
    from pathlib import Path

ROW = ",".join(str(i) for i in range(len(COLUMNS)))


def test_rows_are_found_by_track_and_strange_ones_left_out(tmp_path: Path) -> None:
    table = tmp_path / CLIPS
    lines = [f"rock.1.wav,{ROW},caf\xe9", "rock.2.wav,x", f"pop.1.0.wav,{ROW},", f"pop.1.1.wav,{ROW},", f",{ROW},", ""]
    table.write_bytes("\n".join([f"filename,{','.join(COLUMNS)},label", *lines]).encode("latin-1"))
    found = read_table(table)
    assert found.tracks == ("rock.1", "pop.1", "pop.1")
    assert found.of("pop.1").shape == (2, len(COLUMNS))
    assert found.of("rock.1")[0, -1] == len(COLUMNS) - 1
    assert found.of("rock.2").shape == (0, len(COLUMNS))
    assert list(tracks_in(table)) == ["rock.1", "rock.2", "pop.1", "pop.1"]


@pytest.mark.parametrize(
    "text", ["", f"{','.join(COLUMNS)}\n{ROW}\n", "filename,tempo\nrock.1.wav,3\n", "\0", '"' + "x" * 200_000]
)
def test_another_table_is_refused_in_one_sentence(tmp_path: Path, text: str) -> None:
    table = tmp_path / CLIPS
    table.write_text(text)
    with pytest.raises(DatasetError, match=r"features_30_sec.csv (is not Kaggle's table|cannot be read)"):
        read_table(table)


def test_kaggles_tables_are_read_whole(shared: Path) -> None:
    found = read_table(shared / "gtzan" / CLIPS)
    assert len(found.rows) == len(found.tracks) == 1000
    segments = read_table(shared / "gtzan" / "features_3_sec.partial.csv")
    assert segments.numbers.shape == (7901, len(COLUMNS))
    assert max(len(rows) for rows in segments.rows.values()) == 10
