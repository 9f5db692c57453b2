"""Four pull requests against a real detector: its source changes, five seeds are trained, and gated."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow
RUN = "run --datasets mqttset --models detector --featurizers table[scale=quantile] --no-baselines"
ENTRY = "[idsbench]\ndetector = detector\n"
METADATA = "Metadata-Version: 2.1\nName: detector\nVersion: 1.0\n"
SOURCE = '''"""A small detector: a ridge regression on random features."""

import numpy as np

from idsbench.hookspecs import hookimpl
from idsbench.values import Component, Fit, ModelTraits

WIDTH = 48  # random features
COLUMNS = slice(None)  # of the rows that it looks at
THRESHOLD = 0.5


@hookimpl
def idsbench_models():
    """Offer `detector`."""
    traits = ModelTraits(featurizer="table", input="table", tasks=("binary",))
    summary = "Ridge regression on random features"
    build = "detector:Detector"
    return [Component("model", "detector", summary, build, (), libraries=("numpy",), traits=traits)]


class Detector:
    """Scores a row by a linear function of random features."""

    def fit(self, train, valid, rng, progress):
        """Learn from train.x (n, d) and train.y (n,), where 0 is benign."""
        self.planes = rng.normal(size=(train.x[:, COLUMNS].shape[1] + 1, WIDTH)) / 30
        z = self._features(train.x)
        self.weights = np.linalg.solve(z.T @ z + 1e-3 * np.eye(WIDTH), z.T @ (train.y - 0.5))
        return Fit()

    def _features(self, x):
        ones = np.ones((len(x), 1))
        return np.tanh(np.hstack([x[:, COLUMNS], ones]) @ self.planes)

    def scores(self, x):
        """Rows (n, d) -> probability of attack (n,)."""
        margin = self._features(x) @ self.weights + 0.5 - THRESHOLD
        return 1 / (1 + np.exp(-8 * margin))

    def parameter_count(self):
        """Count the numbers that were learned."""
        return self.planes.size + self.weights.size

    macs = parameter_count

    def save(self, folder):
        """Write the fitted model into an empty folder."""
        np.savez(folder / "model.npz", planes=self.planes, weights=self.weights)

    def restore(self, folder, threads):
        """Become the model that was saved."""
        with np.load(folder / "model.npz", allow_pickle=False) as saved:
            self.planes, self.weights = saved["planes"], saved["weights"]
'''


def _program(root: Path, *words: str) -> subprocess.CompletedProcess[str]:
    program = str(Path(sys.executable).with_name("idsbench"))
    environment = {**os.environ, "PYTHONPATH": str(root)}
    return subprocess.run(
        [program, *words], cwd=root, env=environment, capture_output=True, text=True
    )


def _git(root: Path, *words: str) -> None:
    identity = ("-c", "user.name=Someone", "-c", "user.email=someone@example.org")
    subprocess.run(["git", "-C", str(root), *identity, *words], check=True)


def _trained(root: Path, seeds: str, results: str) -> None:
    words = [*RUN.split(), "--seeds", seeds, "--jobs", "2", "--threads", "1", "--fresh"]
    done = _program(root, *words, "--results", results)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def repository(tmp_path_factory) -> Path:
    """Give a repository with a detector's source, and the records of five seeds on its branch main."""
    root = tmp_path_factory.mktemp("repository")
    (root / "detector.py").write_text(SOURCE)
    installed = root / "detector-1.0.dist-info"
    installed.mkdir()
    (installed / "METADATA").write_text(METADATA)
    (installed / "entry_points.txt").write_text(ENTRY)
    (root / ".gitignore").write_text("*.npz\n.lock\nresults/request/\n__pycache__/\n")
    _git(root, "init", "-q", "-b", "main")
    _trained(root, "0-4", "results/ci")
    _git(root, "add", "-A")
    _git(root, "commit", "-q", "-m", "the detector and its baseline")
    return root


@pytest.mark.parametrize(
    ("old", "new", "seeds", "code", "answers"),
    [
        (
            "WIDTH = 48",
            "WIDTH = 96",
            "0-4",
            3,
            {"parameters": "regression", "size_bytes": "regression"},
        ),
        (
            "COLUMNS = slice(None)",
            "COLUMNS = slice(12)",
            "0-4",
            3,
            {"fpr": "regression", "recall": "regression"},
        ),
        ("random features", "random features", "5-9", 0, {}),
        ("THRESHOLD = 0.5", "THRESHOLD = 0.42", "0-4", 3, {"fpr": "threshold moved"}),
    ],
    ids=["width doubled", "broken training", "other seeds", "moved threshold"],
)
def test_a_request_that_changes_the_source_gets_its_answer(
    repository, old, new, seeds, code, answers
):
    root = repository
    _git(root, "checkout", "-q", "-B", "request", "main")
    assert old in SOURCE
    (root / "detector.py").write_text(SOURCE.replace(old, new))
    _git(root, "commit", "-q", "--allow-empty", "-a", "-m", "a change")
    results = "results/request/" + "-".join((seeds, *new.split()[:1]))
    _trained(root, seeds, results)
    words = ["--baseline", "main", "--path", "results/ci", "--results", results]
    done = _program(root, "gate", *words, "--format", "json")
    assert done.returncode == code, done.stderr
    rows = json.loads(done.stdout)
    failing = ("regression", "threshold moved")
    assert {row["metric"]: row["status"] for row in rows if row["status"] in failing} == answers
    assert {(row["seeds_base"], row["seeds_head"]) for row in rows} == {(5, 5)}
