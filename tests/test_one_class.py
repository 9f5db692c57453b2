from __future__ import annotations

import numpy as np
import pytest

from idsbench.errors import CellError
from idsbench.one_class import alarm_level, anomaly_scores, benign_rows
from idsbench.values import Batch


def labelled(y: list[int]) -> Batch:
    return Batch(np.arange(len(y), dtype=np.float32)[:, None], np.array(y, np.int16))


def test_only_rows_with_label_zero_are_taken_and_counted():
    rows, said = benign_rows("m", labelled([0, 1, 0, 2] * 6))
    assert rows[:, 0].tolist() == list(range(0, 24, 2))
    assert said == {"benign_rows": 12, "attack_rows_left_out": 12}


def test_rows_that_are_all_benign_are_not_copied():
    batch = labelled([0] * 12)
    assert benign_rows("m", batch)[0] is batch.x


@pytest.mark.parametrize("count", [0, 9])
def test_too_few_benign_rows_are_refused(count):
    with pytest.raises(CellError) as error:
        benign_rows("kind", labelled([0] * count + [1] * 30))
    assert str(error.value) == (
        "kind learns from benign rows alone, at least 10, and the training part holds "
        f"{count}: use another split or more data"
    )


@pytest.mark.parametrize("alarms", [0.0, 0.01, 0.1, 0.5, 1.0])
def test_at_most_the_stated_share_of_benign_rows_scores_half_or_more(alarms):
    anomaly = np.random.default_rng(0).exponential(size=1_000)
    scores = anomaly_scores(anomaly, alarm_level(anomaly, alarms))
    assert (scores >= 0.5).mean() == pytest.approx(alarms, abs=1e-9)


def test_values_that_are_too_common_do_not_alarm():
    anomaly = np.repeat([0.1, 0.2, 0.3], [50, 30, 20])
    for alarms, share in ((0.1, 0.0), (0.2, 0.2), (0.49, 0.2), (0.5, 0.5)):
        scores = anomaly_scores(anomaly, alarm_level(anomaly, alarms))
        assert (scores >= 0.5).mean() == share


def test_rounding_to_float32_moves_no_benign_row_across_the_level():
    anomaly = np.random.default_rng(1).exponential(size=300)
    level = alarm_level(anomaly, 0.05)
    rounded = anomaly.astype(np.float32)
    np.testing.assert_array_equal(
        anomaly_scores(rounded, level) >= 0.5, anomaly_scores(anomaly, level) >= 0.5
    )


def test_rows_without_any_anomaly_alarm_nobody_and_whatever_differs_alarms():
    level = alarm_level(np.zeros(20), 0.01)
    assert anomaly_scores(np.array([0.0, 1e-6]), level).round(3).tolist() == [0, 1]


def test_scores_rise_with_the_anomaly_far_beyond_the_training_rows():
    scores = anomaly_scores(np.array([0, 1e-9, 1, 1e3, 1e9, 1e15]), 0.5)
    assert (np.diff(scores) > 0).all()
    assert (scores.min(), scores.max() <= 1) == (0, True)
