import csv
import io
import json

import pytest

from idsbench import leaderboard
from idsbench.errors import RequestError
from idsbench.judgement import judgement
from idsbench.rowkeys import ROW_KEYS
from idsbench.tables import FORMATS


def _record(model, tpr=None, **changes):
    record = {
        "cell": f"{model}-{changes.get('seed', 0)}",
        "identity": model,
        "model": model,
        "sampler": "none",
        "status": "ok",
        "dataset": "iotid20",
        "variant": "full",
        "origin_sha256": "aa",
        "task": "binary",
        "protocol": "clean",
        "row_unit": "flow",
        "seed": 0,
        "tpr_at_fpr_1pct": tpr,
        "flags": [],
    }
    return record | changes


MIXED = [
    _record("cnn", 0.5),
    _record("dummy", 0.75, flags=["constant-scores"]),
    _record("forest", status="timeout", reason="longer than 60 s"),
    _record("svm", 0.9),
    _record("svm", status="failed", reason="train: too few rows", seed=1),
]


def test_the_table_shows_ranks_then_all_that_is_not_ranked_then_a_legend():
    assert leaderboard.render(MIXED).split("\n") == [
        "== iotid20 / full / binary / clean / one row = one flow ==",
        "",
        "All lines: sampler none, seeds 1.",
        "",
        "No value in any line: FPR [range], FPR new, acc / ceiling, AUC, params, bytes, "
        "p50 / p99 us, uJ/row.",
        "",
        "#    model    TPR@1%FPR    flags",
        "---  -------  -----------  ---------------",
        "1    dummy    0.750        constant-scores",
        "2    cnn      0.500",
        "",
        "  timeout: forest, none, seed 0: longer than 60 s",
        "  incomplete: svm, none: 1 of 2 seeds ok",
        "  failed: svm, none, seed 1: train: too few rows",
        "",
        "== How to read this ==",
        "",
        "  TPR@1%FPR: share of attacks found at the threshold that gave a false positive rate of "
        "1 % on validation rows; higher is better.",
        "  constant-scores: Every test row got the same score: the detector saw nothing.",
    ]


LOUD = "STAND-IN DATA (generated): ranks and scores below say nothing about real detectors."


@pytest.mark.parametrize("fmt", ["table", "markdown", "latex"])
def test_a_stand_in_group_begins_with_a_loud_line_and_others_do_not(fmt):
    records = [_record("a", 0.5, variant="stand-in"), _record("b", 0.5)]
    text = leaderboard.render(records, fmt)
    assert text.count(LOUD) == 1
    assert text.index("full") < text.index("stand-in") < text.index(LOUD)
    assert LOUD not in leaderboard.render([_record("b", 0.5)], fmt)


def test_a_failed_stand_in_cell_is_under_the_loud_line_too():
    text = leaderboard.render([_record("a", variant="stand-in", status="oom")])
    assert LOUD in text
    assert "oom: a, none, seed 0: no reason recorded" in text


def test_an_excerpt_states_its_coverage():
    records = [_record("a", 0.5, variant="excerpt", coverage=0.00999)]
    assert "Excerpt: 1.00% of the published rows." in leaderboard.render(records)


def test_lines_from_different_files_or_machines_are_said_to_be():
    records = [
        _record("a", 0.5, origin_sha256="aa", machine="m1"),
        _record("b", 0.5, origin_sha256="bb", machine="m2"),
    ]
    text = leaderboard.render(records)
    assert "These lines come from 2 different files; " in text
    assert "Latency, memory and energy come from 2 machines; " in text
    assert "different files" not in leaderboard.render(records[:1])


def test_json_is_the_list_of_all_row_objects_best_first():
    found = json.loads(leaderboard.render(MIXED, "json"))
    assert [row["cell"] for row in found] == ["dummy-0", "cnn-0", "forest-0", "svm-0", "svm-1"]
    assert all(tuple(row) == ROW_KEYS for row in found)


def test_csv_has_one_line_per_record():
    found = list(csv.DictReader(io.StringIO(leaderboard.render(MIXED, "csv"))))
    assert [row["cell"] for row in found] == ["dummy-0", "cnn-0", "forest-0", "svm-0", "svm-1"]
    assert tuple(found[0]) == ROW_KEYS


def test_sort_and_where_reach_every_format():
    records = [_record("a", 0.9, fpr=0.5), _record("b", 0.5, fpr=0.1), _record("c", 0.7, fpr=0.2)]
    text = leaderboard.render(records, "json", sort="fpr", where="model=[ab]")
    assert [row["model"] for row in json.loads(text)] == ["b", "a"]


@pytest.mark.parametrize("fmt", FORMATS)
def test_text_from_a_strangers_record_stays_text_in_every_format(fmt):
    evil = "\x1b[2Jx|y<script>\u202e"
    records = [
        _record(evil, 0.5, flags=[evil]),
        _record("b", status="failed", reason=evil, dataset=evil),
    ]
    text = leaderboard.render(records, fmt)
    assert not {"\x1b", "\u202e"} & set(text)
    if fmt == "markdown":
        assert "<script>" not in text


@pytest.mark.parametrize(
    ("fmt", "text"),
    [("table", "no records"), ("json", "[]"), ("csv", ""), ("markdown", "no records")],
)
def test_no_records_are_said_in_each_format(fmt, text):
    assert leaderboard.render([], fmt) == text


def test_a_wrong_format_is_refused_before_anything_else():
    with pytest.raises(RequestError) as caught:
        leaderboard.render(MIXED, "jsno")
    assert str(caught.value) == "--format jsno is unknown; did you mean json?"


def test_the_committed_markdown_does_not_depend_on_the_order_of_records():
    text = leaderboard.markdown(MIXED)
    assert text == leaderboard.markdown(MIXED[::-1])
    assert text.startswith(
        "# Leaderboard\n\n## iotid20 / full / binary / clean / one row = one flow\n\n"
    )
    assert "\n- timeout: forest, none, seed 0: longer than 60 s\n" in text
    assert text.endswith(".\n")


def test_latex_is_balanced():
    text = leaderboard.render(MIXED, "latex")
    for name in ("tabular", "itemize"):
        assert text.count(f"\\begin{{{name}}}") == text.count(f"\\end{{{name}}}") > 0
    assert text.count("{") == text.count("}")


def test_a_flag_outside_the_vocabulary_is_shown_as_such():
    text = leaderboard.render([_record("a", 0.5, flags=["odd"])])
    assert "  odd: not in the vocabulary." in text


def _many():
    """Lines with long specs, two samplers, two targets, three seeds and a line not ranked."""
    models = ("hist-gradient-boosting", "cnn[epochs=5]", "random-forest", "table-of-everything")
    scores = {
        "fpr": 0.0321,
        "accuracy": 0.98765,
        "accuracy_ceiling": 0.99512,
        "auc_roc": 0.99123,
        "parameters": 59_712,
        "size_bytes": 3_230_111,
        "latency_p50_us": 912.0,
        "macs": 391_744,
        "throughput_rows_per_s": 39_200.0,
        "throughput_batch": 64,
        "start_up_s": 0.453,
        "energy_uj_per_row": 248.0,
        "energy_method": "model",
        "parity": {"agreement": 0.98765, "fpr_change": -0.0321, "auc_change": 0.0001},
    }
    return [
        _record(
            model,
            0.9 + seed / 100,
            seed=seed,
            cell=f"{model}-{sampler}-{target}-{seed}",
            identity=f"{model}-{sampler}-{target}",
            sampler=sampler,
            featurizer="table[scale=quantile]" if model[0] == "t" else "table",
            target=target,
            flags=["capped-training-rows"] if model[0] == "c" else [],
            **scores,
        )
        for model in models
        for sampler in ("none", "smote-rus")
        for target in ("cpu", "edge-onnx[precision=int8,threads=1]", "edge-onnx[precision=fp32]")
        for seed in (0, 1, 2)
    ] + [_record("svm", status="failed", reason="train: " + "too few rows " * 12)]


DEPLOYED = [
    _record("cnn", 0.5, target="cpu", macs=10),
    _record("cnn", 0.5, identity="q", target="edge-onnx[precision=int8]", parity={"agreement": 1}),
]
COST_TITLE = "Cost of each line, and how a deployed model decides beside the trained one:"


def test_a_group_with_a_deployed_model_shows_the_cost_of_each_line_below_the_ranks():
    text = leaderboard.render(DEPLOYED)
    assert text.split(COST_TITLE)[1].split("\n\n")[1:4] == [
        "No value in any line: RSS MB, p95 us, rows/s (batch), prep us, start s, energy uJ.",
        "#    model    target                     MACs    agreement\n"
        "---  -------  -------------------------  ------  -----------\n"
        "1    cnn      cpu                        10      -\n"
        "1    cnn      edge-onnx[precision=int8]  -       1",
        "== How to read this ==",
    ]
    assert "  MACs: multiplications with an addition per row, as the model has it." in text


def test_where_all_ran_natively_the_cost_is_shown_on_request_only():
    assert COST_TITLE not in leaderboard.render(DEPLOYED[:1])
    for fmt in ("table", "markdown", "latex"):
        asked = judgement(None, cost=True)
        assert COST_TITLE in leaderboard.render(DEPLOYED[:1], fmt, asked=asked)


def test_programs_get_parity_and_reasons_with_each_row():
    records = [{**one, "unmeasured": {"macs": "not counted"}} for one in DEPLOYED]
    _, row = json.loads(leaderboard.render(records, "json"))
    assert (row["agreement"], row["mcnemar_p"]) == (1, None)
    assert row["unmeasured"] == {"macs": "not counted"}
    _, line = csv.DictReader(io.StringIO(leaderboard.render(records, "csv")))
    assert (line["agreement"], line["unmeasured"]) == ("1", '{"macs": "not counted"}')


@pytest.mark.parametrize("width", [80, 100, 140])
def test_a_leaderboard_fits_the_terminal_and_cuts_no_number(width, monkeypatch):
    monkeypatch.setenv("COLUMNS", str(width))
    text = leaderboard.on_terminal(_many())
    assert max(map(len, text.splitlines())) <= width
    whole = leaderboard.render(_many())
    assert text.count("0.910 [0.901, 0.919]") == whole.count("0.910 [0.901, 0.919]") == 24
    assert text.count("0.988 / 0.995") == whole.count("0.988 / 0.995") == 24


def test_a_narrow_leaderboard_begins_with_rank_model_target_and_rates(monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    records = [one for one in _many() if one.get("sampler") == "none" and one["seed"] == 0]
    text = leaderboard.on_terminal(records)
    (first, *_) = [line for line in text.splitlines() if line.startswith("#")]
    assert first.split()[:6] == ["#", "model", "target", "TPR@1%FPR", "FPR", "[range]"]


def test_a_narrow_leaderboard_tells_of_a_budget_before_what_nobody_asked_for(monkeypatch):
    monkeypatch.setenv("COLUMNS", "120")
    text = leaderboard.on_terminal(_many(), asked=judgement("size_bytes=300000"))
    headers = [line for line in text.splitlines() if line.startswith("#")]
    assert " ".join(headers).index("budget") < " ".join(headers).index("featurizer")


@pytest.mark.parametrize("fmt", FORMATS)
def test_a_leaderboard_for_a_file_is_as_wide_as_it_is(fmt, monkeypatch):
    monkeypatch.delenv("COLUMNS", raising=False)
    assert leaderboard.on_terminal(_many(), fmt) == leaderboard.render(_many(), fmt)
