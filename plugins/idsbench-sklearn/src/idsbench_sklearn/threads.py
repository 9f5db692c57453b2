"""How many threads scikit-learn's native code uses."""

from __future__ import annotations

from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]


def limit_threads(threads: int) -> None:
    """Hold OpenMP and BLAS to `threads` threads in this process from here on.

    The limit is not a `with` block around each call: entering one costs more than scoring a row.
    """
    threadpool_limits(limits=threads)
