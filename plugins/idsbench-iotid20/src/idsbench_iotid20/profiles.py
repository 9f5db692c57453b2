"""Which kinds of traffic make up each class of the stand-in, and how often its rows repeat.

Counts and duplicate shares are published. How much of a class is ordinary traffic (camera, cloud,
control, tails) is chosen so that detectors meet about the difficulty published for the real file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Profile:
    """One subcategory.

    Args:
        rows: in the full file.
        distinct: of these, rows left after exact duplicates are removed.
        captures: captures, each one burst of timestamps.
        mix: share of each kind of traffic; sums to 1.
    """

    rows: int
    distinct: int
    captures: int
    mix: Mapping[str, float]


# In the order of the card's subcategories.
PROFILES = (
    Profile(
        40_073,
        38_598,
        1,
        {"home": 0.60, "cloud": 0.22, "control": 0.12, "camera-tcp": 0.04, "tail": 0.02},
    ),
    Profile(59_391, 59_390, 6, {"syn-flood": 0.985, "tail": 0.015}),
    Profile(
        35_377,
        25_862,
        6,
        {
            "camera-tcp": 0.5,
            "cloud": 0.25,
            "tail": 0.12,
            "camera-udp": 0.08,
            "control": 0.03,
            "home": 0.02,
        },
    ),
    Profile(
        55_124,
        25_839,
        4,
        {"ack-flood": 0.6, "camera-udp": 0.25, "camera-tcp": 0.13, "cloud": 0.02},
    ),
    Profile(
        55_818, 26_539, 4, {"http-flood": 0.6, "camera-udp": 0.2, "camera-tcp": 0.18, "cloud": 0.02}
    ),
    Profile(
        121_181,
        86_507,
        5,
        {
            "telnet": 0.55,
            "camera-tcp": 0.3,
            "camera-udp": 0.07,
            "tail": 0.04,
            "control": 0.015,
            "discovery": 0.02,
            "home": 0.005,
        },
    ),
    Profile(183_554, 142_217, 4, {"udp-flood": 0.96, "camera-udp": 0.03, "camera-tcp": 0.01}),
    Profile(
        22_192,
        16_933,
        6,
        {"scan": 0.5, "camera-tcp": 0.25, "discovery": 0.16, "tail": 0.05, "home": 0.04},
    ),
    Profile(53_073, 39_811, 6, {"scan": 0.6, "camera-tcp": 0.3, "tail": 0.06, "home": 0.04}),
)

# Of the rows that are left without exact duplicates, those whose numbers no other row has.
DISTINCT_VECTORS = 261_419 / 461_696
# 736 infinite cells in two columns.
ZERO_DURATION = 736 / 2 / 625_783
# Days of the first and last capture after 2019-05-20, and how long one capture lasts.
SPAN_DAYS = 112.87
CAPTURE_S = 240
