"""Comparing many cells."""

from __future__ import annotations

import json

import numpy as np
import pytest

from idsbench import store
from idsbench.cells import cell_id

CELLS = 1_000


@pytest.fixture(scope="module", params=[1, 5], ids=["1 seed", "5 seeds"])
def sides(request, template, tmp_path_factory):
    """Give two folders of 1,000 cells whose rates differ, so that every one of them is tested."""
    rng = np.random.default_rng(0)
    folders = [tmp_path_factory.mktemp(name) for name in ("base", "head")]
    for folder in folders:
        for number in range(CELLS * request.param):
            cell, seed = divmod(number, request.param)
            identity = json.dumps({"model": f"detector{cell}"})
            own = {"model": f"detector{cell}", "identity": identity, "seed": seed}
            own["cell"] = cell_id(identity, seed, template["variant"], template["origin_sha256"])
            own |= {key: float(rng.uniform(0.05, 0.1)) for key in ("fpr", "recall", "auc_roc")}
            record = {**template, **own, "weights_sha256": None}
            # Written without waiting for the disk, which is not what is measured.
            whole = {**record, "seal": store.seal(record)}
            (folder / f"{own['cell']}.json").write_text(json.dumps(whole), "utf-8")
    return folders


def test_gate(processes, idsbench, sides):
    """`idsbench gate` of 1,000 cells a side, without limits that fail. Target with 1 seed: 2 s."""
    base, head = sides
    flags = ["--max-fpr-increase", "10000%", "--max-recall-decrease", "100%"]
    processes(lambda: idsbench("gate", "--baseline", base, "--results", head, *flags), rounds=5)


def test_compare(processes, idsbench, sides):
    """`idsbench compare` of 1,000 cells a side. Target with 1 seed: 2 s."""
    processes(lambda: idsbench("compare", *sides), rounds=5)
