"""The trials of one training: its rows divided, each trial fitted and scored, all recorded."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from idsbench.checkpoint import Checkpoints
from idsbench.components import FeaturizerChain, generator
from idsbench.contracts import Progress
from idsbench.fitting import checkpoints_of, fit_model
from idsbench.meters import NONE
from idsbench.rowstore import Part, open_table, vectors_of
from idsbench.tune import METRIC, Attempt, Trial, Values, best_of, quality, tune
from idsbench.tune_rows import Held, hold_out
from idsbench.tune_space import as_written
from idsbench.values import Batch, State
from idsbench.vectors import row_hashes

if TYPE_CHECKING:
    from numpy.typing import NDArray

SEEDS = 2**31
GROUPS, VECTORS = "whole groups", "rows with equal features"


def tuned(
    job: Mapping[str, Any],
    parts: tuple[Part, Batch],
    chain: FeaturizerChain,
    how: tuple[Path | None, Progress],
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Try parameters; give the model's reference with the best ones, and what the record holds.

    A trial learns from four fifths of the training rows and is scored on captured rows of the
    rest. Early stopping looks at the validation rows, as always. A killed tuning goes on.

    Args:
        job: of the training, with `tuning`: how many trials, in which space.
        parts: training rows, and validation rows as the model takes them.
        chain: restored.
        how: the folder for what is not finished, and who is told of each epoch.

    Raises:
        CellError: the rows cannot be divided, or all trials failed.
        MemoryError: all trials ran out of memory.
    """
    began = time.perf_counter()
    trials, space = job["tuning"]["trials"], job["tuning"]["space"]
    rng = generator(job["seed"], "tuning")
    held = hold_out(parts[0], _keys(Path(job["table"])), rng)
    learn, score = (_batch(parts[0], index, chain) for index in (held.learn, held.score))
    log = _Log(how[0], json.dumps([space, trials]))
    attempt = _attempt(job, (learn, parts[1], score), how)
    made = tune(space, trials, int(rng.integers(SEEDS)), attempt, log)
    told = {
        "tuned": trials,
        "metric": METRIC,
        "held_out": _told(held),
        "space": as_written(space),
        "best": best_of(made).told(),
        "trials": [trial.told() for trial in made],
        "seconds": time.perf_counter() - began,
        **({"resumed_after_trial": log.known} if log.known else {}),
    }
    return _with(job["model"], best_of(made).parameters), told


def _attempt(
    job: Mapping[str, Any],
    batches: tuple[Batch, Batch, Batch],
    how: tuple[Path | None, Progress],
) -> Attempt:
    """Give what trains and scores one trial on rows (to learn from, for early stopping, to score)."""
    learn, valid, score = batches
    folder, progress = how
    trials = job["tuning"]["trials"]

    def attempt(number: int, values: Values) -> float:
        def tell(state: Mapping[str, float]) -> None:
            progress({**state, "trial": float(number), "trials": float(trials)})

        reference = _with(job["model"], values)
        keeper = checkpoints_of(job, folder, reference, f"trial-{number}")
        # No record holds a trial's energy, and a meter takes its time.
        unmetered = {**job, "meter": NONE}
        fitted = fit_model(reference, (learn, valid), unmetered, tell, keeper)
        keeper.remove()
        scores = np.asarray(fitted.model.scores(score.x), dtype=np.float64)
        return quality(score.y, scores)

    return attempt


class _Log:
    """The trials made so far, kept for a tuning that is killed."""

    def __init__(self, folder: Path | None, owner: str) -> None:
        file = None if folder is None else folder / "trials.npz"
        self._states = Checkpoints(file, owner)
        state = self._states.load({})
        self._trials = [Trial(**one) for one in state.values["trials"]] if state else []
        self.known = len(self._trials)

    def recall(self, number: int, values: Values) -> Trial | None:
        """Give the trial of this number, if it was made with these parameters before."""
        if number > self.known or dict(self._trials[number - 1].parameters) != dict(values):
            return None
        return self._trials[number - 1]

    def keep(self, trials: list[Trial]) -> None:
        """Write the trials down, if it is time to."""
        made = [vars(trial) for trial in trials]
        self._states.offer(lambda: State(len(made), {}, {"trials": made}))


def _batch(rows: Part, index: NDArray[np.int64], chain: FeaturizerChain) -> Batch:
    return Batch(chain.layout(rows.x[index]), np.asarray(rows.y[index]))


def _with(reference: Mapping[str, Any], values: Values) -> dict[str, Any]:
    return {**reference, "parameters": {**reference["parameters"], **values}}


def _keys(folder: Path) -> dict[str, NDArray[np.int64]]:
    """Give what keeps rows of the table together: the card's groups, else equal features."""
    table = open_table(folder)
    vectors = vectors_of(folder)
    vectors = row_hashes(table.x) if vectors is None else np.asarray(vectors)
    equal = vectors.view(np.int64)
    if table.group is None:
        return {VECTORS: equal}
    return {GROUPS: np.asarray(table.group, dtype=np.int64), VECTORS: equal}


def _told(held: Held) -> dict[str, Any]:
    return {"rows": len(held.score), "learned_from": len(held.learn), "kept_together": held.by}
