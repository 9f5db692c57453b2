"""Runs on the device for models as C: standard library only, and the device's compiler."""

from __future__ import annotations

import array
import json
import subprocess
import time
from typing import Any


class Model:
    """A program made by the device's compiler of the C that was sent; it times itself."""

    def __init__(self, request: dict[str, Any]) -> None:
        flags = ["-std=c99", "-Os"]
        for name in ("model", "main"):
            self.run(["cc", *flags, "-I.", "-c", name + ".c", "-o", name + ".o"], b"")
        self.run(["cc", "model.o", "main.o", "-o", "program", "-lm"], b"")
        version = self.run(["cc", "--version"], b"").decode("utf-8", "replace")
        self.about = {
            "compiler": version.splitlines()[0][:100],
            "flags": " ".join(flags),
            **self.sizes(),
        }

    def sizes(self) -> dict[str, int]:
        """Give the bytes of the model's code and constants, where there is a `size` to ask."""
        found = {"text": 0, "rodata": 0, "data": 0}
        try:
            said = self.run(["size", "-A", "-d", "model.o"], b"").decode("ascii", "replace")
        except (OSError, RuntimeError):
            return {}
        for words in map(str.split, said.splitlines()):
            kind = words[0].lstrip(".").partition(".")[0] if words else ""
            if kind in found and len(words) == 3:
                found[kind] += int(words[1])
        return {"code_bytes": found["text"], "data_bytes": found["rodata"] + found["data"]}

    def run(self, command: list[str], given: bytes) -> bytes:
        """Run a program; give what it prints."""
        done = subprocess.run(command, input=given, capture_output=True, timeout=600, check=False)
        if done.returncode:
            said = " ".join(done.stderr.decode("utf-8", "replace").split())[:200]
            raise RuntimeError(f"{command[0]} ended with {done.returncode}: {said}")
        return done.stdout

    def rows(self, data: bytes, shape: list[int]) -> tuple[bytes, int]:
        """Give the rows as the program reads them, and the bytes of one."""
        return data, len(data) // max(1, shape[0])

    def scores(self, rows: tuple[bytes, int]) -> Any:
        """Give the scores of rows."""
        return array.array("d", array.array("f", self.run(["./program", "scores"], rows[0])))

    def timed(self, rows: tuple[bytes, int], request: dict[str, Any]) -> dict[str, Any]:
        """Time single rows, one after another, and how long the program takes to the first."""
        data, width = rows
        began = time.monotonic()
        self.run(["./program", "scores"], data[:width])
        started = time.monotonic() - began
        words = [str(request["warm_up_s"]), str(request["seconds"])]
        timed: dict[str, Any] = json.loads(self.run(["./program", "time", *words], data))
        return {**timed, "batch": 1, "start_up_s": started}

    def peak_rss_kb(self, rows: tuple[bytes, int]) -> int:
        """Give the peak memory of the program."""
        timed = json.loads(self.run(["./program", "time", "0", "0"], rows[0]))
        return int(timed["peak_rss_kb"])
