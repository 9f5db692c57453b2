from __future__ import annotations

import inspect
import subprocess
import sys
from importlib import import_module

import pytest

from idsbench_sklearn.plugin import idsbench_featurizers, idsbench_models, idsbench_samplers

ALL = [*idsbench_featurizers(), *idsbench_samplers(), *idsbench_models()]


def test_the_names_are_those_of_the_interface():
    assert {(c.kind, c.name) for c in ALL} == {
        *(("featurizer", name) for name in ("table", "select")),
        *(("sampler", name) for name in ("none", "smote", "rus", "smote-rus")),
        *(
            ("model", name)
            for name in (
                *("logistic", "decision-tree", "random-forest", "hist-gradient-boosting"),
                "isolation-forest",
            )
        ),
    }


@pytest.mark.parametrize("component", ALL, ids=lambda c: f"{c.kind} {c.name}")
def test_every_component_builds_with_all_its_defaults_as_keywords(component):
    module, attribute = component.build.split(":")
    built = getattr(import_module(module), attribute)(
        **{p.name: p.default for p in component.parameters}
    )
    method = {"featurizer": "transform", "sampler": "resample", "model": "fit"}[component.kind]
    assert callable(getattr(built, method))


@pytest.mark.parametrize("component", ALL, ids=lambda c: f"{c.kind} {c.name}")
def test_declared_defaults_are_those_of_the_factory(component):
    module, attribute = component.build.split(":")
    signature = inspect.signature(getattr(import_module(module), attribute))
    assert {p.name: p.default for p in component.parameters} == {
        name: p.default for name, p in signature.parameters.items() if name != "name"
    }


def test_all_models_share_one_fork_server():
    assert len({component.preload for component in idsbench_models()}) == 1


def test_registration_imports_no_heavy_library():
    code = (
        "import sys, idsbench_sklearn.plugin; "
        "print([n for n in ('numpy', 'sklearn', 'imblearn', 'joblib') if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
