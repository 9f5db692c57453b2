"""Scores rows on a device, and brings back what it costs there."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType, ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np

from idsbench.errors import CellError
from idsbench.rowstore import read_json
from idsbench_devices import remote_c, remote_litert, remote_onnx
from idsbench_devices.link import probabilities
from idsbench_devices.ssh_session import Device, Session, texts
from idsbench_devices.windows import figure, latency_keys

if TYPE_CHECKING:
    from numpy.typing import NDArray

ABOUT = "about.json"
SOURCES: Mapping[str, ModuleType] = MappingProxyType(
    {"onnx": remote_onnx, "litert": remote_litert, "c": remote_c}
)
FILES: Mapping[str, str] = MappingProxyType({"onnx": "model.onnx", "litert": "model.tflite"})
SCORE = np.dtype("<f8")
AT_ONCE = 4096  # rows sent together: a device's memory is small
TIMED_ROWS, MEMORY_ROWS = 1024, 64
RUNTIME_KEYS = ("onnxruntime", "ai-edge-litert", "tflite-runtime", "numpy", "compiler", "flags")
DEVICE_KEYS = (
    "board",
    "cpu",
    "processors",
    "system",
    "architecture",
    "os",
    "kernel",
    "memory_kb",
    "python",
    "load_average",
)


class RemoteScorer:
    """An artifact on a device.

    Args:
        device: where.
        artifact: the folder that `deploy` wrote; all its files are copied but `about.json`.
        threads: of the device's runtime.

    Raises:
        CellError: the device cannot be reached or used.
    """

    def __init__(self, device: Device, artifact: Path, threads: int) -> None:
        about = read_json(artifact / ABOUT)
        self._host, self._outputs = device.host, int(about["outputs"])
        self._link = str(about.get("link", ""))
        self._first = np.zeros((0,), np.float32)
        self._session = Session(device)
        for path in sorted(artifact.iterdir()):
            if path.name != ABOUT:
                self._session.put(path)
        request = {"do": "open", "runtime": about["runtime"], "threads": threads}
        source = Path(str(SOURCES[about["runtime"]].__file__)).read_bytes()
        said, _ = self._session.ask(request, source, 0)
        described, runtime = said.get("device"), said.get("runtime")
        if not isinstance(described, dict) or not isinstance(runtime, dict):
            raise CellError(f"{device.host} does not say what it is")
        self._device = texts(described, DEVICE_KEYS)
        self._runtime = texts(runtime, RUNTIME_KEYS)
        self._sizes = self._sizes_of(about["runtime"], runtime, artifact)

    def scores(self, x: NDArray[np.float32]) -> NDArray[np.float64]:
        """x (n, ...) -> probability of attack (n,), or of each class (n, k).

        Raises:
            CellError: the device fails, is cut off, or gives something else.
        """
        if len(x) > len(self._first):
            self._first = np.array(x[:TIMED_ROWS])
        if not len(x):
            return np.zeros(0)
        pieces = [self._scored(x[i : i + AT_ONCE]) for i in range(0, len(x), AT_ONCE)]
        return np.concatenate(pieces)

    def costs(self, x: NDArray[np.float32], warm_up_s: float, seconds: float) -> dict[str, Any]:
        """Give the cost keys of a record, timed on the device over rows x (n, ...).

        Raises:
            CellError: the device fails, or its figures are none.
        """
        rows = x[:TIMED_ROWS]
        request = {"do": "time", "shape": rows.shape, "warm_up_s": warm_up_s, "seconds": seconds}
        said, _ = self._session.ask(request, _bytes(rows), 0)
        timed = said.get("timed")
        if not isinstance(timed, dict):
            raise CellError(f"{self._host} gives no times")
        keys = latency_keys(timed, self._host)
        unmeasured = keys.pop("unmeasured")
        unmeasured["energy_uj_per_row"] = "edge-ssh has no meter on the device"
        if self._sizes["size_bytes"] is None:
            unmeasured["size_bytes"] = f"{self._host} has no program `size` to ask"
        return {
            **keys,
            "throughput_rows_per_s": figure(timed, "rows_per_s", self._host),
            "throughput_batch": int(figure(timed, "batch", self._host)),
            "start_up_s": figure(timed, "start_up_s", self._host),
            "energy_uj_per_row": None,
            "energy_method": "none",
            "energy_detail": "not measured",
            **self._sizes,
            "machine": machine(self._device),
            "target_detail": {"device": self._device, "runtime": self._runtime},
            "unmeasured": unmeasured,
        }

    def peak_rss_mb(self) -> float:
        """Give the peak memory (MB) there: of the runner with its runtime, or of the C program.

        Raises:
            CellError: the device fails, or its figure is none.
        """
        rows = self._first[:MEMORY_ROWS]
        said, _ = self._session.ask({"do": "memory", "shape": rows.shape}, _bytes(rows), 0)
        return figure(said, "peak_rss_kb", self._host) * 1024 / 1e6

    def _scored(self, x: NDArray[np.float32]) -> NDArray[np.float64]:
        request = {"do": "scores", "shape": x.shape}
        expected = SCORE.itemsize * len(x) * self._outputs
        _, data = self._session.ask(request, _bytes(x), expected)
        scores = probabilities(np.frombuffer(data, dtype=SCORE).astype(np.float64), self._link)
        return scores if self._outputs == 1 else scores.reshape(len(x), self._outputs)

    def _sizes_of(
        self, kind: str, runtime: Mapping[str, Any], artifact: Path
    ) -> dict[str, int | None]:
        """Give the bytes that the model takes: of its file, or of the program's parts there."""
        if kind in FILES:
            return {"size_bytes": (artifact / FILES[kind]).stat().st_size}
        if "code_bytes" not in runtime:
            return {"size_bytes": None}
        code = int(figure(runtime, "code_bytes", self._host))
        data = int(figure(runtime, "data_bytes", self._host))
        return {"size_bytes": code + data, "code_bytes": code, "data_bytes": data}


def machine(device: Mapping[str, str]) -> str:
    """Describe a device as records describe the machine that they were made on.

    >>> machine({"board": "Pi 4", "cpu": "aarch64", "processors": "4", "system": "Linux",
    ...          "architecture": "aarch64"})
    'Pi 4, aarch64, 4 processors, Linux aarch64'
    """
    names = [device[key] for key in ("board", "cpu") if device.get(key)]
    system = f"{device.get('system', '')} {device.get('architecture', '')}".strip()
    return ", ".join([*names, f"{device.get('processors', '?')} processors", system])


def _bytes(x: NDArray[np.float32]) -> bytes:
    return np.ascontiguousarray(x, dtype="<f4").tobytes()
