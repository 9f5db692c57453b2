"""A table that nobody has seen before becomes a card that reads it, whatever it is written in."""

from __future__ import annotations

import gzip
import io
import random
import zipfile
from pathlib import Path

import polars as pl
import pytest

from idsbench import describe as describe_module
from idsbench import reading_batches
from idsbench.card import users_card
from idsbench.cli import main
from idsbench.describe import Proposal, describe
from idsbench.describe_card import card_text, summary
from idsbench.errors import RequestError
from idsbench.tabular import TabularDataset
from idsbench.values import Table

HEADER = "Time,Src IP,Dst IP,Src Port,proto,duration,ratio,flag,mask,uuid,is_attack,Attack Type"


def rows(count: int = 400) -> list[str]:
    """Make rows with every trap: '-' and '?' for nothing, T and F, hex, ids, times, labels twice."""
    rng = random.Random(3)
    made = []
    for at in range(count):
        attack = rng.random() < 0.4
        cells = (
            f"2024-03-01 10:{at // 60:02d}:{at % 60:02d}",
            f"192.0.2.{rng.randint(1, 9)}",
            f"198.51.100.{rng.randint(1, 5)}",
            rng.randint(1024, 65535),
            rng.choice(["tcp", "udp"]),
            "-" if at % 17 == 0 else f"{rng.gauss(2 + attack, 1):.3f}",
            "?" if at % 13 == 0 else rng.randint(0, 9),
            rng.choice("TF"),
            f"0x{rng.randint(0, 255):02x}",
            f"{rng.getrandbits(64):016x}z",
            int(attack),
            rng.choice(["flood", "scan"]) if attack else "Normal",
        )
        made.append(",".join(str(cell) for cell in cells))
    return made


def text(end: str = "\n") -> str:
    return end.join([HEADER, *rows()]) + end


def written(folder: Path, content: bytes, name: str = "t.csv") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def zipped(content: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("deep/t.csv", content)
        archive.writestr("__MACOSX/._t.csv", b"what a Mac adds")
    return out.getvalue()


def read_back(proposal: Proposal, columns: str = "behaviour") -> Table:
    card = proposal.file.parent / "my.toml"
    card.write_text(card_text(proposal, "my"))
    definition = users_card(card)
    dataset = TabularDataset(definition, columns)
    return dataset.load((proposal.file,), definition.card.layouts[0].name)


def complaint(*arguments: object) -> str:
    with pytest.raises(RequestError) as caught:
        describe(*arguments)  # type: ignore[arg-type]
    (problem,) = caught.value.problems
    return problem.removeprefix(f"{arguments[0]}: ")


@pytest.fixture
def proposal(tmp_path: Path) -> Proposal:
    return describe(written(tmp_path, text().encode()), "Attack Type")


def test_every_column_gets_its_role(proposal: Proposal) -> None:
    assert proposal.identifiers == ("Time", "uuid")
    assert proposal.endpoints == ("Src IP", "Dst IP", "Src Port")
    assert proposal.time == "Time"
    assert proposal.groups == ("Src IP", "Dst IP")
    assert dict(proposal.left_out) == {"is_attack": "it follows from the label"}
    assert proposal.features == ("proto", "duration", "ratio", "flag", "mask")
    assert next(iter(proposal.classes)) == "Normal"
    assert proposal.row_unit == "flow"


def test_what_was_decided_is_said(proposal: Proposal) -> None:
    benign, *attacks = proposal.classes.items()
    assert list(summary(proposal)) == [
        "400 rows, 12 columns, one row is one flow",
        f"label Attack Type: benign is 'Normal' ({benign[1]}); "
        + ", ".join(f"{name} {count}" for name, count in attacks),
        "features: 5 (2 text, 2 number, 1 hex)",
        "identifiers, no features: Time, uuid",
        "endpoints, no features: Src IP, Dst IP, Src Port",
        "rows belong together by: Src IP, Dst IP",
        "time: Time, %Y-%m-%d %H:%M:%S%.f",
        "left out: is_attack, because it follows from the label",
        f"warning: {benign[1]} benign rows are too few to choose a threshold for an FPR of 1 %",
    ]


def test_numbers_with_a_decimal_comma_are_named(tmp_path: Path) -> None:
    lines = [f"{at},5;{at % 9};-{at % 3},{at % 7};{'bad' if at % 3 else 'ok'}" for at in range(60)]
    lines[7:9] = ["-;1;3;ok", ";1;3e-4;bad"]
    content = "\n".join(["big;whole;ratio;label", *lines]) + "\n"
    proposal = describe(written(tmp_path, content.encode()), "label", "ok")
    assert proposal.warnings[0] == "decimal commas make text of big, ratio: write points"


def test_the_card_reads_the_table(proposal: Proposal) -> None:
    table = read_back(proposal, "all")
    assert table.x.shape == (400, 10)
    assert table.labels["category"].classes[0] == "Normal"
    assert set(table.labels) == {"binary", "category"}
    assert table.time is not None
    assert table.time[1] - table.time[0] == 1
    assert table.group_name == "Src IP + Dst IP"
    assert [(note.what[:11], note.count) for note in table.notes] == [("empty cells", 24 + 31)]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("bom.csv", b"\xef\xbb\xbf" + text("\r\n").encode()),
        ("semicolons.csv", text().replace(",", ";").encode()),
        ("tabs.tsv", text().replace(",", "\t").encode()),
        ("t.csv.gz", gzip.compress(text().encode())),
        ("t.zip", zipped(text().encode())),
        ("quoted.csv", text().replace("tcp", '"tcp"').encode()),
        ("blanks.csv", text().replace("Time,", " Time,").encode()),
    ],
)
def test_however_it_is_packed_the_rows_are_the_same(
    tmp_path: Path, proposal: Proposal, name: str, content: bytes
) -> None:
    other = describe(written(tmp_path, content, name), "Attack Type")
    table, expected = read_back(other), read_back(proposal)
    assert table.x.tolist() == expected.x.tolist()
    assert table.labels["binary"].codes.tolist() == expected.labels["binary"].codes.tolist()


def test_a_parquet_file_gives_the_same_rows(tmp_path: Path, proposal: Proposal) -> None:
    path = tmp_path / "t.parquet"
    pl.read_csv(proposal.file).write_parquet(path)
    table = read_back(describe(path, "Attack Type"))
    assert table.x.tolist() == read_back(proposal).x.tolist()


def test_a_zeek_log_whose_empty_label_is_benign_is_read(tmp_path: Path) -> None:
    head = (
        "#separator \\x09\n#unset_field\t-\n#fields\tts\tuid\tid.orig_h\tid.resp_h\tbytes\tthreat\n"
    )
    lines = [
        f"{1600000000 + at}.5\tC{at:09d}\t192.0.2.{at % 3}\t192.0.2.{9 - at % 2}\t{at % 5}\t"
        + ("-" if at % 3 else "C&C")
        for at in range(90)
    ]
    proposal = describe(written(tmp_path, (head + "\n".join(lines)).encode(), "x.log"), "threat")
    assert (proposal.identifiers, proposal.time) == (("ts", "uid"), "ts")
    table = read_back(proposal)
    assert table.labels["binary"].codes.tolist() == [int(at % 3 == 0) for at in range(90)]
    assert table.labels["binary"].classes == ("benign", "C&C")


def test_infinite_numbers_and_repeated_names_are_survived(tmp_path: Path) -> None:
    lines = ["a, a,rate,label", *(f"{at},{at % 4},{at % 7}.5,{at % 2}" for at in range(60))]
    lines[3] = "2,2,Infinity,0"
    lines[4] = "3,3,NaN,1"
    table = read_back(describe(written(tmp_path, "\n".join(lines).encode()), "label"))
    assert table.columns == ("a.1", "rate")
    assert table.x[2:4, 1].tolist() == [0, 0]
    assert [note.what for note in table.notes] == [
        "infinite cells taken as missing",
        "empty cells (fields that a row does not have) read as 0",
    ]


def test_a_column_that_is_the_label_in_other_words_is_left_out(tmp_path: Path) -> None:
    lines = ["x,code,label", *(f"{at % 5},{7 if at % 2 else 9},{at % 2}" for at in range(60))]
    proposal = describe(written(tmp_path, "\n".join(lines).encode()), "label")
    assert dict(proposal.left_out) == {
        "code": "its values stand for those of the label, one for one"
    }


def test_a_request_that_cannot_be_met_is_one_sentence(tmp_path: Path) -> None:
    path = written(tmp_path, text().encode())
    assert complaint(path, "Attack type") == (
        "has no column 'Attack type': did you mean Attack Type?"
    )
    assert complaint(path, "uuid") == (
        "the column 'uuid' has 400 different values, so it is no label"
    )
    assert complaint(path, "Attack Type", "normal") == (
        "the column 'Attack Type' has no value 'normal': did you mean Normal?"
    )
    flags = {cell: text().count(f",{cell},0x") for cell in "TF"}
    listed = ", ".join(f"'{c}' ({n} rows)" for c, n in sorted(flags.items(), key=lambda i: -i[1]))
    lettered = text().replace(",F,0x", ",X,0x")
    listed = listed.replace("'F'", "'X'")
    assert complaint(written(tmp_path, lettered.encode()), "flag") == (
        "the column 'flag' does not say which value is benign: name one with --benign, of " + listed
    )
    one = "a,label\n1,0\n2,0\n"
    assert complaint(written(tmp_path, one.encode()), "label") == (
        "the column 'label' has one value only: a detector needs rows of both classes"
    )
    gaps = "a,label\n1,0\n2,1\n3,\n"
    assert complaint(written(tmp_path, gaps.encode()), "label") == (
        "the column 'label' is empty in 1 rows: remove them, or label them"
    )
    bare = "1,2,0\n3,4,1\n"
    assert complaint(written(tmp_path, bare.encode()), "c") == (
        "its first line is a row, not the names of the columns: put a header above it"
    )


def test_of_a_large_table_evenly_spread_rows_are_looked_at_and_every_label(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(describe_module, "MOST_ROWS", 100)
    lines = [*text().splitlines(), rows()[0].rpartition(",")[0] + ",rare"]
    path = written(tmp_path, "\n".join(lines).encode())
    small = describe(path, "Attack Type", "Normal")
    assert (small.rows, small.looked_at, small.classes["rare"]) == (401, 51, 1)
    said = list(summary(small))
    assert said[1] == "looked at 51 evenly spread rows; at the label in every row"
    assert small.columns["proto"].distinct == 2
    monkeypatch.setattr(reading_batches, "BATCH", 700)
    assert describe(path, "Attack Type", "Normal") == small
    monkeypatch.undo()
    assert "looked at" not in "".join(summary(describe(path, "Attack Type", "Normal")))


def test_a_table_without_features_is_warned_of(tmp_path, capsys):
    file = tmp_path / "t.csv"
    file.write_text("label\n" + "benign\nattack\n" * 20)
    out = tmp_path / "t.toml"
    assert main(["data", "describe", str(file), "--label", "label", "--out", str(out)]) == 0
    told = capsys.readouterr().out.splitlines()
    assert told[0] == "40 rows, 1 column, one row is one row"
    assert "features: none" in told
    assert "warning: no column is left to learn from: no model can be trained on this table" in told
