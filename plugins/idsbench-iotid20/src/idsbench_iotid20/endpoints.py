"""Addresses, ports and Flow_ID of the stand-in's flows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from idsbench_iotid20.traffic import TRAFFIC, Traffic

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]

# Strides without a common factor with any range of ports spread sessions over the range.
SOURCE_STRIDE, DESTINATION_STRIDE = 7919, 104_729
CLASS_STRIDE = 997  # keeps the sessions of two classes apart


def endpoints(kind: Ints, label: Ints, rng: np.random.Generator) -> pl.DataFrame:
    """Draw the endpoints of flows; `kind` and `label` (u,) are traffic and class of each.

    A kind of traffic has a limited number of sessions, the first ones busier, so that flows of
    one session recur throughout the file under one Flow_ID.
    """
    n = len(kind)
    names = sorted({a for t in TRAFFIC.values() for _, *ends in t.pairs for e in ends for a in e})
    code = {name: at for at, name in enumerate(names)}
    address, port = np.zeros((2, n), dtype=np.int64), np.zeros((2, n), dtype=np.int64)
    protocol = np.array([t.protocol for t in TRAFFIC.values()])[kind]
    for at, traffic in enumerate(TRAFFIC.values()):
        rows = np.flatnonzero(kind == at)
        session = (traffic.sessions * rng.random(len(rows)) ** 2).astype(np.int64)
        session += CLASS_STRIDE * label[rows]
        address[:, rows] = _addresses(traffic, session, code, rng)
        port[0, rows] = _spread(traffic.source_ports, session * SOURCE_STRIDE)
        port[1, rows] = _spread(traffic.destination_ports, session * DESTINATION_STRIDE)
    texts = pl.Series(names)
    frame = pl.DataFrame(
        {
            "Src_IP": texts.gather(address[0]),
            "Src_Port": port[0],
            "Dst_IP": texts.gather(address[1]),
            "Dst_Port": port[1],
            "protocol": protocol,
        }
    )
    return frame.with_columns(_flow_id(address[0] > address[1])).drop("protocol")


def _addresses(
    traffic: Traffic, session: Ints, code: dict[str, int], rng: np.random.Generator
) -> Ints:
    """Choose a pair of hosts (2, r) per flow; one session keeps its hosts within a pair."""
    out = np.zeros((2, len(session)), dtype=np.int64)
    weights = np.array([weight for weight, _, _ in traffic.pairs])
    chosen = rng.choice(len(weights), len(session), p=weights / weights.sum())
    for at, (_, *ends) in enumerate(traffic.pairs):
        rows = np.flatnonzero(chosen == at)
        for side, hosts in enumerate(ends):
            codes = np.array([code[host] for host in hosts])
            out[side, rows] = codes[(session[rows] + side) % len(codes)]
    return out


def _spread(ports: tuple[int, int], number: Ints) -> Ints:
    least, most = ports
    return least + number % (most - least + 1)


def _flow_id(swapped: NDArray[np.bool_]) -> pl.Expr:
    """Write both ends in the order of their text, as the published file does."""
    order = pl.lit(pl.Series(swapped))
    ends = [("Src_IP", "Dst_IP"), ("Dst_IP", "Src_IP"), ("Src_Port", "Dst_Port")]
    parts = [pl.when(order).then(pl.col(b)).otherwise(pl.col(a)) for a, b in ends]
    parts.append(pl.when(order).then(pl.col("Src_Port")).otherwise(pl.col("Dst_Port")))
    return pl.concat_str([*parts, pl.col("protocol")], separator="-").alias("Flow_ID")
