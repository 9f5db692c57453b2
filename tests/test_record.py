"""A record has every key of the row; what was not measured is null and has its reason."""

from __future__ import annotations

from dataclasses import replace

import pytest

from idsbench import record as module
from idsbench import rowkeys
from idsbench.cells import Cell
from idsbench.flags import FLAGS
from idsbench.plan import Request, make_plan
from idsbench.record import failed, finished, planned
from idsbench.rowkeys import ROW_KEYS

SCORES = {
    "accuracy": 0.9,
    "fpr": 0.1,
    "fpr_low": 0.05,
    "fpr_high": 0.2,
    "fpr_interval": "cluster:run",
    "n_benign": 100,
    "n_benign_groups": 50,
    "achieved_fpr_1pct": 0.012,
    "synthetic_share_benign": 0.0,
    "leaked_rows": 0,
    "rows_test": 200,
    "counts": {"tp": 1, "fp": 2, "tn": 3, "fn": 4},
}
TRAINING = {
    "parameters": 3,
    "macs": 3,
    "size_bytes": 500,
    "train_s": 1.5,
    "train_threads": 2,
    "weights_sha256": "ab" * 32,
    "train_energy_j": 7.0,
    "energy_method": "rapl",
    "energy_detail": "",
    "energy_reason": "",
    "history": [{"epoch": 1.0}],
    "assumed": {"toy": True},
    "rows_train": 400,
    "rows_train_offered": 400,
    "rows_train_synthetic": 0,
    "tuning": None,
}
COST = {
    "latency_p50_us": 10.0,
    "latency_p95_us": 20.0,
    "latency_p99_us": 30.0,
    "throughput_rows_per_s": 1e5,
    "featurize_us_per_row": 4.0,
    "energy_uj_per_row": 1.0,
    "energy_method": "rapl",
    "energy_detail": "codecarbon intel_rapl, process",
    "latency_calls": 300,
    "unmeasured": {},
}
MEASURED = {
    "scores": SCORES,
    "score_inputs": {"group_name": "run", "benign_rows_per_day": None, "weighted": False},
    "cost": COST,
    "constant_scores": False,
    "threads": 1,
    "training": TRAINING,
}
FOOTPRINT = {"peak_rss_mb": 40.0, "start_up_s": 0.5, "start_up_cpu_s": 0.4}
CONTEXT = {
    "table": {"notes": [["rows dropped", 2]], "flags": []},
    "prepared": {"parts": {"test": {"synthetic": 0}}},
    "features": 3,
    "total_s": 9.0,
    "evidence_sha256": "ef" * 32,
    "load_average": [0.1, 0.2, 0.3],
    "measure": "quick",
    "meter": "auto",
}


@pytest.fixture
def cell_of(faults):
    """Give the one cell of a request, on a full real file."""

    def make(**fields) -> Cell:
        fields = {"datasets": "toy", "models": "faulty", "baselines": False, **fields}
        (cell,) = make_plan(faults, Request(**fields)).cells
        real = replace(cell.source.origin, variant="full", coverage=1.0)
        return replace(cell, source=replace(cell.source, origin=real))

    return make


def _changed(value: dict, **changes) -> dict:
    """Change keys, one level deep where the key names a level."""
    return {
        **value,
        **{k: {**value[k], **v} if isinstance(v, dict) else v for k, v in changes.items()},
    }


def _finished(cell: Cell, footprint=None, context=None, **measured) -> dict:
    row = planned(cell, {"b": "2", "a": "1"})
    made = _changed(MEASURED, **measured)
    return finished(cell, row, made, footprint or FOOTPRINT, context or CONTEXT)


def test_there_is_one_list_of_keys():
    assert getattr(module, "ROW_KEYS", ROW_KEYS) == rowkeys.ROW_KEYS


def test_what_is_known_before_a_run_is_filled_and_all_else_is_null(cell_of):
    cell = cell_of(samplers="rus", seeds="4")
    row = planned(cell, {"b": "2", "a": "1"})
    assert tuple(row) == ROW_KEYS
    known = {key: value for key, value in row.items() if value is not None}
    commit, machine = known.pop("commit", None), known.pop("machine")
    assert commit is None or len(commit.removesuffix("-dirty")) == 12
    assert machine == module.machine()
    assert known == {
        "cell": cell.id,
        "identity": cell.identity,
        "fingerprint": cell.fingerprint,
        "dataset": "toy",
        "variant": "full",
        "coverage": 1.0,
        "origin_sha256": cell.source.origin.sha256,
        "row_unit": "row",
        "task": "binary",
        "protocol": "clean",
        "sampler": "rus",
        "featurizer": "table",
        "model": "faulty",
        "target": "cpu",
        "seed": 4,
        "energy_method": "none",
        "flags": [],
        "idsbench_version": "0.1.0",
        "plugin_versions": {"a": "1", "b": "2"},
    }
    assert list(known["plugin_versions"]) == ["a", "b"]


def test_a_stand_in_is_flagged_even_where_nothing_was_scored(cell_of):
    cell = cell_of()
    generated = replace(cell.source.origin, variant="stand-in", coverage=None)
    row = planned(replace(cell, source=replace(cell.source, origin=generated)), {})
    assert (row["dataset"], row["flags"]) == ("toy[stand-in]", ["stand-in"])


def test_a_cell_without_scores_has_status_reason_stage_and_no_score(cell_of):
    row = planned(cell_of(), {})
    record = failed(row, "timeout", "train: too long", "train", {"signal": "SIGKILL"})
    changed = {"status": "timeout", "reason": "train: too long"}
    changed |= {"counts": {}, "operating_points": [], "history": [], "assumed": {}}
    changed["environment"] = dict(module.environment())
    assert set(changed["environment"]) == {"python", "system"}
    assert record == {**row, **changed, "stage": "train", "signal": "SIGKILL"}
    assert record["accuracy"] is None


def test_a_rate_without_a_threshold_has_its_reason_among_what_is_unmeasured(cell_of, monkeypatch):
    few = "validation holds 9 benign rows, 10000 are needed"
    point = {"rule": "fpr_0_1pct", "tpr": None, "fpr": None, "reason": few}
    none = {"tpr_at_fpr_0_1pct": None, "achieved_fpr_0_1pct": None, "operating_points": [point]}
    for key, value in none.items():
        monkeypatch.setitem(SCORES, key, value)
    unmeasured = _finished(cell_of())["unmeasured"]
    keys = ("tpr_at_fpr_0_1pct", "achieved_fpr_0_1pct")
    assert [unmeasured[key] for key in keys] == [few, few]


def test_a_measured_cell_has_its_scores_costs_and_what_explains_them(cell_of):
    cell = cell_of()
    record = _finished(cell)
    assert set(ROW_KEYS) <= set(record)
    assert (record["status"], record["reason"]) == ("ok", "")
    expected = {**SCORES, **{key: COST[key] for key in COST if key in ROW_KEYS}}
    expected |= {key: TRAINING[key] for key in TRAINING if key not in _NOT_FLAT}
    expected |= {
        "peak_rss_mb": 40.0,
        "start_up_s": 0.5,
        "train_energy_method": "rapl",
        "total_s": 9.0,
        "rows": CONTEXT["prepared"],
        "tuning": {"tuned": 0, "reason": "the model declares no search space"},
        "data_notes": [["rows dropped", 2]],
        "features": 3,
        "evidence_sha256": "ef" * 32,
        "score_inputs": MEASURED["score_inputs"],
        "unmeasured": {},
        "flags": [],
    }
    assert {key: record[key] for key in expected} == expected
    told = record["environment"]
    assert told["threads"] == 1
    assert told["latency_calls"] == 300
    assert told["load_average"] == [0.1, 0.2, 0.3]
    assert (told["measure"], told["meter"]) == ("quick", "auto")
    assert {"numpy", "codecarbon"} <= set(told["libraries"])
    assert (told["threads"], told["train_threads"]) == (1, 2)
    assert "unmeasured" not in told


_NOT_FLAT = ("train_threads", "energy_method", "energy_detail", "energy_reason")


def test_what_was_not_measured_is_null_with_its_reason(cell_of):
    record = _finished(
        cell_of(),
        {"reason": "footprint: crashed"},
        training={
            "train_energy_j": None,
            "energy_reason": "too short",
            "macs": None,
            "parameters": None,
        },
        cost={"latency_p99_us": None, "unmeasured": {"latency_p99_us": "9 calls fitted"}},
    )
    assert record["unmeasured"] == {
        "latency_p99_us": "9 calls fitted",
        "train_energy_j": "too short",
        "macs": "the model does not count them",
        "parameters": "the model does not count them",
        "peak_rss_mb": "footprint: crashed",
        "start_up_s": "footprint: crashed",
        "start_up_cpu_s": "footprint: crashed",
    }
    assert all(record[key] is None for key in record["unmeasured"])


def test_memory_that_the_system_does_not_report_has_that_reason(cell_of):
    record = _finished(cell_of(), {**FOOTPRINT, "peak_rss_mb": None})
    assert record["unmeasured"] == {"peak_rss_mb": "this system does not report it"}


def test_what_only_some_targets_measure_is_in_their_records(cell_of):
    own = {"code_bytes": 800, "size_bytes": 900, "machine": "a board"}
    record = _finished(cell_of(), cost={**own, "target_detail": {"compiler": "gcc 12"}})
    assert {key: record[key] for key in own} == own
    assert record["environment"]["target"] == {"compiler": "gcc 12"}
    assert "code_bytes" not in _finished(cell_of())


@pytest.mark.parametrize(
    ("fields", "flags"),
    [
        ({"protocols": "clean", "samplers": "smote"}, []),
        ({"protocols": "paper-train", "samplers": "smote"}, ["scaled-before-split"]),
        ({"protocols": "paper-whole"}, ["scaled-before-split"]),
        (
            {"protocols": "paper-whole", "samplers": "smote"},
            ["balanced-before-split", "scaled-before-split"],
        ),
    ],
)
def test_a_protocol_that_gives_test_rows_away_is_flagged(cell_of, fields, flags):
    assert _finished(cell_of(**fields))["flags"] == flags


@pytest.mark.parametrize(
    ("changes", "flag"),
    [
        ({"constant_scores": True}, "constant-scores"),
        ({"training": {"rows_train": 399}}, "capped-training-rows"),
        ({"score_inputs": {"group_name": ""}}, "group-missing"),
        ({"scores": {"leaked_rows": 3}}, "leaked-rows"),
        ({"scores": {"n_benign_groups": 3}}, "interval-unreliable"),
        ({"cost": {"energy_method": "model"}}, "modelled-energy"),
    ],
)
def test_what_a_reader_must_know_is_flagged(cell_of, changes, flag):
    assert _finished(cell_of(), **changes)["flags"] == [flag]


def test_synthetic_test_rows_are_flagged_even_where_all_are_attacks(cell_of):
    context = {**CONTEXT, "prepared": {"parts": {"test": {"synthetic": 1}}}}
    assert _finished(cell_of(), context=context)["flags"] == ["synthetic-test-rows"]


def test_the_datas_flags_join_the_others_in_the_vocabularys_order(cell_of):
    data = {
        **CONTEXT,
        "table": {"notes": [], "flags": ["rows-are-packets", "endpoints-as-features"]},
    }
    flags = _finished(cell_of(), context=data, constant_scores=True)["flags"]
    assert flags == sorted(flags, key=list(FLAGS).index)
    assert set(flags) == {"rows-are-packets", "endpoints-as-features", "constant-scores"}


def test_a_core_that_is_no_checkout_has_no_commit(monkeypatch):
    def refuse(*_, **__):
        raise FileNotFoundError

    monkeypatch.setattr(module.subprocess, "run", refuse)
    module.commit.cache_clear()
    assert module.commit() is None
    module.commit.cache_clear()


def test_the_libraries_are_those_that_the_cells_components_name(cell_of):
    libraries = module.libraries(cell_of(models="logistic", samplers="smote").components)
    assert set(libraries) == {"numpy", "codecarbon", "scikit-learn", "imbalanced-learn"}
    assert all(libraries.values())
