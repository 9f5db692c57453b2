"""Selections are resolved with every parameter, and every mistake is said at once."""

from __future__ import annotations

import pytest

from idsbench.catalog import Catalog, load_catalog
from idsbench.errors import RequestError
from idsbench.selection import select, select_chains
from idsbench.values import Component, Parameter, Plugin


def _catalog() -> Catalog:
    forest = Component(
        "model",
        "random-forest",
        "s",
        "m:F",
        (
            Parameter("trees", int, 200, minimum=1, maximum=10_000),
            Parameter("depth", int, None, optional=True, minimum=1),
            Parameter("rate", float, 0.1),
            Parameter("mode", str, "a", choices=("a", "b")),
            Parameter("fast", bool, False),
            Parameter("file", str, None, optional=True, identity=False),
        ),
    )
    others = [Component("model", name, "s", "m:F") for name in ("dummy", "isolation-forest")]
    chain = [
        Component("featurizer", "select", "s", "m:F", (Parameter("k", int, 8),)),
        Component("featurizer", "image", "s", "m:F"),
        Component("featurizer", "cut", "s", "m:F", (Parameter("at", int, 1, identity=False),)),
    ]
    return Catalog((Plugin("d", "1", "e", "m", (forest, *others, *chain)),))


def _problems(text: str) -> tuple[str, ...]:
    with pytest.raises(RequestError) as caught:
        select(_catalog(), "model", text)
    return caught.value.problems


def test_defaults_are_resolved_and_stay_out_of_the_short_text():
    (spec,) = select(_catalog(), "model", "random-forest")
    assert spec.text == "random-forest"
    assert spec.identity == "random-forest[trees=200,depth=none,rate=0.1,mode=a,fast=false]"


def test_parameters_are_typed_and_shown_when_they_differ():
    (spec,) = select(_catalog(), "model", "random-forest[ trees=10, fast=true ,depth=3]")
    assert spec.parameters["trees"] == 10
    assert spec.parameters["fast"] is True
    assert spec.text == "random-forest[trees=10,depth=3,fast=true]"


def test_where_a_file_is_does_not_enter_the_identity():
    (spec,) = select(_catalog(), "model", "random-forest[file=/some/where.csv]")
    assert "file" not in spec.identity
    assert spec.parameters["file"] == "/some/where.csv"


def test_globs_match_and_are_not_naming():
    specs = select(_catalog(), "model", "*forest*")
    assert [spec.name for spec in specs] == ["isolation-forest", "random-forest"]
    assert not any(spec.named for spec in specs)


def test_a_glob_gives_its_parameters_to_each_match_and_names_those_that_lack_one():
    assert _problems("*forest*[trees=3]") == (
        "model 'isolation-forest' has no parameter 'trees': it takes no parameters",
    )
    (forest,) = select(_catalog(), "model", "random-f*[trees=3]")
    assert (forest.text, forest.named) == ("random-forest[trees=3]", False)


def test_limits_may_be_given_to_all_edge_targets_at_once():
    found = select(load_catalog(), "target", "edge-*[threads=1,memory_mb=256]")
    assert {"edge-c", "edge-litert", "edge-onnx", "edge-ssh"} <= {spec.name for spec in found}
    for spec in found:
        assert (spec.parameters["threads"], spec.parameters["memory_mb"]) == (1, 256.0)
        assert spec.text == f"{spec.name}[memory_mb=256.0]"


def test_the_same_component_twice_is_one():
    specs = select(_catalog(), "model", "random-forest,*forest*,random-forest[trees=200]")
    assert [(spec.name, spec.named) for spec in specs] == [
        ("random-forest", True),
        ("isolation-forest", False),
    ]


def test_selections_that_differ_in_nothing_that_tells_cells_apart_are_refused():
    file = "random-forest[trees=9,file={}]"
    assert _problems(f"{file.format('a')},dummy,{file.format('b')},random-forest[trees=9]") == (
        "model 'random-forest[trees=9]' is selected with file=a and with file=b, "
        "which are the same cell: name one of the two",
        "model 'random-forest[trees=9]' is selected with file=a and with file=none, "
        "which are the same cell: name one of the two",
    )
    assert len(select(_catalog(), "model", ",".join([file.format("a")] * 2))) == 1


def test_chains_that_differ_in_nothing_that_tells_cells_apart_are_refused():
    with pytest.raises(RequestError) as caught:
        select_chains(_catalog(), "cut[at=1]+image,cut[at=2]+image,cut[at=1]+image")
    assert caught.value.problems == (
        "featurizer 'cut' is selected with at=1 and with at=2, "
        "which are the same cell: name one of the two",
    )


@pytest.mark.parametrize(("kind", "name"), [("dataset", "table"), ("protocol", "frozen")])
def test_data_and_splits_are_told_apart_later(kind, name):
    file = Parameter("file", str, None, optional=True, identity=False)
    catalog = Catalog((Plugin("d", "1", "e", "m", (Component(kind, name, "s", "m:F", (file,)),)),))
    assert len(select(catalog, kind, f"{name}[file=a],{name}[file=b]")) == 2


def test_two_settings_of_one_component_are_two():
    assert len(select(_catalog(), "model", "random-forest[trees=1],random-forest[trees=2]")) == 2


def test_a_chain_keeps_its_order():
    (chain,) = select_chains(_catalog(), "select[k=4]+image")
    assert chain.text == "select[k=4]+image"


def test_all_mistakes_are_said_at_once():
    assert _problems(
        "random-forrest,random-forest[tree=1,trees=0,rate=fast,mode=c],dummy[x=1]"
    ) == (
        "unknown model 'random-forrest': did you mean random-forest?",
        "model 'random-forest' has no parameter 'tree': did you mean trees?",
        "model 'random-forest', trees=0: expected a number from 1 to 10000",
        "model 'random-forest', rate=fast: expected a number",
        "model 'random-forest', mode=c: there are: a, b",
        "model 'dummy' has no parameter 'x': it takes no parameters",
    )


def test_tuning_is_no_parameter_of_a_model():
    assert _problems("dummy[tune=3]") == (
        "model 'dummy' has no parameter 'tune': tuning is asked for with --tune 3",
    )


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "the selection of models is empty: name at least one"),
        ("dummy,,dummy", "model selection 'dummy,,dummy': a name is missing beside a comma"),
        ("random-forest[trees=1", "model selection 'random-forest[trees=1': brackets do not match"),
        ("random-forest[trees]", "model 'random-forest[trees]': 'trees' is not key=value"),
        (
            "random-forest[trees=1,trees=2]",
            "model 'random-forest[trees=1,trees=2]': trees is given twice",
        ),
        (
            "random-forest[trees=1]x",
            "model 'random-forest[trees=1]x': text after the closing bracket",
        ),
        ("x*", "no model matches 'x*': there are: dummy, isolation-forest, random-forest"),
        (
            "random-forest[trees=ten]",
            "model 'random-forest', trees=ten: expected a whole number from 1 to 10000",
        ),
        ("random-forest[rate=inf]", "model 'random-forest', rate=inf: expected a finite number"),
        ("random-forest[fast=1]", "model 'random-forest', fast=1: expected true or false"),
    ],
)
def test_a_mistake_has_its_sentence(text, problem):
    assert _problems(text) == (problem,)
