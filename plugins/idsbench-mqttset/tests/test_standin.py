import csv
from pathlib import Path

import numpy as np
import pytest

from idsbench.values import Table
from idsbench_mqttset.dataset import MQTTset

HEADER = (
    "tcp.flags,tcp.time_delta,tcp.len,mqtt.conack.flags,mqtt.conack.flags.reserved,"
    "mqtt.conack.flags.sp,mqtt.conack.val,mqtt.conflag.cleansess,mqtt.conflag.passwd,"
    "mqtt.conflag.qos,mqtt.conflag.reserved,mqtt.conflag.retain,mqtt.conflag.uname,"
    "mqtt.conflag.willflag,mqtt.conflags,mqtt.dupflag,mqtt.hdrflags,mqtt.kalive,mqtt.len,"
    "mqtt.msg,mqtt.msgid,mqtt.msgtype,mqtt.proto_len,mqtt.protoname,mqtt.qos,mqtt.retain,"
    "mqtt.sub.qos,mqtt.suback.qos,mqtt.ver,mqtt.willmsg,mqtt.willmsg_len,mqtt.willtopic,"
    "mqtt.willtopic_len,target"
)
BEHAVIOUR = MQTTset.schema("34 columns").columns[:-1]
ALWAYS_ZERO = {
    "mqtt.conack.flags.reserved",
    "mqtt.conack.flags.sp",
    "mqtt.conflag.qos",
    "mqtt.conflag.reserved",
    "mqtt.conflag.retain",
    "mqtt.conflag.willflag",
    "mqtt.sub.qos",
    "mqtt.suback.qos",
    "mqtt.willmsg",
    "mqtt.willmsg_len",
    "mqtt.willtopic",
    "mqtt.willtopic_len",
}


@pytest.fixture(scope="module")
def table(standin: Path) -> Table:
    return MQTTset().load((standin,), "34 columns")


@pytest.fixture(scope="module")
def rows(standin: Path) -> list[dict[str, str]]:
    with standin.open(newline="") as stream:
        return list(csv.DictReader(stream))


def distinct(rows: list[dict[str, str]], column: str) -> set[str]:
    return {row[column] for row in rows}


def test_the_header_is_the_published_one(standin: Path) -> None:
    with standin.open(encoding="ascii") as stream:
        assert stream.readline() == HEADER + "\n"


def test_the_classes_are_mixed_as_in_the_published_reduced_files(table: Table) -> None:
    counts = dict(zip(table.attack.classes, np.bincount(table.attack.codes), strict=True))
    assert sum(counts.values()) == 20_000
    assert counts["legitimate"] == pytest.approx(10_000, abs=5)
    assert counts["dos"] == pytest.approx(7_871, abs=5)
    assert counts["bruteforce"] == pytest.approx(876, abs=5)
    assert counts["flood"] == pytest.approx(37, abs=5)


def test_every_class_is_there_even_in_six_rows(tmp_path: Path) -> None:
    out = tmp_path / "six.csv"
    MQTTset().synthesize(out, 6, 0)
    table = MQTTset().load((out,), "34 columns")
    assert sorted(table.attack.codes.tolist()) == [0, 1, 2, 3, 4, 5]


def test_the_classes_are_shuffled(table: Table) -> None:
    halves = np.array_split(table.labels["binary"].codes, 2)
    assert halves[0].mean() == pytest.approx(halves[1].mean(), abs=0.03)


def test_the_twelve_columns_that_are_always_0_stay_0_and_no_other_is(table: Table) -> None:
    names = {name for place, name in enumerate(BEHAVIOUR) if not table.x[:, place].any()}
    # conack.flags is 0x00000000 wherever it is present, in the captures too.
    assert names == ALWAYS_ZERO | {"mqtt.conack.flags"}


def test_cells_are_written_as_in_the_published_files(rows: list[dict[str, str]]) -> None:
    assert {row[name] for row in rows for name in ALWAYS_ZERO} == {"0.0"}
    assert distinct(rows, "mqtt.conack.flags") == {"0", "0x00000000"}
    assert distinct(rows, "mqtt.conack.val") == {"0.0", "5.0"}
    assert distinct(rows, "mqtt.conflags") == {"0", "0x00000002", "0x00000082", "0x000000c2"}
    assert distinct(rows, "mqtt.protoname") == {"0", "MQTT"}
    assert distinct(rows, "mqtt.ver") == {"0.0", "4.0"}
    assert distinct(rows, "mqtt.kalive") == {
        f"{seconds}.0" for seconds in (0, 1, 2, 3, 60, 234, 65535)
    }
    assert distinct(rows, "tcp.flags") == {
        f"0x{flags:08x}" for flags in (0x02, 0x04, 0x10, 0x11, 0x12, 0x14, 0x18, 0x19)
    }
    assert all(row["tcp.len"].isdigit() for row in rows)
    assert all(repr(float(row["tcp.time_delta"])) == row["tcp.time_delta"] for row in rows)


def test_header_flags_are_among_the_published_ones(rows: list[dict[str, str]]) -> None:
    published = (0x10, 0x20, 0x30, 0x31, 0x32, 0x3A, 0x40, 0x50, 0x82, 0x90, 0xC0, 0xD0, 0xE0)
    assert distinct(rows, "mqtt.hdrflags") <= {"0"} | {f"0x{flags:08x}" for flags in published}


@pytest.mark.parametrize(
    ("column", "share"),
    [
        ("tcp.time_delta", 0.0935),
        ("tcp.len", 0.3729),
        ("mqtt.dupflag", 0.9435),
        ("mqtt.hdrflags", 0.3760),
        ("mqtt.len", 0.3846),
        ("mqtt.msg", 0.5225),
        ("mqtt.msgid", 0.7173),
        ("mqtt.qos", 0.8355),
        ("mqtt.kalive", 0.9901),
    ],
)
def test_a_columns_share_of_zeros_is_near_the_published_one(
    table: Table, column: str, share: float
) -> None:
    assert (table.x[:, BEHAVIOUR.index(column)] == 0).mean() == pytest.approx(share, abs=0.02)


@pytest.mark.parametrize(
    ("label", "mean"),
    [
        ("dos", 312.7),
        ("malformed", 21.0),
        ("legitimate", 7.78),
        ("slowite", 4.0),
        ("bruteforce", 3.99),
    ],
)
def test_a_classes_mean_segment_is_near_the_published_one(
    table: Table, label: str, mean: float
) -> None:
    mine = table.attack.codes == table.attack.classes.index(label)
    assert table.x[mine, 2].mean() == pytest.approx(mean, rel=0.25)


def test_a_few_gaps_are_negative_as_in_the_published_files(table: Table) -> None:
    gaps = table.x[:, 1]
    assert 0 < (gaps < 0).sum() < 20
    assert gaps.min() == np.float32(-2e-6)


def test_about_sixty_percent_of_the_vectors_are_duplicates(table: Table) -> None:
    repeated = 1 - len(np.unique(table.x, axis=0)) / len(table.x)
    assert 0.55 < repeated < 0.66


def test_no_model_can_tell_all_rows_apart(table: Table) -> None:
    vectors, place = np.unique(table.x, axis=0, return_inverse=True)
    tally = np.zeros((len(vectors), 2), dtype=np.int64)
    np.add.at(tally, (place.ravel(), table.labels["binary"].codes), 1)
    assert 0.965 < tally.max(axis=1).sum() / len(table.x) < 0.985
    both = tally[(tally > 0).all(axis=1)].sum() / len(table.x)
    assert 0.2 < both < 0.3


def test_every_payload_begins_with_the_mark(rows: list[dict[str, str]]) -> None:
    (mark,) = MQTTset.card.standin_marks
    publish = [row for row in rows if row["mqtt.msgtype"] == "3.0"]
    assert publish
    assert all(row["mqtt.msg"].startswith(mark.decode()) for row in publish)
    assert {row["mqtt.msg"] for row in rows if row["mqtt.msgtype"] != "3.0"} == {"0"}
    assert bytes.fromhex(mark.decode()) == b"stand-in"


def test_the_mark_is_in_the_part_of_the_file_that_the_core_searches(standin: Path) -> None:
    assert MQTTset.card.standin_marks[0] in standin.read_bytes()[: 1 << 20]


def test_a_payload_fits_its_message_and_a_message_its_segment(table: Table) -> None:
    column = {name: table.x[:, place] for place, name in enumerate(BEHAVIOUR)}
    assert (column["mqtt.msg"] <= column["mqtt.len"]).all()
    has_message = column["mqtt.msgtype"] > 0
    assert (column["mqtt.len"] + 2 <= column["tcp.len"])[has_message].all()


def test_the_same_seed_writes_the_same_bytes_and_another_seed_others(tmp_path: Path) -> None:
    for name, seed in (("a", 7), ("b", 7), ("c", 8)):
        MQTTset().synthesize(tmp_path / name, 500, seed)
    a, b, c = ((tmp_path / name).read_bytes() for name in "abc")
    assert a == b
    assert a != c


def test_a_file_written_in_parts_has_one_header_and_all_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("idsbench_mqttset.standin._CHUNK", 100)
    MQTTset().synthesize(tmp_path / "parts.csv", 350, 0)
    lines = (tmp_path / "parts.csv").read_text().splitlines()
    assert len(lines) == 351
    assert lines.count(HEADER) == 1
