"""The kinds of traffic that the stand-in's flows are drawn from.

Ports, sizes and time scales are the published aggregates of the full file and the filters that
labelled its captures. Addresses are those of RFC 5737, one for each real one.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType

TCP, UDP, OTHER = 6, 17, 0

GATEWAY = "192.0.2.1"
CAMERA = "192.0.2.13"
SCANNER = "192.0.2.15"
PHONE = "192.0.2.16"
SPEAKER = "192.0.2.24"
MULTICAST = "198.51.100.250"
VICTIM = "198.51.100.90"
CLOUD = ("198.51.100.215", "198.51.100.186")
SPOOFED = tuple(f"203.0.113.{host}" for host in range(1, 255))

Sizes = tuple[tuple[float, int, int], ...]  # (weight, least, most) bytes of payload


@dataclass(frozen=True)
class Traffic:
    """One kind of traffic; a flow draws its values from it.

    Args:
        protocol: IP protocol number.
        pairs: (weight, source addresses, destination addresses).
        source_ports, destination_ports: (least, most), both included.
        sessions: distinct source ports in use at a time; one session is many flows.
        forward, backward: mean packets beyond 0 and beyond 1, geometric.
        forward_sizes, backward_sizes: payloads of a flow's packets.
        gap_us, spread: median gap between packets, and its spread in log units.
        header: header bytes per packet.
        windows: backward initial windows; -1 where there is none.
        syn: share of flows with SYN set.
        push: share of flows with PSH set.
        long_share: share of flows that are slow and long.
    """

    protocol: int
    pairs: tuple[tuple[float, tuple[str, ...], tuple[str, ...]], ...]
    source_ports: tuple[int, int]
    destination_ports: tuple[int, int]
    sessions: int
    forward: float
    backward: float
    forward_sizes: Sizes
    backward_sizes: Sizes
    gap_us: float
    spread: float
    header: tuple[int, ...]
    windows: tuple[int, ...] = (-1,)
    syn: float = 0.0
    push: float = 0.0
    long_share: float = 0.02


EPHEMERAL = (50_000, 57_400)
TRAFFIC = MappingProxyType(
    {
        "camera-tcp": Traffic(
            protocol=TCP,
            pairs=((0.8, (PHONE,), (CAMERA,)), (0.2, (CAMERA,), (PHONE,))),
            source_ports=EPHEMERAL,
            destination_ports=(9020, 9020),
            sessions=60,
            forward=0.4,
            backward=0.6,
            forward_sizes=((0.4, 0, 0), (0.6, 1388, 1388)),
            backward_sizes=((0.85, 1388, 1388), (0.15, 18, 1388)),
            gap_us=118,
            spread=0.25,
            header=(32,),
            windows=(1869, 1869, 1869, 252, 2140),
        ),
        "camera-udp": Traffic(
            protocol=UDP,
            pairs=((1.0, (CAMERA,), (PHONE,)),),
            source_ports=(10_000, 10_000),
            destination_ports=(10_101, 10_101),
            sessions=1,
            forward=1.6,
            backward=0.1,
            forward_sizes=((0.7, 982, 1430), (0.3, 30, 982)),
            backward_sizes=((0.8, 1430, 1441), (0.2, 30, 1430)),
            gap_us=80,
            spread=0.3,
            header=(8,),
        ),
        "cloud": Traffic(
            protocol=TCP,
            pairs=((0.6, CLOUD[:1], (CAMERA,)), (0.4, CLOUD[1:], (SPEAKER,))),
            source_ports=(443, 443),
            destination_ports=(43_238, 43_268),
            sessions=1,
            forward=1.7,
            backward=0.4,
            forward_sizes=((0.6, 1430, 1448), (0.4, 0, 600)),
            backward_sizes=((0.7, 0, 0), (0.3, 1430, 1460)),
            gap_us=95,
            spread=0.9,
            header=(20, 32),
            windows=(252, 229, 501, 65_535),
            push=0.08,
            long_share=0.12,
        ),
        "control": Traffic(
            protocol=UDP,
            pairs=(
                (0.5, (GATEWAY,), (MULTICAST,)),
                (0.3, (CAMERA, SPEAKER), (GATEWAY,)),
                (0.2, (PHONE,), (SPEAKER,)),
            ),
            source_ports=(36_700, 36_900),
            destination_ports=(1900, 1900),
            sessions=40,
            forward=1.2,
            backward=0.3,
            forward_sizes=((0.5, 28, 64), (0.5, 280, 470)),
            backward_sizes=((0.5, 28, 64), (0.5, 280, 470)),
            gap_us=140,
            spread=1.1,
            header=(8,),
            long_share=0.1,
        ),
        "tail": Traffic(
            protocol=TCP,
            pairs=((0.6, (PHONE,), (CAMERA, SPEAKER)), (0.4, (CAMERA, SPEAKER), (PHONE,))),
            source_ports=EPHEMERAL,
            destination_ports=(8899, 8899),
            sessions=80,
            forward=0.9,
            backward=0.1,
            forward_sizes=((1.0, 0, 0),),
            backward_sizes=((1.0, 0, 0),),
            gap_us=90,
            spread=0.7,
            header=(20, 32),
            windows=(252, 1869, 0, 229),
        ),
        "discovery": Traffic(
            protocol=OTHER,
            pairs=((0.5, (CAMERA, SPEAKER), (GATEWAY,)), (0.5, (SCANNER,), (GATEWAY,))),
            source_ports=(0, 0),
            destination_ports=(0, 0),
            sessions=1,
            forward=0.6,
            backward=0.8,
            forward_sizes=((1.0, 0, 0),),
            backward_sizes=((1.0, 0, 0),),
            gap_us=900,
            spread=1.2,
            header=(0,),
            long_share=0.2,
        ),
        "home": Traffic(
            protocol=TCP,
            pairs=((0.7, (SPEAKER,), CLOUD), (0.3, (CAMERA,), CLOUD)),
            source_ports=(40_000, 40_400),
            destination_ports=(443, 443),
            sessions=120,
            forward=2.2,
            backward=1.4,
            forward_sizes=((0.5, 40, 620), (0.5, 0, 64)),
            backward_sizes=((0.5, 60, 1448), (0.5, 0, 90)),
            gap_us=420,
            spread=1.2,
            header=(32,),
            windows=(1452, 4096, 31_088, 3907, 640),
            push=0.3,
            long_share=0.25,
        ),
        "syn-flood": Traffic(
            protocol=TCP,
            pairs=((0.5, SPOOFED, (CAMERA,)), (0.5, SPOOFED, (SPEAKER,))),
            source_ports=(1024, 3600),
            destination_ports=(554, 554),
            sessions=2500,
            forward=0.9,
            backward=0.4,
            forward_sizes=((1.0, 0, 0),),
            backward_sizes=((1.0, 0, 0),),
            gap_us=700,
            spread=1.0,
            header=(20, 24, 44),
            windows=(14_600, 5840),
            syn=0.98,
        ),
        "scan": Traffic(
            protocol=TCP,
            pairs=((0.6, (SCANNER,), (CAMERA,)), (0.4, (SCANNER,), (SPEAKER,))),
            source_ports=(36_000, 62_000),
            destination_ports=(1, 65_000),
            sessions=400,
            forward=0.8,
            backward=0.05,
            forward_sizes=((0.95, 0, 0), (0.05, 0, 120)),
            backward_sizes=((0.9, 0, 0), (0.1, 0, 40)),
            gap_us=150,
            spread=0.7,
            header=(20, 24),
            windows=(1024, 1024, 1024, 0),
        ),
        "udp-flood": Traffic(
            protocol=UDP,
            pairs=((0.7, (CAMERA, SPEAKER), (VICTIM,)), (0.3, (VICTIM,), (CAMERA, SPEAKER))),
            source_ports=(1024, 65_000),
            destination_ports=(1024, 65_000),
            sessions=50,
            forward=1.3,
            backward=0.05,
            forward_sizes=((0.85, 30, 32), (0.15, 18, 30)),
            backward_sizes=((0.75, 18, 36), (0.25, 36, 104)),
            gap_us=84,
            spread=0.3,
            header=(8,),
        ),
        "ack-flood": Traffic(
            protocol=TCP,
            pairs=((0.7, (CAMERA, SPEAKER), (VICTIM,)), (0.3, (VICTIM,), (CAMERA, SPEAKER))),
            source_ports=(1024, 65_000),
            destination_ports=(8899, 8899),
            sessions=50,
            forward=1.1,
            backward=0.1,
            forward_sizes=((0.6, 386, 1388), (0.4, 0, 30)),
            backward_sizes=((0.6, 18, 104), (0.4, 1430, 1430)),
            gap_us=75,
            spread=0.35,
            header=(20,),
            windows=(252, 0, 8760, 36_500),
        ),
        "http-flood": Traffic(
            protocol=TCP,
            pairs=((0.7, (CAMERA, SPEAKER), (VICTIM,)), (0.3, (VICTIM,), (CAMERA, SPEAKER))),
            source_ports=(32_768, 61_000),
            destination_ports=(80, 80),
            sessions=200,
            forward=1.5,
            backward=0.2,
            forward_sizes=((0.75, 864, 1388), (0.25, 0, 0)),
            backward_sizes=((0.6, 36, 167), (0.4, 1430, 1448)),
            gap_us=110,
            spread=0.6,
            header=(20, 32),
            windows=(252, 14_600, 29_200),
            push=0.1,
        ),
        "telnet": Traffic(
            protocol=TCP,
            pairs=((1.0, (CAMERA, SPEAKER), SPOOFED[:40]),),
            source_ports=(1024, 65_000),
            destination_ports=(23, 23),
            sessions=300,
            forward=1.3,
            backward=0.1,
            forward_sizes=((0.6, 0, 0), (0.4, 1, 24)),
            backward_sizes=((0.7, 0, 0), (0.3, 1, 40)),
            gap_us=90,
            spread=0.6,
            header=(20, 24),
            windows=(5840, 252, 14_600, 0),
            push=0.05,
        ),
    }
)
