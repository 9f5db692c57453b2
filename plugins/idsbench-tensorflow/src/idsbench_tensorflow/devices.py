"""Where a training runs, in which numbers, and what is said when its memory is full."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from idsbench.errors import CellError
from idsbench_tensorflow.runtime import keras, tf


def check_device(model: str, device: str) -> None:
    """Refuse a device that this machine lacks.

    Raises:
        CellError: there is no CUDA device.
    """
    if device == "cuda" and not tf.config.list_physical_devices("GPU"):
        raise CellError(
            f"{model}[device=cuda] needs a CUDA device that TensorFlow can use and there is none: "
            f"use {model}[device=cpu]"
        )


@contextmanager
def placed_on(device: str) -> Iterator[None]:
    """Build and trace what follows on this device, which `check_device` has found."""
    with tf.device("/GPU:0" if device == "cuda" else "/CPU:0"):
        yield


@contextmanager
def computing_in(precision: str) -> Iterator[None]:
    """Build layers that compute in short numbers and keep their weights in float32."""
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(
        "float32" if precision == "float32" else f"mixed_{precision}",
    )
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)


def seed(number: int) -> None:
    """Make what follows depend on this number alone, on the same machine with as many CPUs."""
    use_threads(_usable_cpus())
    tf.config.experimental.enable_op_determinism()
    keras.utils.set_random_seed(number)


def use_threads(threads: int) -> None:
    """Set the threads of TensorFlow, which refuses once it has run an operation."""
    try:
        tf.config.threading.set_intra_op_parallelism_threads(threads)
        tf.config.threading.set_inter_op_parallelism_threads(threads)
    except RuntimeError:
        return


@contextmanager
def memory_errors_told(model: str, rows: int) -> Iterator[None]:
    """Turn TensorFlow's error of full memory into one that advises.

    Args:
        model: the component's name.
        rows: how many went through the network at once.

    Raises:
        MemoryError: the memory of the CPU or the GPU was full; names the batch to try.
    """
    try:
        yield
    except tf.errors.ResourceExhaustedError as error:
        advice = f"{model}[batch={rows // 2}]" if rows > 1 else "a smaller size"
        raise MemoryError(
            f"{model} ran out of memory with {rows} rows at once: use {advice}"
        ) from error


def _usable_cpus() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
