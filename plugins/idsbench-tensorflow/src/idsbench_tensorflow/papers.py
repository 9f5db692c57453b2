"""What the two papers print of their settings, as parameters of the models here.

The same names and values hold for the partners of these models in PyTorch.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from idsbench.values import Scalar

# Paper C prints "same (or valid)", and 50 epochs in its text but 10 under its curves: the first of
# several values is the one that `paper_setting` takes.
PAPER_C: Mapping[str, tuple[Scalar, ...]] = MappingProxyType(
    {
        "size": (224,),
        "kernel": (3,),
        "stride": (1,),
        "padding": ("same", "valid"),
        "filters": (32,),
        "pooling": (2,),
        "pooling_type": ("max",),
        "activation": ("relu",),
        "optimizer": ("adam",),
        "learning_rate": (0.0001,),
        "loss": ("cross-entropy",),
        "batch": (1024,),
        "epochs": (50, 10),
    }
)
# Paper M prints the size of its images and nothing else of its network or training.
PAPER_M: Mapping[str, tuple[Scalar, ...]] = MappingProxyType({"size": (224,)})


def paper_setting(printed: Mapping[str, tuple[Scalar, ...]]) -> dict[str, Scalar]:
    """Give the parameters of a paper's own run: the first value that it prints, on all rows.

    >>> paper_setting(PAPER_M)
    {'size': 224, 'max_rows': None}
    """
    return {**{name: values[0] for name, values in printed.items()}, "max_rows": None}


def assumed(
    used: Mapping[str, Scalar], printed: Mapping[str, tuple[Scalar, ...]]
) -> dict[str, Scalar]:
    """Give what a paper leaves open, and what differs from it, of the settings used.

    >>> assumed({"size": 12, "filters": 32, "dense": 64}, {"size": (224,), "filters": (32,)})
    {'size': 12, 'dense': 64}
    """
    return {name: value for name, value in used.items() if value not in printed.get(name, ())}
