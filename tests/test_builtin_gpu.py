"""The GPU target says why there is none, moves the model there, and waits before the clock stops."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from idsbench.builtin.gpu import Gpu
from idsbench.catalog import load_catalog
from idsbench.nvml import NoGpuError, gpu_name
from idsbench.plan import Request, make_plan


class Moved:
    """A model that writes down what is asked of it."""

    def __init__(self) -> None:
        self.calls: list = []

    def restore(self, folder: Path, threads: int) -> None:
        self.calls.append(("restore", folder, threads))

    def move_to(self, device: str) -> None:
        self.calls.append(("move_to", device))

    def scores(self, x):
        self.calls.append("scores")
        return np.zeros(len(x))

    def wait(self) -> None:
        self.calls.append("wait")


def test_the_model_is_restored_and_then_moved(tmp_path):
    model = Moved()
    Gpu(threads=2).open(model, tmp_path)
    assert model.calls == [("restore", tmp_path, 2), ("move_to", "cuda")]


def test_scores_come_back_only_when_the_gpu_has_finished(tmp_path):
    model = Moved()
    scorer = Gpu(threads=1).open(model, tmp_path)
    model.calls.clear()
    assert scorer.scores(np.zeros((3, 2))).tolist() == [0, 0, 0]
    assert model.calls == ["scores", "wait"]


def test_a_model_whose_traits_name_no_cuda_is_refused():
    assert Gpu(threads=1).refusal("cnn", ("onnx", "cuda")) == ""
    assert Gpu(threads=1).refusal("stump", ("onnx",)) == (
        "the model 'stump' cannot be moved to a GPU: its traits name no device 'cuda'"
    )


def test_a_machine_without_a_driver_says_so(nvml):
    nvml(fault="Driver Not Loaded")
    assert Gpu(threads=1).absence() == (
        "there is no GPU for CUDA here: the NVIDIA driver does not answer (Driver Not Loaded)"
    )


def test_hidden_gpus_are_none(nvml, monkeypatch):
    nvml()
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    assert Gpu(threads=1).absence() == (
        "there is no GPU for CUDA here: CUDA_VISIBLE_DEVICES='' hides every GPU"
    )


@pytest.mark.parametrize(
    ("visible", "name"), [("1,0", "fake 1"), ("GPU-7", "fake GPU-7"), (None, "fake 0")]
)
def test_the_first_visible_gpu_is_taken(nvml, monkeypatch, visible, name):
    nvml()
    if visible is not None:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    assert gpu_name() == name
    assert Gpu(threads=1).absence() == ""


def test_the_library_is_always_closed(nvml):
    fake = nvml(devices=0)
    with pytest.raises(NoGpuError) as caught:
        gpu_name()
    assert str(caught.value) == "the NVIDIA driver refuses (Not Found)"
    assert (fake.opened, fake.closed) == (1, 1)


def test_without_a_gpu_named_cells_are_skipped_with_the_reason(nvml):
    nvml(fault="Driver Not Loaded")
    plan = make_plan(
        load_catalog(), Request("iotid20", models="cnn,logistic", targets="gpu", baselines=False)
    )
    reason = "there is no GPU for CUDA here: the NVIDIA driver does not answer (Driver Not Loaded)"
    assert [(cell.model.name, cell.skip) for cell in plan.cells] == [
        ("cnn", reason),
        ("logistic", reason),
    ]


def test_with_a_gpu_only_models_that_can_be_moved_are_cells(nvml):
    nvml()
    plan = make_plan(
        load_catalog(), Request("iotid20", models="c*n,log*", targets="gpu", baselines=False)
    )
    assert [cell.model.name for cell in plan.cells] == ["cnn"]
