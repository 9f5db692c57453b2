"""Runs on the device: standard library only. Python 3.8 or newer.

It is sent as text and executed by the device's own Python in a temporary folder. On standard input
come requests, each a line of JSON and then as many bytes as it says; each gets an answer of that
form. The request `open` brings the source of what loads the artifact: `remote_onnx`,
`remote_litert` or `remote_c`. It ends when its input does.
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
CALLS, SLOW_CALLS, GROWTH = 5, 3, 4
# What a fresh process does to be timed: load the runtime and the artifact, and score one row.
START = """
import json, sys, time
space = {"__name__": "runtime"}
exec(sys.argv[1], space)
model = space["Model"](json.loads(sys.argv[2]))
model.scores(model.rows(sys.stdin.buffer.read(), json.loads(sys.argv[3])))
print(time.monotonic())
"""


class InProcess:
    """A model that this process scores with: what is timed is all of its `scores`.

    Args:
        model: opened.
        source: Python that defines its class.
        request: that it was opened with.
    """

    def __init__(self, model: Any, source: str, request: dict[str, Any]) -> None:
        self.about, self.rows, self.scores = model.about, model.rows, model.scores
        self.source, self.request = source, request

    def timed(self, rows: Any, request: dict[str, Any]) -> dict[str, Any]:
        """Time a start, single rows, and batches of them."""
        started = self.start_up_s(rows[:1])
        singles = [rows[i : i + 1] for i in range(min(len(rows), ROWS))]
        each = request["seconds"] / WINDOWS
        repeat(self.scores, singles, request["warm_up_s"], CALLS)
        windows = [repeat(self.scores, singles, each, 1) for _ in range(WINDOWS)]
        rows_per_s, batch = throughput(self.scores, rows, each / CALLS)
        return {
            "windows": [percentiles(window) for window in windows],
            "all": percentiles([took for window in windows for took in window]),
            "rows_per_s": rows_per_s,
            "batch": batch,
            "start_up_s": started,
        }

    def start_up_s(self, row: Any) -> float:
        """Give the seconds from asking for a fresh process to its first score."""
        texts = (self.source, json.dumps(self.request), json.dumps(row.shape))
        began = time.monotonic()  # one clock for all processes of the machine
        done = subprocess.run(
            [sys.executable, "-c", START, *texts],
            input=row.tobytes(),
            capture_output=True,
            timeout=600,
            check=False,
        )
        if done.returncode:
            said = done.stderr.decode("utf-8", "replace").strip().rpartition("\n")[2]
            raise RuntimeError(f"a fresh process ended with {done.returncode}: {said}")
        return float(done.stdout.split()[-1]) - began

    def peak_rss_kb(self, rows: Any) -> int:
        """Give the peak memory of this process, which holds the runtime and the model."""
        return peak_rss_kb()


def throughput(scores: Any, rows: Any, seconds: float) -> tuple[float, int]:
    """Give rows per second at the best batch size, and that size.

    Sizes grow fourfold from 1 to all rows, until a call takes longer than `seconds`.
    """
    best, size = (0.0, 1), 1
    while True:
        batch = [rows[:size]]
        (warm,) = repeat(scores, batch, 0.0, 1)
        least = SLOW_CALLS if warm / 1e9 > seconds else CALLS
        times = sorted(repeat(scores, batch, seconds, least))
        took = times[len(times) // 2] / 1e9
        best = max(best, (size / took, size))
        if size == len(rows) or took > seconds:
            return best
        size = min(size * GROWTH, len(rows))


def repeat(scores: Any, inputs: list[Any], seconds: float, least: int) -> list[int]:
    """Call for so long, at least so many times; give each call's duration in ns."""
    clock = time.perf_counter_ns
    times: list[int] = []
    end = clock() + int(seconds * 1e9)
    while len(times) < least or clock() < end:
        given = inputs[len(times) % len(inputs)]
        before = clock()
        scores(given)
        times.append(clock() - before)
    return times


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


def opened(source: str, request: dict[str, Any]) -> Any:
    """Load the artifact with the class `Model` of a source; one that times nothing is timed here."""
    space: dict[str, Any] = {"__name__": "runtime"}
    exec(source, space)
    model = space["Model"](request)
    return model if hasattr(model, "timed") else InProcess(model, source, request)


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
        state["model"] = opened(data.decode("utf-8"), request)
        return {"device": device(), "runtime": state["model"].about}, b""
    model = state["model"]
    rows = model.rows(data, request["shape"])
    if wanted == "scores":
        return {}, model.scores(rows).tobytes()
    if wanted == "time":
        return {"timed": model.timed(rows, request)}, b""
    if wanted == "memory":
        return {"peak_rss_kb": model.peak_rss_kb(rows)}, b""
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
