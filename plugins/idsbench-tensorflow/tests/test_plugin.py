from __future__ import annotations

import os
import subprocess
import sys
from importlib import import_module

import pytest

from idsbench_tensorflow.plugin import CNN, MOBILENET, idsbench_models

TRAIN_IN_A_FORK = """
import os, sys
import idsbench_tensorflow.runtime
pid = os.fork()
if pid == 0:
    import numpy as np
    from idsbench.values import Batch
    from idsbench_tensorflow.mobilenet import MobileNet
    from idsbench_tensorflow.plugin import MOBILENET
    given = {found.name: found.default for found in MOBILENET.parameters}
    model = MobileNet(**{**given, "version": "v1", "batch": 8, "epochs": 1})
    y = np.array([0, 1] * 8, dtype=np.int16)
    part = Batch(np.random.default_rng(0).random((16, 6, 6, 1), dtype=np.float32), y)
    model.fit(part, part, np.random.default_rng(0), lambda entry: None)
    print(len(model.scores(part.x)), flush=True)
    os._exit(0)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
"""


def test_the_plugin_offers_two_models_on_images():
    components = idsbench_models()
    assert [(found.kind, found.name) for found in components] == [
        ("model", "cnn-keras"),
        ("model", "mobilenet"),
    ]
    for component in components:
        assert component.traits is not None
        assert (component.traits.featurizer, component.traits.input) == ("image", "image")


@pytest.mark.parametrize("component", [CNN, MOBILENET], ids=lambda component: component.name)
def test_the_factory_takes_exactly_the_declared_parameters(component):
    module, attribute = component.build.split(":")
    defaults = {parameter.name: parameter.default for parameter in component.parameters}
    model = getattr(import_module(module), attribute)(**defaults)
    settings = {name: value for name, value in vars(model).items() if not name.startswith("_")}
    assert settings == defaults


def test_registering_imports_neither_numpy_nor_tensorflow():
    program = (
        "import sys, idsbench_tensorflow.plugin; "
        "print(sorted({'numpy', 'keras', 'tensorflow'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("[]\n", "")


@pytest.mark.slow
def test_a_child_forked_from_a_process_with_tensorflow_trains_and_says_nothing_else():
    quiet = ("TF_CPP_MIN_LOG_LEVEL", "TF_ENABLE_ONEDNN_OPTS", "KERAS_BACKEND")
    done = subprocess.run(
        [sys.executable, "-c", TRAIN_IN_A_FORK],
        capture_output=True,
        text=True,
        timeout=300,
        env={name: value for name, value in os.environ.items() if name not in quiet},
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "16\n", "")
