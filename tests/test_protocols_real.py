"""Each protocol runs or is refused with its reason on the real excerpts of both seed datasets."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from idsbench.catalog import load_catalog
from idsbench.cells import reference
from idsbench.cli import main
from idsbench.components import build
from idsbench.errors import CellSkipped
from idsbench.prepare import split_table
from idsbench.selection import select
from idsbench.sources import find
from idsbench.values import Split, Table

NO_TIME = (
    "timestamps are encoded or missing in this file, so the past cannot be told from the future: "
    "use the layout that has times, or another protocol"
)
FLOOD = "flood (80 rows, 1 group) is in training rows only"


@cache
def _table(root: Path, dataset: str) -> Table:
    made = build(reference(select(load_catalog(), "dataset", dataset)[0]))
    origin = find(made, (root,), None)
    return made.load(origin.files, origin.layout)


@pytest.fixture
def sample(real_data) -> Table:
    """IoTID20's 31-feature sample."""
    return _table(real_data, "iotid20")


@pytest.fixture
def packets(real_data) -> Table:
    """MQTTset in 34 columns, which have neither streams nor times."""
    return _table(real_data, "mqttset")


@pytest.fixture(scope="module")
def streams(real_data, tmp_path_factory) -> Table:
    """MQTTset in 60 columns, one file per class."""
    root = tmp_path_factory.mktemp("streams")
    (root / "mqttset").symlink_to(real_data / "mqttset" / "per_class")
    return _table(root, "mqttset")


def _split(table: Table, protocol: str, seed: int = 0, task: str = "binary") -> Split:
    made = build(reference(select(load_catalog(), "protocol", protocol)[0]))
    return split_table(table, task, made, seed)[1]


def _refusal(table: Table, protocol: str) -> str:
    with pytest.raises(CellSkipped) as caught:
        _split(table, protocol)
    return str(caught.value)


def _shares(table: Table, split: Split) -> list[float]:
    benign = table.labels["binary"].codes == 0
    return [
        float(benign[part].sum() / benign.sum()) for part in (split.train, split.valid, split.test)
    ]


@pytest.mark.parametrize("seed", range(5))
def test_flows_of_the_sample_stay_whole_and_benign_ones_are_on_all_sides(sample, seed):
    split = _split(sample, "grouped", seed)
    held = [set(sample.group[part]) for part in (split.train, split.valid, split.test)]
    assert sum(map(len, held)) == 1530
    # One flow has 280 of the 361 benign rows; the others are shared out.
    assert 0.80 < _shares(sample, split)[0] < 0.92
    assert min(_shares(sample, split)) > 0.04


def test_the_sample_has_no_time_one_attack_and_enough_flows_to_hold_out(sample):
    assert _refusal(sample, "temporal") == NO_TIME
    assert _refusal(sample, "leave-one-attack-out[attack=MITM ARP Spoofing]") == (
        "the data name no attack 'MITM ARP Spoofing': there are: Anomaly"
    )
    assert _refusal(sample, "leave-one-attack-out[attack=anomaly]") == (
        "anomaly is the only attack in the data: none would be left"
    )
    for fold in range(5):
        split = _split(sample, f"leave-one-group-out[fold={fold}]")
        assert not set(sample.group[split.train]) & set(sample.group[split.test])


@pytest.mark.parametrize("task", ["binary", "category"])
def test_the_flood_is_one_stream_and_said_to_be_while_the_rest_is_split(streams, task):
    split = _split(streams, "grouped", task=task)
    assert split.notes == (FLOOD,)
    assert split.flags == ("class-missing-in-part",)
    held = [set(streams.group[part]) for part in (split.train, split.valid, split.test)]
    assert sum(map(len, held)) == 3187
    assert min(_shares(streams, split)) > 0.1


def test_packets_without_streams_are_grouped_by_equal_features_and_it_is_said(packets):
    split = _split(packets, "grouped")
    assert split.notes == (
        "the file has no group column: rows with equal features are kept on one side instead",
    )
    assert _refusal(packets, "leave-one-group-out") == (
        "the file has no column that tells hosts, devices or captures apart: nothing can be held "
        "out whole"
    )
    assert _refusal(packets, "temporal") == NO_TIME


def test_the_captures_follow_one_another_but_each_has_a_past_and_a_future(streams):
    assert _refusal(streams, "temporal") == (
        "the validation part would hold no benign row: its classes were captured one after "
        "another; temporal[within=class] cuts each by itself"
    )
    split = _split(streams, "temporal[within=class]")
    assert split.notes == ()
    np.testing.assert_allclose(_shares(streams, split), (0.70, 0.15, 0.15), atol=0.001)
    benign = streams.labels["binary"].codes == 0
    past, future = (streams.time[part[benign[part]]] for part in (split.train, split.test))
    assert past.max() < future.min()


@pytest.mark.parametrize(
    ("attack", "rows"), [("slowite", 9202), ("flood", 80), ("dos", 2799), ("malformed", 10481)]
)
def test_an_unknown_attack_is_tested_with_all_its_rows_and_the_benign_test_rows(
    streams, attack, rows
):
    split = _split(streams, f"leave-one-attack-out[attack={attack}]")
    code = streams.attack.classes.index(attack)
    codes = streams.attack.codes
    assert (codes[split.test] == code).sum() == rows
    assert len(split.test) == rows + 1634
    assert not (codes[np.concatenate([split.train, split.valid])] == code).any()


def test_each_device_of_the_broker_can_be_held_out_by_itself(streams):
    held = []
    for fold in range(10):
        split = _split(streams, f"leave-one-group-out[fold={fold},folds=10]", seed=1)
        benign = streams.labels["binary"].codes[split.test] == 0
        assert 1 <= len(set(streams.group[split.test][benign])) <= 3
        held += sorted(set(streams.group[split.test][benign]))
    assert len(held) == len(set(held)) == 10


@pytest.mark.slow
def test_every_protocol_gives_a_record_or_a_reason_on_both_datasets(real_data, tmp_path, capsys):
    names = [c.name for c in load_catalog().components("protocol")]
    protocols = ",".join(name for name in names if name != "frozen")
    arguments = ["run", "--datasets", "iotid20,mqttset", "--protocols", protocols]
    arguments += ["--models", "dummy", "--no-baselines", "--data-dir", str(real_data)]
    assert main([*arguments, "--results", str(tmp_path), "--format", "json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    state = {(row["dataset"], row["protocol"].partition("[")[0]): row["status"] for row in rows}
    ok = {"clean", "paper-whole", "paper-train", "grouped"}
    assert {name for dataset, name in state if state[dataset, name] == "ok"} >= ok
    assert state == {
        **{(dataset, name): "ok" for dataset in ("iotid20", "mqttset") for name in ok},
        ("iotid20", "leave-one-group-out"): "ok",
        ("mqttset", "leave-one-group-out"): "skipped",
        ("iotid20", "leave-one-attack-out"): "skipped",
        ("mqttset", "leave-one-attack-out"): "ok",
        **{
            (d, n): "skipped" for d in ("iotid20", "mqttset") for n in ("temporal", "cross-dataset")
        },
    }
    assert all(row["reason"] for row in rows if row["status"] != "ok")
