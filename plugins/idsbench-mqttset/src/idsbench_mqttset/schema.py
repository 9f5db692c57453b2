"""The columns of MQTTset's files, in the published order, and what becomes of each.

Source: the header of the published 34-column files and the field list of the per-class files.
"""

from __future__ import annotations

BEHAVIOUR = (
    "tcp.flags",
    "tcp.time_delta",
    "tcp.len",
    "mqtt.conack.flags",
    "mqtt.conack.flags.reserved",
    "mqtt.conack.flags.sp",
    "mqtt.conack.val",
    "mqtt.conflag.cleansess",
    "mqtt.conflag.passwd",
    "mqtt.conflag.qos",
    "mqtt.conflag.reserved",
    "mqtt.conflag.retain",
    "mqtt.conflag.uname",
    "mqtt.conflag.willflag",
    "mqtt.conflags",
    "mqtt.dupflag",
    "mqtt.hdrflags",
    "mqtt.kalive",
    "mqtt.len",
    "mqtt.msg",
    "mqtt.msgid",
    "mqtt.msgtype",
    "mqtt.proto_len",
    "mqtt.protoname",
    "mqtt.qos",
    "mqtt.retain",
    "mqtt.sub.qos",
    "mqtt.suback.qos",
    "mqtt.ver",
    "mqtt.willmsg",
    "mqtt.willmsg_len",
    "mqtt.willtopic",
    "mqtt.willtopic_len",
)
ENDPOINTS = ("ip.src", "ip.dst", "tcp.srcport", "tcp.dstport", "eth.src", "eth.dst")
IDENTIFIERS = (
    "frame.time_epoch",
    "frame.number",
    "tcp.stream",
    "mqtt.clientid",
    "mqtt.username",
    "mqtt.passwd",
    "mqtt.topic",
    "frame.time_delta",
    "frame.time_delta_displayed",
    "frame.time_invalid",
    "frame.time_relative",
    "frame.cap_len",
    "frame.len",
    "tcp.analysis.initial_rtt",
    "tcp.window_size_value",
    "tcp.checksum",
    "mqtt.clientid_len",
    "mqtt.passwd_len",
    "mqtt.topic_len",
    "mqtt.username_len",
    "ip.proto",
)
TARGET = "target"
TIME = "frame.time_epoch"
STREAM = "tcp.stream"
PAYLOAD = "mqtt.msg"

LENGTHS = frozenset({"mqtt.protoname", "mqtt.willmsg", "mqtt.willtopic"})
"""Text whose length is the feature."""

RANKS = frozenset(
    {
        "ip.src",
        "ip.dst",
        "eth.src",
        "eth.dst",
        "frame.time_invalid",
        "mqtt.clientid",
        "mqtt.username",
        "mqtt.passwd",
        "mqtt.topic",
    }
)
"""Text whose place among the sorted distinct values is the feature."""

HEX = frozenset(
    {"tcp.flags", "tcp.checksum", "mqtt.conack.flags", "mqtt.conflags", "mqtt.hdrflags"}
)
COLUMN_SETS = {
    "behaviour": BEHAVIOUR,
    "endpoints": BEHAVIOUR + ENDPOINTS,
    "all": BEHAVIOUR + ENDPOINTS + IDENTIFIERS,
}
BENIGN = "legitimate"
ATTACKS = ("bruteforce", "dos", "flood", "malformed", "slowite")
CLASSES = (BENIGN, *ATTACKS)


def read_kind(column: str) -> str:
    """Name the kind that `idsbench.reading` reads a column as.

    >>> read_kind("tcp.len"), read_kind("tcp.flags"), read_kind("mqtt.msg")
    ('number', 'hex', 'text')
    """
    if column in HEX:
        return "hex"
    if column in LENGTHS or column in RANKS or column in (PAYLOAD, TARGET):
        return "text"
    return "number"


def labelled_columns() -> dict[str, str]:
    """Give the 34 columns of the labelled files with their kinds."""
    return {column: read_kind(column) for column in (*BEHAVIOUR, TARGET)}


def field_columns() -> dict[str, str]:
    """Give the 60 columns of the per-class files with their kinds."""
    return {column: read_kind(column) for column in COLUMN_SETS["all"]}
