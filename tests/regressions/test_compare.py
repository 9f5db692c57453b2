"""Cells of two sides are matched, and every metric gets the verdict that it deserves."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from idsbench import store
from idsbench.cli import main
from idsbench.compare import MOVED, compare
from idsbench.compare_values import Compared, Side

KEPT = Path(__file__).parents[1] / "fixtures" / "records"
LARGER = {"parameters": 2000, "size_bytes": 8000}


def _side(folder: Path) -> Side:
    return Side(folder.name, tuple(store.read_records(folder)), folder)


def _compared(base: Path, head: Path, same_weights: bool = False) -> dict[str, Compared]:
    return {one.metric: one for one in compare(_side(base), _side(head), same_weights)}


def _reason(base: Path, head: Path) -> list[str]:
    found = compare(_side(base), _side(head))
    assert {one.verdict for one in found} == {"not comparable"}
    return [one.reason for one in found]


@pytest.mark.parametrize("folder", sorted(KEPT.iterdir()), ids=lambda path: path.name)
def test_old_fixtures_of_every_schema_stay_comparable(folder):
    found = compare(_side(folder), _side(folder))
    tested = [one for one in found if one.tested]
    assert {one.metric for one in tested} >= {"fpr", "recall", "size_bytes", "parameters"}
    assert {one.verdict for one in tested} == {"same"}


def test_another_seed_changes_nothing(results, detector):
    found = _compared(results("base", detector()), results("head", detector(luck=2), range(5, 10)))
    assert {one.verdict for one in found.values()} == {"same"}


def test_a_doubled_fpr_is_worse_and_a_halved_one_better(results, detector):
    low, high = results("low", detector()), results("high", detector(fpr=0.02, luck=1))
    worse = _compared(low, high)["fpr"]
    assert (worse.verdict, worse.seeds, worse.tested.test) == ("worse", (5, 5), "seeds")
    assert worse.tested.low < worse.tested.change < worse.tested.high
    assert 0.7 < worse.tested.change < 1.3
    assert _compared(high, low)["fpr"].verdict == "better"


def test_the_worst_comes_first(results, detector):
    base = results("base", detector())
    head = results("head", detector(luck=1, fpr=0.02, keys=LARGER))
    verdicts = [one.verdict for one in compare(_side(base), _side(head))]
    assert verdicts == sorted(verdicts, key=("worse", "same").index)
    assert verdicts.count("worse") >= 3


def test_sizes_are_compared_exactly(results, detector):
    base = results("base", detector(), range(1))
    head = results("head", detector(keys={"parameters": 1001}), range(1))
    found = _compared(base, head)["parameters"]
    assert (found.verdict, found.tested.test) == ("worse", "exact")
    assert found.tested.change == pytest.approx(0.001)


def test_a_size_that_seeds_change_is_not_compared_exactly_over_other_seeds(results, detector):
    sizes = iter([1000, 1010, 990, 1005, 995, 1012, 992, 1006, 1001, 1003])
    for name, seeds in (("base", range(5)), ("head", range(5, 10))):
        for seed in seeds:
            results(name, detector(keys={"parameters": next(sizes)}), range(seed, seed + 1))
    base = results("base", detector(), range(0))
    found = _compared(base, base.parent / "head")["parameters"]
    assert (found.verdict, found.tested.test) == ("same", "seeds")


def test_one_seed_a_side_assumes_a_spread_and_asks_for_more(results, detector):
    found = _compared(
        results("base", detector(), range(1)), results("head", detector(luck=1), range(1))
    )
    assert found["fpr"].tested.test == "assumed spread"
    assert found["fpr"].tested.notice > 2
    assert found["fpr"].reason == (
        "1 and 1 seeds: the spread between trainings is assumed (0.4); run 5 seeds a side"
    )


def test_what_is_identical_at_every_seed_leaves_nothing_unseen(results, detector):
    found = _compared(results("base", detector()), results("head", detector()))
    assert found["fpr"].tested.test == "identical"
    assert found["fpr"].tested.notice == 0


def test_a_moved_threshold_is_named(results, detector):
    base = results("base", detector())
    found = _compared(base, results("head", detector(luck=1, shift=0.3)))
    assert (found["fpr"].verdict, found["fpr"].reason) == ("threshold moved", MOVED)
    assert found["recall"].verdict == "better"
    back = _compared(base, results("silent", detector(luck=1, shift=-0.3)))
    assert (back["recall"].verdict, back["fpr"].verdict) == ("threshold moved", "better")


def test_a_worse_detector_is_no_moved_threshold_though_it_alarms_more(results, detector):
    base = results("base", detector())
    found = _compared(base, results("head", detector(luck=1, fpr=0.2, recall=0.95)))
    assert found["fpr"].verdict == "worse"
    assert found["auc_roc"].verdict == "worse"


def test_other_data_are_not_compared(results, detector):
    head = results("head", detector(keys={"origin_sha256": "cd" * 32}))
    assert _reason(results("base", detector()), head) == [
        "other data: lab abababababab, now lab cdcdcdcdcdcd"
    ]


def test_another_protocol_is_not_compared(results, detector):
    head = results("head", detector(keys={"protocol": "paper-whole"}))
    assert _reason(results("base", detector()), head) == ["other protocol: clean, now paper-whole"]


def test_a_protocol_with_other_parameters_is_not_compared(results, detector):
    head = results("head", detector(keys={"protocol": "clean[valid=0.2]"}))
    assert _reason(results("base", detector()), head) == [
        "other protocol: protocol clean -> clean[valid=0.2]"
    ]


def test_new_and_missing_cells_are_said(results, detector):
    base = results("base", detector(keys={"model": "forest[trees=9]"}))
    head = results("head", detector(keys={"model": "cnn[width=9]"}))
    assert sorted(_reason(base, head)) == [
        "the cell has no baseline",
        "the cell is missing in HEAD",
    ]


def test_a_changed_parameter_is_compared_and_said(results, detector):
    head = results("head", detector(keys={"model": "cnn[width=64]"}))
    found = _compared(results("base", detector()), head)
    assert found["fpr"].pair.note == "parameters changed: model cnn[width=32] -> cnn[width=64]"
    assert found["fpr"].verdict == "same"


def test_two_changed_cells_of_one_name_are_not_guessed_at(results, detector):
    base = results("base", detector())
    for width in (64, 128):
        head = results("head", detector(keys={"model": f"cnn[width={width}]"}))
    assert sorted(_reason(base, head)) == [
        "the cell has no baseline",
        "the cell has no baseline",
        "the cell is missing in HEAD",
    ]


def test_other_test_rows_are_not_compared(results, detector):
    base, head = results("base", detector()), results("head", detector(), range(5))
    path = next(head.glob("*.json"))
    record = json.loads(path.read_text())
    store.write_record(head, {**record, "n_benign": 5})
    assert _reason(base, head) == [f"other test rows at seed {record['seed']}"]


def test_a_cell_that_has_no_result_any_more_says_why(results, detector):
    base, head = results("base", detector(), range(1)), results("head", detector(), range(1))
    record = json.loads(next(head.glob("*.json")).read_text())
    store.write_record(head, {**record, "status": "oom", "reason": "too large"})
    assert _reason(base, head) == ["no result in HEAD: oom (too large)"]


def test_a_seed_without_a_result_is_noted(results, detector):
    base, head = results("base", detector()), results("head", detector())
    record = json.loads(next(head.glob("*.json")).read_text())
    store.write_record(head, {**record, "status": "crashed"})
    found = _compared(base, head)["fpr"]
    assert found.seeds == (5, 4)
    assert found.pair.note == f"HEAD has no result at seed {record['seed']}: crashed"


@pytest.mark.parametrize(
    ("keys", "reason"),
    [
        ({"machine": "another"}, "other machine: a machine, now another"),
        (
            {"environment": {"measure": "thorough", "threads": 1}},
            "other measuring effort: quick, now thorough",
        ),
        (
            {"environment": {"measure": "quick", "threads": 4}},
            "other number of threads: 1, now 4",
        ),
    ],
)
def test_latency_is_compared_on_the_same_machine_only(results, detector, keys, reason):
    found = _compared(results("base", detector()), results("head", detector(keys=keys)))
    latency = found["latency_p50_us"]
    assert (latency.verdict, latency.reason) == ("not comparable", reason)
    assert found["fpr"].verdict == "same"


def test_energy_is_compared_by_the_same_method_only(results, detector):
    sides = [
        results(method, detector(keys={"energy_uj_per_row": 3.0, "energy_method": method}))
        for method in ("rapl", "model")
    ]
    energy = _compared(*sides)["energy_uj_per_row"]
    assert (energy.verdict, energy.reason) == ("not comparable", "other method: rapl, now model")


def test_a_slower_model_on_the_same_machine_is_worse(results, detector):
    slower = detector(keys={"latency_p50_us": 20.0})
    found = _compared(results("base", detector()), results("head", slower))["latency_p50_us"]
    assert (found.verdict, found.old, found.new) == ("worse", pytest.approx(10.02), 20.0)


def test_many_cells_share_one_risk(results, detector):
    one = _compared(results("base", detector()), results("head", detector(luck=1)))["fpr"]
    for side, luck in (("many", 0), ("many-head", 1)):
        for width in range(1, 21):
            keys = {"model": f"cnn{width}"}
            folder = results(side, detector(luck=luck, keys=keys), range(5))
    base = folder.parent / "many"
    found = [each for each in compare(_side(base), _side(folder)) if each.metric == "fpr"]
    assert len(found) == 20
    assert all(each.tested.notice > one.tested.notice * 1.1 for each in found)


def test_the_same_weights_are_compared_row_by_row(results, detector):
    base = results("base", detector(), range(2), kept=True)
    head = results("head", detector(shift=0.05), range(2), kept=True)
    retrained, paired = _compared(base, head), _compared(base, head, same_weights=True)
    assert retrained["fpr"].verdict == "same"
    assert (paired["fpr"].tested.test, paired["recall"].tested.test) == ("same weights",) * 2
    assert paired["fpr"].verdict == "threshold moved"
    assert paired["fpr"].tested.change == pytest.approx(
        retrained["fpr"].new / retrained["fpr"].old - 1
    )


def test_equal_hashes_of_the_weights_need_no_word(results, detector):
    keys = {"weights_sha256": "ef" * 32}
    base = results("base", detector(keys=keys), range(1), kept=True)
    head = results("head", detector(keys=keys, shift=0.05), range(1), kept=True)
    assert _compared(base, head)["fpr"].tested.test == "same weights"


def test_the_same_weights_without_evidence_are_compared_as_retrained(results, detector):
    base = results("base", detector(), range(1), kept=True)
    head = results("head", detector(shift=0.05), range(1))
    found = _compared(base, head, same_weights=True)["fpr"]
    assert found.tested.test == "assumed spread"
    assert found.pair.note == (
        "the same weights, compared as if retrained: no evidence of seed 0 in head"
    )


def test_the_same_weights_with_the_same_rates_need_no_evidence(results, detector):
    keys = {"weights_sha256": "ef" * 32}
    base, head = (results(name, detector(keys=keys), range(2)) for name in ("base", "head"))
    found = _compared(base, head)["fpr"]
    assert (found.tested.test, found.pair.note) == ("identical", "")


def test_the_same_weights_on_other_rows_are_not_paired(results, detector):
    base = results("base", detector(), range(1), kept=True)
    results("other", detector(), range(1, 2), kept=True)
    head = results("head", detector(), range(1), kept=True)
    wrong = next((base.parent / "other").glob("*.npz"))
    wrong.replace(next(head.glob("*.npz")))
    found = _compared(base, head, same_weights=True)["fpr"]
    assert found.pair.note == (
        "the same weights, compared as if retrained: other test rows at seed 0"
    )


def test_a_metric_that_one_side_lacks_is_not_compared(results, detector):
    head = results("head", detector(keys={"macs": None}))
    found = _compared(results("base", detector()), head)["macs"]
    assert (found.verdict, found.reason) == ("not comparable", "not measured in HEAD")


def test_the_command_exits_with_0_or_with_4_when_nothing_was_comparable(results, detector, capsys):
    base = results("base", detector())
    head = results("head", replace(detector(luck=1), keys=LARGER))
    assert main(["compare", str(base), str(head)]) == 0
    shown = capsys.readouterr().out
    assert shown.index("parameters") < shown.index("worse")
    other = results("other", detector(keys={"origin_sha256": "cd" * 32}))
    assert main(["compare", str(base), str(other)]) == 4


def test_more_alarms_without_more_recall_are_no_moved_threshold(results, detector):
    keys = {"auc_roc": 0.99, "tpr_at_fpr_1pct": 0.9, "recall": 0.9}
    base = results("base", detector(keys=keys))
    found = _compared(base, results("head", detector(luck=1, fpr=0.02, keys=keys)))
    assert (found["fpr"].verdict, found["recall"].verdict) == ("worse", "same")
