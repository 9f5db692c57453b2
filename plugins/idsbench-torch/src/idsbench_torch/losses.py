"""What a training makes small: one number a row, before the mean is taken."""

from __future__ import annotations

from collections.abc import Callable

from idsbench_torch.runtime import Tensor, nn, torch

Loss = Callable[[Tensor, Tensor], Tensor]
"""From logits (n,) and labels (n,), 1 for attack, to losses (n,)."""


def cross_entropy(logits: Tensor, labels: Tensor) -> Tensor:
    """Binary cross-entropy of each row."""
    return nn.functional.binary_cross_entropy_with_logits(logits, labels, reduction="none")


def focal(gamma: float) -> Loss:
    """Give the focal loss (Lin et al., 2017) without its constant alpha: weigh classes instead.

    With p the probability given to the true class, a row's cross-entropy is multiplied by
    (1 - p) ** gamma.
    """

    def loss(logits: Tensor, labels: Tensor) -> Tensor:
        plain = cross_entropy(logits, labels)
        # The slope of a power under 1 has no end at 0, where a sure row is.
        unsure = (-torch.expm1(-plain)).clamp_min(1e-12)
        return unsure**gamma * plain

    return loss


def weighted(loss: Loss, labels: Tensor) -> Loss:
    """Weigh each class by n / (2 n_class) of `labels` (n,), so that the mean weight is 1."""
    attacks = labels.mean()
    benign_weight, attack_weight = 0.5 / (1 - attacks), 0.5 / attacks

    def balanced(logits: Tensor, labels: Tensor) -> Tensor:
        weights = torch.where(labels > 0, attack_weight, benign_weight)
        return loss(logits, labels) * weights

    return balanced
