"""The parameters of training, declared once for all networks here. Nothing heavy is imported."""

from __future__ import annotations

from idsbench.values import Parameter


def training(
    *, learning_rate: float, batch: int, epochs: int, schedule: str, smallest_batch: int = 1
) -> tuple[Parameter, ...]:
    """Declare how a network learns; the arguments are the defaults that differ."""
    return (
        Parameter(
            "dropout", float, 0.0, "share of numbers left out before the output", (), 0.0, 0.95
        ),
        Parameter("optimizer", str, "adam", "rule of a step", choices=("adam", "rmsprop", "sgd")),
        Parameter(
            "learning_rate", float, learning_rate, "size of a step", minimum=1e-8, maximum=1.0
        ),
        Parameter(
            "schedule",
            str,
            schedule,
            "how the learning rate falls to zero over the training, if it does",
            choices=("constant", "linear", "cosine"),
        ),
        Parameter("batch", int, batch, "rows per step", minimum=smallest_batch),
        Parameter("epochs", int, epochs, "passes over the training rows", minimum=1),
        Parameter(
            "patience",
            int,
            0,
            "epochs without a better validation loss before stopping; 0 never stops early",
            minimum=0,
        ),
        Parameter(
            "loss",
            str,
            "cross-entropy",
            "what is made small; focal gives sure rows less weight",
            choices=("cross-entropy", "focal"),
        ),
        Parameter(
            "focal_gamma",
            float,
            2.0,
            "how much less a sure row weighs in the focal loss",
            minimum=0.0,
            maximum=10.0,
        ),
        Parameter(
            "class_weight",
            str,
            "none",
            "balanced weighs the rows so that both classes weigh the same in all",
            choices=("none", "balanced"),
        ),
        Parameter("device", str, "cpu", "where it is trained", choices=("cpu", "cuda")),
        Parameter(
            "precision",
            str,
            "float32",
            "numbers of the forward pass while training; the short ones are for device=cuda",
            choices=("float32", "bfloat16", "float16"),
        ),
    )
