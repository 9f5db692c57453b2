"""What MQTTset's card cannot say: a payload written in hexadecimal digits becomes its length."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from idsbench.errors import DataError
from idsbench.values import Note

PAYLOAD = "mqtt.msg"
ABSENT = ("0", "0.0")  # what the authors' fillna(0) leaves where there is no payload


def to_bytes(frame: pl.DataFrame, path: Path, layout: str) -> tuple[pl.DataFrame, tuple[Note, ...]]:
    """Turn the payload's text into its length in bytes; an empty cell stays empty.

    Raises:
        DataError: a payload that is not hexadecimal.
    """
    cells = frame.get_column(PAYLOAD)
    absent = cells.is_in(list(ABSENT)).fill_null(False)
    # pandas writes a column of digits that has gaps as floats: "32.0" was the payload 32.
    digits = cells.set(absent, "").str.strip_suffix(".0").str.replace_all(":", "", literal=True)
    wrong = ~digits.str.contains(r"^[0-9A-Fa-f]*$").fill_null(True)
    if wrong.any():
        at = int(wrong.arg_max() or 0)
        raise DataError(
            path,
            f"{cells[at][:40]!r} is not a payload in hexadecimal digits",
            row=at + 2,
            column=PAYLOAD,
            advice="export it as digits without other signs, or as 0 where there is none",
        )
    length = (digits.str.len_bytes() + 1) // 2
    return frame.with_columns(length.cast(pl.Float64).alias(PAYLOAD)), ()
