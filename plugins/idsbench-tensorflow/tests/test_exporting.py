"""What a network is exported to scores as the network does, nearly so in bytes."""

from __future__ import annotations

import numpy as np
import onnxruntime
import pytest

from idsbench.errors import CellSkipped
from idsbench_litert.scorer import LitertScorer
from idsbench_tensorflow.exporting import export
from idsbench_tensorflow.plugin import CNN, MOBILENET
from idsbench_tensorflow.runtime import keras, tf

# Largest difference of a score.
TOLERANCE = {"litert": 1e-5, "litert-fp16": 0.01, "litert-int8": 0.15}


def fit(model, train, seed=0):
    model.fit(train, train, np.random.default_rng(seed), lambda entry: None)
    return model


@pytest.fixture(scope="module")
def rows(images):
    return images(200, channels=3).x


@pytest.fixture(scope="module")
def cnn(make_cnn, images):
    return fit(make_cnn(filters=16), images(200, channels=3))


@pytest.fixture(scope="module")
def mobilenet(make, images):
    return fit(make(), images(200, channels=3))


@pytest.mark.parametrize(
    ("model", "form"), [*(("cnn", form) for form in TOLERANCE), ("mobilenet", "litert-int8")]
)
def test_a_litert_file_scores_as_the_network_does(request, rows, model, form, tmp_path):
    fitted = request.getfixturevalue(model)
    fitted.export(form, tmp_path, rows)
    assert [path.name for path in tmp_path.iterdir()] == ["model.tflite"]
    scores = LitertScorer(tmp_path / "model.tflite", 1).scores(rows)
    assert np.abs(scores - fitted.scores(rows)).max() < TOLERANCE[form]


@pytest.mark.parametrize("model", ["cnn", "mobilenet"])
def test_an_onnx_file_scores_as_the_network_does_whatever_the_number_of_rows(
    request, rows, model, tmp_path
):
    fitted = request.getfixturevalue(model)
    fitted.export("onnx", tmp_path, rows)
    assert [path.name for path in tmp_path.iterdir()] == ["model.onnx"]
    session = onnxruntime.InferenceSession(
        tmp_path / "model.onnx", providers=["CPUExecutionProvider"]
    )
    for count in (1, 2, 200):
        (scores,) = session.run(["scores"], {"x": rows[:count]})
        assert scores.shape == (count,)
        assert scores == pytest.approx(fitted.scores(rows[:count]), abs=1e-4)


def test_fewer_bits_are_fewer_bytes_and_int8_has_no_other_numbers(cnn, rows, tmp_path):
    size = {}
    for form in TOLERANCE:
        (tmp_path / form).mkdir()
        cnn.export(form, tmp_path / form, rows)
        size[form] = (tmp_path / form / "model.tflite").stat().st_size
    assert size["litert-int8"] < size["litert-fp16"] < size["litert"]
    scorer = LitertScorer(tmp_path / "litert-int8" / "model.tflite", 1)
    kinds = [tensor["dtype"] for tensor in scorer._interpreter.get_tensor_details()]
    assert {np.dtype(kind).name for kind in kinds} <= {"int8", "int32"}  # biases, and shapes


def test_the_rows_given_decide_the_range_of_bytes(cnn, rows, tmp_path):
    scales = []
    for place, given in enumerate((rows, rows * 0.5)):
        (tmp_path / str(place)).mkdir()
        cnn.export("litert-int8", tmp_path / str(place), given)
        scorer = LitertScorer(tmp_path / str(place) / "model.tflite", 1)
        scales.append(scorer._input["quantization"][0])
    assert scales[0] == pytest.approx(2 * scales[1], rel=1e-3)


def test_an_operator_that_litert_lacks_is_a_reason(tmp_path):
    image = keras.Input((4, 4, 1))

    class Planted(keras.layers.Layer):
        def call(self, x):
            return tf.reduce_sum(tf.math.igamma(x + 1.0, x + 1.0), axis=[1, 2])

        def compute_output_shape(self, shape):
            return (shape[0], 1)

    with pytest.raises(
        CellSkipped, match=r"^TensorFlow cannot convert the network to litert: .*Igamma"
    ):
        export(
            keras.Model(image, Planted()(image)), "litert", tmp_path, np.ones((2, 4, 4, 1), "f4")
        )
    assert list(tmp_path.iterdir()) == []


def test_both_models_say_what_they_export():
    formats = ("litert", "litert-fp16", "litert-int8", "onnx")
    assert [model.traits.exports for model in (CNN, MOBILENET)] == [formats, formats]
