"""What a column is by its card or, where the card is silent, by its name and values."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from idsbench.values import Card

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Names without case, blanks and signs.
IDENTIFIERS = frozenset(
    "id flowid uid streamid tcpstream framenumber index unnamed0 rowid sessionid mqttclientid".split()
)
TIMES = frozenset(
    "timestamp ts stime ltime starttime endtime datetime date epoch frametimeepoch "
    "frametimerelative frametime flowstarttime".split()
)
HOSTS = frozenset(
    "srcip dstip sourceip destinationip ipsrc ipdst ipsrchost ipdsthost srcaddr dstaddr saddr "
    "daddr idorigh idresph ethsrc ethdst srcmac dstmac smac dmac arpsrcprotoipv4 "
    "arpdstprotoipv4".split()
)
PORTS = frozenset(
    "srcport dstport sourceport destinationport sport dport dsport tcpsrcport tcpdstport "
    "udpsrcport udpdstport idorigp idrespp".split()
)
_TIMING = re.compile(
    r"iat|duration|^dur$|timedelta|jit|idle|active|bytss|pktss|bytess|packetss|inpkt|rtt$|synack"
    r"|ackdat|^rate$|^[sd]load$"
)
_TTL = re.compile(r"^[sd]?ttl|ipttl$|timetolive")
EPOCH_S = (9e8, 2.2e9)  # seconds since 1970 of the years 1998 to 2039


@dataclass(frozen=True)
class Roles:
    """Names of columns by what they are; a column may have more than one role.

    Args:
        identifiers: name a flow, stream, row or moment.
        endpoints: addresses and ports.
        hosts: the addresses among them.
        time: say when.
        timing: say how long or how fast.
        ttl: time to live.
    """

    identifiers: tuple[str, ...]
    endpoints: tuple[str, ...]
    hosts: tuple[str, ...]
    time: tuple[str, ...]
    timing: tuple[str, ...]
    ttl: tuple[str, ...]


def roles_of(card: Card | None, columns: Sequence[str]) -> Roles:
    """Give the roles of columns: what the card lists, and what the names say by themselves."""

    def named(role: str, known: frozenset[str]) -> tuple[str, ...]:
        listed = getattr(card, role, ())
        return tuple(c for c in columns if c in listed or plain_name(c) in known)

    def like(role: str, pattern: re.Pattern[str]) -> tuple[str, ...]:
        listed = getattr(card, role, ())
        return tuple(c for c in columns if c in listed or pattern.search(plain_name(c)))

    time = named("time", TIMES)
    return Roles(
        identifiers=named("identifiers", IDENTIFIERS | TIMES),
        endpoints=named("endpoints", HOSTS | PORTS),
        hosts=tuple(c for c in columns if plain_name(c) in HOSTS),
        time=time,
        timing=tuple(c for c in like("timing", _TIMING) if c not in time),
        ttl=like("ttl", _TTL),
    )


def plain_name(column: str) -> str:
    """Write a column's name without case, blanks and signs.

    >>> plain_name("Flow_Byts/s"), plain_name("ip.src")
    ('flowbytss', 'ipsrc')
    """
    return re.sub(r"[^a-z0-9]", "", column.lower())


def counts_rows(values: NDArray[np.floating]) -> bool:
    """Tell whether a column (n,) numbers the rows: whole numbers, all different, and dense.

    >>> counts_rows(np.array([3.0, 1.0, 2.0, 4.0])), counts_rows(np.array([1.0, 1.0, 2.0]))
    (True, False)
    """
    span = float(values.max()) - float(values.min())
    if not len(values) - 1 <= span <= 2 * len(values):
        return False
    return bool((values == np.floor(values)).all()) and len(np.unique(values)) == len(values)


def tells_the_date(values: NDArray[np.floating]) -> bool:
    """Tell whether most of a column (n,) lies among the seconds since 1970 of recent years.

    >>> tells_the_date(np.array([1505661693.0, 1505661700.0, 0.0])), tells_the_date(np.array([1.0]))
    (True, False)
    """
    low, high = EPOCH_S
    inside = values[(values > low) & (values < high)]
    # Counters reach such sizes too, but not within the few years that captures last.
    return len(inside) > len(values) / 2 and float(inside.max() - inside.min()) < 2e8
