"""How many hostile inputs every reader was given: the fuzzing of the tests, with more examples."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
FUZZ = REPOSITORY / "tests" / "fuzz"
EXAMPLES, TALLY = "IDSBENCH_FUZZ_EXAMPLES", "IDSBENCH_FUZZ_TALLY"


@dataclass(frozen=True)
class Fed:
    """What the readers were given.

    Args:
        readers: by name, inputs tried and inputs refused with a sentence; all others were read.
        finding: empty when no reader did anything else.
    """

    readers: dict[str, tuple[int, int]]
    finding: str = ""


def feed(base: Path, examples: int) -> Fed:
    """Fuzz every reader with so many generated inputs for each promise.

    Args:
        base: an empty folder.
        examples: per promise, besides the inputs that are kept in the tests.
    """
    base.mkdir(parents=True, exist_ok=True)
    tally = base / "tally.json"
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "--tb=line", str(FUZZ)],
        cwd=REPOSITORY,
        env={**os.environ, EXAMPLES: str(examples), TALLY: str(tally)},
        capture_output=True,
        text=True,
        check=False,
    )
    lines = done.stdout.strip().splitlines() or ["pytest printed nothing"]
    broken = [line for line in lines if line.startswith(("FAILED", "ERROR"))] or lines[-1:]
    finding = "" if done.returncode == 0 else "; ".join(broken).replace(f"{REPOSITORY}/", "")
    counts = json.loads(tally.read_text("utf-8")) if tally.exists() else {"tried": {}}
    readers = {
        name: (tried, counts["refused"].get(name, 0)) for name, tried in counts["tried"].items()
    }
    return Fed(dict(sorted(readers.items())), finding)
