"""What the steps of a cell gave -> its record, or the reason why no record can be made of it.

A plugin's result reaches this point as JSON that nobody may have looked at. The runner must not
break on it: here, and only here of all that it does, there is a broad `except`.
"""

from __future__ import annotations

import json
import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from idsbench.cache import cache_folder, file_digest, is_full
from idsbench.errors import IdsbenchError, RunStopped
from idsbench.outcomes import Done
from idsbench.places import without_places
from idsbench.record import finished
from idsbench.record_schema import SCHEMA, misfit, problems_of
from idsbench.rowstore import EVIDENCE, META, DamagedFileError, read_json
from idsbench.steps import CellSteps

STAGE = "record"


class MakesNoRecordError(IdsbenchError):
    """What was measured makes no record; the message is the cell's reason, `log` the traceback."""

    def __init__(self, reason: str, log: str) -> None:
        self.log = log
        super().__init__(reason)


class _BreaksSchemaError(Exception):
    """A value of the record is not what its key holds."""


@dataclass(frozen=True)
class Completed:
    """A record with the files that are kept beside it."""

    record: Mapping[str, Any]
    evidence: Path
    split: Path


def completed(
    steps: CellSteps, done: Mapping[str, Done], row: Mapping[str, Any], asked: Mapping[str, Any]
) -> Completed:
    """Complete a cell's record from what its steps wrote.

    Args:
        steps: of the cell.
        done: how the steps of this run ended, by their id.
        row: what `record.planned` gave.
        asked: how it was measured: `measure`, quick or thorough, and `meter`.

    Raises:
        MakesNoRecordError: whatever was wrong with a plugin's result.
        RunStopped: the disk is full.
    """
    try:
        whole = _completed(steps, done, row, asked)
        _check_numbers(whole.record)
        sealed = {"schema": SCHEMA, "seal": "0" * 64, **whole.record}
        if problem := misfit(sealed) or "; ".join(problems_of(sealed)):
            raise _BreaksSchemaError(problem)
        return whole
    except RunStopped:
        raise
    except Exception as error:  # what a plugin gave may be anything; its cell fails, not the run
        if isinstance(error, OSError) and is_full(cache_folder(), error):
            raise
        raise MakesNoRecordError(_reason(steps, error), _log()) from error


def _completed(
    steps: CellSteps, done: Mapping[str, Done], row: Mapping[str, Any], asked: Mapping[str, Any]
) -> Completed:
    measured, footprint = done[steps.measure], done[steps.footprint]
    out = Path(measured.value["out"])
    table = read_json(cache_folder() / "tables" / steps.load.partition("-")[2] / META)
    folder = cache_folder() / "prepared" / steps.prepare.partition("-")[2]
    prepared = read_json(folder / META)
    split = folder / prepared["split"]
    split.stat()
    context = {
        "table": table,
        "prepared": prepared,
        "features": len(table["columns"]),
        "total_s": sum(done[name].seconds for name in steps.all if name in done),
        "evidence_sha256": file_digest(out / EVIDENCE),
        "load_average": measured.details["load_average"],
        **asked,
    }
    memory = footprint.value if footprint.status == "ok" else {"reason": footprint.reason}
    record = finished(steps.cell, row, read_json(out / META), memory, context)
    return Completed(record, out / EVIDENCE, split)


def _check_numbers(record: Mapping[str, Any]) -> None:
    try:
        json.dumps(record, allow_nan=False)
    except ValueError as error:
        raise _BreaksSchemaError("one of its values is not a finite number") from error


def _reason(steps: CellSteps, error: Exception) -> str:
    if isinstance(error, DamagedFileError):  # nobody's plugin is to blame
        return without_places(f"{STAGE}: {error}")
    cell = steps.cell
    what = " ".join(str(error).split())[:300]
    plain = isinstance(error, IdsbenchError | _BreaksSchemaError)
    told = what if plain else f"{type(error).__name__}: {what}"
    return without_places(
        f"{STAGE}: what the target {cell.target.text} and the model {cell.model_text} gave makes no "
        f"record ({told}): tell who wrote their plugins"
    )


def _log() -> str:
    return without_places(traceback.format_exc())[-4000:]
