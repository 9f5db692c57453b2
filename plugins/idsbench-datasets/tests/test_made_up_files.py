"""The layouts that no real file was at hand for are read from made-up files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from idsbench.sources import find
from idsbench.tabular import PackagedCard
from idsbench.values import Note, Table
from idsbench_datasets import dataset as datasets


@pytest.fixture(autouse=True)
def _cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IDSBENCH_CACHE", str(tmp_path / "cache"))


def loaded(card: PackagedCard, folder: Path, columns: str = "behaviour") -> Table:
    dataset = card(columns)
    origin = find(dataset, (folder,), None)
    assert origin is not None
    return dataset.load(origin.files, origin.layout)


def written(card: PackagedCard, path: Path, rows: list[dict[str, str]], lacking: str = "") -> None:
    """Write rows of zeros, with the cells given."""
    (schema, *_) = card.definition.schemas.values()
    columns = [column for column in schema.columns if column != lacking]
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [",".join(row.get(column, "0") for column in columns) for row in rows]
    path.write_text("\n".join([",".join(columns), *lines]) + "\n")


def test_cicids2017_survives_blanks_repeated_names_broken_dashes_and_infinite_rates(
    tmp_path: Path,
) -> None:
    card = datasets.cicids2017
    rows = [
        {"Label": "BENIGN", "Flow Duration": "7"},
        {"Label": "Web Attack \u2013 XSS"},
        {"Label": "Web Attack \ufffd XSS"},
        {"Label": "BENIGN", "Flow Bytes/s": "Infinity", "Flow Packets/s": "NaN"},
    ]
    for name in ("Monday-WorkingHours.pcap_ISCX.csv", "Friday.pcap_ISCX.csv"):
        path = tmp_path / "cicids2017" / "MachineLearningCVE" / name
        written(card, path, rows)
        text = path.read_text().replace("Fwd Header Length.1", "Fwd Header Length")
        path.write_text(text.replace("Destination Port,Flow", " Destination Port, Flow"))
    table = loaded(card, tmp_path)
    assert table.x.shape == (6, 76)
    assert table.labels["category"].classes[-1] == "Web Attack XSS"
    assert table.labels["binary"].codes.tolist() == [0, 1, 1, 0, 1, 1]
    assert table.notes == (
        Note("rows with a missing cell dropped", 2),
        Note("infinite cells taken as missing", 2),
    )
    assert loaded(card, tmp_path, "endpoints").columns[-1] == "Destination Port"


@pytest.mark.parametrize("lacking", ["", "http_referrer"])
def test_ton_iot_is_read_with_and_without_the_columns_that_copies_lack(
    tmp_path: Path, lacking: str
) -> None:
    card = datasets.ton_iot
    rows = [
        {"label": "0", "type": "normal", "service": "-", "dns_AA": "T", "ts": "1556000000"},
        {"label": "1", "type": "xss", "service": "http", "dns_AA": "-", "ts": "1556000001"},
    ]
    written(card, tmp_path / "ton_iot" / "Train_Test_Network.csv", rows, lacking)
    table = loaded(card, tmp_path)
    assert table.x[:, table.columns.index("service")].tolist() == [0, 1]
    assert table.x[:, table.columns.index("dns_AA")].tolist() == [1, 0]
    assert table.time is not None
    assert table.time.tolist() == [1556000000, 1556000001]


def test_bot_iot_reads_its_four_files_and_ports_that_are_no_numbers(tmp_path: Path) -> None:
    card = datasets.bot_iot
    for part in range(1, 5):
        rows = [
            {"attack": "0", "category": "Normal", "sport": "0x0303", "saddr": f"h{part}"},
            {"attack": "1", "category": "Theft", "sport": "80", "saddr": "h9"},
        ]
        name = f"UNSW_2018_IoT_Botnet_Full5pc_{part}.csv"
        written(card, tmp_path / "bot_iot" / name, rows)
    table = loaded(card, tmp_path, "endpoints")
    assert table.x[:, table.columns.index("sport")].tolist() == [-1, 80] * 4
    assert table.group is not None
    assert len(np.unique(table.group)) == 5


def test_edge_iiotset_is_read_with_cells_that_should_be_numbers(tmp_path: Path) -> None:
    card = datasets.edge_iiotset
    rows = [
        {"Attack_label": "0", "Attack_type": "Normal", "tcp.len": "12.0"},
        {"Attack_label": "1", "Attack_type": "XSS", "tcp.len": "192.0.2.1"},
    ]
    written(card, tmp_path / "edge_iiotset" / "DNN-EdgeIIoT-dataset.csv", rows)
    table = loaded(card, tmp_path)
    assert table.x[:, table.columns.index("tcp.len")].tolist() == [12, -1]
    assert table.notes == (Note("cells of tcp.len that are no number set to -1", 1),)


def test_n_baiot_is_found_in_folders_of_devices_and_as_numbered_files(tmp_path: Path) -> None:
    card = datasets.n_baiot
    (schema,) = card.definition.schemas.values()
    text = ",".join(schema.columns) + "\n" + ",".join("1" for _ in schema.columns) + "\n"
    for name in (
        "Danmini_Doorbell/benign_traffic.csv",
        "Danmini_Doorbell/gafgyt_attacks/scan.csv",
        "Ecobee_Thermostat/mirai_attacks/udp.csv",
        "flat/3.benign.csv",
        "flat/3.mirai.udpplain.csv",
        "demonstrate_structure.csv",
    ):
        path = tmp_path / "n_baiot" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    table = loaded(card, tmp_path)
    fine = table.labels["subcategory"]
    assert sorted(fine.classes[code] for code in fine.codes) == [
        "benign",
        "benign",
        "gafgyt scan",
        "mirai udp",
        "mirai udpplain",
    ]
    assert table.group is not None
    assert np.bincount(table.group).tolist() == [2, 2, 1]
    coarse = table.labels["category"]
    assert {coarse.classes[code] for code in coarse.codes} == {"benign", "scan", "udp", "udpplain"}


def test_iot23_reads_several_captures_as_places_of_their_own(tmp_path: Path) -> None:
    head = "#separator \\x09\n#fields\t" + "\t".join(
        datasets.iot23.definition.schemas["Zeek log with labels, one per capture"].columns[:20]
    )
    for capture, label in (("1-1", "Malicious   C&C"), ("4-1", "Benign   -")):
        path = tmp_path / "iot23" / f"CTU-Honeypot-Capture-{capture}" / "bro" / "conn.log.labeled"
        path.parent.mkdir(parents=True)
        cells = "\t".join(["1", "C1", "h", "1", "g", "1", "tcp", *["-"] * 13])
        path.write_text(f"{head}\ttunnel_parents   label   detailed-label\n{cells}\t-   {label}\n")
    table = loaded(datasets.iot23, tmp_path)
    assert table.labels["binary"].codes.tolist() == [1, 0]
    assert table.group is not None
    assert table.group.tolist() == [0, 1]
