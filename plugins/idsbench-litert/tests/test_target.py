"""What is hosted, and in which format."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from idsbench_litert.target import FILE, LitertTarget

ROWS = np.zeros((3, 6), dtype=np.float32)


class Exports:
    """A model that writes a file of one matrix product and keeps what it was asked for."""

    def __init__(self, write) -> None:
        self.write, self.asked = write, []

    def export(self, form: str, out: Path, rows) -> None:
        self.asked.append((form, rows))
        self.write(out / FILE, int8=form == "litert-int8")


@pytest.mark.parametrize(
    ("precision", "form"), [("fp32", "litert"), ("fp16", "litert-fp16"), ("int8", "litert-int8")]
)
def test_each_precision_is_a_format_of_its_own(write_linear, tmp_path, precision, form):
    model, target = Exports(write_linear), LitertTarget(precision, 1)
    target.deploy(model, tmp_path, ROWS)
    ((asked, rows),) = model.asked
    assert asked == form
    assert rows is ROWS
    assert [path.name for path in tmp_path.iterdir()] == [FILE]
    assert target.open(None, tmp_path).scores(ROWS) == pytest.approx([0.5] * 3, abs=0.02)


def test_a_model_without_the_format_is_refused_and_told_of_the_other_runtime():
    target = LitertTarget("int8", 1)
    assert target.absence() == ""
    assert target.refusal("mobilenet", ("litert", "litert-int8")) == ""
    assert target.refusal("cnn", ("onnx",)) == (
        "the model 'cnn' does not export litert-int8, which edge-litert[precision=int8] runs: "
        "use edge-onnx"
    )
    assert target.refusal("dummy", ()) == (
        "the model 'dummy' does not export litert-int8, which edge-litert[precision=int8] runs"
    )
