from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from idsbench.components import FeaturizerChain
from idsbench.errors import CellError
from idsbench_sklearn.select import Select
from idsbench_sklearn.table import Table


def rows(n: int = 2_000) -> tuple[np.ndarray, np.ndarray]:
    """Columns by falling gain: 5 and its noisy copy 1, then 3, 0, 4; column 2 is constant."""
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, n).astype(np.int16)
    x = rng.normal(size=(n, 6)).astype(np.float32)
    x[:, 5] += 4 * y
    x[:, 3] += 2 * y
    x[:, 0] += 1 * y
    x[:, 1] = 1_000 * x[:, 5] + 300 * rng.normal(size=n)
    x[:, 2] = 7
    return x, y


def fitted(**parameters) -> Select:
    select = Select(**parameters)
    select.fit(*rows())
    return select


def kept(**parameters) -> list[int]:
    return fitted(**parameters).state()["kept"].tolist()


@pytest.mark.parametrize(
    ("k", "columns"), [("1", [5]), ("2", [3, 5]), ("3", [0, 3, 5]), ("all", [0, 3, 4, 5])]
)
def test_the_columns_with_most_gain_stay_in_the_tables_order(k, columns):
    assert kept(k=k) == columns


def test_of_two_correlated_columns_the_one_with_less_gain_goes():
    x, _ = rows()
    r = abs(np.corrcoef(x[:, 1], x[:, 5])[0, 1])
    assert kept(k="all", correlation=r - 0.001) == [0, 3, 4, 5]
    assert kept(k="all", correlation=r + 0.001) == [0, 1, 3, 4, 5]


def test_a_column_goes_only_for_one_that_stays():
    # 0 goes with 1 and 1 with 2, but 0 not with 2. Column 0 tells most, so 1 goes and 2 may stay.
    rng = np.random.default_rng(1)
    y = rng.integers(0, 2, 4_000).astype(np.int16)
    u, v = rng.normal(size=(2, 4_000))
    x = np.stack([u + 0.9 * y, u + v + 0.8 * y, v + 0.3 * y], axis=1).astype(np.float32)
    select = Select(k="all", correlation=0.6)
    select.fit(x, y)
    r, gain = np.abs(np.corrcoef(x, rowvar=False)), select.state()["gain"]
    assert (r[0, 1] > 0.6, r[1, 2] > 0.6, r[0, 2] < 0.6) == (True, True, True)
    assert gain[0] > gain[1] > gain[2]
    assert select.state()["kept"].tolist() == [0, 2]


def test_more_columns_than_there_are_keeps_all_that_vary():
    assert kept(k="64", correlation=1.0) == [0, 1, 3, 4, 5]


def test_values_are_those_of_the_table_row_by_row():
    x, _ = rows()
    select = fitted(k="3")
    out = select.transform(x)
    np.testing.assert_array_equal(out, x[:, [0, 3, 5]])
    assert (out.dtype, out.flags.c_contiguous) == (np.float32, True)
    np.testing.assert_array_equal(select.transform(x[::-7]), out[::-7])
    assert select.layout(out) is out


def test_equal_gains_go_to_the_lower_column():
    y = np.arange(400, dtype=np.int16) % 2
    noise = np.random.default_rng(0).permutation(400)
    x = np.stack([noise, y, y[::-1] * 3 + 1, 1 - y], axis=1).astype(np.float32)
    select = Select(k="1")
    select.fit(x, y)
    assert select.state()["kept"].tolist() == [1]


def test_gains_that_differ_by_rounding_alone_go_to_the_lower_column(monkeypatch):
    monkeypatch.setattr(
        "idsbench_sklearn.information.information_gain",
        lambda x, y, bins: np.array([0.1, 0.7, 0.0, 0.7 + 1e-13, 0.7 - 1e-13, 0.2]),
    )
    assert kept(k="1", correlation=1.0) == [1]


def test_attack_classes_are_told_apart_where_the_task_has_them():
    rng = np.random.default_rng(0)
    y = rng.integers(0, 3, 3_000).astype(np.int16)
    x = np.stack([y > 0, y == 2], axis=1) + 0.3 * rng.normal(size=(3_000, 2))
    x[:, 0] += rng.normal(size=3_000)
    best = []
    for labels in (y, np.minimum(y, 1)):
        select = Select(k="1")
        select.fit(x.astype(np.float32), labels.astype(np.int16))
        best.append(select.state()["kept"].tolist())
    assert best[0] == [1]
    assert fitted(k="1").state()["gain"].shape == (6,)


def test_a_restored_featurizer_keeps_the_same_columns(tmp_path):
    x, _ = rows()
    select, again = fitted(k="2"), Select(k="2")
    np.savez(tmp_path / "state.npz", **select.state())
    with np.load(tmp_path / "state.npz", allow_pickle=False) as state:
        again.restore(state)
    np.testing.assert_array_equal(again.transform(x), select.transform(x))


def test_constant_columns_alone_are_refused():
    with pytest.raises(CellError) as error:
        Select().fit(np.ones((9, 4), np.float32), np.arange(9, dtype=np.int16) % 2)
    assert str(error.value) == (
        "select has nothing to keep: all 4 columns are constant in the rows it is fitted on; "
        "use another split or featurizer"
    )


def test_no_rows_are_refused():
    with pytest.raises(CellError) as error:
        Select().fit(np.ones((0, 4), np.float32), np.zeros(0, np.int16))
    assert str(error.value) == "select needs at least one row and is given none: use more data"


def test_transform_before_fit_is_refused():
    with pytest.raises(RuntimeError) as error:
        Select().transform(np.ones((1, 4), np.float32))
    assert str(error.value) == "select was not fitted: call fit or restore before transform"


def test_restoring_imports_no_scikit_learn():
    code = "import sys, idsbench_sklearn.select; print('sklearn' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_in_a_chain_the_next_featurizer_sees_the_kept_columns_alone():
    x, y = rows()
    chain = FeaturizerChain(
        [
            {"build": "idsbench_sklearn.select:Select", "parameters": {"k": "3"}},
            {"build": "idsbench_sklearn.table:Table", "parameters": {"scale": "standard"}},
        ]
    )
    chain.fit(x, y)
    alone = Table("standard")
    alone.fit(x[:, [0, 3, 5]], y)
    out = chain.transform(x)
    np.testing.assert_array_equal(out, alone.transform(x[:, [0, 3, 5]]))
    assert chain.layout(out).shape == (2_000, 3)


NAMES = ("a", "noisy copy of f", "constant", "d", "e", "f")


def test_it_says_which_columns_it_kept_and_why_not_the_others():
    told = fitted(k="2").describe(NAMES)
    assert told["columns"] == ["d", "f"]
    assert told["gain_bits"][1] > told["gain_bits"][0] > 0.1
    (pair,) = told["correlated"]
    assert (pair["column"], pair["with"]) == ("noisy copy of f", "f")
    assert 0.95 < pair["r"] < 1
    assert told["less_gain"] == ["a", "e"]
    assert told["constant"] == ["constant"]


def test_what_it_says_survives_being_saved_and_names_the_columns_of_the_next_stage():
    select = Select(k="2")
    select.restore(fitted(k="2").state())
    assert select.describe(NAMES) == fitted(k="2").describe(NAMES)
    chain = FeaturizerChain([])
    chain.stages = [select, Select(k="1")]
    chain.stages[1].fit(select.transform(rows()[0]), rows()[1])
    assert [own["columns"] for own in chain.describe(NAMES)] == [["d", "f"], ["f"]]
