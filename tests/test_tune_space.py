"""What is searched of a model names its cell: other budgets and spaces are other cells."""

from __future__ import annotations

import json

import pytest

from idsbench.catalog import load_catalog
from idsbench.cells import training_key
from idsbench.plan import Request, make_plan
from idsbench.tune_space import as_written, left, space_of, space_text, untuned


@pytest.fixture(scope="module")
def cell_of():
    catalog = load_catalog()

    def make(models: str, trials: int = 0):
        request = Request("iotid20", models=models, trials=trials, baselines=False)
        (cell,) = make_plan(catalog, request).cells
        return cell

    return make


def test_a_tuned_cell_says_so_in_its_identity_and_its_models_text(cell_of):
    cell = cell_of("hist-gradient-boosting[iterations=60]", 20)
    assert json.loads(cell.identity)["model"] == (
        "hist-gradient-boosting[iterations=60,learning_rate=0.1,max_leaf_nodes=31,max_rows=none] "
        "tuned by 20 trials of learning_rate=0.01..0.5 log,max_leaf_nodes=7..255 log"
    )
    assert cell.model_text == "hist-gradient-boosting[iterations=60,tune=20]"
    assert cell_of("logistic", 5).model_text == "logistic[tune=5]"


def test_other_budgets_are_other_cells_and_other_trainings(cell_of):
    cells = [cell_of("logistic", trials) for trials in (0, 5, 6)]
    for name in ("id", "identity", "fingerprint"):
        assert len({getattr(cell, name) for cell in cells}) == (2 if name == "fingerprint" else 3)
    assert len({training_key(cell) for cell in cells}) == 3


def test_a_value_that_the_user_wrote_is_not_searched_even_where_it_is_the_default(cell_of):
    free, written = cell_of("random-forest", 5), cell_of("random-forest[trees=100]", 5)
    assert [one.parameter for one in left(free.model)] == ["trees", "max_depth"]
    assert [one.parameter for one in left(written.model)] == ["max_depth"]
    assert free.id != written.id


@pytest.mark.parametrize(
    ("models", "reason"),
    [
        ("dummy", "the model declares no search space"),
        ("logistic[c=1.0]", "every parameter of the model's search space was given a value"),
    ],
)
def test_a_model_with_nothing_to_search_is_the_same_cell_with_and_without(cell_of, models, reason):
    cell = cell_of(models, 5)
    assert cell.tuned == 0
    assert (cell.id, cell.fingerprint) == (cell_of(models).id, cell_of(models).fingerprint)
    assert training_key(cell) == training_key(cell_of(models))
    assert cell.model_text == models.replace("[c=1.0]", "")
    assert untuned(cell.model) == reason


def test_a_model_that_could_be_tuned_says_how(cell_of):
    assert untuned(cell_of("logistic").model) == "not asked for; --tune N is"


def test_a_job_is_told_types_defaults_and_ranges(cell_of):
    space = space_of(cell_of("random-forest", 5).model)
    assert json.loads(json.dumps(space)) == space
    assert space[0] == {
        "parameter": "trees",
        "type": "int",
        "default": 100,
        "minimum": 50,
        "maximum": 400,
        "log": True,
        "choices": [],
    }
    text = space_text(left(cell_of("random-forest", 5).model))
    assert ",".join(f"{name}={what}" for name, what in as_written(space).items()) == text
