"""Shared fixtures: a private cache, real data where it is, and components that misbehave."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from idsbench.catalog import Catalog, load_catalog
from idsbench.values import Plugin

REPOSITORY = Path(__file__).resolve().parents[1]
FAULTS = REPOSITORY / "tests" / "faults"


@pytest.fixture(scope="session", autouse=True)
def _private_folders(tmp_path_factory: pytest.TempPathFactory):
    """Keep the user's cache and data out of the tests, and the tests out of them."""
    base = tmp_path_factory.mktemp("idsbench")
    (base / "data").mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("IDSBENCH_CACHE", str(base / "cache"))
        patch.setenv("XDG_DATA_HOME", str(base / "data"))
        patch.delenv("IDSBENCH_DATA", raising=False)
        yield


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Give the folder of real excerpts, or skip."""
    named = os.environ.get("IDSBENCH_TEST_DATA")
    folder = Path(named) if named else REPOSITORY.parent / "shared" / "data"
    if not (folder / "iotid20").is_dir():
        pytest.skip(f"the real excerpts are not in {folder}; set IDSBENCH_TEST_DATA")
    return folder


@pytest.fixture
def faults(monkeypatch: pytest.MonkeyPatch) -> Catalog:
    """Give the installed catalog with a plugin of misbehaving components added."""
    monkeypatch.syspath_prepend(str(FAULTS))
    inherited = os.environ.get("PYTHONPATH", "")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, [str(FAULTS), inherited])))
    sys.modules.pop("idsbench_faults", None)
    import idsbench_faults

    plugin = Plugin("idsbench-faults", "0", "faults", "idsbench_faults", idsbench_faults.COMPONENTS)
    return Catalog((*load_catalog().plugins, plugin))


class FakeNvml(ModuleType):
    """Stands for NVIDIA's library: some GPUs whose counters are set by hand, or a fault."""

    class NVMLError(Exception):
        """What the library raises."""

    def __init__(self, devices: int = 2, fault: str = "") -> None:
        super().__init__("pynvml")
        self.devices, self.fault = devices, fault
        self.opened = self.closed = self.millijoules = 0

    def nvmlInit(self) -> None:  # noqa: N802 (the library's name)
        if self.fault:
            raise self.NVMLError(self.fault)
        self.opened += 1

    def nvmlShutdown(self) -> None:  # noqa: N802
        self.closed += 1

    def nvmlDeviceGetHandleByIndex(self, index: int) -> str:  # noqa: N802
        if index >= self.devices:
            raise self.NVMLError("Not Found")
        return str(index)

    def nvmlDeviceGetHandleByUUID(self, uuid: str) -> str:  # noqa: N802
        return uuid

    def nvmlDeviceGetName(self, handle: str) -> bytes:  # noqa: N802
        return f"fake {handle}".encode()

    def nvmlDeviceGetTotalEnergyConsumption(self, handle: str) -> int:  # noqa: N802
        return self.millijoules


@pytest.fixture
def nvml(monkeypatch: pytest.MonkeyPatch) -> Callable[..., FakeNvml]:
    """Put a fake in place of NVIDIA's library; called with its number of devices or its fault."""

    def place(devices: int = 2, fault: str = "") -> FakeNvml:
        fake = FakeNvml(devices, fault)
        monkeypatch.setitem(sys.modules, "pynvml", fake)
        monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
        return fake

    return place
