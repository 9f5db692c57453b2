"""The columns and labels of IoTID20's two layouts, as published."""

from __future__ import annotations

FULL = "86 columns"
SAMPLE = "31 features"

# In file order.
# fmt: off
FULL_COLUMNS = (
    "Flow_ID", "Src_IP", "Src_Port", "Dst_IP", "Dst_Port", "Protocol", "Timestamp", "Flow_Duration",
    "Tot_Fwd_Pkts", "Tot_Bwd_Pkts", "TotLen_Fwd_Pkts", "TotLen_Bwd_Pkts", "Fwd_Pkt_Len_Max",
    "Fwd_Pkt_Len_Min", "Fwd_Pkt_Len_Mean", "Fwd_Pkt_Len_Std", "Bwd_Pkt_Len_Max", "Bwd_Pkt_Len_Min",
    "Bwd_Pkt_Len_Mean", "Bwd_Pkt_Len_Std", "Flow_Byts/s", "Flow_Pkts/s", "Flow_IAT_Mean",
    "Flow_IAT_Std", "Flow_IAT_Max", "Flow_IAT_Min", "Fwd_IAT_Tot", "Fwd_IAT_Mean", "Fwd_IAT_Std",
    "Fwd_IAT_Max", "Fwd_IAT_Min", "Bwd_IAT_Tot", "Bwd_IAT_Mean", "Bwd_IAT_Std", "Bwd_IAT_Max",
    "Bwd_IAT_Min", "Fwd_PSH_Flags", "Bwd_PSH_Flags", "Fwd_URG_Flags", "Bwd_URG_Flags",
    "Fwd_Header_Len", "Bwd_Header_Len", "Fwd_Pkts/s", "Bwd_Pkts/s", "Pkt_Len_Min", "Pkt_Len_Max",
    "Pkt_Len_Mean", "Pkt_Len_Std", "Pkt_Len_Var", "FIN_Flag_Cnt", "SYN_Flag_Cnt", "RST_Flag_Cnt",
    "PSH_Flag_Cnt", "ACK_Flag_Cnt", "URG_Flag_Cnt", "CWE_Flag_Count", "ECE_Flag_Cnt",
    "Down/Up_Ratio", "Pkt_Size_Avg", "Fwd_Seg_Size_Avg", "Bwd_Seg_Size_Avg", "Fwd_Byts/b_Avg",
    "Fwd_Pkts/b_Avg", "Fwd_Blk_Rate_Avg", "Bwd_Byts/b_Avg", "Bwd_Pkts/b_Avg", "Bwd_Blk_Rate_Avg",
    "Subflow_Fwd_Pkts", "Subflow_Fwd_Byts", "Subflow_Bwd_Pkts", "Subflow_Bwd_Byts",
    "Init_Fwd_Win_Byts", "Init_Bwd_Win_Byts", "Fwd_Act_Data_Pkts", "Fwd_Seg_Size_Min",
    "Active_Mean", "Active_Std", "Active_Max", "Active_Min", "Idle_Mean", "Idle_Std", "Idle_Max",
    "Idle_Min", "Label", "Cat", "Sub_Cat",
)

SAMPLE_COLUMNS = (
    "Flow_ID", "Src_IP", "Src_Port", "Dst_IP", "Dst_Port", "Timestamp", "Flow_Duration",
    "TotLen_Fwd_Pkts", "TotLen_Bwd_Pkts", "Bwd_Pkt_Len_Max", "Flow_Byts/s", "Flow_Pkts/s",
    "Flow_IAT_Mean", "Flow_IAT_Std", "Flow_IAT_Max", "Flow_IAT_Min", "Fwd_IAT_Tot", "Bwd_IAT_Tot",
    "Bwd_IAT_Mean", "Bwd_IAT_Std", "Bwd_IAT_Max", "Bwd_Header_Len", "Fwd_Pkts/s", "Bwd_Pkts/s",
    "Pkt_Len_Std", "FIN_Flag_Cnt", "Pkt_Size_Avg", "Init_Bwd_Win_Byts", "Idle_Mean", "Idle_Max",
    "Idle_Min", "Label",
)
# fmt: on

IDENTIFIERS = ("Flow_ID", "Timestamp")
ENDPOINTS = ("Src_IP", "Src_Port", "Dst_IP", "Dst_Port")
PORTS = ("Src_Port", "Dst_Port")
RATES = ("Flow_Byts/s", "Flow_Pkts/s")
LABELS = ("Label", "Cat", "Sub_Cat")
TEXT = ("Flow_ID", "Src_IP", "Dst_IP", "Timestamp", *LABELS)

BINARY = ("Normal", "Anomaly")
CATEGORIES = ("Normal", "DoS", "MITM ARP Spoofing", "Mirai", "Scan")
SUBCATEGORIES = (
    "Normal",
    "DoS-Synflooding",
    "MITM ARP Spoofing",
    "Mirai-Ackflooding",
    "Mirai-HTTP Flooding",
    "Mirai-Hostbruteforceg",
    "Mirai-UDP Flooding",
    "Scan Hostport",
    "Scan Port OS",
)
# Which category each subcategory belongs to, in the order of SUBCATEGORIES.
CATEGORY_OF = ("Normal", "DoS", "MITM ARP Spoofing", *("Mirai",) * 4, "Scan", "Scan")

TIMESTAMP_FORMAT = "%d/%m/%Y %I:%M:%S %p"


def kinds(layout: str) -> dict[str, str]:
    """Give each column's kind for `idsbench.reading.read_csv`, in file order."""
    if layout == FULL:
        return {c: _kind(c, TEXT) for c in FULL_COLUMNS}
    # The sample's identifiers were encoded as whole numbers before it was published.
    return {c: _kind(c, ("Label",)) for c in SAMPLE_COLUMNS}


def _kind(column: str, text: tuple[str, ...]) -> str:
    if column in PORTS:
        return "loose"
    return "text" if column in text else "number"


def behaviour(layout: str) -> tuple[str, ...]:
    """Name the features that are neither identifiers, endpoints nor labels, in file order."""
    columns = FULL_COLUMNS if layout == FULL else SAMPLE_COLUMNS
    return tuple(c for c in columns if c not in IDENTIFIERS + ENDPOINTS + LABELS)


def features(layout: str, choice: str) -> tuple[str, ...]:
    """Name the features of a choice (behaviour, endpoints or all), in file order."""
    unwanted = {"behaviour": IDENTIFIERS + ENDPOINTS, "endpoints": IDENTIFIERS, "all": ()}[choice]
    columns = FULL_COLUMNS if layout == FULL else SAMPLE_COLUMNS
    return tuple(c for c in columns if c not in unwanted + LABELS)
