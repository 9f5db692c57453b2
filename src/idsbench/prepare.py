"""Rows: load -> clean -> split -> scale and select -> resample. Two jobs, each cached by content."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from idsbench.audit_flags import quick_flags
from idsbench.audit_rowwise import check_featurizer, check_transformed, some_rows
from idsbench.components import FeaturizerChain, build, generator
from idsbench.contract_checks import PARTS, check_resampled, check_split, check_table
from idsbench.contracts import Dataset, Sampler, SplitProtocol
from idsbench.errors import CellError, CellSkipped
from idsbench.manifest import save_manifest
from idsbench.rowstore import (
    META,
    Part,
    open_table,
    row_hashes_of,
    save_part,
    save_states,
    save_table,
    save_vectors,
    vectors_of,
    write_json,
)
from idsbench.split_values import TRAINED_ON, JoinedRows
from idsbench.values import Labels, Resampled, Rows, Split, Table
from idsbench.vectors import combine, row_hashes

if TYPE_CHECKING:
    from numpy.typing import NDArray


def load(job: Mapping[str, Any], out: Path) -> dict[str, Any]:
    """Read and clean a dataset's files into `out`."""
    dataset: Dataset = build(job["dataset"])
    table = dataset.load(tuple(Path(name) for name in job["files"]), job["layout"])
    check_table(table)
    vectors = row_hashes(table.x)
    save_table(out, table, combine(vectors, table.attack.codes))
    save_vectors(out, vectors)
    return {"rows": len(table.x), "columns": len(table.columns)}


def prepare(job: Mapping[str, Any], out: Path) -> dict[str, Any]:
    """Split, fit, scale and resample one table for one protocol, sampler, featurizer and seed."""
    table = open_table(Path(job["table"]))
    vectors = vectors_of(Path(job["table"]))
    rows = _joined(_rows(table, job["task"], vectors), Path(job["table"]))
    chain = FeaturizerChain(job["featurizers"])
    sampler: Sampler = build(job["sampler"])
    protocol: SplitProtocol = build(job["protocol"])
    make = _balance_table if job["balance"] == "table" else _balance_train
    parts, saw, split = make(table, rows, chain, (protocol, sampler), job)
    _check_row_by_row(chain, table, parts, saw["fit"])
    for name in PARTS:
        save_part(out, name, parts[name])
    save_states(out, chain.states())
    counts = {name: _counts(parts[name]) for name in PARTS}
    meta: dict[str, Any] = {
        "parts": counts,
        "saw": {"fit": job["fit_on"], "sampler": job["balance"]},
        "saw_rows": {what: _save_seen(out, what, index) for what, index in saw.items()},
        "unused": len(rows.y) - _used(parts, len(rows.y)),
        "flags": [
            *getattr(split, "flags", ()),
            *quick_flags(table, parts, chain.layout, saw["fit"]),
        ],
        "notes": list(getattr(split, "notes", ())),
        "featurizers": chain.describe(table.columns),
    }
    if "split_of" in job:
        meta["split"] = _save_split(out, job, parts, saw["sampler"], meta["notes"])
    write_json(out / META, meta)
    return {"parts": counts}


def split_table(table: Table, task: str, protocol: SplitProtocol, seed: int) -> tuple[Rows, Split]:
    """Split a table's rows as a run without a sampler does, and check the split.

    Raises:
        CellSkipped: the task has no labels here, or the protocol no meaning.
        CellError: the split breaks the contract.
    """
    rows = _rows(table, task)
    split = protocol.split(rows, generator(seed, "split"))
    check_split(split, len(rows.y))
    return rows, split


def _rows(table: Table, task: str, vectors: NDArray[np.uint64] | None = None) -> Rows:
    y = _task_labels(table, task)
    vectors = row_hashes(table.x) if vectors is None else vectors
    return Rows(y, table.group, table.time, table.attack, vectors)


def _joined(rows: Rows, folder: Path) -> Rows:
    """Mark the rows to train on, where the table was joined from two datasets."""
    marks = folder / TRAINED_ON
    if not marks.exists():
        return rows
    return JoinedRows(rows.y, rows.group, rows.time, rows.attack, rows.vector, np.load(marks))


def _save_split(
    out: Path,
    job: Mapping[str, Any],
    parts: Mapping[str, Part],
    trained: NDArray[np.int64],
    notes: list[str],
) -> str:
    """Write the split's manifest, of the rows before any resampling; give its file name."""
    resampled = job["balance"] == "table"
    index = {name: part.base[~part.synthetic] for name, part in parts.items()}
    index = index if resampled else {**index, "train": trained}
    about = {**job["split_of"], "task": job["task"], "seed": job["seed"], "resampled": resampled}
    return save_manifest(out, row_hashes_of(Path(job["table"])), index, {**about, "notes": notes})


def _check_row_by_row(
    chain: FeaturizerChain,
    table: Table,
    parts: Mapping[str, Part],
    fitted: NDArray[np.int64],
) -> None:
    """Ask the featurizer again about some rows, in other company."""
    held = parts["test"].base
    check_featurizer(
        chain,
        np.asarray(table.x[fitted[some_rows(len(fitted))]]),
        np.asarray(table.x[held[some_rows(len(held))]]),
    )
    for part in (parts["train"], parts["test"]):
        real = np.flatnonzero(~part.synthetic)
        real = real[some_rows(len(real))]
        if len(real):
            check_transformed(chain, np.asarray(table.x[part.base[real]]), part.x[real])


def _save_seen(out: Path, what: str, index: NDArray[np.int64]) -> dict[str, Any]:
    """Keep the ids of the table rows that one step saw; give their number and hash for the record."""
    ids = np.sort(np.asarray(index, dtype=np.int64))
    np.save(out / f"saw_{what}.npy", ids)
    return {"rows": len(ids), "sha256": hashlib.sha256(ids.tobytes()).hexdigest()}


def _task_labels(table: Table, task: str) -> NDArray[np.int16]:
    if task not in table.labels:
        raise CellSkipped(f"the data have no labels for the task '{task}'")
    return np.asarray(table.labels[task].codes, dtype=np.int16)


def _balance_train(
    table: Table,
    rows: Rows,
    chain: FeaturizerChain,
    how: tuple[SplitProtocol, Sampler],
    job: Mapping[str, Any],
) -> tuple[dict[str, Part], dict[str, NDArray[np.int64]], Split]:
    """Split first; the sampler sees scaled training rows only."""
    protocol, sampler = how
    split = protocol.split(rows, generator(job["seed"], "split"))
    check_split(split, len(rows.y))
    _check_classes(rows.y[split.train], "training")
    fitted = np.arange(len(rows.y)) if job["fit_on"] == "table" else split.train
    chain.fit(table.x[fitted], rows.y[fitted])
    parts = {
        name: _real_part(chain.transform(table.x[index]), rows.y, index)
        for name, index in (("valid", split.valid), ("test", split.test))
    }
    train = chain.transform(table.x[split.train])
    made = sampler.resample(train, rows.y[split.train], generator(job["seed"], "sampler"))
    check_resampled(made, len(train))
    parts["train"] = _resampled_part(made, split.train)
    return parts, {"fit": fitted, "sampler": split.train}, split


def _balance_table(
    table: Table,
    rows: Rows,
    chain: FeaturizerChain,
    how: tuple[SplitProtocol, Sampler],
    job: Mapping[str, Any],
) -> tuple[dict[str, Part], dict[str, NDArray[np.int64]], Split]:
    """Scale and balance the whole table, then split: the papers' order."""
    protocol, sampler = how
    _check_classes(rows.y, "whole table's")
    chain.fit(table.x, rows.y)
    made = sampler.resample(chain.transform(table.x), rows.y, generator(job["seed"], "sampler"))
    check_resampled(made, len(rows.y))
    whole = _resampled_part(made, np.arange(len(rows.y)))
    split = protocol.split(_rows_of(rows, made), generator(job["seed"], "split"))
    check_split(split, len(made.y))
    parts = {
        name: Part(*(getattr(whole, array)[index] for array in Part.__dataclass_fields__))
        for name, index in (("train", split.train), ("valid", split.valid), ("test", split.test))
    }
    _check_classes(parts["train"].y, "training")
    everything = np.arange(len(rows.y))
    return parts, {"fit": everything, "sampler": everything}, split


def _check_classes(y: NDArray[np.int16], what: str) -> None:
    if len(np.unique(y)) < 2:
        raise CellError(f"the {what} rows hold one class only: there is nothing to learn")


def _rows_of(rows: Rows, made: Resampled) -> Rows:
    """Give the rows after balancing: a synthetic row has its base parent's group, time and attack."""
    base = made.base
    return Rows(
        y=made.y,
        group=None if rows.group is None else rows.group[base],
        time=None if rows.time is None else rows.time[base],
        attack=Labels(rows.attack.codes[base], rows.attack.classes),
        vector=row_hashes(made.x),
    )


def _real_part(x: NDArray[np.float32], y: NDArray[np.int16], index: NDArray[np.int64]) -> Part:
    return Part(x, y[index], index, index, np.zeros(len(index), dtype=np.bool_))


def _resampled_part(made: Resampled, index: NDArray[np.int64]) -> Part:
    x = np.ascontiguousarray(made.x, dtype=np.float32)
    y = np.asarray(made.y, dtype=np.int16)
    return Part(x, y, index[made.base], index[made.neighbour], np.asarray(made.synthetic))


def _counts(part: Part) -> dict[str, int]:
    return {
        "rows": len(part.y),
        "benign": int((part.y == 0).sum()),
        "synthetic": int(part.synthetic.sum()),
    }


def _used(parts: Mapping[str, Part], rows: int) -> int:
    used = np.zeros(rows, dtype=bool)
    for part in parts.values():
        used[part.base[~part.synthetic]] = True
    return int(used.sum())
