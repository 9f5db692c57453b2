"""Both layouts become tables; what is wrong with a file is said with its line and column."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from idsbench.errors import DataError
from idsbench.values import Note
from idsbench_iotid20.dataset import FULL, SAMPLE, IoTID20

REPOSITORY = Path(__file__).resolve().parents[3]
SCHEMA = IoTID20.schema(FULL)
BINARY, CATEGORIES, SUBCATEGORIES = (labels.classes for labels in SCHEMA.labels)
EITHER = "correct the cell or remove the line"


def real(name: str) -> Path:
    named = os.environ.get("IDSBENCH_TEST_DATA")
    folder = Path(named) if named else REPOSITORY.parent / "shared" / "data"
    path = folder / "iotid20" / name
    if not path.is_file():
        pytest.skip(f"{name} is not in {folder}; set IDSBENCH_TEST_DATA")
    return path


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> pl.DataFrame:
    """A made-up file of the 86-column layout as text, with no duration of 0."""
    path = tmp_path_factory.mktemp("made") / "iotid20.csv"
    IoTID20().synthesize(path, 400, 3)
    frame = pl.read_csv(path, infer_schema=False)
    return frame.filter(pl.col("Flow_Duration") != "0")


def edited(frame: pl.DataFrame, row: int, **cells: str) -> pl.DataFrame:
    """Replace cells of one row (from 0); blanks in column names are written as they are."""
    return frame.with_columns(
        pl.when(pl.int_range(pl.len()) == row)
        .then(pl.lit(text))
        .otherwise(pl.col(name))
        .alias(name)
        for name, text in cells.items()
    )


def load(folder: Path, frame: pl.DataFrame, columns: str = "behaviour", layout: str = FULL):
    path = folder / "iotid20.csv"
    frame.write_csv(path)
    return IoTID20(columns).load((path,), layout)


def complaint(folder: Path, frame: pl.DataFrame, layout: str = FULL, columns: str = "all"):
    with pytest.raises(DataError) as caught:
        load(folder, frame, columns, layout)
    return str(caught.value).removeprefix(f"{folder / 'iotid20.csv'}").removeprefix(", ")


def sample(rows: int = 6) -> pl.DataFrame:
    """A made-up file of the 31-feature layout as text."""
    names = IoTID20.schema(SAMPLE).columns[:-1]
    cells = {name: [str(at * 7 + row) for row in range(rows)] for at, name in enumerate(names)}
    return pl.DataFrame(cells | {"Label": [str(row % 2) for row in range(rows)]})


# The real sample


def test_the_real_sample_has_the_published_counts():
    table = IoTID20().load((real("IoT_2020_b_0.01_fs.csv"),), SAMPLE)
    binary = table.labels["binary"]
    assert table.x.shape == (6252, 25)
    assert binary.classes == ("Normal", "Anomaly")
    assert np.bincount(binary.codes).tolist() == [361, 5891]
    assert table.attack is binary
    assert set(table.labels) == {"binary"}
    assert table.time is None
    assert (table.notes, table.flags) == ((), ("benign-single-capture",))
    assert table.group_name == "Flow_ID"
    assert len(np.unique(table.group)) == 1530


def test_the_real_sample_has_the_measured_duplicates_and_conflicts():
    table = IoTID20().load((real("IoT_2020_b_0.01_fs.csv"),), SAMPLE)
    distinct, vector = np.unique(table.x, axis=0, return_inverse=True)
    assert len(table.x) - len(distinct) == 1729
    anomalies = np.bincount(vector, table.labels["binary"].codes)
    rows = np.bincount(vector)
    assert int(((anomalies > 0) & (anomalies < rows)).sum()) == 21


@pytest.mark.parametrize(("columns", "width"), [("behaviour", 25), ("endpoints", 29), ("all", 31)])
def test_the_real_sample_gives_the_chosen_columns(columns, width):
    table = IoTID20(columns).load((real("IoT_2020_b_0.01_fs.csv"),), SAMPLE)
    assert table.x.shape == (6252, width)


def test_the_five_real_rows_are_all_attacks_and_said_to_be():
    path = real("iotid20_head5_real.csv")
    with pytest.raises(DataError) as caught:
        IoTID20().load((path,), FULL)
    assert str(caught.value) == (
        f"{path}, column Label: every row is Anomaly; a detector needs rows of both classes"
    )


def test_the_five_real_rows_are_read_beside_a_benign_one(tmp_path):
    head = pl.read_csv(real("iotid20_head5_real.csv"), infer_schema=False)
    benign = edited(head.head(1), 0, Label="Normal", Cat="Normal", Sub_Cat="Normal")
    table = load(tmp_path, pl.concat([head, benign]), "all")
    assert table.x.shape == (6, 83)
    assert table.notes == ()
    assert np.isfinite(table.x).all()
    column = table.columns.index("Timestamp")
    assert table.x[:, column].min() == 0
    assert np.ptp(table.x[:, column]) == np.float32(np.ptp(table.time))


# The 86-column layout


def test_the_full_layout_has_three_tasks_and_the_finest_is_the_attack(tmp_path, made):
    table = load(tmp_path, made)
    assert {task: labels.classes for task, labels in table.labels.items()} == {
        "binary": BINARY,
        "category": CATEGORIES,
        "subcategory": SUBCATEGORIES,
    }
    assert table.attack is table.labels["subcategory"]
    for task, column in (("binary", "Label"), ("category", "Cat"), ("subcategory", "Sub_Cat")):
        labels = table.labels[task]
        assert [labels.classes[code] for code in labels.codes] == made[column].to_list()
        assert labels.codes.dtype == np.int16


def test_features_are_contiguous_float32_in_file_order(tmp_path, made):
    table = load(tmp_path, made)
    assert table.x.dtype == np.float32
    assert table.x.flags.c_contiguous
    assert table.columns == SCHEMA.features(IoTID20.card, "behaviour", SCHEMA.columns)
    expected = made["Flow_IAT_Mean"].cast(pl.Float64).to_numpy().astype(np.float32)
    assert (table.x[:, table.columns.index("Flow_IAT_Mean")] == expected).all()


@pytest.mark.parametrize(
    ("columns", "width", "flags"),
    [
        ("behaviour", 77, ()),
        ("endpoints", 81, ("endpoints-as-features",)),
        ("all", 83, ("endpoints-as-features", "identifiers-as-features")),
    ],
)
def test_only_the_chosen_columns_are_features(tmp_path, made, columns, width, flags):
    table = load(tmp_path, made, columns)
    assert len(table.columns) == table.x.shape[1] == width
    assert table.flags == flags
    assert not ({"Label", "Cat", "Sub_Cat"}) & set(table.columns)


def test_addresses_and_flows_become_ranks_of_their_sorted_text(tmp_path, made):
    table = load(tmp_path, made, "all")
    for name in ("Flow_ID", "Src_IP", "Dst_IP"):
        texts = made[name].to_list()
        order = {text: rank for rank, text in enumerate(sorted(set(texts)))}
        codes = table.x[:, table.columns.index(name)]
        assert codes.tolist() == [order[text] for text in texts]
    flows = made["Flow_ID"].to_list()
    number = {flow: at for at, flow in enumerate(dict.fromkeys(flows))}
    assert table.group.tolist() == [number[flow] for flow in flows]


def test_time_is_seconds_since_1970(tmp_path, made):
    frame = edited(made, 0, Timestamp="20/05/2019 01:00:00 PM")
    assert load(tmp_path, frame).time[0] == 1_558_357_200


# Cleaning


def test_infinite_rates_at_duration_0_become_the_rate_at_one_microsecond(tmp_path, made):
    rates = {"Flow_Byts/s": "inf", "Flow_Pkts/s": "inf", "Flow_Duration": "0"}
    totals = {"Tot_Fwd_Pkts": "1", "Tot_Bwd_Pkts": "2", "TotLen_Fwd_Pkts": "30.0"}
    frame = edited(made, 4, **rates, **totals, **{"TotLen_Bwd_Pkts": "12.0"})
    table = load(tmp_path, frame)
    assert table.x[4, table.columns.index("Flow_Byts/s")] == 42e6
    assert table.x[4, table.columns.index("Flow_Pkts/s")] == 3e6
    assert table.notes == (
        Note("infinite rates of flows of duration 0 set to the rate at 1 µs", 2),
    )


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        pytest.param(
            {"Flow_Byts/s": "inf", "Flow_Duration": "7"},
            "line 6, column Flow_Byts/s: the cell is infinite, and not because Flow_Duration is 0 "
            f"in a file with packet and byte totals; {EITHER}",
            id="a rate of a flow that lasted",
        ),
        pytest.param(
            {"Flow_Pkts/s": "-inf", "Flow_Duration": "0"},
            "line 6, column Flow_Pkts/s: the cell is infinite, and not because Flow_Duration is 0 "
            f"in a file with packet and byte totals; {EITHER}",
            id="a negative rate",
        ),
        pytest.param(
            {"Idle_Max": "inf"},
            f"line 6, column Idle_Max: the cell is infinite; {EITHER}",
            id="another column",
        ),
        pytest.param(
            {"Idle_Max": "1e300"},
            f"line 6, column Idle_Max: the cell is too large for a 32-bit float: 1e+300; {EITHER}",
            id="too large",
        ),
    ],
)
def test_other_infinities_are_errors(tmp_path, made, cells, message):
    # A dropped row before it must not shift the line number.
    frame = edited(edited(made, 1, Idle_Min=""), 4, **cells)
    assert complaint(tmp_path, frame) == message


def test_an_infinite_rate_in_the_sample_is_an_error_for_it_has_no_totals(tmp_path):
    frame = edited(sample(), 2, **{"Flow_Pkts/s": "inf", "Flow_Duration": "0"})
    assert complaint(tmp_path, frame, SAMPLE) == (
        "line 4, column Flow_Pkts/s: the cell is infinite, and not because Flow_Duration is 0 "
        f"in a file with packet and byte totals; {EITHER}"
    )


def test_ports_that_are_no_number_become_minus_one_and_are_counted(tmp_path, made):
    frame = edited(made, 2, Dst_Port="19 00")
    table = load(tmp_path, frame, "endpoints")
    assert table.x[2, table.columns.index("Dst_Port")] == -1
    assert table.notes == (Note("cells of Dst_Port that are no number set to -1", 1),)
    assert load(tmp_path, frame).notes == ()


def test_rows_without_a_number_are_dropped_and_counted(tmp_path, made):
    frame = edited(edited(made, 0, Idle_Min=""), 3, Protocol="nan")
    table, whole = load(tmp_path, frame), load(tmp_path, made)
    kept = np.delete(np.arange(made.height), [0, 3])
    assert table.notes == (Note("rows with a missing cell dropped", 2),)
    assert (table.x == whole.x[kept]).all()
    assert (table.time == whole.time[kept]).all()
    assert (table.attack.codes == whole.attack.codes[kept]).all()
    assert len(table.group) == len(kept)


def test_duplicate_rows_stay(tmp_path, made):
    table = load(tmp_path, pl.concat([made, made]))
    assert len(table.x) == 2 * made.height
    assert table.notes == ()


# Labels and text


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        pytest.param(
            {"Label": ""},
            "line 5, column Label: a row without a label; remove the line",
            id="no label",
        ),
        pytest.param(
            {"Sub_Cat": ""},
            "line 5, column Sub_Cat: a row without a label; remove the line",
            id="no subcategory",
        ),
        pytest.param(
            {"Label": "Benign"},
            "line 5, column Label: the label 'Benign' is unknown; there are: Anomaly, Normal",
            id="unknown label",
        ),
        pytest.param(
            {"Cat": "mirai"},
            "line 5, column Cat: the label 'mirai' is unknown; did you mean Mirai?",
            id="category in another case",
        ),
        pytest.param(
            {"Label": "Anomaly", "Cat": "Normal", "Sub_Cat": "Normal"},
            "line 5, column Label: the label 'Anomaly' contradicts Sub_Cat 'Normal'; "
            "correct the line or remove it",
            id="binary label against subcategory",
        ),
        pytest.param(
            {"Label": "Anomaly", "Cat": "Scan", "Sub_Cat": "DoS-Synflooding"},
            "line 5, column Cat: the label 'Scan' contradicts Sub_Cat 'DoS-Synflooding'; "
            "correct the line or remove it",
            id="category against subcategory",
        ),
        pytest.param(
            {"Timestamp": "2019-07-25 03:25:53"},
            "line 5, column Timestamp: '2019-07-25 03:25:53' is not a time like "
            "25/07/2019 03:25:53 AM; a spreadsheet may have rewritten it: fetch the file again",
            id="time as a spreadsheet writes it",
        ),
        pytest.param(
            {"Flow_ID": ""},
            "line 5, column Flow_ID: the cell is empty; remove the line",
            id="no flow",
        ),
    ],
)
def test_a_bad_cell_is_named_with_its_line(tmp_path, made, cells, message):
    assert complaint(tmp_path, edited(made, 3, **cells)) == message


def test_the_samples_labels_are_0_and_1(tmp_path):
    assert load(tmp_path, sample(), layout=SAMPLE).labels["binary"].codes.tolist() == [
        0, 1, 0, 1, 0, 1,
    ]  # fmt: skip
    assert complaint(tmp_path, edited(sample(), 1, Label="2"), SAMPLE) == (
        "line 3, column Label: the label '2' is unknown; there are: 0, 1"
    )


def test_one_class_alone_is_an_error(tmp_path, made):
    benign = made.filter(pl.col("Label") == "Normal")
    assert complaint(tmp_path, benign).removeprefix(": ") == (
        "column Label: every row is Normal; a detector needs rows of both classes"
    )


def test_a_file_whose_rows_are_all_incomplete_is_an_error(tmp_path, made):
    frame = made.with_columns(pl.lit("").alias("Idle_Min"))
    assert complaint(tmp_path, frame).removeprefix(": ") == (
        "every row lacks a cell somewhere; fetch the file again"
    )


def test_a_file_of_the_other_layout_is_an_error(tmp_path, made):
    message = complaint(tmp_path, made, SAMPLE)
    assert message == (
        "line 1: the header has unexpected columns Protocol, Tot_Fwd_Pkts, Tot_Bwd_Pkts, "
        "Fwd_Pkt_Len_Max, Fwd_Pkt_Len_Min and 49 more"
    )
