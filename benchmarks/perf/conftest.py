"""What the measurements share: a private cache, whole processes with their own CPU time and memory.

The figures are of idsbench itself. A benchmark's docstring says what is measured and the target it
is compared with; nothing is asserted about time, because the machine is shared.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from idsbench import store
from idsbench.catalog import Catalog, load_catalog
from idsbench.cells import reference
from idsbench.components import build
from idsbench.plan import Plan, Request, make_plan
from idsbench.record import planned
from idsbench.run import Options, run
from idsbench.selection import select
from idsbench.sources import synthesize
from idsbench.view import SilentView

# Printed by a fragment of Python as its last line: the peak of this program alone. What the system
# tells a parent (ru_maxrss) would include the parent's own memory.
PEAK_MB = """
import pathlib as _paths
_lines = _paths.Path("/proc/self/status").read_text().splitlines()
print(next(int(line.split()[1]) * 1024 / 1e6 for line in _lines if line.startswith("VmHWM")))
"""


@dataclass(frozen=True)
class Process:
    """How a finished process went: user CPU seconds, and what it printed."""

    user_s: float
    output: str

    @property
    def last_number(self) -> float:
        """The number in the last line that was printed."""
        return float(self.output.splitlines()[-1])


@pytest.fixture(scope="session", autouse=True)
def _private_folders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep the user's cache and data out of the figures."""
    base = tmp_path_factory.mktemp("idsbench")
    (base / "data").mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("IDSBENCH_CACHE", str(base / "cache"))
        patch.setenv("XDG_DATA_HOME", str(base / "data"))
        patch.delenv("IDSBENCH_DATA", raising=False)
        yield


@pytest.fixture(scope="session")
def catalog() -> Catalog:
    """Give what is installed."""
    return load_catalog()


@pytest.fixture(scope="session")
def idsbench() -> Callable[..., Process]:
    """Run the installed program with these arguments."""
    program = str(Path(sys.executable).with_name("idsbench"))
    return lambda *arguments: _process([program, *map(str, arguments)])


@pytest.fixture(scope="session")
def python() -> Callable[..., Process]:
    """Run a fragment of Python in a fresh process; it ends by printing its peak memory (MB)."""
    return lambda code, *words: _process([sys.executable, "-c", code + PEAK_MB, *map(str, words)])


@pytest.fixture
def processes(benchmark) -> Callable[..., list[Process]]:
    """Time whole processes; their least user CPU seconds stand in the extra figures."""

    def measured(work: Callable[[], Process], rounds: int = 10) -> list[Process]:
        ended: list[Process] = []
        benchmark.pedantic(lambda: ended.append(work()), rounds=rounds, warmup_rounds=1)
        timed = ended[1:]
        benchmark.extra_info["user_s"] = round(min(one.user_s for one in timed), 3)
        return timed

    return measured


@pytest.fixture(scope="session")
def template(catalog: Catalog, tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    """Give the record of one real cell, from which synthetic ones are made."""
    request = Request("iotid20", models="dummy", baselines=False)
    options = Options(tmp_path_factory.mktemp("template"))
    (record,) = run(catalog, make_plan(catalog, request), options, SilentView())
    assert record["status"] == "ok", record["reason"]
    return record


@pytest.fixture(scope="session")
def results(
    catalog: Catalog, template: dict[str, object], tmp_path_factory: pytest.TempPathFactory
) -> Callable[[Request], tuple[Plan, Path]]:
    """Write the records of a finished run without running it: right names, right fingerprints."""

    def written(request: Request) -> tuple[Plan, Path]:
        plan, folder = make_plan(catalog, request), tmp_path_factory.mktemp("results")
        for cell in plan.cells:
            known = planned(cell, template["plugin_versions"])
            own = {key: value for key, value in known.items() if value is not None}
            store.write_record(folder, {**template, **own})
        return plan, folder

    return written


@pytest.fixture(scope="session")
def large(catalog: Catalog, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write a stand-in with as many rows as the published IoTID20."""
    dataset = build(reference(select(catalog, "dataset", "iotid20")[0]))
    path = tmp_path_factory.mktemp("large") / "rows.csv"
    synthesize(dataset, path, 625_783, 0)
    return path


def _process(command: Sequence[str]) -> Process:
    with tempfile.TemporaryFile() as out:
        child = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        output = out.read().decode()
    assert child.returncode == 0, output
    return Process(usage.ru_utime, output)
