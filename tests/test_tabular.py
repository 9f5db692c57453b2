"""What a card says is what becomes of a file; what does not fit it is named with its line."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from idsbench import reading_batches
from idsbench.card import parse
from idsbench.errors import CellSkipped, DataError, RequestError
from idsbench.tabular import TabularDataset
from idsbench.values import Note, Table

CARD = """
name = "made-up"
row_unit = "flow"
columns = "id, when, host, port, size, kind, word, label"
identifiers = ["id", "when"]
endpoints = ["host", "port"]
text = ["host", "kind"]
whole = ["id"]
loose = ["port"]
length = ["word"]
filled = ["none"]
missing = ["-"]
time = { column = "when" }
group = { columns = ["host"] }

[labels.category]
column = "label"
benign = "fine"
attacks = ["flood", "scan"]

[[layouts]]
name = "one"
files = ["*.csv"]
"""
HEADER = "id,when,host,port,size,kind,word,label\n"
ROWS = (
    "1,100,b,80,1.5,x,hello,fine\n"
    "2,101,a,none,2.5,y,none,flood\n"
    "3,90.5,-,443,-,-,,scan\n"
    "4,103,b,22,0x1,x,hi,fine\n".replace("0x1", "7")
)


def dataset(columns: str = "behaviour", text: str = CARD) -> TabularDataset:
    return TabularDataset(parse(text, "c.toml"), columns)


def load(folder: Path, rows: str = ROWS, columns: str = "behaviour", text: str = CARD) -> Table:
    path = folder / "t.csv"
    path.write_text(HEADER + rows)
    return dataset(columns, text).load((path,), "one")


def complaint(folder: Path, rows: str, text: str = CARD) -> str:
    with pytest.raises(DataError) as caught:
        load(folder, rows, "all", text)
    return str(caught.value).removeprefix(f"{folder / 't.csv'}, ")


def test_each_kind_of_column_becomes_its_number(tmp_path: Path) -> None:
    table = load(tmp_path, columns="all")
    assert table.columns == ("size", "kind", "word", "host", "port", "id", "when")
    assert table.x.dtype == np.float32
    assert table.x.tolist() == [
        [1.5, 1, 5, 2, 80, 1, 9.5],
        [2.5, 2, 0, 1, -1, 2, 10.5],
        [0.0, 0, 0, 0, 443, 3, 0.0],
        [7.0, 1, 2, 2, 22, 4, 12.5],
    ]
    assert table.flags == ("endpoints-as-features", "identifiers-as-features")


def test_what_was_changed_is_counted(tmp_path: Path) -> None:
    assert load(tmp_path, columns="all").notes == (
        Note("empty cells (fields that a flow does not have) read as 0", 4),
        Note("cells of port that are no number set to -1", 1),
    )
    assert load(tmp_path).notes == (
        Note("empty cells (fields that a flow does not have) read as 0", 3),
    )


def test_the_binary_labels_follow_from_the_finest_ones(tmp_path: Path) -> None:
    table = load(tmp_path)
    assert table.labels["category"].classes == ("fine", "flood", "scan")
    assert table.labels["category"].codes.tolist() == [0, 1, 2, 0]
    assert table.labels["binary"].classes == ("fine", "attack")
    assert table.labels["binary"].codes.tolist() == [0, 1, 1, 0]
    assert table.attack is table.labels["category"]


def test_time_is_in_seconds_and_groups_are_numbered_as_they_appear(tmp_path: Path) -> None:
    table = load(tmp_path)
    assert table.time is not None
    assert table.group is not None
    assert table.time.tolist() == [100, 101, 90.5, 103]
    assert table.group.tolist() == [0, 1, 2, 0]
    assert table.group_name == "host"


def test_rows_with_an_empty_behaviour_cell_are_dropped_where_the_card_says_so(
    tmp_path: Path,
) -> None:
    text = CARD.replace('missing = ["-"]', 'missing = ["-"]\nabsent = "drop"')
    rows = ROWS.replace("3,90.5,-", "3,90.5,c")
    table = load(tmp_path, rows, "endpoints", text)
    # Text is ranked from 0 where no cell can be empty.
    assert table.x.tolist() == [[1.5, 0, 5, 1, 80], [2.5, 1, 0, 0, -1], [7, 0, 2, 1, 22]]
    assert table.labels["category"].codes.tolist() == [0, 1, 0]
    assert table.time is not None
    assert table.time.tolist() == [100, 101, 103]
    assert table.notes == (
        Note("rows with a missing cell dropped", 1),
        Note("cells of port that are no number set to -1", 1),
    )
    assert complaint(tmp_path, ROWS, text) == (
        "line 4, column host: the cell is empty; remove the line"
    )


def test_infinite_cells_are_errors_unless_the_card_calls_them_missing(tmp_path: Path) -> None:
    rows = ROWS.replace("1.5", "inf")
    assert complaint(tmp_path, rows) == (
        "line 2, column size: the cell is infinite; correct the cell or remove the line"
    )
    text = CARD.replace("filled =", 'infinite = "missing"\nfilled =')
    table = load(tmp_path, rows, text=text)
    assert table.x[0, 0] == 0
    assert table.notes[0] == Note("infinite cells taken as missing", 1)


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("1.5", "many", "line 2, column size: the cell 'many' is not a number;"
         " correct the cell or remove the line"),
        ("1.5", "1e300", "line 2, column size: the cell is too large for a 32-bit float: 1e+300;"
         " correct the cell or remove the line"),
        ("2,101", "2.5,101", "line 3, column id: the cell 2.5 is not a whole number from 0;"
         " correct the cell or remove the line"),
        ("90.5", "-", "line 4, column when: a flow without a time; give seconds since 1970"),
        ("flood", "flod", "line 3, column label: the label 'flod' is unknown; did you mean flood?"),
        ("scan", "", "line 4, column label: a row without a label; remove the line"),
    ],
)  # fmt: skip
def test_a_bad_cell_is_named_with_its_line_and_column(
    tmp_path: Path, old: str, new: str, sentence: str
) -> None:
    assert complaint(tmp_path, ROWS.replace(old, new)) == sentence


def test_one_class_alone_is_refused_with_the_files(tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        load(tmp_path, "1,100,b,80,1.5,x,hello,fine\n")
    assert str(caught.value) == (
        f"{tmp_path / 't.csv'}, column label: every row is fine;"
        " a detector needs rows of both classes"
    )
    paths = tuple(tmp_path / name for name in ("a.csv", "b.csv"))
    for path in paths:
        path.write_text(HEADER + "1,100,b,80,1.5,x,hello,scan\n")
    with pytest.raises(DataError) as caught:
        dataset().load(paths, "one")
    assert str(caught.value) == (
        f"{tmp_path}: every row is attack (a.csv, b.csv);"
        " a detector needs rows of both classes: add the other files"
    )


def test_text_is_ranked_and_groups_are_numbered_over_all_files_together(tmp_path: Path) -> None:
    paths = tuple(tmp_path / name for name in ("a.csv", "b.csv"))
    paths[0].write_text(HEADER + "1,1,m,1,1,x,w,fine\n2,1,a,1,1,z,w,scan\n")
    paths[1].write_text(HEADER + "3,1,b,1,1,y,w,fine\n4,1,m,1,1,x,w,scan\n")
    table = dataset("endpoints").load(paths, "one")
    assert table.x[:, table.columns.index("kind")].tolist() == [1, 3, 2, 1]
    assert table.x[:, table.columns.index("host")].tolist() == [3, 1, 2, 3]
    assert table.group is not None
    assert table.group.tolist() == [0, 1, 2, 0]
    apart = CARD.replace('columns = ["host"] }', 'columns = ["host"], file = true }')
    table = dataset(text=apart).load(paths, "one")
    assert table.group is not None
    assert table.group.tolist() == [0, 1, 2, 3]
    assert table.group_name == "file + host"


def test_a_card_without_columns_takes_those_of_the_file(tmp_path: Path) -> None:
    line = 'columns = "id, when, host, port, size, kind, word, label"\n'
    assert load(tmp_path, text=CARD.replace(line, "")).columns == ("size", "kind", "word")
    wrong = CARD.replace(line, "").replace('text = ["host", "kind"]', 'text = ["host", "kinds"]')
    assert complaint(tmp_path, ROWS, wrong) == (
        "line 1: has no column 'kinds', which the card names; did you mean kind?"
    )


def test_an_optional_column_may_be_missing_and_its_time_with_it(tmp_path: Path) -> None:
    text = CARD.replace("filled =", 'optional = ["when"]\nfilled =')
    path = tmp_path / "t.csv"
    lines = (HEADER + ROWS).splitlines()
    path.write_text("\n".join(",".join([row.split(",")[0], *row.split(",")[2:]]) for row in lines))
    table = dataset("all", text).load((path,), "one")
    assert "when" not in table.columns
    assert table.time is None
    assert load(tmp_path, text=text).time is not None


def test_a_label_may_stand_in_the_files_name_and_a_group_in_its_path(tmp_path: Path) -> None:
    text = CARD.replace('group = { columns = ["host"] }', 'group = { path = "(dev[0-9])/" }')
    text = text.replace('column = "label"\n', "").replace(", word, label", ", word")
    text = text.replace(
        'files = ["*.csv"]',
        'many = true\nslots = [{ files = ["calm*.csv"], label = "fine" },'
        ' { files = ["bad/*.csv"], label = "scan" }]',
    )
    paths = [tmp_path / "dev1" / "calm.csv", tmp_path / "dev2" / "bad" / "x.csv"]
    for path in (*paths, tmp_path / "other.csv"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("id,when,host,port,size,kind,word\n1,1,h,1,1,k,w\n")
    table = dataset(text=text).load(tuple(paths), "one")
    assert table.labels["category"].codes.tolist() == [0, 2]
    assert table.group is not None
    assert table.group.tolist() == [0, 1]
    with pytest.raises(DataError) as caught:
        dataset(text=text).load((tmp_path / "other.csv",), "one")
    assert str(caught.value) == (
        f"{tmp_path / 'other.csv'}: its name does not say its label;"
        " name it like calm*.csv, bad/*.csv"
    )


def test_a_coarser_label_that_contradicts_the_finer_one_is_an_error(tmp_path: Path) -> None:
    binary = '[labels.binary]\ncolumn = "kind"\nbenign = "x"\nattacks = ["y"]\n'
    text = CARD.replace('text = ["host", "kind"]', 'text = ["host"]') + binary
    rows = ROWS.replace("-,-,,scan", "-,y,,scan")
    assert load(tmp_path, rows, text=text).labels["binary"].codes.tolist() == [0, 1, 1, 0]
    assert complaint(tmp_path, rows.replace("x,hi", "y,hi"), text) == (
        "line 5, column kind: the label 'y' contradicts label 'fine'; correct the line or remove it"
    )


def test_a_file_that_goes_by_the_name_of_another_is_flagged(tmp_path: Path) -> None:
    text = CARD + '\n[[misnamed]]\nfiles = ["t.csv"]\nrows = {rows}\nsays = "rows of the other"\n'
    text = text.replace("[[misnamed]]", "[[layouts.misnamed]]")
    table = load(tmp_path, text=text.replace("{rows}", "4"))
    assert table.flags == ("misnamed-file",)
    assert Note("rows of the other", 4) in table.notes
    assert load(tmp_path, text=text.replace("{rows}", "5")).flags == ()


def test_a_table_without_any_feature_is_an_error(tmp_path: Path) -> None:
    text = CARD.replace('endpoints = ["host", "port"]', 'endpoints = ["host", "port", "size"]')
    text = text.replace(
        'identifiers = ["id", "when"]', 'identifiers = ["id", "when", "kind", "word"]'
    )
    with pytest.raises(DataError) as caught:
        load(tmp_path, text=text)
    assert str(caught.value) == (
        f"{tmp_path / 't.csv'}: no column is left as a feature with columns=behaviour;"
        " see what the card leaves out"
    )


def test_columns_that_a_layout_or_the_card_lacks_are_a_reason_to_skip(tmp_path: Path) -> None:
    text = CARD.replace('endpoints = ["host", "port"]\n', "").replace("loose", "#loose")
    text = text.replace('group = { columns = ["host"] }\n', "")
    with pytest.raises(CellSkipped) as caught:
        dataset("endpoints", text).load((tmp_path / "x.csv",), "one")
    assert str(caught.value) == (
        "made-up[columns=endpoints] has nothing to add: the card names no endpoints;"
        " use columns=behaviour"
    )


def test_a_card_without_a_generator_makes_no_stand_in(tmp_path: Path) -> None:
    with pytest.raises(RequestError) as caught:
        dataset().synthesize(tmp_path / "x.csv", 100, 0)
    assert caught.value.problems == ("nothing can generate a stand-in for 'made-up'",)


def test_a_table_does_not_depend_on_the_size_of_batches(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "t.csv"
    lines = (f"{n},{90 + n % 7},h{n * 7 % 11},{n},{n % 3},k{n % 5},w,fine\n" for n in range(60))
    path.write_text(HEADER + "".join(lines) + ROWS)
    whole = dataset("all").load((path,), "one")
    monkeypatch.setattr(reading_batches, "BATCH", 100)
    parts = dataset("all").load((path,), "one")
    assert parts.x.tolist() == whole.x.tolist()
    assert (parts.group.tolist(), parts.time.tolist()) == (
        whole.group.tolist(),
        whole.time.tolist(),
    )
    assert (parts.notes, parts.attack.codes.tolist()) == (whole.notes, whole.attack.codes.tolist())
    path.write_text(path.read_text().replace("59,93", "59,x3"))
    with pytest.raises(DataError, match="line 61, column when"):
        dataset().load((path,), "one")


def test_a_cards_function_is_told_no_lines_and_names_the_right_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(frame, path, layout):
        wrong = frame.get_column("size") == 99
        if wrong.any():
            raise DataError(path, "is wrong", row=int(wrong.arg_max()) + 2, column="size")
        return frame, ()

    module = ModuleType("made_up_function")
    module.refuse = refuse
    monkeypatch.setitem(sys.modules, "made_up_function", module)
    monkeypatch.setattr(reading_batches, "BATCH", 100)
    definition = dataset().definition
    schema = replace(definition.schemas["one"], function="made_up_function:refuse")
    made = TabularDataset(replace(definition, schemas={"one": schema}))
    path = tmp_path / "t.csv"
    lines = (f"{n},{n},h,1,{n + 50},k,w,fine\n" for n in range(60))
    path.write_text(HEADER + "".join(lines))
    with pytest.raises(DataError) as caught:
        made.load((path,), "one")
    assert str(caught.value) == f"{path}, line 51, column size: is wrong"


def test_codes_of_times_still_show_that_benign_traffic_is_one_capture(tmp_path: Path) -> None:
    timed = CARD.replace("when", "timestamp")
    coded = timed.replace('time = { column = "timestamp" }\n', "")
    path = tmp_path / "t.csv"

    def flags(text: str, label: Callable[[int], str]) -> tuple[str, ...]:
        rows = "".join(f"{n},{n},b,1,1,x,w,{label(n)}\n" for n in range(40))
        path.write_text(HEADER.replace("when", "timestamp") + rows)
        return dataset(text=text).load((path,), "one").flags

    def apart(row: int) -> str:
        return "fine" if row < 9 else "scan"

    assert flags(coded, apart) == ("benign-single-capture",)
    assert flags(coded, lambda row: "scan" if row % 3 else "fine") == ()
    # Real times are judged on the rows of the split, for every record.
    assert flags(timed, apart) == ()
