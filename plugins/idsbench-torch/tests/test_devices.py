from __future__ import annotations

import pytest

from idsbench.errors import CellError, CellSkipped
from idsbench_torch.devices import check_device, memory_errors_told, moved, scoring_on, seed
from idsbench_torch.runtime import nn, torch


def test_a_device_that_is_not_there_is_refused(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    check_device("cnn", "cpu")
    with pytest.raises(CellError) as caught:
        check_device("cnn", "cuda")
    assert str(caught.value) == (
        "cnn[device=cuda] needs a CUDA device that PyTorch can use and there is none: "
        "use cnn[device=cpu]"
    )


@pytest.mark.parametrize(
    ("rows", "advice"), [(64, "cnn[batch=32]"), (3, "cnn[batch=1]"), (1, "a smaller size")]
)
def test_full_memory_of_the_cpu_is_told_with_the_batch_to_try(rows, advice):
    with pytest.raises(MemoryError) as caught, memory_errors_told("cnn", rows):
        torch.empty(2**60, dtype=torch.uint8)
    assert str(caught.value) == f"cnn ran out of memory with {rows} rows at once: use {advice}"


def test_full_memory_of_the_gpu_is_told_too():
    with pytest.raises(MemoryError) as caught, memory_errors_told("cnn", 64):
        raise torch.OutOfMemoryError("CUDA out of memory")
    assert str(caught.value) == "cnn ran out of memory with 64 rows at once: use cnn[batch=32]"


def test_other_errors_stay_what_they_are():
    with pytest.raises(RuntimeError, match=r"^mat1 and mat2"), memory_errors_told("cnn", 64):
        raise RuntimeError("mat1 and mat2 cannot be multiplied")


def test_a_seed_decides_what_is_drawn():
    drawn = []
    for number in (1, 1, 2):
        seed(number, 1)
        drawn.append(torch.rand(3).tolist())
    assert drawn[0] == drawn[1] != drawn[2]
    assert torch.get_num_threads() == 1


def test_a_network_cannot_be_moved_where_pytorch_finds_no_cuda(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    network = nn.Linear(2, 1)
    assert moved(network, "cnn", "cpu") is network
    with pytest.raises(CellSkipped) as caught:
        moved(network, "cnn", "cuda")
    assert str(caught.value) == (
        f"cnn cannot score on a GPU here: this PyTorch {torch.__version__} finds no CUDA device; "
        "install a build of PyTorch for the CUDA of the machine's driver"
    )


def test_images_go_to_the_device_and_scores_come_back():
    asked = []

    def probability(images):
        asked.append(images.device.type)
        return torch.zeros(len(images))

    assert scoring_on("meta", lambda images: probability(images))(torch.ones(3, 2)).shape == (3,)
    assert asked == ["meta"]


@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA device")
def test_a_gpu_gives_the_scores_of_the_processor():
    images = torch.rand(8, 2)
    network = nn.Linear(2, 1)
    here = network(images)
    there = scoring_on("cuda", moved(network, "cnn", "cuda"))(images)
    assert torch.allclose(here, there, atol=1e-4)
