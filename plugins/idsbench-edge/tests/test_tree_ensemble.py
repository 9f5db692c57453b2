"""Trees in a file send every row to the leaf that they send it to, and add up the same."""

from __future__ import annotations

import numpy as np
import onnx
import onnxruntime
import pytest

from idsbench_edge.tree_ensemble import FILE, Ensemble, Tree, write_trees
from idsbench_edge.tree_scores import of_margins, of_path_lengths

RNG = np.random.default_rng(0)
THIRD = 1 / 3  # no float32


def stump(threshold, low=-1.0, high=1.0, column=0, missing_left=False, feature=0):
    """One split and two leaves."""
    return Tree(
        feature=np.array([feature, 0, 0]),
        threshold=np.array([threshold, 0.0, 0.0]),
        left=np.array([1, -1, -1]),
        right=np.array([2, -1, -1]),
        missing_left=np.array([missing_left, False, False]),
        leaf=np.array([1, 2]),
        column=np.array([column, column]),
        value=np.array([low, high]),
    )


def leaf(value, column=0):
    """A tree without a split."""
    none, zero = np.array([-1]), np.array([0])
    return Tree(zero, np.zeros(1), none, none, zero > 0, zero, zero + column, np.array([value]))


def scores(ensemble, finish, x, folder):
    write_trees(ensemble, x.shape[1], finish, folder)
    session = onnxruntime.InferenceSession(folder / FILE, providers=["CPUExecutionProvider"])
    (found,) = session.run(["scores"], {"x": np.asarray(x, np.float32)})
    return found


def sigmoid(x):
    return 1 / (1 + np.exp(-np.asarray(x, np.float64)))


@pytest.mark.parametrize("rule", ["<=", "<"])
@pytest.mark.parametrize("threshold", [THIRD, 0.1, -0.1, 0.5, 0.0, 1e-42, 1e300, -1e300, np.inf])
def test_no_float32_changes_sides(rule, threshold, tmp_path):
    with np.errstate(over="ignore"):
        at = np.float32(threshold)
    near = np.array([at, np.nextafter(at, np.float32(-9)), np.nextafter(at, np.float32(9))])
    x = np.concatenate([near, [0, 1, -1]])[:, None].astype(np.float32)
    wide = x[:, 0].astype(np.float64)
    below = wide <= threshold if rule == "<=" else wide < threshold
    ensemble = Ensemble([stump(threshold)], np.zeros(1), rule)
    found = scores(ensemble, of_margins((0, 1), 2), x, tmp_path)
    np.testing.assert_array_equal(found < 0.5, below)


@pytest.mark.parametrize("missing_left", [True, False])
def test_missing_numbers_go_to_their_side(missing_left, tmp_path):
    ensemble = Ensemble([stump(0.0, missing_left=missing_left)], np.zeros(1))
    x = np.array([[np.nan], [1.0], [-1.0]])
    found = scores(ensemble, of_margins((0, 1), 2), x, tmp_path)
    assert found == pytest.approx(sigmoid([-1 if missing_left else 1, 1, -1]))


def test_sums_begin_where_they_are_told_and_a_tree_may_be_one_leaf(tmp_path):
    ensemble = Ensemble([stump(0.0), leaf(0.25)], np.array([0.5]))
    found = scores(ensemble, of_margins((0, 1), 2), np.array([[1.0], [-1.0]]), tmp_path)
    assert found == pytest.approx(sigmoid([1.75, -0.25]), abs=1e-7)


def test_sure_rows_keep_scores_of_their_own(tmp_path):
    ensemble = Ensemble([stump(0.0, 20.0, 25.0)], np.zeros(1))
    low, high = scores(ensemble, of_margins((0, 1), 2), np.array([[-1.0], [1.0]]), tmp_path)
    assert low < high < 1


def test_each_tree_adds_to_its_column_and_classes_never_learned_score_nothing(tmp_path):
    trees = [stump(0.0, 0.0, 2.0, column, feature=column) for column in range(3)]
    x = RNG.normal(size=(20, 3))
    found = scores(
        Ensemble(trees, np.array([0.1, 0.2, 0.3])), of_margins((0, 2, 3), 5), x, tmp_path
    )
    powers = np.exp(np.where(x > 0, 2.0, 0.0) + np.array([0.1, 0.2, 0.3]))
    expected = np.zeros((20, 5))
    expected[:, [0, 2, 3]] = powers / powers.sum(axis=1, keepdims=True)
    assert found == pytest.approx(expected, abs=1e-7)


def test_two_learned_classes_of_three_keep_their_columns(tmp_path):
    found = scores(
        Ensemble([stump(0.0)], np.zeros(1)), of_margins((0, 2), 3), np.ones((1, 1)), tmp_path
    )
    assert found == pytest.approx(np.array([[1 - sigmoid(1), 0, sigmoid(1)]]))


def test_path_lengths_become_scores_around_the_level(tmp_path):
    ensemble = Ensemble([stump(0.0, 3.0, 8.0), stump(0.0, 4.0, 7.0)], np.zeros(1))
    found = scores(ensemble, of_path_lengths(14.0, 0.6), np.array([[-1.0], [1.0]]), tmp_path)
    anomalies = 2.0 ** (-np.array([7.0, 15.0]) / 14.0)
    assert found == pytest.approx(anomalies / (anomalies + 0.6))


def test_the_file_takes_any_number_of_rows_and_is_all_there_is(tmp_path):
    write_trees(Ensemble([stump(0.0)], np.zeros(1)), 1, of_margins((0, 1), 2), tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [FILE]
    graph = onnx.load(tmp_path / FILE).graph
    assert not graph.input[0].type.tensor_type.shape.dim[0].HasField("dim_value")
    session = onnxruntime.InferenceSession(tmp_path / FILE, providers=["CPUExecutionProvider"])
    assert [session.run(None, {"x": np.ones((n, 1), np.float32)})[0].shape for n in (0, 1, 7)] == [
        (0,),
        (1,),
        (7,),
    ]
