"""Four pull requests, played through with real git repositories and five seeds a side."""

from __future__ import annotations

import contextlib
import io
import json
import shutil
import subprocess
from pathlib import Path

import pytest

from idsbench.cli import main

WIDER = {"parameters": 2000, "size_bytes": 7800, "macs": 10_000}
WIDER_BY_NAME = {**WIDER, "model": "cnn[width=64]"}


def _git(root: Path, *arguments: str) -> None:
    identity = ("-c", "user.name=Someone", "-c", "user.email=someone@example.org")
    subprocess.run(["git", "-C", str(root), *identity, *arguments], check=True)


def _commit(root: Path, folder: Path, message: str) -> None:
    shutil.rmtree(root / "results", ignore_errors=True)
    shutil.copytree(folder, root / "results" / "ci")
    _git(root, "add", "-A")
    _git(root, "commit", "-q", "-m", message)


@pytest.mark.parametrize(
    ("change", "code", "answer"),
    [
        ({"luck": 1, "keys": WIDER}, 3, {"parameters": "regression", "size_bytes": "regression"}),
        (
            {"luck": 1, "keys": WIDER_BY_NAME},
            3,
            {"parameters": "regression", "size_bytes": "regression"},
        ),
        ({"luck": 1, "fpr": 0.02}, 3, {"fpr": "regression"}),
        ({"luck": 2}, 0, {}),
        ({"luck": 1, "shift": 0.27}, 3, {"fpr": "threshold moved"}),
    ],
    ids=["width doubled", "default width doubled", "broken training", "other seeds", "threshold"],
)
def test_a_pull_request_gets_its_answer(
    tmp_path, monkeypatch, results, detector, change, code, answer
):
    root = tmp_path / "repository"
    root.mkdir()
    _git(root, "init", "-q", "-b", "main")
    monkeypatch.chdir(root)
    _commit(root, results("base", detector()), "baseline")
    _git(root, "checkout", "-q", "-b", "request")
    seeds = range(5) if answer else range(5, 10)
    _commit(root, results("head", detector(**change), seeds), "change")
    assert main(["gate", "--baseline", "main", "--results", "results/ci"]) == code
    assert _answers() == answer


def _answers() -> dict[str, str]:
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(io.StringIO()):
        main(["gate", "--baseline", "main", "--results", "results/ci", "--format", "json"])
    rows = json.loads(out.getvalue())
    failing = ("regression", "threshold moved")
    return {row["metric"]: row["status"] for row in rows if row["status"] in failing}
