"""One layer of KitNET: autoencoders with tied weights side by side, in arrays padded to one size.

g autoencoders, each over at most m columns with at most h hidden units.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from idsbench_anomaly.arrays import bounded, uniform

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Ensemble:
    """A layer's state.

    Args:
        members: int64 (g, m), the columns of each autoencoder; padding repeats column 0.
        inputs: float32 (g, m), 1 where there is a column, 0 where there is padding.
        units: float32 (g, h), the same for hidden units.
        range: float32 (2, d), least value and width of each column in benign training rows.
        weight: float32 (g, m, h), used in both directions.
        hidden_bias: float32 (g, 1, h).
        output_bias: float32 (g, 1, m).
    """

    members: NDArray[np.int64]
    inputs: NDArray[np.float32]
    units: NDArray[np.float32]
    range: NDArray[np.float32]
    weight: NDArray[np.float32]
    hidden_bias: NDArray[np.float32]
    output_bias: NDArray[np.float32]

    @property
    def weights(self) -> dict[str, NDArray[np.float32]]:
        """What is learned."""
        return {name: getattr(self, name) for name in ("weight", "hidden_bias", "output_bias")}

    def learned(self, weights: Mapping[str, NDArray[np.float32]]) -> Ensemble:
        """The layer with other weights; those of padding are 0."""
        weight = weights["weight"] * self.inputs[:, :, None] * self.units[:, None, :]
        return replace(
            self,
            weight=weight,
            hidden_bias=weights["hidden_bias"],
            output_bias=weights["output_bias"],
        )

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Every array by its name."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}

    def weight_count(self) -> int:
        """Tied weights, without padding."""
        return int((self.inputs.sum(axis=1) * self.units.sum(axis=1)).sum())

    def parameter_count(self) -> int:
        """Tied weights, biases of hidden and output units, and two numbers per column's range."""
        biases = self.inputs.sum() + self.units.sum()
        return self.weight_count() + int(biases) + self.range.size

    def errors(self, x: NDArray[np.float32]) -> NDArray[np.float32]:
        """Root mean squared error of each autoencoder on rows (n, d): (n, g)."""
        rows = rescaled(x, self.range)
        given = np.ascontiguousarray(rows[:, self.members].transpose(1, 0, 2))  # (g, n, m)
        hidden = _sigmoid(given @ self.weight + self.hidden_bias)
        out = _sigmoid(hidden @ self.weight.transpose(0, 2, 1) + self.output_bias)
        squares = np.square(out - given) * self.inputs[:, None, :]
        sizes = self.inputs.sum(axis=1)
        return np.asarray(np.sqrt(squares.sum(axis=2) / sizes[:, None]).T)

    def loss(self) -> Callable[[dict[str, Any], Any], Any]:
        """The sum over autoencoders of the mean squared error, as a function of tensors."""
        import torch

        members = torch.from_numpy(self.members)
        inputs, units = torch.from_numpy(self.inputs), torch.from_numpy(self.units)
        shares = (inputs / inputs.sum(dim=1, keepdim=True))[:, None, :]
        mask = inputs[:, :, None] * units[:, None, :]

        def total(weights: dict[str, Any], rows: Any) -> Any:
            given = rows[:, members].transpose(0, 1)  # (g, b, m)
            weight = weights["weight"] * mask
            hidden = torch.sigmoid(given @ weight + weights["hidden_bias"])
            out = torch.sigmoid(hidden @ weight.transpose(1, 2) + weights["output_bias"])
            return ((out - given).square() * shares).sum(dim=(0, 2)).mean()

        return total


def start(
    groups: Sequence[Sequence[int]],
    ratio: float,
    limits: NDArray[np.float32],
    rng: np.random.Generator,
) -> Ensemble:
    """An untrained layer of one autoencoder per group of columns."""
    hidden = [int(np.ceil(ratio * len(group))) for group in groups]
    g, m, h = len(groups), max(map(len, groups)), max(hidden)
    members = np.zeros((g, m), dtype=np.int64)
    inputs, units = np.zeros((g, m), np.float32), np.zeros((g, h), np.float32)
    weight = np.zeros((g, m, h), dtype=np.float32)
    for i, (group, width) in enumerate(zip(groups, hidden, strict=True)):
        members[i, : len(group)] = group
        inputs[i, : len(group)] = 1.0
        units[i, :width] = 1.0
        weight[i, : len(group), :width] = uniform(rng, len(group), (len(group), width))
    biases = (np.zeros((g, 1, h), np.float32), np.zeros((g, 1, m), np.float32))
    return Ensemble(members, inputs, units, limits, weight, *biases)


def value_range(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """Least value and width of each column of rows (n, d): (2, d); width 1 where it is constant."""
    low, width = rows.min(axis=0), np.ptp(rows, axis=0)
    return np.stack([low, np.where(width > 0, width, np.float32(1.0))])


def rescaled(rows: NDArray[np.float32], limits: NDArray[np.float32]) -> NDArray[np.float32]:
    """Rows (n, d) with the range of benign training rows as 0 to 1; others lie beyond."""
    return bounded((rows - limits[0]) / limits[1])


def _sigmoid(x: NDArray[np.float32]) -> NDArray[np.float32]:
    """1 / (1 + exp(-x)), without overflow."""
    return np.asarray(0.5 * (np.tanh(0.5 * x) + 1.0))
