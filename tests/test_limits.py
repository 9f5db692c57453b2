"""Limits are said in a sentence, and memory is counted for a process with all it started."""

from __future__ import annotations

import os
import subprocess
import sys

import psutil
import pytest

from idsbench.limits import Limits, group_rss_mb


@pytest.mark.parametrize(
    ("verdict", "sentence"),
    [
        ("timeout", "train: not finished after the 1.5 s of --timeout"),
        ("oom", "train: used more than the 900 MB of --memory-limit"),
        (
            "machine-oom",
            "train: the machine ran short of memory, and this was its largest job",
        ),
    ],
)
def test_each_limit_has_its_sentence(verdict, sentence):
    assert Limits(timeout_s=1.5, memory_mb=900.0).sentence(verdict, "train") == sentence


def test_there_are_no_limits_unless_asked_for():
    assert Limits() == Limits(timeout_s=None, memory_mb=None)


def test_memory_is_that_of_the_process_and_of_what_it_started():
    hoard = "b = bytearray(60_000_000); print(1, flush=True); input()"
    code = (
        "import subprocess, sys\n"
        f"child = subprocess.Popen([sys.executable, '-S', '-c', {hoard!r}], stdin=subprocess.PIPE)\n"
        "input(); child.communicate(b'\\n')"
    )
    parent = subprocess.Popen(
        [sys.executable, "-S", "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert parent.stdout.readline() == b"1\n"
    alone = psutil.Process(parent.pid).memory_info().rss / 1e6
    together = group_rss_mb(parent.pid)
    parent.communicate(b"\n")
    assert alone < 60 < together


def test_memory_is_in_megabytes():
    own = psutil.Process(os.getpid()).memory_info().rss / 1e6
    assert own * 0.9 < group_rss_mb(os.getpid()) < own * 3 + 100


def test_a_process_that_is_gone_uses_nothing():
    child = subprocess.Popen([sys.executable, "-S", "-c", ""])
    child.wait()
    assert group_rss_mb(child.pid) == 0.0
