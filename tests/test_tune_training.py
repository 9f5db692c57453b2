"""A tuned run end to end: the same budget for each model, recorded, and no test row looked at."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from idsbench import checkpoint
from idsbench.catalog import Catalog, load_catalog
from idsbench.components import generator
from idsbench.contracts import Progress
from idsbench.plan import Request, make_plan
from idsbench.rowstore import Part, read_json, save_part, save_table, save_vectors
from idsbench.run import Options, run
from idsbench.train import train
from idsbench.values import Fit, Labels, Search, Table
from idsbench.vectors import row_hashes
from idsbench.view import SilentView

ROWS = 400


def _run(catalog: Catalog, results: Path, **changes) -> dict[str, dict]:
    plan = make_plan(catalog, Request(datasets="toy", **changes))
    records = run(catalog, plan, Options(results), SilentView())
    return {record["model"].partition("[")[0]: record for record in records}


def _searching(catalog: Catalog) -> Catalog:
    """Let `faulty` be tuned over a parameter that changes nothing."""
    plugin = next(one for one in catalog.plugins if one.distribution == "idsbench-faults")
    components = tuple(
        replace(one, traits=replace(one.traits, search=(Search("note", choices=("-", "x")),)))
        if one.name == "faulty"
        else one
        for one in plugin.components
    )
    return Catalog((*load_catalog().plugins, replace(plugin, components=components)))


@pytest.fixture
def catalog(faults) -> Catalog:
    return _searching(faults)


def test_each_model_has_its_trials_and_the_best_is_what_an_explicit_run_gives(catalog, tmp_path):
    told = _run(catalog, tmp_path / "tuned", models="logistic", samplers="smote", trials=3)
    assert {record["status"] for record in told.values()} == {"ok"}
    tuning = told["logistic"]["tuning"]
    assert (tuning["tuned"], len(tuning["trials"]), tuning["metric"]) == (3, 3, "auc_roc")
    assert tuning["best"]["score"] == max(trial["score"] for trial in tuning["trials"])
    assert told["logistic"]["model"] == "logistic[tune=3]"
    assert tuning["held_out"]["kept_together"] == "whole groups"
    assert told["dummy"]["tuning"] == {
        "tuned": 0,
        "reason": "the model declares no search space",
    }
    c = told["logistic"]["tuning"]["best"]["parameters"]["c"]
    explicit = _run(
        catalog, tmp_path / "plain", models=f"logistic[c={c!r}]", samplers="smote", baselines=False
    )["logistic"]
    assert explicit["weights_sha256"] == told["logistic"]["weights_sha256"]
    assert explicit["auc_roc"] == told["logistic"]["auc_roc"]
    assert explicit["rows_train"] == told["logistic"]["rows_train"]
    assert explicit["cell"] != told["logistic"]["cell"]


def test_where_all_trials_fail_the_cell_fails_with_one_sentence(catalog, tmp_path):
    faults = ("raise", "too-large", "nan-scores")
    models = ",".join(f"faulty[fault={fault}]" for fault in faults)
    plan = make_plan(catalog, Request("toy", models=models, baselines=False, trials=2))
    records = run(catalog, plan, Options(tmp_path), SilentView())
    begin = "train: all 2 trials failed; the first: "
    raised, full, silent = ((record["status"], record["reason"]) for record in records)
    assert raised == ("failed", f"{begin}ValueError: a bad \x1b[31mthing happened")
    assert full == ("oom", f"{begin}MemoryError")
    rows = [word for word in silent[1].split() if word.isdigit()][-1]
    problem = f"the model gave no scores that can be compared for {rows} rows"
    assert silent == ("failed", begin + problem)


class Plain:
    """A featurizer that does nothing."""

    def layout(self, x):
        return x

    def restore(self, state) -> None: ...


class Threshold:
    """A model of one parameter; what it was given is looked at by tests."""

    given: list = []

    def __init__(self, cut: float) -> None:
        self.cut = cut

    def fit(self, train, valid, rng, progress: Progress) -> Fit:
        Threshold.given.append((np.array(train.x), np.array(valid.x)))
        progress({"epoch": 1.0, "loss": 0.1})
        return Fit()

    def scores(self, x):
        Threshold.given[-1] += (np.array(x),)
        return (x[:, 0] > self.cut).astype(float)

    def parameter_count(self):
        return 1

    def macs(self):
        return 1

    def save(self, folder: Path) -> None:
        (folder / "cut").write_text(str(self.cut))


@pytest.fixture
def job(tmp_path) -> dict:
    """A training with 4 trials; x[:, 0] names the row, 1000 and more are synthetic."""
    rng = np.random.default_rng(0)
    y = (np.arange(ROWS) % 3 > 0).astype(np.int16)
    x = np.stack([np.arange(ROWS), rng.normal(size=ROWS)], axis=1).astype(np.float32)
    labels = Labels(y, ("benign", "attack"))
    table = Table(x, ("id", "noise"), {"binary": labels}, labels)
    folders = {name: tmp_path / name for name in ("table", "prepared")}
    for folder in folders.values():
        folder.mkdir()
    save_table(folders["table"], table, row_hashes(x))
    save_vectors(folders["table"], row_hashes(x))
    base = np.arange(300)
    children = rng.integers(0, 300, (100, 2))
    made = np.stack([1000 + np.arange(100), np.zeros(100)], axis=1).astype(np.float32)
    part = Part(
        np.concatenate([x[:300], made]),
        np.concatenate([y[:300], y[children[:, 0]]]),
        np.concatenate([base, children[:, 0]]),
        np.concatenate([base, children[:, 1]]),
        np.arange(400) >= 300,
    )
    real = np.arange(300, 400)
    held = Part(x[real], y[real], real, real, np.zeros(100, bool))
    save_part(folders["prepared"], "train", part)
    save_part(folders["prepared"], "valid", held)
    np.savez(folders["prepared"] / "state_0.npz")
    space = {"parameter": "cut", "type": "float", "default": 1.0, "log": False, "choices": []}
    return {
        "prepared": str(folders["prepared"]),
        "table": str(folders["table"]),
        "featurizers": [{"build": f"{__name__}:Plain", "parameters": {}}],
        "model": {"build": f"{__name__}:Threshold", "parameters": {"cut": 1.0}},
        "max_rows": None,
        "seed": 3,
        "tuning": {"trials": 4, "space": [{**space, "minimum": 0.0, "maximum": 300.0}]},
        "unfinished": str(tmp_path / "unfinished" / "key"),
        "children": children.tolist(),
    }


def _train(job, tmp_path, name="out") -> dict:
    out = tmp_path / name
    out.mkdir()
    train(job, out)
    return read_json(out / "meta.json")


def test_trials_see_training_rows_only_and_no_child_of_a_row_they_are_scored_on(job, tmp_path):
    Threshold.given.clear()
    meta = _train(job, tmp_path)
    *trials, (whole, valid) = Threshold.given
    assert len(trials) == 4
    assert len(whole) == 400
    for learned, stopping, scored in trials:
        assert np.array_equal(stopping, valid)
        assert set(valid[:, 0]) == set(range(300, 400))
        names, tested = set(learned[:, 0].astype(int)), set(scored[:, 0].astype(int))
        assert tested <= set(range(300))
        assert not names & tested
        parents = {p for i, both in enumerate(job["children"]) if 1000 + i in names for p in both}
        assert not parents & tested
    held = meta["tuning"]["held_out"]
    assert held == {
        "rows": len(trials[0][2]),
        "learned_from": len(trials[0][0]),
        "kept_together": "rows with equal features",
    }
    assert meta["rows_train"] == 400


def test_the_same_job_tries_the_same(job, tmp_path):
    one, two = (_train(job, tmp_path, name)["tuning"] for name in ("one", "two"))
    assert [t["parameters"] for t in one["trials"]] == [t["parameters"] for t in two["trials"]]
    assert generator(3, "tuning").random() != generator(3, "model").random()


def test_progress_says_which_trial_it_is(job, tmp_path):
    told = tmp_path / "progress.json"

    _train({**job, "progress": str(told)}, tmp_path)
    assert read_json(told) == {"epoch": 1.0, "loss": 0.1}  # of the last training, with the best
    assert not list(tmp_path.glob("*.tmp"))


def test_a_tuning_that_was_killed_goes_on_at_its_trial(job, tmp_path, monkeypatch):
    monkeypatch.setattr(checkpoint, "FIRST_S", 0.0)
    monkeypatch.setattr(checkpoint, "SHARE", 0)
    whole = _train(job, tmp_path, "whole")["tuning"]
    fit = Threshold.fit

    def killed(self, *arguments):
        if len(Threshold.given) == 2:
            raise KeyboardInterrupt
        return fit(self, *arguments)

    Threshold.given.clear()
    monkeypatch.setattr(Threshold, "fit", killed)
    with pytest.raises(KeyboardInterrupt):
        _train(job, tmp_path, "killed")
    monkeypatch.setattr(Threshold, "fit", fit)
    Threshold.given.clear()
    tuning = _train(job, tmp_path, "again")["tuning"]
    assert tuning["resumed_after_trial"] == 2
    assert len(Threshold.given) == 3  # two trials and the training
    scores = [[trial["score"] for trial in one["trials"]] for one in (whole, tuning)]
    assert scores[0] == scores[1]
    assert not Path(job["unfinished"]).exists()
