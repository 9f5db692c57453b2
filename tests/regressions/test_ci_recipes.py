"""The recipes run as they are written: a real run, committed, and requests gated against it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from idsbench.cli import _parser

pytestmark = pytest.mark.slow
REPOSITORY = Path(__file__).resolve().parents[2]
PAGE = REPOSITORY / "docs" / "ci" / "README.md"
ACTION = REPOSITORY / ".github" / "actions" / "gate" / "action.yml"
SELECTION = "--datasets iotid20 --models logistic --seeds 0-4 --no-baselines"


def _shell(folder: Path, script: str, **environment: str) -> subprocess.CompletedProcess[str]:
    bin_folder = str(Path(sys.executable).parent)
    path = os.pathsep.join((bin_folder, os.environ["PATH"]))
    names = {
        f"GIT_{who}_{what}": value
        for who in ("AUTHOR", "COMMITTER")
        for what, value in (("NAME", "Someone"), ("EMAIL", "someone@example.org"))
    }
    return subprocess.run(
        ["sh", "-c", script],
        cwd=folder,
        env={**os.environ, **names, **environment, "PATH": path},
        capture_output=True,
        text=True,
    )


@pytest.fixture(scope="module")
def committed(tmp_path_factory) -> Path:
    """Follow the page's first block in a repository of the test's own."""
    folder = tmp_path_factory.mktemp("recipes")
    (block,) = re.findall(r"```sh\n(idsbench run.*?)```", PAGE.read_text("utf-8"), re.S)
    done = _shell(folder, f"set -e\ngit init -q -b main\n{block}")
    assert done.returncode == 0, done.stderr
    return folder


def test_a_request_that_changes_nothing_passes(committed):
    script = f"sh {REPOSITORY / 'docs' / 'ci' / 'gate.sh'}"
    done = _shell(committed, script, TARGET="main", SELECTION=SELECTION)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "identical at every seed" in done.stdout
    out = committed / "results" / "local" / "gate"
    assert (out / "gate.md").read_text("utf-8").splitlines()[2].startswith("| cell")
    suite = ElementTree.fromstring((out / "gate.xml").read_text("utf-8"))[0]
    assert (suite.get("failures"), suite.get("skipped")) == ("0", "0")


def test_a_request_with_another_detector_has_nothing_to_compare(committed):
    script = f"sh {REPOSITORY / 'docs' / 'ci' / 'gate.sh'}"
    other = "--datasets iotid20 --models dummy --no-baselines --seeds 0"
    done = _shell(committed, script, TARGET="main", SELECTION=other, OUT="results/local/other")
    assert done.returncode == 4
    assert "the cell is missing in HEAD" in done.stdout
    assert "the cell has no baseline" in done.stdout


def test_the_script_refuses_to_run_without_a_selection(committed):
    done = _shell(committed, f"sh {REPOSITORY / 'docs' / 'ci' / 'gate.sh'}")
    assert done.returncode != 0
    assert "name a suite, or options of idsbench run" in done.stderr


def test_options_that_the_recipes_name_exist():
    text = PAGE.read_text("utf-8") + ACTION.read_text("utf-8")
    selections = set(re.findall(r"(?:SELECTION:|selection:) (--.+)", text))
    limits = set(re.findall(r"limits: (--.+)", text))
    assert selections
    assert limits
    for words in selections:
        _parser().parse_args(["run", *words.split()])
    for words in limits:
        _parser().parse_args(["gate", "--baseline", "x", *words.split()])


def test_the_action_hands_every_input_to_the_script():
    text = ACTION.read_text("utf-8")
    script = (REPOSITORY / "docs" / "ci" / "gate.sh").read_text("utf-8")
    named = set(re.findall(r"([A-Z]+): \$\{\{ inputs\.", text))
    assert named == {"TARGET", "SELECTION", "RECORDS", "LIMITS"}
    assert all(f"${{{name}:" in script for name in named)
