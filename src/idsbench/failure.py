"""What a component raised, as the outcome of its job."""

from __future__ import annotations

import traceback
from typing import Any

from idsbench.errors import IdsbenchError


def failure(error: Exception) -> dict[str, Any]:
    """Give the outcome `failed` with the reason on one line; the trace goes to the job's log."""
    traceback.print_exc()
    kind, text = type(error).__name__, " ".join(str(error).split())[:500]
    reason = f"{kind}: {text}" if text else kind
    if isinstance(error, IdsbenchError):
        reason = str(error)
    return {"outcome": "failed", "reason": reason, "type": kind}
