"""The recipes run as they are written: a real run, committed, and requests gated against it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from ruamel.yaml import YAML

from idsbench.cli import _parser

pytestmark = pytest.mark.slow
REPOSITORY = Path(__file__).resolve().parents[2]
PAGE = REPOSITORY / "docs" / "ci" / "README.md"
GATE = REPOSITORY / "docs" / "ci" / "gate.sh"
ACTION = REPOSITORY / ".github" / "actions" / "gate" / "action.yml"
EXPRESSION = re.compile(r"\$\{\{ *([\w.]+) *\}\}")
QUICK = (("--models logistic", "--models dummy"), ("--seeds 0-4", "--seeds 0-1"))


def _quick(text: str) -> str:
    """Name a smaller selection in place of the page's; everything else stays as it is written."""
    for written, smaller in QUICK:
        text = text.replace(written, smaller)
    return text


def _blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE.read_text("utf-8"), re.S)


def _recipe(key: str) -> Any:
    """Read the YAML block of the page that has this key."""
    loaded = [YAML(typ="safe").load(_quick(block)) for block in _blocks("yaml")]
    (found,) = [one for one in loaded if key in one]
    return found


def _shell(folder: Path, script: str, **environment: str) -> subprocess.CompletedProcess[str]:
    bin_folder = str(Path(sys.executable).parent)
    path = os.pathsep.join((bin_folder, os.environ["PATH"]))
    names = {
        f"GIT_{who}_{what}": value
        for who in ("AUTHOR", "COMMITTER")
        for what, value in (("NAME", "Someone"), ("EMAIL", "someone@example.org"))
    }
    return subprocess.run(
        ["sh", "-c", f"set -e\n{script}"],
        cwd=folder,
        env={**os.environ, **names, **environment, "PATH": path},
        capture_output=True,
        text=True,
    )


@pytest.fixture(scope="module")
def committed(tmp_path_factory) -> Path:
    """Follow the page's first block in a repository of the test's own."""
    folder = tmp_path_factory.mktemp("recipes")
    (block,) = [one for one in _blocks("sh") if one.startswith("idsbench run")]
    for source in (GATE, ACTION):
        copy = folder / source.relative_to(REPOSITORY)
        copy.parent.mkdir(parents=True)
        copy.write_bytes(source.read_bytes())
    done = _shell(folder, f"git init -q -b main\ngit add docs .github\n{_quick(block)}")
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture
def request_of(committed, tmp_path) -> Path:
    """Give a clone with a branch of its own, as a runner of CI has it."""
    clone = tmp_path / "clone"
    done = _shell(tmp_path, f"git clone -q {committed} {clone}\ncd {clone}\ngit checkout -q -b new")
    assert done.returncode == 0, done.stderr
    return clone


def _passed(done: subprocess.CompletedProcess[str], clone: Path) -> None:
    assert done.returncode == 0, done.stdout + done.stderr
    assert "gate passed: 4 ok" in done.stdout
    out = clone / "results" / "local" / "gate"
    assert out.joinpath("gate.md").read_text("utf-8").splitlines()[2].startswith("| cell")
    suite = ElementTree.fromstring((out / "gate.xml").read_text("utf-8"))[0]
    assert (suite.get("failures"), suite.get("skipped")) == ("0", "0")


def test_the_plain_shell_recipe_passes_a_request_that_changes_nothing(request_of):
    (block,) = [one for one in _blocks("sh") if "gate.sh" in one]
    _passed(_shell(request_of, _quick(block)), request_of)


def test_the_github_recipe_runs_the_action_and_fills_the_summary(request_of):
    recipe = _recipe("jobs")
    first, python, install, gate = recipe["jobs"]["gate"]["steps"]
    assert first["with"]["fetch-depth"] == 0
    assert "setup-python" in python["uses"]
    assert install["run"] == 'pip install "idsbench[standard]"'
    assert gate["uses"] == f"./{ACTION.parent.relative_to(REPOSITORY)}"
    action = YAML(typ="safe").load(ACTION.read_text("utf-8"))
    (step,) = action["runs"]["steps"]
    given = {"github.base_ref": "main", "github.action_path": str(request_of / gate["uses"])}
    inputs = {name: one.get("default") for name, one in action["inputs"].items()} | gate["with"]
    given |= {f"inputs.{name}": _expressed(text, given) for name, text in inputs.items()}
    environment = {name: _expressed(text, given) for name, text in step["env"].items()}
    summary = request_of / "summary.md"
    script = _expressed(step["run"], {})
    assert script == step["run"]  # no text of a request is pasted into a script
    _passed(_shell(request_of, script, GITHUB_STEP_SUMMARY=str(summary), **environment), request_of)
    assert "| identical at every seed |" in summary.read_text("utf-8")


def test_the_gitlab_recipe_fetches_the_target_and_passes(request_of):
    job = _recipe("gate")["gate"]
    install, *script = job["script"]
    assert install == 'pip install "idsbench[standard]"'
    target = {"CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main"}
    environment = {
        name: re.sub(r"\$(CI_\w+)", lambda found: target[found[1]], text)
        for name, text in job["variables"].items()
    }
    _passed(_shell(request_of, "\n".join(script), **target, **environment), request_of)
    for path in (*job["artifacts"]["paths"], job["artifacts"]["reports"]["junit"]):
        assert (request_of / path).exists()


def _expressed(text: str, given: dict[str, str]) -> str:
    """Fill in GitHub's expressions; one that is not known is an error."""
    return EXPRESSION.sub(lambda found: given[found[1]], str(text))


@pytest.mark.parametrize(
    ("schema", "key"), [("vendor.github-workflows", "jobs"), ("vendor.gitlab-ci", "gate")]
)
def test_a_recipe_keeps_the_schema_of_its_ci(tmp_path, schema, key):
    path = tmp_path / "recipe.yml"
    YAML().dump(_recipe(key), path)
    assert _checked(schema, path) == 0
    path.write_text(path.read_text("utf-8").replace("script:", "scripts:").replace("runs-on", "on"))
    assert _checked(schema, path) == 1


def test_the_action_keeps_the_schema_of_actions():
    assert _checked("vendor.github-actions", ACTION) == 0


def _checked(schema: str, path: Path) -> int:
    command = [str(Path(sys.executable).with_name("check-jsonschema")), "--builtin-schema", schema]
    return subprocess.run([*command, str(path)], capture_output=True).returncode


def test_a_request_with_another_detector_has_nothing_to_compare(committed):
    other = "--datasets iotid20 --models one-rule --no-baselines --seeds 0"
    named = {"TARGET": "main", "SELECTION": other, "OUT": "results/local/other"}
    done = _shell(committed, f"sh {GATE}", **named)
    assert done.returncode == 4
    assert "the cell is missing in HEAD" in done.stdout
    assert "the cell has no baseline" in done.stdout


def test_the_script_refuses_to_run_without_a_selection(committed):
    done = _shell(committed, f"sh {GATE}")
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
    named = set(re.findall(r"([A-Z]+): \$\{\{ inputs\.", text))
    assert named == {"TARGET", "SELECTION", "RECORDS", "LIMITS"}
    assert all(f"${{{name}:" in GATE.read_text("utf-8") for name in named)
