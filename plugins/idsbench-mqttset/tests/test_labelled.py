from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pytest

from idsbench.errors import DataError
from idsbench.values import Note
from idsbench_mqttset.dataset import MQTTset

Edit = Callable[[int, Mapping[str, str]], Path]
LAYOUT = "34 columns"


def test_the_excerpt_has_the_facts_known_of_it(captures: Path) -> None:
    table = MQTTset().load((captures / "csv" / "mqttset_excerpt_all.csv",), LAYOUT)
    assert table.x.shape == (46_235, 33)
    counts = dict(zip(table.attack.classes, np.bincount(table.attack.codes), strict=True))
    assert counts == {
        "legitimate": 10_896,
        "bruteforce": 12_777,
        "dos": 2_799,
        "flood": 80,
        "malformed": 10_481,
        "slowite": 9_202,
    }
    vectors, place = np.unique(table.x, axis=0, return_inverse=True)
    assert len(vectors) == 16_188
    tally = np.zeros((len(vectors), 2), dtype=np.int64)
    np.add.at(tally, (place.ravel(), table.labels["binary"].codes), 1)
    assert round(tally.max(axis=1).sum() / len(table.x), 3) == 0.974


def test_payloads_that_are_no_finite_number_are_not_lost(captures: Path) -> None:
    file = captures / "csv" / "mqttset_excerpt_all.csv"
    table = MQTTset().load((file,), LAYOUT)
    lines = file.read_text(encoding="utf-8").splitlines()
    place = lines[0].split(",").index("mqtt.msg")
    texts = [line.split(",")[place] for line in lines[1:]]
    letters = np.array([any(c in "abcdef" for c in text.lower()) for text in texts])
    endless = np.array([text.isdigit() and float(text) == np.inf for text in texts])
    assert letters.sum() >= 73
    length = table.x[:, table.columns.index("mqtt.msg")]
    wide = letters | endless
    assert length[wide].tolist() == [
        (len(t) + 1) // 2 for t, w in zip(texts, wide, strict=True) if w
    ]


def test_a_labelled_file_has_no_group_and_no_time(standin: Path) -> None:
    table = MQTTset().load((standin,), LAYOUT)
    assert (table.group, table.group_name, table.time) == (None, "", None)
    assert table.notes == ()
    assert table.flags == ("rows-are-packets",)
    assert table.attack is table.labels["category"]


def test_train_and_test_files_are_read_one_after_the_other(standin: Path, edited: Edit) -> None:
    small = edited(2, {"tcp.len": "4321"})
    table = MQTTset().load((small, standin), "reduced train and test")
    alone = MQTTset().load((standin,), LAYOUT)
    assert len(table.x) == 60 + 20_000
    assert table.x[0, table.columns.index("tcp.len")] == 4321
    assert np.array_equal(table.x[60:], alone.x)
    assert np.array_equal(table.attack.codes[60:], alone.attack.codes)


def test_four_and_eight_hex_digits_are_the_same_number(edited: Edit) -> None:
    table = MQTTset().load((edited(2, {"tcp.flags": "0x0018"}),), LAYOUT)
    same = MQTTset().load((edited(2, {"tcp.flags": "0x00000018"}),), LAYOUT)
    assert table.x[0, 0] == 24
    assert np.array_equal(table.x, same.x)


def test_an_empty_cell_is_0_and_noted(edited: Edit) -> None:
    table = MQTTset().load((edited(2, {"tcp.time_delta": "", "mqtt.msg": ""}),), LAYOUT)
    assert table.notes == (Note("empty cells (fields that a packet does not have) read as 0", 2),)


@pytest.mark.parametrize(
    ("cells", "column"),
    [
        ({"tcp.len": "many"}, "tcp.len"),
        ({"mqtt.hdrflags": "0xzz"}, "mqtt.hdrflags"),
        ({"mqtt.kalive": "inf"}, "mqtt.kalive"),
        ({"mqtt.msg": "not hex"}, "mqtt.msg"),
        ({"target": "dso"}, "target"),
        ({"target": ""}, "target"),
        ({"target": "Legitimate"}, "target"),
    ],
)
def test_a_bad_cell_is_an_error_with_file_line_and_column(
    edited: Edit, cells: dict[str, str], column: str
) -> None:
    file = edited(7, cells)
    with pytest.raises(DataError) as caught:
        MQTTset().load((file,), LAYOUT)
    assert (caught.value.file, caught.value.row, caught.value.column) == (str(file), 7, column)


def test_a_missing_column_is_an_error_that_names_it(standin: Path, tmp_path: Path) -> None:
    file = tmp_path / "mqttset.csv"
    file.write_text(standin.read_text().replace("mqtt.kalive", "keepalive", 1))
    with pytest.raises(DataError, match=r"mqtt\.kalive") as caught:
        MQTTset().load((file,), LAYOUT)
    assert caught.value.row == 1


def test_a_cut_row_is_an_error_with_its_line(standin: Path, tmp_path: Path) -> None:
    file = tmp_path / "mqttset.csv"
    lines = standin.read_text().splitlines()[:5]
    file.write_text("\n".join([*lines, lines[1].rsplit(",", 3)[0]]) + "\n")
    with pytest.raises(DataError) as caught:
        MQTTset().load((file,), LAYOUT)
    assert caught.value.row == 6
