import pytest

from idsbench_mqttset.dataset import MQTTset
from idsbench_mqttset.traffic import CLASS_ROWS, TRAFFIC

SCHEMA = MQTTset.schema("34 columns")
CLASSES = SCHEMA.labels[-1].classes
PACKETS = [packet for kinds in TRAFFIC.values() for packet in kinds]


def test_the_class_counts_add_up_to_the_published_reduced_files() -> None:
    assert sum(CLASS_ROWS.values()) == 330_936
    assert set(CLASS_ROWS) == set(TRAFFIC) == set(CLASSES)


@pytest.mark.parametrize("label", CLASSES)
def test_the_shares_of_a_class_are_nearly_whole(label: str) -> None:
    assert sum(packet.share for packet in TRAFFIC[label]) == pytest.approx(1, abs=0.01)


def test_every_field_is_a_feature_that_the_writer_does_not_draw() -> None:
    drawn = {"tcp.time_delta", "tcp.len", "mqtt.len", "mqtt.msg", "mqtt.msgid"}
    assert {name for packet in PACKETS for name in packet.fields} <= set(SCHEMA.columns) - drawn


def test_only_publish_packets_have_a_payload_and_all_of_them_do() -> None:
    for packet in PACKETS:
        is_publish = packet.fields.get("mqtt.msgtype") == "3.0"
        assert (packet.payload is not None) == is_publish
