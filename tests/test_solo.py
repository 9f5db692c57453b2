"""A job waits at its gate until the runner opens it, and no side can hang on one that is gone."""

from __future__ import annotations

import threading

from idsbench.solo import is_ready, make_gate, open_gate, wait_at_gate


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
