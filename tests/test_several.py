"""Work in threads gives what work in a loop would."""

from __future__ import annotations

import threading

import pytest

from idsbench.several import MOST_THREADS, in_order


def test_work_is_done_in_threads_and_given_in_order():
    threads = set()

    def work(number: int) -> int:
        threads.add(threading.get_ident())
        return number * number

    assert list(in_order(iter(range(50)), work)) == [number**2 for number in range(50)]
    assert threading.get_ident() not in threads
    assert list(in_order([3], work)) == [9]
    assert threading.get_ident() in threads
    assert list(in_order([], work)) == []


def test_what_work_raises_is_raised_in_its_turn_and_nothing_more_is_begun():
    begun = []

    def work(number: int) -> int:
        begun.append(number)
        if number == 3:
            raise ValueError(number)
        return number

    done = []
    with pytest.raises(ValueError, match="3"):
        done += in_order(iter(range(1000)), work)
    assert len(begun) < 100
    assert done == [0, 1, 2]


def test_few_things_are_held_at_a_time():
    asked = []

    def things():
        for number in range(100):
            asked.append(number)
            yield number

    results = in_order(things(), lambda number: number)
    next(results)
    assert len(asked) <= MOST_THREADS + 3
