"""The real files are read as the facts known of them say; none of their rows is repeated here."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from idsbench import store
from idsbench.cli import OK, main
from idsbench.sources import find
from idsbench.values import Note, Origin, Table
from idsbench_datasets import dataset as datasets

REPOSITORY = Path(__file__).resolve().parents[3]
NAMES = ("ciciot2023", "iot23", "n_baiot", "nsl_kdd", "unsw_nb15")


@pytest.fixture(scope="session")
def data() -> Path:
    named = os.environ.get("IDSBENCH_TEST_DATA")
    folder = Path(named) if named else REPOSITORY.parent / "shared" / "data"
    if not all((folder / name).is_dir() for name in NAMES):
        pytest.skip(f"the real files are not in {folder}; set IDSBENCH_TEST_DATA")
    return folder


@pytest.fixture(autouse=True)
def _cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IDSBENCH_CACHE", str(tmp_path / "cache"))


def loaded(data: Path, name: str, columns: str = "behaviour") -> tuple[Origin, Table]:
    dataset = getattr(datasets, name)(columns)
    origin = find(dataset, (data,), None)
    assert origin is not None
    return origin, dataset.load(origin.files, origin.layout)


def counts(table: Table, task: str) -> dict[str, int]:
    labels = table.labels[task]
    rows = np.bincount(labels.codes, minlength=len(labels.classes)).tolist()
    return {name: count for name, count in zip(labels.classes, rows, strict=True) if count}


def distinct(table: Table) -> int:
    return len(np.unique(table.x, axis=0))


def test_iot23_is_read_from_the_native_log(data: Path) -> None:
    origin, table = loaded(data, "iot23")
    assert origin.lines == len(table.x) == 23_145
    assert origin.variant == "excerpt"
    assert counts(table, "binary") == {"Benign": 1_923, "Malicious": 21_222}
    assert counts(table, "category") == {
        "Benign": 1_923,
        "C&C": 6_706,
        "DDoS": 14_394,
        "PartOfAHorizontalPortScan": 122,
    }
    assert len(table.columns) == 14
    assert table.time is not None
    assert round(float(table.time.min())) == 1_545_403_817
    assert table.group is not None
    assert len(np.unique(table.group)) == 49
    _, everything = loaded(data, "iot23", "all")
    assert everything.columns[14:] == (
        "id.orig_h",
        "id.orig_p",
        "id.resp_h",
        "id.resp_p",
        "ts",
        "uid",
    )
    assert len(np.unique(everything.x[:, -1])) == 23_145


def test_unsw_nb15_is_read_from_the_archive_and_its_swapped_name_is_seen(data: Path) -> None:
    origin, table = loaded(data, "unsw_nb15")
    assert origin.lines == len(table.x) == 82_332
    assert origin.coverage == 82_332 / 257_673
    assert counts(table, "binary") == {"Normal": 37_000, "Attack": 45_332}
    assert counts(table, "category") == {
        "Normal": 37_000,
        "Analysis": 677,
        "Backdoor": 583,
        "DoS": 4_089,
        "Exploits": 11_132,
        "Fuzzers": 6_062,
        "Generic": 18_871,
        "Reconnaissance": 3_496,
        "Shellcode": 378,
        "Worms": 44,
    }
    assert len(table.columns) == 42
    assert len(table.x) - distinct(table) == 28_386
    assert table.flags == ("misnamed-file",)
    assert table.notes == (
        Note(
            "rows of the partition that the paper calls the testing set, under the training set's"
            " name",
            82_332,
        ),
    )


def test_nsl_kdd_is_read_without_a_header_and_without_its_difficulty(data: Path) -> None:
    origin, table = loaded(data, "nsl_kdd")
    assert origin.lines == len(table.x) == 25_192
    assert len(table.columns) == 41
    assert "difficulty" not in table.columns
    assert counts(table, "binary") == {"normal": 13_449, "attack": 11_743}
    assert counts(table, "category") == {
        "normal": 13_449,
        "DoS": 9_234,
        "Probe": 2_289,
        "R2L": 209,
        "U2R": 11,
    }
    fine = counts(table, "subcategory")
    assert len(fine) == 22
    assert (fine["neptune"], fine["smurf"], fine["spy"]) == (8_282, 529, 1)
    constant = [c for c, x in zip(table.columns, table.x.T, strict=True) if np.ptp(x) == 0]
    assert constant == ["num_outbound_cmds", "is_host_login"]


def test_ciciot2023_has_ten_classes_of_one_size_but_one(data: Path) -> None:
    origin, table = loaded(data, "ciciot2023")
    assert origin.lines == len(table.x) == 19_252
    assert len(table.columns) == 39
    assert counts(table, "binary") == {"Benign": 2_000, "Attack": 17_252}
    sizes = counts(table, "category")
    assert sizes.pop("Uploading") == 1_252
    assert set(sizes.values()) == {2_000}
    assert len(sizes) == 9
    assert len(table.x) - distinct(table) == 80


def test_n_baiot_takes_label_and_device_from_names_and_hides_its_clocks(data: Path) -> None:
    origin, table = loaded(data, "n_baiot")
    assert origin.lines == len(table.x) == 4 * 299
    assert len(table.columns) == 105
    assert counts(table, "category") == {"benign": 299, "scan": 299, "udp": 598}
    assert table.group is not None
    assert np.bincount(table.group).tolist() == [299] * 4
    assert table.flags == ("rows-are-packets",)
    assert table.x.max() < 1e9
    _, everything = loaded(data, "n_baiot", "all")
    assert everything.x.shape[1] == 115
    assert everything.x[:, everything.columns.index("HH_jit_L5_mean")].max() > 1.5e9


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_a_run_gives_a_record_that_is_ok(data: Path, tmp_path: Path, name: str) -> None:
    results = tmp_path / "results"
    command = ["run", "--datasets", name.replace("_", "-"), "--models", "one-rule"]
    options = ["--no-baselines", "--data-dir", str(data), "--results", str(results)]
    assert main([*command, *options]) == OK
    (record,) = store.read_records(results)
    assert (record["status"], record["variant"]) == ("ok", "excerpt")
    assert 0 <= record["fpr"] <= 1
