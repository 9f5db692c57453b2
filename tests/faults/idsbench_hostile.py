"""A target that does one wrong thing, for the tests that the other targets of a run finish."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from idsbench.values import Component, Parameter, TargetTraits

HERE = "idsbench_hostile"
WAYS = (
    *("none", "hangs-deploy", "hangs-open", "hangs-row", "absence-raises"),
    *("no-threads", "costs-nothing", "costs-negative", "costs-fpr", "peak-text", "peak-raises"),
)
COSTS = {
    **dict.fromkeys(("latency_p50_us", "latency_p95_us", "latency_p99_us"), 2.0),
    "latency_calls": 500,
    "throughput_rows_per_s": 5e5,
    "energy_uj_per_row": None,
    "energy_method": "none",
    "energy_detail": "not measured",
    "unmeasured": {"energy_uj_per_row": "no meter"},
}
WRONG = {
    "costs-negative": {**COSTS, "latency_p50_us": -5.0},
    "costs-fpr": {**COSTS, "fpr": 0.0},
    "costs-nothing": {},
}


class Hostile:
    """Runs three weights as a file; `does` is what it does wrong."""

    def __init__(self, does: str) -> None:
        self.does, self.threads = does, int(does != "no-threads")

    def absence(self) -> Any:
        if self.does == "absence-raises":
            raise RuntimeError("nobody is at home")
        return ""

    def refusal(self, model: str, formats: tuple[str, ...]) -> Any:
        return ""

    def deploy(self, model, out: Path, rows) -> None:
        self._hang("hangs-deploy")
        model.export("weights", out, rows)

    def open(self, model, artifact: Path) -> Any:
        from idsbench_faults import Faulty

        self._hang("hangs-open")
        weights = Faulty("good", None, "-")
        weights.restore(artifact, 1)
        told = self.does.startswith(("costs", "peak"))
        return Telling(self, weights) if told else Scorer(self, weights)

    def _hang(self, way: str) -> None:
        if self.does == way:
            time.sleep(600)


class Scorer:
    """Scores as the model does."""

    def __init__(self, target: Hostile, weights) -> None:
        self.target, self.weights = target, weights

    def scores(self, x):
        self.target._hang("hangs-row")
        return self.weights.scores(x)


class Telling(Scorer):
    """Says itself what it costs."""

    def costs(self, x, warm_up_s: float, seconds: float) -> Any:
        return WRONG.get(self.target.does, COSTS)

    def peak_rss_mb(self) -> Any:
        if self.target.does == "peak-raises":
            raise RuntimeError("nobody looked")
        return "lots"


COMPONENTS = (
    Component(
        "target",
        "hostile",
        "toy",
        f"{HERE}:Hostile",
        (Parameter("does", str, "none", choices=WAYS),),
        traits=TargetTraits("weights"),
    ),
)
