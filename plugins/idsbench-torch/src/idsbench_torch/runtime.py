"""PyTorch, imported with its environment set: take it from here.

OpenMP reads this variable once, while PyTorch is imported, so this is the one module here whose
import does something. What the user has set stays.
"""

from __future__ import annotations

import os

# Threads that spin while they wait for one another starve each other on a busy machine: there a
# training of 5 seconds took 158.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import torch
from torch import Tensor, nn

__all__ = ["Tensor", "nn", "torch"]
