"""A compiled model: a program of its own, so that a crash in it is an error and not our end."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from idsbench.errors import CellError
from idsbench.rowstore import read_json
from idsbench.untrusted import parse
from idsbench_devices.build import PROGRAM
from idsbench_devices.link import probabilities
from idsbench_devices.windows import figure, latency_keys

if TYPE_CHECKING:
    from numpy.typing import NDArray

ABOUT = "about.json"
LIMIT_S = 600
WHO = "the compiled model"
ROWS, MEMORY_ROWS = 256, 64


class Program:
    """Scores rows with the program in an artifact's folder.

    Args:
        folder: holds `program` and `about.json`.
    """

    def __init__(self, folder: Path) -> None:
        self._program = folder / PROGRAM
        self._first = np.zeros((0,), np.float32)
        self._about: Mapping[str, Any] = read_json(folder / ABOUT)

    def scores(self, x: NDArray[np.float32]) -> NDArray[np.float64]:
        """x (n, ...) -> probability of attack (n,), or of each class (n, k).

        Raises:
            CellError: the program crashes, hangs or gives another number of scores.
        """
        width = int(self._about["outputs"])
        if len(x) > len(self._first):
            self._first = np.array(x[:MEMORY_ROWS])
        said = self._run(["scores"], x)
        if len(said) != 4 * width * len(x):
            raise CellError(
                f"the compiled model gave {len(said)} bytes of scores for {len(x)} rows of {width}"
            )
        answers = np.frombuffer(said, dtype=np.float32).astype(np.float64)
        scores = probabilities(answers, self._about.get("link", ""))
        return scores if width == 1 else scores.reshape(len(x), width)

    def costs(self, x: NDArray[np.float32], warm_up_s: float, seconds: float) -> dict[str, Any]:
        """Give the cost keys of a record, timed by the program itself on rows x (n, ...).

        Each call is one row and lies between two readings of the clock; 256 rows take turns.
        """
        began = time.monotonic()
        self._run(["scores"], x[:1])
        started = time.monotonic() - began
        timed = self._timed(x[:ROWS], warm_up_s, seconds)
        about = dict(self._about)
        instructions, reason = about.pop("instructions"), about.pop("instructions_reason")
        keys = latency_keys(timed, WHO)
        unmeasured = keys.pop("unmeasured")
        unmeasured["energy_uj_per_row"] = "not measured by the program itself"
        if instructions is None:
            unmeasured["instructions_per_inference"] = reason
        return {
            **keys,
            "throughput_rows_per_s": figure(timed, "rows_per_s", WHO),
            "throughput_batch": 1,
            "start_up_s": started,
            "energy_uj_per_row": None,
            "energy_method": "none",
            "energy_detail": "not measured",
            "size_bytes": about["code_bytes"] + about["data_bytes"],
            "code_bytes": about["code_bytes"],
            "data_bytes": about["data_bytes"],
            "instructions_per_inference": instructions,
            "target_detail": {**about, "clock_ns": timed["clock_ns"]},
            "unmeasured": unmeasured,
        }

    def work(self, x: NDArray[np.float32], seconds: float) -> int:
        """Score single rows of x (n, ...) in turn for so long; give how many were scored.

        Raises:
            CellError: the program fails, or gives no such number.
        """
        said = self._run(["work", str(seconds)], x[:ROWS]).decode("ascii", "replace").strip()
        if not said.isdecimal() or not int(said):
            raise CellError(f"{WHO} gives no number of rows that it scored")
        return int(said)

    def peak_rss_mb(self) -> float | None:
        """Give the program's peak memory (MB) after scoring the first 64 rows that were asked for."""
        peak = self._timed(self._first, 0.0, 0.0)["peak_rss_kb"]
        return peak * 1024 / 1e6 if peak else None

    def _timed(self, x: NDArray[np.float32], warm_up_s: float, seconds: float) -> dict[str, Any]:
        timed: dict[str, Any] = parse(self._run(["time", str(warm_up_s), str(seconds)], x))
        return timed

    def _run(self, words: list[str], x: NDArray[np.float32]) -> bytes:
        rows = np.ascontiguousarray(x, dtype=np.float32)
        try:
            done = subprocess.run(
                [str(self._program), *words],
                input=rows.tobytes(),
                capture_output=True,
                timeout=LIMIT_S,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise CellError(f"the compiled model did not finish in {LIMIT_S} s") from error
        except OSError as error:
            raise CellError(f"the compiled model cannot be started: {error.strerror}") from error
        if done.returncode:
            raise CellError(f"the compiled model ended with {_how(done.returncode)}")
        return done.stdout


def _how(code: int) -> str:
    return signal.Signals(-code).name if code < 0 else f"exit code {code}"
