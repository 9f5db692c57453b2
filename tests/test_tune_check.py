"""A search space that is not one of the model's own parameters keeps its plugin out."""

from __future__ import annotations

import pytest

from idsbench.catalog import load_catalog
from idsbench.errors import CatalogError
from idsbench.tune_check import check_space, declared
from idsbench.values import Component, ModelTraits, Parameter, Search

PARAMETERS = (
    Parameter("c", float, 1.0, minimum=1e-6),
    Parameter("k", int, 3, minimum=1, maximum=9),
    Parameter("depth", int, None, minimum=1, optional=True),
    Parameter("kind", str, "a", choices=("a", "b", "c")),
    Parameter("on", bool, True),
)


def _model(*searches: Search) -> Component:
    traits = ModelTraits(search=searches)
    return Component("model", "mine", "", "m:M", PARAMETERS, traits=traits)


def test_sound_spaces_are_taken():
    check_space(
        _model(
            Search("c", 0.01, 10.0, log=True),
            Search("k", 1, 9),
            Search("depth", choices=(None, 4, 8)),
            Search("kind", choices=("a", "c")),
            Search("on", choices=(True, False)),
        )
    )


@pytest.mark.parametrize(
    ("search", "problem"),
    [
        (Search("C", 0.1, 1.0), "C: the model has no such parameter"),
        (Search("c"), "c: give both ends of a range, the lower one first"),
        (Search("c", 2.0, 1.0), "c: give both ends of a range, the lower one first"),
        (Search("c", 0.1, 10.0, choices=(1.0, 2.0)), "c: give a range or choices, not both"),
        (Search("c", 0.0, 10.0, log=True), "c: a logarithmic range begins above 0"),
        (Search("c", 0.0, 10.0), "c: the range goes beyond what the parameter allows"),
        (Search("k", 1, 10), "k: the range goes beyond what the parameter allows"),
        (Search("k", 1.5, 9), "k: the range goes beyond what the parameter allows"),
        (Search("k", 4, 9), "k: the parameter's default is not in the range"),
        (Search("depth", 1, 9), "depth: the parameter's default is not in the range"),
        (Search("kind", 1, 2), "kind: only numbers have a range; give choices"),
        (
            Search("kind", choices=("a",)),
            "kind: the choices need two values, the parameter's default among them",
        ),
        (
            Search("kind", choices=("b", "c")),
            "kind: the choices need two values, the parameter's default among them",
        ),
        (Search("kind", choices=("a", "d")), "kind: the parameter does not allow 'd'"),
        (Search("k", choices=(3, None)), "k: the parameter does not allow None"),
        (Search("k", choices=(3, "4")), "k: the parameter does not allow '4'"),
        (Search("k", choices=(3, True)), "k: the parameter does not allow True"),
    ],
)
def test_every_mistake_is_said_in_one_sentence(search, problem):
    with pytest.raises(CatalogError) as caught:
        check_space(_model(search))
    assert str(caught.value) == f"the search space of the model 'mine', {problem}"


def test_a_parameter_is_searched_once():
    with pytest.raises(CatalogError) as caught:
        check_space(_model(Search("k", 1, 9), Search("k", 2, 9)))
    assert str(caught.value) == "the search space of the model 'mine', k: is there twice"


def test_every_first_party_model_but_the_baselines_can_be_tuned():
    models = load_catalog().components("model")
    without = {model.name for model in models if not declared(model)}
    assert without == {model.name for model in models if model.traits.baseline}
