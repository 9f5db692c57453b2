"""A target that does one wrong thing, for the tests that the other targets of a run finish."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from idsbench.values import Component, Parameter, TargetTraits

HERE = "idsbench_hostile"
WAYS = ("none", "hangs-deploy", "hangs-open", "hangs-row")


class Hostile:
    """Runs three weights as a file; `does` is what it does wrong."""

    def __init__(self, does: str) -> None:
        self.does, self.threads = does, 1

    def absence(self) -> Any:
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
        return Scorer(self, weights)

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
