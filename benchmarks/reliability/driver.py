"""The command `idsbench` with the toy dataset and the misbehaving model of the tests added.

Only the core, the samplers and tables of idsbench-sklearn, and the toy are loaded, and energy is
not measured: a run starts in about half a second. `IDSBENCH_LEAST_DISK_MB` lowers the disk guard, so
that a disk can be filled to the last byte.
"""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Iterable
from pathlib import Path

HERE = Path(__file__).resolve().parent
FAULTS = HERE.parents[1] / "tests" / "faults"
LIGHT = HERE / "light"
LEAST_DISK = "IDSBENCH_LEAST_DISK_MB"


def main() -> int:
    """Run one command line with the toy in the catalog."""
    paths = [str(LIGHT), str(FAULTS)]
    sys.path[:0] = paths
    inherited = os.environ.get("PYTHONPATH", "")
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [*paths, inherited]))

    from idsbench import cli, commands, guard
    from idsbench.catalog import Catalog, load_catalog
    from idsbench.values import Plugin

    def with_toy(only: Iterable[str] = (), block: Iterable[str] = ()) -> Catalog:
        offered = importlib.import_module("idsbench_faults").COMPONENTS
        toy = Plugin("idsbench-faults", "0", "faults", "idsbench_faults", offered)
        return Catalog((*load_catalog(["idsbench-sklearn"]).plugins, toy))

    vars(commands)["load_catalog"] = with_toy
    if LEAST_DISK in os.environ:
        guard.LEAST_DISK_MB = float(os.environ[LEAST_DISK])
    return cli.main()


if __name__ == "__main__":
    sys.exit(main())
