"""Presets and options settle a suite's blocks; what they leave out is not run."""

from __future__ import annotations

import pytest

from idsbench.errors import RequestError
from idsbench.suite import choose, find_suite
from idsbench.suite_file import parse_suite

SUITE = parse_suite(
    """
name = "mine"
question = "Does it?"
datasets = "toy"
seeds = "0-2"

[[cells]]
name = "first"
protocols = ["clean", "grouped"]
samplers = ["none", "smote"]
models = ["cnn[size=8]", "dummy"]

[[cells]]
name = "second"
featurizers = ["select+image"]
models = "cnn"

[preset.quick]
seeds = 0

[preset.quick.models.cnn]
size = 4
epochs = 1

[preset.quick.featurizers.image]
scale = "log"

[preset.paper.models.cnn]
size = 224
""",
    "f.toml",
)


def _refused(*arguments: object) -> tuple[str, ...]:
    with pytest.raises(RequestError) as caught:
        choose(*arguments)
    return caught.value.problems


def test_without_a_preset_the_quick_one_is_taken():
    assert choose(SUITE, None, {}) == choose(SUITE, "quick", {})


def test_a_preset_fills_in_the_parameters_that_a_block_does_not_write():
    first, second = choose(SUITE, "quick", {})
    assert first.axes["models"] == "cnn[size=8,epochs=1], dummy"
    assert (second.axes["models"], second.axes["seeds"]) == ("cnn[size=4,epochs=1]", "0")
    assert second.axes["featurizers"] == "select+image[scale=log]"


def test_another_preset_has_nothing_of_the_quick_one():
    _, second = choose(SUITE, "paper", {})
    assert second.axes == {
        "datasets": "toy",
        "seeds": "0-2",
        "featurizers": "select+image",
        "models": "cnn[size=224]",
    }


def test_datasets_targets_and_seeds_of_the_command_line_take_the_suites_place():
    options = {"datasets": "other", "targets": "gpu", "seeds": "9"}
    for block in choose(SUITE, None, options):
        assert {axis: block.axes[axis] for axis in options} == options


def test_other_selections_leave_of_each_block_what_they_name():
    (block,) = choose(SUITE, None, {"protocols": "grou*", "models": "dummy"})
    assert (block.name, block.axes["protocols"], block.axes["models"]) == (
        "first",
        "grouped",
        "dummy",
    )


def test_a_block_without_protocols_has_the_default_one():
    first, second = choose(SUITE, None, {"protocols": "clean"})
    assert (first.axes["protocols"], second.axes["protocols"]) == ("clean", "clean")


def test_a_selection_may_be_named_as_the_suite_writes_it():
    (first,) = choose(SUITE, None, {"models": "cnn[size=8]"})
    assert first.axes["models"] == "cnn[size=8,epochs=1]"


def test_an_option_that_leaves_nothing_is_told_with_what_there_is():
    assert _refused(SUITE, None, {"models": "cmn", "samplers": "rus"}) == (
        "--samplers rus: mine has no such cells; there are: none, smote",
        "--models cmn: mine has no such cells; did you mean cnn?",
    )


def test_options_that_leave_nothing_together_are_refused():
    assert _refused(SUITE, None, {"models": "dummy", "featurizers": "select+image"}) == (
        "no block of mine has cells with all of these options",
    )


def test_an_unknown_preset_is_told_with_the_nearest():
    assert _refused(SUITE, "papr", {}) == ("--preset papr: mine: did you mean paper?",)


def test_an_unknown_suite_is_told_with_those_there_are():
    with pytest.raises(RequestError) as caught:
        find_suite("mqttset-cmn")
    assert caught.value.problems == ("there is no suite 'mqttset-cmn': did you mean mqttset-cnn?",)
