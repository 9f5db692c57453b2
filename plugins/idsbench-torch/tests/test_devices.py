from __future__ import annotations

import pytest

from idsbench.errors import CellError
from idsbench_torch.devices import check_device, memory_errors_told, seed
from idsbench_torch.runtime import torch


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
