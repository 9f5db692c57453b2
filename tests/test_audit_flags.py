"""Every prepared entry carries flags; what each step saw is kept; cheats end as one sentence."""

from __future__ import annotations

import hashlib
import time
from pathlib import Path

import numpy as np
import pytest

from idsbench.audit_flags import MOST_ROWS, quick_flags
from idsbench.errors import CellError
from idsbench.flags import FLAGS
from idsbench.plan import Request, make_plan
from idsbench.prepare import prepare
from idsbench.rowstore import Part, open_part, read_json, save_table
from idsbench.run import Options, run
from idsbench.values import Labels, Table
from idsbench.vectors import combine, row_hashes
from idsbench.view import SilentView

N = 1200
RULES = {
    "clean": {"fit_on": "train", "balance": "train"},
    "paper-train": {"fit_on": "table", "balance": "train"},
    "paper-whole": {"fit_on": "table", "balance": "table"},
}


def _table(**changes) -> Table:
    rng = np.random.default_rng(0)
    attack = rng.choice(3, size=N, p=[0.4, 0.35, 0.25]).astype(np.int16)
    x = (rng.normal(size=(N, 4)) + 0.4 * attack[:, None]).astype(np.float32)
    fields = {
        "x": x,
        "columns": ("a", "b", "c", "d"),
        "labels": {"binary": Labels((attack > 0).astype(np.int16), ("benign", "attack"))},
        "attack": Labels(attack, ("benign", "dos", "scan")),
        **changes,
    }
    return Table(**fields)


def _named(build: str, **parameters) -> dict:
    return {"build": build, "parameters": parameters}


@pytest.fixture
def made(tmp_path):
    """Prepare a table and give the folder of the result."""

    def work(table: Table | None = None, rules: str = "clean", **changes) -> Path:
        table = table or _table()
        source, out = tmp_path / "table", tmp_path / "out"
        source.mkdir()
        out.mkdir()
        save_table(source, table, combine(row_hashes(table.x), table.attack.codes))
        job = {
            "table": str(source),
            "task": "binary",
            "protocol": _named("idsbench.builtin.stratified:StratifiedSplit"),
            "sampler": _named("idsbench_sklearn.unsampled:Unsampled"),
            "featurizers": [_named("idsbench_sklearn.table:Table", scale="standard")],
            "seed": 0,
            **RULES[rules],
            **changes,
        }
        prepare(job, out)
        return out

    return work


def _flags(folder: Path) -> list[str]:
    return read_json(folder / "meta.json")["flags"]


def test_clean_rows_raise_no_flag(made):
    assert _flags(made()) == []


def _column(change) -> Table:
    table = _table()
    change(table)
    return table


def _copied(table: Table) -> None:
    noise = np.random.default_rng(1).normal(size=N) * 0.3
    table.x[:, 2] = table.labels["binary"].codes + noise


def _contradicting(table: Table) -> None:
    table.x[:400] = table.x[0]


def _collapsed(table: Table) -> None:
    scan = np.flatnonzero(table.attack.codes == 2)
    table.x[scan] = table.x[scan[np.arange(len(scan)) % 5]]


@pytest.mark.parametrize(
    ("table", "flags"),
    [
        (_column(_copied), {"one-column-shortcut"}),
        (_column(lambda table: table.x[:, 1].fill(7)), {"constant-columns"}),
        (_column(lambda table: np.copyto(table.x[:, 3], table.x[:, 0])), {"repeated-columns"}),
        (_column(_contradicting), {"conflicting-labels"}),
        (_column(_collapsed), {"class-collapse"}),
        (_table(group=np.arange(N) // 3, group_name="run"), {"groups-on-two-sides"}),
        (_table(time=np.where(_table().attack.codes == 0, 5.0, 9.0)), {"benign-single-capture"}),
        (
            _table(attack=Labels(np.sort(_table().attack.codes), ("benign", "dos", "scan"))),
            {"label-ordered-rows"},
        ),
    ],
    ids=lambda one: next(iter(one)) if isinstance(one, set) else "",
)
def test_each_fault_of_the_rows_raises_its_flag(made, table, flags):
    assert set(_flags(made(table))) == flags <= set(FLAGS)


FLOW = (
    "Flow_Duration",
    "Flow_IAT_Mean",
    "Flow_IAT_Std",
    "Fwd_IAT_Tot",
    "Flow_Byts/s",
    "Fwd_Pkts/s",
)


@pytest.mark.parametrize(("share", "flags"), [(0.5, ["impossible-values"]), (0.0, [])])
def test_flows_without_a_packet_from_their_initiator_are_impossible(made, share, flags):
    rng = np.random.default_rng(1)
    x = rng.uniform(1, 2, size=(N, 6)).astype(np.float32)
    x[: int(share * N), 5] = 0
    assert _flags(made(_table(x=x, columns=FLOW))) == flags


@pytest.mark.parametrize("rules", ["paper-train", "paper-whole"])
def test_a_featurizer_that_was_fitted_on_test_rows_is_flagged_by_the_rows_it_saw(made, rules):
    assert "scaled-before-split" in _flags(made(rules=rules))


@pytest.mark.parametrize("rules", list(RULES))
def test_the_ids_of_the_rows_that_each_step_saw_are_kept_with_their_hash(made, rules):
    folder = made(rules=rules)
    train = np.sort(open_part(folder, "train").base)
    everything = np.arange(N)
    expected = {
        "fit": train if rules == "clean" else everything,
        "sampler": everything if rules == "paper-whole" else train,
    }
    for what, ids in read_json(folder / "meta.json")["saw_rows"].items():
        kept = np.load(folder / f"saw_{what}.npy", allow_pickle=False)
        assert np.array_equal(kept, expected[what])
        digest = hashlib.sha256(kept.astype(np.int64).tobytes()).hexdigest()
        assert ids == {"rows": len(kept), "sha256": digest}


class PixelOfTheLabel:
    """Remembers which label each row had in fit and writes it into the first pixel."""

    def fit(self, x, y) -> None:
        self.known = {row.tobytes(): float(label) for row, label in zip(x, y, strict=True)}

    def transform(self, x):
        pixel = [self.known.get(row.tobytes(), 0.0) for row in x]
        return np.column_stack([pixel, x]).astype(np.float32)

    def layout(self, x):
        return x[:, None, :, None]

    def state(self):
        return {}

    def restore(self, state) -> None: ...


class RowsOfOneImage(PixelOfTheLabel):
    """Makes one image of 27 consecutive rows."""

    def transform(self, x):
        return x

    def layout(self, x):
        return np.stack([np.roll(x, k, axis=0) for k in range(27)], axis=1)[..., None]


class RowNumber(PixelOfTheLabel):
    """Adds the place of each row."""

    def transform(self, x):
        return x + np.arange(len(x), dtype=np.float32)[:, None]


@pytest.mark.parametrize(
    ("cheat", "sentence"),
    [
        (
            "PixelOfTheLabel",
            "the featurizer remembers the rows it was fitted on: feature 0 jumps whichever column "
            "of a training row is nudged by one part in 100,000",
        ),
        *(
            (
                cheat,
                "the featurizer does not work row by row: with rows shuffled or dropped, transform "
                "or layout gave other values for the same rows",
            )
            for cheat in ("RowsOfOneImage", "RowNumber")
        ),
    ],
)
def test_a_cheating_featurizer_ends_the_preparation_with_what_it_does(made, cheat, sentence):
    with pytest.raises(CellError) as caught:
        made(featurizers=[_named(f"{__name__}:{cheat}")])
    assert str(caught.value) == sentence


class PixelOfAColumn(PixelOfTheLabel):
    """Lays out a pixel that the numeric stage does not have: here the sign of two columns."""

    def fit(self, x, y) -> None: ...

    def transform(self, x):
        return x

    def layout(self, x):
        return np.column_stack([x, x[:, 0] * x[:, 1] > 0])[:, None, :, None].astype(np.float32)


def test_a_pixel_that_tells_the_class_is_flagged_where_no_feature_does(made):
    table = _table()
    attack = (table.x[:, 0] * table.x[:, 1] > 0).astype(np.int16)
    labels = Labels(attack, ("benign", "attack"))
    table = _table(labels={"binary": labels}, attack=labels)
    assert _flags(made(table, featurizers=[_named(f"{__name__}:PixelOfAColumn")])) == [
        "one-column-shortcut"
    ]


def _big(columns: int) -> tuple[Table, dict[str, Part]]:
    rng = np.random.default_rng(0)
    rows = 2 * MOST_ROWS
    x = rng.normal(size=(rows, columns)).astype(np.float32)
    y = (x[:, 0] + rng.normal(size=rows) > 0).astype(np.int16)
    labels = Labels(y, ("benign", "attack"))
    names = tuple(f"c{i}" for i in range(columns))
    table = Table(x, names, {"binary": labels}, labels, np.arange(rows) // 3, "run")
    parts = {}
    for name, low, high in (("train", 0, 70), ("valid", 70, 85), ("test", 85, 100)):
        index = np.arange(rows * low // 100, rows * high // 100)
        made = np.zeros(len(index), dtype=bool)
        parts[name] = Part(x[index], y[index], index, index, made)
    return table, parts


def test_the_flags_of_a_large_entry_take_half_a_second():
    table, parts = _big(77)
    seconds = []
    for _ in range(3):
        started = time.process_time()
        flags = quick_flags(table, parts, lambda x: x, parts["train"].base)
        seconds.append(time.process_time() - started)
    assert flags == []
    assert min(seconds) < 0.5


def test_a_record_carries_the_flags_and_what_fitting_saw(faults, tmp_path):
    request = Request(models="faulty[fault=good]", datasets="toy", baselines=False)
    (record,) = run(faults, make_plan(faults, request), Options(tmp_path), SilentView())
    assert record["status"] == "ok"
    assert "groups-on-two-sides" in record["flags"]
    assert record["rows"]["saw_rows"]["fit"]["rows"] == record["rows_train"]
