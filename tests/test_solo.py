"""A job waits at its gate until the runner opens it, and no side can hang on one that is gone."""

from __future__ import annotations

import threading

from idsbench.solo import (
    is_ready,
    make_gate,
    note_pause,
    open_gate,
    pauses_of,
    stood_s,
    wait_at_gate,
)


def test_a_job_says_that_it_is_ready_and_waits_until_the_gate_opens(tmp_path):
    job = make_gate(tmp_path)
    assert not is_ready(tmp_path)
    waiter = threading.Thread(target=wait_at_gate, args=(job,), daemon=True)
    waiter.start()
    while not is_ready(tmp_path):
        waiter.join(0.01)
    waiter.join(0.05)
    assert waiter.is_alive()
    open_gate(tmp_path)
    waiter.join(10)
    assert not waiter.is_alive()


def test_the_gate_of_a_job_that_has_ended_is_opened_without_waiting(tmp_path):
    make_gate(tmp_path)
    open_gate(tmp_path)


def test_a_gate_that_is_gone_is_no_error(tmp_path):
    open_gate(tmp_path)


def test_a_job_without_a_gate_does_not_wait(tmp_path):
    wait_at_gate({"out": str(tmp_path)})
    assert not is_ready(tmp_path)


def test_a_job_learns_how_long_it_stood_within_a_time_of_its_own(tmp_path):
    job = pauses_of(tmp_path)
    assert stood_s(job, 0.0, 100.0) == 0.0
    note_pause(tmp_path, 10.0, 11.0)
    note_pause(tmp_path, 20.0, 22.5)
    assert stood_s(job, 0.0, 100.0) == 3.5
    assert stood_s(job, 10.5, 21.0) == 1.5
    assert stood_s(job, 12.0, 19.0) == 0.0
    assert stood_s({}, 0.0, 100.0) == 0.0
