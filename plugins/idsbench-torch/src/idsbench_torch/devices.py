"""Where a training runs, in which numbers, and what is said when its memory is full."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from idsbench.errors import CellError, CellSkipped
from idsbench_torch.runtime import Tensor, nn, torch

CPU_IS_FULL = "DefaultCPUAllocator"


def check_device(model: str, device: str) -> None:
    """Refuse a device that this machine lacks.

    Raises:
        CellError: there is no CUDA device.
    """
    if device == "cuda" and not torch.cuda.is_available():
        raise CellError(
            f"{model}[device=cuda] needs a CUDA device that PyTorch can use and there is none: "
            f"use {model}[device=cpu]"
        )


def moved(network: nn.Sequential, model: str, device: str) -> nn.Sequential:
    """Give a network with its weights on a device, such as "cuda".

    Raises:
        CellSkipped: PyTorch cannot use CUDA here.
    """
    if device == "cuda" and not torch.cuda.is_available():
        raise CellSkipped(
            f"{model} cannot score on a GPU here: this PyTorch {torch.__version__} finds no CUDA "
            "device; install a build of PyTorch for the CUDA of the machine's driver"
        )
    return network.to(device)


def scoring_on(device: str, probability: Callable[[Tensor], Tensor]) -> Callable[[Tensor], Tensor]:
    """Score there what comes from this machine's memory, and bring the scores back."""

    def there_and_back(images: Tensor) -> Tensor:
        return probability(images.to(device)).cpu()

    return there_and_back


def wait_for_gpu() -> None:
    """Return when the GPU has done all that it was given; at once where there is none."""
    if torch.cuda.is_available():
        torch.cuda.synchronize()


def seed(number: int, threads: int) -> None:
    """Make what follows depend on this number alone, on the same machine with as many threads."""
    torch.set_num_threads(threads)
    torch.use_deterministic_algorithms(True)
    # Meant to show who reads what was never written; filling every tensor takes a tenth of a step.
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]
    torch.manual_seed(number)


@contextmanager
def memory_errors_told(model: str, rows: int) -> Iterator[None]:
    """Turn PyTorch's errors of full memory, which are of several kinds, into one that advises.

    Args:
        model: the component's name.
        rows: how many went through the network at once.

    Raises:
        MemoryError: the memory of the CPU or the GPU was full; names the batch to try.
    """
    try:
        yield
    except RuntimeError as error:
        if not isinstance(error, torch.OutOfMemoryError) and CPU_IS_FULL not in str(error):
            raise
        advice = f"batch={rows // 2}" if rows > 1 else "a smaller size"
        advice = f"{model}[{advice}]" if rows > 1 else advice
        raise MemoryError(
            f"{model} ran out of memory with {rows} rows at once: use {advice}"
        ) from error


def usable_cpus() -> int:
    """Count the processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
