"""Energy of one phase, through codecarbon's offline tracker; a fresh tracker for every phase.

Where the processor's counters (RAPL) can be read the figure is measured; elsewhere codecarbon
models it from the processor's rated power and this process's load, and `method` says so. The
figure is the processor's share alone: codecarbon's constant guess for memory is left out.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import cast

SHORTEST_S = 0.1  # a shorter phase is below what a load-based model can resolve
J_PER_KWH = 3.6e6
MODES = {"intel_rapl": "rapl"}


@dataclass
class Reading:
    """What a meter says of a phase.

    Args:
        joules: of the processor; None where it was not measured.
        method: rapl, model or none.
        detail: codecarbon's mode, for the record.
        reason: why `joules` is None.
    """

    joules: float | None = None
    method: str = "none"
    detail: str = ""
    reason: str = ""


def warm() -> None:
    """Let codecarbon detect the hardware once, in the fork server, so that no phase waits for it."""
    with metered():
        pass


@contextmanager
def metered() -> Iterator[Reading]:
    """Measure the block; the reading is filled in when it ends."""
    reading = Reading()
    started = time.perf_counter()
    tracker = _started_tracker(reading)
    try:
        yield reading
    finally:
        lasted = time.perf_counter() - started
        if tracker is not None:
            _stop(tracker, reading, lasted)


def _started_tracker(reading: Reading) -> object | None:
    try:
        with _quiet():
            from codecarbon import OfflineEmissionsTracker

            # Warnings of a library about its own defaults; its errors still come as exceptions.
            tracker = OfflineEmissionsTracker(
                country_iso_code="USA",  # for CO2 only, which is not used
                tracking_mode="process",
                measure_power_secs=1,
                save_to_file=False,
                save_to_api=False,
                save_to_logger=False,
                log_level="critical",
                allow_multiple_runs=True,
            )
            tracker.start()
        return cast(object, tracker)
    except Exception as error:  # a meter that fails must not cost the measurement it accompanies
        reading.reason = f"codecarbon could not start: {type(error).__name__}: {error}"
        return None


def _stop(tracker: object, reading: Reading, lasted: float) -> None:
    try:
        with _quiet():
            tracker.stop()  # type: ignore[attr-defined]
        modes = [getattr(part, "_mode", "") for part in getattr(tracker, "_hardware", [])]
        mode = next((mode for mode in modes if mode), "unknown")
        reading.detail = f"codecarbon {mode}, process"
        reading.method = MODES.get(mode, "model")
        joules = float(tracker.final_emissions_data.cpu_energy) * J_PER_KWH  # type: ignore[attr-defined]
    except Exception as error:  # see above
        reading.method, reading.reason = (
            "none",
            f"codecarbon failed: {type(error).__name__}: {error}",
        )
        return
    if lasted < SHORTEST_S:
        reading.reason = f"the phase lasted {lasted:.3f} s, below the meter's {SHORTEST_S} s"
    elif not joules > 0:
        reading.reason = "the meter read 0 J: below its resolution"
    else:
        reading.joules = joules


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep codecarbon's chatter and its configuration files out of the measurement."""
    import logging

    logger = logging.getLogger("codecarbon")
    before = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        with (
            open(os.devnull, "w", encoding="utf-8") as nothing,
            contextlib.redirect_stderr(nothing),
        ):
            yield
    finally:
        logger.setLevel(before)


def per_call(work: Callable[[], object], seconds: float) -> tuple[Reading, int]:
    """Repeat `work` for at least `seconds` under a fresh meter; give the reading and the calls."""
    calls = 0
    with metered() as reading:
        end = time.perf_counter() + seconds
        while calls == 0 or time.perf_counter() < end:
            work()
            calls += 1
    return reading, calls
