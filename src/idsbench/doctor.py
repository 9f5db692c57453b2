"""What this machine can run, what is missing, and the command that installs it."""

from __future__ import annotations

import importlib.util
import os
import platform
import shutil
from collections.abc import Iterator
from pathlib import Path

from idsbench.catalog import Catalog

RAPL = Path("/sys/class/powercap/intel-rapl:0/energy_uj")


def findings(catalog: Catalog) -> Iterator[dict[str, str]]:
    """Give one row for each thing looked at: what, state, advice."""
    yield _row("python", platform.python_version())
    yield _row("processors", str(_processors()))
    yield from _plugin_rows(catalog)
    yield from _library_rows(catalog)
    yield _rapl()
    yield _program("nvidia-smi", "a GPU's driver; without it the target gpu cannot be used")
    yield _program("git", "records then name no commit", "git")
    yield _program("gcc", "models cannot be compiled as C", "gcc")
    yield _program("valgrind", "instructions of compiled models are not counted", "valgrind")
    yield _program("ssh", "devices elsewhere cannot be reached", "openssh-client")


def _plugin_rows(catalog: Catalog) -> Iterator[dict[str, str]]:
    for plugin in catalog.plugins:
        state = f"{plugin.version}, {len(plugin.components)} components"
        advice = f"pip install --force-reinstall {plugin.distribution}" if plugin.error else ""
        yield _row(f"plugin {plugin.distribution}", plugin.error or state, advice)
    for clash in catalog.clashes:
        yield _row("clash", clash, "pip uninstall one of them")
    if not catalog.components("dataset"):
        yield _row("plugins", "no dataset is installed", "pip install 'idsbench[standard]'")


def _library_rows(catalog: Catalog) -> Iterator[dict[str, str]]:
    needed: dict[str, str] = {}
    for plugin in catalog.plugins:
        for component in plugin.components:
            for entry in component.preload if isinstance(component.preload, tuple) else ():
                module = str(entry).partition(":")[0].partition(".")[0]
                if module.isidentifier():
                    needed.setdefault(module, plugin.distribution)
    for module, distribution in sorted(needed.items()):
        # Looked for, not imported: doctor must work where an import would fail.
        found = importlib.util.find_spec(module) is not None
        advice = "" if found else f"pip install {distribution}"
        yield _row(f"library {module}", "found" if found else "missing", advice)


def _rapl() -> dict[str, str]:
    if not RAPL.exists():
        return _row("RAPL", "absent: energy is modelled, never ranked")
    if os.access(RAPL, os.R_OK):
        return _row("RAPL", "readable: energy is measured")
    return _row("RAPL", "there, but not readable: energy is modelled", f"sudo chmod a+r {RAPL}")


def _program(name: str, without: str, package: str = "") -> dict[str, str]:
    if shutil.which(name):
        return _row(name, "found")
    return _row(name, f"missing: {without}", f"apt-get install {package}" if package else "")


def _processors() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _row(what: str, state: str, advice: str = "") -> dict[str, str]:
    return {"what": what, "state": state, "advice": advice}
