"""What an energy meter costs the work that it measures."""

from __future__ import annotations

import time

from idsbench.energy import metered, warm

SECONDS = 3.0


def test_sampling(benchmark):
    """CPU seconds of codecarbon's sampling threads beside three seconds of work, over the work's.

    What they compute they take from the work, by Python's lock or on its one processor. Latency is
    never timed under a meter; trainings are. Both are counted in one run, each thread by its own
    clock, so that other load does not matter. Target: at most 0.02.
    """
    warm()
    shares: list[float] = []

    def work_under_the_meter() -> None:
        with metered("codecarbon") as reading:
            process, thread = time.process_time(), time.thread_time()
            end = time.perf_counter() + SECONDS
            while time.perf_counter() < end:
                sum(range(1000))
            own = time.thread_time() - thread
            sampling = time.process_time() - process - own
        assert reading.joules, reading.reason
        shares.append(sampling / own)

    benchmark.pedantic(work_under_the_meter, rounds=5, warmup_rounds=1)
    benchmark.extra_info["sampling_share"] = round(min(shares), 5)
    assert min(shares) < 0.1
