"""Whatever a plugin's result holds, its cell ends with a record, and the run goes on."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from idsbench import completion
from idsbench.catalog import Catalog
from idsbench.completion import MakesNoRecordError, completed
from idsbench.errors import RunStopped
from idsbench.outcomes import Done
from idsbench.plan import Request, make_plan
from idsbench.record import planned
from idsbench.run import Options, run
from idsbench.steps import CellSteps
from idsbench.view import SilentView

REASON = (
    "record: what the target cpu and the model faulty gave makes no record ({}): "
    "tell who wrote their plugins"
)
ASKED = {"measure": "quick", "meter": "auto"}


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    """Keep what one measured cell left, without the measurement's own folder."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def measured(faults: Catalog, cache: Path, tmp_path: Path, monkeypatch):
    """Give the steps of a cell whose earlier steps were run, and what its last two may give."""
    monkeypatch.setenv("IDSBENCH_CACHE", str(cache))
    plan = make_plan(faults, Request("toy", models="faulty", baselines=False))
    (cell,) = plan.cells
    kept = cache / "kept"
    if not kept.exists():
        original = completion._completed

        def keep(steps, done, row, asked):
            kept.mkdir()
            for name in ("meta.json", "evidence.npz"):
                (kept / name).write_bytes(
                    (Path(done[steps.measure].value["out"]) / name).read_bytes()
                )
            (kept / "steps.json").write_text(json.dumps([steps.load, steps.prepare, steps.train]))
            return original(steps, done, row, asked)

        monkeypatch.setattr(completion, "_completed", keep)
        run(faults, plan, Options(tmp_path / "results"), SilentView())
        monkeypatch.setattr(completion, "_completed", original)
    load, prepare, train = json.loads((kept / "steps.json").read_text())
    steps = CellSteps(cell, load, prepare, train, "measure", "footprint")
    for name in ("meta.json", "evidence.npz"):
        (tmp_path / name).write_bytes((kept / name).read_bytes())
    return steps, tmp_path


def _completed(steps: CellSteps, out: Path, footprint: Done | None = None):
    done = {
        "measure": Done("ok", value={"out": str(out)}, details={"load_average": [0.0, 0.0, 0.0]}),
        "footprint": footprint or Done("ok", value={"peak_rss_mb": 40.0, "start_up_s": 0.5}),
    }
    return completed(steps, done, planned(steps.cell, {}), ASKED)


def _change(out: Path, *path: str, value: object) -> None:
    meta = json.loads((out / "meta.json").read_text())
    place = meta
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    (out / "meta.json").write_text(json.dumps(meta))


def test_a_sound_result_makes_a_record_with_its_files(measured):
    steps, out = measured
    whole = _completed(steps, out)
    assert whole.record["status"] == "ok"
    assert whole.record["environment"]["measure"] == "quick"
    assert (whole.evidence, whole.split.is_file()) == (out / "evidence.npz", True)


@pytest.mark.parametrize(
    ("path", "value", "told"),
    [
        (("cost",), {}, "KeyError: 'energy_detail'"),
        (("cost",), [1, 2], "AttributeError: 'list' object has no attribute 'get'"),
        (
            ("cost", "latency_p50_us"),
            float("nan"),
            "one of its values is not a finite number",
        ),
        (
            ("cost", "latency_p50_us"),
            "slow",
            "the value of latency_p50_us is not of type number or null",
        ),
        (
            ("cost", "latency_p50_us"),
            -5.0,
            "latency_p50_us: -5.0 is less than the minimum of 0",
        ),
    ],
    ids=["no costs", "a list", "NaN", "a text", "below zero"],
)
def test_a_result_of_the_wrong_form_is_one_sentence(measured, path, value, told):
    steps, out = measured
    _change(out, *path, value=value)
    with pytest.raises(MakesNoRecordError) as caught:
        _completed(steps, out)
    assert str(caught.value) == REASON.format(told)
    assert caught.value.log.startswith("Traceback (most recent call last):\n")


def test_a_memory_that_is_a_text_is_no_record(measured):
    with pytest.raises(MakesNoRecordError) as caught:
        _completed(*measured, Done("ok", value={"peak_rss_mb": "lots"}))
    told = "the value of peak_rss_mb is not of type number or null"
    assert str(caught.value) == REASON.format(told)


def test_a_file_of_the_cache_that_was_damaged_meanwhile_is_named_without_its_folder(measured):
    steps, out = measured
    (out / "meta.json").write_text("{")
    with pytest.raises(MakesNoRecordError) as caught:
        _completed(steps, out)
    assert str(caught.value) == (
        f"record: {out / 'meta.json'} is damaged since it was written: "
        "run again with --retry failed, which makes it anew"
    )


def test_a_full_disk_is_no_fault_of_a_plugin(measured, monkeypatch):
    def stop(*_) -> None:
        raise RunStopped("no space")

    monkeypatch.setattr(completion, "_completed", stop)
    with pytest.raises(RunStopped):
        _completed(*measured)


def test_such_a_cell_fails_and_the_others_finish(faults, tmp_path, monkeypatch):
    original = completion.finished

    def odd(cell, row, measured, footprint, context):
        cost = {} if "constant" in cell.model.text else measured["cost"]
        return original(cell, row, {**measured, "cost": cost}, footprint, context)

    monkeypatch.setattr(completion, "finished", odd)
    models = "faulty[fault=constant],faulty"
    plan = make_plan(faults, Request("toy", models=models, baselines=False))
    wrong, right = run(faults, plan, Options(tmp_path), SilentView())
    assert (wrong["status"], wrong["stage"]) == ("failed", "record")
    assert wrong["reason"] == REASON.format("KeyError: 'energy_detail'").replace(
        "faulty", "faulty[fault=constant]"
    )
    assert right["status"] == "ok"
