"""The core's shape: imports point backwards, no framework, no plugin by name, small pieces."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from idsbench.catalog import load_catalog
from idsbench.flags import FLAGS

REPOSITORY = Path(__file__).resolve().parents[1]
CORE = REPOSITORY / "src" / "idsbench"
PLUGINS = sorted((REPOSITORY / "plugins").glob("*/src/*"))
FRAMEWORKS = {"sklearn", "imblearn", "torch", "tensorflow", "keras", "litert", "ray", "pandas"}
HEAVY = {"numpy", "polars", "codecarbon", "scipy", "rich", "psutil"}

# The stages that a cell goes through. None may import one that comes after it.
FLOW = (
    ("values", "errors"),
    ("contracts", "hookspecs"),
    ("catalog", "selection"),
    ("tune_space",),
    ("cells", "sources"),
    ("plan",),
    ("suite_plan",),
    ("steps", "schedule", "rowstore", "solo", "loading"),
    ("components",),
    ("prepare",),
    ("checkpoint", "tune_rows", "tune"),
    ("fitting",),
    ("tune_training",),
    ("train",),
    ("deploy", "parity"),
    ("measure",),
    ("jobs", "record"),
    ("standstill",),
    ("completion", "renewal", "resume"),
    ("run",),
    ("suite_command",),
    ("commands",),
)
# What reads a results folder alone: on a machine with no plugin, no data and no runner.
READERS = (
    "values",
    "errors",
    "flags",
    "rowkeys",
    "several",
    "vectors",
    "rates",
    "intervals",
    "thresholds",
    "metrics",
    "where",
    "ranking",
    "tables",
    *("tables_fitted", "tables_folded"),
    "untrusted",
    "leaderboard_columns",
    "cost_columns",
    "leaderboard",
    "store",
    "evidence",
    *("power", "compare_values", "compare_pairs", "compare_metrics", "compare_paired", "compare"),
    *("compare_names", "compare_source", "compare_text", "gate_rules", "gate"),
    *("baselines", "history_steps", "history", "history_text", "history_figure"),
    *("claims_scores", "claims_solve", "claims_file", "claims_bounds", "claims_mix"),
    *("claims_reason", "claims_readings", "claims_library", "claims", "claims_published"),
    *("suite_file", "suite_published", "worth_series", "worth", "worth_words", "worth_figure"),
    "worth_page",
)
MACHINERY = {
    *("catalog", "selection", "plan", "cells", "sources", "components", "prepare", "train"),
    *("measure", "timing", "energy", "jobs", "forkserver", "workers", "run", "steps", "schedule"),
    "standstill",
}
LIGHT = ("cli", "catalog", "selection", "values", "hookspecs", "errors", "flags", "commands")

# Longer than the house rules allow, each with its reason.
LONG_MODULES = {"values.py": "the frozen values of all stages; docstrings are two thirds of it"}
LONG_FUNCTIONS = {
    "steps.py:_steps_of": "one flat literal per payload; cutting it would hide what a stage gets",
    "record.py:finished": "one flat literal: the record's extra keys in one place",
    "metrics.py:measure": "one flat sequence of keys, each computed by a function of its own",
}
MOST_MODULE_LINES, MOST_FUNCTION_LINES = 300, 40

# Words of the core that are also names of first-party components.
SHARED_WORDS = {
    "none": "the sampler that baselines run with, and the word for a missing value",
    "table": "a kind of input, and an output format",
    "image": "a kind of input",
}


def _name(path: Path) -> str:
    parts = path.relative_to(CORE).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


MODULES = {_name(path): path for path in sorted(CORE.rglob("*.py"))}


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_bytes())


def _is_type_checking(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING")


def _nodes(tree: ast.AST, at_import: bool) -> Iterator[ast.AST]:
    """Walk what runs: without type-checking blocks and, at import, without function bodies."""
    for node in ast.iter_child_nodes(tree):
        if _is_type_checking(node):
            continue
        yield node
        if at_import and isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        yield from _nodes(node, at_import)


def _imported(path: Path, at_import: bool) -> set[str]:
    names: set[str] = set()
    for node in _nodes(_tree(path), at_import):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name}: a relative import; name the module in full"
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names


@cache
def _own_imports(module: str, at_import: bool = False) -> frozenset[str]:
    """Name the core's modules that a module of the core imports."""
    found = {name.removeprefix("idsbench.") for name in _imported(MODULES[module], at_import)}
    return frozenset(found & set(MODULES) - {module, ""})


def _reached(module: str, at_import: bool = False) -> set[str]:
    found, waiting = set(), [module]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += _own_imports(name, at_import)
    return found


def _functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def test_the_lists_of_this_test_name_modules_that_exist():
    named = {*READERS, *MACHINERY, *LIGHT, *(name for stage in FLOW for name in stage)}
    assert named <= set(MODULES)
    assert len(MODULES) > 40


def test_imports_point_backwards_along_the_flow():
    order = {name: place for place, stage in enumerate(FLOW) for name in stage}
    wrong = [
        f"{module} imports {other}"
        for module, place in order.items()
        for other in _reached(module)
        if order.get(other, -1) > place
    ]
    assert wrong == []


def test_no_two_modules_import_each_other():
    cycles = {
        " and ".join(sorted((module, other)))
        for module in MODULES
        for other in _own_imports(module, at_import=True)
        if module in _reached(other, at_import=True)
    }
    assert cycles == set()


def test_the_lowest_modules_import_nothing_or_only_values():
    assert _own_imports("values") == frozenset()
    assert _own_imports("errors") == frozenset()
    assert _own_imports("hookspecs") == {"values"}
    assert _own_imports("contracts") == {"values"}


@pytest.mark.parametrize("module", READERS)
def test_what_reads_results_needs_no_plugin_and_no_runner(module):
    assert _reached(module) & MACHINERY == set()


def test_reading_results_works_where_no_plugin_can_be_imported():
    code = (
        "import builtins, json, sys\n"
        "real = builtins.__import__\n"
        "def guarded(name, *rest):\n"
        "    if name.startswith('idsbench_') or name.partition('.')[0] in sys.argv[1:]:\n"
        "        raise ImportError(name)\n"
        "    return real(name, *rest)\n"
        "builtins.__import__ = guarded\n"
        "from idsbench import leaderboard, metrics, evidence, store\n"
        "row = dict.fromkeys(leaderboard.select.__globals__['ROW_KEYS'])\n"
        "row.update(status='ok', flags=[], model='m', cell='c', seed=0, reason='')\n"
        "print(json.dumps([len(leaderboard.render([row], f)) > 0 for f in ('json', 'markdown')]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *FRAMEWORKS], capture_output=True, text=True, check=True
    )
    assert json.loads(done.stdout) == [True, True]


@pytest.mark.parametrize("module", sorted(MODULES))
def test_the_core_imports_no_framework_and_no_plugin_at_all(module):
    tops = {name.partition(".")[0] for name in _imported(MODULES[module], at_import=False)}
    assert not tops & FRAMEWORKS
    assert not {top for top in tops if top.startswith("idsbench_")}


@pytest.mark.parametrize("module", LIGHT)
def test_what_every_command_imports_is_light(module):
    reached = _reached(module, at_import=True)
    tops = {
        name.partition(".")[0]
        for other in reached
        for name in _imported(MODULES[other], at_import=True)
    }
    assert not tops & HEAVY


@pytest.mark.parametrize("path", PLUGINS, ids=lambda path: path.name)
def test_what_registers_a_plugin_imports_only_hooks_and_values(path):
    allowed = {"idsbench.hookspecs", "idsbench.values", path.name}
    for file in (path / "__init__.py", path / "plugin.py"):
        for name in _imported(file, at_import=True):
            top = name.partition(".")[0]
            light = top in sys.stdlib_module_names or any(
                name == one or name.startswith(f"{one}.") for one in allowed
            )
            assert light, f"{file.name} imports {name}"


@cache
def _first_party_names() -> frozenset[str]:
    """Name the first-party distributions, their modules and components."""
    folders = {folder.name for folder in (REPOSITORY / "plugins").iterdir()}
    names: set[str] = set()
    for plugin in load_catalog().plugins:
        if plugin.distribution in folders:
            names |= {plugin.distribution, plugin.module, plugin.module.partition(".")[0]}
            names |= {component.name for component in plugin.components}
    return frozenset(names)


def _docstrings(tree: ast.Module) -> set[int]:
    found = set()
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list):
            found |= {
                id(line.value)
                for line in body
                if isinstance(line, ast.Expr) and isinstance(line.value, ast.Constant)
            }
    return found


def _texts(path: Path) -> Iterator[ast.Constant]:
    tree = _tree(path)
    skipped = _docstrings(tree)
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and id(node) not in skipped
        ):
            yield node


def test_the_core_names_no_first_party_plugin():
    names = _first_party_names() - set(SHARED_WORDS)
    assert {"mqttset", "iotid20", "smote", "logistic", "idsbench-sklearn"} <= names
    wrong = [
        f"{module}:{text.lineno} {text.value!r}"
        for module, path in MODULES.items()
        for text in _texts(path)
        if text.value in names
    ]
    assert wrong == []


def test_modules_are_short():
    long = {
        str(path.relative_to(CORE)): count
        for path in MODULES.values()
        if (count := len(path.read_text().splitlines())) > MOST_MODULE_LINES
    }
    assert set(long) == set(LONG_MODULES), long


def test_functions_are_short():
    long = {
        f"{path.relative_to(CORE)}:{function.name}": count
        for path in MODULES.values()
        for function in _functions(path)
        if (count := function.end_lineno - function.lineno + 1) > MOST_FUNCTION_LINES
    }
    assert set(long) == set(LONG_FUNCTIONS), long


def test_no_function_of_the_core_takes_a_bag_of_keywords():
    allowed = {"cache.py:key_of"}  # the ingredients of a key have no fixed names
    bags = {
        f"{path.relative_to(CORE)}:{function.name}"
        for path in MODULES.values()
        for function in _functions(path)
        if function.args.kwarg
    }
    assert bags == allowed


def test_no_component_of_the_core_inherits_from_another():
    for path in MODULES.values():
        classes = [node for node in ast.walk(_tree(path)) if isinstance(node, ast.ClassDef)]
        own = {node.name for node in classes}
        for node in classes:
            bases = {ast.unparse(base) for base in node.bases}
            if path.name not in ("errors.py", "contracts.py"):
                assert not bases & own, f"{path.name}: {node.name} inherits"


def _raised_flags(path: Path) -> Iterator[str]:
    """Give the texts in what is called flags: keywords, assignments, additions, functions."""
    for node in ast.walk(_tree(path)):
        parts: list[ast.AST] = []
        if isinstance(node, ast.keyword) and node.arg == "flags":
            parts = [node.value]
        elif isinstance(node, ast.Assign | ast.AnnAssign) and path.name != "flags.py":
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            named = any(re.search(r"(?i)flags?$", ast.unparse(target)) for target in targets)
            parts = [node.value] if named and node.value else []
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("flags.add"):
            parts = list(node.args)
        elif isinstance(node, ast.FunctionDef) and node.name.endswith("flags"):
            parts = [inner for inner in ast.walk(node) if isinstance(inner, ast.List | ast.Dict)]
        texts = [text for part in parts for text in ast.walk(part)]
        words = [text.value for text in texts if isinstance(text, ast.Constant)]
        yield from (word for word in words if re.fullmatch(r"[a-z]+(-[a-z]+)+", str(word)))


def test_every_flag_that_is_raised_is_in_the_vocabulary():
    sources = [*MODULES.values(), *(file for plugin in PLUGINS for file in plugin.rglob("*.py"))]
    raised = {flag for path in sources for flag in _raised_flags(path)}
    assert {"stand-in", "leaked-rows", "constant-scores", "rows-are-packets"} <= raised
    assert raised <= set(FLAGS)


def test_the_core_depends_on_what_it_imports_and_on_nothing_else():
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    needed = {re.split(r"[<>=!~ ;\[]", text)[0].lower() for text in project["dependencies"]}
    tops = {
        name.partition(".")[0]
        for path in MODULES.values()
        for name in _imported(path, at_import=False)
    }
    # Only pytest itself imports the plugin for pytest.
    foreign = tops - set(sys.stdlib_module_names) - {"idsbench", "pytest"}
    renamed = {"pynvml": "nvidia-ml-py"}
    assert {renamed.get(name, name.lower().replace("_", "-")) for name in foreign} == needed
