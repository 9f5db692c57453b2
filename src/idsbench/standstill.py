"""The rest of a run stands still while one measurement is timed, and loses no time by it.

Latency is measured alone on the machine. The other jobs are stopped for that half second and go on
where they were; how long they stood is told to each, so that no training's time holds it.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Mapping

import psutil

from idsbench.outcomes import Running
from idsbench.solo import note_pause
from idsbench.workers import Workers

STOPPED_WITHIN_S = 0.5  # a process that waits for a disk stops when that is over


def stop(workers: Workers, jobs: Mapping[str, Running]) -> None:
    """Stop these jobs, with all that they started, and wait until they stand."""
    for job, running in jobs.items():
        workers.signal(job, signal.SIGSTOP)
        running.paused = time.monotonic()
    waits = {pid for job in jobs if (pid := workers.pid(job))}
    end = time.monotonic() + STOPPED_WITHIN_S
    while (waits := {pid for pid in waits if _moves(pid)}) and time.monotonic() < end:
        time.sleep(0.001)


def go_on(workers: Workers, jobs: Mapping[str, Running]) -> None:
    """Let stopped jobs go on; others are left as they are."""
    for job, running in jobs.items():
        if not running.paused:
            continue
        now = time.monotonic()
        note_pause(running.folder, running.paused, now)
        running.waited += now - running.paused
        running.paused = 0.0
        workers.signal(job, signal.SIGCONT)


def _moves(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() not in (psutil.STATUS_STOPPED, psutil.STATUS_ZOMBIE)
    except psutil.Error:
        return False
