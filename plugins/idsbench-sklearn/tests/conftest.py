from __future__ import annotations

from collections.abc import Iterator

import pytest
from threadpoolctl import threadpool_limits


@pytest.fixture(autouse=True)
def _thread_limits_end_with_the_test() -> Iterator[None]:
    """`restore` limits threads for the whole process, which is this one."""
    with threadpool_limits():
        yield
