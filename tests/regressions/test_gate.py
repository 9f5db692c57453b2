"""The gate's answers: regressions, what it could not see, what has no counterpart, and exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from idsbench import store
from idsbench.cli import main
from idsbench.compare_values import Change, Compared, Pair
from idsbench.gate import judge
from idsbench.gate_rules import Limit, Rules

LARGER = {"parameters": 2000, "size_bytes": 8000}
OLD = {"keys": {"model": "forest"}}


def _gate(base: Path, head: Path, *flags: str) -> int:
    return main(["gate", "--baseline", str(base), "--results", str(head), *flags])


def _rows(capsys: pytest.CaptureFixture[str], base: Path, head: Path, *flags: str):
    capsys.readouterr()
    code = _gate(base, head, "--format", "json", *flags)
    rows = json.loads(capsys.readouterr().out)
    return code, {row["metric"]: (row["status"], row["message"]) for row in rows}


def test_identical_results_pass_even_strictly(results, detector, capsys):
    base, head = results("base", detector()), results("head", detector())
    code, rows = _rows(capsys, base, head, "--strict")
    assert code == 0
    assert rows == dict.fromkeys(
        ("fpr", "recall", "parameters", "size_bytes"), ("ok", "identical at every seed")
    )


def test_another_seed_passes_and_says_what_could_not_be_seen(results, detector, capsys):
    base, head = results("base", detector()), results("head", detector(luck=2), range(5, 10))
    code, rows = _rows(capsys, base, head)
    assert code == 0
    status, message = rows["fpr"]
    assert status == "cannot see"
    assert message.endswith("or more, the limit is +10 %")
    assert "would notice +" in message
    assert _gate(base, head, "--strict") == 3


def test_a_limit_that_can_be_seen_passes_strictly(results, detector):
    base, head = results("base", detector()), results("head", detector(luck=2), range(5, 10))
    assert _gate(base, head, "--strict", "--max-fpr-increase", "80%") == 0


def test_a_share_that_cannot_pass_its_limit_is_no_blind_spot(results, detector, capsys):
    base = results("base", detector(fpr=0.9, spread=0.4, keys={"fpr": 0.999}), range(1))
    head = results("head", detector(fpr=0.9, luck=2, keys={"fpr": 0.998}), range(1))
    assert _rows(capsys, base, head, "--max-fpr-increase", "100%")[1]["fpr"] == (
        "ok",
        "fpr -0.1 %; a share has no room to pass the limit",
    )
    assert _rows(capsys, base, head, "--max-fpr-increase", "0%")[1]["fpr"][0] == "cannot see"


@pytest.mark.parametrize(
    ("metric", "rule", "status"),
    [("fpr", "max-fpr-increase", "ok"), ("recall", "max-recall-decrease", "cannot see")],
)
def test_a_share_near_1_has_room_to_fall_though_not_to_rise(metric, rule, status):
    unseen = Change(0.5, 0.5, 0.0, -0.1, 0.1, None, "seeds")
    one = Compared(Pair("cell", None, None), metric, "same", old=0.99, new=0.99, tested=unseen)
    answer = judge([one], Rules({metric: Limit(rule, 0.05)}))
    assert [guarded.status for guarded in answer.guarded] == [status]


def test_a_doubled_fpr_is_a_regression_unless_the_limit_allows_it(results, detector, capsys):
    base, head = results("base", detector()), results("head", detector(luck=1, fpr=0.02))
    code, rows = _rows(capsys, base, head)
    assert (code, rows["fpr"][0]) == (3, "regression")
    assert _rows(capsys, base, head, "--max-fpr-increase", "200%")[1]["fpr"][0] == "within limit"
    assert _gate(base, head, "--max-fpr-increase", "200%") == 0
    assert _gate(base, head, "--max-fpr-increase", "10%,0.5") == 0
    assert _gate(base, head, "--max-fpr-increase", "none") == 0


def test_a_larger_model_is_a_regression(results, detector, capsys):
    base, head = results("base", detector()), results("head", detector(luck=2, keys=LARGER))
    code, rows = _rows(capsys, base, head)
    assert code == 3
    assert rows["parameters"] == ("regression", "parameters +100 %, the limit is +2.0 %")
    assert _gate(base, head, "--max-size-increase", "100%") == 0


def test_a_moved_threshold_is_named_and_may_be_allowed(results, detector, capsys):
    base, head = results("base", detector()), results("head", detector(luck=1, shift=0.3))
    code, rows = _rows(capsys, base, head)
    assert (code, rows["fpr"][0]) == (3, "threshold moved")
    assert _gate(base, head, "--allow-moved-threshold") == 0


def test_a_detector_that_never_alarms_does_not_pass(results, detector, capsys):
    base, head = results("base", detector()), results("head", detector(fpr=1e-7, recall=1e-4))
    code, rows = _rows(capsys, base, head)
    assert (code, rows["recall"][0]) == (3, "regression")


def test_new_and_missing_cells_are_said_and_fail_strictly(results, detector, capsys):
    for name in ("base", "head"):
        base = results(name, detector())
    base, head = base.parent / "base", base.parent / "head"
    results("base", detector(keys={"model": "forest"}))
    results("head", detector(keys={"model": "tree"}))
    assert _gate(base, head) == 0
    shown = capsys.readouterr().out
    assert "the cell is missing in HEAD" in shown
    assert "the cell has no baseline" in shown
    assert _gate(base, head, "--strict") == 3


def test_cells_without_a_result_on_either_side_do_not_fail_strictly(results, detector):
    for name in ("base", "head"):
        folder = results(name, detector(), range(1))
        results(name, detector(keys={"model": "tree", "status": "skipped"}), range(1))
    assert _gate(folder.parent / "base", folder, "--strict") == 0


def test_nothing_comparable_is_4(results, detector, capsys):
    base = results("base", detector())
    head = results("head", detector(keys={"origin_sha256": "cd" * 32}))
    assert _gate(base, head) == 4
    assert capsys.readouterr().out.endswith("gate nothing comparable (1 not comparable)\n")


def test_an_empty_baseline_is_4_and_said(results, detector, tmp_path, capsys):
    (tmp_path / "empty").mkdir()
    assert _gate(tmp_path / "empty", results("head", detector())) == 4
    said = capsys.readouterr().err
    assert said == f"idsbench: the baseline {tmp_path / 'empty'} holds no record\n"


def test_a_missing_baseline_is_2(results, detector, tmp_path, capsys):
    nowhere = tmp_path / "nowhere"
    assert _gate(nowhere, results("head", detector())) == 2
    assert capsys.readouterr().err == (
        f"idsbench: {nowhere} is no results folder, no baseline in results/baseline and no git "
        "reference: name one of these; a folder at a reference is REF:FOLDER\n"
    )


def _edited(folder: Path, **changes: object) -> Path:
    path = sorted(folder.glob("*.json"))[0]
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))
    return path


def test_a_baseline_that_was_edited_by_hand_is_2(results, detector, capsys):
    base = results("base", detector())
    path = _edited(base, fpr=0.5)
    assert _gate(base, results("head", detector())) == 2
    assert capsys.readouterr().err == (
        f"idsbench: {path}: was edited after it was written (its seal does not fit): restore it, "
        "or run the cell again\n"
    )


def test_a_baseline_of_a_newer_schema_is_2(results, detector, capsys):
    base = results("base", detector())
    path = _edited(base, schema=2)
    assert _gate(base, results("head", detector())) == 2
    assert capsys.readouterr().err == (
        f"idsbench: {path}: has schema 2, this idsbench reads schema {store.SCHEMA}: "
        "update idsbench\n"
    )


def test_latency_has_a_limit_only_where_one_is_named(results, detector, capsys):
    base = results("base", detector())
    head = results("head", detector(keys={"latency_p50_us": 30.0}))
    assert _gate(base, head) == 0
    assert _gate(base, head, "--max-latency-increase", "50%") == 3
    other = results("other", detector(keys={"latency_p50_us": 30.0, "machine": "another"}))
    assert _gate(base, other, "--max-latency-increase", "50%") == 0
    shown = capsys.readouterr().out
    assert "other machine: a machine, now another" in shown
    assert _gate(base, other, "--max-latency-increase", "50%", "--strict") == 3


def test_rules_in_pyproject_are_found(results, detector, tmp_path, monkeypatch):
    base, head = results("base", detector()), results("head", detector(luck=1, fpr=0.02))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pyproject.toml").write_text('[tool.idsbench.gate]\nmax-fpr-increase = "none"\n')
    assert _gate(base, head) == 0
    assert _gate(base, head, "--max-fpr-increase", "10%") == 3


def test_of_many_cells_people_see_what_is_not_ok_and_programs_all(results, detector, capsys):
    for width in range(26):
        keys = {"model": f"cnn{width}", **(LARGER if width == 7 else {})}
        head = results("head", detector(keys=keys), range(1))
        base = results("base", detector(keys={"model": f"cnn{width}"}), range(1))
    assert _gate(base, head) == 3
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[:2] for line in lines if "regression " in line] == [
        ["cnn7", "parameters"],
        ["cnn7", "size_bytes"],
    ]
    assert lines[-2:] == [
        "102 that are ok stand in --format json",
        "gate FAILED: 2 regression, 102 ok",
    ]
    assert _gate(base, head, "--format", "json") == 3
    assert len(json.loads(capsys.readouterr().out)) == 104


@pytest.mark.parametrize("protocol", ["paper-whole", "clean[valid=0.2]"])
def test_a_baseline_of_another_protocol_is_4(results, detector, capsys, protocol):
    base = results("base", detector())
    head = results("head", detector(keys={"protocol": protocol}))
    assert _gate(base, head) == 4
    assert "other protocol: " in capsys.readouterr().out


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (["--max-fpr-increase", "10"], "write 10% if that is meant"),
        (["--max-foo-increase", "10%"], "unrecognized arguments: --max-foo-increase"),
    ],
)
def test_a_wrong_rule_is_2_on_the_command_line(results, detector, capsys, flags, said):
    base = str(results("base", detector(), range(1)))
    try:
        code = _gate(Path(base), Path(base), *flags)
    except SystemExit as ended:
        code = ended.code
    assert code == 2
    assert said in capsys.readouterr().err
