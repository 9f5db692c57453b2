"""What is known of MQTTset: its files, its origin and its traps."""

from __future__ import annotations

from idsbench.values import Card, Layout
from idsbench_mqttset.schema import BENIGN

PUBLISHED_PACKETS = 12_081_184
PER_CLASS = "60 columns, one file per class"
MARK = b"stand-in"
"""The first bytes of every payload that the stand-in's generator makes."""

_CLASS_FILES = {
    BENIGN: ("legitimate",),
    "bruteforce": ("bruteforce",),
    "malformed": ("malformed",),
    "slowite": ("slowite",),
    "flood": ("flood",),
    "dos": ("malaria", "dos"),
}

CARD = Card(
    name="mqttset",
    title="MQTTset, a dataset for machine learning techniques on MQTT",
    layouts=(
        Layout(
            "reduced train and test",
            (("train70reduced*.csv",), ("test30reduced*.csv",)),
            330_936,
        ),
        Layout(
            "augmented train and test",
            (("train70augmented*.csv",), ("test30augmented*.csv",)),
            20_000_000,
        ),
        Layout("train and test", (("train70.csv",), ("test30.csv",)), PUBLISHED_PACKETS),
        Layout("34 columns", (("mqttset*.csv",),), PUBLISHED_PACKETS),
        Layout(
            PER_CLASS,
            tuple(tuple(f"{start}*.csv" for start in starts) for starts in _CLASS_FILES.values()),
            PUBLISHED_PACKETS,
        ),
    ),
    ignore=("*flowdisjoint*", "*describe*"),
    row_unit="packet",
    benign=BENIGN,
    group="capture + tcp.stream",
    benign_rows_per_day=11_915_716 / 7,
    standin_marks=(MARK.hex().encode(),),
    licence="CC BY-NC-SA 4.0, as stated with the redistributed captures; check the terms of your"
    " own copy",
    citation="I. Vaccari, G. Chiola, M. Aiello, M. Mongelli, E. Cambiaso, MQTTset, a New Dataset"
    " for Machine Learning Techniques on MQTT, Sensors 2020, 20(22), 6578,"
    " doi 10.3390/s20226578",
    homepage="https://www.kaggle.com/datasets/cnrieiit/mqttset",
    known_issues=(
        "A row is a packet, not a flow: a random split puts packets of one connection on both"
        " sides; only the 60-column files say which packets belong together.",
        "On 46,235 packets of the captures 24 % of the rows share their feature vector with a row"
        " of the other binary label, so no model can exceed an accuracy of 0.974 there, or 0.865"
        " over six classes: bare TCP packets look the same in every attack.",
        "Each class comes from a capture of its own: times, addresses, ports and stream ids tell"
        " the classes apart and must not be features.",
        "60 % of the reduced files' rows are duplicates, and their legitimate rows were drawn with"
        " replacement before the split.",
        "In the augmented files the attack rows were repeated before the split: every attack row"
        " of the test file is also in the training file.",
        "A field that a packet does not have reads as 0, as the authors filled it: mqtt.msgtype 0"
        " means that there is no MQTT layer.",
        "mqtt.msg is a payload in hex; read as a number it becomes infinite or missing on mostly"
        " attack rows. Here its length in bytes is the feature, and no row is lost.",
        "12 of the 33 features are 0 in every published row.",
        "The flood attack has 613 published packets, one TCP stream of them in the redistributed"
        " captures: a split by stream cannot hold it on both sides.",
    ),
)


def class_of_file(name: str) -> str | None:
    """Name the class that a per-class file holds, or None if its name says none.

    >>> class_of_file("Malaria-DoS.csv"), class_of_file("legitimate_1w.csv"), class_of_file("x.csv")
    ('dos', 'legitimate', None)
    """
    plain = name.lower().translate(str.maketrans("", "", " -_"))
    for label, starts in _CLASS_FILES.items():
        if plain.startswith(starts):
            return label
    return None
