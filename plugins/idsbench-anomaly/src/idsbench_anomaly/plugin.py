"""Registers the anomaly detectors."""

from __future__ import annotations

from dataclasses import replace

from idsbench.hookspecs import hookimpl
from idsbench.values import Component, ModelTraits, Parameter, Search

# Errors are summed over columns: a heavy tail would drown all others, and quantiles have none.
TRAITS = ModelTraits(featurizer="table[scale=quantile]", input="table", tasks=("binary",))
# The second is what torch's optimisers import; slow enough to be worth doing once.
PRELOAD = ("torch", "torch._dynamo")
RATE = Search("learning_rate", 1e-4, 0.1, log=True)

TRAINING = (
    Parameter("learning_rate", float, 0.01, "step of Adam", minimum=1e-8, maximum=1.0),
    Parameter(
        "batch",
        int,
        256,
        "most rows per step; fewer where benign rows are few, for 40 steps an epoch",
        minimum=1,
        maximum=1_000_000,
    ),
    Parameter(
        "alarms",
        float,
        0.01,
        "share of benign training rows that may score 0.5 or more",
        minimum=0.0,
        maximum=1.0,
    ),
    Parameter(
        "max_rows",
        int,
        200_000,
        "most training rows, drawn by class; none for all",
        minimum=100,
        optional=True,
    ),
)


@hookimpl
def idsbench_models() -> list[Component]:
    """Offer `autoencoder` and `kitnet`."""
    return [
        _model(
            "autoencoder",
            "Error of one network that gives benign rows back (PyTorch)",
            "idsbench_anomaly.autoencoder:Autoencoder",
            replace(
                TRAITS,
                search=(RATE, Search("hidden", 16, 128, log=True), Search("code", 2, 16)),
                resumes=True,
            ),
            (
                _epochs(20),
                Parameter("hidden", int, 32, "width before and after", minimum=1, maximum=10_000),
                Parameter("code", int, 8, "width of the middle", minimum=1, maximum=10_000),
            ),
        ),
        _model(
            "kitnet",
            "Ensemble of small autoencoders over benign rows, as in Kitsune (PyTorch)",
            "idsbench_anomaly.kitnet:KitNet",
            replace(TRAITS, search=(RATE, Search("columns", 3, 30), Search("ratio", 0.3, 1.0))),
            (
                _epochs(10),
                Parameter(
                    "columns",
                    int,
                    10,
                    "most columns of a small autoencoder",
                    minimum=1,
                    maximum=1_000,
                ),
                Parameter(
                    "ratio", float, 0.75, "hidden units per input", minimum=0.01, maximum=1.0
                ),
            ),
        ),
    ]


def _epochs(default: int) -> Parameter:
    return Parameter(
        "epochs", int, default, "passes over the benign rows", minimum=1, maximum=10_000
    )


def _model(
    name: str,
    summary: str,
    build: str,
    traits: ModelTraits,
    parameters: tuple[Parameter, ...],
) -> Component:
    return Component(
        kind="model",
        name=name,
        summary=summary,
        build=build,
        parameters=(*parameters, *TRAINING),
        preload=PRELOAD,
        libraries=("torch", "numpy", "scipy"),
        traits=traits,
    )
