"""Draw flows of the stand-in packet by packet and compute their columns, so that they agree.

A flow's totals, means, extremes and rates all come from the same packets. The peculiarities of the
published file are kept: the first packet counts twice in the packet length statistics, flag counts
are 0 or 1, flows end within 0.1 s, forward initial windows are always -1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from idsbench_iotid20.profiles import ZERO_DURATION
from idsbench_iotid20.traffic import OTHER, TCP, Sizes, Traffic

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]

LONGEST_US = 99_984
MOST_FORWARD, MOST_BACKWARD = 186, 560
BURST_GAP_US = 5  # gaps up to this are active time, longer ones idle
BURSTY = 0.02  # share of flows with at least one gap that short
VARIED = 0.06  # share of packets whose payload differs from the flow's usual one


@dataclass(frozen=True)
class Drawn:
    """Flow-level values (n,), before packets are made."""

    protocol: Ints
    forward: Ints
    backward: Ints
    forward_size: Ints
    backward_size: Ints
    gap: Floats
    header: Ints
    window: Ints
    syn: NDArray[np.bool_]
    push: NDArray[np.bool_]


def draw(traffic: Traffic, n: int, rng: np.random.Generator) -> Drawn:
    """Draw n flows of one kind of traffic."""
    slow = rng.random(n) < traffic.long_share
    factor = np.where(slow, 4.0, 1.0)
    forward = _geometric(traffic.forward * factor, rng).clip(0, MOST_FORWARD)
    backward = 1 + _geometric(traffic.backward * factor, rng).clip(0, MOST_BACKWARD - 1)
    backward += forward + backward < 2
    gap = traffic.gap_us * np.exp(traffic.spread * rng.standard_normal(n))
    return Drawn(
        protocol=np.full(n, traffic.protocol),
        forward=forward,
        backward=backward,
        forward_size=_sizes(traffic.forward_sizes, n, rng),
        backward_size=_sizes(traffic.backward_sizes, n, rng),
        gap=gap * np.where(slow, np.exp(rng.uniform(0, 4, n)), 1.0),
        header=rng.choice(np.array(traffic.header), n),
        window=rng.choice(np.array(traffic.windows), n),
        syn=rng.random(n) < traffic.syn,
        push=rng.random(n) < traffic.push,
    )


def joined(parts: list[Drawn]) -> Drawn:
    """Put draws one after the other."""
    fields = Drawn.__dataclass_fields__
    return Drawn(**{name: np.concatenate([getattr(p, name) for p in parts]) for name in fields})


def _geometric(mean: Floats, rng: np.random.Generator) -> Ints:
    return rng.geometric(1 / (1 + mean)) - 1


def _sizes(sizes: Sizes, n: int, rng: np.random.Generator) -> Ints:
    weight, least, most = (np.array(v) for v in zip(*sizes, strict=True))
    kind = rng.choice(len(sizes), n, p=weight / weight.sum())
    return rng.integers(least[kind], most[kind] + 1)


@dataclass(frozen=True)
class Packets:
    """All packets (p,) of n flows, flow by flow in time order."""

    flow: Ints
    first: Ints  # (n,) index of each flow's first packet
    is_forward: NDArray[np.bool_]
    size: Ints
    time: Ints  # µs since the flow's first packet


def packets(drawn: Drawn, rng: np.random.Generator) -> Packets:
    """Make the packets of each flow: direction, payload, time."""
    count = drawn.forward + drawn.backward
    n, total = len(count), int(count.sum())
    flow = np.repeat(np.arange(n), count)
    first = np.cumsum(count) - count
    position = np.arange(total) - first[flow]
    # A random order of directions within each flow; the first packet is mostly a backward one.
    is_forward = position < drawn.forward[flow]
    key = rng.random(total)
    key[(first + drawn.forward)[rng.random(n) < 0.8]] = -1
    is_forward = is_forward[np.lexsort((key, flow))]
    usual = np.where(is_forward, drawn.forward_size[flow], drawn.backward_size[flow])
    size = np.where(rng.random(total) < VARIED, (usual * rng.random(total)).astype(np.int64), usual)
    return Packets(flow, first, is_forward, size, _times(drawn, flow, first, rng))


def _times(drawn: Drawn, flow: Ints, first: Ints, rng: np.random.Generator) -> Ints:
    """Cumulate gaps to times; cut flows at 0.1 s by scaling."""
    n = len(first)
    gap = drawn.gap[flow] * np.exp(0.12 * rng.standard_normal(len(flow)))
    burst = (rng.random(n) < BURSTY)[flow] & (rng.random(len(flow)) < 0.5)
    gap = np.where(burst, rng.integers(1, BURST_GAP_US + 1, len(flow)), gap)
    gap[first] = 0
    gap[(rng.random(n) < ZERO_DURATION)[flow]] = 0
    length = np.add.reduceat(gap, first)
    gap *= np.minimum(1.0, LONGEST_US / np.maximum(length, 1))[flow]
    whole = np.floor(gap).astype(np.int64)
    cumulated = np.cumsum(whole)
    return cumulated - cumulated[first][flow]


@dataclass(frozen=True)
class Stats:
    """Statistics (n,) of some packets' values per flow; 0 where a flow has none."""

    count: Ints
    total: Floats
    mean: Floats
    std: Floats
    highest: Floats
    lowest: Floats


def stats(flow: Ints, values: NDArray[np.int64], n: int) -> Stats:
    """Summarise values (p,) that belong to flows `flow` (p,), which ascends; std has n - 1."""
    count = np.bincount(flow, minlength=n).astype(np.int64)
    total = np.bincount(flow, weights=values, minlength=n)
    mean = total / np.maximum(count, 1)
    squares = np.bincount(flow, weights=(values - mean[flow]) ** 2, minlength=n)
    highest, lowest = np.zeros(n), np.zeros(n)
    if len(flow):
        starts = np.flatnonzero(np.diff(flow, prepend=-1))
        highest[flow[starts]] = np.maximum.reduceat(values, starts)
        lowest[flow[starts]] = np.minimum.reduceat(values, starts)
    std: Floats = np.sqrt(squares / np.maximum(count - 1, 1))
    return Stats(count, total.astype(float), mean, std, highest, lowest)


def _gaps(packets: Packets, chosen: NDArray[np.bool_], n: int) -> tuple[Ints, Ints]:
    """Give the gaps between successive chosen packets of one flow, with their flows."""
    flow, time = packets.flow[chosen], packets.time[chosen]
    same = np.diff(flow) == 0
    return flow[1:][same], np.diff(time)[same]


def columns(drawn: Drawn, rng: np.random.Generator) -> dict[str, NDArray[np.generic]]:
    """Give the behaviour columns (n,) of the drawn flows, integers where the file has integers."""
    made = packets(drawn, rng)
    n = len(drawn.forward)
    ahead = made.is_forward
    out: dict[str, NDArray[np.generic]] = {"Protocol": drawn.protocol}
    whole = stats(*_gaps(made, np.ones_like(ahead), n), n)
    out["Flow_Duration"] = whole.total.astype(np.int64)
    sizes = {
        "Fwd": stats(made.flow[ahead], made.size[ahead], n),
        "Bwd": stats(made.flow[~ahead], made.size[~ahead], n),
    }
    _add_sizes(out, sizes, drawn)
    _add_lengths(out, made, n)
    for name, gaps in (
        ("Flow", whole),
        ("Fwd", stats(*_gaps(made, ahead, n), n)),
        ("Bwd", stats(*_gaps(made, ~ahead, n), n)),
    ):
        out |= _named(f"{name}_IAT_", gaps)
        out[f"{name}_IAT_Tot"] = gaps.total
    _add_rates(out, sizes, whole.total)
    _add_flags(out, drawn, rng)
    _add_activity(out, made, n)
    return out


def _named(prefix: str, values: Stats) -> dict[str, NDArray[np.generic]]:
    return {
        f"{prefix}Mean": values.mean,
        f"{prefix}Std": values.std,
        f"{prefix}Max": values.highest,
        f"{prefix}Min": values.lowest,
    }


def _add_sizes(out: dict[str, NDArray[np.generic]], sizes: dict[str, Stats], drawn: Drawn) -> None:
    """Add what is known per direction: packets, bytes, payload statistics, headers."""
    for name, side in sizes.items():
        out[f"Tot_{name}_Pkts"] = out[f"Subflow_{name}_Pkts"] = side.count
        out[f"TotLen_{name}_Pkts"] = side.total
        out[f"Subflow_{name}_Byts"] = side.total.astype(np.int64)
        out |= _named(f"{name}_Pkt_Len_", side)
        out[f"{name}_Seg_Size_Avg"] = side.mean
        out[f"{name}_Header_Len"] = side.count * drawn.header
    ahead, back = sizes["Fwd"].count, sizes["Bwd"].count
    out["Down/Up_Ratio"] = np.where(ahead > 0, back // np.maximum(ahead, 1), 0).astype(float)


def _add_lengths(out: dict[str, NDArray[np.generic]], made: Packets, n: int) -> None:
    """Add the statistics over both directions; the first packet counts twice in them."""
    twice = np.insert(made.size, made.first, made.size[made.first])
    lengths = stats(np.insert(made.flow, made.first, made.flow[made.first]), twice, n)
    out |= _named("Pkt_Len_", lengths)
    out["Pkt_Len_Var"] = lengths.std**2
    out["Pkt_Size_Avg"] = lengths.total / (lengths.count - 1)
    data = (made.size > 0) & made.is_forward
    out["Fwd_Act_Data_Pkts"] = np.bincount(made.flow[data], minlength=n)


def _add_rates(
    out: dict[str, NDArray[np.generic]], sizes: dict[str, Stats], duration: Floats
) -> None:
    """Add rates per second: infinite per flow and 0 per direction where the duration is 0."""
    ahead, back = sizes["Fwd"], sizes["Bwd"]
    seconds = np.maximum(duration, 1) / 1e6
    zero = duration == 0
    for name, amount, at_zero in (
        ("Flow_Byts/s", ahead.total + back.total, np.inf),
        ("Flow_Pkts/s", ahead.count + back.count, np.inf),
        ("Fwd_Pkts/s", ahead.count, 0.0),
        ("Bwd_Pkts/s", back.count, 0.0),
    ):
        out[name] = np.where(zero, at_zero, amount / seconds)


def _add_flags(out: dict[str, NDArray[np.generic]], drawn: Drawn, rng: np.random.Generator) -> None:
    """Add flags (0 or 1), windows and the columns that are constant in the published file."""
    n = len(drawn.protocol)
    tcp = drawn.protocol == TCP
    out["PSH_Flag_Cnt"] = out["Bwd_PSH_Flags"] = (drawn.push & tcp).astype(np.int64)
    out["SYN_Flag_Cnt"] = (drawn.syn & tcp).astype(np.int64)
    out["ACK_Flag_Cnt"] = (tcp & ~drawn.syn).astype(np.int64)
    for name, share in (
        ("FIN_Flag_Cnt", 0.000527),
        ("RST_Flag_Cnt", 0.000486),
        ("URG_Flag_Cnt", 0.000051),
        ("CWE_Flag_Count", 0.000206),
        ("ECE_Flag_Cnt", 0.000067),
    ):
        out[name] = (tcp & (rng.random(n) < share / 0.62)).astype(np.int64)
    out["Bwd_URG_Flags"] = out["URG_Flag_Cnt"]
    out["Init_Bwd_Win_Byts"] = np.where(drawn.protocol == OTHER, -1, drawn.window)
    out["Init_Fwd_Win_Byts"] = np.full(n, -1)
    for name in (
        "Fwd_PSH_Flags", "Fwd_URG_Flags", "Fwd_Seg_Size_Min",
        "Fwd_Byts/b_Avg", "Fwd_Pkts/b_Avg", "Fwd_Blk_Rate_Avg",
        "Bwd_Byts/b_Avg", "Bwd_Pkts/b_Avg", "Bwd_Blk_Rate_Avg",
    ):  # fmt: skip
        out[name] = np.zeros(n, dtype=np.int64)


def _add_activity(out: dict[str, NDArray[np.generic]], made: Packets, n: int) -> None:
    """Add idle times (gaps that are not short) and active ones (short gaps before an idle one)."""
    flow, gap = _gaps(made, np.ones_like(made.is_forward), n)
    long = gap > BURST_GAP_US
    idle = stats(flow[long], gap[long], n)
    out |= _named("Idle_", idle)
    active = ~long & (idle.count > 0)[flow]
    busy = stats(flow[active], gap[active], n)
    out |= _named("Active_", busy)
