"""Results folders of simulated detectors, made through the project's own evidence, metrics and store."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import special

from idsbench import __version__, metrics, store
from idsbench.cells import cell_id
from idsbench.evidence import save_evidence
from idsbench.flags import score_flags
from idsbench.rowkeys import ROW_KEYS
from idsbench.values import Evidence

BENIGN, ATTACKS = 10_000, 4_000
INPUTS = {"group_name": "flow", "benign_rows_per_day": None, "weighted": False}
Writer = Callable[..., Path]


@dataclass(frozen=True)
class Detector:
    """A detector whose scores are simulated: benign and attack logits are normal with deviation 1.

    Args:
        fpr, recall: at the threshold 0.5, before a training's own variation.
        spread: standard deviation of log FPR between trainings.
        shift: added to every logit: moves the threshold and nothing else.
        luck: seeds the trainings; other code or other libraries have other luck.
        keys: of the record, in place of those below.
    """

    fpr: float = 0.01
    recall: float = 0.9
    spread: float = 0.1
    shift: float = 0.0
    luck: int = 0
    keys: Mapping[str, Any] = field(default_factory=dict)


def evidence(detector: Detector, seed: int) -> Evidence:
    """Simulate one training's scores; the rows depend on the seed alone."""
    rng = np.random.default_rng([detector.luck, seed])
    own = detector.fpr * np.exp(rng.normal(0, detector.spread))
    means = special.ndtri(own), special.ndtri(detector.recall)
    label = np.repeat([0, 1], [BENIGN, ATTACKS]).astype(np.int16)
    rows = (np.arange(len(label)) + 1_000_000 * seed).astype(np.uint64)

    def scores() -> np.ndarray:
        parts = [rng.normal(mean, 1, int((label == k).sum())) for k, mean in enumerate(means)]
        return special.expit(np.concatenate(parts) + detector.shift)

    never = np.zeros(len(label), dtype=bool)
    return Evidence(
        valid_label=label,
        valid_score=scores(),
        valid_group=rows.view(np.int64),
        test_row=rows,
        test_vector=rows,
        test_group=rows.view(np.int64),
        test_label=label,
        test_attack=label,
        test_score=scores(),
        test_seen=never,
        test_synthetic=never,
        test_parent_leaked=never,
    )


@cache
def _measured(values: tuple[float, ...], seed: int, cell: str) -> tuple[Evidence, dict[str, Any]]:
    """Score one training once, however many tests use it."""
    proof = evidence(Detector(*values), seed)
    return proof, metrics.measure(proof, cell=cell, **INPUTS)


def record(detector: Detector, seed: int, kept: bool) -> tuple[dict[str, Any], Evidence]:
    """Give the record of one training, as a run would, and its evidence."""
    names = {
        "dataset": "toy",
        "task": "binary",
        "protocol": "clean",
        "sampler": "none",
        "featurizer": "table[scale=standard]",
        "model": "cnn[width=32]",
        "target": "cpu[threads=1]",
    }
    names |= {key: value for key, value in detector.keys.items() if key in names}
    row: dict[str, Any] = dict.fromkeys(ROW_KEYS)
    row |= {key: value.partition("[")[0] for key, value in names.items()}
    row |= {
        "identity": json.dumps(names, separators=(",", ":")),
        "seed": seed,
        "fingerprint": "0" * 16,
    }
    row |= {"variant": "lab", "origin_sha256": "ab" * 32, "row_unit": "flow", "status": "ok"}
    row |= {"reason": "", "energy_method": "none", "machine": "a machine", "rows_train": 100}
    row |= {"idsbench_version": __version__, "plugin_versions": {}, "commit": None}
    row |= {"parameters": 1000, "macs": 5000, "size_bytes": 4096, "peak_rss_mb": 30.0}
    row |= {"latency_p50_us": 10.0 + 0.01 * seed, "latency_p95_us": 12.0, "latency_p99_us": 15.0}
    row |= {"train_s": 1.0, "total_s": 2.0, "unmeasured": {}, "assumed": {}, "history": []}
    row |= {"environment": {"measure": "quick", "threads": 1}}
    changed = {key: value for key, value in detector.keys.items() if key not in names}
    row |= changed
    cell = cell_id(row["identity"], seed, row["variant"], row["origin_sha256"])
    values = (detector.fpr, detector.recall, detector.spread, detector.shift, detector.luck)
    # The id seeds the interval's bootstrap, which only records with evidence are checked by.
    proof, scores = _measured(values, seed, cell if kept else "any")
    whole = {**row, **scores, **changed, "cell": cell, "score_inputs": INPUTS}
    return {**whole, "flags": score_flags(whole)}, proof


def write(folder: Path, detector: Detector, seeds: range = range(5), kept: bool = False) -> Path:
    """Write the records of a detector into a results folder, with evidence if it is to be kept."""
    from idsbench.cache import file_digest

    folder.mkdir(parents=True, exist_ok=True)
    for seed in seeds:
        row, proof = record(detector, seed, kept)
        if not kept:
            store.write_record(folder, {**row, "evidence_sha256": "0" * 64})
            continue
        made = folder.parent / "evidence.npz"
        save_evidence(made, proof)
        store.write_record(folder, {**row, "evidence_sha256": file_digest(made)}, made)
        made.unlink()
    return folder


@pytest.fixture(autouse=True)
def _wide(monkeypatch: pytest.MonkeyPatch) -> None:
    """Show tables in full, however wide the terminal is that runs the tests."""
    monkeypatch.delenv("COLUMNS", raising=False)


@pytest.fixture
def detector() -> type[Detector]:
    """Give the class of simulated detectors."""
    return Detector


@pytest.fixture
def results(tmp_path: Path) -> Writer:
    """Give what writes a results folder: name, detector, seeds, whether evidence is kept."""

    def make(name: str, one: Detector, seeds: range = range(5), kept: bool = False) -> Path:
        return write(tmp_path / name, one, seeds, kept)

    return make
