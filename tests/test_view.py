"""People see one line per record on standard error, and no text can steer their terminal."""

from __future__ import annotations

import re

import pytest

from idsbench.view import LiveView, PlainView, SilentView, make_view, printable, record_line

RECORD = {
    "dataset": "toy[stand-in]",
    "protocol": "clean",
    "sampler": "none",
    "model": "dummy",
    "target": "cpu",
    "seed": 3,
    "status": "ok",
    "reason": "",
    "fpr": 0.01234,
    "accuracy": 0.9,
}
FAILED = {
    **RECORD,
    "status": "timeout",
    "reason": "train: not\x1b[31m finished\n[bold]",
    "fpr": None,
}


def test_a_record_is_one_line_with_its_scores():
    assert record_line(RECORD) == (
        "ok       toy[stand-in] clean none dummy cpu seed 3  FPR 0.0123  accuracy 0.9000"
    )


def test_a_record_without_scores_is_one_line_with_its_reason():
    assert record_line(FAILED) == (
        "timeout  toy[stand-in] clean none dummy cpu seed 3: train: not [31m finished [bold]"
    )


def test_a_score_that_is_undefined_is_a_dash():
    assert record_line({**RECORD, "fpr": None}).endswith("seed 3  FPR -  accuracy 0.9000")


@pytest.mark.parametrize(
    ("text", "shown"),
    [("plain ä", "plain ä"), ("a\x1b[2Jb\rc\td\x00\u202ee", "a [2Jb c d  e")],
)
def test_control_characters_become_blanks(text, shown):
    assert printable(text) == shown


def test_plain_lines_count_what_is_done_on_standard_error(capsys):
    view = PlainView()
    view.planned(5, 3)
    view.note("a file\x1b was altered")
    view.tick(["train x"])
    view.finished(RECORD)
    view.finished(FAILED)
    view.close()
    told = capsys.readouterr()
    assert told.out == ""
    lines = told.err.splitlines()
    assert lines[:4] == [
        "5 cells, 3 finished by earlier runs",
        "idsbench: a file  was altered",
        f"[1/2] {record_line(RECORD)}",
        f"[2/2] {record_line(FAILED)}",
    ]
    assert re.fullmatch(r"2 cells in \d+ s", lines[4])
    assert len(lines) == 5


@pytest.mark.parametrize(
    ("cells", "finished", "line"),
    [(4, 0, "4 cells"), (4, 4, "4 cells, all finished by earlier runs")],
)
def test_the_plan_is_told_in_one_line_and_nothing_follows_where_nothing_runs(
    capsys, cells, finished, line
):
    view = PlainView()
    view.planned(cells, finished)
    view.close()
    assert capsys.readouterr().err == f"{line}\n"


def test_a_silent_view_says_nothing(capfd):
    view = SilentView()
    view.planned(1, 0)
    view.note("x")
    view.tick(["x"])
    view.finished(RECORD)
    view.close()
    assert capfd.readouterr() == ("", "")


def test_the_live_view_keeps_lines_for_what_is_not_ok_and_reads_no_markup(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    view = LiveView()
    view.planned(2, 0)
    view.note("an entry [bold] was altered")
    view.tick(["train [/nothing] x"])
    view.finished(RECORD)
    view.finished(FAILED)
    view.close()
    told = capsys.readouterr()
    assert told.out == ""
    assert "2 cells" in told.err
    assert "idsbench: an entry [bold] was altered" in told.err
    assert record_line(FAILED) in told.err
    assert record_line(RECORD) not in told.err


def test_the_live_view_closes_where_nothing_was_to_run(capsys):
    view = make_view(True)
    view.planned(2, 2)
    view.close()
    assert capsys.readouterr().err.rstrip("\n") == "2 cells, all finished by earlier runs"


def test_lines_are_plain_where_there_is_no_terminal():
    assert isinstance(make_view(False), PlainView)
    assert isinstance(make_view(True), LiveView)


def test_plain_lines_tell_what_goes_on_where_no_record_came_for_half_a_minute(capsys):
    times = iter([0.0, 0.0, 29.0, 31.0, 32.0, 50.0, 79.0, 81.0, 90.0])
    view = PlainView(lambda: next(times))
    view._said = next(times)
    for _ in range(3):
        view.tick(["train x: epoch 3, loss 0.1"])
    view.finished(RECORD)
    for _ in range(2):
        view.tick(["train y", "train\nz"])
    assert capsys.readouterr().err.splitlines() == [
        "... train x: epoch 3, loss 0.1",
        f"[1/0] {record_line(RECORD)}",
        "... train y",
        "... train z",
    ]


def test_the_live_view_gives_each_job_a_line_of_its_own_that_fits(monkeypatch):
    monkeypatch.setenv("COLUMNS", "40")
    view = LiveView()
    view.planned(20, 20)
    view.tick([f"train [bold]{number} {'x' * 60}" for number in range(10)])
    with view._console.capture() as told:
        view._console.print(view._shown())
    bar, *jobs = told.get().splitlines()
    assert "0/0 cells" in bar
    assert [line[:17] for line in jobs[:2]] == ["  train [bold]0 x", "  train [bold]1 x"]
    assert len(jobs) == 9
    assert max(len(line) for line in jobs) == 40
    assert jobs[-1] == "  and 2 more"


def test_one_cell_is_no_cells():
    from idsbench.view import _plan_line

    assert _plan_line(1, 0) == "1 cell"
    assert _plan_line(1, 1) == "1 cell, all finished by earlier runs"
