"""A state is written rarely and whole, and one that is torn or another training's is not used."""

from __future__ import annotations

import json
import os
import stat

import numpy as np
import pytest

from idsbench.checkpoint import FIRST_S, FOREIGN, SHARE, TORN, Checkpoints, unfinished
from idsbench.values import State

WEIGHTS = np.arange(6, dtype=np.float32).reshape(2, 3)


class Clock:
    """Seconds that pass when told to."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def file(tmp_path):
    return tmp_path / "training.npz"


def _state(epoch: int = 3) -> State:
    return State(epoch, {"w": WEIGHTS + epoch, "count": np.array(7)}, {"best": 0.25, "rng": 2**90})


def _written(file, clock, owner="me", epoch=3) -> Checkpoints:
    checkpoints = Checkpoints(file, owner, clock)
    clock.now += FIRST_S
    checkpoints.offer(lambda: _state(epoch))
    return checkpoints


def test_a_state_comes_back_to_the_last_bit(file, clock):
    _written(file, clock)
    again = Checkpoints(file, "me", clock)
    state = again.load({"w": WEIGHTS})
    assert (state.epoch, state.values) == (3, {"best": 0.25, "rng": 2**90})
    assert state.arrays["w"].tobytes() == (WEIGHTS + 3).tobytes()
    assert state.arrays["count"].shape == ()
    assert (again.resumed, again.earlier_s, again.note) == (3, FIRST_S, "")


def test_nothing_is_written_before_ten_seconds(file, clock):
    checkpoints = Checkpoints(file, "me", clock)
    for _ in range(9):
        clock.now += FIRST_S / 10
        checkpoints.offer(lambda: pytest.fail("asked for a state too early"))
    assert list(file.parent.iterdir()) == []


def test_writing_takes_at_most_a_twentieth_of_the_time(file, clock):
    writes = []
    checkpoints = Checkpoints(file, "me", clock)

    def slow():
        clock.now += 4.0
        writes.append(clock.now)
        return _state()

    for _ in range(400):
        clock.now += 1.0
        checkpoints.offer(slow)
    assert len(writes) >= 3
    assert (np.diff(writes) >= 4.0 * SHARE).all()


def test_the_seconds_of_all_parts_of_a_training_are_summed(file, clock):
    _written(file, clock)
    again = Checkpoints(file, "me", clock)
    again.load({})
    clock.now += 2 * FIRST_S
    again.offer(lambda: _state(5))
    third = Checkpoints(file, "me", clock)
    third.load({})
    assert (third.resumed, third.earlier_s) == (5, 3 * FIRST_S)


@pytest.mark.parametrize("spoil", ["cut", "empty", "flipped", "text", "pickle", "no-about"])
def test_a_torn_state_is_not_used_and_that_is_said(file, clock, spoil):
    _written(file, clock)
    data = file.read_bytes()
    if spoil == "flipped":
        place = data.index((WEIGHTS + 3).tobytes())
        data = data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]
    file.write_bytes({"cut": data[: len(data) // 2], "empty": b"", "text": b"no"}.get(spoil, data))
    if spoil == "pickle":
        np.savez(file, about=np.array([{"a": 1}], dtype=object))
    if spoil == "no-about":
        np.savez(file, w=WEIGHTS)
    checkpoints = Checkpoints(file, "me", clock)
    assert checkpoints.load({"w": WEIGHTS}) is None
    assert (checkpoints.note, checkpoints.resumed, checkpoints.earlier_s) == (TORN, 0, 0.0)


@pytest.mark.parametrize(
    ("owner", "like"),
    [
        ("another", {"w": WEIGHTS}),
        ("me", {"w": WEIGHTS.T}),
        ("me", {"w": WEIGHTS.astype(np.float64)}),
        ("me", {"other": WEIGHTS}),
    ],
)
def test_another_trainings_state_is_not_used_and_that_is_said(file, clock, owner, like):
    _written(file, clock)
    checkpoints = Checkpoints(file, owner, clock)
    assert checkpoints.load(like) is None
    assert checkpoints.note == FOREIGN


def test_a_kill_while_writing_leaves_the_state_before(file, clock, monkeypatch):
    _written(file, clock)
    later = Checkpoints(file, "me", clock)
    clock.now += FIRST_S
    monkeypatch.setattr(os, "fsync", lambda _: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        later.offer(lambda: _state(9))
    assert Checkpoints(file, "me", clock).load({}).epoch == 3


def test_a_state_that_cannot_be_written_costs_no_training(tmp_path, clock):
    checkpoints = _written(tmp_path / "gone" / "training.npz", clock)
    assert checkpoints.note == "no checkpoint could be written (No such file or directory)"
    clock.now += FIRST_S
    checkpoints.offer(lambda: pytest.fail("tried again"))


def test_without_a_file_there_is_nothing_to_load_or_write(clock):
    checkpoints = Checkpoints(None, "", clock)
    clock.now += FIRST_S
    checkpoints.offer(lambda: pytest.fail("asked for a state"))
    assert checkpoints.load({}) is None


def test_a_trainings_folder_goes_with_its_end(tmp_path):
    with unfinished(tmp_path / "key") as folder:
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        (folder / "training.npz").write_bytes(b"x")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("error", "stays"), [(ValueError, False), (MemoryError, True), (KeyboardInterrupt, True)]
)
def test_it_stays_for_a_training_that_was_ended_from_outside(tmp_path, error, stays):
    with pytest.raises(error), unfinished(tmp_path / "key"):
        raise error
    assert (tmp_path / "key").is_dir() == stays


def test_two_processes_do_not_share_it(tmp_path):
    with unfinished(tmp_path / "key") as one:
        with unfinished(tmp_path / "key") as two:
            assert two is None
        assert one.is_dir()


def test_where_no_folder_can_be_made_the_training_goes_without(tmp_path):
    (tmp_path / "file").write_text("")
    with unfinished(tmp_path / "file" / "key") as folder:
        assert folder is None
    with unfinished(None) as folder:
        assert folder is None


def test_what_is_kept_is_plain_json_and_arrays(file, clock):
    _written(file, clock)
    with np.load(file, allow_pickle=False) as stored:
        assert set(stored.files) == {"about", "array/w", "array/count"}
        assert json.loads(stored["about"].tobytes())["owner"] == [1, "me"]
