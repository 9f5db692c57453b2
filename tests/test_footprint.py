"""Memory is the peak of a fresh process that holds the target's runtime and nothing else."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from idsbench import footprint
from idsbench.footprint import peak_rss_mb
from idsbench.rowstore import Part, save_part, write_json

PROBE = """
import json, sys
import numpy as np


class Features:
    def restore(self, state): ...
    def transform(self, x): raise AssertionError("rows are prepared already")
    def layout(self, x): return x[:, :, None, None]


class Model:
    def __init__(self, hoard_mb): self.hoard_mb = hoard_mb
    def restore(self, folder, threads):
        self.folder, self.asked = folder, []
        hoard = np.ones(self.hoard_mb * 125_000)
    def scores(self, x):
        self.asked.append(x.shape)
        told = {"asked": self.asked, "modules": sorted(sys.modules)}
        (self.folder / "told.json").write_text(json.dumps(told))
        return np.zeros(len(x))
"""


def _run(folder: Path, hoard_mb: int, rows: int = 200) -> tuple[dict, dict]:
    """Measure a model that holds some MB for a moment; give the result and what the model saw."""
    model, prepared = folder / "training" / "model", folder / "prepared"
    for made in (model, prepared):
        made.mkdir(parents=True)
    (folder / "idsbench_probe.py").write_text(PROBE)
    n = np.arange(rows)
    x = np.zeros((rows, 3), dtype=np.float32)
    save_part(prepared, "test", Part(x, n.astype(np.int16), n, n, n < 0))
    np.savez(prepared / "state_0.npz")
    job = {
        "prepared": str(prepared),
        "training": str(folder / "training"),
        "asked": time.monotonic(),
        "on": "cpu",
        "featurizers": [{"build": "idsbench_probe:Features", "parameters": {}}],
        "model": {"build": "idsbench_probe:Model", "parameters": {"hoard_mb": hoard_mb}},
        "target": {"build": "idsbench.builtin.cpu:Cpu", "parameters": {"threads": 1}},
        "seed": 0,
    }
    write_json(folder / "job.json", job)
    paths = os.pathsep.join(filter(None, [str(folder), os.environ.get("PYTHONPATH", "")]))
    done = subprocess.run(
        [sys.executable, "-m", "idsbench.footprint", str(folder / "job.json")],
        env={**os.environ, "PYTHONPATH": paths},
        capture_output=True,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    read = (folder / "result.json", model / "told.json")
    return tuple(json.loads(path.read_text()) for path in read)


def test_a_fresh_process_scores_one_row_then_64_and_loads_no_framework(tmp_path):
    result, told = _run(tmp_path, 1)
    assert result["outcome"] == "ok"
    assert set(result["value"]) == {"peak_rss_mb", "start_up_s", "start_up_cpu_s"}
    assert told["asked"] == [[1, 3, 1, 1], [64, 3, 1, 1]]
    heavy = {"sklearn", "imblearn", "torch", "tensorflow", "polars", "pandas"}
    assert not heavy & set(told["modules"])
    assert 0 < result["value"]["start_up_s"] < 60


def test_the_peak_counts_what_was_freed_since(tmp_path):
    small, _ = _run(tmp_path / "small", 1, rows=5)
    large, _ = _run(tmp_path / "large", 200, rows=5)
    grown = large["value"]["peak_rss_mb"] - small["value"]["peak_rss_mb"]
    assert grown == pytest.approx(200, abs=20)


def test_the_peak_is_read_in_megabytes(monkeypatch):
    monkeypatch.setattr(Path, "read_text", lambda *_, **__: "Name:\tx\nVmHWM:\t  123456 kB\n")
    assert peak_rss_mb() == 123456 * 1024 / 1e6


@pytest.mark.parametrize("lacks", ["file", "line"])
def test_a_system_that_does_not_report_it_gives_none(monkeypatch, lacks):
    def read(*_, **__):
        if lacks == "file":
            raise FileNotFoundError
        return "Name:\tx\n"

    monkeypatch.setattr(Path, "read_text", read)
    assert footprint.peak_rss_mb() is None
