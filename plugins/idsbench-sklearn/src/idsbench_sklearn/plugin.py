"""Registers the table featurizer, the samplers and the scikit-learn models."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Literal

from idsbench.hookspecs import hookimpl
from idsbench.values import Component, FeaturizerTraits, ModelTraits, Parameter, Search

# The same for all components, so that one fork server serves them all.
PRELOAD = (
    "imblearn.over_sampling",
    "imblearn.under_sampling",
    "sklearn.ensemble",
    "sklearn.linear_model",
    "sklearn.neighbors",
    "sklearn.tree",
)
SAMPLER_LIBRARIES = ("imbalanced-learn", "scikit-learn", "numpy")
MODEL_LIBRARIES = ("scikit-learn", "numpy")
MODEL_TRAITS = ModelTraits(
    featurizer="table", input="table", tasks=("binary", "category", "subcategory")
)
SEARCHED = {
    "logistic": (Search("c", 0.001, 1000.0, log=True),),
    "decision-tree": (Search("max_depth", choices=(None, 4, 6, 8, 12, 16, 24)),),
    "random-forest": (
        Search("trees", 50, 400, log=True),
        Search("max_depth", choices=(None, 8, 12, 16, 24)),
    ),
    "hist-gradient-boosting": (
        Search("iterations", 50, 500, log=True),
        Search("learning_rate", 0.01, 0.5, log=True),
        Search("max_leaf_nodes", 7, 255, log=True),
    ),
    "isolation-forest": (Search("trees", 50, 400, log=True), Search("rows", 64, 4096, log=True)),
}

MADE_OF: Mapping[str, Literal["linear", "trees", "boosted-trees", "isolation-trees"]] = (
    MappingProxyType(
        {
            "logistic": "linear",
            "decision-tree": "trees",
            "random-forest": "trees",
            "hist-gradient-boosting": "boosted-trees",
            "isolation-forest": "isolation-trees",
        }
    )
)

MAX_ROWS = Parameter(
    "max_rows",
    int,
    None,
    "most training rows, drawn by class; none for all",
    minimum=100,
    optional=True,
)
MAX_DEPTH = Parameter(
    "max_depth",
    int,
    None,
    "most splits above a leaf; none for no limit",
    minimum=1,
    maximum=1_000,
    optional=True,
)
NEIGHBOURS = Parameter(
    "k",
    int,
    5,
    "nearest rows of the class among which the second parent is drawn",
    minimum=1,
    maximum=1_000,
)
SELECTION = (
    Parameter(
        "k",
        str,
        "8",
        "how many columns to keep: 3 to 8 in paper C",
        choices=(*map(str, range(1, 17)), "24", "32", "48", "64", "all"),
    ),
    Parameter(
        "correlation",
        float,
        0.95,
        "of two columns with |r| above this, the one with less information gain goes first",
        minimum=0.0,
        maximum=1.0,
    ),
    Parameter(
        "bins",
        int,
        64,
        "intervals per column over which information gain is counted",
        minimum=2,
        maximum=10_000,
    ),
)


def _ratio(name: str, text: str) -> Parameter:
    return Parameter(name, float, 1.0, text, minimum=0.001, maximum=1.0)


@hookimpl
def idsbench_featurizers() -> list[Component]:
    """Offer `table` and `select`."""
    scale = Parameter(
        "scale",
        str,
        "standard",
        "how each column is scaled",
        choices=("standard", "log", "quantile", "minmax", "none"),
    )
    return [
        Component(
            kind="featurizer",
            name="table",
            summary="Scaled columns, each row a vector",
            build="idsbench_sklearn.table:Table",
            parameters=(scale,),
            libraries=("numpy",),
            traits=FeaturizerTraits("table"),
        ),
        Component(
            kind="featurizer",
            name="select",
            summary="The few columns that tell most, unscaled; chain it: select[k=8]+table",
            build="idsbench_sklearn.select:Select",
            parameters=SELECTION,
            libraries=("scikit-learn", "numpy"),
            traits=FeaturizerTraits("table"),
        ),
    ]


@hookimpl
def idsbench_samplers() -> list[Component]:
    """Offer `none`, `smote`, `rus` and `smote-rus`."""
    after_smote = "smaller class / largest class after SMOTE"
    after_rus = "smallest class / larger class after under-sampling"
    return [
        Component(
            kind="sampler",
            name="none",
            summary="Training rows as they are",
            build="idsbench_sklearn.unsampled:Unsampled",
        ),
        _sampler(
            "smote",
            "Synthetic rows for the smaller classes, parents recorded",
            "idsbench_sklearn.smote:Smote",
            (NEIGHBOURS, _ratio("ratio", after_smote)),
        ),
        _sampler(
            "rus",
            "Random under-sampling of the larger classes",
            "idsbench_sklearn.rus:Rus",
            (_ratio("ratio", after_rus),),
        ),
        _sampler(
            "smote-rus",
            "SMOTE, then random under-sampling",
            "idsbench_sklearn.smote_rus:SmoteRus",
            (_ratio("smote", after_smote), _ratio("rus", after_rus), NEIGHBOURS),
        ),
    ]


@hookimpl
def idsbench_models() -> list[Component]:
    """Offer four classifiers and `isolation-forest`."""
    return [
        _model(
            "logistic",
            "Logistic regression",
            "idsbench_sklearn.logistic:Logistic",
            (
                Parameter("c", float, 1.0, "inverse strength of the penalty", minimum=1e-6),
                Parameter("max_iter", int, 200, "most iterations", minimum=1),
            ),
        ),
        _model(
            "decision-tree",
            "One decision tree",
            "idsbench_sklearn.decision_tree:DecisionTree",
            (MAX_DEPTH,),
        ),
        _model(
            "random-forest",
            "A forest of decision trees",
            "idsbench_sklearn.random_forest:RandomForest",
            (
                Parameter("trees", int, 100, "how many", minimum=1, maximum=10_000),
                MAX_DEPTH,
            ),
        ),
        _model(
            "hist-gradient-boosting",
            "Boosted trees over binned columns, stopped on validation rows",
            "idsbench_sklearn.hist_gradient_boosting:HistGradientBoosting",
            (
                Parameter("iterations", int, 100, "most rounds", minimum=1, maximum=10_000),
                Parameter(
                    "learning_rate",
                    float,
                    0.1,
                    "weight of each round",
                    minimum=1e-4,
                    maximum=1.0,
                ),
                Parameter("max_leaf_nodes", int, 31, "most leaves of a tree", minimum=2),
            ),
        ),
        replace(
            _model(
                "isolation-forest",
                "Rows that few random cuts set apart, learned from benign rows alone",
                "idsbench_sklearn.isolation_forest:IsolationForest",
                (
                    Parameter("trees", int, 100, "how many", minimum=1, maximum=10_000),
                    Parameter("rows", int, 256, "rows drawn for each tree", minimum=2),
                    Parameter(
                        "alarms",
                        float,
                        0.01,
                        "share of benign training rows that may score 0.5 or more",
                        minimum=0.0,
                        maximum=1.0,
                    ),
                ),
            ),
            traits=replace(
                MODEL_TRAITS,
                tasks=("binary",),
                exports=("onnx",),
                search=SEARCHED["isolation-forest"],
                made_of=MADE_OF["isolation-forest"],
            ),
        ),
    ]


def _sampler(name: str, summary: str, build: str, parameters: tuple[Parameter, ...]) -> Component:
    return Component(
        kind="sampler",
        name=name,
        summary=summary,
        build=build,
        parameters=parameters,
        preload=PRELOAD,
        libraries=SAMPLER_LIBRARIES,
    )


def _model(name: str, summary: str, build: str, parameters: tuple[Parameter, ...]) -> Component:
    return Component(
        kind="model",
        name=name,
        summary=summary,
        build=build,
        parameters=(*parameters, MAX_ROWS),
        preload=PRELOAD,
        libraries=MODEL_LIBRARIES,
        traits=replace(
            MODEL_TRAITS,
            exports=("onnx",),
            search=SEARCHED[name],
            made_of=MADE_OF[name],
        ),
    )
