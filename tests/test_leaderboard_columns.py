import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from idsbench.leaderboard_columns import fraction, grid, legend, quantity, short_specs
from idsbench.ranking import Line

# Machines under load miss any deadline.
unhurried = settings(deadline=None)


def _line(rank=1, seeds=1, **values):
    base = {"status": "ok", "model": "dummy", "target": "cpu", "flags": [], "fpr": 0.25}
    return Line(tuple(base | values | {"seed": seed} for seed in range(seeds)), rank)


def test_a_component_that_all_lines_share_is_named_once_above():
    found = grid([_line(sampler="none"), _line(2, sampler="smote")])
    assert found.notes[0] == "All lines: target cpu, seeds 1."
    assert [row["sampler"] for row in found.rows] == ["none", "smote"]
    assert "target" not in found.rows[0]


def test_a_parameter_that_all_lines_share_stays_visible():
    int8 = {"target": "edge-onnx[precision=int8]", "model": "cnn[epochs=5]"}
    alike = grid([_line(**int8), _line(2, **int8)])
    assert alike.notes[0] == "All lines: target edge-onnx[precision=int8], seeds 1."
    assert [row["model"] for row in alike.rows] == ["cnn[epochs=5]"] * 2
    mixed = grid([_line(**int8), _line(2)])
    assert [row["target"] for row in mixed.rows] == ["edge-onnx[precision=int8]", "cpu"]


def test_scores_that_no_line_has_are_named_and_get_no_column():
    found = grid([_line()])
    assert list(found.rows[0]) == ["#", "model", "FPR [range]"]
    assert found.notes[-1] == (
        "No value in any line: TPR@1%FPR, FPR new, acc / ceiling, AUC, params, bytes, "
        "p50 / p99 us, uJ/row."
    )


def test_a_value_that_one_line_lacks_is_a_dash():
    found = grid([_line(auc_roc=0.9), _line(None)])
    assert [(row["#"], row["AUC"]) for row in found.rows] == [("1", "0.900"), ("-", "-")]


def test_one_seed_shows_the_interval_and_several_seeds_the_range_over_seeds():
    ends = {"fpr_low": 0.125, "fpr_high": 0.5}
    assert grid([_line(**ends)]).rows[0]["FPR [range]"] == "0.250 [0.125, 0.500]"
    assert grid([_line(seeds=3, **ends)]).rows[0]["FPR [range]"] == "0.250 [0.250, 0.250]"


def test_the_number_of_seeds_is_a_column_where_it_differs():
    found = grid([_line(), _line(2, seeds=3)])
    assert [row["seeds"] for row in found.rows] == ["1", "3"]


def test_the_real_fpr_is_shown_only_where_synthetic_rows_were_tested():
    mixed = _line(fpr_real=0.5, synthetic_share_benign=0.9)
    plain = _line(2, fpr_real=0.25, synthetic_share_benign=0.0)
    assert [row["FPR real"] for row in grid([mixed, plain]).rows] == ["0.500", "-"]
    assert "FPR real" not in grid([plain]).rows[0]


def test_accuracy_latency_and_energy_say_what_they_stand_beside():
    row = grid(
        [
            _line(
                accuracy=0.974,
                accuracy_ceiling=0.976,
                latency_p50_us=12.34,
                latency_p99_us=4567.8,
                energy_uj_per_row=8.04,
                energy_method="model",
            )
        ]
    ).rows[0]
    assert row["acc / ceiling"] == "0.974 / 0.976"
    assert row["p50 / p99 us"] == "12.3 / 4.57k"
    assert row["uJ/row"] == "8.04 (model)"


def test_flags_of_all_lines_are_named_once_and_others_beside_their_line():
    found = grid([_line(flags=["a", "b"]), _line(2, flags=["b"])])
    assert "Flags of all lines: b." in found.notes
    assert [row["flags"] for row in found.rows] == ["a", ""]


@pytest.mark.parametrize(
    ("specs", "short"),
    [
        (["cnn[epochs=5]"], ["cnn"]),
        (["cnn[epochs=5]", "cnn[epochs=5]"], ["cnn", "cnn"]),
        (
            ["select[k=5]+table[scale=log]", "select[k=9]+table[scale=log]", "table[scale=log]"],
            ["select+table[k=5]", "select+table[k=9]", "table"],
        ),
        (["", ""], ["", ""]),
    ],
)
def test_specs_keep_only_what_tells_them_apart(specs, short):
    assert short_specs(specs) == short


SPEC = st.builds(
    "{}[a={},b={}]".format, st.sampled_from("xy"), st.integers(0, 2), st.integers(0, 2)
)


@unhurried
@given(st.lists(SPEC, min_size=1, max_size=6))
def test_different_specs_never_look_the_same(specs):
    short = short_specs(specs)
    assert len(set(short)) == len(set(specs))


@unhurried
@given(st.floats(0, 1))
def test_only_0_reads_as_0_and_only_1_reads_as_1(value):
    text = fraction(value)
    if not text.startswith(">"):
        assert (float(text) == 0) == (value == 0)
        assert (float(text) == 1) == (value == 1)


@unhurried
@given(st.floats(0.001, 1e12))
def test_a_quantity_is_within_half_a_percent(value):
    text = quantity(value)
    sizes = {"k": 1e3, "M": 1e6, "G": 1e9}
    read = float(text.rstrip("kMG")) * sizes.get(text[-1], 1)
    assert read == pytest.approx(value, rel=0.0051)


def test_the_legend_explains_the_shown_columns_only():
    [sentence] = legend(["#", "model", "AUC"])
    assert sentence == "AUC: area under the ROC curve; higher is better."
