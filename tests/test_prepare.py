"""Rows go through split, fit and resampling in the order that the protocol claims."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from idsbench.contract_checks import PARTS, check_resampled, check_split, check_table
from idsbench.errors import CellError, CellSkipped
from idsbench.prepare import load, prepare
from idsbench.rowstore import (
    Part,
    open_part,
    open_state,
    open_table,
    read_json,
    row_hashes_of,
    save_table,
)
from idsbench.values import Labels, Note, Resampled, Split, Table
from idsbench.vectors import combine, row_hashes

N = 400
PROTOCOLS = {
    "clean": {"fit_on": "train", "balance": "train"},
    "paper-train": {"fit_on": "table", "balance": "train"},
    "paper-whole": {"fit_on": "table", "balance": "table"},
}


def _table(rows: int = N, **changes) -> Table:
    rng = np.random.default_rng(5)
    attack = rng.choice(3, size=rows, p=[0.25, 0.6, 0.15]).astype(np.int16)
    x = (rng.normal(size=(rows, 3)) * [1, 10, 100] + attack[:, None]).astype(np.float32)
    binary = Labels((attack > 0).astype(np.int16), ("benign", "attack"))
    fields = {
        "x": x,
        "columns": ("a", "b", "c"),
        "labels": {"binary": binary},
        "attack": Labels(attack, ("benign", "dos", "scan")),
        **changes,
    }
    return Table(**fields)


class Spy:
    """A sampler that duplicates the last row as if it had made it, and keeps what it was given."""

    seen: list = []

    def resample(self, x, y, rng) -> Resampled:
        Spy.seen.append((np.array(x), np.array(y), rng.random()))
        base = np.append(np.arange(len(y)), len(y) - 1)
        neighbour = np.append(np.arange(len(y)), 0)
        return Resampled(x[base], y[base], base, neighbour, base != np.arange(len(base)))


class Watch:
    """A featurizer that keeps what it was fitted on and what it was asked to transform."""

    fitted: list = []
    transformed: list = []

    def fit(self, x, y) -> None:
        Watch.fitted.append((np.array(x), np.array(y)))

    def transform(self, x):
        Watch.transformed.append(len(x))
        return x

    def layout(self, x):
        return x

    def state(self):
        return {}

    def restore(self, state) -> None: ...


@pytest.fixture
def made(tmp_path):
    """Prepare a table and give the folder of the result."""
    count = iter(range(100))

    def work(rules: str = "clean", table: Table | None = None, **changes) -> Path:
        base = tmp_path / str(next(count))
        source, out = base / "table", base / "out"
        for folder in (source, out):
            folder.mkdir(parents=True)
        table = table or _table()
        save_table(source, table, combine(row_hashes(table.x), table.attack.codes))
        job = {
            "table": str(source),
            "task": "binary",
            "protocol": _named("idsbench.builtin.stratified:StratifiedSplit"),
            "sampler": _named("idsbench_sklearn.unsampled:Unsampled"),
            "featurizers": [_named("idsbench_sklearn.table:Table", scale="standard")],
            "seed": 0,
            **PROTOCOLS[rules],
            **changes,
        }
        prepare(job, out)
        return out

    return work


def _named(build: str, **parameters) -> dict:
    return {"build": build, "parameters": parameters}


SMOTE = _named("idsbench_sklearn.smote:Smote")
RUS = _named("idsbench_sklearn.rus:Rus")
SPY = _named(f"{__name__}:Spy")
WATCH = [_named(f"{__name__}:Watch")]
TENTH = _named(f"{__name__}:TenthRows")


def _parts(folder: Path) -> dict[str, Part]:
    return {name: open_part(folder, name) for name in PARTS}


def _standard(x: np.ndarray, fitted: np.ndarray) -> np.ndarray:
    wide = fitted.astype(np.float64)
    return ((x - wide.mean(axis=0)) / wide.std(axis=0)).astype(np.float32)


def _spoilt(table: Table, rows: np.ndarray) -> Table:
    x = table.x.copy()
    x[rows] = x[rows] * 1e6 + 7e5
    return replace(table, x=x)


def test_under_clean_nothing_that_is_fitted_changes_with_validation_and_test_rows(made):
    first = made("clean", sampler=SMOTE)
    parts = _parts(first)
    held_out = np.concatenate([parts["valid"].base, parts["test"].base])
    second = made("clean", _spoilt(_table(), held_out), sampler=SMOTE)
    before, after = open_state(first, 0), open_state(second, 0)
    assert before
    assert all(np.array_equal(before[name], after[name]) for name in before)
    assert np.array_equal(open_part(second, "train").x, parts["train"].x)
    assert not np.array_equal(open_part(second, "test").x, parts["test"].x)


@pytest.mark.parametrize("protocol", ["paper-train", "paper-whole"])
def test_under_the_papers_protocols_scaling_has_seen_the_test_rows(made, protocol):
    first = made(protocol)
    second = made(protocol, _spoilt(_table(), open_part(first, "test").base))
    before, after = open_state(first, 0), open_state(second, 0)
    assert not any(np.array_equal(before[name], after[name]) for name in before)
    assert not np.array_equal(open_part(second, "train").x, open_part(first, "train").x)


def test_under_clean_scaling_is_fitted_on_training_rows_alone(made):
    table, parts = _table(), _parts(made("clean"))
    fitted = table.x[parts["train"].base]
    for part in parts.values():
        np.testing.assert_allclose(part.x, _standard(table.x[part.base], fitted), rtol=1e-5)


@pytest.mark.parametrize(
    ("protocol", "rows"), [("clean", 280), ("paper-train", N), ("paper-whole", N)]
)
def test_a_featurizer_is_fitted_on_the_rows_that_the_protocol_says(made, protocol, rows):
    Watch.fitted.clear()
    folder = made(protocol, featurizers=WATCH)
    ((x, y),) = Watch.fitted
    assert len(x) == len(y) == rows
    if protocol == "clean":
        table, train = _table(), open_part(folder, "train").base
        assert np.array_equal(x, table.x[train])
        assert np.array_equal(y, table.labels["binary"].codes[train])


@pytest.mark.parametrize("protocol", ["clean", "paper-train"])
def test_the_sampler_sees_scaled_training_rows_only(made, protocol):
    Spy.seen.clear()
    parts = _parts(made(protocol, sampler=SPY))
    ((x, y, _),) = Spy.seen
    real = ~parts["train"].synthetic
    assert np.array_equal(x, parts["train"].x[real])
    assert np.array_equal(y, parts["train"].y[real])
    train = set(parts["train"].base.tolist())
    assert not train & set(parts["test"].base.tolist() + parts["valid"].base.tolist())
    if protocol == "clean":
        np.testing.assert_allclose(x.mean(axis=0), 0, atol=1e-5)


def test_under_paper_whole_the_sampler_sees_the_whole_table_before_the_split(made):
    Spy.seen.clear()
    folder = made("paper-whole", sampler=SPY)
    ((x, y, _),) = Spy.seen
    table = _table()
    np.testing.assert_allclose(x, _standard(table.x, table.x), rtol=1e-4, atol=1e-5)
    assert np.array_equal(y, table.labels["binary"].codes)
    assert sum(len(part.y) for part in _parts(folder).values()) == N + 1


@pytest.mark.parametrize("protocol", ["clean", "paper-train"])
def test_validation_and_test_rows_are_real_and_at_the_original_mix(made, protocol):
    table, parts = _table(), _parts(made(protocol, sampler=SMOTE))
    assert parts["train"].synthetic.any()
    for name in ("valid", "test"):
        part = parts[name]
        assert not part.synthetic.any()
        assert np.array_equal(part.base, part.neighbour)
        assert len(set(part.base.tolist())) == len(part.base) == 60
        assert np.array_equal(part.y, table.labels["binary"].codes[part.base])
        assert part.y.mean() == pytest.approx(table.labels["binary"].codes.mean(), abs=0.02)


def test_under_paper_whole_every_part_is_balanced_and_holds_synthetic_rows(made):
    for part in _parts(made("paper-whole", sampler=SMOTE)).values():
        assert part.y.mean() == pytest.approx(0.5, abs=0.01)
        assert part.synthetic.any()


@pytest.mark.parametrize("protocol", list(PROTOCOLS))
def test_parents_are_rows_of_the_table_and_made_rows_lie_between_them(made, protocol):
    table = _table()
    folder = made(protocol, sampler=SMOTE)
    parts = _parts(folder)
    codes = table.labels["binary"].codes
    fitted = table.x[parts["train"].base[~parts["train"].synthetic]]
    scaled = _standard(table.x, fitted if protocol == "clean" else table.x)
    for part in parts.values():
        base, neighbour = scaled[part.base], scaled[part.neighbour]
        real = ~part.synthetic
        assert np.array_equal(part.base[real], part.neighbour[real])
        np.testing.assert_allclose(part.x[real], base[real], rtol=1e-4, atol=1e-4)
        assert np.array_equal(codes[part.base], part.y)
        assert np.array_equal(codes[part.neighbour], part.y)
        low, high = np.minimum(base, neighbour) - 1e-3, np.maximum(base, neighbour) + 1e-3
        assert ((part.x >= low) & (part.x <= high)).all()
    if protocol != "paper-whole":
        allowed = set(parts["train"].base[~parts["train"].synthetic].tolist())
        made_rows = parts["train"].synthetic
        used = {*parts["train"].base[made_rows], *parts["train"].neighbour[made_rows]}
        assert used <= allowed


@pytest.mark.parametrize("protocol", ["clean", "paper-train"])
def test_all_samplers_and_featurizers_of_a_seed_share_one_split(made, protocol):
    log = [_named("idsbench_sklearn.table:Table", scale="log")]
    folders = [
        made(protocol),
        made(protocol, sampler=SMOTE),
        made(protocol, sampler=RUS),
        made(protocol, featurizers=log),
    ]
    for name in ("valid", "test"):
        rows = [open_part(folder, name).base.tolist() for folder in folders]
        assert all(found == rows[0] for found in rows)
    train = open_part(folders[0], "train").base
    assert np.array_equal(open_part(folders[3], "train").base, train)
    assert set(open_part(folders[2], "train").base.tolist()) <= set(train.tolist())


def test_another_seed_gives_another_split_and_other_samples(made):
    Spy.seen.clear()
    one, same, other = (made(sampler=SPY, seed=seed) for seed in (0, 0, 1))
    test = [open_part(folder, "test").base for folder in (one, same, other)]
    assert np.array_equal(test[0], test[1])
    assert not np.array_equal(test[0], test[2])
    draws = [draw for _, _, draw in Spy.seen]
    assert draws[0] == draws[1] != draws[2]


def test_parts_and_rows_that_no_part_uses_are_counted(made):
    folder = made(sampler=RUS)
    parts, meta = _parts(folder), read_json(folder / "meta.json")
    used = {int(row) for part in parts.values() for row in part.base}
    assert meta["unused"] == N - len(used) > 0
    for name, part in parts.items():
        assert meta["parts"][name] == {
            "rows": len(part.y),
            "benign": int(np.sum(part.y == 0)),
            "synthetic": 0,
        }
    assert read_json(made() / "meta.json")["unused"] == 0
    assert read_json(made(sampler=SMOTE) / "meta.json")["parts"]["train"]["synthetic"] > 0


@pytest.mark.parametrize(
    ("protocol", "saw"),
    [
        ("clean", {"fit": "train", "sampler": "train"}),
        ("paper-train", {"fit": "table", "sampler": "train"}),
        ("paper-whole", {"fit": "table", "sampler": "table"}),
    ],
)
def test_it_is_recorded_what_fitting_and_the_sampler_saw(made, protocol, saw):
    assert read_json(made(protocol) / "meta.json")["saw"] == saw


class TenthRows:
    """A protocol that uses a tenth of the rows for each part."""

    rows: list = []

    def split(self, rows, rng) -> Split:
        TenthRows.rows.append(rows)
        n = len(rows.y)
        order = np.random.default_rng(0).permutation(n)
        return Split(*np.split(order[: 3 * (n // 10)], 3))


def test_rows_that_a_protocol_leaves_out_are_counted_as_unused(made):
    folder = made(protocol=TENTH)
    assert read_json(folder / "meta.json")["unused"] == N - 3 * (N // 10)


def test_a_protocol_sees_labels_groups_times_and_vectors_of_each_row(made):
    TenthRows.rows.clear()
    group, time = np.arange(N) // 7, np.linspace(0, 9, N)
    table = _table(group=group, group_name="run", time=time)
    made("clean", table, protocol=TENTH)
    (rows,) = TenthRows.rows
    assert np.array_equal(rows.y, table.labels["binary"].codes)
    assert np.array_equal(rows.group, group)
    assert np.array_equal(rows.time, time)
    assert np.array_equal(rows.vector, row_hashes(table.x))


def test_under_paper_whole_a_made_row_has_its_base_parents_group_time_and_attack(made):
    TenthRows.rows.clear()
    table = _table(group=np.arange(N) // 7, group_name="run", time=np.linspace(0, 9, N))
    made("paper-whole", table, sampler=SPY, protocol=TENTH)
    (rows,) = TenthRows.rows
    base = np.append(np.arange(N), N - 1)
    assert np.array_equal(rows.group, table.group[base])
    assert np.array_equal(rows.time, table.time[base])
    assert np.array_equal(rows.attack.codes, table.attack.codes[base])
    assert len(rows.vector) == N + 1


def test_a_task_that_the_data_do_not_label_is_skipped(made):
    with pytest.raises(CellSkipped) as caught:
        made(task="category")
    assert str(caught.value) == "the data have no labels for the task 'category'"


@pytest.mark.parametrize(
    ("protocol", "sentence"),
    [
        ("clean", "the training rows hold one class only: there is nothing to learn"),
        ("paper-whole", "the whole table's rows hold one class only: there is nothing to learn"),
    ],
)
def test_rows_of_one_class_are_refused(made, protocol, sentence):
    codes = Labels(np.zeros(N, dtype=np.int16), ("benign", "attack"))
    with pytest.raises(CellError) as caught:
        made(protocol, _table(labels={"binary": codes}))
    assert str(caught.value) == sentence


class Reader:
    """A dataset that gives the table of this module, with one note."""

    def __init__(self, file=None) -> None: ...

    def load(self, files, layout) -> Table:
        assert all(isinstance(path, Path) for path in files)
        return replace(_table(), notes=(Note(f"{layout}: {files[0].name}", 1),))


def test_a_table_is_loaded_with_hashes_of_its_rows_and_their_labels(tmp_path):
    job = {"dataset": _named(f"{__name__}:Reader"), "files": ["/x/y.csv"], "layout": "flat"}
    assert load(job, tmp_path) == {"rows": N, "columns": 3}
    table = open_table(tmp_path)
    assert table.notes == (Note("flat: y.csv", 1),)
    expected = combine(row_hashes(table.x), np.asarray(table.attack.codes))
    assert np.array_equal(row_hashes_of(tmp_path), expected)


def _codes(*values: int) -> Labels:
    return Labels(np.array(values, dtype=np.int16), ("benign", "attack"))


SMALL = Table(
    np.zeros((3, 2), dtype=np.float32), ("a", "b"), {"binary": _codes(0, 1, 1)}, _codes(0, 1, 1)
)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"columns": ("a",)}, "the dataset gave x of shape (3, 2) for 1 columns"),
        ({"x": np.zeros(3)}, "the dataset gave x of shape (3,) for 2 columns"),
        ({"x": np.zeros((0, 2))}, "the dataset gave x of shape (0, 2) for 2 columns"),
        (
            {"x": np.array([[0, 1], [1, np.inf], [0, 0]])},
            "the dataset gave values that are not finite",
        ),
        ({"labels": {}}, "the dataset gave no binary labels"),
        ({"labels": {"binary": _codes(0, 1)}}, "the dataset gave 2 binary labels for 3 rows"),
        ({"attack": _codes(0)}, "the dataset gave 1 attack labels for 3 rows"),
        (
            {"labels": {"binary": _codes(0, 1, 2)}},
            "the dataset gave a binary label outside its classes",
        ),
        ({"attack": _codes(0, 1, -1)}, "the dataset gave a attack label outside its classes"),
        ({"group": np.zeros(2)}, "the dataset gave 2 group values for 3 rows"),
        ({"time": np.zeros(4)}, "the dataset gave 4 time values for 3 rows"),
    ],
)
def test_a_table_that_breaks_the_contract_is_refused(changes, sentence):
    check_table(SMALL)
    with pytest.raises(CellError) as caught:
        check_table(replace(SMALL, **changes))
    assert str(caught.value) == sentence


def test_a_value_that_is_not_finite_is_found_in_a_long_table():
    table = _table(rows=70_000)
    table.x[69_999, 2] = np.nan
    with pytest.raises(CellError) as caught:
        check_table(table)
    assert str(caught.value) == "the dataset gave values that are not finite"


@pytest.mark.parametrize(
    ("parts", "sentence"),
    [
        (([0, 1], [1], [2]), "the protocol put 1 rows on two sides of the split"),
        (([0, 0], [1], [2]), "the protocol put 1 rows on two sides of the split"),
        (([0], [], [2]), "the protocol left the valid part empty"),
        (([0], [1], [3]), "the protocol's test part names rows that do not exist"),
        (([-1], [1], [2]), "the protocol's train part names rows that do not exist"),
    ],
)
def test_a_split_that_breaks_the_contract_is_refused(parts, sentence):
    check_split(Split(np.array([0]), np.array([1]), np.array([2])), 3)
    with pytest.raises(CellError) as caught:
        check_split(Split(*(np.array(part, dtype=np.int64) for part in parts)), 3)
    assert str(caught.value) == sentence


def _resampled(**changes) -> Resampled:
    n = np.arange(3)
    fields = {"x": np.zeros((3, 2)), "y": n, "base": n, "neighbour": n, "synthetic": n > 1}
    return Resampled(**{**fields, **changes})


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"y": np.zeros(2)}, "the sampler gave arrays of lengths [2, 3]"),
        ({"base": np.array([0, 1, 3])}, "the sampler named parents outside the rows it was given"),
        (
            {"neighbour": np.array([0, -1, 2])},
            "the sampler named parents outside the rows it was given",
        ),
        ({"x": np.full((3, 2), np.nan)}, "the sampler gave values that are not finite"),
        (
            {name: np.zeros((0, 2)) for name in ("x", "y", "base", "neighbour", "synthetic")},
            "the sampler gave arrays of lengths [0]",
        ),
    ],
)
def test_what_a_sampler_may_not_give_is_refused(changes, sentence):
    check_resampled(_resampled(), 3)
    with pytest.raises(CellError) as caught:
        check_resampled(_resampled(**changes), 3)
    assert str(caught.value) == sentence
