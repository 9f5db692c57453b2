from __future__ import annotations

import pytest

from idsbench_tensorflow.papers import PAPER_C, PAPER_M, paper_setting
from idsbench_tensorflow.plugin import CNN, MOBILENET


@pytest.mark.parametrize(("component", "paper"), [(CNN, PAPER_C), (MOBILENET, PAPER_M)])
def test_all_that_a_paper_prints_is_a_value_that_its_model_takes(component, paper):
    known = {parameter.name: parameter for parameter in component.parameters}
    for name, value in paper_setting(paper).items():
        parameter = known[name]
        assert isinstance(value, parameter.type) or (value is None and parameter.optional)
        assert not parameter.choices or value in parameter.choices


def test_the_table_of_paper_c_is_whole():
    assert paper_setting(PAPER_C) == {
        "size": 224,
        "kernel": 3,
        "stride": 1,
        "padding": "same",
        "filters": 32,
        "pooling": 2,
        "pooling_type": "max",
        "activation": "relu",
        "optimizer": "adam",
        "learning_rate": 0.0001,
        "loss": "cross-entropy",
        "batch": 1024,
        "epochs": 50,
        "max_rows": None,
    }
