from collections.abc import Sequence
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from idsbench.errors import DataError
from idsbench.values import Note
from idsbench_mqttset.features import empty_note, join_blocks, line_of, take_block

FILE = Path("made-up.csv")


def features(name: str, cells: Sequence[str | float | None]) -> list[float]:
    block = take_block(pl.DataFrame({name: list(cells)}), (name,), FILE)
    return [float(value) for value in block.x[:, 0]]


@pytest.mark.parametrize(
    ("cell", "length"),
    [
        ("0", 0),
        ("0.0", 0),
        (None, 0),
        ("32", 1),
        ("32.0", 1),
        ("2d3432", 3),
        ("2d343", 3),
        ("2d:34:32", 3),
        ("3" * 800, 400),
    ],
)
def test_a_payload_becomes_its_length_in_bytes(cell: str | None, length: int) -> None:
    assert features("mqtt.msg", [cell, "31"]) == [length, 1]


@pytest.mark.parametrize(
    ("cell", "length"), [("0", 0), ("0.0", 0), (None, 0), ("MQTT", 4), ("MQIsdp", 6)]
)
def test_a_protocol_name_becomes_its_length(cell: str | None, length: int) -> None:
    assert features("mqtt.protoname", [cell, "MQTT"]) == [length, 4]


def test_an_absent_field_is_0_and_is_counted() -> None:
    block = take_block(pl.DataFrame({"mqtt.qos": [None, 1.0, None]}), ("mqtt.qos",), FILE)
    assert block.x[:, 0].tolist() == [0, 1, 0]
    assert empty_note(block.empty) == (
        Note("empty cells (fields that a packet does not have) read as 0", 2),
    )


def test_there_is_no_note_where_nothing_was_changed() -> None:
    assert empty_note(0) == ()


def test_a_negative_gap_is_kept() -> None:
    assert features("tcp.time_delta", [-2e-6, 0.5]) == pytest.approx([-2e-6, 0.5])


def test_text_becomes_its_place_among_the_sorted_distinct_values_and_0_where_absent() -> None:
    cells = ["192.0.2.7", "192.0.2.1", None, "192.0.2.7"]
    assert features("ip.src", cells) == [2, 1, 0, 2]


def test_a_column_of_absent_text_is_0() -> None:
    frame = pl.DataFrame({"eth.src": pl.Series([None, None], dtype=pl.String)})
    assert take_block(frame, ("eth.src",), FILE).x[:, 0].tolist() == [0, 0]


def test_places_count_over_all_files_together() -> None:
    parts = (["b", "d"], ["c", None, "a"])
    blocks = [take_block(pl.DataFrame({"ip.src": part}), ("ip.src",), FILE) for part in parts]
    x, empty = join_blocks(blocks, ("ip.src",))
    assert x[:, 0].tolist() == [2, 4, 3, 0, 1]
    assert empty == 1


def test_rows_keep_the_order_of_files_and_are_contiguous() -> None:
    names = ("tcp.len", "mqtt.len")
    frames = [pl.DataFrame({"tcp.len": [float(k)] * 2, "mqtt.len": [9.0] * 2}) for k in range(3)]
    x, _ = join_blocks([take_block(frame, names, FILE) for frame in frames], names)
    assert x.tolist() == [[k, 9] for k in (0, 0, 1, 1, 2, 2)]
    assert x.dtype == np.float32
    assert x.flags.c_contiguous


@pytest.mark.parametrize(("value", "shown"), [(float("inf"), "inf"), (1e300, "1e+300")])
def test_a_number_that_is_not_finite_in_float32_is_an_error(value: float, shown: str) -> None:
    with pytest.raises(DataError) as caught:
        features("tcp.len", [1.0, value])
    assert str(caught.value) == (
        f"made-up.csv, line 3, column tcp.len: {shown} is not a finite number of 32 bits;"
        " correct the file"
    )


def test_a_payload_that_is_not_hex_is_an_error() -> None:
    with pytest.raises(DataError) as caught:
        features("mqtt.msg", ["0", "hello"])
    assert str(caught.value) == (
        "made-up.csv, line 3, column mqtt.msg: 'hello' is not a payload in hexadecimal digits;"
        " export it as digits without other signs, or as 0 where there is none"
    )


def test_lines_count_from_the_header() -> None:
    assert line_of(pl.Series([False, True, True])) == 3
    assert line_of(pl.Series([False])) is None
