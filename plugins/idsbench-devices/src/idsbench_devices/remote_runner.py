"""Runs on the device: standard library, and for ONNX files numpy and onnxruntime. Python 3.8 or newer.

It is sent as text and executed by the device's own Python in a temporary folder. On standard input
come requests, each a line of JSON and then as many bytes as it says; each gets an answer of that
form. It ends when its input does.
"""

from __future__ import annotations

import json
import os
import platform
import resource
import subprocess
import sys
import time
from typing import Any, BinaryIO

GREETING = "idsbench-runner 1"
ROWS, WINDOWS = 256, 5


class Onnx:
    """A session on model.onnx in this process."""

    def __init__(self, request: dict[str, Any]) -> None:
        import numpy
        import onnxruntime  # type: ignore[import-untyped]

        self.numpy: Any = numpy
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = request["threads"]
        options.log_severity_level = 3
        self.session: Any = onnxruntime.InferenceSession(
            "model.onnx", options, providers=["CPUExecutionProvider"]
        )
        self.name = self.session.get_inputs()[0].name
        self.about = {"onnxruntime": onnxruntime.__version__, "numpy": numpy.__version__}

    def rows(self, data: bytes, shape: list[int]) -> Any:
        """Give the rows that the bytes hold."""
        return self.numpy.frombuffer(data, dtype="<f4").reshape(shape)

    def scores(self, data: bytes, shape: list[int]) -> bytes:
        """Give the scores of rows."""
        (scores,) = self.session.run(None, {self.name: self.rows(data, shape)})
        said: bytes = self.numpy.asarray(scores, dtype="<f4").tobytes()
        return said

    def timed(self, data: bytes, shape: list[int], request: dict[str, Any]) -> dict[str, Any]:
        """Time single rows, and all of them at once."""
        rows = self.rows(data, shape)
        singles = [
            self.numpy.ascontiguousarray(rows[i : i + 1]) for i in range(min(len(rows), ROWS))
        ]
        self.repeat(singles, request["warm_up_s"])
        each = request["seconds"] / WINDOWS
        windows = [self.repeat(singles, each) for _ in range(WINDOWS)]
        batches = sorted(self.repeat([rows], each))
        return {
            "windows": [percentiles(window) for window in windows],
            "all": percentiles([took for window in windows for took in window]),
            "rows_per_s": len(rows) / (batches[len(batches) // 2] / 1e9),
        }

    def repeat(self, inputs: list[Any], seconds: float) -> list[int]:
        """Call for so long, at least five times; give each call's duration in ns."""
        clock = time.perf_counter_ns
        times: list[int] = []
        end = clock() + int(seconds * 1e9)
        while len(times) < 5 or clock() < end:
            row = {self.name: inputs[len(times) % len(inputs)]}
            before = clock()
            self.session.run(None, row)
            times.append(clock() - before)
        return times

    def peak_rss_kb(self, data: bytes) -> int:
        """Give the peak memory of this process, which holds the session."""
        return peak_rss_kb()


class Compiled:
    """A program made by the device's compiler of the C that was sent."""

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

    def scores(self, data: bytes, shape: list[int]) -> bytes:
        """Give the scores of rows."""
        return self.run(["./program", "scores"], data)

    def timed(self, data: bytes, shape: list[int], request: dict[str, Any]) -> dict[str, Any]:
        """Time single rows, and all of them at once."""
        words = [str(request["warm_up_s"]), str(request["seconds"])]
        timed: dict[str, Any] = json.loads(self.run(["./program", "time", *words], data))
        return timed

    def peak_rss_kb(self, data: bytes) -> int:
        """Give the peak memory of the program."""
        timed = json.loads(self.run(["./program", "time", "0", "0"], data))
        return int(timed["peak_rss_kb"])


def percentiles(times: list[int]) -> dict[str, int]:
    """Give how many calls there were, and percentiles of their ns."""
    times, count = sorted(times), len(times)
    shares = {f"p{share}_ns": times[count * share // 100] for share in (50, 95, 99)}
    return {"calls": count, **shares}


def peak_rss_kb() -> int:
    """Give this process's peak; the system counts it in kB on Linux and in bytes on macOS."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak // 1024 if sys.platform == "darwin" else peak


def first(path: str, start: str = "") -> str:
    """Give the rest of the first line of a file that begins so; "" where there is none."""
    try:
        with open(path, encoding="utf-8", errors="replace") as stream:
            for line in stream:
                if line.startswith(start):
                    return line[len(start) :].strip(' \t\n:="\0')
    except OSError:
        pass
    return ""


def keep_on(threads: int) -> None:
    """Keep this process and what it starts on so many processors, where the system can."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[-threads:])


def device() -> dict[str, Any]:
    """Describe the device, the same for runs that may be compared in time."""
    return {
        "board": first("/proc/device-tree/model"),
        "cpu": first("/proc/cpuinfo", "model name") or platform.processor() or platform.machine(),
        "processors": os.cpu_count(),
        "system": platform.system(),
        "architecture": platform.machine(),
        "os": first("/etc/os-release", "PRETTY_NAME"),
        "kernel": platform.release(),
        "memory_kb": first("/proc/meminfo", "MemTotal").split(" ")[0],
        "python": platform.python_version(),
        "load_average": os.getloadavg()[0],
    }


def write(name: str, count: int, stream: BinaryIO) -> None:
    """Write so many bytes of a stream into a file of the working folder, a piece at a time."""
    if os.path.basename(name) != name:
        raise RuntimeError(f"no file name: {name!r}")
    with open(name, "wb") as out:
        while count:
            piece = stream.read(min(count, 1 << 16))
            if not piece:
                raise EOFError
            out.write(piece)
            count -= len(piece)


def answer(
    request: dict[str, Any], stream: BinaryIO, state: dict[str, Any]
) -> tuple[dict[str, Any], bytes]:
    """Do what a request says; give the answer's keys and bytes."""
    wanted, count = request["do"], request.get("bytes", 0)
    if wanted == "file":
        write(request["name"], count, stream)
        return {}, b""
    data = stream.read(count)
    if len(data) != count:
        raise EOFError
    if wanted == "open":
        keep_on(request["threads"])
        state["model"] = {"onnx": Onnx, "c": Compiled}[request["runtime"]](request)
        return {"device": device(), "runtime": state["model"].about}, b""
    model, shape = state["model"], request["shape"]
    if wanted == "scores":
        return {}, model.scores(data, shape)
    if wanted == "time":
        return {"timed": model.timed(data, shape, request)}, b""
    if wanted == "memory":
        return {"peak_rss_kb": model.peak_rss_kb(data)}, b""
    raise RuntimeError(f"no such request: {wanted!r}")


def main() -> None:
    """Answer requests until the input ends."""
    stream, out = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    state: dict[str, Any] = {}
    os.dup2(2, 1)  # what a library prints must not end up among the answers
    out.write((GREETING + "\n").encode())
    out.flush()
    while True:
        line = stream.readline(1 << 16)
        if not line:
            return
        try:
            keys, data = answer(json.loads(line), stream, state)
            head = {"ok": True, "bytes": len(data), **keys}
        except EOFError:
            return
        except Exception as error:
            text = " ".join(str(error).split())[:300]
            kind = type(error).__name__
            head, data = {"ok": False, "bytes": 0, "kind": kind, "error": text}, b""
        out.write(json.dumps(head).encode() + b"\n" + data)
        out.flush()
        if not head["ok"]:
            return  # of what was sent some may be unread


if __name__ == "__main__":
    main()
