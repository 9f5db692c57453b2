"""Files that the tests read: generated ones, and the captures' excerpts where they are at hand."""

from __future__ import annotations

import csv
import os
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from idsbench_mqttset.dataset import PER_CLASS, MQTTset

Writer = Callable[[str, list[Mapping[str, str]]], Path]
SLOTS = ("legitimate", "bruteforce", "malformed", "slowite", "flood", "dos")


@pytest.fixture(scope="session")
def captures() -> Path:
    """The folder of MQTTset excerpts, which never enters the repository."""
    root = Path(__file__).resolve().parents[3]
    data = Path(os.environ.get("IDSBENCH_TEST_DATA", root.parent / "shared" / "data"))
    folder = data / "mqttset"
    if not folder.is_dir():
        pytest.skip("the MQTTset excerpts are not here; set IDSBENCH_TEST_DATA to their folder")
    return folder


@pytest.fixture(scope="session")
def per_class(captures: Path) -> tuple[Path, ...]:
    return tuple(captures / "per_class" / f"{name}.csv" for name in SLOTS)


@pytest.fixture(scope="session")
def standin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A stand-in of 20,000 rows; tests that change it work on a copy."""
    out = tmp_path_factory.mktemp("standin") / "mqttset.csv"
    MQTTset().synthesize(out, 20_000, 0)
    return out


@pytest.fixture
def edited(tmp_path: Path) -> Callable[[int, Mapping[str, str]], Path]:
    """Write a small labelled file whose line `line` has other cells."""

    def edit(line: int, cells: Mapping[str, str]) -> Path:
        out = tmp_path / "mqttset.csv"
        MQTTset().synthesize(out, 60, 0)
        with out.open(newline="") as stream:
            rows = list(csv.reader(stream))
        for name, cell in cells.items():
            rows[line - 1][rows[0].index(name)] = cell
        with out.open("w", newline="") as stream:
            csv.writer(stream, lineterminator="\n").writerows(rows)
        return out

    return edit


@pytest.fixture
def packets(tmp_path: Path) -> Writer:
    """Write a made-up per-class file of bare TCP packets, each with the given cells changed."""

    def write(name: str, rows: list[Mapping[str, str]]) -> Path:
        plain = {
            "frame.time_epoch": "1600000000.5",
            "ip.src": "192.0.2.1",
            "ip.dst": "192.0.2.2",
            "tcp.srcport": "50000",
            "tcp.dstport": "1883",
            "tcp.flags": "0x0010",
            "tcp.stream": "0",
            "tcp.time_delta": "0.000012",
            "tcp.len": "0",
        }
        out = tmp_path / name
        with out.open("w", newline="") as stream:
            writer = csv.DictWriter(stream, MQTTset.schema(PER_CLASS).columns, restval="")
            writer.writeheader()
            writer.writerows({**plain, **row} for row in rows)
        return out

    return write
