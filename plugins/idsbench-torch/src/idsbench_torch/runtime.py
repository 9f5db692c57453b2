"""PyTorch, imported with its environment set: take it from here.

OpenMP and cuBLAS read these variables once, so this is the one module here whose import does
something. What the user has set stays.
"""

from __future__ import annotations

import os

# Threads that spin while they wait for one another starve each other on a busy machine: there a
# training of 5 seconds took 158.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
# Without it cuBLAS may sum in another order each time, and PyTorch refuses to call it deterministic.
os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")

import torch
from torch import Tensor, nn

__all__ = ["Tensor", "nn", "torch"]
