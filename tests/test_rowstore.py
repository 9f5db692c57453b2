"""Tables and parts of a split come back as they were written, as maps of plain arrays."""

from __future__ import annotations

import numpy as np
import pytest

from idsbench.rowstore import (
    PART_ARRAYS,
    DamagedFileError,
    Part,
    open_part,
    open_state,
    open_table,
    read_json,
    row_hashes_of,
    save_part,
    save_states,
    save_table,
    save_vectors,
    vectors_of,
    write_json,
)
from idsbench.values import Labels, Note, Table

N = 6


def _table(**changes) -> Table:
    codes = np.array([0, 1, 2, 0, 1, 2], dtype=np.int16)
    fields = {
        "x": np.arange(2 * N, dtype=np.float32).reshape(N, 2),
        "columns": ("a", "b"),
        "labels": {
            "binary": Labels((codes > 0).astype(np.int16), ("benign", "attack")),
            "category": Labels(codes, ("benign", "dos", "scän")),
        },
        "attack": Labels(codes, ("benign", "dos", "scan")),
        "group": np.arange(N, dtype=np.int64) // 2,
        "group_name": "stream",
        "time": np.linspace(0, 1, N),
        "notes": (Note("rows dropped", 3),),
        "flags": ("rows-are-packets",),
        **changes,
    }
    return Table(**fields)


def _part() -> Part:
    rows = np.arange(N, dtype=np.int64)
    x = np.random.default_rng(0).normal(size=(N, 3)).astype(np.float32)
    return Part(x, rows.astype(np.int16) % 2, rows, rows[::-1].copy(), rows > 3)


def test_a_table_comes_back_as_it_was(tmp_path):
    table, hashes = _table(), np.arange(N, dtype=np.uint64)
    save_table(tmp_path, table, hashes)
    back = open_table(tmp_path)
    assert np.array_equal(back.x, table.x)
    assert back.x.dtype == np.float32
    assert np.array_equal(back.group, table.group)
    assert np.array_equal(back.time, table.time)
    for name, labels in {**table.labels, "attack": table.attack}.items():
        found = back.attack if name == "attack" else back.labels[name]
        assert np.array_equal(found.codes, labels.codes)
        assert found.classes == labels.classes
    same = ("columns", "group_name", "notes", "flags")
    assert [getattr(back, name) for name in same] == [getattr(table, name) for name in same]
    assert np.array_equal(row_hashes_of(tmp_path), hashes)


def test_vectors_come_back_and_need_not_be_there(tmp_path):
    assert vectors_of(tmp_path) is None
    save_vectors(tmp_path, np.arange(N, dtype=np.uint64))
    assert np.array_equal(vectors_of(tmp_path), np.arange(N))


def test_what_a_table_lacks_it_still_lacks(tmp_path):
    save_table(tmp_path, _table(group=None, time=None), np.zeros(N, dtype=np.uint64))
    back = open_table(tmp_path)
    assert back.group is None
    assert back.time is None
    assert back.group_name == ""


def test_rows_are_mapped_not_read(tmp_path):
    save_table(tmp_path, _table(), np.zeros(N, dtype=np.uint64))
    save_part(tmp_path, "train", _part())
    assert isinstance(open_table(tmp_path).x, np.memmap)
    part = open_part(tmp_path, "train")
    assert all(isinstance(getattr(part, name), np.memmap) for name in PART_ARRAYS)
    with pytest.raises(ValueError, match="read-only"):
        part.x[0] = 1


def test_the_parts_of_a_split_come_back_as_they_were(tmp_path):
    part = _part()
    save_part(tmp_path, "train", part)
    save_part(tmp_path, "test", Part(*(getattr(part, name)[:2] for name in PART_ARRAYS)))
    back = open_part(tmp_path, "train")
    for name in PART_ARRAYS:
        assert np.array_equal(getattr(back, name), getattr(part, name))
        assert getattr(back, name).dtype == getattr(part, name).dtype
    assert len(open_part(tmp_path, "test").y) == 2


def test_states_come_back_by_their_place_in_the_chain(tmp_path):
    save_states(tmp_path, [{"a": np.arange(3)}, {}, {"b": np.ones(2), "c": np.zeros(1)}])
    assert open_state(tmp_path, 0)["a"].tolist() == [0, 1, 2]
    assert open_state(tmp_path, 1) == {}
    assert set(open_state(tmp_path, 2)) == {"b", "c"}


def test_nothing_is_ever_pickled(tmp_path):
    with pytest.raises(ValueError, match="allow_pickle=False"):
        save_states(tmp_path, [{"a": np.array([{}], dtype=object)}])


def test_nothing_is_ever_unpickled(tmp_path):
    callables = np.array([print] * N, dtype=object)
    save_part(tmp_path, "train", _part())
    np.save(tmp_path / "train_y.npy", callables, allow_pickle=True)
    np.savez(tmp_path / "state_0.npz", a=callables)
    for read, told in (
        (lambda: open_part(tmp_path, "train"), "Python objects"),
        (lambda: open_state(tmp_path, 0), "allow_pickle=False"),
    ):
        with pytest.raises(DamagedFileError) as caught:
            read()
        assert told in str(caught.value.__cause__)


def test_json_keeps_letters_and_refuses_what_is_no_number(tmp_path):
    path = tmp_path / "x.json"
    write_json(path, {"b": "ä", "a": [1, None]})
    assert path.read_text(encoding="utf-8") == '{\n "a": [\n  1,\n  null\n ],\n "b": "ä"\n}\n'
    assert read_json(path) == {"b": "ä", "a": [1, None]}
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_json(path, {"loss": float("nan")})


@pytest.mark.parametrize(
    ("name", "read"),
    [
        ("meta.json", lambda folder: read_json(folder / "meta.json")),
        ("row_hash.npy", row_hashes_of),
        ("state_0.npz", lambda folder: open_state(folder, 0)),
    ],
)
@pytest.mark.parametrize("harm", [b"\x80\xff text", b"{", b"PK\x03\x04 no archive", b""])
def test_a_damaged_file_is_named_with_what_to_do(tmp_path, name, read, harm):
    (tmp_path / name).write_bytes(harm)
    with pytest.raises(DamagedFileError) as caught:
        read(tmp_path)
    assert str(caught.value) == (
        f"{tmp_path / name} is damaged since it was written: run again with --retry failed, "
        "which makes it anew"
    )


def test_an_array_whose_bytes_were_altered_in_an_archive_is_named(tmp_path):
    save_states(tmp_path, [{"a": np.arange(1000.0)}])
    path = tmp_path / "state_0.npz"
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0x55
    path.write_bytes(data)
    with pytest.raises(DamagedFileError, match=r"state_0\.npz is damaged"):
        open_state(tmp_path, 0)
