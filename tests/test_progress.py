"""People see how far a training is; what cannot be read is left out."""

from __future__ import annotations

import json

import pytest

from idsbench.progress import FILE, progress_line, with_progress


def test_what_a_training_told_last_stands_beside_what_it_is(tmp_path):
    state = {"epoch": 3.0, "loss": 0.12345, "valid_loss": 0.2, "rows_per_s": 1234.5}
    (tmp_path / FILE).write_text(json.dumps(state))
    assert with_progress("train x", tmp_path) == (
        "train x: epoch 3, loss 0.1235, validation 0.2, 1,234 rows/s"
    )


@pytest.mark.parametrize("text", [None, "", "{", "[]", "3", '{"epoch": "x"}', '{"trial": 1}'])
def test_without_readable_progress_the_job_is_named_alone(tmp_path, text):
    if text is not None:
        (tmp_path / FILE).write_text(text)
    assert with_progress("train x", tmp_path) == "train x"


def test_a_loss_that_is_no_number_is_left_out():
    assert progress_line({"epoch": 1, "loss": None}) == "epoch 1"
