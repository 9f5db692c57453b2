"""Measurements run alone, never more jobs than asked for, and every step gets its turn."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from idsbench.schedule import least_used, startable
from idsbench.steps import Step


def _step(name: str, stage: str, *needs: str) -> Step:
    return Step(name, stage, needs, Path("out"), {}, (), name)


def _waiting(*steps: Step) -> dict[str, Step]:
    return {step.id: step for step in steps}


def _running(*steps: str) -> dict[str, str]:
    """Give stages by id, of steps named like their stage with a number."""
    return {name: name.rstrip("0123456789") for name in steps}


def _next(waiting: dict[str, Step], running: dict[str, str], jobs: int) -> tuple[list[str], str]:
    steps, timed = startable(waiting, running, jobs)
    return [step.id for step in steps], timed


def _cells(count: int) -> dict[str, Step]:
    steps = [_step("load", "load")]
    for n in range(count):
        train = f"t{n}"
        steps += [
            _step(f"p{n}", "prepare", "load"),
            _step(train, "train", "load", f"p{n}"),
            _step(f"m{n}", "measure", train),
            _step(f"f{n}", "footprint", train),
        ]
    return _waiting(*steps)


def test_a_step_waits_for_what_it_needs_whether_that_waits_or_runs():
    load, prepare = _step("l", "load"), _step("p", "prepare", "l")
    assert _next(_waiting(load, prepare), {}, 4) == (["l"], "")
    assert _next(_waiting(prepare), {"l": "load"}, 4) == ([], "")
    assert _next(_waiting(prepare), {}, 4) == (["p"], "")


def test_nothing_starts_beside_a_measurement_that_is_timed():
    waiting = _waiting(_step("t", "train"), _step("f", "footprint"), _step("m", "measure"))
    assert _next(waiting, _running("alone1", "ready2"), 8) == ([], "")


@pytest.mark.parametrize("jobs", [1, 2])
@pytest.mark.parametrize("stage", ["load", "prepare", "train", "measure", "footprint"])
def test_a_measurement_is_timed_before_anything_else_starts(stage, jobs):
    waiting = _waiting(_step("t", "train"), _step("f", "footprint"))
    assert _next(waiting, _running("ready1", f"{stage}2", "ready3"), jobs) == ([], "ready1")


def test_other_work_goes_on_while_the_machine_cannot_be_had_alone():
    waiting = _waiting(_step("t", "train"), _step("u", "train"))
    assert startable(waiting, _running("ready1"), 1, quiet=False) == ([waiting["t"]], "")
    assert startable({}, _running("ready1"), 1, quiet=False) == ([], "")


def test_rows_are_scored_beside_other_work():
    waiting = _waiting(_step("m", "measure"), _step("t", "train"))
    assert _next(waiting, _running("train1"), 2) == (["m"], "")


def test_a_footprint_runs_beside_trainings_one_at_a_time():
    waiting = _waiting(_step("t", "train"), _step("f", "footprint"), _step("g", "footprint"))
    assert _next(waiting, _running("train1"), 1) == (["f"], "")
    assert _next(waiting, _running("footprint1"), 1) == (["t"], "")


@pytest.mark.parametrize("jobs", [1, 2, 3, 8])
@pytest.mark.parametrize("seed", range(5))
def test_whatever_ends_first_the_rules_hold_and_all_steps_run(jobs, seed):
    draw = random.Random(f"{jobs}/{seed}")
    waiting, order = _cells(30), []
    steps, running = dict(waiting), {}
    while waiting or running:
        started, timed = startable(waiting, running, jobs, quiet=draw.random() < 0.8)
        assert not (started and "alone" in running.values())
        for step in started:
            running[step.id] = waiting.pop(step.id).stage
        if timed:
            assert running[timed] == "ready"
            running[timed] = "alone"
        stages = list(running.values())
        assert stages.count("alone") <= 1
        assert stages.count("footprint") <= 1
        assert sum(stage not in ("footprint", "ready", "alone") for stage in stages) <= jobs
        moving = [name for name, stage in running.items() if stage != "ready"]
        if not moving:
            continue
        name = draw.choice([name for name in moving if running[name] == "alone"] or moving)
        if running[name] == "measure":
            running[name] = "ready"
        else:
            del running[name]
            order.append(name)
    assert sorted(order) == sorted(steps)
    place = {name: number for number, name in enumerate(order)}
    assert all(place[need] < place[name] for name in order for need in steps[name].needs)


def test_more_jobs_are_used_when_there_is_work_for_them():
    waiting = _waiting(*(_step(f"t{n}", "train") for n in range(5)))
    assert len(startable(waiting, {}, 3)[0]) == 3
    assert len(startable(waiting, _running("train1"), 3)[0]) == 2


def test_jobs_are_kept_on_processors_that_others_leave_free():
    assert least_used([0, 1, 2, 3], [], 2) == (0, 1)
    assert least_used([0, 1, 2, 3], [(0, 1)], 2) == (2, 3)
    assert least_used([0, 1, 2], [(0,), (2,), ()], 1) == (1,)
    assert least_used([4, 7], [(4,), (7,), (4,)], 1) == (7,)


def test_more_threads_than_there_are_processors_means_all_of_them():
    assert least_used([4, 7], [(4,)], 9) == (4, 7)
