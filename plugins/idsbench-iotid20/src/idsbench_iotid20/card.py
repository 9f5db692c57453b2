"""What is known of IoTID20 without reading it."""

from __future__ import annotations

from idsbench.values import Card, Layout
from idsbench_iotid20.schema import FULL, SAMPLE

PUBLISHED_ROWS = 625_783
STANDIN_MARKS = (b"192.0.2.", b"198.51.100.", b"203.0.113.")  # RFC 5737

CARD = Card(
    name="iotid20",
    title="IoTID20",
    layouts=(
        Layout(
            FULL,
            (
                (
                    "iotnetworkintrusiondataset*.csv",
                    "finaliotnetworkintrusiondataset*.csv",
                    "iotid20*.csv",
                ),
            ),
            PUBLISHED_ROWS,
        ),
        Layout(SAMPLE, (("iot2020b0.01*.csv",),), PUBLISHED_ROWS),
    ),
    ignore=("*head5*", "*describe*", "labelingrules*"),
    row_unit="0.1-s flow",
    benign="Label is Normal (86 columns) or 0 (31 features)",
    group="Flow_ID",
    standin_marks=STANDIN_MARKS,
    licence=(
        "no licence known for the 86-column file: cite the paper. The 31-feature sample "
        "is distributed under MIT by the authors of PWPAE."
    ),
    citation=(
        "I. Ullah and Q. H. Mahmoud, A Scheme for Generating a Dataset for Anomalous Activity "
        "Detection in IoT Networks, Canadian AI 2020, LNCS 12109, 508-520, "
        "doi 10.1007/978-3-030-47358-7_52; packets by H. Kang et al., IoT network intrusion "
        "dataset, IEEE DataPort 2019, doi 10.21227/q70p-q449"
    ),
    homepage="https://sites.google.com/view/iot-network-intrusion-dataset/",
    known_issues=(
        "Labels come from filters on addresses, ports and flags, one capture per attack: "
        "addresses, ports, Flow_ID and Timestamp each nearly determine the class.",
        "Benign traffic behaves as one capture: no split of this file tests other benign traffic.",
        "26 % of the rows are exact duplicates, and more of some attacks (ACK flooding 53 %) than "
        "of others (SYN flooding none); 58 % repeat another row's numeric features.",
        "114 feature vectors carry conflicting categories (2,805 rows).",
        "Flows are cut at 0.1 s, so one session becomes many near-identical rows and Active_* and "
        "Idle_* mean nothing.",
        "Flow_Byts/s and Flow_Pkts/s are infinite where Flow_Duration is 0 (736 cells).",
        "At least a quarter of the flows have no packet from their initiator: directions are "
        "unreliable.",
        "10 columns are constant and 8 repeat another column; flag counts are 0 or 1.",
        "The 31-feature sample has encoded addresses, Flow_ID and Timestamp, and no Cat, Sub_Cat "
        "or Protocol.",
    ),
)
