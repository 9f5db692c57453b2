"""Write a stand-in for the 86-column file: published class mix, duplicates and column facts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from idsbench.card_values import LabelColumn, Schema
from idsbench.errors import DataError
from idsbench_iotid20.dataset import FULL, IoTID20
from idsbench_iotid20.endpoints import endpoints
from idsbench_iotid20.flows import columns, draw, joined
from idsbench_iotid20.profiles import (
    CAPTURE_S,
    DISTINCT_VECTORS,
    PROFILES,
    SPAN_DAYS,
)
from idsbench_iotid20.traffic import TRAFFIC, Traffic

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]

CHUNK_ROWS = 50_000  # rows in memory at a time
FIRST_S = 1_558_310_400  # 2019-05-20 00:00:00 as seconds since 1970


def write(out: Path, rows: int, seed: int) -> None:
    """Write `rows` rows and a header to `out`, the same bytes for the same seed.

    Raises:
        DataError: fewer rows than classes.
    """
    if rows < len(PROFILES):
        raise DataError(
            out, f"a stand-in needs at least {len(PROFILES)} rows, one of each class, not {rows}"
        )
    rng = np.random.default_rng(seed)
    left, schema = class_rows(rows), IoTID20.schema(FULL)
    starts = _capture_starts(rng)
    with out.open("wb") as stream:
        while left.sum():
            size = min(CHUNK_ROWS, int(left.sum()))
            part = rng.multivariate_hypergeometric(left, size, method="marginals")
            header = left.sum() == rows
            left = left - part
            _chunk(part, starts, schema, rng).write_csv(stream, include_header=header)


def class_rows(rows: int) -> Ints:
    """Share rows among the classes as in the full file (largest remainder, at least one each)."""
    published = np.array([p.rows for p in PROFILES])
    exact = published / published.sum() * rows
    counts: Ints = np.floor(exact).astype(np.int64)
    rest = rows - int(counts.sum())
    counts[np.argsort(counts - exact, kind="stable")[:rest]] += 1
    for empty in np.flatnonzero(counts == 0):
        counts[counts.argmax()] -= 1
        counts[empty] = 1
    return counts


def _capture_starts(rng: np.random.Generator) -> list[Ints]:
    """Give each class its captures' starts in seconds since 1970, no two captures at one time."""
    counts = [p.captures for p in PROFILES]
    total = sum(counts)
    slot = (SPAN_DAYS * 86_400 - CAPTURE_S) / (total - 1)
    order = rng.permutation(total)
    jitter = rng.random(total) * slot * 0.8
    jitter[[0, -1]] = 0
    starts = (FIRST_S + 10_000 + slot * np.arange(total) + jitter).astype(np.int64)[order]
    return np.split(starts, np.cumsum(counts)[:-1])


@dataclass(frozen=True)
class _Plan:
    """Which vector each flow shows and which flow each row repeats, for one chunk.

    Args:
        traffic: (kind of traffic, how many) in the order of the vectors.
        kind: (u,) index into TRAFFIC of each flow.
        label: (u,) class of each flow.
        vector: (u,) vector of each flow; v vectors < u flows.
        row: (n,) flow of each row, shuffled; u flows < n rows.
    """

    traffic: tuple[tuple[Traffic, int], ...]
    kind: Ints
    label: Ints
    vector: Ints
    row: Ints


def _plan(part: Ints, rng: np.random.Generator) -> _Plan:
    """Share `part` rows of each class among flows, vectors and kinds of traffic."""
    kinds = list(TRAFFIC)
    traffic: list[tuple[Traffic, int]] = []
    kind_of_vector: list[Ints] = []
    vector: list[Ints] = []
    row: list[Ints] = []
    for rows, profile in zip(part.tolist(), PROFILES, strict=True):
        flows = min(rows, round(rows * profile.distinct / profile.rows) or 1)
        vectors = min(flows, round(flows * DISTINCT_VECTORS) or 1)
        shares = rng.multinomial(vectors, list(profile.mix.values()))
        traffic += list(zip((TRAFFIC[k] for k in profile.mix), shares.tolist(), strict=True))
        vector.append(_repeated(vectors, flows, _total(kind_of_vector), rng))
        row.append(_repeated(flows, rows, _total(vector[:-1]), rng))
        kind_of_vector.append(np.repeat([kinds.index(k) for k in profile.mix], shares))
    label = np.repeat(np.arange(len(PROFILES)), [len(v) for v in vector])
    chosen = np.concatenate(vector)
    kind = np.concatenate(kind_of_vector)[chosen]
    return _Plan(tuple(traffic), kind, label, chosen, rng.permutation(np.concatenate(row)))


def _total(parts: list[Ints]) -> int:
    return sum(len(part) for part in parts)


def _repeated(distinct: int, total: int, offset: int, rng: np.random.Generator) -> Ints:
    """Give `total` indices from `offset` that show each of `distinct` once and some again."""
    if not total:
        return np.empty(0, dtype=np.int64)
    again = rng.integers(0, distinct, total - distinct)
    return offset + np.concatenate([np.arange(distinct), again])


def _chunk(
    part: Ints, starts: list[Ints], schema: Schema, rng: np.random.Generator
) -> pl.DataFrame:
    """Make one shuffled chunk with `part` rows of each class."""
    plan = _plan(part, rng)
    drawn = joined([draw(traffic, count, rng) for traffic, count in plan.traffic if count])
    vectors = pl.DataFrame(columns(drawn, rng))
    flows = vectors[plan.vector].hstack(endpoints(plan.kind, plan.label, rng))
    times = _times(plan.label, starts, rng)
    if schema.time:
        times = times.dt.strftime(schema.time.format)
    flows = flows.hstack([times, *_labels(plan.label, schema.labels)])
    return flows[plan.row].select(schema.columns)


def _times(label: Ints, starts: list[Ints], rng: np.random.Generator) -> pl.Series:
    """Put each flow into one of its class's captures."""
    captures = np.array([len(s) for s in starts])
    offset = np.cumsum(captures) - captures
    chosen = offset[label] + (rng.random(len(label)) * captures[label]).astype(np.int64)
    seconds = np.concatenate(starts)[chosen] + rng.integers(0, CAPTURE_S, len(label))
    return pl.from_epoch(pl.Series("Timestamp", seconds), time_unit="s")


def _labels(label: Ints, specs: Sequence[LabelColumn]) -> list[pl.Series]:
    """Write each class as Label, Cat and Sub_Cat."""
    binary, category, fine = specs
    texts = {
        binary.column: [binary.classes[int(name != fine.classes[0])] for name in fine.classes],
        category.column: [fine.parents.get(name, name) for name in fine.classes],
        fine.column: list(fine.classes),
    }
    return [pl.Series(column, names).gather(label) for column, names in texts.items()]
