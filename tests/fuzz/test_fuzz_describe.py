"""`data describe` gives a proposal whose card reads the table, or refuses with a sentence."""

from __future__ import annotations

import gzip
import io
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from idsbench.card import users_card
from idsbench.describe import describe
from idsbench.describe_card import card_text, summary
from idsbench.errors import DataError, IdsbenchError
from idsbench.tabular import TabularDataset

FUZZ = settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
CELLS = st.one_of(
    st.sampled_from(
        ["", "-", "?", "nan", "inf", "-inf", "0x1f", "0xZZ", "T", "F", "1e400", "9" * 400, "a b"],
    ),
    st.sampled_from(
        ["192.0.2.1", "2024-01-01 00:00:00", "1700000000", "é", '"', "'", "\t", "#x", " 7 ", "_1"],
    ),
    st.integers(-(10**20), 10**20).map(str),
    st.floats(allow_nan=False).map(repr),
    st.text(alphabet='ab0-.,"\r\n\0;', max_size=6),
)
NAMES = st.one_of(st.sampled_from(["a", "ts", "Src IP", "attack", "", "é", "a"]), CELLS)
LABELS = st.sampled_from(["normal", "normal", "flood", "scan", "-", "", "0", 'x"y', "ü"])
PACKED = st.sampled_from(["plain", "gzip", "zip", "bom", "crlf"])


@st.composite
def tables(draw: st.DrawFn) -> bytes:
    """Give a table, well formed or not; its last column is the label."""
    width, tame = draw(st.integers(1, 4)), draw(st.integers(0, 3)) > 0
    drawn = list("abcd"[:width])
    if not tame:
        drawn = draw(st.lists(NAMES, min_size=width, max_size=width))
    names = [*drawn, "label"]
    labels = st.sampled_from(["normal", "flood"]) if tame else LABELS
    rows = draw(st.lists(st.tuples(*([CELLS] * width), labels), max_size=12))
    quoted = tame or draw(st.booleans())

    def line(cells: list[str] | tuple[str, ...]) -> str:
        if quoted:
            return ",".join('"' + cell.replace('"', '""') + '"' for cell in cells)
        return ",".join(cells)

    return "\n".join([line(names), *map(line, rows * draw(st.integers(1, 3)))]).encode()


def packed(data: bytes, how: str) -> bytes:
    """Pack a table as it may come."""
    if how == "gzip":
        return gzip.compress(data)
    if how == "bom":
        return b"\xef\xbb\xbf" + data
    if how == "crlf":
        return data.replace(b"\n", b"\r\n") + b"\r\n"
    if how != "zip":
        return data
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("t.csv", data)
    return out.getvalue()


def described(promise, folder: Path, content: bytes, benign: str | None) -> None:
    """Describe the table; what is proposed must be a card, and the table's file must fit it."""
    file, card = folder / "t.csv", folder / "my.toml"
    file.write_bytes(content)
    proposal = promise("describe", lambda: describe(file, "label", benign))
    if proposal is None:
        return
    assert all(isinstance(line, str) for line in summary(proposal))
    card.write_text(card_text(proposal, "my"), encoding="utf-8")
    definition = users_card(card)
    table = promise(
        "table as described",
        lambda: TabularDataset(definition).load((file,), definition.card.layouts[0].name),
    )
    if table is not None:
        assert len(table.x) == proposal.rows


@FUZZ
@given(data=tables(), how=PACKED, benign=st.sampled_from([None, "normal"]))
@example(data=b"a,label\n1,normal\n2,flood\n", how="plain", benign=None)
@example(data=b"a,a,label\n1,2,normal\n3,4,flood\n", how="plain", benign=None)
@example(data=b"label\nnormal\nflood\n", how="plain", benign=None)
@example(data=b'a,label\n"1\n2",normal\n2,flood\n', how="plain", benign=None)
@example(data=b"a,label\n" + b"9" * 10_000_000 + b",normal\n2,flood\n", how="plain", benign=None)
@example(data=b"a,label\n1e400,normal\n2,flood\n", how="plain", benign=None)
@example(data=b"a,label\n1,normal\0\n2,flood\n", how="plain", benign=None)
@example(data=b'a,label\n1,"normal\n2,flood\n', how="plain", benign=None)
def test_any_table_is_described_or_refused(promise, tmp_path, data, how, benign):
    described(promise, tmp_path, packed(data, how), benign)


@FUZZ
@given(data=st.one_of(st.binary(max_size=200), st.text(max_size=60).map(str.encode)))
@example(data=b"")
@example(data=b"PAR1")
@example(data=b"PAR1" + bytes(100) + b"PAR1")
@example(data=b"#separator \\x09\n")
@example(data=b"#separator \\x09\n#fields\tts\tlabel\n1\tnormal\n-\tflood\n")
@example(data=b"#fields\tlabel\n\xff\n")
@example(data=b"\x1f\x8b\x08\x00")
@example(data=b"PK\x03\x04")
def test_any_bytes_are_described_or_refused(promise, tmp_path, data):
    described(promise, tmp_path, data, None)


def test_a_table_that_unpacks_without_end_is_refused(tmp_path, monkeypatch):
    from idsbench import reading_source

    monkeypatch.setattr(reading_source, "SIZE_LIMIT", 1 << 20)
    file = tmp_path / "bomb.csv.gz"
    file.write_bytes(gzip.compress(b"a,label\n" + b"1,normal\n" * (1 << 20)))
    with pytest.raises(DataError) as caught:
        describe(file, "label")
    assert isinstance(caught.value, IdsbenchError)
    assert str(caught.value) == f"{file}: unpacks to more than 0 GiB; unpack it on disk first"
