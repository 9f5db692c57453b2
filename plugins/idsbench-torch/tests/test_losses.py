from __future__ import annotations

import numpy as np
import pytest

from idsbench_torch.losses import cross_entropy, focal, weighted
from idsbench_torch.runtime import torch

LOGITS = torch.tensor([-2.0, 0.0, 3.0, 1.0])
LABELS = torch.tensor([0.0, 1.0, 1.0, 0.0])


def test_the_focal_loss_is_that_of_its_paper():
    p = 1 / (1 + np.exp(-LOGITS.double().numpy()))
    true = np.where(LABELS.numpy() > 0, p, 1 - p)
    expected = -((1 - true) ** 2.0) * np.log(true)
    np.testing.assert_allclose(focal(2.0)(LOGITS, LABELS), expected, rtol=1e-5)


def test_without_gamma_the_focal_loss_is_the_cross_entropy():
    assert torch.equal(focal(0.0)(LOGITS, LABELS), cross_entropy(LOGITS, LABELS))


@pytest.mark.parametrize("gamma", [0.0, 0.5, 2.0])
def test_the_slope_of_the_focal_loss_is_a_number_for_sure_rows(gamma):
    logits = torch.tensor([200.0, -200.0, 200.0], requires_grad=True)
    focal(gamma)(logits, torch.tensor([1.0, 0.0, 0.0])).sum().backward()
    assert logits.grad is not None
    assert torch.isfinite(logits.grad).all()
    assert logits.grad[:2].abs().max() == 0


def test_balanced_weights_give_both_classes_the_same_share_of_the_loss():
    labels = torch.tensor([1.0] * 6 + [0.0] * 2)
    rows = weighted(lambda logits, labels: torch.ones(len(labels)), labels)(labels, labels)
    assert rows[labels > 0].sum() == rows[labels == 0].sum() == 4
