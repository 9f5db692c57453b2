from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pytest

from idsbench.errors import DataError
from idsbench_mqttset.dataset import PER_CLASS, MQTTset

Writer = Callable[[str, list[Mapping[str, str]]], Path]


def test_both_layouts_give_the_same_rows_for_every_class(
    captures: Path, per_class: tuple[Path, ...]
) -> None:
    fields = MQTTset().load(per_class, PER_CLASS)
    labelled = MQTTset().load((captures / "csv" / "mqttset_excerpt_all.csv",), "34 columns")
    assert fields.columns == labelled.columns
    for code, label in enumerate(fields.attack.classes):
        ours, theirs = (t.x[t.attack.codes == code] for t in (fields, labelled))
        same = np.array_equal(ours[np.lexsort(ours.T)], theirs[np.lexsort(theirs.T)])
        assert same, label


def test_groups_are_the_tcp_streams_of_each_capture(per_class: tuple[Path, ...]) -> None:
    table = MQTTset().load(per_class, PER_CLASS)
    assert table.group is not None
    assert table.group_name == "capture + tcp.stream"
    streams = {
        label: len(np.unique(table.group[table.attack.codes == code]))
        for code, label in enumerate(table.attack.classes)
    }
    assert streams == {
        "legitimate": 10,
        "bruteforce": 1_271,
        "dos": 15,
        "flood": 1,
        "malformed": 866,
        "slowite": 1_024,
    }
    assert len(np.unique(table.group)) == sum(streams.values())


def test_all_columns_of_the_captures_are_finite_and_flagged(per_class: tuple[Path, ...]) -> None:
    table = MQTTset(columns="all").load(per_class, PER_CLASS)
    assert table.x.shape == (46_235, 60)
    assert np.isfinite(table.x).all()
    assert table.flags == (
        "rows-are-packets",
        "endpoints-as-features",
        "identifiers-as-features",
    )


def test_endpoints_are_ranks_and_ports_after_the_behaviour(packets: Writer) -> None:
    benign = packets("legitimate.csv", [{"ip.src": "192.0.2.9"}, {"eth.src": "00:00:5e:00:53:01"}])
    attack = packets("dos.csv", [{"ip.src": "192.0.2.5", "tcp.srcport": "50001"}])
    table = MQTTset(columns="endpoints").load((benign, attack), PER_CLASS)
    assert table.columns[33:] == (
        "ip.src",
        "ip.dst",
        "tcp.srcport",
        "tcp.dstport",
        "eth.src",
        "eth.dst",
    )
    assert table.x[:, 33:].tolist() == [
        [3, 1, 50_000, 1_883, 0, 0],
        [1, 1, 50_000, 1_883, 1, 0],
        [2, 1, 50_001, 1_883, 0, 0],
    ]
    assert table.flags == ("rows-are-packets", "endpoints-as-features")


def test_time_is_in_seconds_since_1970_and_as_a_feature_since_the_first_packet(
    packets: Writer,
) -> None:
    benign = packets("legitimate.csv", [{"frame.time_epoch": "1600000100.25"}])
    attack = packets("dos.csv", [{"frame.time_epoch": "1600000000.125"}])
    table = MQTTset(columns="all").load((benign, attack), PER_CLASS)
    assert table.time is not None
    assert table.time.tolist() == [1600000100.25, 1600000000.125]
    assert table.x[:, table.columns.index("frame.time_epoch")].tolist() == [100.125, 0]


def test_packets_outside_any_stream_form_one_group_of_their_capture(packets: Writer) -> None:
    streams = ["4", "", "0", ""]
    benign = packets("legitimate.csv", [{"tcp.stream": stream} for stream in streams])
    attack = packets("flood.csv", [{"tcp.stream": "0"}, {"tcp.stream": ""}])
    table = MQTTset().load((benign, attack), PER_CLASS)
    assert table.group is not None
    assert table.group.tolist() == [0, 1, 2, 1, 3, 4]


def test_a_file_whose_name_says_no_class_is_an_error(packets: Writer) -> None:
    file = packets("capture.csv", [{}])
    with pytest.raises(DataError) as caught:
        MQTTset().load((file,), PER_CLASS)
    assert str(caught.value) == (
        f"{file}: its name does not say its label; name it like legitimate*.csv, bruteforce*.csv,"
        " malformed*.csv, slowite*.csv, flood*.csv, malaria*.csv"
    )


def test_a_class_file_alone_is_an_error(packets: Writer) -> None:
    file = packets("legitimate.csv", [{}])
    with pytest.raises(DataError) as caught:
        MQTTset().load((file,), PER_CLASS)
    assert str(caught.value) == (
        f"{file}: every row is legitimate; a detector needs rows of both classes"
    )


def test_a_packet_without_a_time_is_an_error(packets: Writer) -> None:
    file = packets("dos.csv", [{}, {"frame.time_epoch": ""}])
    with pytest.raises(DataError) as caught:
        MQTTset().load((file,), PER_CLASS)
    assert str(caught.value) == (
        f"{file}, line 3, column frame.time_epoch: a packet without a time; give seconds since 1970"
    )


@pytest.mark.parametrize("stream", ["-1", "0.5", "inf"])
def test_a_stream_that_is_no_number_of_one_is_an_error(packets: Writer, stream: str) -> None:
    file = packets("dos.csv", [{}, {}, {"tcp.stream": stream}])
    with pytest.raises(DataError) as caught:
        MQTTset().load((file,), PER_CLASS)
    assert str(caught.value) == (
        f"{file}, line 4, column tcp.stream: the cell {float(stream):g} is not a whole number"
        " from 0; correct the cell or remove the line"
    )
