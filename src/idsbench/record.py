"""One cell's outcome -> one record: the row's keys flat, plus what explains them."""

from __future__ import annotations

import os
import platform
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from idsbench import __version__
from idsbench.catalog import Catalog
from idsbench.cells import Cell, protocol_traits
from idsbench.expand import fold_of
from idsbench.fingerprint import library_version
from idsbench.flags import FLAGS, score_flags
from idsbench.record_cost import cost_part
from idsbench.rowkeys import ROW_KEYS
from idsbench.tune_space import untuned
from idsbench.values import VARIANTS, Component

NOT_INCLUDED = "capture, flow assembly, parsing"


def planned(cell: Cell, plugins: Mapping[str, str]) -> dict[str, Any]:
    """Give a record's keys that are known before anything runs; all others None.

    Args:
        cell: the cell.
        plugins: versions of the distributions that take part.
    """
    origin = cell.source.origin
    row: dict[str, Any] = dict.fromkeys(ROW_KEYS)
    row.update(
        cell=cell.id,
        identity=cell.identity,
        fingerprint=cell.fingerprint,
        dataset=cell.source.text,
        variant=origin.variant,
        coverage=origin.coverage,
        origin_sha256=origin.sha256,
        row_unit=cell.source.card.row_unit,
        task=cell.task,
        protocol=cell.protocol.text,
        sampler=cell.sampler.text,
        featurizer=cell.featurizers.text,
        model=cell.model_text,
        target=cell.target.text,
        seed=cell.seed,
        **({"fold": fold_of(cell.protocol)} if fold_of(cell.protocol) else {}),
        energy_method="none",
        flags=["stand-in"] if origin.variant == VARIANTS[-1] else [],
        idsbench_version=__version__,
        plugin_versions=dict(sorted(plugins.items())),
        commit=commit(),
        machine=machine(),
    )
    return row


def planned_line(cell: Cell) -> dict[str, Any]:
    """Give what `plan.json` lists of a cell."""
    return {"cell": cell.id, "identity": cell.identity, "seed": cell.seed}


def plugin_versions(catalog: Catalog, cell: Cell) -> dict[str, str]:
    """Give the version of each distribution that a cell's components come from."""
    plugins = [catalog.origin(component) for component in cell.components]
    return {plugin.distribution: plugin.version for plugin in plugins}


def failed(
    row: Mapping[str, Any], status: str, reason: str, stage: str, details: Mapping[str, Any]
) -> dict[str, Any]:
    """Complete the record of a cell that has no scores."""
    told: dict[str, Any] = {"counts": {}, "operating_points": [], "history": [], "assumed": {}}
    told |= {"environment": dict(environment()), "status": status, "reason": reason}
    return {**row, **told, "stage": stage, **details}


def finished(
    cell: Cell,
    row: Mapping[str, Any],
    measured: Mapping[str, Any],
    footprint: Mapping[str, Any],
    context: Mapping[str, Any],
) -> dict[str, Any]:
    """Complete the record of a cell that was measured.

    Args:
        cell: the cell.
        row: what `planned` gave.
        measured: what the stage `measure` wrote.
        footprint: what the fresh process reported: peak_rss_mb, start_up_s, or a reason.
        context: table meta, prepared meta, the seconds the cell took, and how it was measured.
    """
    training, cost = measured["training"], measured["cost"]
    reason = measured.get("deployment", {}).get("breach", "")
    record = {**row, "status": "invalid" if reason else "ok", "reason": reason}
    record |= measured["scores"]
    record |= cost_part(measured, footprint, record["cell"])
    record["unmeasured"] |= _unreached(measured["scores"])
    record["total_s"] = context["total_s"]
    record.update(
        history=training["history"],
        assumed=training["assumed"],
        **({"checkpoint": training["checkpoint"]} if "checkpoint" in training else {}),
        rows_train_synthetic=training["rows_train_synthetic"],
        rows_train_offered=training["rows_train_offered"],
        tuning=training["tuning"] or {"tuned": 0, "reason": untuned(cell.model)},
        rows={key: value for key, value in context["prepared"].items() if key != "featurizers"},
        featurizers=context["prepared"].get("featurizers", []),
        score_inputs=measured["score_inputs"],
        evidence_sha256=context["evidence_sha256"],
        weights_sha256=training["weights_sha256"],
        data_notes=context["table"]["notes"],
        features=context["features"],
        latency_excludes=NOT_INCLUDED,
        environment={
            **environment(),
            "libraries": libraries(cell.components),
            "threads": measured["threads"],
            "train_threads": training["train_threads"],
            "energy_detail": cost["energy_detail"],
            "latency_calls": cost["latency_calls"],
            **({"target": cost["target_detail"]} if "target_detail" in cost else {}),
            "load_average": context["load_average"],
            "measure": context["measure"],
            "meter": context["meter"],
        },
    )
    record["flags"] = flags(cell, record, measured, context["table"]["flags"])
    return record


def _unreached(scores: Mapping[str, Any]) -> dict[str, str]:
    """Say why a rate at a chosen threshold is None; its operating point knows."""
    reasons = {one["rule"]: one["reason"] for one in scores.get("operating_points", ())}
    return {
        key: reasons[rule]
        for rule in ("fpr_1pct", "fpr_0_1pct")
        for key in (f"tpr_at_{rule}", f"achieved_{rule}")
        if key in scores and scores[key] is None and reasons.get(rule)
    }


def flags(
    cell: Cell, record: Mapping[str, Any], measured: Mapping[str, Any], data_flags: Sequence[str]
) -> list[str]:
    """Give all flags of a record, in the vocabulary's order."""
    traits = protocol_traits(cell.protocol)
    capped = record["rows_train"] < record["rows_train_offered"]
    raised = {
        *score_flags(record),
        *data_flags,
        *record["rows"].get("flags", ()),
        *(["balanced-before-split"] if _balances_whole(cell) else []),
        *(["scaled-before-split"] if "table" in (traits.fit_on, traits.balance) else []),
        *([] if measured["score_inputs"]["group_name"] else ["group-missing"]),
        *(["synthetic-test-rows"] if record["rows"]["parts"]["test"]["synthetic"] else []),
        *(["constant-scores"] if measured["constant_scores"] else []),
        *(["capped-training-rows"] if capped else []),
        *(["noisy-machine"] if "noise" in record else []),
    }
    # A plugin's flag that the vocabulary lacks is shown last, not dropped.
    return [*(flag for flag in FLAGS if flag in raised), *sorted(raised - set(FLAGS))]


def _balances_whole(cell: Cell) -> bool:
    return protocol_traits(cell.protocol).balance == "table" and cell.sampler.name != "none"


@cache
def machine() -> str:
    """Describe the processor and the system, the same for runs that may be compared in time."""
    model = platform.processor() or platform.machine()
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                model = line.partition(":")[2].strip()
                break
    except OSError:
        pass
    return f"{model}, {os.cpu_count()} processors, {platform.system()} {platform.machine()}"


@cache
def environment() -> Mapping[str, Any]:
    """Give what else may change a result."""
    return {"python": platform.python_version(), "system": platform.platform()}


def libraries(parts: Iterable[Component]) -> dict[str, str]:
    """Give the versions of the libraries that these components declare."""
    names = {"numpy", "codecarbon"}.union(*(part.libraries for part in parts))
    return {name: library_version(name) for name in sorted(names) if library_version(name)}


@cache
def commit() -> str | None:
    """Give the commit of the checkout that the core runs from, `-dirty` if edited; None elsewhere."""
    folder = Path(__file__).parent
    if not any((parent / ".git").exists() for parent in folder.parents[:3]):
        return None
    try:
        head = _git(folder, "rev-parse", "--short=12", "HEAD")
        return head + ("-dirty" if _git(folder, "status", "--porcelain", "-uno") else "")
    except (OSError, subprocess.SubprocessError):
        return None


def _git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", "-C", str(folder), *arguments],
        capture_output=True,
        text=True,
        timeout=5,
        check=True,
    )
    return done.stdout.strip()
