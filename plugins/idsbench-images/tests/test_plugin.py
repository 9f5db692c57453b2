from __future__ import annotations

import subprocess
import sys
from importlib import import_module

from idsbench_images.plugin import idsbench_featurizers


def test_the_plugin_offers_image_with_what_interface_md_promises():
    (image,) = idsbench_featurizers()
    assert (image.kind, image.name, image.traits.output) == ("featurizer", "image", "image")
    assert {p.name: p.default for p in image.parameters} == {
        "scale": "minmax",
        "size": "auto",
        "layout": "as-is",
        "channels": 1,
    }


def test_every_choice_of_every_parameter_builds():
    (image,) = idsbench_featurizers()
    module, attribute = image.build.split(":")
    factory = getattr(import_module(module), attribute)
    for parameter in image.parameters:
        for choice in parameter.choices or (parameter.default,):
            assert callable(factory(**{parameter.name: choice}).transform)


def test_registration_imports_no_numpy():
    code = "import sys, idsbench_images.plugin; print('numpy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
