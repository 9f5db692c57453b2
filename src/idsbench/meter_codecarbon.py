"""codecarbon's offline tracker, which models the processor's energy from its load.

It takes the processor's rated power and this process's share of its time. Its constant guess for
memory is left out.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from idsbench.meters import MeterError

J_PER_KWH = 3.6e6
# Its estimate rests on processor time since the last sample, so that rare samples lose nothing; one
# costs 7 ms of processor time.
SAMPLE_S = 10
COUNTERS = "intel_rapl"


class Codecarbon:
    """One tracker: a second phase needs another one, or both would report the same."""

    method, whole, resolution_j, shortest_s = "model", False, 0.0, 0.1

    def __init__(self) -> None:
        self.detail = "codecarbon"
        self._tracker: Any = None

    def start(self) -> None:
        """Start a tracker that sends and writes nothing."""
        try:
            with _quiet():
                from codecarbon import OfflineEmissionsTracker

                self._tracker = OfflineEmissionsTracker(
                    country_iso_code="USA",  # for CO2 only, which is not used
                    tracking_mode="process",
                    measure_power_secs=SAMPLE_S,
                    save_to_file=False,
                    save_to_api=False,
                    save_to_logger=False,
                    log_level="critical",
                    allow_multiple_runs=True,
                )
                self._tracker.start()
        except Exception as error:  # a meter that fails must not cost what it accompanies
            raise MeterError(
                f"codecarbon could not start: {type(error).__name__}: {error}"
            ) from error

    def stop(self) -> float:
        """Give the joules since `start`."""
        try:
            with _quiet():
                self._tracker.stop()
            modes = [getattr(part, "_mode", "") for part in self._tracker._hardware]
            mode = next((mode for mode in modes if mode), "unknown")
            joules = float(self._tracker.final_emissions_data.cpu_energy) * J_PER_KWH
        except Exception as error:  # as above
            raise MeterError(f"codecarbon failed: {type(error).__name__}: {error}") from error
        self.detail = f"codecarbon {mode}, process"
        if mode == COUNTERS:
            raise MeterError("codecarbon reads RAPL here, idle power included: use --meter rapl")
        return joules


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep codecarbon's chatter out; a warning made an error would cost it what it detects."""
    import logging
    import warnings

    logger = logging.getLogger("codecarbon")
    before = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        with (
            open(os.devnull, "w", encoding="utf-8") as nothing,
            contextlib.redirect_stderr(nothing),
            warnings.catch_warnings(),
        ):
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(before)
