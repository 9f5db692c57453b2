"""Build components inside a worker from what a job's JSON names."""

from __future__ import annotations

import importlib
import json
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from idsbench.contracts import Featurizer
from idsbench.errors import CellError
from idsbench.rowstore import open_state

if TYPE_CHECKING:
    from numpy.typing import NDArray


def build(reference: Mapping[str, Any]) -> Any:
    """Import and call a component's factory.

    Args:
        reference: {"build": "module:attribute", "parameters": {...}}.
    """
    module, _, attribute = str(reference["build"]).partition(":")
    factory = getattr(importlib.import_module(module), attribute)
    return factory(**reference["parameters"])


def generator(seed: int, purpose: str) -> np.random.Generator:
    """Give the generator of one purpose (split, sampler, model), independent of the others."""
    return np.random.default_rng([seed, zlib.crc32(purpose.encode())])


LONGEST = 1 << 16
TOO_LONG = f"what the featurizer says of itself is longer than {LONGEST} bytes"


class FeaturizerChain:
    """Featurizers applied in order: all numeric stages first, the last one's layout at the end."""

    def __init__(self, references: Sequence[Mapping[str, Any]]) -> None:
        self.stages: list[Featurizer] = [build(reference) for reference in references]

    def fit(self, x: NDArray[np.float32], y: NDArray[np.int16]) -> None:
        """Fit each stage on what the stages before it make of x (n, d)."""
        for stage in self.stages:
            stage.fit(x, y)
            x = stage.transform(x)

    def transform(self, x: NDArray[np.float32]) -> NDArray[np.float32]:
        """(n, d) -> (n, d'), contiguous and finite.

        Raises:
            CellError: a featurizer changed the number of rows, or gave values that are not finite.
        """
        rows = len(x)
        for stage in self.stages:
            x = np.ascontiguousarray(stage.transform(x), dtype=np.float32)
            if x.ndim != 2 or len(x) != rows:
                raise CellError(
                    f"{type(stage).__name__}.transform gave shape {x.shape} for {rows} rows"
                )
        if not np.isfinite(x).all():
            raise CellError("the featurizer gave values that are not finite")
        return x

    def layout(self, x: NDArray[np.float32]) -> NDArray[np.float32]:
        """(n, d') -> what the model takes."""
        return self.stages[-1].layout(x)

    def states(self) -> list[Mapping[str, Any]]:
        """Give the fitted state of each stage."""
        return [stage.state() for stage in self.stages]

    def describe(self, columns: Sequence[str]) -> list[dict[str, Any]]:
        """Give what each fitted stage says of itself, as JSON values; {} for one that says nothing.

        Args:
            columns: the names (d) of the table's columns.

        Raises:
            CellError: a description is not JSON.
        """
        said = []
        for stage in self.stages:
            own = _description(stage, tuple(columns))
            columns = own.get("columns", columns)
            said.append(own if len(json.dumps(own)) <= LONGEST else {"left_out": TOO_LONG})
        return said

    def restore(self, folder: Path) -> None:
        """Become the chain whose states were saved in `folder`."""
        for number, stage in enumerate(self.stages):
            stage.restore(open_state(folder, number))


def _description(stage: Featurizer, columns: tuple[str, ...]) -> dict[str, Any]:
    if not hasattr(stage, "describe"):
        return {}
    try:
        own: dict[str, Any] = json.loads(json.dumps(stage.describe(columns), allow_nan=False))
        return dict(own)
    except (TypeError, ValueError) as error:
        raise CellError(
            f"what {type(stage).__name__}.describe gave is no JSON object ({error})"
        ) from error
