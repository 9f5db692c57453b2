"""What a component raised becomes a reason of one line; its trace goes where the job prints."""

from __future__ import annotations

import pytest

from idsbench.errors import CellError
from idsbench.failure import failure


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (RuntimeError("a bad\n   thing"), "RuntimeError: a bad thing"),
        (KeyError(), "KeyError"),
        (ValueError("x" * 600), "ValueError: " + "x" * 500),
        (CellError("the model does not fit"), "the model does not fit"),
    ],
    ids=["other", "wordless", "long", "ours"],
)
def test_what_was_raised_is_a_reason_and_its_trace_is_printed(error, reason, capsys):
    try:
        raise error
    except Exception as raised:
        told = failure(raised)
    assert told == {"outcome": "failed", "reason": reason, "type": type(error).__name__}
    assert "raise error" in capsys.readouterr().err
