from pathlib import Path

import numpy as np
import polars as pl
import pytest

from idsbench.errors import DataError
from idsbench_mqttset.labels import target_codes, task_labels
from idsbench_mqttset.schema import CLASSES

FILE = Path("folder/made-up.csv")


def test_the_six_targets_are_known() -> None:
    assert target_codes(pl.Series(CLASSES), FILE).tolist() == [0, 1, 2, 3, 4, 5]


def test_legitimate_is_class_0_of_both_tasks_and_the_attacks_are_sorted() -> None:
    labels = task_labels(np.array([3, 0, 1], dtype=np.int16), (FILE,))
    assert labels["binary"].classes == ("legitimate", "attack")
    assert labels["binary"].codes.tolist() == [1, 0, 1]
    attacks = ("bruteforce", "dos", "flood", "malformed", "slowite")
    assert labels["category"].classes == ("legitimate", *attacks)
    assert labels["category"].codes.tolist() == [3, 0, 1]
    assert {labels[task].codes.dtype for task in labels} == {np.dtype(np.int16)}


def test_an_unknown_target_is_an_error_with_the_nearest_name() -> None:
    with pytest.raises(DataError) as caught:
        target_codes(pl.Series(["dos", "flod"]), FILE)
    assert str(caught.value) == (
        "folder/made-up.csv, line 3, column target: 'flod' is not a class of MQTTset;"
        " did you mean flood?"
    )


def test_the_name_of_a_class_file_is_not_a_target() -> None:
    with pytest.raises(DataError) as caught:
        target_codes(pl.Series(["malaria"]), FILE)
    assert str(caught.value) == (
        "folder/made-up.csv, line 2, column target: 'malaria' is not a class of MQTTset;"
        " there are: bruteforce, dos, flood, legitimate, malformed, slowite"
    )


def test_an_empty_target_is_an_error() -> None:
    with pytest.raises(DataError) as caught:
        target_codes(pl.Series(["dos", None, "flood"]), FILE)
    assert str(caught.value) == (
        "folder/made-up.csv, line 3, column target: a row without a label;"
        " write one of legitimate, bruteforce, dos, flood, malformed, slowite"
    )


@pytest.mark.parametrize(("code", "word"), [(0, "legitimate"), (2, "attack")])
def test_one_binary_class_alone_is_an_error(code: int, word: str) -> None:
    with pytest.raises(DataError) as caught:
        task_labels(np.array([code, code], dtype=np.int16), (FILE,))
    assert str(caught.value) == (
        f"folder/made-up.csv: holds only {word} rows; a detector needs legitimate and attack"
        " rows; add the missing file"
    )


def test_one_binary_class_over_several_files_names_their_folder_and_them() -> None:
    with pytest.raises(DataError) as caught:
        task_labels(np.array([1, 2], dtype=np.int16), (Path("d/dos.csv"), Path("d/flood.csv")))
    assert str(caught.value) == (
        "d: holds only attack rows (dos.csv, flood.csv); a detector needs legitimate and attack"
        " rows; add the missing file"
    )
