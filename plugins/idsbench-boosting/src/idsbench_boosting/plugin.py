"""Registers the boosted trees."""

from __future__ import annotations

from dataclasses import replace

from idsbench.hookspecs import hookimpl
from idsbench.values import Component, ModelTraits, Parameter, Search

TRAITS = ModelTraits(
    featurizer="table",
    input="table",
    tasks=("binary", "category", "subcategory"),
    exports=("onnx",),
    made_of="boosted-trees",
)
ROUNDS = Parameter(
    "iterations",
    int,
    100,
    "most rounds; validation rows may stop earlier",
    minimum=1,
    maximum=10_000,
)
LEARNING_RATE = Parameter(
    "learning_rate", float, 0.1, "weight of each round", minimum=1e-4, maximum=1.0
)
# The same for both, with the size of a tree in each one's own terms.
SEARCH = (Search("iterations", 50, 500, log=True), Search("learning_rate", 0.01, 0.5, log=True))
LEAVES_SEARCH, DEPTH_SEARCH = Search("max_leaf_nodes", 7, 255, log=True), Search("max_depth", 3, 12)
MAX_ROWS = Parameter(
    "max_rows",
    int,
    None,
    "most training rows, drawn by class; none for all",
    minimum=100,
    optional=True,
)


@hookimpl
def idsbench_models() -> list[Component]:
    """Offer `lightgbm` and `xgboost`."""
    leaves = Parameter(
        "max_leaf_nodes", int, 31, "most leaves of a tree", minimum=2, maximum=10_000
    )
    depth = Parameter("max_depth", int, 6, "most splits above a leaf", minimum=1, maximum=30)
    return [
        Component(
            kind="model",
            name="lightgbm",
            summary="Boosted trees grown leaf by leaf (LightGBM), stopped on validation rows",
            build="idsbench_boosting.lightgbm_trees:LightGbm",
            parameters=(ROUNDS, LEARNING_RATE, leaves, MAX_ROWS),
            preload=("lightgbm",),
            libraries=("lightgbm", "numpy"),
            traits=replace(TRAITS, search=(*SEARCH, LEAVES_SEARCH)),
        ),
        Component(
            kind="model",
            name="xgboost",
            summary="Boosted trees grown level by level (XGBoost), stopped on validation rows",
            build="idsbench_boosting.xgboost_trees:XgBoost",
            parameters=(ROUNDS, LEARNING_RATE, depth, MAX_ROWS),
            preload=("xgboost",),
            libraries=("xgboost", "xgboost-cpu", "numpy"),
            traits=replace(TRAITS, search=(*SEARCH, DEPTH_SEARCH)),
        ),
    ]
