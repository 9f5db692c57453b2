"""Numbers as C writes them."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np


def number(value: float) -> str:
    """Write a single-precision number with all its digits.

    >>> number(0.1), number(3.0), number(-1e-9)
    ('0.100000001f', '3.0f', '-9.99999972e-10f')
    """
    text = f"{np.float32(value):.9g}"
    return text + ("f" if any(mark in text for mark in ".e") else ".0f")


def array(name: str, values: Iterable[float]) -> str:
    """Write a constant array of single-precision numbers, 8 a line."""
    texts = [number(value) for value in values]
    lines = [", ".join(texts[i : i + 8]) for i in range(0, len(texts), 8)]
    return f"static const float {name}[{len(texts)}] = {{\n" + ",\n".join(lines) + "\n};\n"
