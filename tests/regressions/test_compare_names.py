"""Cells are called by what differs among them; nothing that tells two apart is left out."""

from __future__ import annotations

from idsbench.compare_names import names_of
from idsbench.compare_pairs import name

ROW = {
    "dataset": "iotid20[stand-in]",
    "task": "binary",
    "protocol": "clean",
    "sampler": "none",
    "featurizer": "image",
    "model": "cnn[filters=8,epochs=3]",
    "target": "cpu",
}


def _short(*rows: dict[str, str]) -> tuple[list[str], str]:
    found = names_of(rows)
    return [found.of(name(row)) for row in rows], found.shared


def test_one_cell_is_called_by_its_model_and_the_rest_is_said_once():
    assert _short(ROW) == (
        ["cnn"],
        "All cells: dataset iotid20[stand-in], protocol clean, featurizer image.",
    )


def test_parts_and_parameters_that_differ_stay_in_the_name():
    wide = {**ROW, "model": "cnn[filters=16,epochs=3]"}
    resampled = {**ROW, "sampler": "smote-rus", "protocol": "grouped"}
    assert _short(ROW, wide, resampled) == (
        ["clean cnn[filters=8]", "clean cnn[filters=16]", "grouped smote-rus cnn[filters=8]"],
        "All cells: dataset iotid20[stand-in], featurizer image.",
    )


def test_short_names_are_as_many_as_full_ones():
    changes = [
        {},
        {"sampler": "smote"},
        {"target": "edge-onnx"},
        {"task": "category"},
        {"model": "cnn[filters=9,epochs=3]"},
        {"model": "cnn[filters=8,epochs=4]"},
        {"model": "dummy", "featurizer": "table"},
    ]
    rows = [{**ROW, **change} for change in changes]
    assert len(set(_short(*rows)[0])) == len(rows)


def test_no_cell_has_no_name():
    assert names_of([]).shared == ""
    assert names_of([]).of("unknown") == "unknown"
