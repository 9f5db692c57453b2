"""Writes the stand-in: generated packets in the published 34-column layout."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from idsbench.errors import RequestError
from idsbench_mqttset.dataset import MQTTset
from idsbench_mqttset.traffic import CLASS_ROWS, TRAFFIC, Clock, Packet

Integers = NDArray[np.int64]

MARK = b"stand-in"
"""The first bytes of every payload; the card knows a generated file by them, in hexadecimal."""
LAYOUT = "34 columns"
_CHUNK = 250_000  # rows held as text at a time
_POOL = 256  # digits that payloads are cut from
_STARTS = 2  # places where a payload's digits begin; few, because captured payloads repeat
_CLASSES = tuple(CLASS_ROWS)
_KINDS: tuple[Packet, ...] = tuple(kind for label in _CLASSES for kind in TRAFFIC[label])


def write(out: Path, rows: int, seed: int) -> None:
    """Write `rows` generated packets to `out`, the same bytes for the same seed.

    Each class has its share of the published reduced files, and one row at least.

    Args:
        out: the file to write.
        rows: 6 or more.
        seed: of everything drawn.

    Raises:
        RequestError: fewer rows than classes.
    """
    if rows < len(_CLASSES):
        raise RequestError(
            [f"a stand-in of mqttset needs {len(_CLASSES)} rows or more, one per class; got {rows}"]
        )
    rng = np.random.default_rng(seed)
    classes = np.repeat(np.arange(len(_CLASSES), dtype=np.int8), _class_rows(rows))
    rng.shuffle(classes)
    with out.open("wb") as stream:
        for start in range(0, rows, _CHUNK):
            packets = _packets(classes[start : start + _CHUNK], rng)
            packets.write_csv(stream, include_header=start == 0)


def _class_rows(rows: int) -> Integers:
    """Share rows out by the published counts, after one row for each class."""
    ends = np.cumsum(list(CLASS_ROWS.values())) * (rows - len(_CLASSES))
    edges = np.round(ends / sum(CLASS_ROWS.values())).astype(np.int64)
    return 1 + np.diff(edges, prepend=0)


def _packets(classes: NDArray[np.int8], rng: np.random.Generator) -> pl.DataFrame:
    """Give one packet per entry of classes (n,), every cell as the text that is written."""
    kind = _draw_kinds(classes, rng)
    suffix = _draw_between(kind, [packet.payload for packet in _KINDS], rng)
    rest = _draw_between(kind, [packet.rest for packet in _KINDS], rng)
    ids = _draw_between(kind, [packet.ids for packet in _KINDS], rng)
    message = np.maximum(rest, 0) + np.where(suffix < 0, 0, suffix + len(MARK))
    drawn = {
        "tcp.time_delta": _decimals(_draw_gaps(kind, rng), 1e6),
        "tcp.len": pl.Series(_segments(kind, rest, message)).cast(pl.String),
        "mqtt.len": _decimals(message, 1.0),
        "mqtt.msg": _payloads(suffix, rng),
        "mqtt.msgid": _decimals(np.maximum(ids, 0), 1.0),
    }
    schema = MQTTset.schema(LAYOUT)
    target = schema.labels[-1].column
    # Where the published files write an absent field as 0; elsewhere it is 0.0.
    as_text = {name for name, what in schema.kinds.items() if what == "hex"} | {"mqtt.protoname"}
    columns = {
        name: drawn[name]
        if name in drawn
        else _fixed(name, kind, "0" if name in as_text else "0.0")
        for name in schema.columns
        if name != target
    }
    columns[target] = pl.Series(_CLASSES).gather(pl.Series(classes).cast(pl.UInt32))
    return pl.DataFrame(columns)


def _draw_kinds(classes: NDArray[np.int8], rng: np.random.Generator) -> Integers:
    """Draw a kind of packet, as a place in `_KINDS`, for each class code (n,)."""
    kind = np.zeros(len(classes), dtype=np.int64)
    first = 0
    for code, label in enumerate(_CLASSES):
        mine = np.flatnonzero(classes == code)
        shares = np.array([packet.share for packet in TRAFFIC[label]])
        kind[mine] = first + rng.choice(len(shares), len(mine), p=shares / shares.sum())
        first += len(shares)
    return kind


def _draw_between(
    kind: Integers, bounds: Sequence[tuple[int, int] | None], rng: np.random.Generator
) -> Integers:
    """Draw an integer between the bounds of each row's kind, both included; -1 without bounds."""
    low, high = np.array([pair or (-1, -1) for pair in bounds]).T
    drawn: Integers = rng.integers(low[kind], high[kind] + 1)
    return drawn


def _draw_gaps(kind: Integers, rng: np.random.Generator) -> Integers:
    """Draw microseconds since the previous packet from the clock of each row's kind."""
    gaps = np.zeros(len(kind), dtype=np.int64)
    for code, packet in enumerate(_KINDS):
        mine = np.flatnonzero(kind == code)
        gaps[mine] = _read_clock(packet.clock, len(mine), rng)
    return gaps


def _read_clock(clock: Clock, count: int, rng: np.random.Generator) -> Integers:
    """Draw gaps (count,): even on a logarithmic scale between positive bounds."""
    share, low, high = np.array(clock).T
    part = rng.choice(len(share), count, p=share / share.sum())
    low, high, even = low[part], high[part] + 1, rng.random(count)
    start = np.maximum(low, 1)
    stretched = start * (np.maximum(high, 1) / start) ** even
    gaps: Integers = np.floor(np.where(low > 0, stretched, low + even * (high - low))).astype(
        np.int64
    )
    return gaps


def _segments(kind: Integers, rest: Integers, message: Integers) -> Integers:
    """Give the bytes of each TCP segment: an MQTT message and its header, unless the kind says."""
    given = np.array([-1 if packet.segment is None else packet.segment for packet in _KINDS])[kind]
    header = np.where(message < 128, 2, 3)
    own = np.where(rest < 0, 0, message + header)
    return np.where(given < 0, own, given)


def _payloads(suffix: Integers, rng: np.random.Generator) -> pl.Series:
    """Give each payload in hex: the mark, then `suffix` digits; "0" where suffix is negative."""
    digits = "".join(f"{digit:02x}" for digit in rng.integers(0x30, 0x3A, _POOL))
    start = 2 * rng.integers(0, _STARTS, len(suffix))
    mark = MARK.hex()
    cuts = zip(start.tolist(), (start + 2 * suffix).tolist(), suffix.tolist(), strict=True)
    return pl.Series([mark + digits[a:b] if size >= 0 else "0" for a, b, size in cuts])


def _decimals(values: Integers, divisor: float) -> pl.Series:
    """Write values / divisor as the published files do: 25.0, 1.2e-05."""
    distinct, place = np.unique(values, return_inverse=True)
    texts = pl.Series([repr(value) for value in (distinct / divisor).tolist()])
    return texts.gather(pl.Series(place.astype(np.uint32)))


def _fixed(name: str, kind: Integers, absent: str) -> pl.Series:
    """Give a column that follows from the kind of packet; a field that it lacks is `absent`."""
    texts = pl.Series([packet.fields.get(name, absent) for packet in _KINDS])
    return texts.gather(pl.Series(kind.astype(np.uint32)))
