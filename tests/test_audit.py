"""A planted leak is always found, clean rows raise nothing, real excerpts give the known figures."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from idsbench.audit import audit
from idsbench.audit_finding import LEAK, NOTE, SEVERITIES, WARNING, Finding
from idsbench.audit_subject import Subject
from idsbench.builtin.stratified import StratifiedSplit
from idsbench.prepare import split_table
from idsbench.values import Card, Labels, Layout, Split, Table

N = 3000


def _card(unit: str = "flow") -> Card:
    return Card("toy", "Toy", (Layout("toy", (("toy.csv",),), N),), unit, "benign")


def _rows(seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Give six weakly informative continuous columns and three classes, in random order."""
    rng = np.random.default_rng(seed)
    attack = rng.choice(3, size=N, p=[0.4, 0.35, 0.25]).astype(np.int16)
    x = rng.normal(size=(N, 6)) + 0.4 * attack[:, None] * np.array([1, -1, 1, 0, 0, 0])
    return x.astype(np.float32), attack


def _table(x: np.ndarray, attack: np.ndarray, **changes) -> Table:
    fields = {
        "x": x.astype(np.float32),
        "columns": tuple("abcdefghij"[: x.shape[1]]),
        "labels": {"binary": Labels((attack > 0).astype(np.int16), ("benign", "attack"))},
        "attack": Labels(attack.astype(np.int16), ("benign", "dos", "scan")),
        **changes,
    }
    return Table(**fields)


def _subject(table: Table, **changes) -> Subject:
    split = split_table(table, "binary", StratifiedSplit(), 0)[1]
    fields = {"table": table, "wide": table, "card": _card(), "split": split, **changes}
    return Subject(**fields)


def _found(subject: Subject, check: str) -> list[Finding]:
    return [finding for finding in audit(subject) if finding.check == check]


def _judged(subject: Subject) -> list[Finding]:
    return [finding for finding in audit(subject) if finding.check != "not-checkable"]


def _alarms(subject: Subject) -> set[tuple[str, str]]:
    return {(one.severity, one.check) for one in audit(subject) if one.severity != NOTE}


@pytest.mark.parametrize("seed", range(3))
def test_clean_rows_raise_nothing(seed):
    assert _judged(_subject(_table(*_rows(seed)))) == []


def test_what_cannot_be_checked_is_said_with_its_reason():
    (finding,) = _found(_subject(_table(*_rows())), "not-checkable")
    assert (finding.severity, finding.what) == (
        NOTE,
        "this layout lacks what some checks look at: benign-single-capture (no time, no group, "
        "one file); class-is-host (no address); groups-on-two-sides (no column says which rows "
        "belong together); past-and-future-mixed (no time)",
    )
    whole = _table(*_rows(), time=np.arange(N) * 1.0, group=np.arange(N) // 10)
    (finding,) = _found(_subject(whole), "not-checkable")
    assert finding.what == "this layout lacks what some checks look at: class-is-host (no address)"
    codes = replace(_table(*_rows()), columns=(*"abcde", "Timestamp"))
    (finding,) = _found(_subject(codes), "not-checkable")
    assert finding.what.endswith("; past-and-future-mixed (Timestamp is in no unit of time)")
    assert "benign-single-capture" not in finding.what


def test_a_label_copied_into_a_noisy_column_is_a_leak():
    x, attack = _rows()
    x[:, 4] = (attack > 0) + np.random.default_rng(1).normal(size=N) * 0.3
    (finding,) = _found(_subject(_table(x, attack)), "one-column-shortcut")
    assert (finding.severity, finding.columns) == (LEAK, ("e",))
    assert finding.figure == pytest.approx(0.95, abs=0.02)


def test_the_finest_label_in_a_column_is_a_leak_where_the_binary_one_is_not_enough():
    x, attack = _rows()
    x[:, 4] = np.choose(attack, [1, 0, 2]) + np.random.default_rng(1).normal(size=N) * 0.1
    (finding,) = _found(_subject(_table(x, attack)), "one-column-shortcut")
    assert (finding.severity, finding.columns) == (LEAK, ("e",))


def test_a_label_encoded_in_one_pixel_of_many_is_a_leak():
    x, attack = _rows()
    image = np.concatenate([x] * 3, axis=1)[:, :10]
    image[:, 7] = np.where(attack > 0, 0.75, 0.25)
    found = _found(_subject(_table(image, attack)), "one-column-shortcut")
    assert [(one.severity, one.columns, one.figure) for one in found] == [(LEAK, ("h",), 1.0)]


def test_duplicated_test_rows_are_a_leak_with_their_share():
    table = _table(*_rows())
    split = split_table(table, "binary", StratifiedSplit(), 0)[1]
    copies = len(split.test) // 4
    table.x[split.test[:copies]] = table.x[split.train[:copies]]
    (finding,) = _found(_subject(table, split=split), "duplicates-across-split")
    assert (finding.severity, finding.rows) == (LEAK, copies)
    assert finding.figure == copies / len(split.test)
    assert finding.what.startswith("24.9 % of the 450 test rows have the features of a training")


def test_label_ordered_rows_are_a_leak():
    x, attack = _rows()
    order = np.argsort(attack, kind="stable")
    (finding,) = _found(_subject(_table(x[order], attack[order])), "label-ordered-rows")
    assert finding.severity == LEAK
    assert finding.what == (
        "the rows lie in 3 runs of one label: whatever looks at neighbouring rows (a window, a "
        "batch, an image of several rows) is told the class"
    )


def test_rows_in_the_order_of_bursts_are_a_warning():
    x, attack = _rows()
    burst = np.arange(N) // 60
    attack = np.random.default_rng(2).integers(0, 3, burst.max() + 1)[burst]
    assert _alarms(_subject(_table(x, attack))) == {(WARNING, "temporal-order")}


@pytest.mark.parametrize(
    ("changes", "checks"),
    [
        ({"fit_on": "table"}, {(LEAK, "fitted-on-test-rows")}),
        ({"balance": "table"}, {(LEAK, "balanced-before-split")}),
    ],
)
def test_fitting_or_balancing_on_test_rows_is_a_leak(changes, checks):
    assert _alarms(_subject(_table(*_rows()), **changes)) == checks


def test_codes_that_were_given_to_each_part_by_itself_are_a_warning():
    x, attack = _rows()
    table = _table(x, attack)
    split = split_table(table, "binary", StratifiedSplit(), 0)[1]
    rng = np.random.default_rng(3)
    texts = rng.permutation(997)[rng.zipf(1.3, size=N) % 997]
    for part in (split.train, split.valid, split.test):
        table.x[part, 5] = np.unique(texts[part], return_inverse=True)[1]
    (finding,) = _found(_subject(table, split=split), "per-split-encoding")
    assert (finding.severity, finding.columns) == (WARNING, ("f",))
    table.x[:, 5] = np.unique(texts, return_inverse=True)[1]
    assert _found(_subject(table, split=split), "per-split-encoding") == []


def test_identifiers_endpoints_and_dates_among_the_features_are_leaks():
    x, attack = _rows()
    x[:, 0] = np.random.default_rng(4).permutation(N)
    x[:, 3] = 1505661693.0 + np.arange(N) * 1000
    columns = ("number", "src_ip", "flow-id", "when", "e", "f")
    found = _alarms(_subject(_table(x, attack, columns=columns)))
    assert {(LEAK, "endpoints-as-features"), (LEAK, "time-as-feature")} <= found
    assert (LEAK, "identifiers-as-features") in found
    named = _found(_subject(_table(x, attack, columns=columns)), "identifiers-as-features")
    assert [one.columns for one in named] == [("flow-id",), ("number",)]


def test_a_column_that_is_kept_out_of_the_features_warns_and_does_not_leak():
    x, attack = _rows()
    wide = _table(np.column_stack([x, attack]), attack)
    (finding,) = _found(_subject(_table(x, attack), wide=wide), "one-column-shortcut")
    assert (finding.severity, finding.columns, finding.figure) == (WARNING, ("g",), 1.0)
    assert finding.what.endswith("; it is kept out of the features, and has to be")


def test_benign_rows_of_one_stretch_of_time_are_one_capture():
    x, attack = _rows()
    time = np.random.default_rng(5).uniform(0, 100, N)
    time[attack == 0] = 40 + time[attack == 0] / 50
    attacks_inside = (attack > 0) & (time > 40) & (time < 42)
    time[attacks_inside] += 10
    (finding,) = _found(_subject(_table(x, attack, time=time)), "benign-single-capture")
    assert (finding.severity, finding.rows, finding.figure) == (
        WARNING,
        int((attack == 0).sum()),
        1,
    )
    assert (
        _found(_subject(_table(x, attack, time=np.arange(N) * 1.0)), "benign-single-capture") == []
    )


def test_files_that_hold_one_class_each_are_confounded_with_it():
    x, attack = _rows()
    found = _alarms(_subject(_table(x, attack), file=attack.astype(np.int64)))
    assert {(WARNING, "class-is-file"), (WARNING, "benign-single-capture")} <= found
    mixed = np.random.default_rng(6).integers(0, 3, N)
    assert _alarms(_subject(_table(x, attack), file=mixed)) == set()


def test_hosts_that_are_classes_are_found_whatever_the_order_of_their_codes():
    x, attack = _rows()
    rng = np.random.default_rng(7)
    hosts = rng.permutation(500)
    address = np.where(attack > 0, hosts[rng.integers(0, 250, N)], hosts[rng.integers(250, 500, N)])
    wide = _table(np.column_stack([x, address]), attack, columns=(*"abcdef", "Src_IP"))
    (finding,) = _found(_subject(_table(x, attack), wide=wide), "class-is-host")
    assert (finding.severity, finding.columns) == (WARNING, ("Src_IP",))
    assert finding.figure > 0.97


def test_groups_on_two_sides_and_classes_of_few_groups_are_warnings():
    x, attack = _rows()
    group = np.arange(N) // 10
    group[attack == 2] = 10**6
    found = {
        one.check: one for one in audit(_subject(_table(x, attack, group=group, group_name="run")))
    }
    assert found["groups-on-two-sides"].figure > 0.9
    assert found["few-groups"].what.startswith("classes with fewer than 5 groups (run): scan 1;")


def test_packets_as_rows_are_a_warning():
    subject = _subject(_table(*_rows()), card=_card("packet"))
    assert _alarms(subject) == {(WARNING, "rows-are-packets")}


def test_constant_and_repeated_columns_are_named():
    x, attack = _rows()
    x[:, 1], x[:, 5] = 3.0, x[:, 0]
    constant = _found(_subject(_table(x, attack)), "constant-columns")
    repeated = _found(_subject(_table(x, attack)), "repeated-columns")
    assert [one.columns for one in constant] == [("b",)]
    assert [(one.columns, one.what) for one in repeated] == [
        (("f",), "equal to a in every row: the same measurement counts more than once")
    ]


def test_a_class_of_few_vectors_has_collapsed():
    x, attack = _rows()
    many = attack == 2
    x[many] = x[:8][np.arange(many.sum()) % 8]
    (finding,) = _found(_subject(_table(x, attack)), "class-collapse")[-1:]
    assert (finding.severity, finding.figure) == (WARNING, 1.0)
    assert finding.what.startswith("scan: 100 % of ")


def test_without_a_split_the_table_itself_is_still_judged():
    x, attack = _rows()
    x[:, 4] = attack > 0
    assert {one.check for one in audit(_subject(_table(x, attack), split=None))} >= {
        "one-column-shortcut"
    }


def test_findings_come_worst_first_and_each_has_a_sentence_and_a_source():
    x, attack = _rows()
    order = np.argsort(attack)
    x[:, 1], x[:, 4] = 3.0, attack > 0
    found = audit(_subject(_table(x[order], attack[order])))
    places = [SEVERITIES.index(one.severity) for one in found]
    assert places == sorted(places)
    assert all(one.what and one.source and not one.what.endswith(".") for one in found)


# The real excerpts


def _real(dataset, file: Path, layout: str, every: bool) -> Subject:
    table = dataset().load((file,), layout)
    wide = dataset(columns="all").load((file,), layout) if every else table
    return _subject(table, wide=wide, card=dataset.card)


@pytest.fixture(scope="module")
def iotid20(real_data) -> dict[tuple, Finding]:
    from idsbench_iotid20.dataset import IoTID20

    file = real_data / "iotid20" / "IoT_2020_b_0.01_fs.csv"
    return _by_check(_real(IoTID20, file, "31 features", True))


@pytest.fixture(scope="module")
def mqttset(real_data) -> dict[tuple, Finding]:
    from idsbench.audit_text import text_hashes
    from idsbench_mqttset.dataset import MQTTset

    file = real_data / "mqttset" / "csv" / "mqttset_excerpt_all.csv"
    subject = _real(MQTTset, file, "34 columns", False)
    text = text_hashes([file], subject.table.columns, len(subject.table.x))
    return _by_check(replace(subject, text=text))


def _by_check(subject: Subject) -> dict[tuple, Finding]:
    return {(one.check, *one.columns[:1]): one for one in audit(subject)}


@pytest.mark.parametrize(
    ("column", "score"),
    [("Timestamp", 0.999), ("Flow_ID", 0.978), ("Src_Port", 0.964), ("Dst_Port", 0.900)],
)
def test_iotid20_a_column_alone_scores_what_is_known(iotid20, column, score):
    finding = iotid20["one-column-shortcut", column]
    assert finding.figure == pytest.approx(score, abs=0.005)
    assert finding.severity == WARNING


def test_iotid20_repeats_and_contradicts_itself_as_known(iotid20):
    assert iotid20[("duplicate-features",)].rows == 1729
    assert iotid20[("duplicate-rows",)].rows == 59
    assert iotid20[("conflicting-labels-binary",)].what.startswith("21 feature vectors ")


def test_iotid20_benign_traffic_is_one_capture(iotid20):
    finding = iotid20["benign-single-capture", "Timestamp"]
    assert finding.figure == 1.0
    assert "lie between 2617 and 2913 of Timestamp" in finding.what


def test_iotid20_has_values_that_no_flow_can_have(iotid20):
    assert iotid20["impossible-values", "Fwd_Pkts/s"].severity == WARNING
    assert iotid20["impossible-values", "Init_Bwd_Win_Byts"].severity == WARNING


@pytest.mark.parametrize(
    ("column", "score"), [("mqtt.hdrflags", "0.789"), ("tcp.time_delta", "0.77")]
)
def test_mqttset_a_column_alone_scores_what_is_known(mqttset, column, score):
    assert f"({score}" in mqttset["one-column-shortcut", column].what


def test_mqttset_contradicts_itself_as_known(mqttset):
    binary, finest = (mqttset[(f"conflicting-labels-{name}",)] for name in ("binary", "finest"))
    assert finest.what.startswith("934 feature vectors ")
    assert (finest.rows, round(finest.figure, 4)) == (18_590, 0.8651)
    assert (binary.rows, round(binary.figure, 3)) == (11_132, 0.974)


def test_mqttset_two_thirds_of_test_rows_are_identical_to_a_training_row(mqttset):
    finding = mqttset[("duplicates-across-split",)]
    assert finding.severity == LEAK
    assert finding.what.endswith("; 67.1 % are identical to one, label and text too")
    # Over 20 seeds 65.5 to 67.9 % (stratified 70/15/15), 66.2 to 67.3 % (random 70/30).
    assert mqttset[("duplicate-rows",)].rows == pytest.approx(27_689, abs=10)


def test_mqttset_rests_on_the_digits_of_one_clock(mqttset):
    finding = mqttset["resolution-ablation", "tcp.time_delta"]
    assert (finding.severity, round(finding.figure, 3)) in {(WARNING, 0.912), (NOTE, 0.958)}
    assert round(mqttset["timing-ablation", "tcp.time_delta"].figure, 3) == 0.912


def test_a_split_may_leave_rows_out():
    table = _table(*_rows())
    some = np.arange(N, dtype=np.int64)
    assert _judged(_subject(table, split=Split(some[:500], some[500:600], some[600:900]))) == []
