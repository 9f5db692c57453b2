"""NVML: the energy counter of an NVIDIA GPU's board."""

from __future__ import annotations

from idsbench.meters import MeterError
from idsbench.nvml import NoGpuError, first_gpu


class Nvml:
    """Reads `nvmlDeviceGetTotalEnergyConsumption` (Volta and newer), in millijoules.

    The driver renews the counter some ten to fifty times a second. The host's processor and memory
    are not in it.
    """

    method, whole, resolution_j, shortest_s = "nvml", True, 1e-3, 0.5

    def __init__(self) -> None:
        """Ask the driver once.

        Raises:
            MeterError: there is no GPU with such a counter.
        """
        self.detail = ""
        self._from = self._read()

    def start(self) -> None:
        """Read the counter."""
        self._from = self._read()

    def stop(self) -> float:
        """Give the joules since `start`."""
        joules = (self._read() - self._from) / 1e3
        if joules < 0:
            raise MeterError("the GPU's energy counter went backwards: its driver was loaded anew")
        return joules

    def _read(self) -> int:
        try:
            with first_gpu() as (nvml, handle):
                self.detail = f"NVML board of {_text(nvml.nvmlDeviceGetName(handle))}"
                return int(nvml.nvmlDeviceGetTotalEnergyConsumption(handle))
        except NoGpuError as error:
            raise MeterError(f"there is no GPU to measure: {error}") from error


def _text(name: str | bytes) -> str:
    return name.decode() if isinstance(name, bytes) else name
