"""TensorFlow's environment: import this before tensorflow.

TensorFlow and Keras read these variables once, while they are imported, so this is the one module
here whose import does something. What the user has set stays, but for the backend: the models
here need TensorFlow's.
"""

from __future__ import annotations

import os

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
# oneDNN sums in an order that depends on the processor, and says so on stderr at every start.
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")
