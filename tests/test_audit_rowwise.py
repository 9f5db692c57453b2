"""A component that cheats with other rows, with memory or with order is caught while it runs."""

from __future__ import annotations

import numpy as np
import pytest

from idsbench.audit_rowwise import check_featurizer, check_scorer, check_transformed, some_rows
from idsbench.components import FeaturizerChain
from idsbench.errors import CellError
from idsbench.measure import measure
from idsbench.prepare import prepare
from idsbench.rowstore import save_table
from idsbench.train import train
from idsbench.values import Fit, Labels, Table
from idsbench.vectors import combine, row_hashes

RNG = np.random.default_rng(0)
X = RNG.normal(size=(200, 5)).astype(np.float32) * np.array([1, 10, 100, 1e4, 1e-3], np.float32)
Y = (X[:, 0] > 0.5).astype(np.int16)
NOT_ROW_BY_ROW = (
    "the featurizer does not work row by row: with rows shuffled or dropped, transform or layout "
    "gave other values for the same rows"
)


class Plain:
    """Standardises; what each cheat does differently is in its own method."""

    def fit(self, x, y) -> None:
        self.mean, self.std = x.mean(axis=0), x.std(axis=0)

    def transform(self, x):
        return (x - self.mean) / self.std

    def layout(self, x):
        return x

    def state(self):
        return {"mean": self.mean, "std": self.std}

    def restore(self, state) -> None: ...


class Remembers(Plain):
    """Writes the label of a row that it was fitted on into a pixel; unseen rows get a half."""

    def fit(self, x, y) -> None:
        super().fit(x, y)
        self.known = {row.tobytes(): float(label) for row, label in zip(x, y, strict=True)}

    def layout(self, x):
        return x[:, None, :, None]

    def transform(self, x):
        pixel = [self.known.get(row.tobytes(), 0.5) for row in x]
        return np.column_stack([super().transform(x), pixel])


class MarksRows(Remembers):
    """Only says whether it was fitted on a row."""

    def transform(self, x):
        seen = [row.tobytes() in self.known for row in x]
        return np.column_stack([Plain.transform(self, x), seen])


class UsesOrder(Plain):
    """Adds the number of the row."""

    def transform(self, x):
        return super().transform(x) + np.arange(len(x))[:, None]


class UsesBatch(Plain):
    """Scales by the rows it happens to be given."""

    def transform(self, x):
        return (x - x.mean(axis=0)) / (x.std(axis=0) + 1)


class Neighbours(Plain):
    """Builds an image of several consecutive rows, as if they were one."""

    def layout(self, x):
        return np.stack([np.roll(x, k, axis=0) for k in range(27)], axis=1)[..., None]


class FitsAgain(Plain):
    """Is fitted again whenever it transforms."""

    def transform(self, x):
        self.fit(x, None)
        return super().transform(x)


def _chain(featurizer) -> FeaturizerChain:
    chain = FeaturizerChain([])
    chain.stages = [featurizer]
    chain.fit(X[:100], Y[:100])
    return chain


def _caught(featurizer) -> str:
    with pytest.raises(CellError) as caught:
        check_featurizer(_chain(featurizer), X[:64], X[100:164])
    return str(caught.value)


@pytest.mark.parametrize("cheat", [UsesOrder, UsesBatch, Neighbours])
def test_a_featurizer_that_looks_at_other_rows_is_caught(cheat):
    assert _caught(cheat()) == NOT_ROW_BY_ROW


@pytest.mark.parametrize("cheat", [Remembers, MarksRows])
def test_a_featurizer_that_remembers_rows_is_caught_by_the_pixel_that_tells(cheat):
    assert _caught(cheat()) == (
        "the featurizer remembers the rows it was fitted on: feature 5 jumps whichever column of a "
        "training row is nudged by one part in 100,000"
    )


def test_a_featurizer_that_is_fitted_again_in_transform_is_caught():
    chain = _chain(Plain())
    chain.stages = [FitsAgain()]
    chain.stages[0].fit(X[:100], Y[:100])
    with pytest.raises(CellError) as caught:
        check_featurizer(chain, X[:64], X[100:164])
    assert str(caught.value) == (
        "the featurizer's transform changes what was fitted: fit it in fit, on training rows, and "
        "leave it alone afterwards"
    )


def test_a_part_that_was_transformed_as_a_whole_is_caught():
    chain = _chain(Plain())
    check_transformed(chain, X[:64], chain.transform(X)[:64])
    with pytest.raises(CellError) as caught:
        check_transformed(chain, X[:64], chain.transform(X)[64:128])
    assert str(caught.value) == (
        "the featurizer does not work row by row: a part of the split was given features that its "
        "rows do not have by themselves"
    )


@pytest.mark.parametrize("scale", ["standard", "log", "quantile", "minmax", "none"])
@pytest.mark.parametrize(
    "x", [X, np.round(X), (X > 0).astype(np.float32)], ids=["fine", "whole", "binary"]
)
def test_every_table_scale_passes_on_fine_coarse_and_binary_columns(scale, x):
    build = {"build": "idsbench_sklearn.table:Table", "parameters": {"scale": scale}}
    chain = FeaturizerChain([build])
    chain.fit(x[:100], Y[:100])
    check_featurizer(chain, x[:64], x[100:164])


class Rowwise:
    """Scores each row by itself."""

    def scores(self, x):
        return 1 / (1 + np.exp(-x[:, 0]))


class ByOrder:
    """The score is the place of the row: of rows ordered by label, the label."""

    def scores(self, x):
        return np.arange(len(x)) / len(x)


class ByCompany:
    """The score is the rank of a row among those it came with."""

    def scores(self, x):
        return np.argsort(np.argsort(x[:, 0])) / len(x)


def _asked(scorer, rows: int = 64) -> None:
    scores = scorer.scores(X)
    some = some_rows(len(X))[:rows]
    check_scorer(scorer, X[some], scores[some])


def test_a_scorer_that_works_row_by_row_passes():
    _asked(Rowwise())


@pytest.mark.parametrize(
    ("cheat", "rows", "off"), [(ByOrder, 64, 64), (ByCompany, 20, 20)], ids=["order", "company"]
)
def test_a_model_that_uses_the_order_or_company_of_rows_is_caught(cheat, rows, off):
    with pytest.raises(CellError) as caught:
        _asked(cheat(), rows)
    sentence = str(caught.value)
    count = int(sentence.split(": ")[1].split()[0])
    assert sentence == (
        f"the model's scores depend on the order or number of rows: {count} of {rows} test rows got "
        "another score when they were asked again in other company"
    )
    assert count > off * 0.7


def test_some_rows_are_at_most_64_evenly_spread():
    assert some_rows(5).tolist() == [0, 1, 2, 3, 4]
    assert some_rows(0).tolist() == []
    chosen = some_rows(1000)
    assert (len(chosen), chosen[0], chosen[-1]) == (64, 0, 999)


class OrderModel:
    """A detector that scores a row by its place among those it is given."""

    def fit(self, train, valid, rng, progress) -> Fit:
        return Fit()

    def scores(self, x):
        return np.linspace(0, 1, len(x))

    def parameter_count(self) -> int:
        return 0

    def macs(self) -> int:
        return 0

    def save(self, folder) -> None:
        (folder / "nothing").write_text("")

    def restore(self, folder, threads) -> None: ...


def test_a_run_ends_with_the_reason_where_a_model_uses_the_order_of_test_rows(tmp_path):
    def named(build: str, **parameters) -> dict:
        return {"build": build, "parameters": parameters}

    folders = {name: tmp_path / name for name in ("table", "prepared", "training", "out")}
    for folder in folders.values():
        folder.mkdir()
    labels = Labels(Y, ("benign", "attack"))
    table = Table(X, tuple("abcde"), {"binary": labels}, labels)
    save_table(folders["table"], table, combine(row_hashes(X), Y))
    job = {
        **{name: str(folder) for name, folder in folders.items()},
        **{"task": "binary", "seed": 0, "max_rows": None, "fit_on": "train", "balance": "train"},
        **{
            "cell": "0",
            "on": "cpu",
            "benign_rows_per_day": None,
            "weighted": False,
            "measure": "quick",
        },
        "protocol": named("idsbench.builtin.stratified:StratifiedSplit"),
        "sampler": named("idsbench_sklearn.unsampled:Unsampled"),
        "featurizers": [named("idsbench_sklearn.table:Table", scale="standard")],
        "model": named(f"{__name__}:OrderModel"),
        "target": named("idsbench.builtin.cpu:Cpu", threads=1),
    }
    prepare(job, folders["prepared"])
    train(job, folders["training"])
    with pytest.raises(CellError, match=r"^the model's scores depend on the order or number of"):
        measure(job, folders["out"])
