"""What the fixture `idsbench` gives a test: runs, assertions with the row, timing of inference."""

from __future__ import annotations

import argparse
import contextlib
import io
import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from idsbench.errors import RequestError, nearest
from idsbench.rowkeys import HIGHER_IS_BETTER

if TYPE_CHECKING:
    from idsbench.cells import Cell

Row = Mapping[str, Any]
TOLD = ("cell", "dataset", "protocol", "sampler", "featurizer", "model", "target", "seed")
QUALITY = (
    *("cell", "dataset", "variant", "protocol", "model", "target", "seed", "fpr", "fpr_low"),
    *("fpr_high", "fpr_interval", "recall", "tpr_at_fpr_1pct", "auc_roc", "parameters"),
    *("size_bytes", "flags"),
)


@dataclass(frozen=True)
class Limits:
    """Limits on keys of a record: `above` must not be passed, `below` must be reached."""

    above: Mapping[str, float]
    below: Mapping[str, float]

    @classmethod
    def of(cls, named: Mapping[str, Any]) -> Limits:
        """Read `max_KEY` and `min_KEY`.

        Raises:
            RequestError: all of them that name no key with numbers, or no number.
        """
        problems = []
        for word, value in named.items():
            known = [f"{way}_{key}" for key in HIGHER_IS_BETTER for way in ("max", "min")]
            if word not in known:
                problems.append(f"the marker has no limit {word}; {nearest(word, known)}")
            elif isinstance(value, bool) or not isinstance(value, int | float):
                problems.append(f"the marker's {word} is {value!r}; a number is needed")
        if problems:
            raise RequestError(problems)
        split = {
            way: {key[4:]: float(value) for key, value in named.items() if key.startswith(way)}
            for way in ("max_", "min_")
        }
        return cls(split["max_"], split["min_"])


class Bench:
    """Runs cells into a folder of the test's own.

    Args:
        folder: for records and artifacts.
        limits: every record that is run is held to them.
        suite: what `run` runs when it is given nothing.
        data_dir: where the data files are; None for the usual places, then stand-ins.
    """

    def __init__(
        self, folder: Path, limits: Limits, suite: str | None, data_dir: str | None
    ) -> None:
        self.folder, self.limits, self.suite, self.data_dir = folder, limits, suite, data_dir
        self._runs: list[argparse.Namespace] = []

    def run(self, selection: str = "") -> list[dict[str, Any]]:
        """Run cells as `idsbench run` does, without baselines, and give their records.

        Args:
            selection: as on the command line: "--datasets iotid20 --models logistic --seeds 0-4",
                or a suite's name; by default the marker's suite.

        Raises:
            AssertionError: a record has no result or is over a limit; shows the row.
            RequestError: a selection is wrong.
        """
        records = self._records(shlex.split(selection) or [self.suite or ""])
        problems = [problem for record in records for problem in self.problems(record)]
        if problems:
            raise AssertionError("\n".join(problems))
        return records

    def problems(self, record: Row) -> list[str]:
        """Say what is wrong with a record, with its row; empty when it holds."""
        name = " ".join(f"{key}={record[key]}" for key in TOLD)
        if record["status"] != "ok":
            return [f"{record['status']}: {record['reason']}\n  {name}"]
        found = []
        for sign, limits in ((1, self.limits.above), (-1, self.limits.below)):
            for key, limit in limits.items():
                value = record[key]
                if value is None or sign * value > sign * limit:
                    way = "over max" if sign > 0 else "under min"
                    text = "was not measured" if value is None else f" is {way}_{key}={limit:g}"
                    found.append(f"{key} {_shown(record, key)}{text}\n  {name}")
        return found

    def time(self, benchmark: Callable[..., Any], record: Row, rows: int = 1) -> None:
        """Time the inference of a record's model through pytest-benchmark's fixture.

        The record's quality goes into `extra_info`, so it is stored and compared with the times.

        Args:
            benchmark: the fixture.
            record: one that this fixture ran.
            rows: in one call.
        """
        info: Any = benchmark
        info.extra_info.update({key: record[key] for key in QUALITY})
        scores, x = self._scorer(self._cell(str(record["cell"])), rows)
        benchmark(scores, x)

    def _records(self, words: Sequence[str]) -> list[dict[str, Any]]:
        """Run into a folder of its own: its records are those of this run and no others."""
        from idsbench.cli import _parser
        from idsbench.commands import run_command
        from idsbench.store import read_records

        if not any(words):
            raise RequestError(["run() needs a selection, or a suite in the marker"])
        results = self.folder / f"results-{len(self._runs)}"
        more = ["--no-baselines", "--results", str(results)]
        more += ["--data-dir", self.data_dir] if self.data_dir else []
        arguments = _parser().parse_args(["run", *words, *more])
        self._runs.append(arguments)
        with contextlib.redirect_stdout(io.StringIO()):
            run_command(arguments)
        return read_records(results)

    def _cell(self, cell: str) -> Cell:
        """Give the planned cell of a record."""
        from idsbench.commands import _request, catalog_of
        from idsbench.plan import make_plan
        from idsbench.suite_command import plan_of

        for arguments in self._runs:
            catalog = catalog_of(arguments)
            plan = (
                plan_of(catalog, arguments)
                if arguments.suite
                else make_plan(catalog, _request(arguments))
            )
            for one in plan.cells:
                if one.id == cell:
                    return one
        raise RequestError([f"the record {cell} was not run by this fixture"])

    def _scorer(self, cell: Cell, rows: int) -> tuple[Callable[[Any], Any], Any]:
        """Open the cell's artifact as a measurement does."""
        from idsbench.cache import cache_folder
        from idsbench.components import FeaturizerChain, build
        from idsbench.deploy import open_on
        from idsbench.rowstore import open_part
        from idsbench.steps import make_steps

        steps, (planned,) = make_steps([cell], cache_folder(), self.folder, "quick")
        job = steps[planned.measure].payload
        prepared = Path(job["prepared"])
        chain = FeaturizerChain(job["featurizers"])
        chain.restore(prepared)
        scorer = open_on(build(job["target"]), job)
        return scorer.scores, chain.layout(open_part(prepared, "test").x[:rows])


def _shown(record: Row, key: str) -> str:
    value = record[key]
    text = "" if value is None else f"{value:.6g}"
    if key == "fpr" and record["fpr_low"] is not None:
        text += f" (95 % interval {record['fpr_low']:.4g} to {record['fpr_high']:.4g})"
    return text
