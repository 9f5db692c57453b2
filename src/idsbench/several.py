"""Work on several things at once, in threads, with the results in order."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

MOST_THREADS = 8  # more would hold more in memory than they save time

Given = TypeVar("Given")
Made = TypeVar("Made")


def in_order(given: Iterable[Given], work: Callable[[Given], Made]) -> Iterator[Made]:
    """Do the work on each thing given, in threads where there are several; results in order.

    At most two things more than there are threads are held at a time. What the work raises is
    raised in its turn.
    """
    things = iter(given)
    start = [thing for _, thing in zip(range(2), things, strict=False)]
    if len(start) < 2:
        yield from map(work, start)
        return
    # Imported here: most commands work on nothing at once.
    from concurrent.futures import Future, ThreadPoolExecutor

    threads = min(_processors(), MOST_THREADS)
    waiting: deque[Future[Made]] = deque()
    with ThreadPoolExecutor(threads) as pool:
        try:
            waiting.extend(pool.submit(work, thing) for thing in start)
            start.clear()
            for thing in things:
                waiting.append(pool.submit(work, thing))
                if len(waiting) > threads + 1:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _processors() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
