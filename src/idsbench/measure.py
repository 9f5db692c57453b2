"""A deployment on a target: scores on the same test rows, evidence, metrics, cost."""

from __future__ import annotations

import time
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from idsbench import metrics
from idsbench.audit_rowwise import check_scorer, some_rows
from idsbench.cache import cache_folder
from idsbench.components import FeaturizerChain, generator
from idsbench.contention import contended, moment
from idsbench.contracts import Scorer, Target
from idsbench.cost_checks import checked_costs, checked_threads
from idsbench.deploy import NATIVE, open_on, score_first, target_of
from idsbench.energy_rows import of_work
from idsbench.errors import CellError
from idsbench.evidence import save_evidence
from idsbench.meters import AUTO, PROCESSOR
from idsbench.pace import compared, pace_us
from idsbench.parity import breach, mcnemar, parity
from idsbench.rowstore import (
    EVIDENCE,
    META,
    Part,
    open_part,
    open_table,
    read_json,
    row_hashes_of,
    write_json,
)
from idsbench.solo import wait_at_gate
from idsbench.timing import EFFORTS, WINDOWS, Effort, cost, pin, with_energy
from idsbench.values import Evidence, Table
from idsbench.vectors import combine, is_member, row_hashes

if TYPE_CHECKING:
    from numpy.typing import NDArray

FEATURIZED_HERE = "the target scores on another machine, and the featurizer runs on this one"


def measure(job: Mapping[str, Any], out: Path) -> dict[str, Any]:
    """Open the artifact, score once, keep the evidence, compute the metrics, measure the cost."""
    prepared, training = Path(job["prepared"]), Path(job["training"])
    chain = FeaturizerChain(job["featurizers"])
    chain.restore(prepared)
    target = target_of(job)
    threads = checked_threads(target.threads, job["on"])
    deployed = Path(job["deployment"]) if "deployment" in job else None
    scorer = open_on(target, job)
    test = open_part(prepared, "test")
    score_first(target, scorer, chain.layout(test.x[:1]), job)
    table = open_table(Path(job["table"]))
    evidence = gather(scorer, chain, table, job)
    save_evidence(out / EVIDENCE, evidence)
    inputs = {
        "group_name": table.group_name,
        "benign_rows_per_day": job["benign_rows_per_day"],
        "weighted": job["weighted"],
    }
    scores = metrics.measure(evidence, cell=job["cell"], **inputs)
    effort = EFFORTS[job["measure"]]
    asked = some_rows(len(test.y))
    check_scorer(scorer, chain.layout(test.x[asked]), evidence.test_score[asked])
    wait_at_gate(job)
    held = pin(threads)
    timed = chain.layout(test.x[: effort.batch])
    cost_keys = costs(scorer, timed, effort, _meter(job, target), job["on"])
    _add_ours(cost_keys, chain, table.x, job)
    result = {
        "scores": scores,
        "score_inputs": inputs,
        "cost": cost_keys,
        "constant_scores": metrics.is_constant(evidence.test_score),
        "threads": threads,
        "threads_held_by": held,
        "training": read_json(training / META),
        **(_deployment(deployed, evidence) if deployed else {}),
    }
    write_json(out / META, result)
    return {}


def costs(
    scorer: Scorer, x: NDArray[np.float32], effort: Effort, meter: tuple[str, str], who: str
) -> dict[str, Any]:
    """Give the cost keys of scoring rows x (n, ...): the scorer's own, where it measures itself.

    Args:
        scorer: what is measured.
        x: rows.
        effort: how long to measure.
        meter: of energy, as `--meter` names it, and the device that it looks at.
        who: the target, for messages.

    Raises:
        CellError: what the scorer measured itself is no cost.
    """
    began = moment()
    own, work = getattr(scorer, "costs", None), getattr(scorer, "work", None)
    if own is None:
        return {**cost(scorer.scores, x, effort, *meter), "contended": contended(began)}
    told = checked_costs(own(x, effort.warm_up_s, WINDOWS * effort.latency_s), who)
    if work is not None:
        energy = of_work(partial(work, x), effort.energy, *meter, elsewhere=True)
        told = with_energy(told, energy)
    return {**told, "contended": contended(began)}


def _add_ours(
    keys: dict[str, Any], chain: FeaturizerChain, x: NDArray[np.float32], job: Mapping[str, Any]
) -> None:
    """Add to the cost keys what only this machine can tell: the featurizer's time and the pace."""
    keys["meter"] = job.get("meter", AUTO)
    effort, elsewhere = EFFORTS[job["measure"]], "machine" in keys
    keys["featurize_us_per_row"] = None if elsewhere else _featurize_us(chain, x, effort)
    if elsewhere:
        keys["unmeasured"]["featurize_us_per_row"] = FEATURIZED_HERE
    if job["measure"] == "thorough":
        keys["pace_changed"] = "" if elsewhere else compared(cache_folder(), pace_us())


def _meter(job: Mapping[str, Any], target: Target) -> tuple[str, str]:
    return job.get("meter", AUTO), getattr(target, "device", PROCESSOR)


def _deployment(folder: Path, evidence: Evidence) -> dict[str, Any]:
    native = np.load(folder / NATIVE, allow_pickle=False)
    found = parity(evidence.test_label, native, evidence.test_score)
    label, deployed, group = evidence.test_label, evidence.test_score, evidence.test_group
    found["mcnemar"] = mcnemar(label, native, deployed, group)
    about = {**read_json(folder / META), "parity": found, "breach": breach(found)}
    return {"deployment": about}


def gather(
    scorer: Scorer, chain: FeaturizerChain, table: Table, job: Mapping[str, Any]
) -> Evidence:
    """Score real validation rows and all test rows, and mark what the protocol gave away."""
    prepared = Path(job["prepared"])
    valid, test = open_part(prepared, "valid"), open_part(prepared, "test")
    real = np.flatnonzero(~valid.synthetic)
    order = generator(job["seed"], "shuffle").permutation(len(test.y))
    shuffled = checked_scores(scorer, chain.layout(test.x[order]))
    scores = np.empty_like(shuffled)
    scores[order] = shuffled  # row order could tell a scorer what it may not know
    received = np.load(Path(job["training"]) / "received.npz", allow_pickle=False)
    vector = row_hashes(test.x)
    seen = is_member(vector, received["vectors"])
    return Evidence(
        valid_label=np.asarray(valid.y[real]),
        valid_score=checked_scores(scorer, chain.layout(valid.x[real])),
        valid_group=_groups(table, valid.base[real], row_hashes(valid.x[real])),
        test_row=_row_ids(Path(job["table"]), test, vector),
        test_vector=vector,
        test_group=_groups(table, test.base, _base_vectors(chain, table, test, vector)),
        test_label=np.asarray(test.y),
        test_attack=np.asarray(table.attack.codes)[test.base].astype(np.int16),
        test_score=scores,
        test_seen=seen,
        test_synthetic=np.asarray(test.synthetic),
        test_parent_leaked=parent_leaked(test, received["rows"], received["parents"]),
    )


def parent_leaked(
    test: Part, rows: NDArray[np.int64], parents: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Mark test rows that are parents of a training synthetic, or synthetic with a training parent.

    Args:
        test: the test part, m rows.
        rows: table rows among the training rows the model received.
        parents: table rows that are parents of synthetic training rows.
    """
    is_parent = ~test.synthetic & np.isin(test.base, parents)
    is_child = test.synthetic & (np.isin(test.base, rows) | np.isin(test.neighbour, rows))
    marks: NDArray[np.bool_] = is_parent | is_child
    return marks


def checked_scores(scorer: Scorer, x: NDArray[np.float32]) -> NDArray[np.float64]:
    """Score and refuse what is not one probability (or k) per row.

    Raises:
        CellError: wrong length or shape, or values that are not numbers from 0 to 1.
    """
    scores = np.asarray(scorer.scores(x), dtype=np.float64)
    if scores.ndim not in (1, 2) or len(scores) != len(x):
        raise CellError(f"the model gave scores of shape {scores.shape} for {len(x)} rows")
    bad = int((~np.isfinite(scores)).sum())
    if bad:
        raise CellError(f"the model gave {bad} of {scores.size} scores that are not finite numbers")
    if scores.size and (scores.min() < 0 or scores.max() > 1):
        raise CellError(
            f"the model gave scores from {scores.min():.9g} to {scores.max():.9g}, "
            "not probabilities from 0 to 1"
        )
    return scores


def _row_ids(table: Path, test: Part, vector: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Give the content hash of each test row; of a synthetic one, of its vector and parents."""
    hashes = np.array(row_hashes_of(table)[test.base])
    made = test.synthetic
    hashes[made] = combine(combine(vector[made], test.base[made]), test.neighbour[made])
    return hashes


def _groups(table: Table, base: NDArray[np.int64], vector: NDArray[np.uint64]) -> NDArray[np.int64]:
    """Give cluster codes: the card's group, of the base parent; else identical vectors."""
    if table.group is not None:
        return np.asarray(table.group)[base].astype(np.int64)
    return vector.view(np.int64)


def _base_vectors(
    chain: FeaturizerChain, table: Table, test: Part, vector: NDArray[np.uint64]
) -> NDArray[np.uint64]:
    """Give each row's vector, for a synthetic row that of its base parent: one cluster for both."""
    made = np.flatnonzero(test.synthetic)
    if table.group is not None or not len(made):
        return vector
    vectors = vector.copy()
    vectors[made] = row_hashes(chain.transform(np.asarray(table.x[test.base[made]])))
    return vectors


def _featurize_us(chain: FeaturizerChain, x: NDArray[np.float32], effort: Effort) -> float:
    rows = [np.ascontiguousarray(x[i : i + 1]) for i in range(min(len(x), 64))]
    times: list[int] = []
    end = time.perf_counter() + effort.warm_up_s
    while len(times) < 20 or time.perf_counter() < end:
        row = rows[len(times) % len(rows)]
        before = time.perf_counter_ns()
        chain.layout(chain.transform(row))
        times.append(time.perf_counter_ns() - before)
    return float(np.median(times)) / 1e3
