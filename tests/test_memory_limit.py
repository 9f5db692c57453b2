"""A target's `memory_mb` is held on a fresh process, by the kernel or the runner; over it is `oom`."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from idsbench import memory_limit
from idsbench.confine import BEGAN, BY_KERNEL, BY_PROGRAM, BY_RUNNER, begin, limit_mb
from idsbench.memory_limit import VERDICT, breaks, make_group, settled
from idsbench.outcomes import Done, Running
from idsbench.plan import Request, make_plan
from idsbench.run import Options, run
from idsbench.steps import Step
from idsbench.view import SilentView


def _step(memory_mb: float | None = 100.0, stage: str = "footprint") -> Step:
    payload = {"target": {"build": "a:b", "parameters": {"memory_mb": memory_mb}}}
    return Step(f"{stage}-1", stage, (), Path(), payload, (), "")


@pytest.fixture
def kernel(tmp_path, monkeypatch):
    """Make what a kernel with cgroup v2 shows: this process's group, and its parent's controllers."""

    def place(controllers: str = "cpu memory", mount: str = "cgroup2") -> Path:
        root = tmp_path / "cgroup"
        parent = root / "user"
        (parent / "own").mkdir(parents=True)
        (parent / "cgroup.subtree_control").write_text(f"{controllers}\n")
        (tmp_path / "mounts").write_text(f"none {root} {mount} rw 0 0\n")
        (tmp_path / "own").write_text("1:name=systemd:/x\n0::/user/own\n")
        monkeypatch.setattr(memory_limit, "MOUNTS", tmp_path / "mounts")
        monkeypatch.setattr(memory_limit, "OWN_GROUP", tmp_path / "own")
        return parent

    return place


def test_only_a_target_with_the_parameter_has_a_limit():
    assert limit_mb(_step(64).payload) == 64.0
    assert limit_mb(_step(None).payload) is None
    assert limit_mb({}) is None


def test_the_kernel_holds_the_limit_where_it_can(kernel, tmp_path):
    parent = kernel()
    group = make_group(_step(64.5))
    assert group is not None
    assert group.parent == parent
    assert (group / "memory.max").read_text() == "64500000"
    assert (group / "memory.swap.max").read_text() == "0"
    held = begin({**_step().payload, "group": str(group)}, tmp_path)
    assert (held, (group / "cgroup.procs").read_text()) == (BY_KERNEL, str(os.getpid()))


@pytest.mark.parametrize("shows", [{"controllers": "cpu io"}, {"mount": "tmpfs"}])
def test_elsewhere_the_runner_holds_it(kernel, tmp_path, shows):
    kernel(**shows)
    assert make_group(_step()) is None
    assert begin(_step().payload, tmp_path) == BY_RUNNER
    assert (tmp_path / BEGAN).exists()


def test_what_has_no_limit_gets_no_group_and_no_mark(kernel, tmp_path):
    kernel()
    assert make_group(_step(None)) is None
    assert make_group(_step(stage="measure")) is None
    assert begin(_step(None).payload, tmp_path) == ""
    assert not (tmp_path / BEGAN).exists()


def test_a_target_with_a_program_of_its_own_is_held_by_that_programs_peak(kernel, tmp_path):
    job = {**_step().payload, "group": str(make_group(_step()))} if kernel() else {}
    assert begin(job, tmp_path, own_program=True) == BY_PROGRAM
    running = Running(_step(1.0), tmp_path, 0.0)
    assert not breaks(running, os.getpid()), "this process is not what scores"
    value = {"peak_rss_mb": 2.0, "memory_held_by": BY_PROGRAM}
    assert settled(running, Done("ok", value=value)).details["limits"] == {
        "memory_mb": 1.0,
        "memory_held_by": BY_PROGRAM,
    }


def test_a_process_is_looked_at_once_it_is_a_program_of_its_own(tmp_path):
    running = Running(_step(1.0), tmp_path, 0.0)
    assert not breaks(running, os.getpid()), "a fork of a server holds the server's memory"
    (tmp_path / BEGAN).touch()
    assert breaks(running, os.getpid())
    assert not breaks(Running(_step(1e6), tmp_path, 0.0), os.getpid())
    assert not breaks(Running(_step(1.0, "measure"), tmp_path, 0.0), os.getpid())


def _reason(used: str) -> str:
    return (
        f"a process that loads the target's runtime and scores used {used}"
        "more than the memory_mb=100 allowed"
    )


def test_a_peak_between_two_looks_is_found_at_the_end(tmp_path):
    running = Running(_step(), tmp_path, 0.0)
    done = settled(running, Done("ok", value={"peak_rss_mb": 130.4}))
    assert (done.status, done.reason) == ("oom", _reason("130.4 MB, "))
    assert done.details == {"limits": {"memory_mb": 100.0, "memory_held_by": BY_RUNNER}}
    within = Done("ok", value={"peak_rss_mb": 100.0})
    assert settled(running, within) is within


def test_a_process_that_was_ended_for_it_is_told(tmp_path):
    running = Running(_step(), tmp_path, 0.0, verdict=VERDICT)
    assert settled(running, Done("oom")).reason == _reason("")
    running = Running(_step(0.5), tmp_path, 0.0, verdict=VERDICT)
    (tmp_path / BEGAN).touch()
    assert breaks(running, os.getpid())
    assert running.used_mb is not None
    told = settled(running, Done("oom")).reason
    assert f" used {running.used_mb:.1f} MB, more than the memory_mb=0.5 allowed" in told


def test_a_process_that_the_kernel_ended_is_told_and_a_crash_stays_one(kernel, tmp_path):
    kernel()
    crashed = Done("crashed", "SIGKILL")
    for count, status in (("0", "crashed"), ("1", "oom")):
        group = make_group(_step())
        (group / "memory.events").write_text(f"low 0\noom 3\noom_kill {count}\n")
        running = Running(_step(), tmp_path, 0.0, group=group)
        assert settled(running, crashed).status == status
        for file in group.iterdir():  # a kernel's files go with the folder
            file.unlink()
        group.rmdir()


def test_another_failure_stays_what_it_is(tmp_path):
    failed = Done("failed", "no runtime")
    assert settled(Running(_step(), tmp_path, 0.0), failed) is failed


def test_a_deployment_over_its_limit_is_a_record_and_the_others_finish(faults, tmp_path):
    targets = "abroad,abroad[memory_mb=5],abroad[fault=hungry,memory_mb=200],abroad[memory_mb=900]"
    request = Request("toy", models="faulty", targets=targets, baselines=False)
    found = run(faults, make_plan(faults, request), Options(tmp_path), SilentView())
    free, small, hungry, enough = found
    assert [record["status"] for record in found] == ["ok", "oom", "oom", "ok"]
    allowed = (
        r"a process that loads the target's runtime and scores used (?:\S+ MB, )?more than the "
    )
    assert re.fullmatch(allowed + "memory_mb=5 allowed", small["reason"])
    assert re.fullmatch(allowed + "memory_mb=200 allowed", hungry["reason"])
    assert (small["stage"], small["fpr"]) == ("footprint", None)
    assert free["limits"] == {"threads": 1, "threads_held_by": "affinity"}
    assert enough["limits"]["memory_mb"] == 900.0
    assert enough["limits"]["memory_held_by"] in (BY_KERNEL, BY_RUNNER)
    assert {"worse", "better", "p", "clusters"} <= set(enough["parity"]["mcnemar"])
    for record in (free, enough):
        assert record["start_up_s"] > 0
        nulls = {key for key, value in record.items() if value is None}
        scores = {"coverage", "false_alarms_per_day", "commit"}
        assert nulls - set(record["unmeasured"]) <= scores | _UNCHOSEN


# Thresholds that too few benign rows choose, and scores of rows that are not there.
_UNCHOSEN = {
    *("tpr_at_fpr_1pct", "achieved_fpr_1pct", "tpr_at_fpr_0_1pct", "achieved_fpr_0_1pct"),
    *("fpr_unseen", "recall_unseen", "accuracy_ceiling", "distinct_share"),
}
