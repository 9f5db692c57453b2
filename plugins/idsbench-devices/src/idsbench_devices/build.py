"""From a folder of C to a program, with the bytes that the model takes in it and its instructions."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from idsbench.errors import CellError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

COMPILER, SIZE, VALGRIND = "gcc", "size", "valgrind"
PROGRAM = "program"
LIMIT_S = 600
COUNTED_ROWS = 64
SECTION = re.compile(r"^\.(text|rodata|data|bss)\S*\s+(\d+)\s", re.MULTILINE)
TOTAL = re.compile(r"^(?:summary|totals): (\d+)", re.MULTILINE)


def compile_program(source: Path, optimize: str) -> dict[str, Any]:
    """Compile a folder's C into `program` beside it, in a private folder first.

    Args:
        source: what `write_source` wrote.
        optimize: s or 2, for the compiler's -O.

    Returns:
        code_bytes: machine code of the model. data_bytes: its constants and variables with a
        value. buffer_bytes: variables that start as 0. compiler, flags: what made them.

    Raises:
        CellError: the compiler fails or takes too long.
    """
    flags = ["-std=c99", f"-O{optimize}"]
    with tempfile.TemporaryDirectory(prefix="idsbench-c-") as private:
        folder = Path(private)
        for path in source.iterdir():
            shutil.copyfile(path, folder / path.name)
        for name in ("model", "main"):
            _run([COMPILER, *flags, "-I.", "-c", f"{name}.c", "-o", f"{name}.o"], folder)
        _run([COMPILER, "model.o", "main.o", "-o", PROGRAM, "-lm"], folder)
        sections = _run([SIZE, "-A", "-d", "model.o"], folder)
        version = _run([COMPILER, "-dumpfullversion"], folder).strip()
        shutil.copy(folder / PROGRAM, source / PROGRAM)
    found = dict.fromkeys(("text", "rodata", "data", "bss"), 0)
    for kind, size in SECTION.findall(sections):
        found[kind] += int(size)
    return {
        "code_bytes": found["text"],
        "data_bytes": found["rodata"] + found["data"],
        "buffer_bytes": found["bss"],
        "compiler": f"{COMPILER} {version}",
        "flags": " ".join(flags),
    }


def count_instructions(program: Path, rows: NDArray[np.float32]) -> tuple[float | None, str]:
    """Give the instructions of scoring one row, a mean over rows (m, d); or None and the reason."""
    if shutil.which(VALGRIND) is None:
        return None, f"{VALGRIND} is not installed: apt-get install {VALGRIND}"
    # Spread over all of them: they may lie class by class.
    some = rows[:: max(1, len(rows) // COUNTED_ROWS)][:COUNTED_ROWS]
    with tempfile.TemporaryDirectory(prefix="idsbench-c-") as private:
        out = Path(private) / "counts"
        command = [VALGRIND, "--tool=callgrind", "--toggle-collect=idsbench_scores"]
        command += [f"--callgrind-out-file={out}", str(program), "scores"]
        try:
            _run(command, Path(private), some.tobytes())
            found = TOTAL.search(out.read_text(encoding="utf-8", errors="replace"))
        except (CellError, OSError) as error:
            return None, f"{VALGRIND} failed: {error}"
    if not found:
        return None, f"{VALGRIND} counted nothing"
    return int(found[1]) / len(some), ""


def _run(command: list[str], folder: Path, given: bytes = b"") -> str:
    """Run a program without a shell; give what it prints.

    Raises:
        CellError: it is not there, fails, or takes too long.
    """
    name = Path(command[0]).name
    try:
        done = subprocess.run(
            command, cwd=folder, input=given, capture_output=True, timeout=LIMIT_S, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise CellError(f"{name} did not finish in {LIMIT_S} s: use a smaller model") from error
    except OSError as error:
        raise CellError(f"{name} cannot be run ({error.strerror}): install it") from error
    if done.returncode:
        said = " ".join(done.stderr.decode("utf-8", "replace").split())[:300]
        raise CellError(f"{name} failed with exit code {done.returncode}: {said}")
    return done.stdout.decode("utf-8", "replace")
