"""Measurements run alone, never more jobs than asked for, and every step gets its turn."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from idsbench.schedule import BATCH, startable
from idsbench.steps import Step


def _step(name: str, stage: str, *needs: str) -> Step:
    return Step(name, stage, needs, Path("out"), {}, (), name)


def _waiting(*steps: Step) -> dict[str, Step]:
    return {step.id: step for step in steps}


def _names(waiting: dict[str, Step], running: list[Step], jobs: int) -> list[str]:
    return [step.id for step in startable(waiting, running, jobs)]


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
    assert _names(_waiting(load, prepare), [], 4) == ["l"]
    assert _names(_waiting(prepare), [load], 4) == []
    assert _names(_waiting(prepare), [], 4) == ["p"]


def test_nothing_starts_beside_a_measurement():
    waiting = _waiting(_step("t", "train"), _step("f", "footprint"), _step("m2", "measure"))
    assert _names(waiting, [_step("m", "measure")], 8) == []


@pytest.mark.parametrize("stage", ["load", "prepare", "train", "footprint"])
def test_a_measurement_waits_until_nothing_runs(stage):
    waiting = _waiting(_step("m", "measure"))
    assert _names(waiting, [_step("x", stage)], 1) == []
    assert _names(waiting, [], 1) == ["m"]


def test_with_one_job_a_cell_is_measured_before_the_next_training():
    waiting = _waiting(_step("t", "train"), _step("m", "measure"))
    assert _names(waiting, [], 1) == ["m"]


def test_with_more_jobs_measurements_are_collected_into_a_batch():
    measures = [_step(f"m{n}", "measure") for n in range(2 * BATCH)]
    train = _step("t", "train")
    assert _names(_waiting(train, *measures[:-1]), [], 2) == ["t"]
    assert _names(_waiting(train, *measures), [], 2) == ["m0"]
    assert _names(_waiting(train, *measures), [_step("x", "train")], 2) == []


def test_measurements_left_at_the_end_do_not_wait_for_a_batch():
    assert _names(_waiting(_step("m", "measure")), [], 4) == ["m"]
    assert _names(_waiting(_step("m", "measure")), [_step("x", "train")], 4) == []


def test_a_footprint_runs_beside_trainings_one_at_a_time():
    waiting = _waiting(_step("t", "train"), _step("f", "footprint"), _step("g", "footprint"))
    assert _names(waiting, [_step("x", "train")], 1) == ["f"]
    assert _names(waiting, [_step("e", "footprint")], 1) == ["t"]


@pytest.mark.parametrize("jobs", [1, 2, 3, 8])
@pytest.mark.parametrize("seed", range(5))
def test_whatever_ends_first_the_rules_hold_and_all_steps_run(jobs, seed):
    draw = random.Random(f"{jobs}/{seed}")
    waiting, running, order = _cells(30), [], []
    total = len(waiting)
    while waiting or running:
        for step in startable(waiting, running, jobs):
            running.append(waiting.pop(step.id))
        stages = [step.stage for step in running]
        assert running, "nothing runs though something waits"
        assert "measure" not in stages or len(stages) == 1
        assert stages.count("footprint") <= 1
        assert len(stages) - stages.count("footprint") <= jobs
        order.append(running.pop(draw.randrange(len(running))))
    assert len(order) == total
    place = {step.id: number for number, step in enumerate(order)}
    assert all(place[need] < place[step.id] for step in order for need in step.needs)


def test_more_jobs_are_used_when_there_is_work_for_them():
    waiting = _waiting(*(_step(f"t{n}", "train") for n in range(5)))
    assert len(startable(waiting, [], 3)) == 3
    assert len(startable(waiting, [_step("x", "train")], 3)) == 2
