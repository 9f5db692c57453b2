"""Components are built from JSON, chained in order, and each purpose draws its own numbers."""

from __future__ import annotations

import numpy as np
import pytest

from idsbench.components import FeaturizerChain, build, generator
from idsbench.errors import CellError
from idsbench.rowstore import save_states


class Add:
    """Adds a number, which it multiplies with the mean of what it is fitted on."""

    def __init__(self, number: float = 1.0, fault: str = "") -> None:
        self.number, self.fault = number, fault
        self.mean = np.zeros(1)

    def fit(self, x, y) -> None:
        assert len(x) == len(y)
        self.mean = np.array([x.mean()])

    def transform(self, x):
        if self.fault == "rows":
            return x[1:]
        if self.fault == "shape":
            return x[:, 0]
        if self.fault == "infinite":
            return x / np.float32(np.inf) * np.float32(np.inf)
        return (x + self.number * self.mean).astype(np.float64)[:, ::-1]

    def layout(self, x):
        return x.reshape(len(x), 1, -1, 1) * self.number

    def state(self):
        return {"mean": self.mean}

    def restore(self, state) -> None:
        self.mean = np.array(state["mean"])


def _reference(number: float = 1.0, fault: str = "") -> dict:
    return {"build": f"{__name__}:Add", "parameters": {"number": number, "fault": fault}}


def _chain(*numbers: float) -> FeaturizerChain:
    return FeaturizerChain([_reference(number) for number in numbers])


X = np.array([[1, 2], [3, 6]], dtype=np.float32)
Y = np.array([0, 1], dtype=np.int16)


def test_a_component_is_built_with_its_parameters_as_keywords():
    made = build(_reference(3.0, "x"))
    assert type(made) is Add
    assert (made.number, made.fault) == (3.0, "x")


def test_a_parameter_that_the_factory_does_not_take_is_an_error():
    with pytest.raises(TypeError):
        build({"build": f"{__name__}:Add", "parameters": {"other": 1}})


def test_each_stage_is_fitted_on_what_the_stages_before_it_make():
    chain = _chain(1.0, 10.0)
    chain.fit(X, Y)
    assert [float(stage.mean[0]) for stage in chain.stages] == [3.0, 6.0]


def test_rows_pass_all_numeric_stages_and_the_layout_of_the_last():
    chain = _chain(1.0, 10.0)
    chain.fit(X, Y)
    made = chain.transform(X)
    assert made.tolist() == [[64, 65], [66, 69]]
    assert made.dtype == np.float32
    assert made.flags.c_contiguous
    assert chain.layout(made).shape == (2, 1, 2, 1)
    assert chain.layout(made)[0, 0, 0, 0] == 640


def test_a_chain_becomes_the_one_that_was_saved(tmp_path):
    chain, other = _chain(1.0, 10.0), _chain(1.0, 10.0)
    chain.fit(X, Y)
    save_states(tmp_path, chain.states())
    other.restore(tmp_path)
    assert np.array_equal(other.transform(X), chain.transform(X))


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        ("rows", "Add.transform gave shape (1, 2) for 2 rows"),
        ("shape", "Add.transform gave shape (2,) for 2 rows"),
        ("infinite", "the featurizer gave values that are not finite"),
    ],
)
@pytest.mark.filterwarnings("ignore:invalid value")
def test_a_featurizer_that_breaks_its_contract_is_refused(fault, sentence):
    with pytest.raises(CellError) as caught:
        FeaturizerChain([_reference(fault=fault)]).transform(X)
    assert str(caught.value) == sentence


def test_numbers_of_one_purpose_repeat_and_those_of_others_differ():
    draws = {
        (seed, purpose): generator(seed, purpose).random()
        for seed in (0, 1)
        for purpose in ("split", "sampler", "model", "cap", "shuffle")
    }
    assert len(set(draws.values())) == len(draws)
    assert draws[0, "split"] == generator(0, "split").random()


class Teller:
    """A featurizer that says what it is told to."""

    def __init__(self, says: object) -> None:
        self.says = says

    def describe(self, columns: tuple[str, ...]) -> object:
        return self.says if self.says is not None else {"given": columns}


def _telling(*says: object) -> FeaturizerChain:
    chain = FeaturizerChain([_reference()])
    chain.stages += [Teller(one) for one in says]
    return chain


def test_each_stage_is_told_the_names_that_the_one_before_it_gives():
    chain = _telling(None, {"columns": ["b"]}, None)
    assert chain.describe(("a", "b")) == [
        {},
        {"given": ["a", "b"]},
        {"columns": ["b"]},
        {"given": ["b"]},
    ]


@pytest.mark.parametrize("says", [{"gain": np.float32(1)}, {"gain": float("nan")}, ["a"], 3])
def test_what_a_featurizer_says_is_json(says):
    with pytest.raises(CellError) as caught:
        _telling(says).describe(("a",))
    assert str(caught.value).startswith("what Teller.describe gave is no JSON object (")


def test_what_a_featurizer_says_is_short():
    assert _telling({"columns": ["a"] * 20_000}).describe(("a",))[1] == {
        "left_out": "what the featurizer says of itself is longer than 65536 bytes"
    }
