"""What each kind of component must do. Shapes stand beside every array; n rows, d columns.

A component's `build` names a factory that is called with the component's parameters as keyword
arguments and gives an object with these methods. Nothing has to be inherited.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from idsbench.values import Batch, Card, Fit, Resampled, Rows, Split, State, Table

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Progress = Callable[[Mapping[str, float]], None]
"""Called by a model after each epoch (or round) with what it knows: epoch, loss, rows_per_s."""


class Dataset(Protocol):
    """Reads a dataset's files and can write a stand-in for them. Its module must import quickly."""

    card: Card

    def load(self, files: tuple[Path, ...], layout: str) -> Table:
        """Read and clean the files of one layout.

        Raises:
            DataError: the content is not what the layout promises; names file, line and column.
            CellSkipped: the parameters ask for columns that this layout does not have.
        """
        ...

    def synthesize(self, out: Path, rows: int, seed: int) -> None:
        """Write a stand-in with `rows` rows to the file `out`, the same for the same seed."""
        ...


class SplitProtocol(Protocol):
    """How rows become training, validation and test rows."""

    def split(self, rows: Rows, rng: np.random.Generator) -> Split:
        """Give three disjoint index arrays.

        Raises:
            CellSkipped: the protocol has no meaning on these rows.
        """
        ...


class Sampler(Protocol):
    """Resamples rows in scaled feature space."""

    def resample(
        self, x: NDArray[np.float32], y: NDArray[np.int16], rng: np.random.Generator
    ) -> Resampled:
        """Take x (n, d), y (n,); give rows with the parents of each.

        Raises:
            CellError: too few rows of a class.
        """
        ...


class Featurizer(Protocol):
    """A numeric stage, fitted on training rows, and an optional image layout after the sampler.

    `transform` and `layout` work row by row: shuffling or dropping rows changes nothing else.
    """

    def fit(self, x: NDArray[np.float32], y: NDArray[np.int16]) -> None:
        """Learn from x (n, d) and y (n,)."""
        ...

    def transform(self, x: NDArray[np.float32]) -> NDArray[np.float32]:
        """(n, d) -> (n, d'), float32, finite."""
        ...

    def layout(self, x: NDArray[np.float32]) -> NDArray[np.float32]:
        """(n, d') -> (n, h, w, c) for an image featurizer; (n, d') unchanged for a table one."""
        ...

    def state(self) -> dict[str, NDArray[np.generic]]:
        """What was fitted, as plain arrays."""
        ...

    def restore(self, state: Mapping[str, NDArray[np.generic]]) -> None:
        """Become what `state` came from."""
        ...


class Describing(Protocol):
    """What a fitted featurizer can do besides: say what it learned."""

    def describe(self, columns: tuple[str, ...]) -> Mapping[str, Any]:
        """Give JSON values for the record, in less than 64 KiB.

        Args:
            columns: the names (d) of what `transform` takes.

        Returns:
            Any keys; `columns`, if it is there, are the names (d') of what `transform` gives.
        """
        ...


class Scorer(Protocol):
    """Anything that scores rows: a model in its framework, or an artifact on a target."""

    def scores(self, x: NDArray[np.float32]) -> NDArray[np.float64]:
        """x (n, d) or (n, h, w, c) -> probability of attack (n,), or of each class (n, k)."""
        ...


class Model(Scorer, Protocol):
    """A detector. `fit` is given a seeded generator; use it for everything random."""

    def fit(self, train: Batch, valid: Batch, rng: np.random.Generator, progress: Progress) -> Fit:
        """Learn from training rows; validation rows are for early stopping only."""
        ...

    def parameter_count(self) -> int | None:
        """Learned numbers: weights, or for trees nodes with their thresholds; None if meaningless."""
        ...

    def macs(self) -> int | None:
        """Multiply-accumulate operations per row; None if not counted."""
        ...

    def save(self, folder: Path) -> None:
        """Write the fitted model into an empty folder; its bytes are the record's `size_bytes`."""
        ...

    def restore(self, folder: Path, threads: int) -> None:
        """Become the fitted model saved in `folder`, ready to score with `threads` threads."""
        ...


class Checkpoints(Protocol):
    """Where a training that was killed goes on."""

    def load(self, like: Mapping[str, NDArray[np.generic]]) -> State | None:
        """Give the state to go on from, or None to begin; asked once, before the first epoch.

        Args:
            like: arrays that the state must hold with these shapes and types, such as the weights.
        """
        ...

    def offer(self, make: Callable[[], State]) -> None:
        """Tell after each epoch how to get the state; it is called only when one is to be kept."""
        ...


class Resuming(Protocol):
    """What the `fit` of a model takes, if its traits say `resumes`."""

    def fit(
        self,
        train: Batch,
        valid: Batch,
        rng: np.random.Generator,
        progress: Progress,
        checkpoints: Checkpoints | None = None,
    ) -> Fit:
        """Learn as `Model.fit` does, from the state that `checkpoints` has, if it has one.

        A training that was ended and goes on must give the weights of one that was not: the state
        holds the generators', the optimiser's and the early stopping's too.
        """
        ...


class Exporting(Protocol):
    """What a model can do besides, if its traits name formats under `exports`."""

    def export(self, form: str, out: Path, rows: NDArray[np.float32]) -> None:
        """Write the fitted model as `form` into the empty folder `out`.

        Args:
            form: one of its traits' `exports`.
            out: where to write; what is in it is the artifact.
            rows: training rows (m, d) or (m, h, w, c) as it takes them, for shapes, and to
                calibrate a quantised form with.

        Raises:
            CellSkipped: this model, as it was fitted, has no such form.
        """
        ...


class Movable(Protocol):
    """What a model can do besides, if its traits name devices."""

    def move_to(self, device: str) -> None:
        """Score on this device ("cuda") from now on.

        Raises:
            CellSkipped: the model's framework cannot use it here.
        """
        ...

    def wait(self) -> None:
        """Return when all that was asked of the device is done: a clock stops after it."""
        ...


class Costing(Protocol):
    """What a scorer can do besides, where calling it from here would not show what it costs there."""

    def costs(
        self, x: NDArray[np.float32], warm_up_s: float, seconds: float
    ) -> Mapping[str, object]:
        """Time single rows of x (n, ...) where they are scored; give a record's cost keys.

        They are those of `timing.cost`: the three percentiles of latency, `latency_calls`,
        `throughput_rows_per_s`, `energy_uj_per_row`, `energy_method` (rapl, nvml, meter, model or
        none), `energy_detail`, and `unmeasured`: key -> reason. What is measured on another
        machine names it as `machine`. `size_bytes` takes the place of the artifact's,
        `target_detail` says what else a reader must know, in JSON.

        Times, rates and energies are above 0, or None with a reason in `unmeasured`; bytes and
        counts are whole. `cost_checks` looks at all of it: what is wrong, or is no cost, such as
        a score, makes the cell `failed` with a sentence that names target and key.
        """
        ...

    def peak_rss_mb(self) -> float | None:
        """Give the peak memory (MB) of a process there that loads the artifact and scores 64 rows.

        Above 0, or None where it is not known. Anything else, or an error, leaves the record
        without it, with the reason.
        """
        ...


class Working(Protocol):
    """A scorer that measures itself on this machine, in a program of its own."""

    def work(self, x: NDArray[np.float32], seconds: float) -> int:
        """Score single rows of x (n, ...) in turn for so long; give how many were scored.

        Meters that see all of the machine measure it, in the place of the energy in `costs`.
        """
        ...


class Target(Protocol):
    """Where a trained model is deployed and measured.

    Its `device` is "cpu" unless it has an attribute of that name, such as "cuda"; an energy meter
    is chosen by it. A parameter `memory_mb` is a limit that the runner holds, on a fresh process
    that loads the target's runtime and scores; with `own_program = True` on the peak that its
    scorer gives.

    The runner ends what hangs: after 60 s to build and to open, 60 s for the first row, 600 s to
    deploy. An attribute `loading_s` takes the place of the two 60 s of opening and of that row, for
    a device that is slow to reach.

    `threads` is a whole number from 1. A target that raises when it is built, or asked for its
    absence or refusal, is skipped with that as the reason.
    """

    threads: int

    def absence(self) -> str:
        """Why this machine has no such target; empty when it has. Imports nothing heavy."""
        ...

    def refusal(self, model: str, formats: tuple[str, ...]) -> str:
        """Why this model cannot be hosted, or ""; `formats` is what its traits offer."""
        ...

    def deploy(self, model: Model, out: Path, rows: NDArray[np.float32]) -> None:
        """Write the fitted model's artifact into the empty folder `out`.

        Never asked of a target whose traits name no format: it runs the training's own files.

        Args:
            model: restored.
            out: where to write.
            rows: at most 512 captured training rows as the model takes them, to calibrate with.

        Raises:
            CellSkipped: the model has no form that this target runs.
        """
        ...

    def open(self, model: Model | None, artifact: Path) -> Scorer:
        """Load an artifact, ready to score.

        Args:
            model: not fitted; None where the traits name a format, so that no framework is loaded,
                and do not ask for the framework.
            artifact: what `deploy` wrote, or the training's own files.
        """
        ...
