"""A training gets at most the rows it may, and keeps what the marks on test rows need."""

from __future__ import annotations

import json
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from idsbench import checkpoint, fitting
from idsbench.components import generator
from idsbench.energy import Reading
from idsbench.rowstore import PART_ARRAYS, Part, open_part, read_json, save_part
from idsbench.train import _digest, cap, train
from idsbench.vectors import row_hashes


class Plain:
    """One featurizer that does nothing."""

    def fit(self, x, y) -> None: ...

    def transform(self, x):
        return x

    def layout(self, x):
        return x

    def state(self):
        return {}

    def restore(self, state) -> None: ...


def _labels(*counts: int) -> np.ndarray:
    return np.repeat(np.arange(len(counts)), counts).astype(np.int16)


@pytest.mark.parametrize("most", [None, 10, 11])
def test_all_rows_are_kept_where_there_is_no_cap_or_it_is_not_reached(most):
    assert cap(_labels(4, 6), most, np.random.default_rng(0)) is None


@settings(deadline=None, derandomize=True, database=None)
@given(
    counts=st.lists(st.integers(1, 200), min_size=1, max_size=8),
    most=st.integers(8, 300),
    seed=st.integers(0, 5),
)
def test_a_cap_holds_and_keeps_the_class_mix_with_every_class(counts, most, seed):
    y = np.random.default_rng(1).permutation(_labels(*counts))
    kept = cap(y, most, np.random.default_rng(seed))
    if kept is None:
        assert most >= len(y)
        return
    assert len(kept) == most
    assert kept.dtype == np.int64
    assert np.array_equal(kept, np.unique(kept))
    assert 0 <= kept[0] <= kept[-1] < len(y)
    taken = np.bincount(y[kept], minlength=len(counts))
    assert taken.min() >= 1
    exact = most * np.array(counts) / len(y)
    # A class lifted to one row is paid for by the largest.
    lifted = int((exact < 1).sum())
    assert (np.abs(taken - exact) < 1 + lifted).all()


def test_fewer_rows_than_classes_still_give_one_of_each():
    y = _labels(5, 5, 5)
    assert np.bincount(y[cap(y, 2, np.random.default_rng(0))]).tolist() == [1, 1, 1]


def test_a_cap_draws_at_random_by_the_seed():
    y = _labels(500, 500)
    one, again, other = (cap(y, 50, np.random.default_rng(seed)) for seed in (0, 0, 1))
    assert np.array_equal(one, again)
    assert not np.array_equal(one, other)
    assert one.max() > 900


@pytest.fixture
def prepared(tmp_path) -> Path:
    """Prepared rows: 60 real ones in which every third equals another, then 20 synthetic ones."""
    rng = np.random.default_rng(0)
    real, made = 60, 20
    x = rng.normal(size=(real + made, 3)).astype(np.float32)
    x[1:real:3] = x[0:real:3]
    base = np.concatenate([rng.permutation(200)[:real], rng.integers(0, 200, made)])
    neighbour = np.concatenate([base[:real], rng.integers(0, 200, made)])
    y = (rng.random(real + made) < 0.4).astype(np.int16)
    part = Part(x, y, base, neighbour, np.arange(real + made) >= real)
    folder = tmp_path / "prepared"
    folder.mkdir()
    save_part(folder, "train", part)
    save_part(folder, "valid", Part(*(getattr(part, name)[:30] for name in PART_ARRAYS)))
    np.savez(folder / "state_0.npz")
    return folder


def _train(prepared: Path, **changes) -> tuple[Path, dict]:
    out = prepared.parent / "out"
    out.mkdir()
    job = {
        "prepared": str(prepared),
        "featurizers": [{"build": f"{__name__}:Plain", "parameters": {}}],
        "model": {"build": "idsbench.builtin.one_rule:OneRule", "parameters": {}},
        "max_rows": None,
        "seed": 3,
        **changes,
    }
    train(job, out)
    return out, read_json(out / "meta.json")


def test_a_training_says_how_many_rows_it_was_offered_and_received(prepared):
    out, meta = _train(prepared)
    assert (meta["rows_train"], meta["rows_train_offered"], meta["rows_train_synthetic"]) == (
        80,
        80,
        20,
    )
    assert meta["parameters"] == 4
    assert meta["macs"] == 0
    assert meta["size_bytes"] == sum(p.stat().st_size for p in (out / "model").iterdir()) > 0
    assert meta["train_s"] > 0
    assert set(meta["assumed"]) == {"column_index", "threshold"}
    assert (meta["train_energy_j"] is None) == bool(meta["energy_reason"])
    assert meta["meter"] == "auto"


def test_a_training_knows_its_meter_and_the_interval_of_what_it_read(prepared, monkeypatch):
    @contextmanager
    def metered(which, device):
        yield Reading(5.0, "meter", f"file {which}", half=0.5)

    monkeypatch.setattr(fitting, "metered", metered)
    _, meta = _train(prepared, meter="m.txt")
    assert (meta["meter"], meta["train_energy_j"], meta["energy_detail"]) == (
        "m.txt",
        5.0,
        "file m.txt",
    )
    assert meta["energy"]["joules_half"] == 0.5


@pytest.mark.parametrize("most", [None, 25])
def test_what_was_received_is_kept_as_sets_of_vectors_rows_and_parents(prepared, most):
    out, meta = _train(prepared, max_rows=most)
    rows = open_part(prepared, "train")
    kept = cap(rows.y, most, generator(3, "cap"))
    kept = np.arange(80) if kept is None else kept
    assert meta["rows_train"] == len(kept)
    vectors, real, parents = set(), set(), set()
    for index in kept.tolist():
        if rows.synthetic[index]:
            parents |= {int(rows.base[index]), int(rows.neighbour[index])}
        else:
            vectors.add(int(row_hashes(rows.x[index : index + 1])[0]))
            real.add(int(rows.base[index]))
    with np.load(out / "received.npz", allow_pickle=False) as received:
        assert received["vectors"].tolist() == sorted(vectors)
        assert received["rows"].tolist() == sorted(real)
        assert received["parents"].tolist() == sorted(parents)
    assert len(vectors) < len(real)


class Talkative:
    """A model that reports progress and keeps what it was given."""

    given: list = []

    def fit(self, train, valid, rng, progress):
        from idsbench.values import Fit

        Talkative.given.append((np.array(train.x), np.array(valid.x), rng.random()))
        progress({"epoch": 2, "loss": np.float32(0.5)})
        return Fit(history=({"epoch": 1.0, "loss": 0.25},))

    def parameter_count(self):
        return None

    def macs(self):
        return None

    def save(self, folder) -> None: ...


def test_a_models_progress_and_history_are_written(prepared, tmp_path):
    told = tmp_path / "progress.json"
    model = {"build": f"{__name__}:Talkative", "parameters": {}}
    _, meta = _train(prepared, model=model, progress=str(told))
    assert json.loads(told.read_text()) == {"epoch": 2.0, "loss": 0.5}
    assert meta["history"] == [{"epoch": 1.0, "loss": 0.25}]
    assert meta["parameters"] is None


def test_a_model_is_given_training_rows_validation_rows_and_its_seeds_numbers(prepared):
    _train(prepared, model={"build": f"{__name__}:Talkative", "parameters": {}})
    given, held_out, number = Talkative.given[-1]
    assert np.array_equal(given, open_part(prepared, "train").x)
    assert np.array_equal(held_out, open_part(prepared, "valid").x)
    assert number == generator(3, "model").random()


def test_the_hash_of_weights_tells_files_and_names_apart(tmp_path):
    made = {}
    for name, files in {
        "one": {"a": b"1", "b": b"2"},
        "again": {"b": b"2", "a": b"1"},
        "other bytes": {"a": b"1", "b": b"3"},
        "other names": {"a": b"1", "c": b"2"},
        "other borders": {"a": b"12", "b": b""},
    }.items():
        folder = tmp_path / name
        folder.mkdir()
        for file, content in files.items():
            (folder / file).write_bytes(content)
        made[name] = _digest(folder)
    assert made["one"] == made["again"]
    assert len(set(made.values())) == 4


class Countdown:
    """A model that goes on where it was killed; its weight counts the epochs."""

    killed_after = 0
    starts: list = []

    def fit(self, train, valid, rng, progress, checkpoints=None):
        from idsbench.values import Fit, State

        state = checkpoints.load({"weight": np.zeros(1)})
        self.weight = state.arrays["weight"] if state else np.zeros(1)
        done = state.epoch if state else 0
        Countdown.starts.append(done)
        history = [{"epoch": float(epoch)} for epoch in range(1, done + 1)]
        for epoch in range(done + 1, 6):
            self.weight = self.weight + 1
            history.append({"epoch": float(epoch), "loss": 0.5})
            progress({"epoch": epoch, "rows_per_s": 7.0})
            at = State(epoch, {"weight": self.weight}, {})
            checkpoints.offer(lambda at=at: at)
            if epoch == Countdown.killed_after:
                raise KeyboardInterrupt
        return Fit(tuple(history))

    def parameter_count(self):
        return 1

    def macs(self):
        return 1

    def save(self, folder):
        np.save(folder / "weight.npy", self.weight)


@pytest.fixture
def resuming(prepared, monkeypatch) -> dict:
    monkeypatch.setattr(checkpoint, "FIRST_S", 0.0)
    monkeypatch.setattr(checkpoint, "SHARE", 0)
    Countdown.starts.clear()
    model = {"build": f"{__name__}:Countdown", "parameters": {}}
    unfinished = prepared.parent / "cache" / "unfinished" / "key"
    return {"model": model, "resumes": True, "unfinished": str(unfinished)}


def _killed(prepared, resuming, epoch: int) -> None:
    Countdown.killed_after = epoch
    with pytest.raises(KeyboardInterrupt):
        _train(prepared, **resuming)
    Countdown.killed_after = 0
    (prepared.parent / "out" / "meta.json").unlink(missing_ok=True)
    (prepared.parent / "out").rmdir()


def test_a_killed_training_goes_on_and_the_record_says_from_where(prepared, resuming):
    _killed(prepared, resuming, 3)
    out, meta = _train(prepared, **resuming)
    assert Countdown.starts == [0, 3]
    assert np.load(out / "model" / "weight.npy") == 5
    assert [entry.get("resumed_from_epoch") for entry in meta["history"]] == [
        *(None, None, None),
        3.0,
        None,
    ]
    assert meta["train_energy_j"] is None
    assert meta["energy_reason"] == (
        "the training went on from a checkpoint: what it took before was not metered"
    )
    assert "checkpoint" not in meta
    assert not Path(resuming["unfinished"]).exists()


def test_the_seconds_before_the_kill_count(prepared, resuming):
    _killed(prepared, resuming, 3)
    file = Path(resuming["unfinished"]) / "training.npz"
    with np.load(file) as stored:
        about = json.loads(stored["about"].tobytes())
        weight = stored["array/weight"]
    about["seconds"] = 1000.0
    text = np.frombuffer(json.dumps(about).encode(), dtype=np.uint8)
    np.savez(file, about=text, **{"array/weight": weight})
    assert 1000 < _train(prepared, **resuming)[1]["train_s"] < 1100


def test_a_torn_checkpoint_is_told_and_the_training_begins(prepared, resuming):
    _killed(prepared, resuming, 3)
    (Path(resuming["unfinished"]) / "training.npz").write_bytes(b"PK")
    _, meta = _train(prepared, **resuming)
    assert Countdown.starts == [0, 0]
    assert meta["checkpoint"] == "a checkpoint was there but torn, and not used"


@pytest.mark.parametrize("other", [{"parameters": {"x": 1}}, {"threads": 99}])
def test_other_parameters_or_processors_begin_anew(prepared, resuming, other, monkeypatch):
    _killed(prepared, resuming, 3)
    if "threads" in other:
        monkeypatch.setattr(fitting, "usable_processors", lambda: 99)
    else:
        monkeypatch.setattr(Countdown, "__init__", lambda self, x=0: None)
        resuming["model"] = {**resuming["model"], **other}
    _, meta = _train(prepared, **resuming)
    assert Countdown.starts == [0, 0]
    assert meta["checkpoint"] == ("a checkpoint was there but of another training, and not used")


def test_while_another_process_trains_the_same_nothing_is_kept(prepared, resuming):
    with checkpoint.unfinished(Path(resuming["unfinished"])):
        _, meta = _train(prepared, **resuming)
    assert meta["checkpoint"] == (
        "another process trains the same: no checkpoint was read or written"
    )


def test_epochs_whose_speed_is_told_have_their_seconds(prepared, resuming):
    _, meta = _train(prepared, **resuming)
    assert [entry["rows_per_s"] for entry in meta["history"]] == [7.0] * 5
    assert all(0 <= entry["seconds"] < meta["train_s"] for entry in meta["history"])
