"""Fuzzing of the dataset readers with damaged copies of stand-ins: no row is lost or invented."""

from __future__ import annotations

import csv
import io
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from idsbench.catalog import load_catalog
from idsbench.cells import reference
from idsbench.components import build
from idsbench.contract_checks import check_table
from idsbench.selection import select
from idsbench.sources import digest_and_lines

EXAMPLES = int(os.environ.get("IDSBENCH_FUZZ_EXAMPLES", "100"))
FUZZ = settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
DATASETS = ("iotid20", "mqttset")
ROWS = 100
PIECES = st.sampled_from(
    (
        *(b"", b",", b'"', b'""', b"\n", b"\r", b"\r\n", b"\0", b" ", b"'"),
        *(b"nan", b"inf", b"-inf", b"1e39", b"9" * 400, b"0x1f", b"0xzz", b"=1+1"),
        *(b"\xff", b"\xef\xbb\xbf", b"\xc3\xa9", b"\x1b[2J"),
    )
)


@dataclass(frozen=True)
class Damage:
    """One change to a file: at a share of its length (or of its lines), of one kind.

    `length` bytes give way to `times` copies of `piece`; among cells, `length` chooses the column.
    """

    kind: str
    where: float
    piece: bytes
    length: int
    times: int = 1


DAMAGES = st.lists(
    st.builds(
        Damage,
        st.sampled_from(["bytes", "cut", "cell", "drop", "double", "swap", "header", "blank"]),
        st.floats(0, 1),
        PIECES,
        st.integers(0, 30),
    ),
    min_size=1,
    max_size=3,
)


@dataclass(frozen=True)
class Subject:
    """A dataset reader, and a whole file that it reads."""

    dataset: Any
    layout: str
    whole: bytes = field(repr=False)
    file: Path = field(repr=False)


@pytest.fixture(scope="module", params=DATASETS)
def subject(request, tmp_path_factory) -> Subject:
    """Give one reader; its dataset may not be installed beside the core."""
    catalog = load_catalog()
    if request.param not in [component.name for component in catalog.components("dataset")]:
        pytest.skip(f"the plugin with the dataset {request.param} is not installed")
    dataset = build(reference(select(catalog, "dataset", request.param)[0]))
    layout = next(one for one in dataset.card.layouts if len(one.slots) == 1)
    file = tmp_path_factory.mktemp(request.param) / "data.csv"
    dataset.synthesize(file, ROWS, 0)
    return Subject(dataset, layout.name, file.read_bytes(), file)


def damaged(whole: bytes, damages: list[Damage]) -> bytes:
    """Apply changes one after the other."""
    for damage in damages:
        whole = _change(whole, damage)
    return whole


def _change(whole: bytes, damage: Damage) -> bytes:
    at = int(damage.where * len(whole))
    piece = damage.piece * damage.times
    if damage.kind == "bytes":
        return whole[:at] + piece + whole[at + damage.length :]
    if damage.kind == "cut":
        return whole[:at]
    lines = whole.splitlines(keepends=True) or [b""]
    row = 0 if damage.kind == "header" else min(int(damage.where * len(lines)), len(lines) - 1)
    if damage.kind == "drop":
        del lines[row]
    elif damage.kind == "double":
        lines.insert(row, lines[row])
    elif damage.kind == "blank":
        lines.insert(row, b"\n")
    else:
        cells = lines[row].split(b",")
        column = damage.length % len(cells)
        other = (column + 1) % len(cells)
        if damage.kind == "swap":
            cells[column], cells[other] = cells[other], cells[column]
        else:
            cells[column] = cells[other] if damage.kind == "header" else piece
        lines[row] = b",".join(cells)
    return b"".join(lines)


def _rows_of(data: bytes) -> int:
    """Count data rows with Python's own reader; blank lines at the end are none."""
    usual = csv.field_size_limit(len(data) + 1)
    try:
        records = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    finally:
        csv.field_size_limit(usual)
    while records and not records[-1]:
        records.pop()
    return len(records) - 1


def _check(promise, subject: Subject, data: bytes) -> None:
    subject.file.write_bytes(data)
    name = subject.dataset.card.name
    promise(f"{name} size and hash", lambda: digest_and_lines(subject.file))
    table = promise(name, lambda: subject.dataset.load((subject.file,), subject.layout))
    if table is not None:
        promise(name, lambda: check_table(table))
        dropped = sum(note.count for note in table.notes if "dropped" in note.what)
        assert len(table.x) + dropped == _rows_of(data)


@FUZZ
@given(damages=DAMAGES)
@example(damages=[])
@example(damages=[Damage("cell", 0.5, b"x", 3, 10_000_000)])
@example(damages=[Damage("cell", 0.5, b"9", 3, 10_000_000)])
@example(damages=[Damage("bytes", 0.5, b'"x', 0, 1_000_000)])
@example(damages=[Damage("bytes", 1.0, b"\n", 0, 100_000)])
@example(damages=[Damage("bytes", 0.0, b",", 0, 10_000)])
@example(damages=[Damage("bytes", 0.0, b"\x1f\x8b\x08\x00", 4)])
@example(damages=[Damage("bytes", 0.0, b"PK\x03\x04", 4)])
@example(damages=[Damage("header", 0.0, b"", 3)])
@example(damages=[Damage("bytes", 0.999, b'"', 0)])
def test_a_damaged_file_is_refused_or_read_to_the_last_row(promise, subject, damages):
    _check(promise, subject, damaged(subject.whole, damages))


@FUZZ
@given(data=st.one_of(st.binary(max_size=200), st.text(alphabet='a1,"\n\r\0é', max_size=60)))
@example(data=b"")
@example(data=b"\n")
@example(data=b"\xef\xbb\xbf")
@example(data=b"a,a\n1,2\n")
@example(data=b'"')
def test_any_bytes_are_refused(promise, subject, data):
    data = data if isinstance(data, bytes) else data.encode()
    subject.file.write_bytes(data)
    assert (
        promise(
            subject.dataset.card.name, lambda: subject.dataset.load((subject.file,), subject.layout)
        )
        is None
    )
