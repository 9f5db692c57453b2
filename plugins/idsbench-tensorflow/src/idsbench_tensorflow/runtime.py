"""TensorFlow and Keras, imported with their environment set: take both from here.

They read these variables once, while they are imported, so this is the one module here whose
import does something. What the user has set stays, but for the backend: the models here need
TensorFlow's.
"""

from __future__ import annotations

import os

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
# oneDNN sums in an order that depends on the processor, says so on stderr at every start, and
# takes half as long again for a single row.
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")

import keras  # type: ignore[import-untyped]
import tensorflow as tf  # type: ignore[import-untyped]

__all__ = ["keras", "tf"]
