"""Evidence marks what the protocol gave away, and scores that are no probabilities are refused."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest

from idsbench.components import FeaturizerChain
from idsbench.cost_checks import REQUIRED
from idsbench.energy_rows import Windows
from idsbench.errors import CellError
from idsbench.measure import checked_scores, costs, gather, measure, parent_leaked
from idsbench.prepare import prepare
from idsbench.rowstore import Part, open_part, open_table, read_json, row_hashes_of, save_table
from idsbench.timing import EFFORTS, Effort
from idsbench.train import train
from idsbench.values import Evidence, Labels, Table
from idsbench.vectors import combine, row_hashes

N = 120
PROTOCOLS = {
    "clean": {"fit_on": "train", "balance": "train"},
    "paper-whole": {"fit_on": "table", "balance": "table"},
}


def _table(grouped: bool) -> Table:
    """120 rows, many of them equal; the labels of equal vectors differ now and then."""
    rng = np.random.default_rng(3)
    x = rng.integers(0, 99, size=(90, 2))[rng.integers(0, 90, N)].astype(np.float32)
    attack = rng.choice(3, size=N, p=[0.3, 0.5, 0.2]).astype(np.int16)
    labels = Labels((attack > 0).astype(np.int16), ("benign", "attack"))
    group = np.arange(N, dtype=np.int64) // 4 if grouped else None
    return Table(
        x,
        ("a", "b"),
        {"binary": labels},
        Labels(attack, ("benign", "dos", "scan")),
        group,
        "run" if grouped else "",
    )


def _named(build: str, **parameters) -> dict:
    return {"build": build, "parameters": parameters}


@pytest.fixture
def trained(tmp_path):
    """Prepare and train the baseline `one-rule`; give the job of its measurement."""

    def work(protocol: str, sampler: str, most: int | None = None, grouped: bool = True) -> dict:
        table = _table(grouped)
        folders = {name: tmp_path / name for name in ("table", "prepared", "training")}
        for folder in folders.values():
            folder.mkdir()
        save_table(folders["table"], table, combine(row_hashes(table.x), table.attack.codes))
        job = {
            **{name: str(folder) for name, folder in folders.items()},
            "task": "binary",
            "protocol": _named("idsbench.builtin.stratified:StratifiedSplit"),
            "sampler": _named(f"idsbench_sklearn.{sampler}"),
            "featurizers": [_named("idsbench_sklearn.table:Table", scale="minmax")],
            "model": _named("idsbench.builtin.one_rule:OneRule"),
            "target": _named("idsbench.builtin.cpu:Cpu", threads=1),
            "seed": 2,
            "max_rows": most,
            **PROTOCOLS[protocol],
        }
        prepare(job, folders["prepared"])
        train(job, folders["training"])
        return job

    return work


class ByFirstColumn:
    """A scorer that keeps what it was asked; the score is the first column, so a row tells it."""

    def __init__(self) -> None:
        self.asked: list = []

    def scores(self, x):
        self.asked.append(np.array(x))
        return np.clip(x[:, 0], 0, 1)


def _gathered(job: dict, scorer=None) -> Evidence:
    chain = FeaturizerChain(job["featurizers"])
    chain.restore(Path(job["prepared"]))
    table = open_table(Path(job["table"]))
    return gather(scorer or ByFirstColumn(), chain, table, job)


def _parts(job: dict) -> tuple[Part, Part, Part]:
    return tuple(open_part(Path(job["prepared"]), name) for name in ("train", "valid", "test"))


SMOTE, NONE = "smote:Smote", "unsampled:Unsampled"
CASES = [("clean", SMOTE), ("clean", NONE), ("paper-whole", SMOTE), ("paper-whole", NONE)]


@pytest.mark.parametrize(("protocol", "sampler"), CASES)
def test_marks_are_those_that_looking_at_every_pair_of_rows_gives(trained, protocol, sampler):
    job = trained(protocol, sampler)
    evidence = _gathered(job)
    rows, _, test = _parts(job)
    real = [i for i in range(len(rows.y)) if not rows.synthetic[i]]
    made = [i for i in range(len(rows.y)) if rows.synthetic[i]]
    for t in range(len(test.y)):
        seen = any(np.array_equal(rows.x[i], test.x[t]) for i in real)
        assert evidence.test_seen[t] == seen
        if test.synthetic[t]:
            parents = (test.base[t], test.neighbour[t])
            leaked = any(rows.base[i] in parents for i in real)
        else:
            leaked = any(test.base[t] in (rows.base[i], rows.neighbour[i]) for i in made)
        assert evidence.test_parent_leaked[t] == leaked
    assert evidence.test_seen.any()
    assert not evidence.test_seen.all()
    assert evidence.test_parent_leaked.any() == (protocol == "paper-whole" and sampler == SMOTE)


def test_rows_that_a_cap_kept_from_the_model_are_not_seen(trained):
    job = trained("paper-whole", SMOTE, most=30)
    with np.load(Path(job["training"]) / "received.npz") as received:
        vectors, parents = set(received["vectors"].tolist()), set(received["parents"].tolist())
    evidence = _gathered(job)
    _, _, test = _parts(job)
    expected = [int(v) in vectors for v in row_hashes(np.asarray(test.x))]
    assert evidence.test_seen.tolist() == expected
    real = ~np.asarray(test.synthetic)
    marked = np.array([int(row) in parents for row in test.base])
    assert np.array_equal(evidence.test_parent_leaked[real], marked[real])


@pytest.mark.parametrize(("protocol", "sampler"), CASES)
def test_scores_labels_and_hashes_stand_beside_their_row(trained, protocol, sampler):
    job = trained(protocol, sampler)
    evidence, table = _gathered(job), open_table(Path(job["table"]))
    _, valid, test = _parts(job)
    assert np.array_equal(evidence.test_score, np.clip(test.x[:, 0], 0, 1).astype(np.float64))
    assert np.array_equal(evidence.test_label, test.y)
    assert np.array_equal(evidence.test_attack, table.attack.codes[test.base])
    assert np.array_equal(evidence.test_synthetic, test.synthetic)
    assert np.array_equal(evidence.test_vector, row_hashes(np.asarray(test.x)))
    assert np.array_equal(evidence.test_group, table.group[test.base])
    real = ~np.asarray(test.synthetic)
    hashes = row_hashes_of(Path(job["table"]))
    assert np.array_equal(evidence.test_row[real], hashes[test.base[real]])
    assert not np.isin(evidence.test_row[~real], hashes).any()
    kept = ~np.asarray(valid.synthetic)
    assert np.array_equal(evidence.valid_label, valid.y[kept])
    assert np.array_equal(evidence.valid_group, table.group[valid.base[kept]])
    assert np.array_equal(evidence.valid_score, np.clip(valid.x[kept, 0], 0, 1))


def test_without_a_group_column_equal_vectors_are_a_cluster_with_what_was_made_of_them(trained):
    job = trained("paper-whole", SMOTE, grouped=False)
    evidence, table = _gathered(job), open_table(Path(job["table"]))
    _, _, test = _parts(job)
    chain = FeaturizerChain(job["featurizers"])
    chain.restore(Path(job["prepared"]))
    base = row_hashes(chain.transform(np.asarray(table.x[test.base]))).view(np.int64)
    assert np.array_equal(evidence.test_group, base)
    assert evidence.test_synthetic.any()


def test_a_scorer_is_asked_once_per_part_in_an_order_that_tells_it_nothing(trained):
    job, scorer = trained("clean", NONE), ByFirstColumn()
    _gathered(job, scorer)
    _, valid, test = _parts(job)
    assert len(scorer.asked) == 2
    rows = np.sort(row_hashes(np.asarray(test.x)))
    (given,) = (x for x in scorer.asked if np.array_equal(np.sort(row_hashes(x)), rows))
    assert not np.array_equal(given, test.x)
    assert any(np.array_equal(x, valid.x) for x in scorer.asked)


def test_measuring_again_gives_the_same_evidence_and_scores(trained, tmp_path):
    job = {
        **trained("clean", SMOTE),
        "cell": "ab",
        "on": "cpu",
        "benign_rows_per_day": 1000.0,
        "weighted": False,
        "measure": "quick",
    }
    made = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        measure(job, tmp_path / name)
        stored = read_json(tmp_path / name / "meta.json")
        made.append(((tmp_path / name / "evidence.npz").read_bytes(), stored["scores"]))
    assert made[0] == made[1]
    assert stored["constant_scores"] is False
    assert stored["threads"] == 1
    assert stored["training"] == read_json(Path(job["training"]) / "meta.json")
    assert stored["scores"]["rows_test"] == len(_parts(job)[2].y)
    assert stored["cost"]["featurize_us_per_row"] > 0


@pytest.fixture(autouse=True)
def _stay_on_all_processors(monkeypatch):
    monkeypatch.setattr("idsbench.measure.pin", lambda threads: None)


def _part(base, neighbour, synthetic) -> Part:
    base = np.array(base)
    made = np.array(synthetic, dtype=bool)
    x = np.zeros((len(base), 1), dtype=np.float32)
    return Part(x, np.zeros(len(base), dtype=np.int16), base, np.array(neighbour), made)


@pytest.mark.parametrize(
    ("base", "neighbour", "synthetic", "leaked"),
    [
        (1, 1, False, False),  # in nobody's past
        (5, 5, False, True),  # parent of a training synthetic
        (7, 8, True, False),  # made of rows that were not trained on
        (3, 8, True, True),  # made of a training row
        (8, 3, True, True),  # the other parent was trained on
        (5, 5, True, False),  # its parents made training rows but are none
        (3, 3, False, False),  # a training row itself: `seen` tells that
    ],
)
def test_each_way_to_leak_through_parents_is_marked(base, neighbour, synthetic, leaked):
    test = _part([base], [neighbour], [synthetic])
    marks = parent_leaked(test, rows=np.array([2, 3]), parents=np.array([5, 6]))
    assert marks.tolist() == [leaked]


class Fixed:
    """A scorer that gives what it was told to."""

    def __init__(self, scores) -> None:
        self.given = scores

    def scores(self, x):
        return self.given


X = np.zeros((3, 2), dtype=np.float32)


@pytest.mark.parametrize(
    ("scores", "sentence"),
    [
        ([0.1, 0.2], "the model gave scores of shape (2,) for 3 rows"),
        (0.5, "the model gave scores of shape () for 3 rows"),
        (np.zeros((3, 1, 1)), "the model gave scores of shape (3, 1, 1) for 3 rows"),
        ([0.1, np.nan, np.inf], "the model gave 2 of 3 scores that are not finite numbers"),
        (
            [[0.5, np.nan], [0.5, 0.5], [1, 0]],
            "the model gave 1 of 6 scores that are not finite numbers",
        ),
        (
            [0.1, -0.25, 1.0],
            "the model gave scores from -0.25 to 1, not probabilities from 0 to 1",
        ),
        (
            [0.0, 0.5, 1.001],
            "the model gave scores from 0 to 1.001, not probabilities from 0 to 1",
        ),
    ],
)
def test_scores_that_are_no_probabilities_are_refused(scores, sentence):
    with pytest.raises(CellError) as caught:
        checked_scores(Fixed(scores), X)
    assert str(caught.value) == sentence


@pytest.mark.parametrize("scores", [[0, 1, 0.5], np.full((3, 4), 0.25, dtype=np.float32)])
def test_probabilities_are_taken_as_float64(scores):
    taken = checked_scores(Fixed(scores), X)
    assert taken.dtype == np.float64
    assert np.array_equal(taken, np.asarray(scores))


def test_a_scorer_that_measures_itself_is_asked_and_not_timed_from_here():
    class Elsewhere:
        def scores(self, x):
            raise AssertionError("timed from here")

        def costs(self, x, warm_up_s, seconds):
            told = {"rows": len(x), "windows": (warm_up_s, seconds)}
            numbers = dict.fromkeys(REQUIRED, 1)
            words = {"energy_method": "model", "energy_detail": "a guess", "unmeasured": {}}
            return {**told, **numbers, **words}

    quick = EFFORTS["quick"]
    windows = (quick.warm_up_s, 5 * quick.latency_s)
    found = costs(Elsewhere(), X, quick, ("auto", "cpu"), "afar")
    assert (found["rows"], found["windows"]) == (len(X), windows)


@pytest.mark.parametrize(
    ("meter", "method", "reason"),
    [
        ("none", "none", "no meter was asked for (--meter none)"),
        ("joules", "meter", None),
    ],
)
def test_the_energy_of_a_program_on_this_machine_is_measured_by_the_meter_that_was_asked_for(
    meter, method, reason, tmp_path, monkeypatch
):
    worked = []

    class Program(Fixed):
        def costs(self, x, warm_up_s, seconds):
            numbers = dict.fromkeys(REQUIRED, 1) | {"energy_uj_per_row": None}
            own = {"energy_uj_per_row": "not measured by the program itself"}
            return {**numbers, "energy_method": "none", "energy_detail": "-", "unmeasured": own}

        def work(self, x, seconds):
            worked.append((len(x), seconds))
            time.sleep(seconds)
            path.write_text(str(float(path.read_text()) + 50.0))
            return 1000

    path = tmp_path / "joules"
    path.write_text("0.0")
    which = str(path) if meter == "joules" else meter
    monkeypatch.setattr("idsbench.energy._busy_s", lambda: 0.0)  # others' work is not the point
    found = costs(Program(0.5), X, EFFORTS["quick"], (which, "cpu"), "here")
    assert (found["energy_method"], found["unmeasured"].get("energy_uj_per_row")) == (
        method,
        reason,
    )
    if meter == "joules":
        assert found["energy_uj_per_row"] == pytest.approx(50_000)
        assert {rows for rows, _ in worked} == {len(X)}
        assert found["energy"]["calls"] == 1000 * len(worked)


def test_a_scorer_that_measures_itself_is_held_to_what_a_record_takes():
    class Nowhere(Fixed):
        def costs(self, x, warm_up_s, seconds):
            return {}

    with pytest.raises(CellError) as caught:
        costs(Nowhere(0.5), X, EFFORTS["quick"], ("auto", "cpu"), "afar")
    assert str(caught.value) == "the costs of the target afar lack latency_p50_us"


def test_a_scorer_that_does_not_measure_itself_is_timed_from_here():
    effort = Effort(0.0, 0.0, 0.0, Windows(0.0, 0.0, 0.0))
    found = costs(Fixed(np.full(len(X), 0.5)), X, effort, ("none", "cpu"), "cpu")
    assert found["latency_p50_us"] > 0
    assert found["unmeasured"]["energy_uj_per_row"] == "no meter was asked for (--meter none)"


def test_no_rows_give_no_scores():
    assert checked_scores(Fixed([]), X[:0]).shape == (0,)
