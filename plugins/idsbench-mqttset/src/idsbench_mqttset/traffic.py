"""What the stand-in's packets look like: kinds of packet per class, with shares and timing.

Aggregates only: class counts, message types and TCP flags per class, value sets and mean segment
lengths as published for the reduced files and measured on the captures. No captured row is here.
Bare TCP packets are the same in every class but for how their gaps are spread.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

CLASS_ROWS = {
    "legitimate": 165_463,
    "bruteforce": 14_501,
    "dos": 130_233,
    "flood": 613,
    "malformed": 10_924,
    "slowite": 9_202,
}
"""Rows per class of the published reduced files."""

Clock = tuple[tuple[float, int, int], ...]
"""Shares of gaps to the previous packet of the stream, each between two bounds in microseconds."""


@dataclass(frozen=True)
class Packet:
    """One kind of packet.

    Args:
        share: of the class's rows, before the shares are made to sum to 1.
        clock: how the gaps are spread.
        fields: the columns that are not "absent", as the published files write them.
        rest: bytes of the MQTT message beside the payload, between two bounds; None without MQTT.
        payload: bytes of payload after the mark, between two bounds; None without a payload.
        ids: message ids, between two bounds; None without one.
        segment: bytes of the TCP segment where it is not one MQTT message.
    """

    share: float
    clock: Clock
    fields: Mapping[str, str]
    rest: tuple[int, int] | None = None
    payload: tuple[int, int] | None = None
    ids: tuple[int, int] | None = None
    segment: int | None = None


def _bare(flags: int) -> dict[str, str]:
    return {"tcp.flags": f"0x{flags:08x}"}


def _mqtt(header: int, flags: int = 0x18) -> dict[str, str]:
    """Write the fields that follow from an MQTT fixed header's first byte."""
    kind = header >> 4
    fields = _bare(flags) | {"mqtt.hdrflags": f"0x{header:08x}", "mqtt.msgtype": f"{kind}.0"}
    if kind == 3:
        marks = {"mqtt.dupflag": header >> 3 & 1, "mqtt.qos": header >> 1 & 3}
        fields |= {name: f"{value}.0" for name, value in marks.items()}
        fields["mqtt.retain"] = f"{header & 1}.0"
    return fields


def _connect(keepalive: int, flags: int = 0x02) -> dict[str, str]:
    return _mqtt(0x10) | {
        "mqtt.conflag.cleansess": "1.0",
        "mqtt.conflag.uname": f"{flags >> 7}.0",
        "mqtt.conflag.passwd": f"{flags >> 6 & 1}.0",
        "mqtt.conflags": f"0x{flags:08x}",
        "mqtt.kalive": f"{keepalive}.0",
        "mqtt.proto_len": "4.0",
        "mqtt.protoname": "MQTT",
        "mqtt.ver": "4.0",
    }


SYN, SYN_ACK, ACK = _bare(0x02), _bare(0x12), _bare(0x10)
FIN, RST, RST_ACK, PUSH = _bare(0x11), _bare(0x04), _bare(0x14), _bare(0x18)
CONNACK = _mqtt(0x20) | {"mqtt.conack.flags": "0x00000000"}
REFUSED = CONNACK | {"mqtt.conack.val": "5.0"}

_OPENING: Clock = ((1.0, 0, 0),)
_REPLY: Clock = ((0.3, 10, 90), (0.7, 91, 2_000))
_QUICK: Clock = ((0.12, 0, 0), (0.58, 5, 400), (0.3, 401, 3_000))
_SENSOR: Clock = (
    (0.47, 999_920, 1_000_080),
    (0.07, 999_000, 1_001_000),
    (0.42, 6, 140),
    (0.036, 141, 90_000),
    (0.004, 2_000_000, 9_000_000),
)
_SENSOR_ACK: Clock = ((0.001, 0, 0), (0.955, 2, 90), (0.044, 91, 900))
# A share of the attacks' acknowledgements is as quick as the sensors': those rows cannot be told
# apart by anyone, which is what limits accuracy on the real packets.
_ATTACK_ACK: Clock = ((0.13, 2, 90), (0.0005, -2, -1), (0.30, 0, 0), (0.57, 91, 9_000))
_BURST: Clock = ((0.17, 0, 0), (0.0005, -2, -1), (0.66, 1, 30), (0.17, 31, 2_500))
_KEEPALIVE: Clock = ((1.0, 59_999_000, 60_001_000),)
_SLOW: Clock = ((0.7, 91, 60_000), (0.3, 60_001, 200_000))

_HANDSHAKE_REPLY: Clock = ((1.0, 11, 60),)

LEGITIMATE = (
    Packet(0.607, _SENSOR, _mqtt(0x30), (3, 3), (0, 2)),
    Packet(0.371, _SENSOR_ACK, ACK),
    Packet(0.0083, _KEEPALIVE, _mqtt(0xC0), (0, 0)),
    Packet(0.0083, _REPLY, _mqtt(0xD0), (0, 0)),
    Packet(0.0009, _OPENING, SYN),
    Packet(0.0009, _HANDSHAKE_REPLY, SYN_ACK),
    Packet(0.0009, _REPLY, _connect(60), (35, 35)),
    Packet(0.0009, _REPLY, CONNACK, (2, 2)),
    Packet(0.0006, _REPLY, _mqtt(0x82), (8, 16), ids=(1, 8)),
    Packet(0.0006, _REPLY, _mqtt(0x90), (3, 3), ids=(1, 8)),
)
BRUTEFORCE = (
    Packet(0.0995, _OPENING, SYN),
    Packet(0.0995, _REPLY, SYN_ACK),
    Packet(0.3755, _ATTACK_ACK, ACK),
    Packet(0.0985, _QUICK, _connect(60, 0xC2), (22, 31)),
    Packet(0.0005, _QUICK, _connect(60, 0x82), (18, 20)),
    Packet(0.0005, _QUICK, _connect(60), (12, 14)),
    Packet(0.0995, _QUICK, REFUSED, (2, 2)),
    Packet(0.2266, _QUICK, FIN),
)
DOS = (
    Packet(0.184, _BURST, _mqtt(0x32, 0x10), (67, 67), (99, 100), (1, 48), 1_460),
    Packet(0.098, _BURST, _mqtt(0x32), (67, 67), (99, 100), (1, 48)),
    Packet(0.136, _BURST, _mqtt(0x3A), (67, 67), (99, 100), (1, 48)),
    Packet(0.268, _BURST, _mqtt(0x40), (2, 2), ids=(1, 48)),
    Packet(0.030, _BURST, _mqtt(0x40), (2, 2), ids=(1, 48), segment=36),
    Packet(0.281, _ATTACK_ACK, ACK),
    Packet(0.0005, _OPENING, SYN),
    Packet(0.0005, _REPLY, SYN_ACK),
    Packet(0.0005, _QUICK, _connect(60), (12, 30)),
    Packet(0.0005, _QUICK, CONNACK, (2, 2)),
)
FLOOD = (
    Packet(0.406, _BURST, _mqtt(0x30), (6, 8), (0, 2), segment=32_760),
    Packet(0.044, _BURST, _mqtt(0x30), (6, 8), (0, 2)),
    Packet(0.500, ((0.75, 2, 90), (0.25, 1_900_000, 2_100_000)), ACK),
    Packet(0.0125, _OPENING, SYN),
    Packet(0.0125, _HANDSHAKE_REPLY, SYN_ACK),
    Packet(0.0125, _REPLY, _connect(60), (35, 35)),
    Packet(0.0125, _REPLY, CONNACK, (2, 2)),
)
MALFORMED = (
    Packet(0.273, _ATTACK_ACK, ACK),
    Packet(0.144, _QUICK, RST),
    Packet(0.004, _QUICK, RST_ACK),
    Packet(0.083, _OPENING, SYN),
    Packet(0.083, _REPLY, SYN_ACK),
    Packet(0.082, _QUICK, FIN),
    Packet(0.045, _QUICK, _connect(60), (12, 30)),
    Packet(0.0075, _QUICK, _connect(1), (12, 30)),
    Packet(0.0075, _QUICK, _connect(2), (12, 30)),
    Packet(0.0075, _QUICK, _connect(3), (12, 30)),
    Packet(0.0075, _QUICK, _connect(234), (12, 30)),
    Packet(0.075, _QUICK, CONNACK, (2, 2)),
    Packet(0.068, _QUICK, _mqtt(0x30, 0x19), (3, 3), (0, 2)),
    Packet(0.080, _QUICK, _mqtt(0x30), (3, 8), (0, 30)),
    Packet(0.011, _QUICK, _mqtt(0x31), (20, 40), (2, 40), segment=1_460),
    Packet(0.0075, _QUICK, _mqtt(0x82), (6, 16), ids=(1, 12)),
    Packet(0.0075, _QUICK, _mqtt(0x90), (3, 3), ids=(1, 12)),
    Packet(0.0036, _QUICK, _mqtt(0x40), (2, 2), ids=(1, 12)),
    Packet(0.0036, _QUICK, _mqtt(0x50), (2, 2), ids=(1, 12)),
    Packet(0.0001, _QUICK, _mqtt(0xE0), (0, 0)),
)
SLOWITE = (
    Packet(0.444, _ATTACK_ACK, ACK),
    Packet(0.111, _OPENING, SYN),
    Packet(0.111, _REPLY, SYN_ACK),
    Packet(0.110, _SLOW, _connect(65_535), (27, 30)),
    Packet(0.110, _SLOW, CONNACK, (2, 2)),
    Packet(0.111, _SLOW, PUSH, segment=3),
    Packet(0.001, _SLOW, RST),
    Packet(0.001, _SLOW, FIN),
)
TRAFFIC = {
    "legitimate": LEGITIMATE,
    "bruteforce": BRUTEFORCE,
    "dos": DOS,
    "flood": FLOOD,
    "malformed": MALFORMED,
    "slowite": SLOWITE,
}
