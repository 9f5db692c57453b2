"""A budget of trials is kept whatever trials do, the same seed tries the same, and the best is known."""

from __future__ import annotations

import numpy as np
import pytest

from idsbench.errors import CellError, CellSkipped
from idsbench.tune import Trial, best_of, quality, tune

SPACE = [
    {"parameter": "c", "type": "float", "default": 1.0, "minimum": 0.01, "maximum": 100.0},
    {"parameter": "k", "type": "int", "default": 4, "minimum": 2, "maximum": 9},
    {"parameter": "kind", "type": "str", "default": "a", "minimum": None, "maximum": None},
]
SPACE = [
    {**one, "log": one["parameter"] == "c", "choices": ["a", "b"] if one["type"] == "str" else []}
    for one in SPACE
]


class Forgetful:
    """A log that knows nothing."""

    def recall(self, number, values):
        return None

    def keep(self, trials) -> None: ...


class Knowing(Forgetful):
    """A log that knows the trials of an earlier tuning."""

    def __init__(self, trials):
        self.trials, self.kept = trials, []

    def recall(self, number, values):
        return self.trials[number - 1] if number <= len(self.trials) else None

    def keep(self, trials):
        self.kept.append(len(trials))


def _near(number, values):
    return 1.0 - abs(values["k"] - 7) / 10 - 0.1 * (values["kind"] == "a")


def _tune(attempt=_near, trials=12, seed=0, log=None, space=SPACE):
    return tune(space, trials, seed, attempt, log or Forgetful())


def test_the_first_trial_is_the_model_with_its_defaults():
    assert dict(_tune(trials=1)[0].parameters) == {"c": 1.0, "k": 4, "kind": "a"}


def test_every_trial_lies_in_the_space_and_has_its_types():
    for trial in _tune(trials=30):
        values = trial.parameters
        assert 0.01 <= values["c"] <= 100.0
        assert type(values["k"]) is int
        assert 2 <= values["k"] <= 9
        assert values["kind"] in ("a", "b")


def test_the_same_seed_tries_the_same_and_another_does_not():
    def tried(seed):
        return [dict(trial.parameters) for trial in _tune(seed=seed)]

    assert tried(3) == tried(3)
    assert tried(3) != tried(4)


def test_the_search_goes_where_scores_are_better():
    trials = _tune(trials=40)
    late = [trial.score for trial in trials[25:]]
    assert np.mean(late) > np.mean([trial.score for trial in trials[:10]])
    assert best_of(trials).score == max(trial.score for trial in trials)


def test_of_equal_trials_the_first_is_the_best():
    trials = _tune(lambda number, values: 0.5, trials=4)
    assert best_of(trials).number == 1


def test_a_failing_trial_is_a_trial_with_its_reason():
    def attempt(number, values):
        if number == 1:
            raise ValueError("no such\nthing")
        if number == 2:
            raise CellError("the loss is not a number")
        if number == 3:
            raise MemoryError
        return 0.5

    trials = _tune(attempt, trials=5)
    assert [trial.number for trial in trials] == [1, 2, 3, 4, 5]
    assert [trial.reason for trial in trials] == [
        "ValueError: no such thing",
        "the loss is not a number",
        "MemoryError",
        "",
        "",
    ]
    assert [trial.score for trial in trials] == [None, None, None, 0.5, 0.5]
    assert trials[0].told().keys() == {"trial", "parameters", "score", "seconds", "reason"}
    assert best_of(trials).number == 4


def test_where_all_trials_fail_the_tuning_fails_with_one_sentence():
    def attempt(number, values):
        raise MemoryError("4 rows are too many") if number < 3 else CellError("broken")

    with pytest.raises(CellError) as caught:
        _tune(attempt, trials=3)
    assert str(caught.value) == "all 3 trials failed; the first: 4 rows are too many"
    with pytest.raises(MemoryError) as full:
        _tune(attempt, trials=2)
    assert str(full.value) == "all 2 trials failed; the first: 4 rows are too many"


@pytest.mark.parametrize("error", [CellSkipped("no"), ModuleNotFoundError("torch")])
def test_what_no_parameters_can_mend_ends_the_tuning(error):
    def attempt(number, values):
        raise error

    with pytest.raises(type(error)):
        _tune(attempt)


def test_parameters_that_come_again_are_not_tried_again():
    tried = []

    def attempt(number, values):
        tried.append(values["kind"])
        return 0.5

    space = [one for one in SPACE if one["parameter"] == "kind"]
    trials = _tune(attempt, trials=8, space=space)
    assert sorted(tried) == ["a", "b"]
    assert len(trials) == 8
    assert [trial.repeats for trial in trials].count(0) == 2
    again = next(trial for trial in trials if trial.repeats)
    assert trials[again.repeats - 1].parameters == again.parameters
    assert again.told()["repeats"] == again.repeats


def test_a_tuning_that_was_ended_goes_on_as_if_it_had_not_been():
    whole = _tune(trials=9)
    tried = []

    def attempt(number, values):
        tried.append(number)
        return _near(number, values)

    log = Knowing(whole[:5])
    trials = _tune(attempt, trials=9, log=log)
    assert tried == [6, 7, 8, 9]
    assert log.kept == list(range(1, 10))
    assert [(t.parameters, t.score) for t in trials] == [(t.parameters, t.score) for t in whole]


def test_several_classes_count_alike():
    y = np.array([0] * 90 + [1] * 5 + [2] * 5)
    scores = np.zeros((100, 3))
    scores[np.arange(100), y] = 1.0
    assert quality(y, scores) == 1.0
    scores[95:] = [0.5, 0.5, 0.0]  # the last class is never recognised
    assert quality(y, scores) < 0.85


@pytest.mark.parametrize(
    "scores",
    [np.array([0.1, np.nan, 0.2]), np.array([0.1, 0.2]), np.zeros((3, 2, 2)), np.array(0.5)],
)
def test_scores_that_cannot_be_compared_make_a_trial_fail(scores):
    with pytest.raises(CellError) as caught:
        quality(np.array([0, 1, 1]), scores)
    assert str(caught.value) == "the model gave no scores that can be compared for 3 rows"


def test_a_trial_survives_being_written_down():
    trial = Trial(2, {"c": 0.1}, None, 1.5, "full", oom=True)
    assert Trial(**vars(trial)) == trial
