from __future__ import annotations

import numpy as np
import pytest

from idsbench_tensorflow.losses import cross_entropy, focal, weighted
from idsbench_tensorflow.runtime import tf

LOGITS = np.array([-2.0, 0.0, 3.0, 1.0], np.float32)
LABELS = np.array([0.0, 1.0, 1.0, 0.0], np.float32)


def test_the_focal_loss_is_that_of_its_paper():
    p = 1 / (1 + np.exp(-LOGITS.astype(np.float64)))
    true = np.where(LABELS > 0, p, 1 - p)
    expected = -((1 - true) ** 2.0) * np.log(true)
    found = focal(2.0)(tf.constant(LOGITS), tf.constant(LABELS)).numpy()
    np.testing.assert_allclose(found, expected, rtol=1e-5)


def test_without_gamma_the_focal_loss_is_the_cross_entropy():
    found = focal(0.0)(tf.constant(LOGITS), tf.constant(LABELS)).numpy()
    np.testing.assert_array_equal(found, cross_entropy(tf.constant(LOGITS), tf.constant(LABELS)))


@pytest.mark.parametrize("gamma", [0.0, 0.5, 2.0])
def test_the_slope_of_the_focal_loss_is_a_number_for_sure_rows(gamma):
    logits = tf.constant([200.0, -200.0, 200.0])
    with tf.GradientTape() as tape:
        tape.watch(logits)
        loss = focal(gamma)(logits, tf.constant([1.0, 0.0, 0.0]))
    slope = tape.gradient(loss, logits).numpy()
    assert np.isfinite(slope).all()
    assert np.abs(slope[:2]).max() == 0


def test_balanced_weights_give_both_classes_the_same_share_of_the_loss():
    labels = np.array([1] * 6 + [0] * 2, np.int16)
    ones = weighted(lambda logits, labels: tf.ones_like(logits), labels)
    rows = ones(tf.zeros(8), tf.constant(labels.astype(np.float32))).numpy()
    assert rows[labels > 0].sum() == rows[labels == 0].sum() == 4
