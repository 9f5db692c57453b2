from collections.abc import Sequence
from pathlib import Path

import polars as pl
import pytest

from idsbench.errors import DataError
from idsbench_mqttset.payload import to_bytes

FILE = Path("made-up.csv")


def lengths(cells: Sequence[str | None]) -> list[float | None]:
    frame, notes = to_bytes(pl.DataFrame({"mqtt.msg": list(cells)}), FILE, "34 columns")
    assert notes == ()
    return frame.get_column("mqtt.msg").to_list()


@pytest.mark.parametrize(
    ("cell", "length"),
    [
        ("0", 0),
        ("0.0", 0),
        (None, None),
        ("32", 1),
        ("32.0", 1),
        ("2d3432", 3),
        ("2d343", 3),
        ("2d:34:32", 3),
        ("3" * 800, 400),
    ],
)
def test_a_payload_becomes_its_length_in_bytes(cell: str | None, length: int | None) -> None:
    assert lengths([cell, "31"]) == [length, 1]


def test_a_payload_that_is_not_hex_is_an_error() -> None:
    with pytest.raises(DataError) as caught:
        lengths(["0", "hello"])
    assert str(caught.value) == (
        "made-up.csv, line 3, column mqtt.msg: 'hello' is not a payload in hexadecimal digits;"
        " export it as digits without other signs, or as 0 where there is none"
    )
