"""A Parquet file gives the same numbers and texts as the table it was made from."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from idsbench.errors import DataError
from idsbench.reading_parquet import open_parquet, read_parquet

FRAME = pl.DataFrame(
    {"a": [1, None, 3], "b": ["x", "?", None], "c": [True, False, True], "d": [0.5, None, 2.0]}
)
KINDS = {"a": "number", "b": "text", "c": "number", "d": "number"}


def written(folder: Path, frame: pl.DataFrame = FRAME) -> Path:
    path = folder / "t.parquet"
    frame.write_parquet(path)
    return path


def complaint(path: Path, kinds: dict[str, str] | None = None) -> str:
    with pytest.raises(DataError) as caught:
        read_parquet(path, kinds or KINDS)
    return str(caught.value).removeprefix(str(path)).removeprefix(", ").removeprefix(": ")


def test_numbers_texts_and_truths_are_read_and_missing_cells_are_null(tmp_path: Path) -> None:
    path = written(tmp_path)
    assert open_parquet(path).header == ("a", "b", "c", "d")
    assert read_parquet(path, KINDS, missing=("", "?")).rows() == [
        (1, "x", 1, 0.5),
        (None, None, 0, None),
        (3, None, 1, 2),
    ]


def test_numbers_can_be_read_as_text_for_labels(tmp_path: Path) -> None:
    kinds = {**KINDS, "a": "text", "c": "text"}
    frame = read_parquet(written(tmp_path), kinds)
    assert frame.select("a", "c").rows() == [("1", "1"), (None, "0"), ("3", "1")]


def test_what_is_wrong_is_named(tmp_path: Path) -> None:
    path = written(tmp_path)
    assert complaint(path, {**KINDS, "b": "number"}) == (
        "line 1, column b: the cell 'x' is not a number; correct the cell"
    )
    assert complaint(path, {"a": "number"}) == ("line 1: the header has unexpected columns b, c, d")
    assert complaint(written(tmp_path, FRAME.head(0))) == "has no rows"
    nested = FRAME.with_columns(pl.Series("b", [[1], [2], [3]]))
    assert complaint(written(tmp_path, nested)) == (
        "column b: holds List(Int64), not a number or a text"
    )
    path.write_bytes(b"PAR1 but not really")
    assert complaint(path) == "is no readable Parquet file; fetch or write it again"
    assert complaint(tmp_path / "x.parquet") == "there is no such file"
