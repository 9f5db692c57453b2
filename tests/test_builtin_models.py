from __future__ import annotations

import itertools

import numpy as np
import pytest

from idsbench.builtin.dummy import Dummy
from idsbench.builtin.one_rule import OneRule, best_rule
from idsbench.errors import CellError
from idsbench.values import Batch

MODELS = [Dummy, OneRule]


def batch(x, y) -> Batch:
    return Batch(np.asarray(x, dtype=np.float32), np.asarray(y, dtype=np.int16))


def fit(model, train: Batch, valid: Batch | None = None):
    return model.fit(train, valid or train, np.random.default_rng(0), lambda entry: None)


def drawn(n: int = 300, d: int = 4, classes: int = 2) -> Batch:
    rng = np.random.default_rng(n + d + classes)
    y = rng.integers(0, classes, n)
    # Rounded, so that columns hold ties.
    return batch(np.round(rng.normal(size=(n, d)) + 0.5 * y[:, None] * (np.arange(d) == 2), 1), y)


def balanced_accuracy(predicted, attack) -> float:
    return (predicted[attack].mean() + (~predicted)[~attack].mean()) / 2


def test_dummy_gives_every_row_the_training_share_of_attacks():
    model = Dummy()
    fit(model, batch(np.zeros((4, 3)), [0, 1, 1, 1]), batch(np.zeros((1, 3)), [0]))
    scores = model.scores(np.ones((5, 3), dtype=np.float32))
    assert scores.dtype == np.float64
    assert scores.tolist() == [0.75] * 5


def test_dummy_scores_zero_where_training_has_no_attacks():
    model = Dummy()
    fit(model, batch(np.zeros((4, 3)), [0, 0, 0, 0]))
    assert model.scores(np.ones((2, 3), dtype=np.float32)).tolist() == [0.0, 0.0]


def test_dummy_gives_every_row_the_share_of_each_class_in_multi_class_tasks():
    model = Dummy()
    fit(model, batch(np.zeros((4, 3)), [0, 2, 2, 0]), batch(np.zeros((1, 3)), [3]))
    assert model.scores(np.ones((2, 3), dtype=np.float32)).tolist() == [[0.5, 0, 0.5, 0]] * 2


def test_dummy_scores_images_as_it_scores_rows():
    model = Dummy()
    fit(model, batch(np.zeros((4, 2, 2, 1)), [0, 1, 1, 1]))
    assert model.scores(np.zeros((3, 2, 2, 1), dtype=np.float32)).tolist() == [0.75] * 3


def test_dummy_without_rows_says_so():
    with pytest.raises(CellError) as error:
        fit(Dummy(), batch(np.empty((0, 2)), []))
    assert str(error.value) == "dummy needs training rows and is given none: use more data"


def test_one_rule_finds_the_column_and_the_threshold_between_two_values():
    model = OneRule()
    x = [[5, 1.0], [6, 1.5], [5, 2.5], [6, 3.0]]
    result = fit(model, batch(x, [0, 0, 1, 1]))
    assert dict(result.assumed) == {"column_index": 1, "threshold": 2.0}
    assert model.scores(np.array([[0, 1.9], [0, 2.1]], np.float32)).tolist() == [0.0, 1.0]


def test_one_rule_finds_attacks_below_the_threshold_too():
    model = OneRule()
    fit(model, batch([[1], [2], [3], [4]], [1, 1, 1, 0]))
    assert model.scores(np.array([[0], [9]], np.float32)).tolist() == [1.0, 0.0]


@pytest.mark.parametrize("d", [1, 3, 6])
def test_one_rule_is_as_good_as_trying_every_column_and_threshold(d):
    data = drawn(d=d)
    attack = data.y > 0
    column, threshold = best_rule(data.x, attack)
    found = data.x[:, column].astype(float) > threshold
    best = max(
        balanced_accuracy(side, attack)
        for j, cut in itertools.product(range(d), np.unique(data.x))
        for side in (data.x[:, j] > cut, data.x[:, j] <= cut)
    )
    assert max(
        balanced_accuracy(found, attack), balanced_accuracy(~found, attack)
    ) == pytest.approx(best, abs=1e-12)


def test_one_rule_scores_are_the_share_of_attacks_in_the_leaf():
    data = drawn()
    model = OneRule()
    result = fit(model, data)
    above = data.x[:, result.assumed["column_index"]].astype(float) > result.assumed["threshold"]
    scores = model.scores(data.x)
    assert set(scores[above]) == {data.y[above].mean()}
    assert set(scores[~above]) == {data.y[~above].mean()}


def test_one_rule_gives_ties_to_the_lowest_column_and_then_the_lowest_threshold():
    x = np.array([[0, 1, 1], [0, 2, 2], [0, 3, 3], [0, 4, 4]], np.float32)
    # Cutting after the first and after the third row are equally good.
    assert best_rule(x, np.array([False, True, False, True])) == (1, 1.5)


def test_one_rule_tells_neighbouring_floats_apart():
    low = np.float32(1.0)
    x = np.array([[low], [np.nextafter(low, np.float32(2))]], np.float32)
    model = OneRule()
    fit(model, batch(x, [0, 1]))
    assert model.scores(x).tolist() == [0.0, 1.0]


def test_one_rule_gives_the_prevalence_where_every_column_is_constant():
    model = OneRule()
    fit(model, batch(np.full((4, 2), 7), [0, 1, 1, 1]))
    assert model.scores(np.array([[7, 7], [9, 9]], np.float32)).tolist() == [0.75, 0.75]


def test_one_rule_separates_attacks_from_benign_rows_in_multi_class_tasks():
    model = OneRule()
    fit(model, batch([[1], [2], [3], [4]], [0, 0, 1, 2]))
    assert model.scores(np.array([[1], [4]], np.float32)).tolist() == [[1, 0, 0], [0, 0.5, 0.5]]


@pytest.mark.parametrize(("y", "held"), [([0, 0], "no attacks"), ([1, 2], "only attacks")])
def test_one_rule_without_both_sides_says_what_is_missing(y, held):
    with pytest.raises(CellError) as error:
        fit(OneRule(), batch([[1], [2]], y))
    assert str(error.value) == (
        "one-rule needs benign rows and attacks to learn from and the training part holds "
        f"{held}: use another split or more data"
    )


def test_one_rule_without_rows_says_so():
    with pytest.raises(CellError) as error:
        fit(OneRule(), batch(np.empty((0, 2)), []))
    assert str(error.value) == (
        "one-rule needs benign rows and attacks to learn from and the training part holds "
        "no rows: use another split or more data"
    )


@pytest.mark.parametrize(("model", "two", "three"), [(Dummy, 1, 2), (OneRule, 4, 8)])
def test_the_parameter_count_is_as_documented(model, two, three):
    for classes, count in ((2, two), (3, three)):
        fitted = model()
        fit(fitted, drawn(classes=classes))
        assert fitted.parameter_count() == count
        assert fitted.macs() == 0


@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("model", MODELS)
def test_a_restored_model_scores_the_same_and_its_file_needs_no_pickle(model, classes, tmp_path):
    data = drawn(classes=classes)
    fitted, again = model(), model()
    fit(fitted, data)
    fitted.save(tmp_path)
    (file,) = tmp_path.iterdir()
    with np.load(file, allow_pickle=False) as saved:
        assert all(saved[name].dtype.kind in "if" for name in saved.files)
    again.restore(tmp_path, threads=1)
    np.testing.assert_array_equal(again.scores(data.x), fitted.scores(data.x))
    assert again.parameter_count() == fitted.parameter_count()
