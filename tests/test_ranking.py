import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from idsbench.errors import RequestError
from idsbench.ranking import Line, rank, rows
from idsbench.rowkeys import EXTRA_KEYS, HIGHER_IS_BETTER, PARITY_KEYS, ROW_KEYS, TOLD_KEYS

# Machines under load miss any deadline.
unhurried = settings(deadline=None)

CONTRACT = """
cell, identity, fingerprint, status, reason,
dataset, variant, coverage, origin_sha256, rows_train, rows_test, prevalence, row_unit,
task, protocol, sampler, featurizer, model, target, seed,
accuracy, balanced_accuracy, precision, recall, f1, mcc, fpr, fpr_low, fpr_high, fpr_interval,
n_benign, n_benign_groups, fpr_unseen, recall_unseen, seen_share, fpr_real,
synthetic_share_benign, leaked_rows, auc_roc, auc_pr, tpr_at_fpr_1pct, achieved_fpr_1pct,
tpr_at_fpr_0_1pct, achieved_fpr_0_1pct, accuracy_ceiling, distinct_share, false_alarms_per_day,
parameters, macs, size_bytes, peak_rss_mb, latency_p50_us, latency_p95_us, latency_p99_us,
throughput_rows_per_s, featurize_us_per_row, energy_uj_per_row, energy_method, train_energy_j,
train_s, total_s, flags, idsbench_version, plugin_versions, commit, machine
"""


def _record(model, tpr=None, auc=None, **changes):
    record = {
        "cell": f"{model}-{changes.get('seed', 0)}",
        "identity": model,
        "model": model,
        "status": "ok",
        "dataset": "iotid20",
        "variant": "full",
        "origin_sha256": "aa",
        "task": "binary",
        "protocol": "clean",
        "row_unit": "flow",
        "seed": 0,
        "tpr_at_fpr_1pct": tpr,
        "auc_roc": auc,
    }
    return record | changes


def _ranks(records, sort=None):
    [group] = rank(rows(records), sort)
    return [(line.text("model"), line.rank) for line in group.ranked]


def test_a_row_has_the_keys_of_the_interface_in_their_order():
    expected = [key.strip() for key in CONTRACT.split(",")]
    assert list(rows([{"history": [], "counts": {}, "cell": "c"}])[0]) == expected
    assert list(ROW_KEYS) == expected


def test_what_a_record_lacks_is_none_and_flags_are_a_list():
    row = rows([{"cell": "c"}])[0]
    assert row["flags"] == []
    assert {value for key, value in row.items() if key not in ("cell", "flags")} == {None}


def test_keys_that_only_some_tasks_have_stay_where_they_are_there():
    row = rows([{"macro_f1": 0.5, "per_class": [], "f1_weighted": None}])[0]
    assert [key for key in EXTRA_KEYS if key in row] == ["macro_f1", "per_class", "f1_weighted"]


def test_a_deployed_row_has_its_parity_flat_and_what_explains_its_figures():
    parity = {"agreement": 0.99, "fpr_change": None, "auc_change": -0.01, "mcnemar": {"p": 0.5}}
    told = {"limits": {"threads": 1}, "noise": "loud", "unmeasured": {"macs": "not counted"}}
    row = rows([{"parity": parity, **told}])[0]
    assert [row[key] for key in PARITY_KEYS] == [0.99, None, -0.01, 0.5]
    assert {key: row[key] for key in TOLD_KEYS} == told
    assert not {*PARITY_KEYS, *TOLD_KEYS} & set(rows([{"parity": "good"}])[0])


def test_a_parity_that_is_no_number_is_none():
    odd = {"agreement": 10**400, "fpr_change": "0.1", "auc_change": True, "mcnemar": 3}
    assert [rows([{"parity": odd}])[0][key] for key in PARITY_KEYS] == [None] * 4


def test_every_key_that_ranks_is_a_key_of_a_row():
    assert set(HIGHER_IS_BETTER) <= {*ROW_KEYS, *EXTRA_KEYS, *PARITY_KEYS}


def test_the_default_ranks_by_tpr_then_by_auc_and_puts_missing_tprs_after():
    records = [
        _record("d", tpr=None, auc=0.99),
        _record("b", tpr=0.8, auc=0.9),
        _record("e", tpr=None, auc=0.5),
        _record("a", tpr=0.9, auc=0.1),
        _record("c", tpr=0.8, auc=0.7),
        _record("f"),
    ]
    assert _ranks(records) == [("a", 1), ("b", 2), ("c", 3), ("d", 4), ("e", 5), ("f", None)]


def test_equal_values_share_a_rank_and_the_next_rank_is_skipped():
    records = [_record("b", 0.8, 0.9), _record("c", 0.7, 0.9), _record("a", 0.8, 0.9)]
    assert _ranks(records) == [("a", 1), ("b", 1), ("c", 3)]


@pytest.mark.parametrize(("sort", "first"), [("fpr", "low"), ("recall", "high")])
def test_sort_ranks_each_score_in_its_own_direction(sort, first):
    values = {"low": 0.1, "high": 0.9}
    records = [_record(name, **{sort: value}) for name, value in values.items()]
    records.append(_record("none"))
    ranks = _ranks(records, sort)
    assert ranks[0] == (first, 1)
    assert ranks[-1] == ("none", None)


@pytest.mark.parametrize("key", ["dataset", "variant", "task", "protocol", "row_unit"])
def test_lines_that_differ_in_what_makes_them_comparable_are_ranked_apart(key):
    other = {"variant": "excerpt"}.get(key, "other")
    groups = rank(rows([_record("a", 0.9), _record("b", 0.8, **{key: other})]))
    assert [line.rank for group in groups for line in group.ranked] == [1, 1]


def test_published_rows_come_before_excerpts_and_stand_ins_of_a_dataset():
    variants = ["stand-in", "full", "lab", "excerpt"]
    groups = rank(rows([_record(v, 0.9, variant=v) for v in variants]))
    assert [group.variant for group in groups] == ["full", "excerpt", "lab", "stand-in"]


def test_seeds_of_one_identity_become_one_line_with_mean_and_range():
    records = [_record("a", tpr=0.1 * seed, seed=seed) for seed in range(5)]
    [group] = rank(rows(records))
    [line] = group.ranked
    assert [row["seed"] for row in line.rows] == [0, 1, 2, 3, 4]
    assert line.mean("tpr_at_fpr_1pct") == pytest.approx(0.2)
    assert line.spread("tpr_at_fpr_1pct") == pytest.approx((0.02, 0.38))


def test_the_range_is_numpys_linear_quantiles():
    np = pytest.importorskip("numpy")
    values = [0.3, 0.9, 0.1, 0.45]
    line = Line(tuple({"fpr": value} for value in values))
    assert line.spread("fpr") == pytest.approx(tuple(np.quantile(values, [0.05, 0.95])))


def test_a_mean_is_none_when_a_seed_has_no_value():
    line = Line(({"fpr": 0.1}, {"fpr": None}))
    assert line.mean("fpr") is None
    assert line.spread("fpr") is None


@pytest.mark.parametrize("value", ["0.9", True, float("nan"), float("inf"), [1]])
def test_what_is_not_a_number_is_never_ranked(value):
    assert _ranks([_record("bad", value), _record("a", 0.1)]) == [("a", 1), ("bad", None)]


@pytest.mark.parametrize("change", [{"origin_sha256": "bb"}, {"identity": "b"}])
def test_other_data_or_another_identity_is_another_line(change):
    records = [_record("a", 0.9), _record("a", 0.8, seed=1, **change)]
    assert [rank for _, rank in _ranks(records)] == [1, 2]


def test_a_line_with_a_seed_that_is_not_ok_is_not_ranked():
    records = [_record("a", 0.9), _record("a", 0.9, seed=1, status="failed"), _record("b", 0.1)]
    [group] = rank(rows(records))
    assert [line.text("model") for line in group.ranked] == ["b"]
    assert [len(line.rows) for line in group.unranked] == [2]


def test_a_cell_that_never_saw_its_data_is_listed_with_the_others():
    records = [_record("a", 0.9), _record("b", status="crashed", row_unit=None)]
    [group] = rank(rows(records))
    assert len(group.unranked) == 1


STATUSES = st.sampled_from(["ok", "failed", "skipped", "timeout"])


@unhurried
@given(
    st.lists(
        st.tuples(st.sampled_from("abc"), STATUSES, st.integers(0, 2), st.sampled_from("xy")),
        max_size=20,
    ),
    st.randoms(),
)
def test_no_record_is_dropped_or_doubled_and_their_order_does_not_matter(cells, random):
    records = [
        _record(model, 0.5, status=status, seed=seed, protocol=protocol, cell=str(index))
        for index, (model, status, seed, protocol) in enumerate(cells)
    ]
    groups = rank(rows(records))
    lines = [line for group in groups for line in (*group.ranked, *group.unranked)]
    found = [row["cell"] for line in lines for row in line.rows]
    assert sorted(found) == sorted(record["cell"] for record in records)
    random.shuffle(records)
    assert rank(rows(records)) == groups


def _energy(model, value, method):
    return _record(model, energy_uj_per_row=value, energy_method=method)


def test_energy_ranks_where_one_meter_measured_it():
    records = [_energy("a", 5.0, "rapl"), _energy("b", 3.0, "rapl"), _energy("c", None, "none")]
    assert _ranks(records, "energy_uj_per_row") == [("b", 1), ("a", 2), ("c", None)]


def test_modelled_energy_gets_no_rank_beside_measured_energy():
    records = [_energy("a", 5.0, "rapl"), _energy("b", 3.0, "model")]
    assert _ranks(records, "energy_uj_per_row") == [("a", 1), ("b", None)]


def test_the_energy_of_a_training_ranks_by_its_own_method():
    records = [
        {**_energy("a", 5.0, "rapl"), "train_energy_j": 5.0, "train_energy_method": "rapl"},
        {**_energy("b", 3.0, "rapl"), "train_energy_j": 3.0, "train_energy_method": "model"},
    ]
    assert _ranks(records, "train_energy_j") == [("a", 1), ("b", None)]
    assert _ranks(records, "energy_uj_per_row") == [("b", 1), ("a", 2)]


def test_ranking_modelled_energy_is_refused():
    with pytest.raises(RequestError) as caught:
        rank(rows([_energy("a", 5.0, "model")]), "energy_uj_per_row")
    assert str(caught.value) == (
        "--sort energy_uj_per_row: the energy of iotid20 full binary clean comes from a model and "
        "is never ranked; sort by another key, or measure it (rapl, nvml or meter)"
    )


def test_ranking_energy_of_different_meters_is_refused():
    with pytest.raises(RequestError) as caught:
        rank(rows([_energy("a", 5.0, "rapl"), _energy("b", 3.0, "nvml")]), "energy_uj_per_row")
    assert str(caught.value) == (
        "--sort energy_uj_per_row: the energy of iotid20 full binary clean was measured by nvml "
        "and rapl, which are not comparable; add --where energy_method=nvml"
    )


def test_sorting_by_what_is_no_score_is_refused_with_the_nearest_names():
    with pytest.raises(RequestError) as caught:
        rank(rows([]), "acuracy")
    assert str(caught.value) == "--sort acuracy: no such score; did you mean accuracy?"
