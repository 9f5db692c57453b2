"""Hold measured ratios against kept ones: `python benchmarks/guard/speed.py KEPT MEASURED… [--save]`.

MEASURED is what pytest-benchmark wrote with `--benchmark-json`; of several sessions the least counts.
KEPT is a JSON object of ratios by figure. Exit code 3 when a figure is larger than `LIMIT` times the
kept one, or is new, or is gone.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

# The same code stays within 1.25 on one machine and 1.4 under load; twice as long has to be caught.
LIMIT = 1.9
REGRESSION, WRONG = 3, 2

Ratios = Mapping[str, float]


def measured(path: Path) -> dict[str, float]:
    """Read the figures of a session, by the name of the test without `test_`.

    Raises:
        ValueError: the file is no such session, or a figure of it has no ratio.
    """
    try:
        listed = json.loads(path.read_text("utf-8"))["benchmarks"]
        found = {
            one["name"].removeprefix("test_"): float(one["extra_info"]["ratio"]) for one in listed
        }
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise ValueError(f"{path}: is no session of pytest-benchmark with ratios") from error
    if not found:
        raise ValueError(f"{path}: holds no figure: nothing was measured")
    return found


def least(sessions: Sequence[Ratios]) -> dict[str, float]:
    """Give the least ratio of each figure.

    >>> least([{"help": 2.0, "list": 3.0}, {"help": 1.0}])
    {'help': 1.0, 'list': 3.0}
    """
    names = dict.fromkeys(name for one in sessions for name in one)
    return {name: min(one[name] for one in sessions if name in one) for name in names}


def kept(path: Path) -> dict[str, float]:
    """Read the kept figures.

    Raises:
        ValueError: they are missing, or are no numbers above 0 by name.
    """
    try:
        found = {str(key): float(one) for key, one in json.loads(path.read_text("utf-8")).items()}
    except (OSError, AttributeError, TypeError, ValueError) as error:
        raise ValueError(f"{path}: holds no ratios by name: make them with --save") from error
    if not found or min(found.values()) <= 0:
        raise ValueError(f"{path}: a ratio is above 0, and there is one at least")
    return found


def judged(now: Ratios, before: Ratios) -> tuple[list[str], bool]:
    """Give a line for each figure, and whether all are within the limit."""
    lines, good = [], True
    for name in sorted({*now, *before}):
        if name not in before or name not in now:
            lines.append(f"{name}: {'is new' if name in now else 'was not measured'}")
            good = False
            continue
        factor = now[name] / before[name]
        verdict = "ok" if factor <= LIMIT else "SLOWER"
        good = good and factor <= LIMIT
        lines.append(f"{name}: {before[name]:.4g} -> {now[name]:.4g} (x {factor:.2f}) {verdict}")
    return lines, good


def main(words: list[str]) -> int:
    """Compare, or keep what was measured."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("kept", type=Path)
    parser.add_argument("measured", type=Path, nargs="+")
    parser.add_argument("--save", action="store_true", help="keep what was measured")
    arguments = parser.parse_args(words)
    try:
        now = least([measured(path) for path in arguments.measured])
        if arguments.save:
            text = json.dumps(now, indent=1, sort_keys=True)
            arguments.kept.write_text(text + "\n", "utf-8")
            return 0
        lines, good = judged(now, kept(arguments.kept))
    except ValueError as error:
        print(f"speed: {error}", file=sys.stderr)
        return WRONG
    print("\n".join(lines))
    print(f"speed {'passed' if good else 'FAILED'}: {len(lines)} figures, the limit is x {LIMIT}")
    return 0 if good else REGRESSION


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
