"""Cells share what they have in common, and what the cache holds is not made again."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from idsbench.cache import making
from idsbench.catalog import Catalog
from idsbench.cells import Cell
from idsbench.plan import Request, make_plan
from idsbench.steps import ALWAYS, Step, make_steps


def _cells(catalog: Catalog, **fields) -> tuple[Cell, ...]:
    fields = {"datasets": "toy", "models": "faulty", "baselines": False, **fields}
    return make_plan(catalog, Request(**fields)).cells


@pytest.fixture
def steps_of(faults, tmp_path):
    def make(**fields) -> dict[str, Step]:
        return make_steps(_cells(faults, **fields), tmp_path, tmp_path / "scratch", "quick")[0]

    return make


def _counts(steps: dict[str, Step]) -> dict[str, int]:
    stages = [step.stage for step in steps.values()]
    return {stage: stages.count(stage) for stage in dict.fromkeys(stages)}


def _count(load: int, prepare: int, train: int, cells: int, deploy: int = 0) -> dict[str, int]:
    return {
        "load": load,
        "prepare": prepare,
        "train": train,
        **({"deploy": deploy} if deploy else {}),
        "measure": cells,
        "footprint": cells,
    }


@pytest.mark.parametrize(
    ("fields", "counts"),
    [
        ({}, _count(1, 1, 1, 1)),
        ({"targets": "cpu,cpu[threads=2]"}, _count(1, 1, 1, 2)),
        ({"targets": "abroad,abroad[fault=inverted]"}, _count(1, 1, 1, 2, deploy=2)),
        ({"models": "faulty,faulty[fault=print],logistic"}, _count(1, 1, 3, 3)),
        ({"seeds": "0-2"}, _count(1, 3, 3, 3)),
        ({"samplers": "none,rus"}, _count(1, 2, 2, 2)),
        ({"datasets": "toy,toy[fault=nan]"}, _count(2, 2, 2, 2)),
        ({"protocols": "clean,paper-train,paper-whole"}, _count(1, 3, 3, 3)),
    ],
)
def test_cells_share_the_steps_that_do_not_depend_on_what_differs(steps_of, fields, counts):
    assert _counts(steps_of(**fields)) == counts


def test_each_step_comes_after_what_it_needs_and_a_cell_is_finished_before_the_next(steps_of):
    steps = list(steps_of(models="faulty,logistic").values())
    assert [step.stage for step in steps] == [
        *("load", "prepare", "train", "measure", "footprint"),
        *("train", "measure", "footprint"),
    ]
    names = [step.id for step in steps]
    assert all(set(step.needs) <= set(names[:place]) for place, step in enumerate(steps))


def test_what_the_cache_holds_is_not_made_again(faults, tmp_path):
    cells, scratch = _cells(faults), tmp_path / "scratch"
    whole, _ = make_steps(cells, tmp_path, scratch, "quick")
    for step in whole.values():
        if step.stage in ("load", "train"):
            with making(step.out):
                pass
    rest, planned = make_steps(cells, tmp_path, scratch, "quick")
    assert list(_counts(rest)) == ["prepare", "measure", "footprint"]
    assert planned[0].all == tuple(whole)


def test_a_measurement_is_never_taken_from_the_cache(faults, tmp_path):
    cells, scratch = _cells(faults), tmp_path / "scratch"
    whole, planned = make_steps(cells, tmp_path, scratch, "quick")
    for step in whole.values():
        with making(step.out):
            pass
    rest, _ = make_steps(cells, tmp_path, scratch, "quick")
    assert list(rest) == [planned[0].measure, planned[0].footprint]
    assert all(scratch in step.out.parents for step in rest.values())


def test_payloads_are_json_and_say_what_the_stages_read(steps_of):
    steps = {
        step.stage: json.loads(json.dumps(step.payload))
        for step in steps_of(
            models="faulty[max_rows=77]", protocols="paper-whole", samplers="smote", seeds="4"
        ).values()
    }
    assert {stage: payload["stage"] for stage, payload in steps.items()} == {s: s for s in steps}
    assert steps["prepare"]["fit_on"] == steps["prepare"]["balance"] == "table"
    assert steps["train"]["max_rows"] == 77
    assert {steps[stage]["seed"] for stage in ("prepare", "train", "measure")} == {4}
    assert steps["measure"]["benign_rows_per_day"] == 86400.0
    assert steps["measure"]["measure"] == "quick"
    assert [Path(name).name for name in steps["load"]["files"]] == ["toy-stand-in.csv"]
    folders = {steps[stage][key] for stage in ("train", "measure") for key in ("table", "prepared")}
    assert folders == {steps["load"]["out"], steps["prepare"]["out"]}


def test_a_model_without_the_parameter_max_rows_gets_all_rows(steps_of):
    (train,) = (step for step in steps_of(models="dummy").values() if step.stage == "train")
    assert train.payload["max_rows"] is None


def test_the_papers_whole_table_protocol_alone_is_weighted_never(steps_of):
    def weighted(protocol: str) -> bool:
        steps = steps_of(protocols=protocol).values()
        return next(step.payload["weighted"] for step in steps if step.stage == "measure")

    assert [weighted(name) for name in ("clean", "paper-whole", "paper-train")] == [
        False,
        False,
        True,
    ]


def test_a_server_preloads_what_its_components_name_and_the_footprint_nothing_of_it(
    faults, steps_of
):
    preload = {
        step.stage: step.preload for step in steps_of(models="cnn", samplers="smote").values()
    }
    model, sampler = faults.get("model", "cnn"), faults.get("sampler", "smote")
    assert model.preload
    assert sampler.preload
    assert preload["train"] == preload["measure"] == (*model.preload, *ALWAYS)
    assert preload["prepare"] == (*sampler.preload, *ALWAYS)
    assert preload["footprint"] == ALWAYS


def test_people_are_told_what_a_step_does(steps_of):
    told = [step.what for step in steps_of(protocols="paper-train", samplers="rus").values()]
    assert told == [
        "read toy[stand-in]",
        "prepare toy[stand-in] paper-train rus table[scale=minmax] seed 0",
        "train toy[stand-in] paper-train rus faulty seed 0",
        "measure toy[stand-in] paper-train rus faulty seed 0",
        "memory toy[stand-in] paper-train rus faulty seed 0",
    ]


def test_a_target_that_runs_an_artifact_is_measured_without_the_models_framework(steps_of):
    steps = steps_of(targets="cpu,abroad")
    deploy, measure = (
        [step for step in steps.values() if step.stage == stage] for stage in ("deploy", "measure")
    )
    native, abroad = (
        [step for step in measure if ("deployment" in step.payload) is deployed]
        for deployed in (False, True)
    )
    assert (len(deploy), len(native), len(abroad)) == (1, 1, 1)
    assert deploy[0].id in abroad[0].needs
    assert abroad[0].payload["deployment"] == str(deploy[0].out)
    assert abroad[0].preload == ALWAYS


def test_an_artifact_in_the_cache_is_not_made_again(faults, tmp_path):
    cells = _cells(faults, targets="abroad")
    steps, _ = make_steps(cells, tmp_path, tmp_path / "scratch", "quick")
    (deploy,) = (step for step in steps.values() if step.stage == "deploy")
    with making(deploy.out):
        pass
    steps, (planned,) = make_steps(cells, tmp_path, tmp_path / "scratch", "quick")
    assert deploy.id not in steps
    assert deploy.id in planned.all


def test_a_training_is_told_where_its_states_go_and_what_is_searched(steps_of, tmp_path):
    def trained(models: str, **fields):
        steps = steps_of(models=models, **fields).values()
        return next(step for step in steps if step.stage == "train")

    plain, tuned = trained("logistic"), trained("logistic", trials=5)
    assert (plain.payload["tuning"], plain.payload["resumes"]) == (None, False)
    assert tuned.payload["tuning"]["trials"] == 5
    assert [one["parameter"] for one in tuned.payload["tuning"]["space"]] == ["c"]
    network = trained("cnn")
    assert network.payload["resumes"]
    assert Path(network.payload["unfinished"]) == tmp_path / "unfinished" / network.out.name
    assert len({step.out.name for step in (plain, tuned, network)}) == 3
    assert tuned.what == "train toy[stand-in] clean none logistic[tune=5] seed 0"
