"""The NVIDIA GPU that CUDA would use first, through the driver's management library (NVML).

NVML starts no CUDA context, so asking it costs a process neither memory nor the GPU's power.
Source: NVML API reference, device queries (docs.nvidia.com/deploy/nvml-api).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

VISIBLE = "CUDA_VISIBLE_DEVICES"


class NoGpuError(Exception):
    """There is no NVIDIA GPU to ask, or it does not answer; the message says which."""


@contextmanager
def first_gpu() -> Iterator[tuple[Any, Any]]:
    """Give NVML and its handle of the first GPU that CUDA may use.

    Raises:
        NoGpuError: no driver, no GPU, or all are hidden; or a query inside the block fails.
    """
    import pynvml  # type: ignore[import-untyped]

    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError as error:
        raise NoGpuError(f"the NVIDIA driver does not answer ({error})") from error
    try:
        yield pynvml, _handle(pynvml)
    except pynvml.NVMLError as error:
        raise NoGpuError(f"the NVIDIA driver refuses ({error})") from error
    finally:
        pynvml.nvmlShutdown()


def _handle(nvml: Any) -> Any:
    visible = os.environ.get(VISIBLE)
    first = "0" if visible is None else visible.partition(",")[0].strip()
    if first in ("", "-1"):
        raise NoGpuError(f"{VISIBLE}='{visible}' hides every GPU")
    if first.isdigit():
        return nvml.nvmlDeviceGetHandleByIndex(int(first))
    return nvml.nvmlDeviceGetHandleByUUID(first)


def gpu_name() -> str:
    """Name the GPU.

    Raises:
        NoGpuError: there is none.
    """
    with first_gpu() as (nvml, handle):
        name = nvml.nvmlDeviceGetName(handle)
        return name.decode() if isinstance(name, bytes) else str(name)
