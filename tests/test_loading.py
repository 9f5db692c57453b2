"""A target that hangs before it scores is late by its own clock, and the reason says with what."""

from __future__ import annotations

import json
import time
from types import SimpleNamespace

import pytest

from idsbench.errors import CellError
from idsbench.loading import (
    DEPLOYING,
    FIRST_ROW,
    LOADING,
    Watch,
    limited,
    overdue,
    watched_in,
)
from idsbench.solo import note_pause


@pytest.fixture
def job(tmp_path):
    return {**watched_in(tmp_path), "on": "edge[bits=8]"}


@pytest.mark.parametrize(
    ("what", "seconds", "reason"),
    [
        (LOADING, 60, "loading on edge[bits=8] did not finish within 60 s"),
        (FIRST_ROW, 60, "scoring a first row on edge[bits=8] did not finish within 60 s"),
        (DEPLOYING, 600, "deploying on edge[bits=8] did not finish within 600 s"),
    ],
)
def test_what_takes_longer_than_its_limit_is_late_and_nothing_before(
    job, tmp_path, what, seconds, reason
):
    began = time.monotonic()
    with limited(job, what):
        assert overdue(tmp_path, began + seconds - 0.1) == ""
        assert overdue(tmp_path, time.monotonic() + seconds + 0.1) == reason
    assert overdue(tmp_path, began + 10_000) == ""


def test_what_fails_is_not_late(job, tmp_path):
    with pytest.raises(OSError, match="no such runtime"), limited(job, LOADING):
        raise OSError("no such runtime")
    assert list(tmp_path.iterdir()) == []


def test_time_that_the_job_stood_still_does_not_count(job, tmp_path):
    with limited(job, LOADING):
        now = time.monotonic()
        note_pause(tmp_path, now, now + 30)
        assert overdue(tmp_path, now + 89) == ""
        assert overdue(tmp_path, now + 91) != ""


def test_a_job_that_stands_still_is_not_looked_at_and_a_late_one_stays_late(job, tmp_path):
    watch = Watch(tmp_path, stopped=True)
    with limited(job, LOADING):
        late = time.monotonic() + 61
        assert not watch.look(late)
        watch.stopped = False
        assert watch.look(late)
    assert watch.look(late + 1), "it has finished while it was being ended"
    assert watch.condemned == late
    watch.answer()
    assert json.loads((tmp_path / "result.json").read_text()) == {
        "outcome": "timeout",
        "reason": "loading on edge[bits=8] did not finish within 60 s",
    }


def test_a_target_may_state_its_own_time(job, tmp_path):
    with limited(job, LOADING, SimpleNamespace(loading_s=300)):
        now = time.monotonic()
        assert overdue(tmp_path, now + 299) == ""
        assert "within 300 s" in overdue(tmp_path, now + 301)


@pytest.mark.parametrize(
    ("stated", "sentence"),
    [
        ("soon", "the target's loading_s is 'soon', not a number of seconds"),
        (True, "the target's loading_s is True, not a number of seconds"),
        (0, "the target's loading_s is 0, not above 0 and 86400 at most"),
        (float("nan"), "the target's loading_s is nan, not above 0 and 86400 at most"),
        (float("inf"), "the target's loading_s is inf, not above 0 and 86400 at most"),
    ],
)
def test_a_time_that_is_none_is_refused(job, stated, sentence):
    with (
        pytest.raises(CellError) as caught,
        limited(job, LOADING, SimpleNamespace(loading_s=stated)),
    ):
        pass
    assert str(caught.value) == sentence


def test_a_job_that_nobody_watches_notes_nothing(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with limited({}, LOADING):
        assert list(tmp_path.iterdir()) == []
