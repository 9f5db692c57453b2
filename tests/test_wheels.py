"""The built wheels work by themselves: installed elsewhere, run elsewhere, nothing of the checkout."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import tomllib
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from idsbench.catalog import load_catalog
from idsbench.values import KINDS

REPOSITORY = Path(__file__).resolve().parents[1]
PROJECTS = (REPOSITORY, *sorted((REPOSITORY / "plugins").glob("idsbench-*")))
PIP = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet")

# Prints, for each module named, the file it would be imported from.
WHERE = """
import importlib.util, json, sys
print(json.dumps({name: importlib.util.find_spec(name).origin for name in sys.argv[1:]}))
"""


@dataclass(frozen=True)
class Elsewhere:
    """An environment outside the repository: wheels installed, libraries borrowed from ours."""

    folder: Path
    wheels: tuple[Path, ...]

    def call(self, program: str, *arguments: str) -> str:
        """Run a program of the environment in its folder; give what it prints."""
        environment = {key: text for key, text in os.environ.items() if key != "PYTHONPATH"}
        done = subprocess.run(
            [self.folder / "venv" / "bin" / program, *arguments],
            cwd=self.folder,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def idsbench(self, *arguments: str) -> Any:
        """Run `idsbench` and read the JSON it prints."""
        return json.loads(self.call("idsbench", *arguments, "--format", "json"))


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Elsewhere:
    """Build all wheels and install them where only third-party libraries come from our venv."""
    folder = tmp_path_factory.mktemp("elsewhere")
    built = folder / "wheels"
    build = ("wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", built, *PROJECTS)
    subprocess.run([*PIP, *build], check=True)
    wheels = tuple(sorted(built.glob("*.whl")))
    venv = folder / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", venv], check=True)
    # Installed before the libraries are in sight, or pip would find our editable installs enough.
    install = ("--python", venv / "bin" / "python", "install", "--no-deps", "--no-index", *wheels)
    subprocess.run([*PIP, *install], check=True)
    site = sysconfig.get_path("purelib", "venv", {"base": str(venv), "platbase": str(venv)})
    # A folder named in a .pth file has no .pth files of its own read: the checkout stays out.
    libraries = sysconfig.get_path("purelib")
    (Path(site) / "borrowed.pth").write_text(f"{libraries}\n", encoding="utf-8")
    return Elsewhere(folder, wheels)


def test_every_distribution_becomes_one_wheel(elsewhere):
    names = {wheel.name.split("-")[0].replace("_", "-") for wheel in elsewhere.wheels}
    assert names == {_project(folder)["name"] for folder in PROJECTS}
    assert len(elsewhere.wheels) == len(PROJECTS)


def test_a_wheel_holds_every_file_of_its_package(elsewhere):
    held = {name for wheel in elsewhere.wheels for name in zipfile.ZipFile(wheel).namelist()}
    sources = (folder / "src" for folder in PROJECTS)
    wanted = {
        str(path.relative_to(source))
        for source in sources
        for path in source.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert wanted - held == set()


def test_a_wheel_states_its_licence(elsewhere):
    for wheel in elsewhere.wheels:
        with zipfile.ZipFile(wheel) as archive:
            (metadata,) = [name for name in archive.namelist() if name.endswith("/METADATA")]
            text = archive.read(metadata).decode()
        assert "License-Expression: Apache-2.0\n" in text, wheel.name


def test_the_wheels_offer_what_the_checkout_offers(elsewhere):
    catalog = load_catalog()
    here = {(c.kind, c.name) for kind in KINDS for c in catalog.components(kind)}
    listed = elsewhere.idsbench("list")
    assert {(row["kind"], row["name"]) for row in listed} == here


def test_no_plugin_among_the_wheels_is_broken(elsewhere):
    plugins = elsewhere.idsbench("plugins")
    names = {_project(folder)["name"] for folder in PROJECTS}
    assert {plugin["distribution"] for plugin in plugins} == names
    assert [plugin["error"] for plugin in plugins] == [""] * len(plugins)


def test_the_code_that_runs_is_the_wheels(elsewhere):
    catalog = load_catalog()
    builds = {c.build.partition(":")[0] for kind in KINDS for c in catalog.components(kind)}
    modules = {plugin.module for plugin in catalog.plugins} | builds
    found = json.loads(elsewhere.call("python", "-c", WHERE, *sorted(modules)))
    inside = str(elsewhere.folder / "venv")
    outside = [f"{name}: {file}" for name, file in found.items() if not file.startswith(inside)]
    assert outside == []


def test_a_model_is_trained_and_measured_from_the_wheels(elsewhere):
    selection = ("--datasets", "iotid20", "--models", "logistic", "--no-baselines")
    (row,) = elsewhere.idsbench("run", *selection)
    assert (row["status"], row["variant"], row["model"]) == ("ok", "stand-in", "logistic")
    assert row["commit"] is None  # only a checkout has one
    (listed,) = elsewhere.idsbench("leaderboard")
    assert listed["cell"] == row["cell"]


def test_the_published_tables_come_with_the_wheels(elsewhere):
    claims = [row["claim"] for row in elsewhere.idsbench("claims")]
    assert claims == ["paper-c", "paper-c", "paper-m", "paper-m"]


def test_the_suites_come_with_the_wheels(elsewhere):
    names = [row["name"] for row in elsewhere.idsbench("list", "suites")]
    assert names == ["iotid20-mobilenet", "mqttset-cnn"]


def test_all_distributions_share_one_version_and_standard_names_them():
    projects = [_project(folder) for folder in PROJECTS]
    (version,) = {project["version"] for project in projects}
    plugins = [f"{project['name']}=={version}" for project in projects[1:]]
    assert sorted(projects[0]["optional-dependencies"]["standard"]) == plugins
    assert all(f"idsbench=={version}" in project["dependencies"] for project in projects[1:])


def _project(folder: Path) -> dict[str, Any]:
    return tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))["project"]
