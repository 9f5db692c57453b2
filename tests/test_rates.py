import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from idsbench import rates
from idsbench.rates import Counts, count

# Machines under load miss any deadline.
unhurried = settings(deadline=None)

PAIRS = st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=50)
BOTH_CLASSES = PAIRS.filter(lambda pairs: len({attack for attack, _ in pairs}) == 2)


def _columns(pairs):
    attack, alarm = zip(*pairs, strict=True)
    return np.array(attack), np.array(alarm)


@unhurried
@given(PAIRS)
def test_every_row_is_counted_once_in_its_place(pairs):
    c = count(*_columns(pairs))
    assert (c.tp, c.fn) == (pairs.count((True, True)), pairs.count((True, False)))
    assert (c.fp, c.tn) == (pairs.count((False, True)), pairs.count((False, False)))


@unhurried
@given(BOTH_CLASSES)
def test_scores_agree_with_scikit_learn_wherever_they_are_defined(pairs):
    sk = pytest.importorskip("sklearn.metrics")
    attack, alarm = _columns(pairs)
    c = count(attack, alarm)
    assert rates.accuracy(c) == pytest.approx(sk.accuracy_score(attack, alarm))
    assert rates.balanced_accuracy(c) == pytest.approx(sk.balanced_accuracy_score(attack, alarm))
    assert rates.recall(c) == pytest.approx(sk.recall_score(attack, alarm))
    assert rates.f1(c) == pytest.approx(sk.f1_score(attack, alarm, zero_division=0.0))
    if alarm.any():
        assert rates.precision(c) == pytest.approx(sk.precision_score(attack, alarm))
    if alarm.any() and not alarm.all():
        assert rates.mcc(c) == pytest.approx(sk.matthews_corrcoef(attack, alarm))


@unhurried
@given(BOTH_CLASSES)
def test_weighted_scores_agree_with_scikit_learn_and_are_none_where_it_would_substitute(pairs):
    sk = pytest.importorskip("sklearn.metrics")
    attack, alarm = _columns(pairs)
    found = rates.support_weighted(count(attack, alarm))
    expected = sk.precision_recall_fscore_support(
        attack, alarm, average="weighted", zero_division=0.0
    )
    assert found["recall_weighted"] == pytest.approx(expected[1])
    assert found["f1_weighted"] == pytest.approx(expected[2])
    if alarm.any() and not alarm.all():
        assert found["precision_weighted"] == pytest.approx(expected[0])
    else:
        assert found["precision_weighted"] is None


def test_a_detector_that_never_alarms_has_no_precision_and_no_mcc():
    silent = Counts(tp=0, fp=0, tn=90, fn=10)
    assert rates.precision(silent) is None
    assert rates.mcc(silent) is None
    assert (rates.recall(silent), rates.fpr(silent), rates.f1(silent)) == (0.0, 0.0, 0.0)


def test_without_attacks_what_needs_them_is_none():
    benign = Counts(tp=0, fp=1, tn=9, fn=0)
    assert rates.recall(benign) is None
    assert rates.balanced_accuracy(benign) is None
    assert rates.mcc(benign) is None
    assert (rates.fpr(benign), rates.accuracy(benign)) == (0.1, 0.9)
    assert rates.support_weighted(benign)["recall_weighted"] == 0.9


def test_without_benign_rows_what_needs_them_is_none():
    attacks = Counts(tp=9, fp=0, tn=0, fn=1)
    assert rates.fpr(attacks) is None
    assert rates.balanced_accuracy(attacks) is None
    assert rates.recall(attacks) == 0.9


def test_without_rows_nothing_is_defined():
    empty = Counts(tp=0, fp=0, tn=0, fn=0)
    scores = (rates.accuracy, rates.precision, rates.recall, rates.fpr, rates.f1, rates.mcc)
    assert [score(empty) for score in scores] == [None] * 6
    assert set(rates.support_weighted(empty).values()) == {None}


def test_mcc_of_hundreds_of_millions_of_rows_does_not_overflow():
    huge = Counts(tp=300_000_000, fp=0, tn=300_000_000, fn=0)
    assert rates.mcc(huge) == 1.0
