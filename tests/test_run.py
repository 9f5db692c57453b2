"""Every planned cell ends as one record, whatever its process does."""

from __future__ import annotations

import os
import re
import time
from pathlib import Path

import pytest

from idsbench import store
from idsbench.catalog import Catalog
from idsbench.limits import Limits
from idsbench.plan import Request, make_plan
from idsbench.run import Options, run
from idsbench.view import SilentView


def _run(catalog: Catalog, results: Path, models: str, **changes):
    limits = changes.pop("limits", Limits())
    retry = changes.pop("retry", frozenset())
    fresh = changes.pop("fresh", False)
    fields = {"datasets": "toy", "baselines": False, **changes}
    plan = make_plan(catalog, Request(models=models, **fields))
    return run(
        catalog, plan, Options(results, limits=limits, retry=retry, fresh=fresh), SilentView()
    )


def _one(catalog: Catalog, results: Path, fault: str, **changes):
    (record,) = _run(catalog, results, f"faulty[fault={fault}]", **changes)
    return record


def _alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def test_a_good_model_gives_a_complete_record(faults, tmp_path):
    record = _one(faults, tmp_path, "good")
    assert record["status"] == "ok"
    assert record["dataset"] == "toy[stand-in]"
    assert record["history"] == [{"epoch": 1.0, "loss": 0.5}]
    assert record["assumed"] == {"toy": True}
    assert record["parameters"] == 3
    assert record["size_bytes"] > 0
    assert record["peak_rss_mb"] > 5
    assert record["rows_train"] + record["rows_test"] < 600
    assert 0 <= record["fpr_low"] <= record["fpr"] <= record["fpr_high"] <= 1
    assert record["false_alarms_per_day"] == pytest.approx(record["fpr"] * 86400)
    assert record["fpr_interval"] == "cluster:run"
    assert "stand-in" in record["flags"]
    assert store.read_records(tmp_path) == [record]


@pytest.mark.parametrize(
    ("fault", "status", "reason"),
    [
        ("raise", "failed", r"train: ValueError: a bad .*thing happened"),
        ("raise-on-score", "failed", r"measure: RuntimeError: no scores today"),
        ("segfault", "crashed", r"train: the process ended without a result \(SIGSEGV\)"),
        ("kill", "crashed", r"train: the process ended without a result \(SIGKILL\)"),
        ("exit", "crashed", r"train: the process ended without a result \(exit code 3\)"),
        (
            "nan-scores",
            "failed",
            r"measure: the model gave 3 of \d+ scores that are not finite numbers",
        ),
        (
            "short-scores",
            "failed",
            r"measure: the model gave scores of shape \(\d+,\) for \d+ rows",
        ),
        (
            "big-scores",
            "failed",
            r"measure: the model gave scores from \S+ to \S+, not probabilities from 0 to 1",
        ),
        (
            "no-fit-value",
            "failed",
            r"train: the model's fit gave NoneType, not idsbench.values.Fit",
        ),
        (
            "missing-library",
            "not-installed",
            r"train: ModuleNotFoundError: No module named 'library_that_is_not_there'",
        ),
    ],
)
def test_a_fault_is_a_record_with_its_reason(faults, tmp_path, fault, status, reason):
    record = _one(faults, tmp_path, fault)
    assert record["status"] == status
    assert re.fullmatch(reason, record["reason"])
    assert record["fpr"] is None
    assert record["accuracy"] is None


def test_a_crash_does_not_cost_the_other_cells(faults, tmp_path):
    models = "faulty[fault=segfault],faulty[fault=good],faulty[fault=exit],faulty[fault=constant]"
    records = _run(faults, tmp_path, models)
    assert [record["status"] for record in records] == ["crashed", "ok", "crashed", "ok"]
    assert "constant-scores" in records[3]["flags"]


@pytest.mark.parametrize("fault", ["sleep", "stubborn"])
def test_a_timeout_ends_the_job_within_a_second_of_the_limit(faults, tmp_path, fault):
    _one(faults, tmp_path, "good")
    started = time.monotonic()
    record = _one(faults, tmp_path, fault, limits=Limits(timeout_s=1.0))
    assert record["status"] == "timeout"
    assert record["reason"] == "train: not finished after the 1 s of --timeout"
    assert time.monotonic() - started < 6


def test_processes_that_a_model_started_end_with_it(faults, tmp_path):
    note = tmp_path / "pid"
    models = f"faulty[fault=forks,note={note}]"
    (record,) = _run(faults, tmp_path / "r", models, limits=Limits(timeout_s=2.0))
    assert record["status"] == "timeout"
    time.sleep(0.2)
    assert not _alive(int(note.read_text()))


def test_a_daemon_that_leaves_its_session_ends_too(faults, tmp_path):
    note = tmp_path / "pid"
    (record,) = _run(faults, tmp_path / "r", f"faulty[fault=escapes,note={note}]")
    assert record["status"] == "ok"
    time.sleep(0.2)
    assert not _alive(int(note.read_text()))


def test_a_memory_limit_gives_oom_for_that_cell_alone(faults, tmp_path):
    models = "faulty[fault=allocates],faulty[fault=good]"
    records = _run(faults, tmp_path, models, limits=Limits(memory_mb=1000))
    assert [record["status"] for record in records] == ["oom", "ok"]
    assert records[0]["reason"] == "train: used more than the 1000 MB of --memory-limit"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"datasets": "toy[fault=nan]"}, "load: the dataset gave values that are not finite"),
        (
            {"protocols": "bad-split"},
            "prepare: the protocol put 50 rows on two sides of the split",
        ),
        (
            {"protocols": "bad-split[fault=empty]"},
            "prepare: the protocol left the valid part empty",
        ),
        (
            {"protocols": "bad-split[fault=outside]"},
            "prepare: the protocol's test part names rows that do not exist",
        ),
        (
            {"samplers": "bad-sampler"},
            "prepare: the sampler named parents outside the rows it was given",
        ),
    ],
)
def test_a_component_that_breaks_its_contract_gives_no_score(faults, tmp_path, changes, reason):
    record = _one(faults, tmp_path, "good", **changes)
    assert (record["status"], record["reason"]) == ("failed", reason)


def test_a_data_error_names_file_and_line_without_a_stage(faults, tmp_path):
    record = _one(faults, tmp_path, "good", datasets="toy[fault=data-error]")
    assert record["status"] == "failed"
    assert re.fullmatch(r"\S+toy-stand-in.csv, line 7: is broken; mend it", record["reason"])


def test_a_combination_without_meaning_is_skipped_with_its_reason(faults, tmp_path):
    record = _one(faults, tmp_path, "good", datasets="toy[fault=skip]")
    assert (record["status"], record["reason"]) == ("skipped", "the layout 'toy' has no endpoints")


def test_the_same_command_again_runs_nothing(faults, tmp_path):
    first = _one(faults, tmp_path, "good")
    path = tmp_path / f"{first['cell']}.json"
    before = path.stat().st_mtime_ns
    assert _one(faults, tmp_path, "good") == first
    assert path.stat().st_mtime_ns == before


def test_crashed_cells_are_tried_again_and_failed_ones_only_on_request(faults, tmp_path):
    def stamp(record) -> int:
        return (tmp_path / f"{record['cell']}.json").stat().st_mtime_ns

    crashed, wrong = _one(faults, tmp_path, "exit"), _one(faults, tmp_path, "raise")
    before = stamp(crashed), stamp(wrong)
    _one(faults, tmp_path, "exit")
    _one(faults, tmp_path, "raise")
    assert stamp(crashed) > before[0]
    assert stamp(wrong) == before[1]
    _one(faults, tmp_path, "raise", retry=frozenset({"failed"}))
    assert stamp(wrong) > before[1]


def test_same_cell_same_evidence_to_the_byte(faults, tmp_path):
    record = _one(faults, tmp_path, "good")
    path = tmp_path / f"{record['cell']}.evidence.npz"
    before = path.read_bytes()
    _one(faults, tmp_path, "good", fresh=True)
    assert path.read_bytes() == before


def test_a_cap_on_training_rows_is_kept_and_flagged(faults, tmp_path):
    (record,) = _run(faults, tmp_path, "faulty[max_rows=50]")
    assert record["rows_train"] == 50
    assert record["rows_train_offered"] > 50
    assert "capped-training-rows" in record["flags"]


def test_what_a_model_prints_stays_out_of_the_result(faults, tmp_path, capfd):
    assert _one(faults, tmp_path, "print")["status"] == "ok"
    assert capfd.readouterr() == ("", "")


def test_a_record_is_written_for_every_cell_of_the_plan_file(faults, tmp_path):
    records = _run(faults, tmp_path, "faulty[fault=raise],faulty", seeds="0-1")
    plan = (tmp_path / store.PLAN).read_text()
    assert all(record["cell"] in plan for record in records)
    assert len(records) == len(store.read_records(tmp_path)) == 4


def test_no_worker_outlives_a_run(faults, tmp_path):
    _one(faults, tmp_path, "good")
    mine = f"/proc/{os.getpid()}/task/{os.getpid()}/children"
    names = [Path(f"/proc/{pid}/cmdline").read_bytes() for pid in Path(mine).read_text().split()]
    assert not any(b"idsbench.forkserver" in name for name in names)


def _abroad(faults, results, fault: str = "none", **changes):
    return _one(faults, results, "good", targets=f"abroad[fault={fault}]", **changes)


def test_a_deployment_is_scored_again_on_its_target_and_compared(faults, tmp_path):
    native = _one(faults, tmp_path, "good")
    record = _abroad(faults, tmp_path)
    assert (record["status"], record["reason"]) == ("ok", "")
    assert {key: record[key] for key in ("fpr", "auc_roc")} == {
        key: native[key] for key in ("fpr", "auc_roc")
    }
    assert record["parity"]["agreement"] == 1.0
    assert record["parity"]["fpr_change"] == 0.0
    assert record["size_bytes"] > 0
    assert record["deploy_s"] > 0
    assert min(record["calibration_rows"].values()) > 0
    assert record["train_s"] == native["train_s"], "trained once for both targets"


def test_a_target_that_needs_the_models_framework_gets_it_and_is_held_to_the_same_decisions(
    faults, tmp_path
):
    record = _one(faults, tmp_path, "good", targets="escort")
    assert (record["status"], record["reason"]) == ("ok", "")
    assert record["parity"]["agreement"] == record["parity"]["mcnemar"]["p"] == 1.0


def test_a_deployment_that_decides_otherwise_is_invalid_and_keeps_what_was_found(faults, tmp_path):
    record = _abroad(faults, tmp_path, "inverted")
    assert record["status"] == "invalid"
    assert re.fullmatch(
        r"on the target \d+\.\d% of the decisions are those of the trained model, "
        r"at least 95% are needed",
        record["reason"],
    )
    assert record["parity"]["to_attack"] > 0


@pytest.mark.parametrize(
    ("fault", "status", "reason"),
    [
        ("absent", "skipped", "this machine is at home"),
        ("skip", "skipped", "these weights do not fit into the suitcase"),
        ("no-artifact", "failed", "deploy: the target Abroad wrote no artifact"),
    ],
)
def test_what_cannot_be_deployed_says_why(faults, tmp_path, fault, status, reason):
    record = _abroad(faults, tmp_path, fault)
    assert (record["status"], record["reason"]) == (status, reason)
    assert record["fpr"] is None


def test_a_corrupt_artifact_is_a_failure_of_its_cell_alone(faults, tmp_path):
    targets = "cpu,abroad[fault=corrupt]"
    native, record = _run(faults, tmp_path, "faulty[fault=good]", targets=targets)
    assert native["status"] == "ok"
    assert record["status"] == "failed"
    assert record["reason"].startswith("measure: ")


@pytest.mark.parametrize(
    ("fault", "status", "reason"),
    [
        ("segfault", "crashed", "measure: the process ended without a result (SIGSEGV)"),
        ("sleep", "timeout", "measure: not finished after the 4 s of --timeout"),
    ],
)
def test_a_runtime_that_crashes_or_hangs_on_load_costs_its_cell_alone(
    faults, tmp_path, fault, status, reason
):
    targets, limits = f"cpu,abroad[fault={fault}]", Limits(timeout_s=4.0)
    native, record = _run(faults, tmp_path, "faulty[fault=good]", targets=targets, limits=limits)
    assert native["status"] == "ok"
    assert (record["status"], record["reason"]) == (status, reason)


def test_a_model_that_a_target_refuses_is_skipped_if_both_were_named_and_no_cell_else(
    faults, tmp_path
):
    (record,) = _run(faults, tmp_path, "logistic", targets="abroad")
    assert (record["status"], record["reason"]) == (
        "skipped",
        "the model 'logistic' does not travel",
    )
    plan = make_plan(faults, Request("toy", models="log*,faulty", targets="abroad"))
    assert [cell.model.name for cell in plan.cells if cell.target.name == "abroad"] == ["faulty"]


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("too-large", "train: the process ran out of memory"),
        ("too-large-batch", "train: a batch of 1024 does not fit: try faulty[batch=512]"),
    ],
)
def test_a_model_short_of_memory_is_oom_with_what_it_says_to_do(faults, tmp_path, fault, reason):
    record = _one(faults, tmp_path, fault)
    assert (record["status"], record["reason"]) == ("oom", reason)


@pytest.mark.parametrize("threads", [1, None])
def test_threads_keep_a_training_on_as_many_processors_and_the_record_says_so(
    faults, tmp_path, threads
):
    plan = make_plan(faults, Request("toy", models="faulty,faulty[fault=print]", baselines=False))
    options = Options(tmp_path, jobs=2, threads=threads, fresh=True)
    records = run(faults, plan, options, SilentView())
    expected = threads or len(os.sched_getaffinity(0))
    assert {record["environment"]["train_threads"] for record in records} == {expected}
