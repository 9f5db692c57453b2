"""Records as far as the page on protocols looks at them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest


@pytest.fixture
def record() -> Callable[..., dict[str, Any]]:
    """Give a function that makes a record; keywords replace its values."""
    return _record


def _record(protocol="clean", seed=0, **changes):
    """Give a record as far as the page looks at it."""
    row = {
        **{"cell": f"{protocol}-{seed}", "status": "ok", "flags": [], "reason": ""},
        **{"dataset": "toy", "variant": "excerpt", "origin_sha256": "aa", "task": "binary"},
        **{"sampler": "none", "featurizer": "image", "model": "cnn", "target": "cpu"},
        **{"protocol": protocol, "seed": seed, "coverage": 0.01},
        **{"fpr": 0.25, "fpr_real": 0.25, "fpr_unseen": 0.5, "recall": 0.75},
        **{"tpr_at_fpr_1pct": 0.5, "synthetic_share_benign": 0.0, "leaked_rows": 10},
        **{"rows_test": 100, "n_benign": 40, "n_benign_groups": 8},
    }
    return row | changes
