"""A program's pipes have limits, whatever the program does."""

from __future__ import annotations

import time

import pytest

from idsbench_devices.wire import KEPT_ERRORS, Wire, WireError

LARGE = bytes(5_000_000)


def _wire(script: str, patience_s: float = 20.0) -> Wire:
    return Wire(["sh", "-c", script], patience_s)


def test_bytes_go_there_and_back_whole():
    wire = _wire("echo first; cat")
    assert wire.line(100) == b"first"
    sent = bytes(range(256)) * 100
    wire.send(sent)
    assert wire.exactly(len(sent)) == sent
    assert wire.end() == 0


def test_an_answer_ends_the_sending():
    wire = _wire("head -c 10 >/dev/null; echo enough; sleep 20")
    began = time.monotonic()
    wire.send(LARGE)
    assert wire.line(100) == b"enough"
    assert time.monotonic() - began < 10
    assert wire.end(0.1) is None


def test_a_program_that_takes_nothing_is_waited_for_as_long_as_agreed():
    wire = _wire("sleep 20", 0.5)
    with pytest.raises(WireError, match=r"^it did nothing for 0\.5 s$"):
        wire.send(LARGE)
    assert wire.end(0.1) is None


def test_a_program_that_ended_gives_no_line_and_its_exit_code():
    wire = _wire("echo half | tr -d '\\n'; exit 7")
    with pytest.raises(WireError, match=r"^it ended without an answer$"):
        wire.line(100)
    assert wire.end() == 7


def test_a_line_without_end_is_not_read_on():
    wire = _wire("cat /dev/zero")
    with pytest.raises(WireError, match=r"^its answer has no line end in 1000 bytes$"):
        wire.line(1000)
    wire.end(0.1)


def test_of_what_is_said_on_standard_error_the_end_is_kept():
    wire = _wire("head -c 1000000 /dev/zero >&2; echo the end >&2; echo done")
    assert wire.line(100) == b"done"
    assert wire.end() == 0
    assert len(wire.errors) <= KEPT_ERRORS
    assert wire.errors.endswith("the end\n")
