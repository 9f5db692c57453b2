"""A file or a command that gives joules is a meter; whatever else it gives is a reason."""

from __future__ import annotations

import os
import shlex
import sys
import time

import psutil
import pytest

from idsbench import meter_outside
from idsbench.meter_outside import Outside
from idsbench.meters import MeterError


@pytest.fixture
def counter(tmp_path):
    """Give a file with a count, and a function that replaces it."""
    file = tmp_path / "joules.txt"

    def write(text: str) -> str:
        file.write_text(text)
        return str(file)

    return write


def _python(code: str) -> str:
    return f"{shlex.quote(sys.executable)} -S -c {shlex.quote(code)}"


def _reason(which: str) -> str:
    with pytest.raises(MeterError) as caught:
        Outside(which).start()
    return str(caught.value)


@pytest.mark.parametrize(
    ("before", "after", "joules", "resolution"),
    [("12", "15", 3.0, 1.0), ("1.25 J\n", "1.75 J\n", 0.5, 0.01), ("1e3", "2e3", 1000.0, 1000.0)],
)
def test_a_file_is_read_before_and_after(counter, before, after, joules, resolution):
    meter = Outside(counter(before))
    meter.start()
    counter(after)
    assert meter.stop() == joules
    assert meter.resolution_j == pytest.approx(resolution)
    assert (meter.method, meter.detail) == ("meter", "file joules.txt")


def test_a_command_is_run_before_and_after(counter):
    meter = Outside(f"cat {counter('1.5')}")
    meter.start()
    counter("4.0")
    assert meter.stop() == 2.5
    assert meter.detail == "command cat"


def test_a_program_in_a_file_is_run_and_not_read(tmp_path):
    program = tmp_path / "my meter.sh"
    program.write_text("#!/bin/sh\necho 7.5\n")
    program.chmod(0o755)
    meter = Outside(str(program))
    meter.start()
    assert meter.stop() == 0.0
    assert (meter.detail, meter.resolution_j) == ("command my meter.sh", 0.1)


def test_no_shell_reads_a_command(tmp_path):
    assert _reason(f"echo 5; touch {tmp_path / 'made'}").endswith("not a number of joules")
    assert not (tmp_path / "made").exists()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("abc", "the file joules.txt gave 'abc', not a number of joules"),
        ("", "the file joules.txt gave '', not a number of joules"),
        ("nan", "the file joules.txt gave 'nan', not a number of joules"),
        ("5 kWh", "the file joules.txt gave '5 kWh', not a number of joules"),
        ("-5", "the file joules.txt gave -5 J, not an energy of at least 0"),
        ("1e999", "the file joules.txt gave inf J, not an energy of at least 0"),
        ("7" * 5000, "the file joules.txt gave more than 4096 bytes, not a number"),
    ],
)
def test_what_is_no_energy_is_told(counter, text, reason):
    assert _reason(counter(text)) == reason


@pytest.mark.parametrize(
    ("before", "after"), [("12", "11.5"), ("8204654321.000002", "8204654321.000001")]
)
def test_a_count_that_goes_backwards_is_told_with_all_its_digits(counter, before, after):
    meter = Outside(counter(before))
    meter.start()
    counter(after)
    with pytest.raises(MeterError) as caught:
        meter.stop()
    told = f"the file joules.txt went backwards, from {before} to {after} J"
    assert str(caught.value) == told


def test_a_file_that_goes_away_is_told(counter, tmp_path):
    meter = Outside(counter("12"))
    meter.start()
    (tmp_path / "joules.txt").unlink()
    with pytest.raises(MeterError) as caught:
        meter.stop()
    assert str(caught.value) == ("the file joules.txt cannot be read (No such file or directory)")


def test_a_pipe_in_place_of_the_file_is_not_waited_for(counter, tmp_path):
    meter = Outside(counter("12"))
    (tmp_path / "joules.txt").unlink()
    os.mkfifo(tmp_path / "joules.txt")
    with pytest.raises(MeterError) as caught:
        meter.start()
    assert str(caught.value) == "the file joules.txt gave '', not a number of joules"


def test_a_command_that_fails_is_told():
    assert _reason("false") == "the command false ended with exit code 1"
    assert _reason("/no/such/thing") == (
        "the command thing cannot be run (No such file or directory)"
    )


def test_a_command_that_hangs_is_ended_with_all_that_it_started(monkeypatch, tmp_path):
    monkeypatch.setattr(meter_outside, "ANSWER_S", 0.5)
    note = tmp_path / "child"
    reason = _reason(f"sh -c 'sleep 60 & echo $! > {note}; sleep 60'")
    assert reason == "the command sh did not answer within 0.5 s"
    child = int(note.read_text())
    end = time.monotonic() + 10
    while _runs(child) and time.monotonic() < end:
        time.sleep(0.01)
    assert not _runs(child)


def _runs(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_a_command_that_answers_and_stays_is_told(monkeypatch):
    monkeypatch.setattr(meter_outside, "ANSWER_S", 0.5)
    code = "import os, time; os.write(1, b'5'); os.close(1); time.sleep(60)"
    assert _reason(_python(code)).endswith("did not end within 0.5 s")


def test_a_command_that_never_stops_printing_is_told():
    assert _reason("yes") == "the command yes gave more than 4096 bytes, not a number"
