"""What a record says of an error names modules and `~`, not this machine's folders."""

from __future__ import annotations

import os
import sys

import numpy as np
import pytest

import idsbench
from idsbench import places
from idsbench.limits import Limits
from idsbench.outcomes import Running, outcome_of
from idsbench.places import without_places
from idsbench.rowstore import write_json
from idsbench.steps import Step
from idsbench.workers import Ended


@pytest.fixture(autouse=True)
def _anew(monkeypatch):
    """Let each test have its own home and path, and leave nothing behind."""
    monkeypatch.setenv("HOME", "/home/someone")
    places._places.cache_clear()
    yield
    monkeypatch.undo()
    places._places.cache_clear()


@pytest.mark.parametrize("module", [np, os, idsbench], ids=lambda module: module.__name__)
def test_a_modules_file_is_named_as_it_is_imported(module):
    short = module.__name__ if module is not os else "os.py"
    told = without_places(f'  File "{module.__file__}", line 3')
    assert told.startswith(f'  File "{short}')


def test_the_home_folder_is_a_tilde_wherever_it_stands():
    text = "/home/someone/data/a.csv: line 3, beside /home/someone/b and /home/someone-else/c"
    assert without_places(text) == "~/data/a.csv: line 3, beside ~/b and /home/someone-else/c"


def test_a_virtual_environment_in_the_home_folder_gives_module_names(monkeypatch):
    packages = "/home/someone/work/.venv/lib/python3/site-packages"
    monkeypatch.setattr(sys, "path", ["/home/someone/work", packages])
    assert without_places(f"{packages}/torch/a.py") == "torch/a.py"


def test_a_file_of_the_cache_is_named_from_the_cache_on(monkeypatch, tmp_path):
    real = tmp_path / "a" / "cache"
    real.mkdir(parents=True)
    (tmp_path / "link").symlink_to(real)
    for place in (real, tmp_path / "link"):
        monkeypatch.setenv("IDSBENCH_CACHE", str(place))
        told = without_places(f"{place}/artifacts/ab/model.onnx and {real}/run-1: broken")
        assert told == "cache/artifacts/ab/model.onnx and cache/run-1: broken"


def test_a_cache_near_the_root_or_in_the_home_folder_is_told_apart(monkeypatch):
    monkeypatch.setenv("IDSBENCH_CACHE", "/cache")
    assert without_places("/home/cache/x") == "/home/cache/x"
    monkeypatch.setenv("IDSBENCH_CACHE", "/home/someone/.cache/idsbench")
    text = "/home/someone/.cache/idsbench/tables/a and /home/someone/b"
    assert without_places(text) == "cache/tables/a and ~/b"


@pytest.mark.parametrize("path", ["/", "/usr", ""])
def test_a_short_folder_on_the_path_erases_nothing(monkeypatch, path):
    monkeypatch.setattr(sys, "path", [path])
    assert without_places("/usr/share/a 1/2") == "/usr/share/a 1/2"


@pytest.mark.parametrize("home", ["/", ""])
def test_a_home_at_the_root_erases_nothing(monkeypatch, home):
    monkeypatch.setenv("HOME", home)
    assert without_places("/data/a.csv 1/2") == "/data/a.csv 1/2"


def test_a_failed_job_leaves_no_folder_of_this_machine_in_its_record(tmp_path):
    place = np.__file__
    result = {"outcome": "failed", "type": "ValueError", "reason": f"{place} and /home/someone/x"}
    write_json(tmp_path / "result.json", result)
    (tmp_path / "log.txt").write_text(f'File "{place}"\n/home/someone/y\n')
    running = Running(Step("s", "train", (), tmp_path, {}, (), "s"), tmp_path, 0.0)
    done = outcome_of(running, Ended("s"), 1.0, Limits())
    assert done.reason == "train: numpy/__init__.py and ~/x"
    assert done.details["error"]["log"] == 'File "numpy/__init__.py"\n~/y\n'


def test_a_crashed_job_leaves_none_either(tmp_path):
    (tmp_path / "log.txt").write_text("/home/someone/y\n")
    running = Running(Step("s", "train", (), tmp_path, {}, (), "s"), tmp_path, 0.0)
    done = outcome_of(running, Ended("s", code=3), 1.0, Limits())
    assert done.details["error"]["log"] == "~/y\n"
