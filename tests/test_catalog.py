"""Plugins become values; one that fails never hides another."""

from __future__ import annotations

import types

import pytest

from idsbench.catalog import Catalog, load_catalog, load_plugin
from idsbench.errors import CatalogError
from idsbench.hookspecs import hookimpl
from idsbench.values import Component, Parameter, Plugin


def _component(name: str = "mine", **changes) -> Component:
    fields = {"kind": "model", "name": name, "summary": "s", "build": "module:Attribute", **changes}
    return Component(**fields)


def _hook(name: str, result: object):
    def function():
        return result

    function.__name__ = name
    return hookimpl(function)


def _module(**hooks) -> types.ModuleType:
    module = types.ModuleType("fake_plugin")
    for name, result in hooks.items():
        setattr(module, name, _hook(name, result))
    return module


def _load(module: object) -> Plugin:
    return load_plugin("fake", "1.0", "entry", "fake_plugin", lambda: module)


def test_what_a_plugin_offers_is_found():
    plugin = _load(_module(idsbench_models=[_component()]))
    assert plugin.error == ""
    assert [component.name for component in plugin.components] == ["mine"]


def test_an_import_that_fails_is_a_value_with_its_error():
    def load():
        raise ImportError("no module named\nwhatever")

    plugin = load_plugin("fake", "1.0", "entry", "fake_plugin", load)
    assert plugin.error == "ImportError: no module named whatever"
    assert plugin.components == ()


def test_a_plugin_that_exits_on_import_does_not_end_the_program():
    def load():
        raise SystemExit(3)

    assert load_plugin("fake", "1.0", "entry", "m", load).error == "SystemExit: 3"


def test_a_misspelt_hook_is_an_error_not_silence():
    plugin = _load(_module(idsbench_modles=[_component()]))
    assert "idsbench_modles" in plugin.error


@pytest.mark.parametrize(
    ("component", "message"),
    [
        ("not a component", "idsbench_models returned str, not a Component"),
        (_component(kind="target"), "idsbench_models returned 'mine' of kind 'target'"),
        (
            _component("My Model"),
            "the model name 'My Model' is not lower-case words joined by hyphens",
        ),
        (
            _component(build="module"),
            "the model 'mine' has build 'module', not 'module:attribute'",
        ),
        (
            _component(parameters=(Parameter("size", int, None),)),
            "parameter 'size' of the model 'mine' has the default None but is not optional",
        ),
        (
            _component(parameters=(Parameter("mode", str, "c", choices=("a", "b")),)),
            "parameter 'mode' of the model 'mine' has a default that is not among its choices",
        ),
    ],
)
def test_a_malformed_offer_keeps_the_plugin_out_with_the_reason(component, message):
    assert _load(_module(idsbench_models=[component])).error == f"CatalogError: {message}"


def test_two_distributions_with_one_name_are_an_error_naming_both():
    first = Plugin("alpha", "1", "e", "m", (_component(),))
    second = Plugin("beta", "1", "e", "m", (_component(),))
    catalog = Catalog((first, second))
    sentence = (
        "the model 'mine' is offered by alpha and by beta: "
        "uninstall one of them or hide it with --block-plugin"
    )
    assert catalog.clashes == (sentence,)
    with pytest.raises(CatalogError) as caught:
        catalog.get("model", "mine")
    assert str(caught.value) == sentence


def test_an_unknown_name_is_answered_with_the_nearest_and_with_broken_plugins():
    broken = Plugin("gamma", "1", "e", "m", error="ImportError: x")
    catalog = Catalog((Plugin("alpha", "1", "e", "m", (_component(),)), broken))
    with pytest.raises(CatalogError) as caught:
        catalog.get("model", "mime")
    assert str(caught.value) == (
        "unknown model 'mime': did you mean mine? "
        "(plugins that could not be loaded: gamma; see `idsbench plugins`)"
    )


def test_the_installed_catalog_has_no_error_and_no_clash():
    catalog = load_catalog()
    assert catalog.broken == ()
    assert catalog.clashes == ()


def test_a_blocked_plugin_is_not_even_imported():
    names = {plugin.distribution for plugin in load_catalog(block=["IDSBENCH_Torch"]).plugins}
    assert "idsbench-torch" not in names
    assert "idsbench-sklearn" in names


def test_only_named_plugins_and_the_core_are_loaded():
    names = {plugin.distribution for plugin in load_catalog(only=["idsbench-sklearn"]).plugins}
    assert names == {"idsbench", "idsbench-sklearn"}
