"""`show` says what goes with what: targets with models, models with targets, featurizers with models."""

from __future__ import annotations

import pytest

from idsbench.catalog import Catalog, Plugin, load_catalog
from idsbench.show_command import shown_lines
from idsbench.show_hosting import compatibility
from idsbench.values import Component, FeaturizerTraits, ModelTraits, Parameter


class OnlyLittle:
    """Hosts what exports `little`, and in bytes what is made of layers."""

    threads = 1

    def __init__(self, bits: str) -> None:
        self.bits = bits

    def absence(self) -> str:
        return "not on this machine"

    def refusal(self, model: str, formats: tuple[str, ...]) -> str:
        if "little" not in formats:
            return f"the model '{model}' does not export little, which tiny runs: use cpu"
        return "" if self.bits == "32" or "layers" in formats else "tiny[bits=8] is for layers"


def _model(name: str, *exports: str, made_of="", takes="table") -> Component:
    traits = ModelTraits(input=takes, exports=exports, made_of=made_of, devices=("cuda",))
    return Component("model", name, "", "m:M", traits=traits)


MODELS = (
    _model("net", "little", "onnx", made_of="layers", takes="image"),
    _model("tree", "little", made_of="trees"),
    _model("one", "onnx"),
    _model("two"),
)
BITS = Parameter("bits", str, "32", choices=("32", "8"))
TINY = Component("target", "tiny", "", f"{__name__}:OnlyLittle", (BITS,))
BROKEN = Component("target", "broken", "", "idsbench.no_such_module:X")
IMAGES = Component("featurizer", "i", "", "m:I", traits=FeaturizerTraits(output="image"))
CATALOG = Catalog((Plugin("p", "1", "e", "m", (*MODELS, TINY, BROKEN, IMAGES)),))


def _lines(component: Component) -> list[str]:
    return list(compatibility(CATALOG, component))


def test_a_target_names_the_models_that_it_hosts_and_why_not_the_others():
    assert _lines(TINY) == [
        "hosts: net, tree",
        "refuses one, two: does not export little, which tiny runs",
        "with bits=8 hosts: net",
    ]


def test_a_model_names_its_exports_its_devices_and_its_targets():
    assert _lines(MODELS[0]) == [
        "exports: little, onnx",
        "devices: cpu, cuda",
        "targets that host it: tiny",
    ]
    assert _lines(MODELS[1])[2] == "targets that host it: tiny (not with bits=8)"
    assert _lines(MODELS[3])[::2] == ["exports: none", "targets that host it: none"]


def test_a_target_whose_code_cannot_be_imported_is_told_and_hosts_nothing():
    assert _lines(BROKEN) == [
        "hosts: none",
        "refuses net, one, tree, two: the target 'broken' cannot be built "
        "(ModuleNotFoundError: No module named 'idsbench.no_such_module'): reinstall its plugin",
    ]


def test_a_featurizer_names_the_models_that_take_what_it_gives():
    assert _lines(IMAGES) == ["gives images, which these models take: net"]


@pytest.mark.parametrize(
    ("kind", "name", "line"),
    [
        ("model", "cnn", "exports: onnx, litert"),
        ("target", "cpu", "refuses"),
        ("target", "edge-litert", "hosts: cnn, cnn-keras, mobilenet, mobilenet-torch"),
    ],
)
def test_what_is_installed_is_asked(kind, name, line):
    catalog = load_catalog()
    found = list(compatibility(catalog, catalog.get(kind, name)))
    assert any(one.startswith(line) for one in found) is (name != "cpu"), "cpu refuses nothing"


def test_show_says_it_before_the_parameters():
    lines = shown_lines(CATALOG, TINY)
    assert lines[2:] == [*_lines(TINY), "parameters:", "  bits=32  32|8"]
