"""Through the command line: a device in trouble costs its own cells, and the others finish."""

from __future__ import annotations

import json
import shutil
import sys

import pytest

from idsbench.cli import main

FINE, TROUBLED = "edge-ssh[host=fine,runtime=c]", "edge-ssh[host=unknown-key,runtime=c]"


@pytest.fixture(scope="module")
def records(device, tmp_path_factory, gcc):
    """Run one model on the processor, as C, on a device, and on one whose key is unknown."""
    where = f"python={sys.executable},config={device.config}]"
    targets = ",".join(one[:-1] + "," + where for one in (FINE, TROUBLED))
    base = tmp_path_factory.mktemp("run")
    with pytest.MonkeyPatch.context() as patch:
        for name, folder in (("IDSBENCH_CACHE", "cache"), ("XDG_DATA_HOME", "data")):
            patch.setenv(name, str(base / folder))
        patch.delenv("IDSBENCH_DATA", raising=False)
        words = ["run", "--datasets", "iotid20", "--models", "decision-tree", "--no-baselines"]
        code = main([*words, "--targets", f"edge-c,{targets}", "--results", str(base / "results")])
    read = [json.loads(path.read_text()) for path in (base / "results").glob("*.json")]
    return code, {one["target"]: one for one in read if "cell" in one}


def test_what_can_be_measured_is_and_the_exit_code_tells_of_the_rest(records):
    code, found = records
    assert code == 1
    assert {target: one["status"] for target, one in found.items()} == {
        "edge-c": "ok",
        FINE: "ok",
        TROUBLED: "failed",
    }
    assert found[TROUBLED]["reason"] == (
        "measure: unknown-key: its host key is unknown or has changed: connect once with ssh, "
        "compare the fingerprint, then run again"
    )


def test_the_same_program_decides_the_same_wherever_it_was_compiled(records):
    here, there = records[1]["edge-c"], records[1][FINE]
    for key in ("fpr", "auc_roc", "code_bytes", "data_bytes", "size_bytes", "machine"):
        assert here[key] == there[key], key
    assert here["parity"]["agreement"] == there["parity"]["agreement"] == 1.0


def test_the_records_hold_what_only_these_targets_measure(records):
    here, there = records[1]["edge-c"], records[1][FINE]
    assert there["environment"]["target"]["device"]["system"] == "Linux"
    assert here["environment"]["target"]["compiler"].startswith("gcc ")
    if shutil.which("valgrind"):
        assert here["instructions_per_inference"] > 20
    assert "instructions_per_inference" not in there
    assert 0 < here["start_up_s"] < 10
    assert here["featurize_us_per_row"] > 0
    assert there["featurize_us_per_row"] is None
    assert there["unmeasured"]["featurize_us_per_row"] == (
        "the target scores on another machine, and the featurizer runs on this one"
    )
    assert 0.3 < here["peak_rss_mb"] < 8
    assert 0.3 < there["peak_rss_mb"] < 8


def test_nothing_is_left_on_the_device(records, device):
    assert list(device.remote.glob("tmp.*")) == []
