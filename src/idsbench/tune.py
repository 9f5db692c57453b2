"""Equal-budget tuning: the same number of trials for every model, each scored on held-out rows.

The search is Optuna's tree-structured Parzen estimator, seeded, in memory. The first trial is the
model with its defaults, so that tuning never chooses what did worse than they.
"""

from __future__ import annotations

import importlib
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from idsbench.errors import CellError, CellSkipped, RunStopped
from idsbench.places import without_places
from idsbench.thresholds import auc_roc
from idsbench.tune_request import LIBRARY
from idsbench.values import Scalar

if TYPE_CHECKING:
    from numpy.typing import NDArray

METRIC = "auc_roc"
LONGEST_REASON = 500

Values = Mapping[str, Scalar]
Attempt = Callable[[int, Values], float]
"""Given a trial's number, from 1, and its parameters, trains and gives the score; higher is better."""


class Log(Protocol):
    """Remembers trials of a tuning that was ended."""

    def recall(self, number: int, values: Values) -> Trial | None:
        """Give the trial of this number, if it was made with these parameters."""
        ...

    def keep(self, trials: list[Trial]) -> None:
        """Take note of all trials so far."""
        ...


@dataclass(frozen=True)
class Trial:
    """One trial.

    Args:
        number: from 1.
        parameters: those that were searched.
        score: None where it failed, with the `reason`, and `oom` if it was out of memory.
        seconds: of training and scoring.
        repeats: the number of an equal trial before it, whose outcome this is; 0 for none.
    """

    number: int
    parameters: Values
    score: float | None
    seconds: float
    reason: str = ""
    repeats: int = 0
    oom: bool = False

    def told(self) -> dict[str, Any]:
        """Give what the record holds of it."""
        told: dict[str, Any] = {
            "trial": self.number,
            "parameters": dict(self.parameters),
            "score": self.score,
            "seconds": self.seconds,
        }
        if self.reason:
            told["reason"] = self.reason
        return {**told, "repeats": self.repeats} if self.repeats else told


def tune(
    space: Sequence[Mapping[str, Any]], trials: int, seed: int, attempt: Attempt, log: Log
) -> tuple[Trial, ...]:
    """Make all trials of one model.

    A failing trial is a trial. Parameters that come again are not tried again.

    Args:
        space: as `tune_space.space_of` gives it.
        trials: how many.
        seed: of the search.
        attempt: trains and scores.
        log: knows trials that were made before, and is told of each.

    Raises:
        CellError: all trials failed.
        MemoryError: all trials ran out of memory.
    """
    optuna = importlib.import_module(LIBRARY)
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    sampler = optuna.samplers.TPESampler(seed=seed)
    study = optuna.create_study(direction="maximize", sampler=sampler)
    distributions = {one["parameter"]: _distribution(optuna, one) for one in space}
    study.enqueue_trial({one["parameter"]: one["default"] for one in space})
    made: list[Trial] = []
    for number in range(1, trials + 1):
        asked = study.ask(distributions)
        trial = log.recall(number, asked.params) or _repeated(number, asked.params, made)
        trial = trial or _made(number, asked.params, attempt)
        if trial.score is None:
            study.tell(asked, state=optuna.trial.TrialState.FAIL)
        else:
            study.tell(asked, trial.score)
        made.append(trial)
        log.keep(made)
    if all(trial.score is None for trial in made):
        sentence = f"all {trials} trials failed; the first: {made[0].reason}"
        raise MemoryError(sentence) if all(trial.oom for trial in made) else CellError(sentence)
    return tuple(made)


def best_of(trials: Sequence[Trial]) -> Trial:
    """Give the trial with the highest score; the first of equal ones."""
    scored = [trial for trial in trials if trial.score is not None]
    return max(scored, key=lambda trial: (trial.score, -trial.number))


def quality(y: NDArray[np.integer], scores: NDArray[np.float64]) -> float:
    """Give the area under the ROC curve; of several classes, the mean of each against the rest.

    It needs no threshold, does not depend on how many rows of each class a sampler left, and says
    something on few rows, where the TPR at 1 % FPR is not defined: that takes 1,000 benign ones.

    Args:
        y: labels (n,), 0 benign.
        scores: (n,) probability of attack, or (n, k) of each class.

    Raises:
        CellError: the scores are not one number (or k) for each row, or not finite.

    >>> quality(np.array([0, 1, 0, 1]), np.array([0.1, 0.4, 0.4, 0.8]))
    0.875
    >>> quality(np.array([0, 1, 2]), np.eye(3))
    1.0
    """
    if scores.ndim not in (1, 2) or len(scores) != len(y) or not np.isfinite(scores).all():
        raise CellError(f"the model gave no scores that can be compared for {len(y)} rows")
    if scores.ndim == 1:
        return _area(y > 0, scores)
    return float(np.mean([_area(y == label, scores[:, label]) for label in np.unique(y)]))


def _area(positive: NDArray[np.bool_], score: NDArray[np.float64]) -> float:
    area = auc_roc(positive, score)
    assert area is not None, "rows are held out with both kinds among them"
    return area


def _distribution(optuna: Any, one: Mapping[str, Any]) -> Any:
    kinds = optuna.distributions
    if one["choices"]:
        return kinds.CategoricalDistribution(tuple(one["choices"]))
    if one["type"] == "int":
        low, high = int(one["minimum"]), int(one["maximum"])
        return kinds.IntDistribution(low, high, log=one["log"])
    return kinds.FloatDistribution(one["minimum"], one["maximum"], log=one["log"])


def _repeated(number: int, parameters: Values, made: Sequence[Trial]) -> Trial | None:
    for trial in made:
        if trial.parameters == parameters:
            return replace(trial, number=number, seconds=0.0, repeats=trial.repeats or trial.number)
    return None


def _made(number: int, parameters: Values, attempt: Attempt) -> Trial:
    started = time.perf_counter()
    score, reason, oom = None, "", False
    try:
        score = attempt(number, parameters)
    except (CellSkipped, RunStopped, ModuleNotFoundError):
        raise
    except Exception as error:  # a model may raise anything; its other parameters may do
        oom = isinstance(error, MemoryError)
        text = without_places(" ".join(str(error).split()))[:LONGEST_REASON]
        known = isinstance(error, CellError | MemoryError) and text
        reason = text if known else f"{type(error).__name__}: {text}".removesuffix(": ")
    return Trial(number, parameters, score, time.perf_counter() - started, reason, oom=oom)
