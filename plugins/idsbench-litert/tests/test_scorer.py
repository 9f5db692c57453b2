"""A file scores as its numbers say; one that cannot is a sentence."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from idsbench.errors import CellError
from idsbench_litert.scorer import LitertScorer

ROWS = np.random.default_rng(0).random((50, 6), dtype=np.float32)


def probability(logits):
    return 1 / (1 + np.exp(-np.asarray(logits, dtype=np.float64)))


@pytest.mark.parametrize("threads", [1, 2])
def test_a_float_file_scores_by_the_sigmoid_of_its_logit(write_linear, weights, tmp_path, threads):
    write_linear(tmp_path / "model.tflite")
    scores = LitertScorer(tmp_path / "model.tflite", threads).scores(ROWS)
    assert (scores.shape, scores.dtype) == ((50,), np.float64)
    assert scores == pytest.approx(probability(ROWS @ weights[0]), abs=1e-6)


def test_an_int8_file_is_given_bytes_and_its_byte_is_scaled_back(write_linear, weights, tmp_path):
    write_linear(tmp_path / "model.tflite", int8=True)
    scores = LitertScorer(tmp_path / "model.tflite", 1).scores(ROWS)
    exact = ROWS @ weights[0]
    # Half a step of the output, and half a step of each input and weight.
    logits = np.log(scores / (1 - scores))
    assert np.abs(logits - exact).max() < 0.025 + 6 * (2 / 510 + 1 / 127)
    assert logits / 0.05 == pytest.approx(np.rint(logits / 0.05), abs=1e-6)


def test_rows_outside_the_calibrated_range_become_its_ends(write_linear, tmp_path):
    write_linear(tmp_path / "model.tflite", int8=True)
    scorer = LitertScorer(tmp_path / "model.tflite", 1)
    ends = np.array([[0, 0, 0, 1, 1, 1]], dtype=np.float32)
    beyond = np.array([[-5, -1e30, -0.1, 1.5, 70, 1e30]], dtype=np.float32)
    np.testing.assert_array_equal(scorer.scores(beyond), scorer.scores(ends))


def test_a_row_scores_the_same_alone_as_among_others(write_linear, tmp_path):
    write_linear(tmp_path / "model.tflite")
    scorer = LitertScorer(tmp_path / "model.tflite", 1)
    alone = np.concatenate([scorer.scores(ROWS[i : i + 1]) for i in range(len(ROWS))])
    np.testing.assert_array_equal(alone, scorer.scores(ROWS))
    assert scorer.scores(ROWS[:0]).shape == (0,)


def test_a_logit_far_out_is_a_probability_without_a_warning(write_linear, tmp_path):
    write_linear(tmp_path / "model.tflite")
    rows = np.array([[-1e30] + [0] * 5, [1e30] + [0] * 5], dtype=np.float32)
    assert LitertScorer(tmp_path / "model.tflite", 1).scores(rows).tolist() == [1.0, 0.0]


def test_rows_of_another_shape_are_refused(write_linear, tmp_path):
    write_linear(tmp_path / "model.tflite")
    with pytest.raises(CellError) as caught:
        LitertScorer(tmp_path / "model.tflite", 1).scores(ROWS[:, :4])
    assert str(caught.value) == (
        "the LiteRT file takes rows of shape (6,) and is given (4,): use the same featurizer"
    )


def test_a_file_with_several_outputs_of_one_row_is_refused(write_linear, tmp_path):
    write_linear(tmp_path / "model.tflite", outputs=3)
    with pytest.raises(CellError) as caught:
        LitertScorer(tmp_path / "model.tflite", 1)
    assert str(caught.value) == (
        "LiteRT cannot load model.tflite: it gives 3 numbers a row where one logit is needed"
    )


@pytest.mark.parametrize("content", [b"", b"not a graph", b"\x18\0\0\0TFL3" + bytes(40)])
def test_a_corrupt_file_is_one_sentence(tmp_path, content):
    (tmp_path / "model.tflite").write_bytes(content)
    with pytest.raises(CellError, match=r"^LiteRT cannot load model\.tflite: ") as caught:
        LitertScorer(tmp_path / "model.tflite", 1)
    assert "\n" not in str(caught.value)


def test_half_a_file_is_one_sentence(write_linear, tmp_path):
    path = tmp_path / "model.tflite"
    write_linear(path)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(CellError, match=r"^LiteRT cannot load model\.tflite: "):
        LitertScorer(path, 1)


def test_an_operator_that_the_runtime_lacks_is_named(write_linear, tmp_path):
    write_linear(tmp_path / "model.tflite", custom="NoSuchOperator")
    with pytest.raises(CellError, match=r"^LiteRT cannot load model\.tflite: .*NoSuchOperator"):
        LitertScorer(tmp_path / "model.tflite", 1)


@pytest.mark.parametrize("int8", [False, True])
def test_a_delegate_computes_which_is_xnnpack_by_default(write_linear, tmp_path, int8):
    write_linear(tmp_path / "model.tflite", int8=int8)
    scorer = LitertScorer(tmp_path / "model.tflite", 1)
    found = {operator["op_name"] for operator in scorer._interpreter._get_ops_details()}
    assert "DELEGATE" in found


def test_scoring_loads_neither_tensorflow_nor_keras(write_linear, tmp_path):
    path = tmp_path / "model.tflite"
    write_linear(path, int8=True)
    code = (
        "import sys, pathlib, numpy as np\n"
        "from idsbench_litert.scorer import LitertScorer\n"
        f"LitertScorer(pathlib.Path({str(path)!r}), 1).scores(np.zeros((1, 6), np.float32))\n"
        "print(sorted({'tensorflow', 'keras', 'torch', 'sklearn'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
