"""What a feature loses of the file's text is told apart again."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from idsbench.audit_text import text_hashes

COLUMNS = ("size", "payload")


def _file(folder: Path, payloads: list[str], name: str = "x.csv") -> Path:
    path = folder / name
    lines = [f"{len(text)},{text},{i % 2}" for i, text in enumerate(payloads)]
    path.write_text("size,payload,label\n" + "\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_rows_have_equal_hashes_where_their_texts_are_equal(tmp_path):
    hashes = text_hashes([_file(tmp_path, ["ab", "cd", "ab", ""])], COLUMNS, 4)
    assert hashes is not None
    assert hashes[0] == hashes[2]
    assert len(np.unique(hashes)) == 3


def test_a_column_that_is_text_in_one_file_only_is_text_in_all(tmp_path):
    files = [_file(tmp_path, ["12", "34"], "a.csv"), _file(tmp_path, ["12", "x"], "b.csv")]
    hashes = text_hashes(files, COLUMNS, 4)
    assert hashes is not None
    assert hashes[0] == hashes[2]
    assert hashes[1] != hashes[3]


def test_numbers_labels_other_rows_and_unreadable_files_give_nothing(tmp_path):
    numbers = _file(tmp_path, ["12", "34"])
    assert text_hashes([numbers], COLUMNS, 2) is None
    texts = _file(tmp_path, ["ab", "cd"], "b.csv")
    assert text_hashes([texts], ("size",), 2) is None
    assert text_hashes([texts], COLUMNS, 3) is None
    assert text_hashes([tmp_path / "missing.csv"], COLUMNS, 2) is None
    broken = tmp_path / "c.csv"
    broken.write_bytes(b"size,payload\n1,a,2,3\n\xff\xfe,b\n")
    assert text_hashes([broken], COLUMNS, 2) is None
