"""What the pages say is so: commands run, figures are printed again, links lead somewhere."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import statistics
import subprocess
import sys
import sysconfig
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest

from idsbench import hookspecs
from idsbench.values import KINDS

REPOSITORY = Path(__file__).resolve().parents[1]
README = REPOSITORY / "README.md"
CONTRIBUTING = REPOSITORY / "CONTRIBUTING.md"
DOCS = REPOSITORY / "docs"
PAGES = sorted(
    page for place in ("", "docs/", "plugins/*/") for page in REPOSITORY.glob(f"{place}*.md")
)
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
NUMBER = re.compile(r"\d+(?:\.\d+)?")
# Distances are rounded differently on other processors, and SMOTE then takes another of two equally
# near neighbours. One of 54 benign rows in one of five seeds moves a mean by 0.004, an end by 0.019.
MEAN, END, COUNT = 0.006, 0.02, 0.01
PIP = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet")


def _blocks(page: Path, language: str) -> list[str]:
    text = page.read_text(encoding="utf-8")
    return [body for name, body in FENCE.findall(text) if name == language]


def _is_ours(block: str) -> bool:
    return block.startswith("idsbench ")


RESULT, *COMMANDS = filter(_is_ours, _blocks(README, "sh"))


def _generate() -> Any:
    spec = importlib.util.spec_from_file_location("generate", DOCS / "generate.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _shell(script: str, folder: Path, programs: Path) -> str:
    """Run a block as a reader would, line after line; give what it prints."""
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=folder,
        env={**os.environ, "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def _table(page: Path, header: str) -> list[list[str]]:
    """Give the cells of the table whose header line contains `header`, without its two heads."""
    _, found, rest = page.read_text(encoding="utf-8").partition(header)
    assert found, f"{page.name} has no table with {header}"
    lines = rest.splitlines()[2:]
    rows = lines[: next(i for i, line in enumerate(lines) if not line.startswith("|"))]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]


# Links, names and generated pages


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(REPOSITORY)))
def test_every_link_to_a_file_leads_to_one(page):
    targets = re.findall(r"\]\(([^)#\s]+)", page.read_text(encoding="utf-8"))
    local = [target for target in targets if "://" not in target]
    assert [target for target in local if not (page.parent / target).exists()] == []


@pytest.mark.parametrize("name", sorted(_generate().pages()))
def test_a_generated_page_is_what_would_be_generated_now(name):
    def words(text: str) -> list[str]:  # Python versions wrap a usage line differently
        return text.split()

    committed = (DOCS / name).read_text(encoding="utf-8")
    assert words(committed) == words(_generate().pages()[name]), "run: python docs/generate.py"


def test_the_readme_opens_with_the_two_commands():
    first = _blocks(README, "sh")[0].splitlines()
    assert [line.partition(" #")[0].strip() for line in first] == ["make run", "make test"]


def test_every_make_target_that_a_page_names_exists():
    makefile = (REPOSITORY / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))
    texts = [page.read_text(encoding="utf-8") for page in PAGES]
    named = {name for text in texts for name in re.findall(r"(?:^|`)make ([a-z]+)", text, re.M)}
    assert named - targets == set()


def test_every_command_that_a_page_names_exists():
    inline = [page.read_text(encoding="utf-8") for page in PAGES]
    blocks = [block for page in PAGES for block in _blocks(page, "sh")]
    named = {name for text in inline for name in re.findall(r"`idsbench ([a-z-]+)", text)}
    named |= {name for text in blocks for name in re.findall(r"^idsbench ([a-z-]+)", text, re.M)}
    assert named
    assert named - _commands() == set()


def test_what_the_readme_says_is_missing_is_missing():
    _, _, section = README.read_text(encoding="utf-8").partition("## What is not there yet")
    sentence = section.partition("So are")[0]
    named = set(re.findall(r"`([a-z]+)`", sentence))
    assert named
    assert named & _commands() == set()


def test_every_hook_is_in_the_table_of_contracts():
    rows = _table(CONTRIBUTING, "| hook | contract | in short |")
    named = {row[0].strip("`") for row in rows}
    assert named == {f"idsbench_{kind}s" for kind in KINDS}
    assert all(hasattr(hookspecs, name) for name in named)


def _commands() -> set[str]:
    headings = re.findall(r"^## `idsbench ([a-z-]+)`$", _generate().pages()["cli.md"], re.M)
    return set(headings)


# The README's commands


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder that stands where the repository would, outside it."""
    folder = tmp_path_factory.mktemp("readme") / "main"
    folder.mkdir()
    return folder


@pytest.fixture(scope="module")
def programs() -> Path:
    """Give the folder of the environment's own `idsbench`."""
    return Path(sysconfig.get_path("scripts"))


@pytest.mark.parametrize("block", COMMANDS, ids=lambda block: block.partition("\n")[0])
def test_a_command_of_the_readme_runs_as_it_stands(block, checkout, programs, request):
    if "../shared/data" in block:
        request.getfixturevalue("shared")
    assert _shell(block, checkout, programs)


@pytest.fixture(scope="module")
def shared(checkout: Path, real_data: Path) -> Path:
    """Put the real excerpts where the README's commands look for them."""
    folder = checkout.parent / "shared"
    folder.mkdir()
    (folder / "data").symlink_to(real_data, target_is_directory=True)
    return folder


@pytest.fixture(scope="module")
def records(checkout: Path, programs: Path, shared: Path) -> list[dict[str, Any]]:
    """Run the command of the README's result; only the baselines, which it omits, are left out."""
    _shell(RESULT.rstrip() + " --results result --no-baselines", checkout, programs)
    files = (checkout / "result").glob("?" * 16 + ".json")
    return [json.loads(file.read_text(encoding="utf-8")) for file in files]


@pytest.mark.slow
def test_each_figure_of_the_first_table_is_printed_again(records):
    rows = _table(README, "| protocol | sampler | accuracy |")
    assert len(rows) == 4
    for protocol, sampler, *cells in rows:
        seeds = _those(records, protocol, sampler)
        assert len(seeds) == 5
        accuracy, fpr, low, high, real, auc = _numbers(cells)
        *means, expected_low, expected_high = _expected(seeds)
        assert [accuracy, fpr, real, auc] == pytest.approx(means, abs=MEAN)
        assert [low, high] == pytest.approx([expected_low, expected_high], abs=END)


@pytest.mark.slow
def test_each_range_of_the_second_table_is_printed_again(records):
    for key, clean, paper in _table(README, "| key | clean | paper-whole |"):
        for protocol, cell in (("clean", clean), ("paper-whole", paper)):
            values = [r[key.split("`")[1]] for r in _those(records, protocol, "smote-rus")]
            ends = _numbers([cell])
            expected = [min(values), max(values)]
            assert (ends * 2)[:2] == pytest.approx(expected, abs=END, rel=COUNT), key


@pytest.mark.slow
def test_the_rows_that_the_text_counts_are_those_of_the_sample(records):
    parts = _those(records, "clean", "none")[0]["rows"]["parts"].values()
    rows, benign = (sum(part[key] for part in parts) for key in ("rows", "benign"))
    text = " ".join(README.read_text(encoding="utf-8").split())
    assert f"{rows:,} rows of IoTID20 ({benign} of them benign)" in text


@pytest.mark.slow
def test_no_seed_of_the_result_has_a_threshold_for_one_percent(records):
    assert {record["tpr_at_fpr_1pct"] for record in records} == {None}


def _those(
    records: Iterable[Mapping[str, Any]], protocol: str, sampler: str
) -> list[Mapping[str, Any]]:
    return [
        record
        for record in records
        if (record["protocol"], record["sampler"], record["status"]) == (protocol, sampler, "ok")
    ]


def _numbers(cells: Iterable[str]) -> list[float]:
    return [float(number) for cell in cells for number in NUMBER.findall(cell)]


def _expected(seeds: list[Mapping[str, Any]]) -> Iterable[float]:
    """Give accuracy, FPR, FPR on captured rows and AUC over the seeds; then FPR's 5-95 % range."""
    for key in ("accuracy", "fpr", "fpr_real", "auc_roc"):
        yield statistics.fmean(seed[key] for seed in seeds)
    cuts = statistics.quantiles([seed["fpr"] for seed in seeds], n=20, method="inclusive")
    yield from (cuts[0], cuts[-1])


# The plugin of CONTRIBUTING.md


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the plugin's files, as the page gives them, outside the repository."""
    folder = tmp_path_factory.mktemp("plugin")
    for block in _blocks(CONTRIBUTING, "toml") + _blocks(CONTRIBUTING, "python"):
        first, _, text = block.partition("\n")
        path = folder / first.removeprefix("# ")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def printed(project: Path) -> list[str]:
    """Install it into an environment of its own and give what the page's commands print there."""
    (block,) = (b for b in _blocks(CONTRIBUTING, "sh") if b.startswith("pip install "))
    install, *commands = block.splitlines()
    venv = _environment_with(project / install.split()[-1], project)
    return [_shell(command, project, venv / "bin") for command in commands]


def test_the_plugin_of_the_page_is_listed_with_where_it_comes_from(printed):
    (line,) = (line for line in printed[0].splitlines() if "nearest-mean" in line)
    assert line.split()[-1] == "idsbench-nearest-mean"
    assert printed[1].startswith("model/nearest-mean: ")


def test_the_plugin_of_the_page_has_a_row_beside_the_baselines(printed):
    rows = {row["model"]: row for row in json.loads(printed[-1])}
    assert set(rows) == {"nearest-mean[sharpness=0.5]", "dummy", "one-rule"}
    row = rows["nearest-mean[sharpness=0.5]"]
    assert (row["status"], row["reason"]) == ("ok", "")
    assert row["plugin_versions"]["idsbench-nearest-mean"] == "0.1.0"
    assert row["auc_roc"] > 0.5


def test_the_plugin_of_the_page_keeps_the_rules_of_the_linter(project):
    settings = f"--config={REPOSITORY / 'pyproject.toml'}"
    command = [sys.executable, "-m", "ruff", "check", "--no-cache", settings, project]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def _environment_with(source: Path, folder: Path) -> Path:
    """Give a new environment that holds one distribution, and sees all of ours after it."""
    build = ("wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", folder, source)
    subprocess.run([*PIP, *build], check=True)
    venv = folder / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", venv], check=True)
    wheels = folder.glob("*.whl")
    install = ("--python", venv / "bin" / "python", "install", "--no-deps", "--no-index", *wheels)
    subprocess.run([*PIP, *install], check=True)
    # The command `idsbench` comes with the core; here the core is borrowed, so it is made by hand.
    ours = sysconfig.get_path("purelib")
    site = sysconfig.get_path("purelib", "venv", {"base": str(venv), "platbase": str(venv)})
    borrow = f"import site; site.addsitedir({ours!r})\n"
    (Path(site) / "borrowed.pth").write_text(borrow, encoding="utf-8")
    command = venv / "bin" / "idsbench"
    command.write_text(f'#!/bin/sh\nexec "{venv}/bin/python" -m idsbench.cli "$@"\n', "utf-8")
    command.chmod(0o755)
    return venv
