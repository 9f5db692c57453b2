"""The fingerprint changes with all code and libraries that a component uses, and with no other."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import pytest

from idsbench import fingerprint as module
from idsbench.fingerprint import code_hash, fingerprint, library_version

PACKAGE = "idsbench_probe_package"
SOURCES = {
    "__init__.py": "",
    "component.py": (
        "import json\n"
        "from . import at_top\n"
        f"import {PACKAGE}.by_name\n"
        "def build():\n"
        "    from .inside.function import work\n"
        f"    from {PACKAGE} import from_package\n"
    ),
    "at_top.py": "from .second_hand import x\n",
    "second_hand.py": "from .component import build\nx = 1\n",
    "by_name.py": "",
    "from_package.py": "",
    "inside/__init__.py": "",
    "inside/function.py": "from ..upwards import y\nwork = 1\n",
    "upwards.py": "y = 1\n",
    "unrelated.py": "",
    "test_component.py": "",
}


@pytest.fixture
def package(tmp_path, monkeypatch) -> Path:
    folder = tmp_path / PACKAGE
    for name, text in SOURCES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    monkeypatch.syspath_prepend(str(tmp_path))
    importlib.invalidate_caches()
    _forget()
    yield folder
    _forget()
    for name in [name for name in sys.modules if name.partition(".")[0] == PACKAGE]:
        del sys.modules[name]


def _forget() -> None:
    for name in vars(module):
        clear = getattr(getattr(module, name), "cache_clear", None)
        if clear:
            clear()


def _hash(name: str = "component") -> str:
    _forget()
    return code_hash(f"{PACKAGE}.{name}")


@pytest.mark.parametrize(
    "name",
    [
        "component.py",
        "at_top.py",
        "second_hand.py",
        "by_name.py",
        "from_package.py",
        "inside/__init__.py",
        "inside/function.py",
        "upwards.py",
        "__init__.py",
    ],
)
def test_editing_a_module_that_the_component_imports_changes_it(package, name):
    before = _hash()
    path = package / name
    path.write_text(path.read_text() + "# edited\n")
    assert _hash() != before


@pytest.mark.parametrize("name", ["unrelated.py", "test_component.py"])
def test_editing_a_module_that_it_does_not_import_changes_nothing(package, name):
    before = _hash()
    (package / name).write_text("z = 2\n")
    assert _hash() == before


CARD = 'name = "x"\nfunction = "idsbench_probe_package.unrelated:f"\n'


@pytest.mark.parametrize("name", ["x.c", "c/x.h"])
def test_c_that_comes_with_a_component_counts(package, name):
    before = _hash()
    path = package / name
    path.parent.mkdir(exist_ok=True)
    path.write_text("int x;\n")
    with_source = _hash()
    path.write_text("int y;\n")
    assert len({before, with_source, _hash()}) == 3


@pytest.mark.parametrize("name", ["x.toml", "cards/x.toml"])
def test_a_card_beside_the_component_and_the_code_that_it_names_count(package, name):
    before = _hash()
    path = package / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(CARD)
    with_card = _hash()
    path.write_text(CARD + "# edited\n")
    edited = _hash()
    (package / "unrelated.py").write_text("z = 3\n")
    assert len({before, with_card, edited, _hash()}) == 4


def test_cards_of_other_folders_and_beside_a_module_without_a_package_do_not_count(
    package, tmp_path
):
    before, alone = _hash(), _hash("inside.function")
    (tmp_path / "alone.py").write_text("")
    (tmp_path / "x.toml").write_text(CARD)
    (package / "x.toml").write_text(CARD)
    assert _hash("inside.function") == alone
    assert _hash() != before
    assert set(module._reachable("alone")) == {"alone"}


def test_touching_a_file_without_editing_it_changes_nothing(package):
    before = _hash()
    path = package / "component.py"
    path.write_text(path.read_text())
    assert _hash() == before


def test_the_core_that_a_component_imports_counts_too(package):
    before = _hash()
    path = package / "upwards.py"
    path.write_text("y = 1\ndef f():\n    from idsbench import scaling\n")
    assert _hash() != before
    reached = module._reachable(f"{PACKAGE}.component")
    assert {"idsbench.scaling", "idsbench.errors"} <= set(reached)


def test_other_distributions_count_by_version_not_by_source(package):
    (package / "upwards.py").write_text("import numpy\nimport pytest\ny = 1\n")
    tops = {name.partition(".")[0] for name in module._reachable(f"{PACKAGE}.component")}
    assert tops == {PACKAGE}


def test_what_a_component_imports_from_another_plugin_counts_by_source(package):
    """A target may use another plugin's code, whose version stays while it is worked on."""
    (package / "upwards.py").write_text("def f():\n    import idsbench_images.image\ny = 1\n")
    reached = module._reachable(f"{PACKAGE}.component")
    assert {"idsbench_images.image", "idsbench_images.placement"} <= set(reached)


def test_a_module_that_is_not_python_or_not_there_is_passed_over(package):
    (package / "upwards.py").write_text("from . import not_there\nimport sys\ny = 1\n")
    assert len(_hash()) == 64
    assert _hash("nowhere.at_all") == _hash("nothing")


def test_a_module_with_a_syntax_error_has_a_hash_so_that_only_its_cell_fails(package):
    before = _hash()
    (package / "upwards.py").write_text("def (:\n")
    assert _hash() != before


def test_a_library_of_another_version_changes_the_fingerprint(monkeypatch):
    used = [("idsbench.builtin.dummy:Dummy", ("polars",))]
    before = fingerprint(used, ())
    versions = {"polars": "999"}
    monkeypatch.setattr(
        module, "library_version", lambda name: versions.get(name) or library_version(name)
    )
    assert fingerprint(used, ()) != before
    assert fingerprint([("idsbench.builtin.dummy:Dummy", ())], ()) == fingerprint(
        [("idsbench.builtin.dummy:Dummy", ("numpy",))], ()
    )


def test_numpy_counts_for_every_component(monkeypatch):
    before = fingerprint([], ())
    monkeypatch.setattr(module, "library_version", lambda name: f"{name} 0")
    assert fingerprint([], ()) != before


def test_another_python_changes_the_fingerprint(monkeypatch):
    before = fingerprint([], ())
    monkeypatch.setattr(module.platform, "python_version", lambda: "3.99.0")
    assert fingerprint([], ()) != before


def test_the_pipelines_own_modules_change_the_fingerprint():
    found = {fingerprint([], core) for core in ((), ("idsbench.prepare",), ("idsbench.train",))}
    assert len(found) == 3


def test_the_pipeline_reaches_every_stage_that_makes_a_score():
    reached = set(module._reachable("idsbench.jobs"))
    stages = ("prepare", "train", "measure", "metrics", "vectors", "timing", "energy")
    assert {f"idsbench.{stage}" for stage in stages} <= reached


def test_order_and_repetition_of_components_do_not_matter():
    one, two = ("idsbench.builtin.dummy:Dummy", ()), ("idsbench.builtin.cpu:Cpu", ("numpy",))
    assert fingerprint([one, two], ("a", "b")) == fingerprint([two, one, one], ("b", "a"))
    assert fingerprint([one], ()) != fingerprint([two], ())


def test_a_version_is_that_of_the_installed_distribution_or_empty():
    assert library_version("pluggy") == importlib.metadata.version("pluggy")
    assert library_version("not-a-distribution") == ""
