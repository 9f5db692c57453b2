"""What a results repository refuses, and why."""

from __future__ import annotations

import json

import pytest

from idsbench import store
from idsbench.check_results import Closed, check
from idsbench.cli import main
from idsbench.suite_file import parse_suite

SUITE = parse_suite(
    'name = "s"\ntitle = "t"\nquestion = "q"\ndatasets = ["toy"]\nmodels = ["cnn"]\nseeds = "0-1"\n'
    '[[cells]]\nname = "b"\nprotocols = ["clean"]\n',
    "s.toml",
)


def _found(folder, closed=None):
    return sorted({finding.what for finding in check(folder, closed).findings})


def _change(folder, **changes):
    path = sorted(folder.glob("*.json"))[0]
    record = json.loads(path.read_text())
    store.write_record(folder, {**record, **changes})
    return path.name[:16]


def test_honest_results_pass_in_both_divisions(results, detector):
    folder = results("submitted", detector(), range(2), kept=True)
    assert _found(folder) == _found(folder, Closed(SUITE)) == []
    assert check(folder, None).recomputed == 2
    assert main(["check-results", str(folder)]) == 0


def test_a_metric_that_the_evidence_does_not_give_is_found(results, detector):
    folder = results("submitted", detector(), range(1), kept=True)
    _change(folder, recall=0.999)
    (what,) = _found(folder)
    assert what.startswith("recall is 0.999, the evidence gives ")
    assert main(["check-results", str(folder)]) == 3


def test_a_cell_that_failed_is_no_result(results, detector):
    folder = results("submitted", detector(), range(2))
    _change(folder, status="timeout")
    assert "the cell has no result: timeout" in _found(folder)


@pytest.mark.parametrize(
    ("keys", "what"),
    [
        (
            {"dataset": "other"},
            "the dataset other is not of the suite s (toy): submit to the open division",
        ),
        (
            {"protocol": "paper-whole"},
            "the protocol paper-whole is not of the suite s (clean): submit to the open division",
        ),
        (
            {"task": "category"},
            "the task category is not of the suite s (binary): submit to the open division",
        ),
        ({"variant": "stand-in"}, "generated rows are no result: run it on the data"),
        (
            {"operating_points": [{"rule": "decision", "threshold": 0.4}]},
            "other threshold: alarms were decided by decision 0.4",
        ),
    ],
)
def test_the_closed_division_refuses_what_the_suite_does_not_fix_so(results, detector, keys, what):
    folder = results("submitted", detector(keys=keys), range(2))
    assert what in _found(folder, Closed(SUITE))
    assert what not in _found(folder)


def test_chosen_seeds_are_refused(results, detector):
    folder = results("submitted", detector(), range(1))
    assert _found(folder, Closed(SUITE)) == ["seeds of the suite are missing: 1"]


def test_other_data_than_those_that_are_fixed_are_refused(results, detector):
    folder = results("submitted", detector(), range(2))
    assert _found(folder, Closed(SUITE, ("ab" * 32,))) == []
    assert _found(folder, Closed(SUITE, ("cd" * 32,))) == [
        "other data: abababababab is none of those that are fixed"
    ]


def test_records_of_one_dataset_share_their_data(results, detector):
    results("submitted", detector(), range(2))
    keys = {"origin_sha256": "cd" * 32, "model": "tree"}
    folder = results("submitted", detector(keys=keys), range(2))
    found = _found(folder, Closed(SUITE))
    assert len(found) == 1
    assert found[0].startswith("other data of toy than those of ")


def test_a_damaged_record_is_found_and_the_others_are_checked(results, detector):
    folder = results("submitted", detector(), range(2))
    path = sorted(folder.glob("*.json"))[0]
    path.write_text("{")
    assert any("not a readable record" in what for what in _found(folder))


def test_a_closed_division_needs_a_suite_and_an_open_one_has_none(tmp_path, capsys):
    assert main(["check-results", str(tmp_path), "--suite", "s"]) == 2
    told = "idsbench: --suite s is of the closed division: add --division closed\n"
    assert capsys.readouterr().err == told
    for flags in (["--division", "closed"],):
        assert main(["check-results", str(tmp_path), *flags]) == 2
        assert capsys.readouterr().err == (
            "idsbench: the closed division needs --suite, which says what is fixed; the open one "
            "has none\n"
        )


def test_an_open_division_fixes_no_data(tmp_path, capsys):
    assert main(["check-results", str(tmp_path), "--data", "cd" * 32]) == 2
    assert "the open one fixes none" in capsys.readouterr().err


def test_an_empty_folder_is_nothing(tmp_path):
    assert main(["check-results", str(tmp_path)]) == 4
