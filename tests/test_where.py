import pytest

from idsbench.errors import RequestError
from idsbench.where import select

ROWS = [
    {"model": "cnn[epochs=5,width=8]", "seed": 0, "fpr": 0.5, "flags": ["stand-in"]},
    {
        "model": "cnn-keras[epochs=5]",
        "seed": 1,
        "fpr": None,
        "flags": [],
        "target": "edge-ssh[host=10.0.0.1,threads=2]",
        "agreement": 0.5,
        "noise": "loud",
    },
    {
        "model": "dummy",
        "seed": 10,
        "fpr": 0.25,
        "flags": ["leaked-rows", "stand-in"],
        "target": "edge-c[memory_mb=100.0]",
    },
]


def _seeds(where):
    return [row["seed"] for row in select(ROWS, where)]


@pytest.mark.parametrize(
    ("where", "seeds"),
    [
        (None, [0, 1, 10]),
        ("", [0, 1, 10]),
        ("model=cnn", [0]),
        ("model=cnn*", [0, 1]),
        ("model=cnn[epochs=5,width=8]", [0]),
        ("model=cnn[epochs=5,width=8],seed=0", [0]),
        ("model=CNN", []),
        ("target=edge-c[memory_mb=100]", [10]),
        ("target=edge-c[memory_mb=1e2]", [10]),
        ("target=edge-c[memory_mb=101]", []),
        ("target=edge-ssh[host=10.0.0.1,threads=2.0]", [1]),
        ("target=edge-ssh[host=10.0.0.10,threads=2]", []),
        ("seed=1", [1]),
        ("seed=1.0", [1]),
        ("fpr=0.250", [10]),
        ("fpr=null", [1]),
        ("fpr=high", []),
        ("flags=leaked-*", [10]),
        ("agreement=0.5", [1]),
        ("noise=null", [0, 10]),
        ("flags=stand-in, model = dummy", [10]),
    ],
)
def test_a_filter_keeps_the_rows_for_which_every_condition_holds(where, seeds):
    assert _seeds(where) == seeds


def test_all_mistakes_in_a_filter_are_said_at_once_with_the_nearest_names():
    with pytest.raises(RequestError) as caught:
        select(ROWS, "modle=cnn,fast,seed=1")
    assert caught.value.problems == (
        "--where modle: no such key; did you mean model?",
        "--where 'fast' is not of the form key=value",
    )
