"""Components that misbehave in every stage, for the tests of isolation and of honest records."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

from idsbench.errors import CellSkipped, DataError
from idsbench.values import (
    Card,
    Component,
    Fit,
    Labels,
    Layout,
    ModelTraits,
    Parameter,
    ProtocolTraits,
    Resampled,
    Split,
    Table,
    TargetTraits,
)

HERE = "idsbench_faults"
KINDS_OF_MODEL = (
    "good",
    "raise",
    "raise-on-score",
    "segfault",
    "exit",
    "kill",
    "nan-scores",
    "short-scores",
    "big-scores",
    "constant",
    "no-fit-value",
    "print",
    "nap",
    "ticks",
    "sleep",
    "stubborn",
    "forks",
    "escapes",
    "allocates",
    "missing-library",
    "too-large",
    "too-large-batch",
)


class Toy:
    """600 rows, two informative columns, one duplicate in ten; `fault` breaks the contract."""

    card = Card(
        name="toy",
        title="Toy",
        layouts=(Layout("toy", (("toy.csv",),), 600),),
        row_unit="row",
        benign="benign",
        standin_rows=600,
        benign_rows_per_day=86400.0,
    )

    def __init__(self, fault: str, file: str | None = None) -> None:
        self.fault = fault

    def load(self, files, layout) -> Table:
        if self.fault == "data-error":
            raise DataError(files[0], "is broken", row=7, advice="mend it")
        if self.fault == "skip":
            raise CellSkipped("the layout 'toy' has no endpoints")
        values = np.loadtxt(files[0], delimiter=",", skiprows=1, ndmin=2)
        x, y = values[:, :-1].astype(np.float32), values[:, -1].astype(np.int16)
        if self.fault == "nan":
            x[5, 0] = np.nan
        labels = Labels(y, ("benign", "attack"))
        group = (np.arange(len(y)) // 5).astype(np.int64)
        return Table(x, ("a", "b", "c"), {"binary": labels}, labels, group, "run")

    def synthesize(self, out: Path, rows: int, seed: int) -> None:
        rng = np.random.default_rng(seed)
        y = (rng.random(rows) < 0.7).astype(int)
        x = rng.normal(size=(rows, 3)) + y[:, None] * np.array([1.5, 1.0, 0.0])
        x[1::10] = x[::10][: len(x[1::10])]
        lines = [
            ",".join([*(f"{v:.6f}" for v in row), str(label)])
            for row, label in zip(x, y, strict=True)
        ]
        out.write_text("a,b,c,label\n" + "\n".join(lines) + "\n", encoding="utf-8")


class BadSplit:
    """A protocol that puts rows on two sides, or leaves a part empty."""

    def __init__(self, fault: str) -> None:
        self.fault = fault

    def split(self, rows, rng) -> Split:
        index = np.arange(len(rows.y))
        if self.fault == "overlap":
            return Split(index[:300], index[250:400], index[400:])
        if self.fault == "empty":
            return Split(index[:300], index[:0], index[300:])
        return Split(index[:300], index[300:400], index[400:] + 10**6)


class BadSampler:
    """A sampler that names parents it was not given."""

    def resample(self, x, y, rng) -> Resampled:
        n = np.arange(len(y))
        return Resampled(x, y, n + len(y), n, np.zeros(len(y), dtype=bool))


class Faulty:
    """A model that does one wrong thing; `good` does none."""

    def __init__(self, fault: str, max_rows: int | None, note: str) -> None:
        self.fault, self.note = fault, note
        self.weights = np.zeros(3)

    def fit(self, train, valid, rng, progress) -> Fit:
        _misbehave(self.fault, self.note)
        x, y = np.asarray(train.x, dtype=float), np.asarray(train.y)
        self.weights = x[y == 1].mean(axis=0) - x[y == 0].mean(axis=0) + rng.normal(size=3) * 1e-3
        progress({"epoch": 1.0, "loss": 0.5})
        if self.fault == "no-fit-value":
            return None  # type: ignore[return-value]
        return Fit(history=({"epoch": 1.0, "loss": 0.5},), assumed={"toy": True})

    def scores(self, x):
        if self.fault == "raise-on-score":
            raise RuntimeError("no scores today")
        s = 1 / (1 + np.exp(-np.asarray(x, dtype=float) @ self.weights))
        if self.fault == "nan-scores":
            s[:3] = np.nan
        if self.fault == "big-scores":
            s *= 7
        if self.fault == "constant":
            s[:] = 0.5
        return s[:-1] if self.fault == "short-scores" else s

    def parameter_count(self) -> int:
        return 3

    def macs(self) -> int:
        return 3

    def save(self, folder: Path) -> None:
        np.savez(folder / "w.npz", weights=self.weights)

    def restore(self, folder: Path, threads: int) -> None:
        self.weights = np.load(folder / "w.npz")["weights"]

    def export(self, form: str, out: Path, rows) -> None:
        np.savez(out / "w.npz", weights=self.weights)


class Abroad:
    """A target that runs three weights as a file; `fault` spoils one thing."""

    threads = 1

    def __init__(self, fault: str, memory_mb: float | None = None) -> None:
        self.fault = fault

    def absence(self) -> str:
        return "this machine is at home" if self.fault == "absent" else ""

    def refusal(self, model: str, formats: tuple[str, ...]) -> str:
        return "" if "weights" in formats else f"the model '{model}' does not travel"

    def deploy(self, model, out: Path, rows) -> None:
        if self.fault == "skip":
            raise CellSkipped("these weights do not fit into the suitcase")
        if self.fault == "no-artifact":
            return
        model.export("weights", out, rows)
        if self.fault == "corrupt":
            (out / "w.npz").write_bytes(b"PK but nothing else")

    def open(self, model, artifact: Path):
        assert model is None, "the framework is not loaded where an artifact is run"
        if self.fault in ("segfault", "sleep"):
            _misbehave(self.fault, "")
        opened = Faulty("good", None, "-")
        opened.restore(artifact, 1)
        if self.fault == "inverted":
            opened.weights *= -1
        if self.fault == "hungry":
            hoard = [np.ones(40_000_000)]
            time.sleep(2.0 + len(hoard))
        return opened


class Escort:
    """A target that takes the model's own code along, as one does that moves weights elsewhere."""

    threads = 1

    def absence(self) -> str:
        return ""

    def refusal(self, model: str, formats: tuple[str, ...]) -> str:
        return ""

    def deploy(self, model, out: Path, rows) -> None:
        model.save(out)

    def open(self, model, artifact: Path):
        assert model is not None, "the traits ask for the framework"
        model.restore(artifact, self.threads)
        return model


def _misbehave(fault: str, note: str) -> None:
    if fault == "raise":
        raise ValueError("a bad \x1b[31mthing\nhappened")
    if fault == "segfault":
        os.kill(os.getpid(), signal.SIGSEGV)
    if fault == "exit":
        os._exit(3)
    if fault == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    if fault == "print":
        print("noise on standard output")
        sys.stderr.write("noise on standard error\n")
    if fault == "nap":
        time.sleep(0.2)
    if fault == "ticks":
        times = []
        while len(times) < 300:
            times.append(time.monotonic())
            time.sleep(0.01)
        Path(note).write_text(" ".join(map(str, times)))
    if fault == "sleep":
        time.sleep(600)
    if fault == "stubborn":
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        time.sleep(600)
    if fault == "forks":
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
        Path(note).write_text(str(child.pid))
        time.sleep(600)
    if fault == "escapes":
        # A daemon: a session of its own, and a parent that is gone.
        code = "import os,sys,time\nif os.fork(): os._exit(0)\nos.setsid()\n"
        code += "open(sys.argv[1],'w').write(str(os.getpid()))\ntime.sleep(600)"
        subprocess.run([sys.executable, "-c", code, note], check=True)
        while not Path(note).exists():
            time.sleep(0.01)
    if fault == "allocates":
        hoard = []
        while True:
            hoard.append(np.ones(4_000_000))
            time.sleep(0.01)
    if fault == "too-large":
        raise MemoryError
    if fault == "too-large-batch":
        raise MemoryError("a batch of 1024 does not fit:\n try faulty[batch=512]")
    if fault == "missing-library":
        import library_that_is_not_there  # noqa: F401


def _text(name: str, default: str, *choices: str) -> Parameter:
    return Parameter(name, str, default, choices=choices)


COMPONENTS = (
    Component(
        "dataset",
        "toy",
        "toy",
        f"{HERE}:Toy",
        (
            _text("fault", "none", "none", "nan", "data-error", "skip"),
            Parameter("file", str, None, optional=True, identity=False),
        ),
    ),
    Component(
        "protocol",
        "bad-split",
        "toy",
        f"{HERE}:BadSplit",
        (_text("fault", "overlap", "overlap", "empty", "outside"),),
        traits=ProtocolTraits(claims="nothing"),
    ),
    Component("sampler", "bad-sampler", "toy", f"{HERE}:BadSampler"),
    Component(
        "model",
        "faulty",
        "toy",
        f"{HERE}:Faulty",
        (
            _text("fault", "good", *KINDS_OF_MODEL),
            Parameter("max_rows", int, None, optional=True, minimum=10),
            Parameter("note", str, "-", identity=False),
        ),
        traits=ModelTraits(exports=("weights",)),
    ),
    Component(
        "target",
        "abroad",
        "toy",
        f"{HERE}:Abroad",
        (
            _text(
                "fault",
                "none",
                *("none", "absent", "skip", "no-artifact", "corrupt", "inverted", "hungry"),
                *("segfault", "sleep"),
            ),
            Parameter("memory_mb", float, None, minimum=1, optional=True),
        ),
        traits=TargetTraits("weights"),
    ),
    Component(
        "target", "escort", "toy", f"{HERE}:Escort", traits=TargetTraits("saved", framework=True)
    ),
)
